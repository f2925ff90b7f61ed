"""What backing up, resetting, undoing, restoring and checking cost the deployed bot, which writes 50 rows a second."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar

from core.maintenance import backups, checking, forgetting, optimising, resetting, restoring, retention
from core.maintenance.forgetting import HeldInBackups
from core.maintenance.locking import LONGEST_HOLD
from core.tasks import finish
from core.text.ages import Aged
from core.time_ranges import DAY
from tests.benchmarks.report import Row
from tests.core import deployed

Result = TypeVar("Result")

ROWS_A_SECOND = 50
TARGET = 150
BACKUP_TRIES = 10.0
_STEP = 5.0


@dataclass(frozen=True)
class Beside(Generic[Result]):
    """What happened to the bot meanwhile: its slowest call in ms, and how many events it gave up."""

    result: Result
    seconds: float
    slowest: float
    lost: int


def run(quick: bool = False) -> list[Row]:
    """Measure at 1 M rows in rollback mode; unless ``quick`` at 10 M rows, too."""
    with tempfile.TemporaryDirectory(prefix="botpulse-bench-") as folder:
        rows = [*_all(Path(folder), 1_000_000), *_leaving(Path(folder), 1_000_000)]
        return rows if quick else [*rows, *_large(Path(folder), 10_000_000)]


def _all(folder: Path, size: int) -> list[Row]:
    path, label = _made(folder, size), f"{size // 1_000_000} M rows"
    plain = _beside(path, lambda: _vacuum_into(folder / "plain.db"))
    backup = _beside(path, lambda: finish(backups.back_up(path)))
    check = _beside(path, lambda: finish(checking.check(path)))
    restarts = _beside(path, lambda: _page_by_page(path, folder / "pages.db"))
    plain_reset = _plain_reset(path, folder)
    reset = _beside(path, lambda: finish(resetting.reset_with_backup(path)))
    undo = _beside(path, lambda: finish(resetting.undo(path, reset.result.backup)))
    restore = _beside(path, lambda: finish(restoring.restore(path, backup.result)))
    optimise = _beside(path, lambda: finish(optimising.optimise(path)))
    waited = [reset.result.held, restore.result.held, optimise.result.held]
    everything = (backup, check, reset, undo, restore, optimise)
    return [
        Row(f"back up {label}: the bot's slowest call", "ms", backup.slowest, TARGET, plain.slowest,
            note=f"in {backup.seconds:.1f} s, verified; plain: VACUUM INTO"),
        Row("the same by SQLite's backup API, 1,000 pages a step", "restarts", restarts.result,
            note=f"not done after {BACKUP_TRIES:.0f} s"),
        Row(f"check {label}: the bot's slowest call", "ms", check.slowest, TARGET, note=f"in {check.seconds:.1f} s"),
        Row(f"reset {label}: the transaction", "s", waited[0], LONGEST_HOLD, plain_reset,
            note=f"the bot's slowest call {reset.slowest:.0f} ms; plain: DELETE with secure_delete"),
        Row(f"undo {label}: the bot's slowest call", "ms", undo.slowest, TARGET, note=f"in {undo.seconds:.1f} s"),
        Row(f"restore {label}: the transaction", "s", waited[1], LONGEST_HOLD,
            note=f"the bot's slowest call {restore.slowest:.0f} ms"),
        Row(f"optimise {label}: the longest transaction", "s", waited[2], LONGEST_HOLD,
            note=f"the bot's slowest call {optimise.slowest:.0f} ms"),
        Row("events that the bot gave up in all of these", "events", sum(each.lost for each in everything), 0),
    ]  # fmt: skip


def _leaving(folder: Path, size: int) -> list[Row]:
    """Half of the commands and prompts by their age, then a user; plain: the commands by one statement."""
    path, label = _made(folder, size, "leaving"), f"{size // 1_000_000} M rows"
    finish(backups.back_up(path, plain := folder / "leaving-plain.db"))
    days = max(1, round(size * 6 // 10 * _STEP / DAY / 2))
    one_statement = _beside(plain, lambda: _delete_older(plain, days))
    limits = {Aged.COMMANDS: days, Aged.PROMPTS: days}
    aged = _beside(path, lambda: finish(retention.retain(path, limits, datetime.now(UTC))))
    user = _by_user(path)
    forgotten = _beside(path, lambda: finish(forgetting.forget_user(path, user, [], backups=HeldInBackups.LEAVE)))
    gone, theirs = sum(aged.result.rows.values()), sum(forgotten.result.database.rows.values())
    return [
        Row(f"retain by age, {label}: the bot's slowest call", "ms", aged.slowest, TARGET, one_statement.slowest,
            note=f"in {aged.seconds:.1f} s, {gone:,} rows and prompts; plain: one DELETE of the commands"),
        Row(f"forget a user, {label}: the bot's slowest call", "ms", forgotten.slowest,
            note=f"in {forgotten.seconds:.1f} s, {theirs:,} rows; the file is rewritten"),
        Row("events that the bot gave up in both", "events", aged.lost + forgotten.lost, 0),
    ]  # fmt: skip


def _delete_older(path: Path, days: int) -> None:
    with closing(sqlite3.connect(path, timeout=60)) as connection, connection:
        connection.execute("PRAGMA secure_delete = on")
        connection.execute("DELETE FROM command_usage WHERE timestamp < ?", (time.time() - days * DAY,))


def _by_user(path: Path) -> str:
    """The rows of one of the short ids get a real one, so that it can be forgotten."""
    user = "482100000000000417"
    with closing(sqlite3.connect(path, timeout=60)) as connection, connection:
        connection.execute("UPDATE command_usage SET user_id = ? WHERE id % 50 = 0", (user,))
    return user


def _large(folder: Path, size: int) -> list[Row]:
    """Where a transaction takes longest; it is rolled back, and told, where that is too long."""
    path, label = _made(folder, size), f"{size // 1_000_000} M rows"
    backup = _beside(path, lambda: finish(backups.back_up(path)))
    reset = _beside(path, lambda: finish(resetting.reset_with_backup(path, backup=backup.result)))
    return [
        Row(f"back up {label}: the bot's slowest call", "ms", backup.slowest, TARGET,
            note=f"in {backup.seconds:.1f} s"),
        Row(f"reset {label}: the transaction", "s", reset.result.held, LONGEST_HOLD,
            note=f"the bot's slowest call {reset.slowest:.0f} ms"),
        Row(f"events that the bot gave up at {label}", "events", backup.lost + reset.lost, 0),
    ]  # fmt: skip


def _made(folder: Path, size: int, name: str = "") -> Path:
    path = deployed.create(folder / f"{name or size}.db", "seed")
    deployed.fill(path, commands=size * 6 // 10, images=size * 4 // 10, step=_STEP)
    return path


def _beside(path: Path, work: Callable[[], Result]) -> Beside[Result]:
    """Do something once while the bot writes, and ask the bot how it fared."""
    command = [sys.executable, deployed.__file__, str(path), f"--rows-per-second={ROWS_A_SECOND}", "--seconds=600"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        began = time.perf_counter()
        try:
            result = work()
        finally:
            seconds = time.perf_counter() - began
            process.terminate()
        lines = [line.split() for line in process.stdout.read().splitlines()]
    slowest = max((float(line[1]) for line in lines), default=0.0)
    return Beside(result, seconds, slowest, sum(line[0] == "error" for line in lines))


def _vacuum_into(target: Path) -> None:
    with closing(sqlite3.connect(target.with_name("1000000.db"))) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))


class _TooLong(Exception):
    """It does not come to an end."""


def _page_by_page(path: Path, target: Path) -> int:
    """How often SQLite's online backup begins anew while the bot writes."""
    give_up, restarts, before = time.monotonic() + BACKUP_TRIES, 0, 0

    def after_each(status: int, remaining: int, total: int) -> None:
        nonlocal restarts, before
        restarts += remaining > before > 0
        before = remaining
        if time.monotonic() > give_up:
            raise _TooLong
        time.sleep(0.005)

    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy, suppress(_TooLong):
        source.backup(copy, pages=1_000, progress=after_each, sleep=0.01)
    return restarts


def _plain_reset(path: Path, folder: Path) -> float:
    """Row by row in one transaction, on a copy."""
    copy = folder / "copy.db"
    finish(backups.back_up(path, copy))
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = on")
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        for table in deployed.TABLES:
            connection.execute(f"DELETE FROM {table} WHERE rowid > 0")
        connection.execute("COMMIT")
        return time.perf_counter() - began
