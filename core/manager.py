"""AnalyticsManager: the seed's public face. A thin front to tracking, statistics and charts."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self, Unpack
from zoneinfo import ZoneInfo

from core.answers.summary import summary_of
from core.errors import BotpulseError
from core.maintenance import plain_reset
from core.models import FailureSource, Outcome
from core.statistics import reports
from core.statistics.daily_keeper import DailyKeeper, DailySummaries
from core.statistics.reports import Report
from core.storage import rollup_files
from core.storage.database import writing
from core.storage.location import Location, locate
from core.storage.reader import Reader, bots_own
from core.time_ranges import Buckets, host_zone, local_days
from core.tracking import records
from core.tracking.noted_names import NotedNames
from core.tracking.privacy_choices import PrivacyChoices
from core.tracking.records import FailureFacts, ImageDetails
from core.tracking.tracker import Tracker, TrackingCounters

log = logging.getLogger(__name__)

_READ_AFTER_WRITE_SECONDS = 2.0
_CLOSE_SECONDS = 10.0


class AnalyticsManager(PrivacyChoices):
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
        self._names = NotedNames()
        self._summaries = DailySummaries(self.location, self.timezone, self._reading)
        self._daily = DailyKeeper(self.generate_daily_stats, self.timezone)

    def track_command(
        self,
        command_name: str,
        user_id: str | int,
        guild_id: str | int | None = None,
        channel_id: str | int | None = None,
        execution_time: float | None = None,
        success: bool = True,
        *,
        outcome: str | None = None,
        error: object = None,
    ) -> None:
        """Remember that a command ran; ``execution_time`` in seconds, ``guild_id`` None in direct messages.

        ``outcome`` ("completed", "error", "refused", "cancelled") says more than ``success``, and decides where it is
        given. An ``error``, an exception or its words, is remembered as :meth:`track_failure` does, besides.
        """
        if error is not None:
            outcome = outcome or Outcome.ERROR
            facts = FailureFacts(error=error, kind=outcome, guild_id=guild_id, channel_id=channel_id)
            self.track_failure(FailureSource.COMMAND, command_name, user_id, **facts)
        made = records.command_record
        self.track(made(command_name, user_id, guild_id, channel_id, execution_time, success, outcome=outcome))

    def track_failure(
        self, source: str, name: str | None = None, user_id: str | int | None = None, **facts: Unpack[FailureFacts]
    ) -> None:
        """Remember that something failed, was refused or cancelled, and why.

        ``source`` is "command", "generation" or "delivery", ``name`` the command's, or of what was generated or
        delivered, ``user_id`` who asked for it. The ``facts`` are :class:`core.tracking.records.FailureFacts`:
        ``error``, ``kind``, ``guild_id``, … Texts that are ``private``, and secrets, are struck from the message.
        """
        self.track(records.unsettled_failure(source, name, user_id, **facts))

    def note_name(self, kind: str, id: str | int, name: str, icon: str | None = None) -> None:
        """Remember what a user, a server or a channel is called by now: the monitor shows it in the id's place.

        ``kind`` is "user", "guild" or "channel", ``icon`` the hash of a picture. A name that was noted within the last
        day costs next to nothing.
        """
        is_news = self._names.is_news(kind, id, name, icon)
        if is_news and (record := records.name_record(kind, id, name, icon)) is not None:
            self._tracker.track(record)

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
        *,
        details: ImageDetails | None = None,
    ) -> None:
        """Remember a finished image or video; ``generation_time`` in seconds, None or 0 where it is not known.

        ``details`` is what else is known of it (:class:`core.tracking.records.ImageDetails`).
        """
        made = records.image_record
        values = (user_id, prompt, resolution, loras, upscale_factor, generation_time, is_video, generation_type)
        self.track(made(*values, details=details))

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
            with self._summaries.summing_up, writing(self.location) as database:
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
        self._summaries.complete()

    def sum_up_with(self, run: Callable[..., object]) -> None:
        """Have ``run(function, *arguments)`` do what :meth:`generate_daily_stats` does: in a worker process, say.

        Summing up a year of missed days would hold up the event loop, even from a thread. Several may offer this, one
        for each bot: the last of those that are left is asked.
        """
        self._summaries.offers.append(run)

    def sum_up_without(self, run: Callable[..., object]) -> None:
        """Take back one's own offer. What was begun with it goes on: where it then ends in WorkerGone, days wait.

        Where no offer is left, days are summed up in this process.
        """
        with suppress(ValueError):
            self._summaries.offers.remove(run)

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
        with self._summaries.summing_up:
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
        from core.answers.charts import chart_of_days

        with self._reading() as reader:
            return chart_of_days(reader, what, days, time.time(), self.timezone)

    @contextmanager
    def _reading(self) -> Iterator[Reader]:
        self.flush(_READ_AFTER_WRITE_SECONDS)
        with bots_own(self.location) as reader:
            yield reader


def _zone(timezone: str | ZoneInfo | None) -> ZoneInfo:
    if isinstance(timezone, ZoneInfo):
        return timezone
    return ZoneInfo(timezone) if timezone else host_zone()
