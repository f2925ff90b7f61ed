"""The rows in memory and the part of them that is seen: rows come and go around it without moving it."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager

from core.tables.reading.messages import RowsResult
from gui.tables.records.model import RecordModel, RecordRow
from gui.tables.records.view import RecordView


class RowWindow:
    """Changes the model under a view.

    Attributes:
        moving: whether the scroll bar moves because of us, not of the host.
        has_older: whether there may be more rows below, down the table.
        has_newer: whether there may be more rows above, up the table.
        cut_below: whether rows below were dropped again: the search goes on after the last that is left.
    """

    def __init__(self, view: RecordView, model: RecordModel) -> None:
        self._view, self._model = view, model
        self.moving = self.has_older = self.has_newer = self.cut_below = False

    def forget(self) -> None:
        """Know nothing of what lies beyond the rows."""
        self.has_older = self.has_newer = self.cut_below = False

    @property
    def rows(self) -> list[RecordRow]:
        """What is in memory."""
        return self._model.rows

    @property
    def top(self) -> int:
        """The first row that is seen; 0 where there is none."""
        return max(self._view.top_row, 0)

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

    def replace(self, rows: Sequence[RecordRow], *, is_top: bool, is_end: bool) -> None:
        """Hold these rows and no others, and show the first; those of the order's end: the last."""
        self.has_newer, self.has_older = not is_top, not is_end
        self.moving = True
        self._model.replace(rows)
        self._view.settle()
        bar = self._view.verticalScrollBar()
        bar.setValue(bar.maximum() if is_end else 0)
        self.moving = False
        if is_end:
            self._view.focus_row(len(rows) - 1)

    def append(self, rows: Sequence[RecordRow]) -> None:
        """Add rows at the end; what has no room at the beginning goes."""
        with self._holding():
            if self._model.append(rows):
                self.has_newer = True

    def prepend(self, rows: Sequence[RecordRow]) -> None:
        """Add rows at the beginning; what has no room at the end goes."""
        with self._holding():
            self._prepend(rows)

    def slide_in(self, rows: Sequence[RecordRow]) -> None:
        """Add rows at the beginning and show them."""
        self.moving = True
        self._prepend(rows)
        self._view.settle()
        self._view.verticalScrollBar().setValue(0)
        self.moving = False

    def _prepend(self, rows: Sequence[RecordRow]) -> None:
        if self._model.prepend(rows):
            self.has_older = self.cut_below = True

    def clear(self) -> None:
        """Hold no rows."""
        self._model.clear()

    def drop(self, ids: Container[int | str]) -> None:
        """Let go of the rows with these ids."""
        with self._holding():
            self._model.drop({row.key for row in self.rows if row.record.id in ids})

    def place(self, *, is_whole: bool) -> tuple[float, float, float | None]:
        """Which share of the table lies above what is seen, which is seen, and the moment of the first row seen."""
        rows, top = self.rows, self.top
        if not rows or is_whole:
            return self._place_in_memory()
        bottom = min(top + self._view.rows_seen, len(rows)) - 1
        above = rows[top].share
        page = min(max(rows[bottom].share - above, 0.0), 1.0)
        share = above / (1 - page) if page < 1 else 0.0
        return 0.0 if top == 0 and not self.has_newer else share, page, self._moment(top)

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


def rows_of(found: RowsResult) -> list[RecordRow]:
    """A chunk's rows; where in the table those between the first and the last are is near enough in proportion."""
    (first, last), rows = found.shares, found.page.rows
    step = (last - first) / max(len(rows) - 1, 1)
    return [RecordRow(key, record, first + number * step) for number, (key, record) in enumerate(rows)]
