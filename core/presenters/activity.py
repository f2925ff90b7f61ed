"""The Activity page: what user_activity records, the bot's own life among it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from core.charts.specs import BarChart
from core.filters import Field, Filter
from core.presenters.chart_parts import activity_recorded, in_range, nothing
from core.presenters.counted_table import Counted
from core.presenters.presenter import Figure, PageInput, PagePresenter, board
from core.statistics.counting import ACTIVITY
from core.tables.definitions import TABLES
from core.text import formatting
from core.text.translation import gettext as _

TABLE: Final = "activity"

ACTION: Final = TABLES[TABLE].column("action")
_LACKING: Final = (Field.COMMAND, Field.CHANNEL, Field.OUTCOME, Field.RESOLUTION, Field.LORA, Field.TYPE, Field.UPSCALE,
                   Field.KIND, Field.SLOWER, Field.FASTER)  # fmt: skip


_WORTH: Final = _("starts, servers joined and left, whatever its author finds worth knowing.")


def _nothing(page: PageInput) -> str:
    if page.chosen:
        return nothing(page, _("events"), _LACKING, "")
    if not activity_recorded(page):
        return _("This bot has never recorded any activity. With track_user_activity(…) it would: {worth}").format(
            worth=_WORTH
        )
    return _("No activity {range}. The bot records it where it calls track_user_activity(…): {worth}").format(
        range=in_range(page), worth=_WORTH
    )


COUNTED: Final = Counted(TABLE, _("Activity"), (_("{count} event"), _("{count} events")), _nothing)
"""Activities, counted by their action."""


def _figures(page: PageInput) -> tuple[Figure, ...]:
    events = COUNTED.figure(page, ACTION, _("Events"), _("Rows of user_activity"))
    if not activity_recorded(page):
        return events, Figure(
            _("Bot starts"), formatting.NOTHING, _("not recorded"), _("The bot does not record when it starts")
        )
    starts, rows = page.aggregate.whole.cell.restarts.total(), COUNTED.rows(Filter.of(action="bot_start"))
    return events, Figure(_("Bot starts"), formatting.count(starts), "", _("How often the bot started"), rows)


def _by_action(page: PageInput) -> BarChart:
    """The most frequent actions; why there are none is said beside it."""
    ranking = COUNTED.ranking(page, ACTION)
    return replace(ranking, empty=_("No activity.")) if ranking.empty and not page.chosen else ranking


ACTIVITIES: Final = PagePresenter(
    "activity",
    board(
        {
            "over_time": partial(COUNTED.over_time, column=ACTION),
            "by_action": _by_action,
        },
        _figures,
    ),
    (ACTIVITY,),
)
