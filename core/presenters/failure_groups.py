"""Failures of one cause as a group: how many, who was hit, since when, and whether it is new, rising or gone.

- *new*: seen in the range, and never in the 30 days before it.
- *rising*: at least five, and at least twice as many as in as much of the period before.
- *gone*: seen in that period, and not in this one.

Of a range whose period before was not recorded nothing is rising or gone; before all of the table has been read nothing
is new.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.presenters.chart_parts import whole
from core.presenters.presenter import PageInput
from core.statistics.failure_counting import COMMAND, FINGERPRINT, SERVER, USER, of_group
from core.statistics.failure_history import FORGOTTEN_AFTER, FailureCause, FailureHistory
from core.statistics.results import top
from core.text.formatting import one_line
from core.text.translation import gettext as _
from core.text.translation import pgettext

MOST_GROUPS: Final = 200
"""So many groups are listed; those that are new, rising or gone are among them."""

FEWEST_RISING: Final = 5
_LONGEST_MESSAGE: Final = 300
_LEADING: Final = 5


class GroupState(StrEnum):
    """What has become of a group."""

    NEW = "new"
    RISING = "rising"
    GONE = "gone"
    USUAL = ""


STATE_WORDS: Final = {
    GroupState.NEW: pgettext("failures", "new"),
    GroupState.RISING: pgettext("failures", "rising"),
    GroupState.GONE: pgettext("failures", "gone"),
    GroupState.USUAL: "",
}


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Failures with one fingerprint. Its texts are untrusted.

    Attributes:
        fingerprint: that; kind: of its newest failure, "error", "refused" or "cancelled".
        error_type, node, message: of its newest failure; empty where not recorded, or not read yet.
        count, before: how many in the range, and in as much of the period before.
        users, servers: how many different ones were hit; servers with direct messages as one.
        first, last: epoch seconds, whatever the range; None: not known yet.
        state: see the module.
        commands, guilds: those that were hit most, with how often; "" stands for direct messages.
    """

    fingerprint: str
    kind: str
    error_type: str
    node: str
    message: str
    count: int
    before: int
    users: int
    servers: int
    first: float | None
    last: float | None
    state: GroupState
    commands: tuple[tuple[str, int], ...] = ()
    guilds: tuple[tuple[str, int], ...] = ()

    @property
    def name(self) -> str:
        """It in a line: ``OutOfMemoryError in VAEDecode: Allocation on device``."""
        what = _("{error} in {node}").format(error=self.error_type or _("error"), node=self.node) if self.node else ""
        parts = (what or self.error_type, self.message)
        return one_line(": ".join(part for part in parts if part), _LONGEST_MESSAGE) or self.fingerprint[:8]


def failure_groups(page: PageInput) -> tuple[FailureGroup, ...]:
    """The groups of a range and of the period before, the most frequent first, ties by fingerprint."""
    now, before = page.aggregate.whole.cell.counted.of(FINGERPRINT), _before(page)
    history = page.findings if isinstance(page.findings, FailureHistory) else None
    leading = [name for name, _n in top(now, MOST_GROUPS)]
    gone = [name for name, _n in top({name: n for name, n in before.items() if name not in now}, MOST_GROUPS // 4)]
    causes = history.causes if history is not None else {}
    return tuple(
        _group(page, name, causes.get(name), now.get(name, 0), before.get(name, 0)) for name in (*leading, *gone)
    )


def groups_in_range(page: PageInput) -> int:
    """How many groups the range has."""
    return len(page.aggregate.whole.cell.counted.of(FINGERPRINT))


def _group(page: PageInput, fingerprint: str, cause: FailureCause | None, count: int, before: int) -> FailureGroup:
    counted = page.aggregate.whole.cell.counted
    read = page.scanned.whole
    return FailureGroup(
        fingerprint,
        cause.kind if cause else "",
        cause.error_type if cause else "",
        cause.node if cause else "",
        cause.message if cause else "",
        count,
        before,
        len(counted.of(of_group(fingerprint, USER))),
        len(counted.of(of_group(fingerprint, SERVER))),
        cause.first if cause and read else None,
        cause.last if cause else None,
        _state(page, cause, count, before),
        tuple(top(counted.of(of_group(fingerprint, COMMAND)), _LEADING)),
        tuple(top(counted.of(of_group(fingerprint, SERVER)), _LEADING)),
    )


def _state(page: PageInput, cause: FailureCause | None, count: int, before: int) -> GroupState:
    start, since = whole(page).edges[0], page.recorded_since
    if not count:
        return GroupState.GONE
    far_enough = page.scanned.whole or page.scanned.since <= start - FORGOTTEN_AFTER
    if cause and far_enough and since is not None and since < start and not cause.seen_before(start):
        return GroupState.NEW
    if is_compared(page) and count >= max(FEWEST_RISING, 2 * before):
        return GroupState.RISING
    return GroupState.USUAL


def is_compared(page: PageInput) -> bool:
    """Whether the period before was recorded, and is read."""
    window, since, fine = page.aggregate.window, page.recorded_since, page.counterpart
    if window.previous is None or since is None or since > window.previous.edges[0] or not page.coverage.whole:
        return False
    filling = window.counterpart(page.now)
    return filling is None or (fine is not None and fine.window.buckets == filling)


def _before(page: PageInput) -> dict[str, int]:
    """How many of each group there were in as much of the period before, until as long before now as it is."""
    if not is_compared(page):
        return {}
    found = dict(page.aggregate.previous.cell.counted.of(FINGERPRINT))
    fine = page.counterpart
    if fine is None:
        return found
    buckets, edges = whole(page), fine.window.buckets
    until = edges.edges[0] + page.now - buckets.edges[buckets.complete(page.now)]
    for start in edges.edges[: edges.complete(until)]:
        for name, n in fine.cells[start].counted.of(FINGERPRINT).items():
            found[name] = found.get(name, 0) + n
    return found
