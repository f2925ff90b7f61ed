"""A host's own triggers on the bot's tables: reset, undo and restore do all or nothing, and a refusal has words."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.cli.main import main
from core.errors import BotpulseError, RefusedByTable
from core.maintenance import backups, operation_journal, resetting, restoring, survey
from core.maintenance.operation_journal import Action
from core.tasks import finish
from tests.core import deployed
from tests.core.storage.test_database import ask
from tests.core.stored import COUNTS, change, content, rows

ARCHIVE = "CREATE TABLE archive (id INTEGER PRIMARY KEY, prompt TEXT)"
KEEP = "CREATE TRIGGER keep AFTER INSERT ON image_stats BEGIN INSERT INTO archive VALUES (new.id, new.prompt); END"
REFUSING = {
    "archive": KEEP,
    "abort": "CREATE TRIGGER keep BEFORE INSERT ON image_stats WHEN new.id < 61 BEGIN SELECT RAISE(ABORT, 'no'); END",
    "rollback": "CREATE TRIGGER keep AFTER INSERT ON image_stats WHEN new.id = 40"
    " BEGIN SELECT RAISE(ROLLBACK, 'no'); END",
    "left out": "CREATE TRIGGER keep BEFORE INSERT ON image_stats WHEN new.id = 7 BEGIN SELECT RAISE(IGNORE); END",
    "no table": "CREATE TRIGGER keep AFTER INSERT ON image_stats BEGIN INSERT INTO gone VALUES (new.id); END",
    "another case": KEEP.replace("image_stats", '"IMAGE_Stats"'),
}


@pytest.fixture
def archived(seed: Path) -> Path:
    """An archive of the host's that holds the images already, and takes none twice."""
    change(seed, ARCHIVE, "INSERT INTO archive SELECT id, prompt FROM image_stats")
    return seed


def schema(path: Path) -> list[object]:
    return [*ask(path, "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2")]


@pytest.mark.parametrize("trigger", REFUSING.values(), ids=REFUSING)
def test_undo_brings_all_back_past_a_trigger_that_refuses(archived: Path, trigger: str) -> None:
    change(archived, trigger)
    before, made = content(archived), schema(archived)
    done = finish(resetting.reset_with_backup(archived))
    undone = finish(resetting.undo(archived, done.backup))
    assert content(archived) == before
    assert schema(archived) == made
    assert undone.rows["image_stats"] == 60
    assert not any(undone.left.values())
    assert undone.past_triggers == ("keep (on image_stats)",)
    assert operation_journal.unfinished(archived) == operation_journal.undoable(archived) == ()


@pytest.mark.parametrize("trigger", REFUSING.values(), ids=REFUSING)
def test_restore_is_done_past_a_trigger_that_refuses(archived: Path, trigger: str) -> None:
    backup = finish(backups.back_up(archived))
    change(archived, trigger, "DELETE FROM image_stats WHERE id < 20")
    made = schema(archived)
    done = finish(restoring.restore(archived, backup))
    assert rows(archived) == rows(backup.path)
    assert schema(archived) == made
    assert done.past_triggers == ("keep (on image_stats)",)


def test_triggers_that_let_rows_in_see_what_goes_and_comes(seed: Path) -> None:
    """As an index over the prompts does that is kept by triggers."""
    change(seed, "CREATE TABLE copy (id INTEGER PRIMARY KEY)", "INSERT INTO copy SELECT id FROM image_stats",
           "CREATE TRIGGER come AFTER INSERT ON image_stats BEGIN INSERT INTO copy VALUES (new.id); END",
           "CREATE TRIGGER go AFTER DELETE ON image_stats BEGIN DELETE FROM copy WHERE id = old.id; END")  # fmt: skip
    before = content(seed)
    done = finish(resetting.reset_with_backup(seed))
    assert ask(seed, "SELECT count(*) FROM copy") == [(0,)]
    undone = finish(resetting.undo(seed, done.backup))
    assert undone.past_triggers == ()
    assert content(seed) == before


def test_a_trigger_is_named_before_a_reset_promises_anything(archived: Path, capsys: pytest.CaptureFixture) -> None:
    change(archived, KEEP)
    found = finish(survey.survey(archived))
    assert found.triggers == ("keep (on image_stats)",)
    assert "keep (on image_stats)" in found.trigger_words
    assert main(["reset", str(archived), "--yes"]) == 0
    told = capsys.readouterr().out
    assert told.index("keep (on image_stats)") < told.index("Deleted")
    assert main(["undo", str(archived)]) == 0
    assert "came back without them: keep (on image_stats)" in capsys.readouterr().out
    assert ask(archived, COUNTS) == [(40, 60)]


def test_a_file_without_triggers_has_no_words_about_them(seed: Path) -> None:
    found = finish(survey.survey(seed))
    assert (found.triggers, found.trigger_words) == ((), "")


@pytest.mark.parametrize("raised", ["ABORT, 'kept'", "IGNORE", "ROLLBACK, 'kept'"])
def test_a_trigger_that_keeps_rows_keeps_all_of_them_from_a_reset(seed: Path, raised: str) -> None:
    change(seed, f"CREATE TRIGGER hold BEFORE DELETE ON image_stats WHEN old.id = 30 BEGIN SELECT RAISE({raised}); END")
    before = content(seed)
    with pytest.raises(RefusedByTable) as caught:
        finish(resetting.reset_with_backup(seed))
    assert content(seed) == before
    assert "rolled back" in caught.value.what_is_safe
    assert operation_journal.unfinished(seed) == operation_journal.undoable(seed) == ()


def test_rows_in_whose_place_others_are_stay_in_the_backup(seed: Path) -> None:
    """Something unique of the host's is taken by a row that came since: the others come back all the same."""
    change(seed, "CREATE UNIQUE INDEX once ON image_stats (prompt)")
    done = finish(resetting.reset_with_backup(seed))
    assert deployed.Bot(seed).track_image(prompt="a prompt 5")
    undone = finish(resetting.undo(seed, done.backup))
    assert (undone.rows["image_stats"], undone.left["image_stats"]) == (59, 1)
    assert ask(seed, COUNTS) == [(40, 60)]


def test_an_undo_that_fails_as_a_whole_leaves_the_reset_to_be_undone(
    archived: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = finish(resetting.reset_with_backup(archived))
    after = content(archived)
    change(archived, "CREATE TRIGGER late BEFORE INSERT ON command_usage BEGIN SELECT RAISE(ABORT, 'no'); END")
    monkeypatch.setattr("core.maintenance.resetting.triggers_beside", lambda *_: ())  # it came a moment later
    monkeypatch.setattr("core.maintenance.bringing_back._insertion", strict_insertion)
    with pytest.raises(RefusedByTable):
        finish(resetting.undo(archived, done.backup))
    assert content(archived) == after
    (note,) = operation_journal.undoable(archived)
    assert (note.action, note.backup) == (Action.RESET, done.backup.path.resolve())


def strict_insertion(*_: object) -> str:
    return "INSERT INTO main.command_usage SELECT * FROM backup.command_usage WHERE rowid > ? AND rowid <= ?"


def test_an_undo_that_fails_half_way_does_not_say_that_nothing_was_changed(seed: Path) -> None:
    deployed.fill(seed, commands=20_000, start=1.79e9)
    done = finish(resetting.reset_with_backup(seed))
    task = resetting.undo(seed, done.backup)
    while not ask(seed, "SELECT count(*) FROM command_usage")[0][0]:
        next(task)
    change(seed, "ALTER TABLE image_stats RENAME TO elsewhere")
    change(seed, "CREATE VIEW image_stats AS SELECT * FROM elsewhere")
    with pytest.raises(BotpulseError) as caught:
        finish(task)
    assert "have come back so far stay" in caught.value.what_is_safe
    assert "undo once more" in caught.value.what_to_do
    (note,) = operation_journal.unfinished(seed)
    assert note.action is Action.UNDO
