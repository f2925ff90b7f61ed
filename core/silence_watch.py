"""One database's signs of life, gathered from look to look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from zoneinfo import ZoneInfo

from core.errors import BotpulseError
from core.models import ActionType
from core.rhythm import Rhythm
from core.silence import Cause, Signs, Verdict, explain
from core.snapshot import Event, EventKind


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
        modified: float | None = None,
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
            modified=modified,
            suspected=before.suspected and last_seen == before.last_seen,
        )

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
