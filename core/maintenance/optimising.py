"""Optimise: what would make a database faster or smaller, each step with what it alters and why that is safe."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import peewee
from playhouse.migrations import Runner

from core.errors import NeedsItsProgram, StorageFault
from core.maintenance.backups import Backup, back_up, our_tables
from core.maintenance.locking import Hold, check_room, connect, retried, retrying
from core.maintenance.survey import Survey, survey
from core.maintenance.writing import alone, checkpoint, faults_of, file_to_write, longest_hold, prepare
from core.storage.database import HISTORY_TABLE, MIGRATIONS
from core.storage.location import Location, byte_size, real_path
from core.storage.structure import quoted
from core.tasks import Progress, Task, scaled
from core.text.formatting import one_line, size
from core.text.translation import gettext as _

log = logging.getLogger(__name__)

_MOST_NAMED: Final = 8
_WORTH_IT: Final = 0.05
_BUSY_SECONDS: Final = 0.5


class Optimisation(StrEnum):
    """What can be done."""

    SCHEMA = "schema"
    STATISTICS = "statistics"
    WAL = "wal"
    VACUUM = "vacuum"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that can be done.

    Attributes:
        change: which.
        title: a headline in plain words.
        alters: what exactly is altered, a line each.
        why: what it is good for.
        bot: what it means for the bot that is writing the file, the deployed one too.
        by_default: whether it is done unless it is chosen away; the others are done only when they are chosen.
    """

    change: Optimisation
    title: str
    alters: tuple[str, ...]
    why: str
    bot: str
    by_default: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be done to a database; no steps where all is as good as it can be.

    Attributes:
        survey: what was found; steps: what follows from it, in the order in which it is done.
    """

    survey: Survey
    steps: tuple[Step, ...]

    @property
    def default(self) -> frozenset[Optimisation]:
        """The changes that are made unless others are chosen."""
        return frozenset(step.change for step in self.steps if step.by_default)


@dataclass(frozen=True, slots=True)
class OptimiseResult:
    """What was done.

    Attributes:
        changes: those that were made.
        backup: what was there before; None where nothing was altered that a backup is needed for.
        held: the longest time in seconds for which other writers had to wait.
        saved_bytes: by how much the file became smaller.
    """

    changes: tuple[Optimisation, ...]
    backup: Backup | None
    held: float
    saved_bytes: int


def plan_optimisation(location: Location | str | Path) -> Task[Plan]:
    """Look at a database and say what can be done; nothing is altered.

    Raises:
        BotpulseError: as :func:`core.maintenance.survey.survey`.
    """
    found = yield from survey(location)
    schema = _schema(found)
    steps = (schema, _statistics() if schema or not found.analysed else None, _wal(found), _vacuum(found))
    return Plan(found, tuple(step for step in steps if step is not None))


def check_feasible(plan: Plan, changes: Collection[Optimisation]) -> None:
    """Refuse what can't be done, before anything is.

    Raises:
        NeedsItsProgram: the file can't be rewritten: only another program can write some of its tables.
    """
    if Optimisation.VACUUM in changes and plan.survey.strangers:
        named = ", ".join(one_line(name, 40) for name in plan.survey.strangers[:_MOST_NAMED])
        raise NeedsItsProgram(str(plan.survey.location), f"the file can't be rewritten without {named}")


def optimise(
    location: Location | str | Path, changes: Collection[Optimisation] | None = None, *, bot_stopped: bool = False
) -> Task[OptimiseResult]:
    """Make changes to a database that the bot goes on writing; by default those of the plan's.

    Tables are altered and the file is rewritten only after a backup. Each change is a transaction of its own.

    Raises:
        BotpulseError: on a server, missing, read-only, locked, corrupt, disk full, newer schema, or it would hold up
            the bot. The changes made before stay; the one that failed was rolled back, also where the task is closed.
    """
    path = file_to_write(location)
    plan: Plan = yield from scaled(plan_optimisation(location), 0.0, 0.1)
    wanted = plan.default if changes is None else frozenset(changes)
    check_feasible(plan, wanted)
    todo = [step.change for step in plan.steps if step.change in wanted]
    before, backup, held = byte_size(path), None, 0.0
    with faults_of(path):
        if not {Optimisation.SCHEMA, Optimisation.VACUUM}.isdisjoint(todo):
            check_room(real_path(path).parent, (3 if Optimisation.VACUUM in todo else 2) * before)
            backup = yield from scaled(back_up(path), 0.1, 0.6)
        for number, change in enumerate(todo):
            yield Progress(0.6 + 0.4 * number / len(todo), _WORDS[change])
            held = max(held, (yield from _make(change, path, longest_hold(bot_stopped))))
    log.info("%s: optimised: %s", path, ", ".join(todo) or "nothing to do")
    return OptimiseResult(tuple(todo), backup, held, max(0, before - byte_size(path)))


_WORDS: Final = {
    Optimisation.SCHEMA: _("adding columns and indexes"),
    Optimisation.STATISTICS: _("gathering SQLite's statistics"),
    Optimisation.WAL: _("switching to the write-ahead log"),
    Optimisation.VACUUM: _("rewriting the file"),
}


def _make(change: Optimisation, path: Path, longest: float | None) -> Task[float]:
    """One change; seconds for which it kept others waiting."""
    if change is Optimisation.SCHEMA:
        return (yield from _migrate(path, longest))
    with closing(connect(path)) as connection:
        yield from prepare(connection, path)
        if change is Optimisation.WAL:
            yield from retrying(lambda: _switch(connection, path))
            return 0.0
        statements = ["VACUUM"]
        if change is Optimisation.STATISTICS:
            yield from retrying(lambda: connection.execute("PRAGMA analysis_limit = 1000").fetchall())
            ours = yield from retrying(lambda: our_tables(connection, "main"))
            statements = [f"ANALYZE main.{quoted(name)}" for name in ours]  # the others may need another program
        held = 0.0
        for statement in statements:
            held = max(held, (yield from alone(connection, statement, Progress(0.8, _WORDS[change]), longest)))
        yield from checkpoint(connection)
        return held


def _switch(connection: sqlite3.Connection, path: Path) -> None:
    ((mode,),) = connection.execute("PRAGMA journal_mode = wal").fetchall()
    if mode != "wal":
        raise StorageFault(str(path), f"SQLite keeps the journal mode {mode} here")


def _migrate(path: Path, longest: float | None) -> Task[float]:
    """The store's own migrations, all in one transaction; the journal stays what it is."""
    database = peewee.SqliteDatabase(str(path), timeout=_BUSY_SECONDS, thread_safe=False, check_same_thread=False)
    hold = Hold()
    database.connect()
    try:
        work = lambda: _run_migrations(database, hold)  # noqa: E731
        yield from retried(database.connection(), work, Progress(0.8, _WORDS[Optimisation.SCHEMA]), hold, longest)
    finally:
        database.close()
    return hold.held


def _run_migrations(database: peewee.SqliteDatabase, hold: Hold) -> None:
    with database.atomic("IMMEDIATE"), hold.timed():
        Runner(database, str(MIGRATIONS), HISTORY_TABLE).up()


def _schema(found: Survey) -> Step | None:
    lines = [_("makes the table {name}").format(name=name) for name in found.missing_tables]
    lines += [
        _("adds the column {column} to {table}").format(column=column, table=table)
        for table, column in found.missing_columns
    ]
    lines += [_("adds an index on timestamp to {table}").format(table=table) for table in (*found.missing_indexes,)]
    if not lines:
        return None
    return Step(
        Optimisation.SCHEMA,
        _("Add missing columns and indexes"),
        (*lines, _("notes this in the table {history_table}").format(history_table=HISTORY_TABLE)),
        _("Time ranges are found without reading the whole table; videos are told apart from images."),
        _(
            "The bot goes on as it is: it names the columns that it fills, and the new ones have defaults. "
            "daily_stats, which it fills by position, stays as it is. It waits for its turn for about a second per "
            "million rows, once."
        ),
        True,
    )


def _statistics() -> Step:
    return Step(
        Optimisation.STATISTICS,
        _("Gather SQLite's statistics"),
        (_("updates SQLite's own table sqlite_stat1"),),
        _("SQLite chooses the better way to answer a question."),
        _("The bot notices nothing: it takes a few milliseconds."),
        True,
    )


def _wal(found: Survey) -> Step | None:
    if found.journal_mode == "WAL":
        return None
    return Step(
        Optimisation.WAL,
        _("Switch to the write-ahead log"),
        (
            _("sets journal_mode = wal in the file"),
            _("two more files, -wal and -shm, are beside it while it is in use"),
        ),
        _("Looking never keeps the bot waiting any more, and a commit costs less."),
        _(
            "The bot goes on as it is: SQLite follows the mode by itself. Not for a file on a network share, and copy "
            "the -wal file along when the database is copied by hand."
        ),
        False,
    )


def _vacuum(found: Survey) -> Step | None:
    if found.strangers or found.unused_bytes < _WORTH_IT * max(1, found.byte_size):
        return None
    return Step(
        Optimisation.VACUUM,
        _("Give unused space back"),
        (
            _("rewrites the file; it becomes about {unused_bytes} smaller").format(
                unused_bytes=size(found.unused_bytes)
            ),
        ),
        _("Deleted rows leave room in the file that only a rewrite gives back to the disk."),
        _("The bot waits for its turn while the file is rewritten, about a second per 200 MB that stay."),
        False,
    )
