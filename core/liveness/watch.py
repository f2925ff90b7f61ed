"""One database's signs of life, gathered from look to look."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from core.errors import BotpulseError
from core.feed.snapshot import Event, EventKind
from core.liveness.verdict import Cause, Signs, Verdict, explain
from core.models import ActionType
from core.statistics.usage_pattern import Rhythm
from core.storage.location import Location, wal_path
from core.tasks import Task
from core.tracking.spool import spool_files


@dataclass(frozen=True, slots=True)
class FileSigns:
    """When files were last written, in epoch seconds; None where there is none.

    Attributes:
        modified: the database, or its write-ahead log.
        spooled: a spool, in which the bot's events wait while they can't be written.
    """

    modified: float | None
    spooled: float | None


def file_signs(location: Location) -> Task[FileSigns]:
    """Ask the disk; nothing is opened."""
    yield from ()
    path = location.path
    own = [] if path is None else [path, wal_path(path)]
    return FileSigns(_last_written(own), _last_written(spool_files(location)))


def _last_written(paths: Iterable[Path]) -> float | None:
    moments = []
    for path in paths:
        with suppress(OSError):  # it went away just now
            moments.append(path.stat().st_mtime)
    return max(moments, default=None)


class SilenceWatch:
    """Gathers signs from look to look, and says at any moment what they amount to."""

    def __init__(self, zone: ZoneInfo, *, on_server: bool = False) -> None:
        self._signs = Signs(0.0, zone, None, on_server=on_server)

    def learn(self, rhythm: Rhythm) -> None:
        """Measure silence by this from now on."""
        self._signs = replace(self._signs, rhythm=rhythm)

    def note(
        self,
        now: float,
        last_seen: float | None,
        events: Iterable[Event],
        fault: BotpulseError | None = None,
    ) -> None:
        """Take in what a look has found: the newest events, newest first, and what stood in the way."""
        before = self._signs
        since = before.fault_since if type(fault) is type(before.fault) and fault is not None else now
        self._signs = replace(
            before,
            last_seen=last_seen,
            shut_down=_newest(events, ActionType.BOT_SHUTDOWN),
            started=_newest(events, ActionType.BOT_START),
            fault=fault,
            fault_since=since if fault is not None else None,
            suspected=before.suspected and last_seen == before.last_seen,
        )

    def note_files(self, signs: FileSigns) -> None:
        """Take in what the files themselves say."""
        self._signs = replace(self._signs, modified=signs.modified, spooled=signs.spooled)

    def note_replaced(self, now: float) -> None:
        """Another file is at the path from now on."""
        self._signs = replace(self._signs, replaced=now)

    def verdict(self, now: float) -> Verdict:
        """What is the matter at ``now``, in epoch seconds."""
        verdict = explain(replace(self._signs, now=now))
        if verdict.cause is Cause.STOPPED:
            self._signs = replace(self._signs, suspected=True)
        return verdict


def _newest(events: Iterable[Event], action: ActionType) -> float | None:
    moments = (each.timestamp for each in events if each.kind is EventKind.ACTIVITY and each.title == action)
    return max((moment for moment in moments if moment is not None), default=None)
