"""Retention by age: what is older than its limit goes for good, and nothing else; once a day, after a first consent."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.cli.main import main
from core.errors import BotpulseError, OnServer, RefusedByTable
from core.feed.snapshot import Source
from core.maintenance.age_notes import ToConfirm, agree, read_note, retain_if_due
from core.maintenance.retention import AgeResult, retain, survey_age
from core.presenters.health_facts import _retention
from core.storage import rollup_files
from core.storage.location import Location
from core.storage.own_folders import data_folder
from core.storage.rollup_files import cache_path
from core.tasks import finish
from core.text.ages import Aged, AgeLimits
from tests.core import deployed
from tests.core.maintenance.test_forgetting import UTC_ZONE
from tests.core.storage.test_database import ask
from tests.core.stored import change

NOW = datetime.now(UTC).replace(microsecond=0)
SECRET = "a kingfisher of long ago"
DAYS = range(0, 100, 10)
"""How old the rows are: one of each table for each of these days."""


@pytest.fixture
def aged(tmp_path: Path) -> Path:
    (folder := tmp_path / "bot").mkdir()
    path = deployed.create(folder / "analytics.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "PRAGMA secure_delete = on"
        )  # what SQLite moved before is not overwritten later: docs/privacy.md
        for days in reversed(DAYS):
            moment = (NOW - timedelta(days=days, hours=1)).timestamp()
            prompt = f"{SECRET}, {days} days" + " and more" * 900
            for statement, values in (
                ("command_usage (command_name, user_id, timestamp, success) VALUES ('comfy', '1', ?, 1)", ()),
                ("image_stats (user_id, timestamp, prompt) VALUES ('1', ?, ?)", (prompt,)),
                ("user_activity (user_id, action_type, timestamp) VALUES ('1', 'gift', ?)", ()),
            ):
                connection.execute(f"INSERT INTO {statement}", (moment, *values))
    return path


def counts(path: Path) -> list[int]:
    """Commands, images, prompts, activities."""
    tables = ("command_usage", "image_stats", "user_activity")
    commands, images, activities = (ask(path, f"SELECT count(*) FROM {table}")[0][0] for table in tables)
    return [commands, images, ask(path, "SELECT count(prompt) FROM image_stats")[0][0], activities]


@pytest.mark.parametrize(
    ("limits", "left"),
    [
        ({Aged.COMMANDS: 30}, [3, 10, 10, 10]),
        ({Aged.IMAGES: 50, Aged.ACTIVITY: 90}, [10, 5, 5, 9]),
        ({Aged.PROMPTS: 30}, [10, 10, 3, 10]),
        ({Aged.PROMPTS: 30, Aged.IMAGES: 60, Aged.FAILURES: 1}, [10, 6, 3, 10]),
    ],
)
def test_what_is_older_goes_and_nothing_else(aged: Path, limits: AgeLimits, left: list[int]) -> None:
    before = counts(aged)
    found = finish(survey_age(aged, limits, NOW))
    assert (counts(aged), found.newest) == (before, NOW - timedelta(hours=1))
    done = finish(retain(aged, limits, NOW))
    assert counts(aged) == left
    assert done.rows == found.rows
    assert sum(found.rows.get(what, 0) for what in (Aged.COMMANDS, Aged.IMAGES, Aged.ACTIVITY)) == (
        sum(before) - before[2] - (sum(left) - left[2])
    )
    assert finish(survey_age(aged, limits, NOW)).rows == {}


@pytest.mark.parametrize("limits", [{Aged.IMAGES: 30}, {Aged.PROMPTS: 30}])
@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_no_byte_of_an_old_prompt_is_left(aged: Path, limits: AgeLimits, journal: str) -> None:
    ask(aged, f"PRAGMA journal_mode = {journal}")
    finish(retain(aged, limits, NOW))
    written = b"".join(file.read_bytes() for file in aged.parent.iterdir())
    assert f"{SECRET}, 20 days".encode() in written
    assert [days for days in DAYS if f"{SECRET}, {days} days".encode() in written] == [0, 10, 20]


def test_the_cache_of_what_was_counted_goes_with_rows_only(aged: Path) -> None:
    cache = cache_path(Location(path=aged), UTC_ZONE)
    cache.parent.mkdir(parents=True)
    cache.write_bytes(b"counted")
    finish(retain(aged, {Aged.PROMPTS: 30}, NOW))
    assert rollup_files.files(Location(path=aged)) == [cache]
    finish(retain(aged, {Aged.IMAGES: 30}, NOW))
    assert rollup_files.files(Location(path=aged)) == []


def test_odd_tables_are_left_or_done_as_they_are(seed: Path) -> None:
    """A table without row ids, texts for moments, and a view in the place of a table."""
    old, new = (NOW - timedelta(days=9)).timestamp(), NOW.timestamp()
    change(
        seed,
        "DROP TABLE command_usage",
        "CREATE TABLE command_usage (id PRIMARY KEY, timestamp, user_id, command_name, success) WITHOUT ROWID",
        f"INSERT INTO command_usage (id, timestamp) VALUES (1, '{old}'), (2, {new}), (3, NULL), (4, 'yesterday')",
        "DROP TABLE user_activity",
        f"CREATE VIEW user_activity AS SELECT 1 AS id, {old} AS timestamp, '1' AS user_id, 'x' AS action_type",
    )
    done = finish(retain(seed, {Aged.COMMANDS: 5, Aged.ACTIVITY: 5}, NOW))
    assert (done.rows, ask(seed, "SELECT id FROM command_usage ORDER BY id")) == (
        {Aged.COMMANDS: 1},
        [(2,), (3,), (4,)],
    )


def test_what_is_refused(aged: Path) -> None:
    with pytest.raises(OnServer):
        finish(retain("postgresql://bot@server/analytics", {Aged.IMAGES: 1}, NOW))
    for limits in ({}, {Aged.IMAGES: 0}, {Aged.IMAGES: 40_000}):
        with pytest.raises(ValueError, match="from 1 to 36500"):
            finish(retain(aged, limits, NOW))
    change(aged, "CREATE TRIGGER keep BEFORE DELETE ON image_stats BEGIN SELECT RAISE(ABORT, 'kept'); END")
    with pytest.raises(RefusedByTable) as refused:
        finish(retain(aged, {Aged.COMMANDS: 30, Aged.IMAGES: 30}, NOW))
    assert "has gone by now stays gone" in refused.value.what_is_safe
    assert counts(aged)[:2] == [3, 10]


def test_the_host_is_asked_first_and_then_once_a_day(aged: Path) -> None:
    clock = NOW
    due = lambda limits: finish(retain_if_due(aged, limits, lambda: clock))  # noqa: E731
    asked = due({Aged.COMMANDS: 60})
    assert isinstance(asked, ToConfirm)
    assert (asked.found.rows, counts(aged)[0]) == ({Aged.COMMANDS: 4}, 10)
    agree(aged, {Aged.COMMANDS: 60})
    done = due({Aged.COMMANDS: 60})
    assert isinstance(done, AgeResult)
    assert (done.rows, counts(aged)[0], read_note(aged).rows) == ({Aged.COMMANDS: 4}, 6, {Aged.COMMANDS: 4})
    assert due({Aged.COMMANDS: 60}) is None, "done today"
    assert isinstance(due({Aged.COMMANDS: 50}), ToConfirm), "more would go than was agreed to"
    assert isinstance(due({Aged.COMMANDS: 60, Aged.PROMPTS: 30}), ToConfirm)
    clock = datetime.now(UTC) + timedelta(days=2_000)
    assert isinstance(due({Aged.COMMANDS: 60}), ToConfirm), "the newest row is old, too: the clock may be wrong"
    assert counts(aged)[0] == 6
    assert due({}) is None
    assert read_note(aged).agreed == {}


def test_a_failure_and_a_note_that_is_none_are_told_of(aged: Path) -> None:
    agree(aged, {Aged.IMAGES: 30})
    change(aged, "CREATE TRIGGER keep BEFORE DELETE ON image_stats BEGIN SELECT RAISE(ABORT, 'kept'); END")
    with pytest.raises(BotpulseError) as failed:
        finish(retain_if_due(aged, {Aged.IMAGES: 30}, lambda: NOW))
    assert read_note(aged).fault == failed.value.title
    (place,) = (data_folder() / "retention").iterdir()
    assert str(aged) not in place.read_text()
    place.write_text('{"agreed": {"cats": 1}}')
    assert not read_note(aged).allows({Aged.IMAGES: 30})


def test_the_command_shows_asks_and_removes(
    aged: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["retain", str(aged), "--commands", "50d", "--prompts", "30"]
    monkeypatch.setattr(sys, "stdin", io.StringIO("another.db\n"))
    assert main(command) == 2
    shown = capsys.readouterr().out
    assert "Commands, older than 50 days: 5" in shown and ": 7" in shown
    assert counts(aged) == [10, 10, 10, 10]
    monkeypatch.setattr(sys, "stdin", io.StringIO("analytics.db\n"))
    assert main(command) == 0
    assert "Removed: 5 commands, 7 prompts." in capsys.readouterr().out
    assert counts(aged) == [5, 10, 3, 10]
    assert main([*command, "--images", "90d", "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == {"images": 1}
    assert read_note(aged).rows == {Aged.IMAGES: 1}
    assert main(["retain", str(aged)]) == 2
    assert main(["retain", str(aged), "--images", "0d"]) == 2
    with pytest.raises(SystemExit):
        main(["retain", str(aged), "--images", "soon"])


def test_health_says_what_is_kept_and_what_went(aged: Path) -> None:
    def said() -> dict[str, str]:
        source = Source("analytics.db", str(aged), {}, 0, "WAL", 0.0, 0.0)
        return {fact.label: fact.value for fact in _retention(source)}

    assert said() == {}
    agree(aged, {Aged.COMMANDS: 60, Aged.PROMPTS: 1})
    assert said() == {"Kept for": "Commands 60 days, Prompts 1 day"}
    finish(retain_if_due(aged, {Aged.COMMANDS: 60}, lambda: NOW))
    assert said()["Removed then"] == "4 commands"
