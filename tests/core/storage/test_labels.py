"""Labels: names that the host gave, or Discord, kept beside no database in particular."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.storage.labels import (
    LONGEST_LABEL,
    Label,
    LabelSource,
    all_labels,
    best_name,
    fetched_label,
    host_label,
    labels_path,
    labels_state,
    read_labels,
    remove_label,
    write_labels,
)
from tests.platforms import ON_WINDOWS

ANNA, BEN = "41771983423143937", "41771983423143938"


def test_nothing_is_made_by_looking(home: Path) -> None:
    assert all_labels() == [] and read_labels("user", [ANNA]) == []
    assert not remove_label("user", ANNA)
    assert labels_state() == (0, 0)
    assert not labels_path().exists() and home in labels_path().parents


def test_a_host_and_discord_each_say_their_own() -> None:
    write_labels([fetched_label("user", ANNA, "anna_77"), fetched_label("guild", ANNA, "Studio")])
    before = labels_state()
    write_labels([host_label("user", ANNA, "Anna of the office")])
    assert labels_state() != before
    found = read_labels("user", [ANNA, BEN])
    assert {(each.source, each.name) for each in found} == {("discord", "anna_77"), ("host", "Anna of the office")}
    assert [each.name for each in all_labels()] == ["Studio", "anna_77", "Anna of the office"]
    assert remove_label("user", ANNA) and not remove_label("user", ANNA)
    assert [each.name for each in read_labels("user", [ANNA])] == ["anna_77"]


def test_a_newer_label_takes_the_place_of_the_older() -> None:
    write_labels([host_label("user", ANNA, "Anna"), host_label("user", ANNA, "Annika")])
    write_labels([Label("user", ANNA, LabelSource.HOST, "Anne", 5.0)])
    assert read_labels("user", [ANNA]) == [Label("user", ANNA, "host", "Anne", 5.0)]


@pytest.mark.parametrize(
    ("host", "noted", "fetched", "best"),
    [
        ("h", "n", "f", "h"),
        (None, "n", "f", "n"),
        (None, None, "f", "f"),
        (None, None, "", None),
        ("", "n", None, "n"),
        (None, None, None, None),
    ],
)
def test_whose_word_comes_first(host: str | None, noted: str | None, fetched: str | None, best: str | None) -> None:
    labels = [] if host is None else [host_label("user", ANNA, host)]
    labels += [] if fetched is None else [fetched_label("user", ANNA, fetched)]
    assert best_name(labels, noted) == best


def test_names_are_bounded_and_on_one_line() -> None:
    write_labels([fetched_label("user", ANNA, "a\nb\0c  \r d" + "x" * 1_000)])
    (kept,) = read_labels("user", [ANNA])
    assert kept.name.startswith("a b c dxxx") and len(kept.name) == LONGEST_LABEL


def test_thousands_are_asked_for_at_once() -> None:
    ids = [str(10**17 + number) for number in range(2_500)]
    write_labels(fetched_label("user", each, f"user {each}") for each in ids)
    assert {each.id for each in read_labels("user", ids)} == set(ids)


@pytest.mark.skipif(ON_WINDOWS, reason="every file is everybody's there")
def test_only_its_owner_may_read_it() -> None:
    write_labels([host_label("user", ANNA, "Anna")])
    assert labels_path().stat().st_mode & 0o077 == 0


def test_what_is_removed_is_overwritten() -> None:
    write_labels([host_label("user", ANNA, "Annabelle the Unmistakable")])
    remove_label("user", ANNA)
    assert b"Unmistakable" not in labels_path().read_bytes()


def test_no_copy_of_what_was_moved_within_the_file_outlives_it() -> None:
    rng = random.Random(19)
    ids = [str(482_100_000_000_000_000 + rng.randrange(10**6)) for _ in range(200)]
    for letter in "NM":
        write_labels([Label("user", id, "discord", letter * rng.randrange(3, 150) + id[-6:], 1.0) for id in ids])
    twice = next(id for id in ids if labels_path().read_bytes().count(id.encode()) > 1)
    remove_label("user", twice, "discord")
    assert twice.encode() not in labels_path().read_bytes()
    assert len(all_labels()) == len({*ids}) - 1


def test_a_file_that_is_something_else_is_a_fault_of_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "labels.db"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(OSError, match=r"labels\.db"):
        all_labels(path)
    with pytest.raises(OSError, match=r"labels\.db"):
        write_labels([host_label("user", ANNA, "Anna")], path)
    path.unlink()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE label (other TEXT)")
    with pytest.raises(OSError, match=r"labels\.db"):
        all_labels(path)
