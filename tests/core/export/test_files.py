"""A file takes its place whole, or not at all; and never the place of the database."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from core.errors import DatabaseLocked
from core.export.faults import (
    ExportFailed,
    IsTheDatabase,
    NameRefused,
    NoFolder,
    NoPlainFile,
    NoRoom,
    TargetRefused,
    check_target,
    target_faults,
)
from core.storage.files import replacing
from core.storage.location import Location
from tests.platforms import full_disk

posix_only = pytest.mark.skipif(os.name != "posix", reason="links and permissions are POSIX's")


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_file_appears_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    with replacing(target) as file:
        file.write(b"half")
        assert not target.exists()
    assert target.read_bytes() == b"half"
    assert names(tmp_path) == ["a.csv"]


@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt(), GeneratorExit()])
def test_whatever_happens_the_old_file_stays(tmp_path: Path, fault: BaseException) -> None:
    target = tmp_path / "a.csv"
    target.write_bytes(b"before")
    with pytest.raises(type(fault)), replacing(target) as file:
        file.write(b"half")
        raise fault
    assert target.read_bytes() == b"before"
    assert names(tmp_path) == ["a.csv"]


@posix_only
def test_a_link_stays_a_link_and_permissions_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "there" / "a.csv", tmp_path / "a.csv"
    real.parent.mkdir()
    real.write_bytes(b"before")
    real.chmod(0o640)
    link.symlink_to(real)
    with replacing(link) as file:
        file.write(b"after")
    assert link.is_symlink()
    assert real.read_bytes() == b"after"
    assert real.stat().st_mode & 0o777 == 0o640
    assert names(real.parent) == ["a.csv"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "pipe")
    (link := tmp_path / "link").symlink_to(pipe)
    for place in (pipe, link, tmp_path):
        with pytest.raises(FileExistsError), replacing(place) as file:
            file.write(b"new")
    assert pipe.is_fifo()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link", "pipe"]


def test_a_name_as_long_as_can_be(tmp_path: Path) -> None:
    target = tmp_path / ("x" * 251 + ".csv")
    with replacing(target) as file:
        file.write(b"whole")
    assert target.read_bytes() == b"whole"


@posix_only
def test_the_database_is_no_target(tmp_path: Path) -> None:
    database = tmp_path / "bot.db"
    database.write_bytes(b"")
    link = tmp_path / "link.csv"
    link.symlink_to(database)
    hard = tmp_path / "hard.csv"
    hard.hardlink_to(database)
    own = [database, link, hard, *(tmp_path / f"bot.db{end}" for end in ("-wal", "-shm", "-journal"))]
    for target in own:
        with pytest.raises(IsTheDatabase, match="This is the database itself"):
            check_target(target, Location(path=database))
    check_target(tmp_path / "bot.csv", Location(path=database))
    check_target(tmp_path / "bot.csv", Location(url="postgresql://localhost/bot"))


@pytest.mark.parametrize(("name", "fault"), [("folder", NoPlainFile), ("none/a.csv", NoFolder)])
def test_targets_that_can_not_be_written_are_refused(tmp_path: Path, name: str, fault: type[ExportFailed]) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(fault):
        check_target(tmp_path / name)


@pytest.mark.parametrize(
    "name", ["x" * 252 + ".csv", pytest.param("ü" * 130 + ".csv", marks=posix_only), "a/" * 2_100 + "a.csv", "a\0b.csv"]
)
def test_a_name_that_the_system_does_not_take_is_told_as_that(tmp_path: Path, name: str) -> None:
    with pytest.raises(NameRefused, match="This name is not allowed there") as caught:
        check_target(tmp_path / name)
    assert "untouched" in caught.value.what_is_safe


@posix_only
def test_the_longest_name_is_taken(tmp_path: Path) -> None:
    check_target(tmp_path / ("x" * 251 + ".csv"))


@posix_only
def test_a_device_is_no_target() -> None:
    with pytest.raises(NoPlainFile):
        check_target(Path("/dev/null"))


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_write_protected_file_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    target.write_bytes(b"before")
    target.chmod(0o400)
    with pytest.raises(TargetRefused):
        check_target(target)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, NoRoom),
        (errno.EROFS, TargetRefused),
        (errno.EACCES, TargetRefused),
        (errno.ENOENT, NoFolder),
        (errno.EINVAL, NameRefused),
        (errno.ENAMETOOLONG, NameRefused),
        (errno.EILSEQ, NameRefused),
        (errno.EIO, ExportFailed),
        (None, ExportFailed),
    ],
)
def test_the_systems_faults_come_in_words(number: int | None, kind: type[ExportFailed]) -> None:
    with pytest.raises(ExportFailed) as caught, target_faults(Path("a.csv")):
        raise OSError(number, "the system's words") if number else OSError("the system's words")
    assert type(caught.value) is kind
    assert "untouched" in caught.value.what_is_safe
    assert "the system's words" in caught.value.detail


def test_a_fault_of_the_database_says_that_the_target_is_untouched() -> None:
    with pytest.raises(DatabaseLocked) as caught, target_faults(Path("a.csv")):
        raise DatabaseLocked("bot.db")
    assert "untouched" in caught.value.what_is_safe
    assert DatabaseLocked.what_is_safe in caught.value.what_is_safe
    assert "untouched" not in DatabaseLocked.what_is_safe


@full_disk
def test_a_full_disk(tmp_path: Path) -> None:
    with (
        pytest.raises(NoRoom),
        target_faults(tmp_path / "a.csv"),
        replacing(tmp_path / "a.csv"),
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        full.write(b"x")
    assert names(tmp_path) == []
