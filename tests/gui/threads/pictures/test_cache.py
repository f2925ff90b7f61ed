"""Pictures on the disk: bounded, private, the ones not seen for longest thrown away, and no fault where none can be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.tables.pictures import OutputFile
from gui.threads.pictures.cache import PictureCache, key_of
from tests.platforms import ON_WINDOWS


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    cache = PictureCache(tmp_path / "c")
    assert cache.get("a") is None
    cache.put("a", b"one")
    assert PictureCache(tmp_path / "c").get("a") == b"one"
    cache.drop("a")
    assert cache.get("a") is None
    cache.drop("a")
    cache.put("b", b"")
    assert cache.get("b") is None


@pytest.mark.skipif(ON_WINDOWS, reason="Windows has no such rights")
def test_only_the_user_reads_it(tmp_path: Path) -> None:
    cache = PictureCache(tmp_path / "deep" / "c")
    cache.put("a", b"one")
    assert (tmp_path / "deep" / "c").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "deep" / "c" / "a").stat().st_mode & 0o777 == 0o600


def test_the_ones_that_were_not_seen_for_longest_go_first(tmp_path: Path) -> None:
    cache = PictureCache(tmp_path, most=100)
    for number, name in enumerate("abcdefghij"):
        cache.put(name, b"0123456789")
        os.utime(tmp_path / name, (number, number))
    assert cache.get("a") is not None  # it was just seen
    cache.put("k", b"0123456789")
    left = {path.name for path in tmp_path.iterdir()}
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 90
    assert {"a", "k", "j"} <= left
    assert not {"b", "c"} & left


def test_it_is_bounded_by_what_others_put_there_too(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"x" * 95)
    cache = PictureCache(tmp_path, most=100)
    cache.put("new", b"0123456789")
    assert {path.name for path in tmp_path.iterdir()} == {"new"}
    cache.put("huge", b"x" * 101)
    assert cache.get("huge") is None


def test_a_place_that_can_not_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = PictureCache(tmp_path / "file")
    cache.put("a", b"one")
    assert cache.get("a") is None


@pytest.mark.parametrize(
    "other",
    [
        ("http://h", OutputFile("a.png", "", "temp"), 1.0),
        ("http://g", OutputFile("a.png"), 1.0),
        ("http://h", OutputFile("b.png"), 1.0),
        ("http://h", OutputFile("a.png"), 2.0),
        ("http://h", OutputFile("a.png", "s"), 1.0),
    ],
)
def test_each_file_has_a_name_of_its_own(other: tuple[str, OutputFile, float]) -> None:
    key = key_of("http://h", OutputFile("a.png"), 1.0)
    assert len(key) == 64
    assert key.isalnum()
    assert key_of(*other) != key
    assert key_of("http://h", OutputFile("a\udcff.png"), None)
