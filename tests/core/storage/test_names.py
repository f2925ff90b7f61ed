"""The names of ids: found by one question, followed where they change, and told once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.manager import AnalyticsManager
from core.storage import names
from core.storage.labels import fetched_label, host_label, labels_path, remove_label, write_labels
from core.storage.names import NameTeller, find_names, ids_named, names_of
from core.storage.reader import Reader, open_for_reading

ANNA, BERT = ("user", "273849283749283748"), ("user", "273849283749283749")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "analytics.db"
    with AnalyticsManager(path) as manager:
        manager.track_command("comfy", ANNA[1], "77", "88")
        manager.note_name("user", ANNA[1], "Anna")
        manager.note_name("user", BERT[1], "Bert")
        manager.note_name("guild", "77", "Ünïcode Über")
        manager.flush()
    return path


@pytest.fixture
def reader(database: Path) -> Iterator[Reader]:
    opened = open_for_reading(database)
    yield opened
    opened.close()


def rename(path: Path, snowflake: str, name: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE names SET name = ?, updated = updated + 1 WHERE id = ?", (name, snowflake))
    connection.close()


def test_the_names_of_ids_are_found(reader: Reader) -> None:
    assert names_of(reader, [ANNA, ("guild", "77"), ("user", "77"), ("channel", "none")]) == {
        ANNA: "Anna",
        ("guild", "77"): "Ünïcode Über",
    }


def test_half_a_character_in_an_id_is_no_fault(reader: Reader) -> None:
    assert names_of(reader, [("user", "\ud800"), ("user", "a\0b"), BERT]) == {BERT: "Bert"}


def test_a_file_without_the_table_has_no_names(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE command_usage (id INTEGER PRIMARY KEY, command_name TEXT, user_id TEXT, guild_id TEXT,"
        " channel_id TEXT, timestamp REAL, execution_time REAL, success INTEGER)"
    )
    connection.close()
    opened = open_for_reading(path)
    assert names_of(opened, [ANNA]) == {}
    assert ids_named(opened, "user", "a") == {}
    opened.close()


def test_a_name_is_told_once_and_again_when_it_changes(
    database: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "FOLLOW_SECONDS", 0.0)
    told: list[dict[tuple[str, str], str]] = []
    teller = NameTeller(lambda found: told.append(dict(found)))
    teller.show(reader, [ANNA, ANNA, ("user", "nobody"), ("other", "1"), ("guild", "")])
    teller.show(reader, [ANNA, BERT])
    assert told == [{ANNA: "Anna"}, {BERT: "Bert"}]
    rename(database, ANNA[1], "Annabel")
    assert _followed(teller, database, 2)
    assert not _followed(teller, database, 3)
    rename(database, BERT[1], "")
    assert _followed(teller, database, 4)
    assert told[2:] == [{ANNA: "Annabel"}, {BERT: ""}]


def _followed(teller: NameTeller, database: Path, version: int) -> bool:
    """As who looks does: a file at rest is opened anew once it was written."""
    opened = open_for_reading(database)
    try:
        return teller.follow(opened, version)
    finally:
        opened.close()


def test_nothing_is_asked_where_nothing_was_written(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "FOLLOW_SECONDS", 0.0)
    teller = NameTeller(lambda found: None)
    teller.show(reader, [ANNA])
    teller.follow(reader, 1)
    monkeypatch.delattr(names, "names_of")  # to ask would be a NameError
    assert not teller.follow(reader, 1)
    teller.show(reader, [ANNA])


def test_what_is_remembered_is_bounded(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "MOST_REMEMBERED", 10)
    told: list[dict[tuple[str, str], str]] = []
    teller = NameTeller(lambda found: told.append(dict(found)))
    teller.show(reader, [ANNA])
    teller.show(reader, [("user", str(number)) for number in range(25)])
    teller.show(reader, [ANNA])
    assert told == [{ANNA: "Anna"}, {ANNA: "Anna"}]


@pytest.mark.parametrize(
    ("kind", "beginning", "expected"),
    [
        ("user", "an", {ANNA[1]: "Anna"}),
        ("user", "ANNA", {ANNA[1]: "Anna"}),
        ("user", "nna", {}),
        ("user", "", {}),
        ("user", "%", {}),
        ("user", "_", {}),
        ("guild", "ünÏ", {"77": "Ünïcode Über"}),
        ("guild", "ünx", {}),
        ("user", "ün", {}),
        ("user", "a\0", {}),
        ("user", "\ud800", {}),
    ],
)
def test_ids_are_found_by_the_beginning_of_a_name(
    reader: Reader, kind: str, beginning: str, expected: dict[str, str]
) -> None:
    assert ids_named(reader, kind, beginning) == expected


def test_the_hosts_label_comes_first_and_discords_last(reader: Reader) -> None:
    write_labels([host_label(*ANNA, "Boss"), fetched_label(*BERT, "Bertram"), fetched_label("guild", "99", "Far away")])
    assert names_of(reader, [ANNA, BERT, ("guild", "99")]) == {ANNA: "Boss", BERT: "Bert", ("guild", "99"): "Far away"}
    assert find_names(reader, "guild", "fAR").ids == ("99",)
    assert find_names(reader, "user", "b").ids == (BERT[1], ANNA[1])


def test_another_label_is_told(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "FOLLOW_SECONDS", 0.0)
    told: list[dict[tuple[str, str], str]] = []
    teller = NameTeller(lambda found: told.append(dict(found)))
    teller.show(reader, [ANNA])
    write_labels([host_label(*ANNA, "Boss")])
    assert teller.follow(reader, 1)
    remove_label(*ANNA)
    assert teller.follow(reader, 1)
    assert told == [{ANNA: "Anna"}, {ANNA: "Boss"}, {ANNA: "Anna"}]


def test_a_broken_file_of_labels_hides_no_names(reader: Reader) -> None:
    labels_path().parent.mkdir(parents=True)
    labels_path().write_bytes(b"no database" * 1_000)
    assert names_of(reader, [ANNA]) == {ANNA: "Anna"}
    assert find_names(reader, "user", "Ann").ids == (ANNA[1],)
