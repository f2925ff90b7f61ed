"""Forgetting a user: no byte of the id or the prompts is left in any file, and nobody else loses a row."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.cli.main import main
from core.errors import RefusedByTable
from core.log import log_folder
from core.maintenance import backups
from core.maintenance.backups import back_up
from core.maintenance.forgetting import HeldInBackups, forget_user, survey_user
from core.models import CommandUsage, Failure, Name
from core.storage.labels import Label, labels_path, write_labels
from core.storage.location import Location
from core.storage.own_folders import caches_folder, pictures_folder
from core.storage.rollup_files import cache_path
from core.tasks import finish
from core.tracking.records import FIELDS, EventRow, activity_record
from core.tracking.spool import make_spool
from core.tracking.spool_forgetting import forget_in_spools
from core.tracking.spool_places import spool_files
from tests.core.storage.test_database import ask
from tests.core.stored import change

USER = "482100000000000417"
OTHER = "482100000000000418"
UTC_ZONE = ZoneInfo("UTC")
PROMPT = "a heron that nobody else asked for"


def of_user(path: Path) -> None:
    """Rows of the user among the others', long ones that need pages of their own, and a mention by somebody else."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for number in range(30):
            connection.execute(
                "INSERT INTO image_stats (user_id, prompt, timestamp) VALUES (?, ?, ?)",
                (USER, PROMPT + " and more" * 700 * (number % 3), 1.78e9 + number),
            )
            connection.execute(
                "INSERT INTO command_usage (command_name, user_id, timestamp, success) VALUES ('comfy', ?, ?, 1)",
                (USER.encode() if number % 2 else USER, 1.78e9 + number),
            )
        connection.execute(
            "INSERT INTO user_activity (user_id, action_type, timestamp, details) VALUES (?, 'gift', 1.78e9, ?)",
            (OTHER, json.dumps({"to": int(USER)})),
        )


def waiting_events() -> list[EventRow]:
    """An event of the user's, and one of somebody else's."""
    values = {"command_name": "comfy", "timestamp": 1.78e9, "success": 1}
    return [
        EventRow(CommandUsage, tuple(({**values, "user_id": user}).get(name) for name in FIELDS[CommandUsage]))
        for user in (USER, OTHER)
    ]


def traces(*places: Path) -> list[Path]:
    """The files in which the id, or the prompt, stands."""
    forms = (USER.encode(), int(USER).to_bytes(8, "big"), PROMPT.encode())
    files = [file for place in places for file in place.rglob("*") if file.is_file()]
    return [file for file in files if any(form in file.read_bytes() for form in forms)]


def spool_events(path: Path) -> list[object]:
    """Whose events wait."""
    (file,) = spool_files(Location(path=path))
    return [json.loads(row)["user_id"] for (row,) in ask(file, "SELECT row FROM event ORDER BY id")]


def others(path: Path) -> list[object]:
    condition = f"WHERE CAST(user_id AS TEXT) NOT IN ('{USER}', 'forgotten', '{OTHER}')"
    return [ask(path, f"SELECT * FROM {table} {condition}") for table in ("command_usage", "image_stats")]


def test_no_byte_is_left_in_a_file_of_any_form(path: Path) -> None:
    of_user(path)
    finish(back_up(path))
    write_labels([Label("user", USER, "host", "Heron", 1.0), Label("user", OTHER, "host", "Crane", 1.0)])
    before = others(path)
    found = finish(survey_user(path, USER, []))
    assert (found.rows, found.labels) == ({"command_usage": 30, "image_stats": 30}, 1)
    assert [*found.backups.values()] == [60]
    assert len(traces(path.parent, labels_path().parent)) >= 3
    done = finish(forget_user(path, USER, []))
    assert traces(path.parent, labels_path().parent) == []
    assert (done.left, done.database.overwritten, done.database.mentions, done.labels) == ((), True, 1, 1)
    assert (done.database.rows, [*done.cleaned.values()]) == ({"command_usage": 30, "image_stats": 30}, [60])
    (copy,) = backups.backups(path)
    assert others(path) == others(copy.path) == before
    assert ask(path, f"SELECT details FROM user_activity WHERE user_id = '{OTHER}'") == [('{"to": 0}',)]
    assert b"Crane" in labels_path().read_bytes()


def test_caches_pictures_and_logs_are_reached(seed: Path) -> None:
    of_user(seed)
    cache, picture = cache_path(Location(path=seed), UTC_ZONE), pictures_folder() / "7f3a"
    log, older = log_folder() / "botpulse.log", log_folder() / "botpulse.log.1"
    for file, text in ((cache, USER), (picture, "a picture"), (log, f"told of {USER}, {OTHER}"), (older, USER)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    found = finish(survey_user(seed, USER, []))
    assert ({*found.caches}, found.pictures) == ({cache, log, older}, 1)
    with log.open("a") as other_process:
        done = finish(forget_user(seed, USER, []))
        other_process.write(", and more")
    assert (done.caches, done.pictures, done.logs, done.left) == (1, 1, 2, ())
    assert log.read_text() == f"told of {'0' * len(USER)}, {OTHER}, and more"
    assert traces(seed.parent, caches_folder(), log_folder()) == []
    assert not picture.exists()


def test_a_copy_that_somebody_made_beside_the_file_is_told_of(seed: Path) -> None:
    of_user(seed)
    copy = seed.with_name(f"{seed.name}.bak")
    copy.write_bytes(seed.read_bytes())
    seed.with_name("another.db").write_text(USER)
    assert finish(forget_user(seed, USER, [])).left == (copy,)


def test_counts_without_the_person(path: Path) -> None:
    of_user(path)
    done = finish(forget_user(path, USER, [], keep_counts=True))
    assert traces(path.parent) == []
    kept = "SELECT count(*), count(prompt) FROM image_stats WHERE user_id = 'forgotten'"
    assert (done.database.rows["image_stats"], ask(path, kept)) == (30, [(30, 0)])


@pytest.mark.parametrize("choice", [HeldInBackups.DELETE, HeldInBackups.LEAVE])
def test_backups_are_deleted_or_left_and_said_to_be(seed: Path, choice: HeldInBackups) -> None:
    of_user(seed)
    made = finish(back_up(seed)).path
    done = finish(forget_user(seed, USER, [], backups=choice))
    expected = {HeldInBackups.DELETE: ((made,), (), False), HeldInBackups.LEAVE: ((), (made,), True)}
    assert (done.deleted, done.left, made.exists()) == expected[choice]


def test_names_and_failures_go_and_tables_without_row_ids(seed: Path) -> None:
    with closing(sqlite3.connect(seed)) as connection, connection:
        for model in (Name, Failure):
            columns = ", ".join(f"{name} NOT NULL" if name == "id" else name for name in model._meta.columns)
            key = "kind, id" if model is Name else "id"
            connection.execute(f"CREATE TABLE {model._meta.table_name} ({columns}, PRIMARY KEY ({key})) WITHOUT ROWID")
        rows = [("user", USER), ("guild", USER[:-1] + "9"), ("user", OTHER)]
        connection.executemany("INSERT INTO names (kind, id, name, updated) VALUES (?, ?, 'x', 1)", rows)
        rows = [("1", int(USER)), ("2", int(OTHER))]
        connection.executemany(
            "INSERT INTO failures (id, user_id, timestamp, fingerprint, kind) VALUES (?, ?, 1.78e9, 'f', 'error')", rows
        )
    done = finish(forget_user(seed, USER, []))
    assert (done.database.rows, traces(seed.parent)) == ({"failures": 1, "names": 1}, [])
    assert ask(seed, "SELECT count(*) FROM names") == [(2,)]


def test_waiting_events_go_unless_a_bot_holds_them(seed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spool = make_spool(Location(path=seed))
    spool.append(waiting_events())
    asked = ["forget", str(seed), "--user", USER, "--yes", "--json"]
    assert main(asked) == 1, "the bot holds it"
    assert json.loads(capsys.readouterr().out)["left"] == [str(spool.path)]
    spool.close()
    assert main(asked) == 0
    receipt = json.loads(capsys.readouterr().out)
    assert (receipt["waiting"], receipt["left"], traces(seed.parent)) == (1, [], [])
    assert OTHER.encode() in spool.path.read_bytes()


def test_cut_off_it_can_be_done_again(seed: Path) -> None:
    of_user(seed)
    finish(back_up(seed))
    before = others(seed)
    task = forget_user(seed, USER, [])
    for _ in range(12):
        next(task)
    task.close()
    assert traces(seed.parent)
    finish(forget_user(seed, USER, []))
    assert (traces(seed.parent), others(seed)) == ([], before)


def test_a_bot_that_has_the_lock_between_two_steps_is_waited_for(seed: Path) -> None:
    of_user(seed)
    task, done = forget_user(seed, USER, []), False
    with closing(sqlite3.connect(seed, isolation_level=None)) as bot:
        while not done:
            try:
                words = next(task).words
                if words.startswith("forgetting in"):
                    bot.execute("BEGIN EXCLUSIVE")
                    next(task)
                    bot.execute("ROLLBACK")
            except StopIteration:
                done = True
    assert traces(seed.parent) == []


def test_an_id_that_begins_another_leaves_that_one_alone(seed: Path) -> None:
    longer = f"{USER}9"
    of_user(seed)
    with closing(sqlite3.connect(seed)) as connection, connection:
        connection.executemany(
            "INSERT INTO user_activity (user_id, action_type, timestamp, details) VALUES (?, 'gift', 1.78e9, ?)",
            [
                (longer, f'{{"to": {longer}, "from": {USER}}}'),
                (longer, f"1782{longer}{USER}, 4{USER[1:]}, x{USER}x".encode() + b"\xff"),
            ],
        )
    log = log_folder() / "botpulse.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(f"{longer} {USER} {longer}")
    with closing(make_spool(Location(path=seed))) as waiting:
        waiting.append([activity_record(longer, "gift", None, None), *waiting_events()])
    assert (forget_in_spools(Location(path=seed), USER).events, spool_events(seed)) == (1, [longer, OTHER])
    done = finish(forget_user(seed, USER, []))
    query = "SELECT user_id, CAST(details AS BLOB) FROM user_activity ORDER BY id DESC LIMIT 2"
    assert ask(seed, query) == [
        (longer, b"0, 0, x0x\xff"),
        (longer, f'{{"to": {longer}, "from": 0}}'.encode()),
    ]
    assert log.read_text() == f"{longer} {'0' * len(USER)} {longer}"
    (spool,) = spool_files(Location(path=seed))
    assert {*done.left} == {seed, log, spool}, "the bytes are there, and of bytes nobody can say whose they are"


def test_a_file_of_utf_16_and_its_backups_are_reached(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA encoding = 'UTF-16le'")
        connection.execute("CREATE TABLE image_stats (id INTEGER PRIMARY KEY, user_id, prompt, timestamp)")
        connection.execute("INSERT INTO image_stats VALUES (1, ?, ?, 1.78e9)", (USER, PROMPT))
        connection.execute("INSERT INTO image_stats VALUES (2, ?, ?, 1.78e9)", (OTHER, f"of {USER}"))
        connection.commit()
    copy = finish(back_up(path)).path
    done = finish(forget_user(path, USER, []))
    assert ([*done.cleaned], done.left) == ([copy], ())
    assert [ask(file, "SELECT user_id, prompt FROM image_stats") for file in (path, copy)] == [[(OTHER, "of 0")]] * 2
    assert not any(USER.encode("utf-16-le") in file.read_bytes() for file in (path, copy))


@pytest.mark.parametrize("choice", [HeldInBackups.DELETE, HeldInBackups.CLEAN])
def test_a_backup_that_a_kill_left_unfinished_is_reached(seed: Path, choice: HeldInBackups) -> None:
    of_user(seed)
    backup = finish(back_up(seed)).path
    journal = backup.with_name(f"{backup.name}-journal")
    with closing(sqlite3.connect(backup, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN")
        connection.execute("UPDATE image_stats SET prompt = 'gone', user_id = ''")
        torn = {file: file.read_bytes() for file in (backup, journal)}
    for file, data in torn.items():
        file.write_bytes(data)
    assert [*finish(survey_user(seed, USER, [])).backups.values()] == [60]
    for file, data in torn.items():
        file.write_bytes(data)
    done = finish(forget_user(seed, USER, [], backups=choice))
    assert (done.left, [*done.cleaned.values()], len(done.deleted)) in [((), [60], 0), ((), [], 1)]
    assert traces(seed.parent) == []


def test_a_reader_that_keeps_the_log_is_told_of(path: Path) -> None:
    of_user(path)
    if ask(path, "PRAGMA journal_mode") != [("wal",)]:
        ask(path, "PRAGMA journal_mode = wal")
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM image_stats").fetchall()
        done = finish(forget_user(path, USER, []))
        assert set(done.left) == set(traces(path.parent))
        assert done.left
        reader.execute("COMMIT")
    assert finish(forget_user(path, USER, [])).left == ()
    assert traces(path.parent) == []


def test_what_is_refused(seed: Path) -> None:
    of_user(seed)
    with pytest.raises(ValueError, match="15 to 20 digits"):
        finish(forget_user(seed, "417", []))
    change(seed, "CREATE TRIGGER keep BEFORE DELETE ON image_stats BEGIN SELECT RAISE(IGNORE); END")
    with pytest.raises(RefusedByTable) as refused:
        finish(forget_user(seed, USER, []))
    assert "forgotten so far" in refused.value.what_is_safe


def test_the_command_asks_for_the_last_digits(
    seed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    of_user(seed)
    command = ["forget", str(seed), "--user", USER]
    typed: Callable[[str], None] = lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))  # noqa: E731
    typed("0418\n")
    assert main(command) == 2
    assert "image_stats  30 rows" in capsys.readouterr().out
    assert traces(seed.parent) == [seed]
    typed("0417\n")
    assert main(command) == 0
    assert "Forgotten: 60 rows" in capsys.readouterr().out
    assert main([*command, "--yes", "--json"]) == 0
    receipt = capsys.readouterr().out
    assert USER not in receipt
    assert (json.loads(receipt)["rows"], json.loads(receipt)["left"]) == ({}, [])
