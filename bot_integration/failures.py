"""A failure is remembered once, though generation, delivery and command all hear of it.

It knows no discord.py: a worker that only has images made has none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final, Unpack

from core.manager import AnalyticsManager
from core.models import FailureSource
from core.tracking.records import FailureFacts

_MARK: Final = "_botpulse_tracked"
"""An attribute of an exception: for which users it was remembered, and when (seconds of a monotonic clock)."""

_MARKED_SECONDS: Final = 3_600.0
_MOST_MARKS: Final = 1_000
_LONGEST_CHAIN: Final = 10


def track_once(
    manager: AnalyticsManager,
    error: object,
    /,
    source: str,
    name: str | None = None,
    user_id: str | int | None = None,
    **facts: Unpack[FailureFacts],
) -> bool:
    """Remember a failure as ``manager.track_failure`` does, unless this exception was remembered for this user already.

    ``error`` is the exception, or words. One that was raised ``from`` another counts as that one. A command is the last
    that an exception passes through: it uses the mark up, so that what is raised again is remembered again.

    Returns:
        Whether it was remembered just now.
    """
    if isinstance(error, BaseException):
        if any([_is_marked(each, user_id, used_up=source == FailureSource.COMMAND) for each in _chain(error)]):
            return False
        if source != FailureSource.COMMAND:
            _mark(error, user_id)
    given: Any = {"error": error, **facts}
    manager.track_failure(source, name, user_id, **given)
    return True


def mark_tracked(error: BaseException, user_id: str | int | None = None) -> None:
    """Say that an exception was remembered otherwise, for a user or for nobody in particular."""
    _mark(error, user_id)


def _chain(error: BaseException) -> Iterator[BaseException]:
    each: BaseException | None = error
    for _ in range(_LONGEST_CHAIN):
        if each is None:
            return
        yield each
        each = each.__cause__


def _mark(error: BaseException, user_id: object) -> None:
    marks = vars(error).setdefault(_MARK, {})
    if len(marks) >= _MOST_MARKS:  # an exception that a bot made once and raises again and again
        marks.clear()
    marks[_who(user_id)] = time.monotonic()


def _is_marked(error: BaseException, user_id: object, *, used_up: bool) -> bool:
    """Whether it was remembered for this user, or for nobody in particular; who asks for nobody means anybody."""
    marks: dict[str, float] = vars(error).get(_MARK, {})
    mine, earliest = _who(user_id), time.monotonic() - _MARKED_SECONDS
    found = [who for who, when in marks.items() if when > earliest and (not who or not mine or who == mine)]
    if used_up:
        for who in found:
            del marks[who]
    return bool(found)


def _who(user_id: object) -> str:
    return "" if user_id is None else str(user_id)
