"""One database into another: a file to a server, a server to a file, or two of a kind.

Rows keep their ids and go over in chunks, each with a note of how far the copy has come in its own transaction: what
was cut off goes on where it was. At the end every row is compared; what was altered in the source meanwhile is copied
again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import peewee

from core.maintenance.transfer.faults import CopyDiffers, SameDatabase
from core.maintenance.transfer.source import Source, in_its_turn, source_at
from core.maintenance.transfer.target import CopyTarget, Mark, target_at
from core.maintenance.transfer.values import LeftOut, Row, fitted, key_of
from core.models import METRIC_PREFIX, DailyStats, EventModel, Name, OptOut, event_models, table_name
from core.storage.location import Location, locate, real_path
from core.storage.seeks import IdSpan
from core.tasks import Progress, Task, in_turn
from core.text.formatting import rows_words
from core.text.translation import gettext as _

MOST_TOLD: Final = 1_000
"""Rows that are named of those that were left out."""

_CHECKSUM_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class TableCopied:
    """A table of the target, as it was compared with the source.

    Attributes:
        table: its name.
        rows: how many.
        first: the lowest id; last: the highest; 0 where there are none, or where rows have no ids.
        checksum: of all rows, in hexadecimal; it is the same wherever the same rows are.
    """

    table: str
    rows: int
    first: int
    last: int
    checksum: str


@dataclass(frozen=True, slots=True)
class Transferred:
    """What a copy came to.

    Attributes:
        tables: what the target holds.
        added: rows that this run brought over; those of runs before are in the target already.
        renewed: chunks that were copied again, because the source was altered meanwhile.
        left_out: rows that the target does not take, the first thousand of them; more_left_out: how many more.
        newer: ids that the source has handed out since the copy began.
        unknown: tables of metrics whose extension is not loaded: they were not copied.
        seconds: how long it took.
    """

    tables: tuple[TableCopied, ...]
    added: int
    renewed: int
    left_out: tuple[LeftOut, ...]
    more_left_out: int
    newer: int
    unknown: tuple[str, ...]
    seconds: float


def transfer(source: Location | str | Path, target: Location | str | Path, *, mend: bool = False) -> Task[Transferred]:
    """Copy all tables of a bot's database into another, which is empty or holds the same copy, begun before.

    ``mend``: text that the target can't store as it is gets a sign in the place of what can't; otherwise such
    rows are left out, and told. Stopped or killed, it goes on where it was when it is called again.

    Raises:
        BotpulseError: one of the two can't be opened, the target holds other rows, the copy differs.
    """
    began, where, to = time.monotonic(), _absolute(locate(source)), _absolute(locate(target))
    if where == to or _is_one_file(where.path, to.path):
        raise SameDatabase(str(where))
    with source_at(where) as reader:
        spans = yield from in_its_turn(lambda: {model: reader.ids(model) for model in event_models()})
        with target_at(to, where) as writer:
            work = _Transfer(reader, writer, mend)
            pairs = [*spans.items()]
            yield from in_its_turn(partial(work.raise_counters, spans))
            yield from in_turn(lambda pair: work.copy(*pair), pairs, 0.0, 0.6)
            tables = yield from in_turn(lambda pair: work.compare(*pair), pairs, 0.6, 0.99)
            whole = yield from in_turn(work.copy_whole, (DailyStats, Name, OptOut), 0.99, 1.0)
            yield from in_its_turn(partial(work.raise_counters, spans))
        newer = yield from in_its_turn(lambda: sum(_newer(reader, *pair) for pair in pairs))
        known = [table_name(model) for model in event_models()]
        unknown = yield from in_its_turn(lambda: reader.other_tables(known, METRIC_PREFIX))
    return replace(work.done, tables=(*tables, *whole), newer=newer, unknown=unknown, seconds=time.monotonic() - began)


@dataclass
class _Transfer:
    """The work between two open databases, and what it came to so far."""

    source: Source
    target: CopyTarget
    mend: bool
    done: Transferred = Transferred((), 0, 0, (), 0, 0, (), 0.0)
    _left_out: set[tuple[str, Any]] = field(default_factory=set)

    def raise_counters(self, spans: dict[type[EventModel], IdSpan]) -> None:
        """From the first row on: a bot that is started on half a copy must not give out ids that are to come."""
        for model, ids in spans.items():
            self.target.raise_counter(model, max(self.source.counter(model), ids.upto))

    def copy(self, model: type[EventModel], ids: IdSpan) -> Task[None]:
        """Bring the rows over that are not there yet."""
        mark, name = self.target.mark(model), table_name(model)
        chunks = self.source.chunks(model, ids if mark == Mark() else IdSpan(mark.upto, ids.upto))
        while (step := (yield from in_its_turn(lambda: next(chunks, None)))) is not None:
            chunk, rows = step
            fitting = self._fitted(model, rows)
            self._tell((yield from in_its_turn(partial(self.target.add, model, fitting, chunk.upto))))
            self.done = replace(self.done, added=self.done.added + len(fitting))
            yield Progress(
                _share(chunk, ids),
                _("copying {name}: {rows}").format(name=name, rows=rows_words(self.target.mark(model).rows)),
            )
            self.source.rest()

    def compare(self, model: type[EventModel], ids: IdSpan) -> Task[TableCopied]:
        """Compare every row, chunk by chunk; one that differs is copied again, once.

        Raises:
            CopyDiffers: it still does.
        """
        whole, name = IdSpan(min(0, ids.after), max(ids.upto, self.target.mark(model).upto)), table_name(model)
        chunks, checksum = self.source.chunks(model, whole), hashlib.blake2b(digest_size=_CHECKSUM_BYTES)
        rows = first = last = 0
        while (step := (yield from in_its_turn(lambda: next(chunks, None)))) is not None:
            chunk, found = step
            held = self.target.rows(model, chunk)
            if not _are_same(self._fitted(model, found), held):
                held = yield from self._renewed(model, chunk)
            checksum.update(_text_of(held))
            rows, first, last = rows + len(held), first or (held[0][0] if held else 0), held[-1][0] if held else last
            yield Progress(_share(chunk, whole), _("comparing {name}: {rows}").format(name=name, rows=rows_words(rows)))
            self.source.rest()
        return TableCopied(name, rows, first, last, checksum.hexdigest())

    def copy_whole(self, model: type[peewee.Model]) -> Task[TableCopied]:
        """Bring over summaries of days, names or opt-outs: they are altered again and again, so always all of them."""
        found = yield from in_its_turn(lambda: self.source.whole(model))
        rows = self._fitted(model, found)
        if not _are_same(rows, self.target.rows(model, None)):
            self._tell((yield from in_its_turn(lambda: self.target.renew(model, None, rows))))
            rows = self._without_left_out(model, rows)
        held = self.target.rows(model, None)
        if not _are_same(rows, held):
            raise CopyDiffers(table_name(model))
        checksum = hashlib.blake2b(_text_of(held), digest_size=_CHECKSUM_BYTES).hexdigest()
        return TableCopied(table_name(model), len(held), 0, 0, checksum)

    def _renewed(self, model: type[EventModel], chunk: IdSpan) -> Task[list[Row]]:
        found = yield from in_its_turn(lambda: self.source.rows(model, chunk))
        rows = self._fitted(model, found)
        self._tell((yield from in_its_turn(lambda: self.target.renew(model, chunk, rows))))
        self.done = replace(self.done, renewed=self.done.renewed + 1)
        held = self.target.rows(model, chunk)
        if not _are_same(self._without_left_out(model, rows), held):
            raise CopyDiffers(table_name(model), f"ids {chunk.first:,} to {chunk.upto:,}")
        return held

    def _fitted(self, model: type[peewee.Model], rows: Sequence[Row]) -> Sequence[Row]:
        """The rows that the target takes, as far as that is known."""
        name = table_name(model)

        def tell(row: Row, reason: str) -> None:
            self._tell([LeftOut(name, key_of(model, row), reason)])

        fitting = fitted(self.target.columns(model), rows, mend=self.mend, tell=tell)
        return self._without_left_out(model, fitting)

    def _without_left_out(self, model: type[peewee.Model], rows: Sequence[Row]) -> Sequence[Row]:
        if not self._left_out:
            return rows
        return [row for row in rows if (table_name(model), key_of(model, row)) not in self._left_out]

    def _tell(self, rows: Sequence[LeftOut]) -> None:
        for row in rows:
            if (row.table, row.key) in self._left_out:
                continue
            self._left_out.add((row.table, row.key))
            if len(self.done.left_out) < MOST_TOLD:
                self.done = replace(self.done, left_out=(*self.done.left_out, row))
            else:
                self.done = replace(self.done, more_left_out=self.done.more_left_out + 1)


def _absolute(location: Location) -> Location:
    """A file's own place: the note of a copy must mean the same from any folder."""
    return location if location.path is None else Location(path=real_path(location.path))


def _is_one_file(one: Path | None, other: Path | None) -> bool:
    return one is not None and other is not None and one.exists() and other.exists() and one.samefile(other)


def _newer(source: Source, model: type[EventModel], ids: IdSpan) -> int:
    return max(0, source.ids(model).upto - ids.upto)


def _share(chunk: IdSpan, ids: IdSpan) -> float:
    return min(1.0, max(0.0, (chunk.upto - ids.after) / max(1, ids.size)))


def _are_same(rows: Sequence[Row], others: Sequence[Row]) -> bool:
    return len(rows) == len(others) and _text_of(rows) == _text_of(others)


def _text_of(rows: Sequence[Row]) -> bytes:
    """The rows, the same bytes wherever they are: what is not a number equals itself, too."""
    return "\n".join(map(repr, rows)).encode(errors="surrogatepass") + b"\n"
