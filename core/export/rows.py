"""A table's rows to a file: read in short chunks beside the bot's writing, written as they come."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

from core.export.columns import ColumnMaker, chosen_columns, headings
from core.export.faults import check_target, target_faults
from core.export.formats import Format, sheet_on
from core.export.names import StoredNames, with_name_columns, with_name_headings
from core.export.separators import COMMAS, Separators
from core.export.sheet import RowWriter
from core.export.source import LOCK_TIMEOUT, Chunk, Stirred, whole_rows
from core.storage.files import drained, replacing
from core.storage.location import Location
from core.storage.reader import open_for_reading
from core.storage.values import ID_KINDS
from core.tables.definitions import TABLES, Column, TableQuery
from core.tasks import Progress, Task
from core.text.formatting import rows_words
from core.text.translation import gettext as _

_STEP: Final = 2_000
"""Rows that are written before the clock is asked."""

_WORK_SECONDS: Final = 0.02
"""After so much work a task says how far it is."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote.

    Attributes:
        target: the file; None where it went into one that was open already.
        rows: how many; byte_size: the file's size, or 0; seconds: how long it took.
    """

    target: Path | None
    rows: int
    byte_size: int
    seconds: float


def export_rows(
    location: Location,
    query: TableQuery,
    target: Path | BinaryIO,
    kind: Format,
    *,
    zone: tzinfo,
    columns: Sequence[str] | None = None,
    masked: bool = False,
    limit: int | None = None,
    separators: Separators = COMMAS,
    named: bool = False,
) -> Task[Exported]:
    """Write the rows that a query chooses, whole and in its order.

    Rows that come in meanwhile are not among them. The target gets its content in one moment, when all of it is on the
    disk; until then, and when the task is stopped or fails, it is as it was. Memory does not grow with the rows.

    Args:
        location: the database.
        query: the table, the filters and the order.
        target: the file; or one that is open already (standard output), which gets the rows as they come.
        kind: the format.
        zone: whose clock the times are written in.
        columns: the keys of the columns to write, in this order; None for all of the table.
        masked: whether prompts and details are hidden.
        limit: at most so many rows.
        separators: those of the Excel that a :data:`Format.CSV_FOR_EXCEL` is for.
        named: whether names stand in columns of their own beside ids, where any are known.

    Raises:
        ExportFailed: the target can't be written, or the columns are not the table's.
        BotpulseError: the database can't be read, or can't be sorted so.
    """
    began = time.perf_counter()
    table = TABLES[query.table]
    picked = chosen_columns(table, columns)
    maker = ColumnMaker(table, picked, masked=masked)

    def write(file: BinaryIO) -> Task[int]:
        with _naming(location, picked, named=named) as weave:
            above = with_name_headings(picked, headings(picked)) if weave is not None else headings(picked)
            with sheet_on(file, kind, table.title, above, zone, separators) as sheet:
                growing = file if isinstance(target, Path) else None
                rows = whole_rows(location, query, maker.fields, limit)
                return (yield from _copied(rows, sheet, _made(maker, weave), growing))

    with _opened(target, location) as file:
        rows = yield from (_again_if_stirred(write, file) if isinstance(target, Path) else write(file))
        data = file.tell() if isinstance(target, Path) else 0
        yield Progress(1.0, _("Putting the file in its place"))
    return Exported(target if isinstance(target, Path) else None, rows, data, time.perf_counter() - began)


def _again_if_stirred(write: Callable[[BinaryIO], Task[int]], file: BinaryIO) -> Task[int]:
    """Begin anew with an empty file where the database is written again; what was printed could not be taken back."""
    while True:
        try:
            return (yield from write(file))
        except Stirred:
            file.seek(0)
            file.truncate()


_Weave: TypeAlias = Callable[[list[Sequence[Any]]], list[Sequence[Any]]]
"""Puts columns of names behind those of ids."""


@contextmanager
def _naming(location: Location, columns: Sequence[Column], *, named: bool) -> Iterator[_Weave | None]:
    """None where no names are wanted, or known. They are read by a connection of their own, between the rows."""
    if not named or not any(column.kind in ID_KINDS for column in columns):
        yield None
        return
    with closing(open_for_reading(location, timeout=LOCK_TIMEOUT)) as reader:
        names = StoredNames(reader)
        yield (lambda values: with_name_columns(columns, values, names)) if names.recorded else None


_Make: TypeAlias = Callable[[Sequence[Any]], list[Sequence[Any]]]


def _made(maker: ColumnMaker, weave: _Weave | None) -> _Make:
    return maker.columns_of if weave is None else lambda rows: weave(maker.columns_of(rows))


@contextmanager
def _opened(target: Path | BinaryIO, location: Location) -> Iterator[BinaryIO]:
    if not isinstance(target, Path):
        yield target
        target.flush()
        return
    check_target(target, location)
    with target_faults(target), replacing(target) as file:
        yield file


def _copied(
    chunks: Generator[Chunk | Progress, None, None], sheet: RowWriter, make: _Make, growing: BinaryIO | None
) -> Generator[Progress, None, int]:
    """Write chunks as they come; return how many rows that were. ``growing`` is brought to the disk meanwhile."""
    rows, on_disk, worked = 0, 0, time.perf_counter()
    with closing(chunks):
        for chunk in chunks:
            if isinstance(chunk, Progress):
                yield chunk
                continue
            for first in range(0, len(chunk.rows), _STEP):
                step = chunk.rows[first : first + _STEP]
                sheet.write_columns(make(step))
                rows += len(step)
                if time.perf_counter() - worked > _WORK_SECONDS:
                    yield _progress(chunk, rows)
                    worked = time.perf_counter()
            if growing is not None:
                on_disk = drained(growing, on_disk)
            yield _progress(chunk, rows)
    return rows


def _progress(chunk: Chunk, rows: int) -> Progress:
    return Progress(chunk.share, _("{rows} written").format(rows=rows_words(rows)))
