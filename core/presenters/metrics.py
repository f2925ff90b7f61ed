"""The pages of extensions: any metric, counted and shown by its declaration alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Final

import numpy as np

from core.charts.specs import AnyChart
from core.filters import Field
from core.presenters.chart_parts import NOUNS, in_range, nothing, share
from core.presenters.counted_table import Counted
from core.presenters.presenter import Figure, PageInput, PagePresenter, board
from core.statistics.bucket_counts import BucketCounts
from core.statistics.counting import Deltas, Grid, RowCounter, count_by, texts
from core.statistics.results import top
from core.storage.chunked_reads import Row
from core.storage.values import Kind
from core.tables.definitions import TableDefinition
from core.tables.metric import Metric, MetricColumn
from core.text import formatting
from core.text.translation import gettext as _

OVER_TIME: Final = "over_time"

_MOST_SHARES: Final = 2
_LONGEST_LABEL: Final = 24
_LARGEST: Final = 2.0**53
KNOWN: Final = ""
"""Stands for every known number of a column among its counted values."""


def ranking_key(column: str) -> str:
    """The key of the chart that compares a column's values."""
    return f"by_{column}"


def _forms(metric: Metric) -> tuple[str, str]:
    """An extension says its noun in one language only, and in one form."""
    return "{count} " + metric.noun, "{count} " + metric.noun + "s"


@cache
def presenter_of(metric: Metric) -> PagePresenter:
    """The page of a metric; always the same one, so that what it has read is kept while others are shown."""
    table = metric.table
    counted = Counted(table.key, metric.title, _forms(metric), partial(_nothing, metric))
    charts: dict[str, Callable[[PageInput], AnyChart]] = {
        OVER_TIME: partial(counted.over_time, column=table.column(metric.split)),
        **{ranking_key(key): partial(counted.ranking, column=table.column(key)) for key in metric.ranked},
    }
    return PagePresenter(metric.key, board(charts, partial(_figures, metric, table, counted)), (counter_of(metric),))


@cache
def counter_of(metric: Metric) -> RowCounter:
    """How a metric's rows are counted."""
    words = tuple(dict.fromkeys((metric.split, *metric.ranked)))
    numbers = tuple(column.key for column in metric.columns if column.is_number)
    fields = metric.model._meta.fields
    chosen = (metric.model.timestamp, *(fields[key] for key in (*words, *numbers)))
    return RowCounter(metric.model, chosen, partial(_fold, words, numbers))


def _fold(words: Sequence[str], numbers: Sequence[str], rows: Sequence[Row], grid: Grid) -> Deltas:
    """Count rows by the values of columns in words, and add numbers up; what is unknown is left out."""
    times, *columns = zip(*rows, strict=True)
    slots = grid.slots(np.array(times, dtype=float))
    deltas: Deltas = defaultdict(BucketCounts)
    for key, column in zip(words, columns, strict=False):
        values = texts(["" if value is None else value for value in column])
        count_by(deltas, key, slots, values)
    for key, column in zip(numbers, columns[len(words) :], strict=True):
        for slot, value in zip(slots, column, strict=True):
            if isinstance(value, int | float) and abs(value) <= _LARGEST:
                deltas[slot].counted[key][KNOWN] += 1
                deltas[slot].sums[key] += round(value * 1e6)
    return deltas


def _figures(metric: Metric, table: TableDefinition, counted: Counted, page: PageInput) -> tuple[Figure, ...]:
    split = table.column(metric.split)
    every = counted.counts(page, split)
    total = every.total()
    shares = (
        Figure(
            _named(value),
            formatting.count(n),
            share(n, total),
            f"{split.title}: {_named(value)}",
            counted.value(split, value),
        )
        for value, n in top(every, _MOST_SHARES)
    )
    whole = counted.figure(page, split, metric.title, _("Every {noun} that was recorded").format(noun=metric.noun))
    return (whole, *shares, *_different(metric, table, counted, page), *_means(metric, page))


def _different(metric: Metric, table: TableDefinition, counted: Counted, page: PageInput) -> Iterator[Figure]:
    for key in metric.ranked:
        if key != metric.split:
            column = table.column(key)
            number = len(counted.counts(page, column))
            yield Figure(
                _("Distinct {noun}s").format(noun=formatting.within(column.title)),
                formatting.count(number),
                in_range(page),
                _("How many different values of {title} there were").format(title=column.title),
            )


def _means(metric: Metric, page: PageInput) -> Iterator[Figure]:
    cell = page.aggregate.whole.cell
    for column in metric.columns:
        if column.is_number:
            known = cell.counted.of(column.key)[KNOWN]
            mean = cell.sums[column.key] / known / 1e6 if known else None
            yield Figure(
                _("Average {noun}").format(noun=formatting.within(column.title)),
                _number(column, mean),
                _("of {count}").format(count=formatting.count(known)),
                _("The average of all known values of {title}").format(title=column.title),
            )


def _named(value: str) -> str:
    """A value as a label; the bot's users may have chosen it."""
    return formatting.one_line(value, _LONGEST_LABEL) or _("(none)")


def _number(column: MetricColumn, value: float | None) -> str:
    if value is None:
        return formatting.NOTHING
    return formatting.seconds(value) if column.kind is Kind.SECONDS else formatting.written(value, ",.2f")


def _nothing(metric: Metric, page: PageInput) -> str:
    own = metric.recorded.columns
    lacking = tuple(field for field in NOUNS if field not in own and field not in (Field.TEXT, Field.ID))
    words = metric.recorded_when or _("let the bot record a {noun}").format(noun=metric.noun)
    if page.chosen or not metric.recorded_when:
        return nothing(page, f"{metric.noun}s", lacking, words)
    return _("No {noun}s {range}. One is recorded when {words}, and appears here by itself.").format(
        noun=metric.noun, range=in_range(page), words=words
    )
