"""What a page shows of a table whose rows are counted by some of their columns: over time, and compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise
from typing import Final

from core.charts.inks import inks_of
from core.charts.specs import BarChart, Chart, Opens
from core.filters import EVERYTHING, Field, Filter, Term
from core.presenters.chart_parts import bar, busiest, in_range, of_all, over_time, percentage, share, stacked, whole
from core.presenters.presenter import Figure, PageInput
from core.statistics.bucket_counts import BucketCounts
from core.statistics.results import top
from core.storage.values import Kind
from core.tables.definitions import Column
from core.text import formatting
from core.text.translation import gettext as _
from core.text.translation import ngettext

_SERIES: Final = 4
_MOST_BARS: Final = 100


@dataclass(frozen=True, slots=True)
class Counted:
    """A table that is counted by columns; its cells have ``counted`` by those columns' keys.

    Attributes:
        table: its key in ``core.tables.definitions``.
        title: what the chart over time is called: "Activity".
        forms: so many rows, one and many: "{count} event", "{count} events".
        nothing: says why there are no rows.
    """

    table: str
    title: str
    forms: tuple[str, str]
    nothing: Callable[[PageInput], str]

    def over_time(self, page: PageInput, column: Column) -> Chart:
        """Rows over time, stacked by the most frequent values of a column; the rest is "other"."""
        every, count_of = self.counts(page, column), _counts_of(column.key)
        totals = [page.aggregate.derived(count_of, *span).total() for span in pairwise(whole(page).edges)]
        names = [name for name, _n in top(every, _SERIES)]
        words = f"{formatting.counted(every.total(), *self.forms)} {in_range(page)}{busiest(page, totals)}."
        return over_time(
            page,
            self.title,
            stacked(
                page.detail.derived(count_of),
                names,
                partial(self.value, column),
                self._others(column, names),
                inks_of(names),
            ),
            empty=None if every else self.nothing(page),
            summary=words,
        )

    def ranking(self, page: PageInput, column: Column) -> BarChart:
        """The most frequent values of a column."""
        every = self.counts(page, column)
        leading, total = top(every, _MOST_BARS), every.total()
        noun = formatting.within(column.title)
        different = ngettext("{count} different {noun} {range}.", "{count} different {noun}s {range}.", len(every))
        different = different.format(count=formatting.count(len(every)), noun=noun, range=in_range(page))
        return BarChart(
            title=_("By {column}").format(column=noun),
            subtitle=of_all(len(leading), len(every)),
            every=len(every),
            bars=tuple(
                bar(value, n, (share(n, total),), self.value(column, value), numbers=(percentage(n, total),))
                for value, n in leading
            ),
            value=_("count"),
            columns=(_("share"),),
            units=("%",),
            empty=None if leading else self.nothing(page),
            summary=different if leading else self.nothing(page),
        )

    def figure(self, page: PageInput, column: Column, label: str, tip: str) -> Figure:
        """How many rows there are."""
        total = self.counts(page, column).total()
        return Figure(label, formatting.count(total), in_range(page), tip, self.rows(EVERYTHING))

    def counts(self, page: PageInput, column: Column) -> Counter[str]:
        """Rows of the range by a column's values, not to be altered."""
        return _counts_of(column.key)(page.aggregate.whole.cell, 0.0, 0.0)

    def rows(self, chosen: Filter) -> Opens:
        """Some of its rows, to be shown in the table."""
        return Opens(self.table, chosen)

    def value(self, column: Column, value: str) -> Opens | None:
        """The rows with a value: by the column's word, or by words in its text; None where no filter can say it."""
        if column.filter_by is not None and (value or column.filter_by is Field.GUILD):
            return self.rows(Filter((Term(column.filter_by, value),)))
        return self.rows(Filter.of(text=value)) if value and column.kind is Kind.TEXT else None

    def _others(self, column: Column, values: list[str]) -> Opens | None:
        if column.filter_by is None:
            return None
        return self.rows(Filter(tuple(Term(column.filter_by, value, excluded=True) for value in values)))


@cache
def _counts_of(column: str) -> Callable[[BucketCounts, float, float], Counter[str]]:
    """Always the same function for a column: what it makes of a bucket is kept under it."""

    def counts(cell: BucketCounts, _start: float, _end: float) -> Counter[str]:
        return cell.counted.of(column)

    return counts
