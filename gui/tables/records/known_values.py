"""Values that the filter box may offer: those of the rows that were seen."""

from __future__ import annotations

from collections import Counter
from typing import Final

from PySide6.QtCore import QModelIndex, QObject

from core.filters import Field
from core.tables.filter_language.completion import Known
from gui.tables.filter.box import FilterBox
from gui.tables.records.menus import terms_of
from gui.tables.records.model import RecordModel

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
        Field.ERROR,
        Field.NODE,
        Field.MODEL,
        Field.SAMPLER,
        Field.STEPS,
    }
)
_MOST: Final = 2_000
"""Values of one field that are kept count of."""


class KnownValues(QObject):
    """Counts the values of the rows that come in, and has the filter box offer them, the most frequent first."""

    def __init__(self, model: RecordModel, box: FilterBox) -> None:
        super().__init__(box)
        self._model, self._box = model, box
        self._columns = [(n, column) for n, column in enumerate(model.columns) if column.filter_by in _FIELDS]
        self._seen: dict[Field, Counter[str]] = {}
        model.rowsInserted.connect(self._take_in)

    def _take_in(self, _parent: QModelIndex, first: int, last: int) -> None:
        for row in self._model.rows[first : last + 1]:
            for place, column in self._columns:
                for term in terms_of(column, row.record.values[place], direct=False):
                    self._count(term.field, str(term.value))
        ranked = {field: tuple(value for value, _ in seen.most_common()) for field, seen in self._seen.items()}
        self._box.set_known(Known(ranked))

    def _count(self, field: Field, value: str) -> None:
        seen = self._seen.setdefault(field, Counter())
        if len(seen) < _MOST or value in seen:
            seen[value] += 1
