"""What only looks alters no byte: not of the file, nor of what a writer that was cut off left beside it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from core.errors import UnfinishedWrite
from core.maintenance import backups, checking, optimising, restoring, survey
from core.storage.reader import reading
from core.tasks import Task, finish
from tests.core import deployed
from tests.core.stored import change, rows
from tests.parameters import slow_after

LOOKS: dict[str, Callable[[Path, Path], Task[Any]]] = {
    "survey": lambda path, _: survey.survey(path),
    "plan": lambda path, _: optimising.plan_optimisation(path),
    "check": lambda path, _: checking.check(path),
    "backup": lambda path, aside: backups.back_up(path, aside),
    "compare": lambda path, aside: restoring.compare(path, aside / "earlier.db"),
    "look at a backup": lambda path, aside: backups.look_at(path),
}


@pytest.fixture
def aside(tmp_path: Path, seed: Path) -> Path:
    folder = tmp_path / "aside"
    folder.mkdir()
    shutil.copy(seed, folder / "earlier.db")
    return folder


def hot_journal(seed: Path, mode: str = "delete") -> None:
    """What a killed writer leaves: here beside a file that was put back by hand afterwards, and is sound."""
    change(seed, "PRAGMA journal_mode = delete")
    whole = seed.read_bytes()
    with closing(sqlite3.connect(seed, isolation_level=None)) as writer:
        writer.execute("PRAGMA cache_size = 1")
        writer.execute("BEGIN")
        writer.execute("CREATE TABLE other AS SELECT zeroblob(500000)")  # more than the cache holds
        writer.execute("UPDATE command_usage SET command_name = command_name || 'x'")
        writer.execute("UPDATE other SET rowid = 2")
        journal = seed.with_name(seed.name + "-journal").read_bytes()
        writer.execute("ROLLBACK")
    seed.write_bytes(whole)
    change(seed, f"PRAGMA journal_mode = {mode}")
    seed.with_name(seed.name + "-journal").write_bytes(journal)


def lone_log(seed: Path) -> None:
    """A copy of a file in WAL mode, with its log and without the log's index."""
    change(seed, "PRAGMA journal_mode = wal")
    with closing(sqlite3.connect(seed, isolation_level=None)) as writer:
        writer.execute("UPDATE command_usage SET command_name = 'x'")
        log = seed.with_name(seed.name + "-wal").read_bytes()
        whole = seed.read_bytes()
    seed.write_bytes(whole)
    seed.with_name(seed.name + "-wal").write_bytes(log)


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}


@pytest.mark.parametrize("cut_off", slow_after(1, [hot_journal, lambda seed: hot_journal(seed, "wal"), lone_log]))
@pytest.mark.parametrize("name", LOOKS)
def test_readers_leave_an_unfinished_write_to_the_bot(
    seed: Path, aside: Path, name: str, cut_off: Callable[[Path], None]
) -> None:
    cut_off(seed)
    before = contents(seed.parent)
    with pytest.raises(UnfinishedWrite):
        finish(LOOKS[name](seed, aside))
    assert contents(seed.parent) == before
    assert [each.name for each in aside.iterdir()] == ["earlier.db"]


@pytest.mark.parametrize("versions", [b"\1\1", b"\2\2", b"\1\2", b"\2\1"])
@pytest.mark.parametrize("name", [*LOOKS, "reader"])
def test_readers_leave_nothing_beside_a_file_whatever_its_header_says(
    seed: Path, aside: Path, name: str, versions: bytes
) -> None:
    whole = seed.read_bytes()
    seed.write_bytes(whole[:18] + versions + whole[20:])
    before = contents(seed.parent)
    if name == "reader":
        with reading(seed) as reader:
            assert reader.database.get_tables()
    else:
        finish(LOOKS[name](seed, aside))
    left = contents(seed.parent)
    assert left == before


@pytest.mark.parametrize("name", ["survey", "backup"])
def test_a_file_that_wakes_while_it_is_read_is_read_again(seed: Path, aside: Path, name: str) -> None:
    change(seed, "PRAGMA journal_mode = wal")
    task = LOOKS[name](seed, aside)
    next(task)
    deployed.fill(seed, commands=7)
    found = finish(task)
    expected = rows(seed)
    if name == "backup":
        assert rows(found.path) == expected
    else:
        assert {each.table: each.rows for each in found.tables}["command_usage"] == len(expected["command_usage"]) == 47
