"""AnalyticsManager: the seed's public face. A thin front to tracking, statistics and charts."""

from __future__ import annotations

import io
import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from core.answers.summary import summary_of
from core.errors import BotpulseError, WorkerGone
from core.maintenance import plain_reset
from core.statistics import daily_stats, reports
from core.statistics.reports import Report
from core.statistics.window import collect
from core.storage import rollup_files
from core.storage.database import writing
from core.storage.location import Location, locate
from core.storage.reader import Reader, bots_own
from core.time_ranges import CHOICES, HOUR, Buckets, Window, host_zone, local_days
from core.tracking import records
from core.tracking.tracker import Tracker, TrackingCounters

log = logging.getLogger(__name__)

_READ_AFTER_WRITE_SECONDS = 2.0
_CLOSE_SECONDS = 10.0


class AnalyticsManager:
    """Tracks what the bot does, and answers what it did (the seed's section "Key Functions").

    ``track_*`` return in microseconds from any thread or event loop, never raise, and leave the writing to a
    thread; an event that was accepted is on disk within 250 ms, in a spool file where the database can't be
    written. The other methods read the database, events just tracked included: from an event loop, call them in a
    thread (``asyncio.to_thread``). They raise :class:`core.errors.BotpulseError` where it can't be read.

    Use it as a context manager, or call :meth:`close`; at exit it closes by itself.
    """

    def __init__(self, database: str | Path = "analytics.db", *, timezone: str | ZoneInfo | None = None) -> None:
        """Take a path or a ``postgresql://`` URL, and the zone whose days count (the host's by default).

        Raises:
            InvalidLocation: the address is none.
            zoneinfo.ZoneInfoNotFoundError: there is no such zone.
        """
        self.location: Location = locate(database)
        self.timezone: ZoneInfo = _zone(timezone)
        self._started = time.monotonic()
        self._tracker = Tracker(self.location)
        self._summing_up = threading.Lock()
        """Held while days are summed up: a reset in between would leave the summary of what it deleted."""
        self._sum_up_by: list[Callable[..., object]] = []
        self._daily = _DailyKeeper(self.generate_daily_stats, self.timezone)

    def track_command(
        self,
        command_name: str,
        user_id: str | int,
        guild_id: str | int | None = None,
        channel_id: str | int | None = None,
        execution_time: float | None = None,
        success: bool = True,
    ) -> None:
        """Remember that a command ran; ``execution_time`` in seconds, ``guild_id`` None in direct messages."""
        self.track(records.command_record(command_name, user_id, guild_id, channel_id, execution_time, success))

    def track_image_generation(
        self,
        user_id: str | int,
        prompt: str | None,
        resolution: str | None,
        loras: Any,
        upscale_factor: int | None,
        generation_time: float | None,
        is_video: bool = False,
        generation_type: str | None = None,
    ) -> None:
        """Remember a finished image or video; ``generation_time`` in seconds, None or 0 where it is not known."""
        self.track(
            records.image_record(
                user_id, prompt, resolution, loras, upscale_factor, generation_time, is_video, generation_type
            )
        )

    def track_user_activity(
        self, user_id: str | int, action_type: str, guild_id: str | int | None = None, details: Any = None
    ) -> None:
        """Remember anything else that a user, or the bot itself, did."""
        self.track(records.activity_record(user_id, action_type, guild_id, details))

    def track(self, record: records.EventRow) -> None:
        """Remember an event of a metric of one's own: what ``Metric.record`` makes (docs/extending.md).

        Once an hour, and at the first event of a day, whatever its kind, it starts :meth:`generate_daily_stats` in a
        thread of its own (the seed's section "Daily Statistics Generation").
        """
        self._tracker.track(record)
        self._daily.remind()

    def get_command_stats(self, days: int = 7) -> list[Report]:
        """Commands of the last ``days`` calendar days: a dict a day with commands, oldest first.

        Keys: ``date`` (YYYY-MM-DD), ``total_commands``, ``command_breakdown`` (the five largest).
        """
        return self._report(reports.command_report, days)

    def get_image_stats(self, days: int = 7) -> list[Report]:
        """Images and videos of the last ``days`` calendar days: a dict a day with any, oldest first.

        Keys: ``date``, ``total_images`` (videos included), ``avg_generation_time``, ``avg_image_time``,
        ``avg_video_time`` (seconds, 0.0 where none is known), ``resolution_breakdown`` (the five largest),
        ``video_breakdown``, ``type_breakdown``.
        """
        return self._report(reports.image_report, days)

    def get_user_stats(self, days: int = 7) -> list[Report]:
        """Users of commands and of images in the last ``days`` calendar days: a dict a day with any, oldest first.

        Keys: ``date``, ``unique_users``, ``top_users`` (the five most active: commands and images by user id).
        """
        return self._report(reports.user_report, days)

    def get_summary_stats(self) -> Report:
        """All that is stored and has happened, in one dict; ``uptime`` is the seconds since this manager was made."""
        with self._reading() as reader:
            end_of_today = local_days(1, time.time(), self.timezone).edges[-1]
            return reports.summary(reader, self.uptime, end_of_today, self.timezone)

    def reset_stats(self) -> bool:
        """Delete all statistics in one transaction. False where that failed: then nothing was deleted."""
        self.flush(_READ_AFTER_WRITE_SECONDS)
        try:
            with self._summing_up, writing(self.location) as database:
                plain_reset.reset(database)
            rollup_files.forget(self.location)
        except BotpulseError as fault:
            log.error("the statistics were not reset, all of them are still there: %s", fault)
            return False
        return True

    def generate_daily_stats(self) -> None:
        """Write today's ``daily_stats`` row, and those of earlier days that are missing or were never completed.

        What goes wrong is logged: the next call makes up for it.
        """
        try:
            with self._summing_up:
                self._sum_up_days()
        except BotpulseError as fault:
            log.warning("daily statistics have to wait: %s", fault)

    def sum_up_with(self, run: Callable[..., object]) -> None:
        """Have ``run(function, *arguments)`` do what :meth:`generate_daily_stats` does: in a worker process, say.

        Summing up a year of missed days would hold up the event loop, even from a thread. Several may offer this, one
        for each bot: the last of those that are left is asked.
        """
        self._sum_up_by.append(run)

    def sum_up_without(self, run: Callable[..., object]) -> None:
        """Take back one's own offer. What was begun with it goes on: where it then ends in WorkerGone, days wait.

        Where no offer is left, days are summed up in this process.
        """
        with suppress(ValueError):
            self._sum_up_by.remove(run)

    def _sum_up_days(self) -> None:
        offers = tuple(self._sum_up_by)  # another thread may take them back meanwhile
        with self._reading():
            pass  # what is pending is written, and the file is made where there is none
        if offers:
            self._sum_up_elsewhere(offers[-1])
        else:
            daily_stats.complete(self.location, self.timezone, time.time())

    def _sum_up_elsewhere(self, run: Callable[..., object]) -> None:
        try:
            run(daily_stats.complete, self.location, self.timezone, time.time())
        except WorkerGone as gone:
            if run in self._sum_up_by:
                raise
            log.info("daily statistics wait for the next time: who summed them up has just been closed (%s)", gone)

    def generate_command_chart(self, days: int = 7) -> io.BytesIO:
        """A PNG of the commands of the last ``days`` calendar days, at position 0."""
        return self._chart("commands", days)

    def generate_image_chart(self, days: int = 7) -> io.BytesIO:
        """A PNG of the images and generation times of the last ``days`` calendar days, at position 0."""
        return self._chart("images", days)

    def generate_user_chart(self, days: int = 7) -> io.BytesIO:
        """A PNG of the active users of the last ``days`` calendar days, at position 0."""
        return self._chart("users", days)

    def create_stats_embed(self, bot_name: str) -> Any:
        """The ``discord.Embed`` of all that is stored; it needs discord.py.

        Title "<bot_name> Statistics", fields Summary, Generation Times, Top Resolutions, Content Types, Uptime.
        """
        from core.answers.embeds import summary_embed

        with self._reading() as reader:
            answer = summary_of(reader, self.timezone.key or "local time", time.time(), self.uptime)
        return summary_embed(bot_name, answer)

    @property
    def uptime(self) -> float:
        """Seconds since this manager was made."""
        return time.monotonic() - self._started

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Write what is pending, and sum no day up while the block lasts: somebody else resets the statistics in it.

        A summary that was being counted would otherwise be written after the reset, of events that are gone.
        """
        self.flush(_READ_AFTER_WRITE_SECONDS)
        with self._summing_up:
            yield

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until everything tracked so far is on disk; False where ``timeout`` seconds did not suffice."""
        return self._tracker.flush(timeout)

    def counters(self) -> TrackingCounters:
        """How many events were accepted, written, are pending, failed."""
        return self._tracker.counters()

    def close(self, timeout: float | None = _CLOSE_SECONDS) -> None:
        """Write what is pending and stop the writer thread. It may be called twice.

        What could not be written within ``timeout`` seconds (None waits for ever) is left in a spool file, for
        the next start to write. Only what no disk takes is lost, counted and logged.
        """
        self._daily.close()
        self._tracker.close(timeout)

    def __enter__(self) -> Self:
        """Return the manager itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _report(self, make: Callable[[Reader, Buckets], list[Report]], days: int) -> list[Report]:
        with self._reading() as reader:
            return make(reader, local_days(days, time.time(), self.timezone))

    def _chart(self, what: str, days: int) -> io.BytesIO:
        # A bot that only tracks need not pay for loading matplotlib, and all that draws.
        from core.answers.period import drawn_buckets
        from core.answers.period_data import first_record
        from core.charts.png.renderer import render_png
        from core.presenters.caption import caption
        from core.presenters.overview import commands_chart, images_chart, users_chart
        from core.presenters.presenter import page_of

        build = {"commands": commands_chart, "images": images_chart, "users": users_chart}[what]
        now = time.time()
        with self._reading() as reader:
            asked = local_days(days, now, self.timezone)
            buckets = drawn_buckets(asked, first_record(reader, asked.range.start))
            aggregate = collect(reader, Window(CHOICES["custom"], buckets, None), now)
        footer = caption(self.location.name, buckets.range, self.timezone, now)
        return render_png(build(page_of(aggregate, now)), footer=footer)

    @contextmanager
    def _reading(self) -> Iterator[Reader]:
        self.flush(_READ_AFTER_WRITE_SECONDS)
        with bots_own(self.location) as reader:
            yield reader


class _DailyKeeper:
    """Starts the daily statistics when they are due, one at a time, without keeping a command waiting."""

    def __init__(self, generate: Callable[[], None], zone: ZoneInfo) -> None:
        self._generate = generate
        self._zone = zone
        self._due = 0.0
        self._day = ""
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def remind(self) -> None:
        """Start if it is time: an hour after the last, on a new day, or when the clock was set back."""
        now = time.time()
        if self._due - HOUR <= now < self._due or self._due == math.inf or not self._starting.acquire(blocking=False):
            return
        try:
            if self._due == math.inf or (self._thread is not None and self._thread.is_alive()):
                return  # what is due stays due: the next event starts it
            self._due = min(now + HOUR, local_days(1, now, self._zone).edges[-1])
            self._thread = threading.Thread(target=self._generate, name="botpulse-daily", daemon=True)
            self._thread.start()
        finally:
            self._starting.release()

    def close(self) -> None:
        """Wait for the one that is running."""
        with self._starting:
            self._due = math.inf
        if self._thread is not None:
            self._thread.join()


def _zone(timezone: str | ZoneInfo | None) -> ZoneInfo:
    if isinstance(timezone, ZoneInfo):
        return timezone
    return ZoneInfo(timezone) if timezone else host_zone()
