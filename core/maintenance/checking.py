"""Integrity on demand, without keeping the bot waiting: SQLite's own check, on a copy of the file page by page.

A busy bot in rollback mode makes such a copy begin anew again and again. Then every row is read in place, in chunks,
and each index is compared with its table.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

from core.errors import DatabaseCorrupt
from core.maintenance.backups import default_folder, our_tables
from core.maintenance.chunks import AMONG, Table, ends, executing, in_chunks, table_of
from core.maintenance.copying import Integrity, integrity
from core.maintenance.locking import (
    LOCK_TIMEOUT,
    SPARE,
    check_room,
    connect,
    existing_file,
    in_thread,
    looking,
    retrying,
)
from core.maintenance.strangers import is_ignorance, strangers
from core.maintenance.writing import faults_of
from core.storage.driver_errors import translate
from core.storage.location import Location, byte_size
from core.storage.structure import quoted
from core.tasks import Progress, Task, in_turn, scaled
from core.text.formatting import count, counted, one_line
from core.text.translation import gettext as _
from core.text.translation import ngettext

_MOST_NAMED: Final = 8
_PAGES: Final = 1_000
_MOST_RESTARTS: Final = 8
_AT_ONCE: Final = 48_000_000
"""Bytes of a file that are copied in one step where there is no other way: some 50 ms."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found.

    Attributes:
        problems: in SQLite's words, a line each; empty where nothing is wrong.
        whole: False where the bot wrote so busily that rows and indexes were checked in place: SQLite's own structure
            was not looked at as a whole.
        byte_size: the size of what was checked; seconds: how long it took.
        left_out: the names of tables and indexes that only another program can look at.
    """

    problems: tuple[str, ...]
    whole: bool
    byte_size: int
    seconds: float
    left_out: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The result in a sentence or two, and what of the file it is not about."""
        if not self.left_out:
            return self._words
        named = ", ".join(one_line(name, 40) for name in self.left_out[:_MOST_NAMED])
        more = ", …" if len(self.left_out) > _MOST_NAMED else ""
        return _("{words} Not looked at, as only the program that made it can: {named}{more}.").format(
            words=self._words, named=named, more=more
        )

    @property
    def _words(self) -> str:
        if self.problems:
            what = counted(len(self.problems), "{count} problem", "{count} problems")
            return _(
                "The database is damaged: SQLite found {what}. Stop the bot, and put back the latest backup."
            ).format(what=what)
        if self.whole:
            return _("The database is sound.")
        return _(
            "Every row can be read, and every index agrees with its table. The bot wrote too busily for a copy of the"
            " whole file; for that, check again when it is quiet."
        )


def check(location: Location | str | Path) -> Task[CheckResult]:
    """Check a database while the bot goes on writing. What is damaged is a result, not an error.

    Raises:
        BotpulseError: on a server, missing, no access, not a database, locked, too little room for the copy.
    """
    path, began = existing_file(location), time.monotonic()
    whole = True
    with faults_of(path), _folder(path) as folder:
        copy = folder / "copy.db"
        try:
            whole = yield from scaled(looking(path, lambda query: _copy_pages(path, query, copy)), 0.0, 0.4)
            checked = integrity(copy) if whole else looking(path, lambda query: _in_place(path, query))
            found: Integrity = yield from scaled(checked, 0.4, 1.0)
        except sqlite3.DatabaseError as error:
            if not isinstance(translate(error, str(path)), DatabaseCorrupt):
                raise
            found = Integrity((str(error),))
    return CheckResult(found.problems, whole, byte_size(path), time.monotonic() - began, found.left_out)


@contextmanager
def _folder(path: Path) -> Iterator[Path]:
    """A folder for a copy, where there is room: the system's own for such things, or the one for backups."""
    needed, places = byte_size(path), (Path(tempfile.gettempdir()), default_folder(path).parent)
    wide = (each for each in places if each.is_dir() and shutil.disk_usage(each).free >= needed + SPARE)
    place = next(wide, None)
    if place is None:
        check_room(places[0], needed)
    with tempfile.TemporaryDirectory(prefix="botpulse-check-", dir=place) as folder:
        yield Path(folder)


class _Stopped(Exception):
    """The copy would begin anew for ever, or nobody wants it any more."""


def _copy_pages(path: Path, query: str, target: Path) -> Task[bool]:
    """Copy by SQLite's online backup; False where it does not come to an end."""
    with closing(connect(path, query)) as source:
        ((mode,),) = yield from retrying(lambda: source.execute("PRAGMA journal_mode").fetchall())
        if mode == "wal":  # a snapshot that stands still, and keeps nobody waiting
            yield from retrying(lambda: source.execute("BEGIN"))
            yield from retrying(lambda: source.execute("SELECT count(*) FROM sqlite_master").fetchall())
        if (yield from _online_backup(source, target, _PAGES)):
            return True
        return byte_size(path) <= _AT_ONCE and (yield from _online_backup(source, target, -1))


def _online_backup(source: sqlite3.Connection, target: Path, pages: int) -> Task[bool]:
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(target, check_same_thread=False)) as copy:
        copy.execute("PRAGMA synchronous = off")
        steps = _Steps()

        def work() -> bool:
            try:
                source.backup(copy, pages=pages, progress=steps.after_each, sleep=0.01)
            except _Stopped:
                return False
            except sqlite3.OperationalError as error:  # of a journal that is just deleted, too: rows are tried again
                if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
                    raise
                return False
            return True

        return (yield from in_thread(steps.stop, work, steps.told))


class _Steps:
    """Follows a backup's steps: rests after each, and notices when it begins anew."""

    def __init__(self) -> None:
        self._unwanted = False
        self._share = 0.0
        self._restarts = 0
        self._remaining: int | None = None
        self._began = self._moved = time.perf_counter()

    def told(self) -> Progress:
        """How far it is."""
        return Progress(self._share, _("copying the file"))

    def stop(self) -> None:
        """Let the next step be the last."""
        self._unwanted = True

    def after_each(self, status: int, remaining: int, total: int) -> None:
        """SQLite's callback."""
        self._restarts += self._remaining is not None and remaining > self._remaining
        self._remaining, self._share = remaining, 1 - remaining / max(1, total)
        now = time.perf_counter()
        self._moved = now if status not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) else self._moved
        if self._unwanted or self._restarts > _MOST_RESTARTS or now - self._moved > LOCK_TIMEOUT:
            raise _Stopped
        time.sleep(min(0.05, time.perf_counter() - self._began))
        self._began = time.perf_counter()


def _in_place(path: Path, query: str) -> Task[Integrity]:
    with closing(connect(path, query)) as connection:
        found = yield from retrying(
            lambda: [table_of(connection, "main", name) for name in our_tables(connection, "main")]
        )
        tables = [table for table in found if table is not None]
        checked = yield from in_turn(lambda table: _table(connection, table), tables)
        problems = tuple(chain.from_iterable(each.problems for each in checked))
        left = tuple(chain.from_iterable(each.left_out for each in checked))
        return Integrity(problems, (*left, *(yield from retrying(lambda: strangers(connection)))))


def _table(connection: sqlite3.Connection, table: Table) -> Task[Integrity]:
    """Read every value of a table, and look every row up in each of its indexes."""
    values = " + ".join(f"total(length({quoted(name)}))" for name in table.columns)
    reading = f"SELECT count(*), {values} FROM {table.source}"
    if not table.has_id:
        yield from retrying(lambda: connection.execute(reading).fetchall())
        return Integrity(())
    ids = yield from retrying(lambda: ends(connection, table))
    read = executing(connection, f"{reading} WHERE {AMONG}")
    yield from in_chunks(connection, table, ids, read, _("reading {name}").format(name=table.name))
    problems: list[str] = []
    left: list[str] = []
    for index, column in (yield from retrying(lambda: _indexes(connection, table))):
        missing = (
            f"SELECT count(*) FROM {table.source} AS a NOT INDEXED WHERE {AMONG} AND NOT EXISTS"
            f" (SELECT 1 FROM {table.source} AS b INDEXED BY {quoted(index)}"
            f" WHERE b.{quoted(column)} IS a.{quoted(column)} AND b.rowid = a.rowid)"
        )
        words = _("comparing {name} with its index").format(name=table.name)
        try:
            lacking = yield from in_chunks(connection, table, ids, executing(connection, missing), words)
        except sqlite3.OperationalError as error:
            if not is_ignorance(error):
                raise
            left.append(index)
            continue
        if lacking:
            problem = ngettext(
                "{count} row of {table} is missing from index {index}",
                "{count} rows of {table} are missing from index {index}",
                lacking,
            )
            problems.append(problem.format(count=count(lacking), table=table.name, index=index))
    return Integrity(tuple(problems), tuple(left))


def _indexes(connection: sqlite3.Connection, table: Table) -> list[tuple[str, str]]:
    """The whole indexes of a table, each with its first column."""
    names = [row[1] for row in connection.execute(f"PRAGMA index_list({quoted(table.name)})") if not row[4]]
    firsts = ((name, connection.execute(f"PRAGMA index_info({quoted(name)})").fetchone()) for name in names)
    return [(name, str(row[2])) for name, row in firsts if row is not None and row[2] is not None]
