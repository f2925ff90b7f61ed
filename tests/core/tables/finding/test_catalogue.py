"""What can be found in a database: bounded reading, in steps, whatever is in the file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.filters import Field
from core.manager import AnalyticsManager
from core.storage.labels import host_label, write_labels
from core.storage.location import locate
from core.storage.reader import Reader, reading
from core.tables.finding import catalogue as module
from core.tables.finding.catalogue import MOST_OF_A_KIND, Catalogue
from core.tables.reading.messages import FindRequest, FindResult
from core.tables.reading.rows import RowReader
from tests.core import deployed

UTC = ZoneInfo("UTC")
ANNA, BERT = "273849283749281111", "273849283749283333"


def whole(reader: Reader, *, names: bool = True, prompts: bool = True) -> Catalogue:
    made = Catalogue(UTC, names=names, prompts=prompts)
    steps = 0
    while not made.whole:
        made.read_on(reader, 0.0)
        steps += 1
        assert steps < 100
    return made


def found(made: Catalogue, typed: str) -> list[tuple[Field, str]]:
    return [(each.field, each.value) for each in made.find(typed)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with names in it: Anna has used the bot, Bert has not."""
    made = tmp_path / "a.db"
    with AnalyticsManager(made) as manager:
        manager.track_command("imagine", ANNA, "911849283749287777", None, 1.0)
        manager.track_image_generation(ANNA, "a Fox\nin snow", "1:1", ["b\\sumi.safetensors"], 1, 20.0)
        manager.note_name("user", ANNA, "Anna")
        manager.note_name("user", BERT, "Bert 50%")
        manager.flush()
    return made


def test_whoever_has_a_name_is_found_by_it_and_by_the_end_of_the_id(path: Path) -> None:
    with reading(path) as reader:
        made = whole(reader)
    assert found(made, "bert") == found(made, "3333") == found(made, BERT) == [(Field.USER, BERT)]
    assert found(made, "imag anything") == []
    assert found(made, "sumi") == [(Field.LORA, "b/sumi.safetensors")]
    (prompt,) = made.find("snow fo")
    assert (prompt.field, prompt.value, prompt.text) == (Field.TEXT, "1", "a Fox in snow")


def test_an_id_that_nobody_knows_may_be_anybodys(path: Path) -> None:
    with reading(path) as reader:
        made = whole(reader)
    assert found(made, "123456789012345678") == [
        (Field.USER, "123456789012345678"),
        (Field.GUILD, "123456789012345678"),
    ]


def test_the_hosts_own_names_are_found_too(path: Path) -> None:
    write_labels([host_label("user", ANNA, "Boss"), host_label("guild", "911849283749287777", "Home")])
    with reading(path) as reader:
        made = whole(reader)
    assert found(made, "boss") == [(Field.USER, ANNA)]
    assert found(made, "home") == [(Field.GUILD, "911849283749287777")]
    assert found(made, "anna") == []


def test_what_is_masked_is_not_even_read(path: Path) -> None:
    with reading(path) as reader:
        made = whole(reader, names=False, prompts=False)
    assert found(made, "anna") == found(made, "snow") == []
    assert found(made, "1111") == [(Field.USER, ANNA)]
    assert made._names == {} and made._images == {}


def test_reading_is_bounded_and_the_newest_rows_come_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 20)
    monkeypatch.setattr(module, "_CHUNK", 10)
    monkeypatch.setattr(module, "MOST_PROMPTS", 3)
    with AnalyticsManager(path) as manager:
        for number in range(50):
            manager.track_command(f"command{number}", ANNA, None, None, 1.0)
            manager.track_image_generation(ANNA, f"castle {number}", "1:1", [], 1, 20.0)
        manager.flush()
    with reading(path) as reader:
        made = whole(reader)
    assert found(made, "command49")[0] == (Field.COMMAND, "command49")
    assert found(made, "command29") == []
    assert len(made.find("command")) == MOST_OF_A_KIND
    assert [each.text for each in made.find("castle")] == ["castle 49", "castle 48", "castle 47"]


def test_a_file_of_the_deployed_bot_and_one_that_holds_anything_are_looked_through(tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "deployed.db")
    deployed.fill(path, commands=20, images=5)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO command_usage (command_name, user_id, guild_id, timestamp, success) VALUES (?, ?, ?, 1, 1)",
            (b"\xff\x00bytes", 3.5, ""),
        )
        connection.execute(
            "INSERT INTO image_stats (user_id, prompt, loras, timestamp) VALUES ('7', x'ff61', '{\"x\": [', 'when')"
        )
    with reading(path) as reader:
        made = whole(reader)
    assert found(made, "redu") == [(Field.COMMAND, "redux")]
    assert [each.field for each in made.find("bytes")] == [Field.COMMAND]


def test_the_reader_of_rows_answers_letters_and_reads_what_is_new_when_asked_afresh(path: Path) -> None:
    told: list[object] = []
    reader = RowReader(told.append)
    reader.open(locate(path))

    def ask(typed: str, *, afresh: bool = False) -> FindResult:
        told.clear()
        reader.take(FindRequest(1, typed, UTC, names=True, prompts=True, afresh=afresh))
        result = told[-1]
        assert isinstance(result, FindResult)
        return result if result.whole else ask(typed)

    assert [each.value for each in ask("anna").found] == [ANNA]
    with AnalyticsManager(path) as manager:
        manager.track_command("nova", ANNA, None, None, 1.0)
        manager.flush()
    assert [each.value for each in ask("nova", afresh=True).found] == ["nova"]
    reader.end()
