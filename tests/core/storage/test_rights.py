from __future__ import annotations

import stat
from pathlib import Path

import pytest

from core.storage.rights import may_read, may_write
from tests.core.storage.test_reader import as_nobody, open_folder
from tests.platforms import ON_WINDOWS

__all__ = ["open_folder"]


def test_what_is_there_and_open_to_us(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    file.write_bytes(b"x")
    before = file.stat().st_mtime_ns
    with file.open("rb"):
        assert [may_read(file), may_write(file), may_read(tmp_path), may_write(tmp_path)] == [True] * 4
    assert (file.stat().st_mtime_ns, [each.name for each in tmp_path.iterdir()]) == (before, ["a.db"])


def test_what_is_not_there(tmp_path: Path) -> None:
    assert not may_read(tmp_path / "none")
    assert not may_write(tmp_path / "none" / "a.db")


@pytest.mark.skipif(not ON_WINDOWS, reason="an attribute of Windows'")
def test_a_file_that_is_read_only(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    file.touch()
    file.chmod(stat.S_IREAD)
    assert (may_read(file), may_write(file)) == (True, False)
    file.chmod(stat.S_IWRITE)
    assert may_write(file)


@pytest.mark.skipif(ON_WINDOWS, reason="rights of POSIX")
def test_what_is_closed_to_us(open_folder: Path) -> None:
    file = open_folder / "a.db"
    file.touch(0o644)
    with as_nobody():
        assert (may_read(file), may_write(file), may_write(open_folder)) == (True, False, False)
