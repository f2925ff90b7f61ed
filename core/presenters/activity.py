"""The Activity page: what user_activity records, the bot's own life among it."""

from __future__ import annotations

from functools import partial
from typing import Final

from core.filters import Field, Filter
from core.presenters.chart_parts import in_range, nothing
from core.presenters.counted_table import Counted
from core.presenters.presenter import Figure, PageInput, PagePresenter, board
from core.statistics.counting import ACTIVITY
from core.tables.definitions import TABLES
from core.text import formatting

TABLE: Final = "activity"

_ACTION: Final = TABLES[TABLE].column("action")
_LACKING: Final = (Field.COMMAND, Field.CHANNEL, Field.OUTCOME, Field.RESOLUTION, Field.LORA, Field.TYPE, Field.UPSCALE,
                   Field.KIND, Field.SLOWER, Field.FASTER)  # fmt: skip


def _nothing(page: PageInput) -> str:
    if page.chosen:
        return nothing(page, "events", _LACKING, "")
    return (
        f"No activity {in_range(page)}. The bot records it where it calls track_user_activity(…): "
        "starts, servers joined and left, whatever its author finds worth knowing."
    )


_COUNTED: Final = Counted(TABLE, "Activity", "event", _nothing)


def _figures(page: PageInput) -> tuple[Figure, ...]:
    starts = page.aggregate.whole.cell.restarts.total()
    return (
        _COUNTED.figure(page, _ACTION, "Events", "Rows of user_activity"),
        Figure(
            "Bot starts",
            formatting.count(starts),
            "",
            "How often the bot started",
            _COUNTED.rows(Filter.of(action="bot_start")),
        ),
    )


ACTIVITIES: Final = PagePresenter(
    "activity",
    board(
        {
            "over_time": partial(_COUNTED.over_time, column=_ACTION),
            "by_action": partial(_COUNTED.ranking, column=_ACTION),
        },
        _figures,
    ),
    (ACTIVITY,),
)
