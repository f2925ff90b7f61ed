"""What the times without events, and the bot's starts, say on the Health page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from core.charts.specs import Opens
from core.filters import Filter
from core.models import ActionType
from core.presenters.finding import Finding, State
from core.presenters.presenter import PageInput
from core.statistics.data_quality import ROWS, Quality
from core.statistics.lives import lives_of
from core.text.dates import clock, dated, month_day
from core.text.formatting import count, written
from core.text.translation import gettext as _
from core.text.translation import ngettext
from core.time_ranges import DAY, HOUR, local_time

EVENTS: Final = ("command_usage", "image_stats", "user_activity")
"""The tables whose rows are events."""

_GAP_HOURS: Final = 24
_MOST_GAPS: Final = 3


def gaps(quality: Quality, page: PageInput) -> Iterator[Finding]:
    """Spells of a day or more without anything, which an otherwise steady bot does not have."""
    found = quality.gaps(page.now, _GAP_HOURS)
    if not found:
        return
    longest = sorted(found, key=lambda gap: gap[0] - gap[1])[:_MOST_GAPS]
    spoken = "; ".join(_gap(start, end, quality) for start, end in sorted(longest))
    shorter = len(found) - len(longest)
    if len(found) == 1:
        words = _("It: {gaps}.")
    elif shorter:
        words = _("The longest: {gaps}; and {count} shorter.")
    else:
        words = _("The longest: {gaps}.")
    title = ngettext(
        "One gap of more than a day without any event",
        "{count} gaps of more than a day without any event",
        len(found),
    )
    remedy = (
        _("Where the bot's start ends a gap (see “Bot”), the bot was off; otherwise nobody used it.")
        if any(each.is_start for each in quality.starts)
        else _("The bot was off, or nobody used it: recorded starts would tell which.")
    )
    words = words.format(gaps=spoken, count=count(shorter))
    yield Finding(State.INFO, title.format(count=count(len(found))), words, remedy)


def _gap(before: int, after: int, quality: Quality) -> str:
    start, end = (local_time(hour * HOUR, quality.zone) for hour in (before + 1, after))
    days = (after - before - 1) * HOUR / DAY
    return _("{start} to {end} ({days}\N{NO-BREAK SPACE}days)").format(
        start=f"{dated(start)} {clock(start)}", end=f"{month_day(end)} {clock(end)}", days=written(days, ".1f")
    )


def starts(quality: Quality, page: PageInput) -> Iterator[Finding]:
    """Whether the bot's starts are recorded, and whether each followed a shutdown."""
    begun = [each for each in quality.starts if each.is_start]
    if not begun and any(quality.of(table)[ROWS] for table in EVENTS):
        yield Finding(
            State.INFO,
            _("The bot's starts are not recorded"),
            _("Restarts and crashes can't be told from times when nobody used the bot."),
            _('In on_ready: track_user_activity(str(bot.user.id), "bot_start"); before the end: "bot_shutdown".'),
        )
    unclean = len(lives_of(quality.starts).unclean)
    if unclean and any(not each.is_start for each in quality.starts):
        yield Finding(
            State.INFO,
            _("{count} of {total} starts came without a shutdown before").format(
                count=count(unclean), total=count(len(begun))
            ),
            _("The bot crashed, was killed, or lost its machine; events that were under way may be missing."),
            _("Look into the bot's own log at the times in “Bot”."),
            Opens("activity", Filter.of(action=ActionType.BOT_START.value)),
        )
