"""The Activity page: what user_activity records, the bot's own life among it."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Final

from core import formatting
from core.cells import Cell
from core.chart_builders import OTHER, legend_names
from core.charts import BarChart, Chart, Ink, Opens
from core.filters import EVERYTHING, Field, Filter, Term
from core.folding import ACTIVITY
from core.statistics import top
from core.subjects.parts import bar, bars, busiest, in_range, nothing, over_time, share, whole
from core.subjects.scene import Figure, Scene, Subject, board

TABLE: Final = "activity"

_INKS: Final = (Ink.SERIES_1, Ink.SERIES_2, Ink.SERIES_3, Ink.SERIES_5)
_MOST_BARS: Final = 100
_LACKING: Final = (Field.COMMAND, Field.CHANNEL, Field.OUTCOME, Field.RESOLUTION, Field.LORA, Field.TYPE, Field.UPSCALE,
                   Field.KIND, Field.SLOWER, Field.FASTER)  # fmt: skip


def _over_time(scene: Scene) -> Chart:
    every = scene.aggregate.whole.cell.actions
    names = [name for name, _ in top(every, len(_INKS))]
    counts = scene.detail.derived(_actions)
    series = [
        bars(shown, (each[name] for each in counts), ink, _rows(Filter.of(action=name)))
        for name, shown, ink in zip(names, legend_names(names), _INKS, strict=False)
    ]
    rest = [each.total() - sum(each[name] for name in names) for each in counts]
    if any(rest):
        others = Filter(tuple(Term(Field.ACTION, name, excluded=True) for name in names))
        series.append(bars(OTHER, rest, Ink.SERIES_4, _rows(others)))
    totals = [scene.aggregate.derived(_actions, start, end).total() for start, end in pairwise(whole(scene).edges)]
    return over_time(
        scene,
        "Activity",
        series,
        empty=None if every else _nothing(scene),
        summary=f"{formatting.counted(every.total(), 'event')} {in_range(scene)}{busiest(whole(scene), totals)}.",
    )


def _actions(cell: Cell, _start: float, _end: float) -> Counter[str]:
    return Counter(cell.actions)


def _by_action(scene: Scene) -> BarChart:
    every = scene.aggregate.whole.cell.actions
    leading = top(every, _MOST_BARS)
    return BarChart(
        title="By action",
        subtitle="",
        bars=tuple(bar(name, n, (share(n, every.total()),), _rows(Filter.of(action=name))) for name, n in leading),
        value="count",
        columns=("share",),
        empty=None if leading else _nothing(scene),
        summary=f"{formatting.counted(len(every), 'different action')} {in_range(scene)}.",
    )


def _figures(scene: Scene) -> tuple[Figure, ...]:
    cell = scene.aggregate.whole.cell
    events, starts = cell.actions.total(), cell.restarts.total()
    return (
        Figure(
            "Events",
            formatting.count(events),
            in_range(scene),
            "Rows of user_activity",
            _rows(EVERYTHING),
        ),
        Figure(
            "Bot starts",
            formatting.count(starts),
            "",
            "How often the bot started",
            _rows(Filter.of(action="bot_start")),
        ),
    )


def _rows(chosen: Filter) -> Opens:
    return Opens(TABLE, chosen)


def _nothing(scene: Scene) -> str:
    if scene.chosen:
        return nothing(scene, "events", _LACKING, "")
    return (
        f"No activity {in_range(scene)}. The bot records it where it calls track_user_activity(…): "
        "starts, servers joined and left, whatever its author finds worth knowing."
    )


ACTIVITIES: Final = Subject(
    "activity", board({"over_time": _over_time, "by_action": _by_action}, _figures), (ACTIVITY,)
)
