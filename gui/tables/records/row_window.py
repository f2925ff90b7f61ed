"""The rows in memory and the part of them that is seen: rows come and go around it without moving it."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager

from gui.tables.records.messages import Found
from gui.tables.records.model import RecordModel, Row
from gui.tables.records.view import RecordView


class RowWindow:
    """Changes the model under a view.

    Attributes:
        moving: whether the scroll bar moves because of us, not of the host.
    """

    def __init__(self, view: RecordView, model: RecordModel) -> None:
        self._view, self._model = view, model
        self.moving = False

    @property
    def rows(self) -> list[Row]:
        """What is in memory."""
        return self._model.rows

    @property
    def top(self) -> int:
        """The first row that is seen; 0 where there is none."""
        return max(self._view.top_row, 0)

    @property
    def above(self) -> int:
        """How many rows in memory lie above what is seen, one that is cut counted, too."""
        return -(-self._view.verticalScrollBar().value() // self._view.row_height)

    @property
    def below(self) -> int:
        """How many rows in memory lie below what is seen; negative where there is room for more."""
        return len(self.rows) - self.top - self._view.rows_seen

    def ids(self) -> tuple[int | str, ...]:
        """The ids of all rows in memory."""
        return tuple(row.record.id for row in self.rows)

    def seen_ids(self) -> tuple[int | str, ...]:
        """The ids of the rows that are seen."""
        return tuple(row.record.id for row in self.rows[self.top : self.top + self._view.rows_seen + 1])

    def replace(self, rows: Sequence[Row], *, from_end: bool) -> None:
        """Hold these rows and no others, and show the first, or the last of them."""
        self.moving = True
        self._model.replace(rows)
        self._view.settle()
        bar = self._view.verticalScrollBar()
        bar.setValue(bar.maximum() if from_end else 0)
        self.moving = False

    def append(self, rows: Sequence[Row]) -> int:
        """Add rows at the end; return how many were dropped at the beginning."""
        with self._holding():
            return self._model.append(rows)

    def prepend(self, rows: Sequence[Row]) -> int:
        """Add rows at the beginning; return how many were dropped at the end."""
        with self._holding():
            return self._model.prepend(rows)

    def slide_in(self, rows: Sequence[Row]) -> int:
        """Add rows at the beginning and show them; return how many were dropped at the end."""
        self.moving = True
        dropped = self._model.prepend(rows)
        self._view.settle()
        self._view.verticalScrollBar().setValue(0)
        self.moving = False
        return dropped

    def drop(self, ids: Container[int | str]) -> None:
        """Let go of the rows with these ids."""
        with self._holding():
            self._model.drop({row.key for row in self.rows if row.record.id in ids})

    def place(self, *, is_top: bool, is_whole: bool) -> tuple[float, float, float | None]:
        """Which share of the table lies above what is seen, which is seen, and the moment of the first row seen."""
        rows, top = self.rows, self.top
        if not rows or is_whole:
            return self._place_in_memory()
        bottom = min(top + self._view.rows_seen, len(rows)) - 1
        above = rows[top].share
        page = min(max(rows[bottom].share - above, 0.0), 1.0)
        share = above / (1 - page) if page < 1 else 0.0
        return 0.0 if is_top and top == 0 else share, page, self._moment(top)

    def _place_in_memory(self) -> tuple[float, float, float | None]:
        bar, rows = self._view.verticalScrollBar(), self.rows
        if not rows or bar.maximum() <= 0:
            return 0.0, 1.0, self._moment(0) if rows else None
        height = len(rows) * self._view.row_height
        return bar.value() / bar.maximum(), self._view.viewport().height() / height, self._moment(self.top)

    def _moment(self, place: int) -> float | None:
        moment = self._model.value(self.rows[place], "time")
        return moment if isinstance(moment, int | float) else None

    @contextmanager
    def _holding(self) -> Iterator[None]:
        """Keep the row that is seen first where it stands, or the first after it that stays."""
        top = self.top
        offset, seen = self._view.rowViewportPosition(top), self.rows[top:]
        self.moving = True
        yield
        self._view.settle()
        places = {id(row): place for place, row in enumerate(self.rows)}
        place = next((places[id(row)] for row in seen if id(row) in places), None)
        if place is not None:
            self._view.verticalScrollBar().setValue(place * self._view.row_height - offset)
        self.moving = False


def rows_of(found: Found) -> list[Row]:
    """A chunk's rows; where in the table those between the first and the last are is near enough in proportion."""
    (first, last), rows = found.shares, found.page.rows
    step = (last - first) / max(len(rows) - 1, 1)
    return [Row(key, record, first + number * step) for number, (key, record) in enumerate(rows)]
