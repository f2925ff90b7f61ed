"""Values that the filter box may offer: those of the rows that were seen, and those that others know of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain
from typing import Final

from core.filters import Field
from core.tables.definitions import Column, Record
from core.tables.filter_language.completion import Known
from gui.tables.records.row_menu import terms_of

_FIELDS: Final = frozenset(
    {
        Field.COMMAND,
        Field.USER,
        Field.GUILD,
        Field.CHANNEL,
        Field.TYPE,
        Field.RESOLUTION,
        Field.LORA,
        Field.UPSCALE,
        Field.ACTION,
    }
)
_MOST: Final = 2_000
"""Values of one field that are kept count of."""


class Values:
    """Counts the values that come by, and puts those from outside before them."""

    def __init__(self, columns: tuple[Column, ...]) -> None:
        self._columns = [(n, column) for n, column in enumerate(columns) if column.filter_by in _FIELDS]
        self._seen: dict[Field, Counter[str]] = {}
        self._outside = Known()

    def set_outside(self, known: Known) -> None:
        """Values that others know of."""
        self._outside = known

    def note(self, records: Iterable[Record]) -> None:
        """Take the values of some rows in."""
        for record in records:
            for place, column in self._columns:
                for term in terms_of(column, record.values[place], direct=False):
                    seen = self._seen.setdefault(term.field, Counter())
                    value = str(term.value)
                    if len(seen) < _MOST or value in seen:
                        seen[value] += 1

    def known(self) -> Known:
        """Return all of them, the most frequent first."""
        fields = {*self._outside.values, *self._seen}
        return Known({field: self._of(field) for field in fields})

    def _of(self, field: Field) -> tuple[str, ...]:
        seen = (value for value, _ in self._seen.get(field, Counter()).most_common())
        return tuple(dict.fromkeys(chain(self._outside.values.get(field, ()), seen)))
