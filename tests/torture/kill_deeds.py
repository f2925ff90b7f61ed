"""Deeds of maintenance that are killed: each is wholly done or not at all, and its notes say what is so."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from core.maintenance import backups, operation_journal, optimising, resetting, restoring
from core.maintenance.operation_journal import Action, JournalNote
from core.maintenance.optimising import Optimisation
from core.tasks import Task, finish
from tests.torture.kill_processes import Child, fork
from tests.torture.kill_writers import Place, Tally, Writers, settled

Rows = dict[str, list[tuple[Any, ...]]]

TABLES: Final = ("command_usage", "image_stats", "user_activity", "daily_stats")
MANY: Final = 12_000
"""Rows that an undo brings back in several transactions."""


_LAST_STEPS: Final = 6


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that is done to a database.

    Attributes:
        name: what.
        action: what the notes call it; None where it leaves none.
        make: the task; before: what was done to the file in advance.
        losable: events that were written meanwhile may be gone afterwards, as that is what it is for.
        rows: of the file that it begins with.
    """

    name: str
    action: Action | None
    make: Callable[[Path], Task[Any]]
    before: Callable[[Path], object] = field(default=lambda _path: None)
    losable: bool = False
    rows: int = 500


def _backup(path: Path) -> Path:
    return max(backups.backups(path), key=lambda each: (each.made, each.path)).path


def _change(path: Path) -> None:
    finish(backups.back_up(path))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM command_usage WHERE id % 3 = 0")
        connection.execute("UPDATE image_stats SET prompt = 'another' WHERE id % 5 = 0")


def _reset(path: Path) -> None:
    finish(resetting.reset_with_backup(path))


DEEDS: Final = (
    Deed("backup", None, lambda path: backups.back_up(path)),
    Deed("reset", Action.RESET, lambda path: resetting.reset_with_backup(path), losable=True),
    Deed("undo", Action.UNDO, lambda path: resetting.undo(path, _backup(path)), _reset),
    Deed("undo of many", Action.UNDO, lambda path: resetting.undo(path, _backup(path)), _reset, rows=MANY),
    Deed("restore", Action.RESTORE, lambda path: restoring.restore(path, _backup(path)), _change, losable=True),
    Deed("optimise", None, lambda path: optimising.optimise(path, [*Optimisation])),
)


@dataclass(slots=True)
class Prepared:
    """A deed's folder as it is before it, kept to be copied, what the file holds before and after, and its steps."""

    deed: Deed
    kept: Path
    place: Place
    old: Rows = field(default_factory=dict)
    new: Rows = field(default_factory=dict)
    steps: int = 0
    seconds: float = 0.0

    def prepare(self) -> None:
        """Do it once, to know what it does. The folder stays the same, as notes name their database by its path."""
        shutil.rmtree(self.kept, ignore_errors=True)
        self.deed.before(self.place.path)
        self.old = rows(self.place.path)
        shutil.copytree(self.place.folder, self.kept)
        began = time.monotonic()
        for _ in self.deed.make(self.place.path):
            self.steps += 1
        self.seconds = time.monotonic() - began
        self.new = rows(self.place.path)

    def begin(self) -> None:
        """As it was before the deed."""
        for each in (self.place.folder, self.place.home):
            shutil.rmtree(each, ignore_errors=True)
        self.place.home.mkdir()
        shutil.copytree(self.kept, self.place.folder)

    def start(self, rng: random.Random) -> Child:
        """Do it in a process that is killed at a step of it, or at any moment."""
        if rng.random() < 0.5:
            last = self.steps - rng.randint(0, _LAST_STEPS)  # most happens at the end
            step = rng.choice((last, rng.randint(0, self.steps)))
            child = fork(self.place.home, partial(self._killing_itself, step))
            child.wait(60.0)
            return child
        child = fork(self.place.home, lambda: finish(self.deed.make(self.place.path)))
        time.sleep(rng.uniform(0.0, 1.1 * self.seconds))
        child.kill()
        return child

    def _killing_itself(self, step: int) -> None:
        for number, _ in enumerate(self.deed.make(self.place.path)):
            if number == step:
                os.kill(os.getpid(), signal.SIGKILL)


def rows(path: Path) -> Rows:
    """The rows of the bot's tables, but for those that writers of a round wrote."""
    own = {"command_usage": " WHERE command_name NOT LIKE 'w%:%' AND command_name <> 'settle'"}
    columns = {
        "command_usage": "id, command_name, user_id, guild_id, channel_id, timestamp, execution_time, success",
        "image_stats": "id, user_id, prompt, timestamp",
    }
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: connection.execute(
                f"SELECT {columns.get(table, '*')} FROM {table}{own.get(table, '')} ORDER BY 1"
            ).fetchall()
            for table in TABLES
        }


def killed(prepared: Prepared, rng: random.Random, tally: Tally) -> None:
    """One deed, killed, beside a writer or none; then the next start."""
    prepared.begin()
    writers = Writers.start(prepared.place, rng.choice((0, 0, 1)), rng)
    if writers.children:
        time.sleep(rng.uniform(0.05, 0.4))
    child = prepared.start(rng)
    tally.kills += child.was_killed + sum(each.kill() for each in writers.children)
    settled(prepared.place, tally)
    writers.judge(tally, losable=prepared.deed.losable)
    judge(prepared, child, tally)


def judge(prepared: Prepared, child: Child, tally: Tally) -> None:
    """Whether it is wholly done or not at all, and whether what the notes say is so."""
    path, deed = prepared.place.path, prepared.deed
    found = rows(path)
    notes = (*operation_journal.unfinished(path), *operation_journal.undoable(path))
    mine = next((note for note in notes if note.action is deed.action), None)
    is_old, is_new = found == prepared.old, found == prepared.new
    if deed.rows == MANY and not is_old and not is_new:  # in several transactions: its note says so, and it is repeated
        is_new = mine is not None and not mine.finished and _repeated(prepared)
    tally.half_done += not (is_old or is_new) or (child.well and not is_new) or not _sound(path)
    if prepared.old != prepared.new:
        tally.untrue += not _true(prepared, mine, notes, done=is_new)
    tally.half_done += sum(not _whole(each.path) for each in backups.backups(path))


def _true(prepared: Prepared, mine: JournalNote | None, notes: tuple[JournalNote, ...], *, done: bool) -> bool:
    """A finished note speaks of what was done; where something was deleted, a note names the backup that has it."""
    if mine is not None and mine.finished and not done:
        return False
    if prepared.deed.action is Action.UNDO:
        return done or any(rows_in(note.backup) == prepared.new for note in notes)
    return not done or (mine is not None and rows_in(mine.backup) == prepared.old)


def _repeated(prepared: Prepared) -> bool:
    finish(prepared.deed.make(prepared.place.path))
    return rows(prepared.place.path) == prepared.new


def rows_in(backup: Path) -> Rows:
    """What a backup holds."""
    return rows(backup)


def _sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def _whole(backup: Path) -> bool:
    """A file that has a backup's name is one."""
    try:
        return _sound(backup) and set(rows(backup)) == set(TABLES)
    except sqlite3.Error:
        return False
