"""Being forgotten on a server: no row and no mention is left, and nobody else loses any."""

from __future__ import annotations

import io
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.answers.privacy import forget_answer, personal_answer, personal_file
from core.cli.main import main
from core.errors import RefusedByTable
from core.maintenance.forgetting import forget_user, survey_user
from core.manager import AnalyticsManager
from core.models import METRIC_PREFIX
from core.storage.labels import host_label, read_labels, write_labels
from core.storage.location import locate
from core.tasks import finish
from core.tracking import standing
from core.tracking.records import activity_record, command_record
from core.tracking.spool import make_spool
from tests.core.postgres.conftest import PASSWORD, Database
from tests.core.tracked import until

USER, OTHER = "482100000000000417", "482100000000000418"
PROMPT = "a heron that nobody else asked for"
VOTES = f'"{METRIC_PREFIX}odd %s ""votes"'


def fill(database: Database) -> None:
    """Events of two users, a metric's table in which an id is a number, and a mention."""
    with AnalyticsManager(database.url) as manager:
        for user in (USER, OTHER):
            for _ in range(30):
                manager.track_image_generation(user, PROMPT if user == USER else "a fox", "8x8", [], 1, 2.0)
            manager.track_command("comfy", user, 1, 5, 1.5, error=ValueError("no"))
            manager.note_name("user", user, "Ada")
        manager.note_name("guild", OTHER, "Pixel Harbour")
        manager.track_user_activity(OTHER, "gift", None, {"to": int(USER)})
        assert manager.flush(20)
    database.run(
        f'CREATE TABLE {VOTES} (id serial PRIMARY KEY, "timestamp" double precision, "who %" bigint, note jsonb)',
        f'INSERT INTO {VOTES} ("timestamp", "who %", note) VALUES (1, {USER}, NULL), (2, {OTHER}, \'{{"x": {USER}}}\')',
    )


def everything(database: Database) -> str:
    tables = ("command_usage", "image_stats", "user_activity", "failures", VOTES)
    rows = [database.rows(f"SELECT * FROM {table} ORDER BY id") for table in tables]
    return str([*rows, database.rows("SELECT * FROM names WHERE kind = 'user'")])


def test_a_user_is_forgotten_and_nobody_else_loses_a_row(database: Database) -> None:
    fill(database)
    location = locate(database.url)
    write_labels([host_label("user", USER, "Heron")])
    counted = {"command_usage": 1, "failures": 1, "image_stats": 30, "names": 1, VOTES[1:-1].replace('""', '"'): 1}
    assert finish(survey_user(location, USER, [])).rows == counted
    assert USER in everything(database) and PROMPT in everything(database)
    before = database.rows(f"SELECT * FROM image_stats WHERE user_id = '{OTHER}' ORDER BY id")
    done = finish(forget_user(location, USER, []))
    assert (done.database.rows, done.database.mentions, done.labels) == (counted, 2, 1)
    assert USER not in everything(database) and PROMPT not in everything(database)
    assert database.rows(f"SELECT * FROM image_stats WHERE user_id = '{OTHER}' ORDER BY id") == before
    assert database.rows(f"SELECT note FROM {VOTES}") == [({"x": 0},)] and read_labels("user", [USER]) == []
    assert database.rows("SELECT count(*) FROM names") == [(2,)]
    assert finish(survey_user(location, USER, [])).rows == {}
    again = finish(forget_user(location, USER, []))
    assert (again.database.rows, again.database.mentions, again.labels) == ({}, 0, 0)


def test_an_id_that_begins_another_leaves_that_one_alone(database: Database) -> None:
    longer = f"{USER}9"
    with AnalyticsManager(database.url) as manager:
        manager.track_user_activity(longer, "gift", None, {"to": int(longer), "from": int(USER)})
        manager.track_user_activity(OTHER, "gift", None, {"request": f"1782{longer}{USER}"})
        assert manager.flush(20)
    assert finish(forget_user(locate(database.url), USER, [])).database.mentions == 2
    found = database.rows("SELECT user_id, details FROM user_activity ORDER BY id")
    told = [(user, json.loads(details)) for user, details in found]
    assert told == [(longer, {"to": int(longer), "from": 0}), (OTHER, {"request": "0"})]


@pytest.mark.slow
def test_counts_may_stay_without_the_person(database: Database) -> None:
    fill(database)
    finish(forget_user(locate(database.url), USER, [], keep_counts=True))
    assert USER not in everything(database) and PROMPT not in everything(database)
    asked = "SELECT count(*), count(prompt) FROM image_stats WHERE user_id = 'forgotten'"
    assert (database.rows(asked), database.rows(f'SELECT "who %" FROM {VOTES}')) == ([(30, 0)], [(0,), (int(OTHER),)])


@pytest.mark.slow
def test_a_trigger_that_keeps_rows_is_told_with_what_is_safe(database: Database) -> None:
    fill(database)
    database.run(
        "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER keep BEFORE DELETE ON image_stats FOR EACH ROW EXECUTE FUNCTION keep()",
    )
    with pytest.raises(RefusedByTable, match="image_stats") as told:
        finish(forget_user(locate(database.url), USER, []))
    assert "stays forgotten" in told.value.what_is_safe and "once more" in told.value.what_to_do


@pytest.mark.slow
def test_the_command_shows_asks_and_says_what_only_the_server_reaches(
    database: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database)
    spool = make_spool(locate(database.url))
    mention = activity_record(OTHER, "gift", None, {"to": int(USER)})
    spool.append([command_record("comfy", USER), command_record("comfy", OTHER), mention])
    asked = ["forget", database.url, "--user", USER]
    monkeypatch.setattr("sys.stdin", io.StringIO("0000\n"))
    assert main(asked) == 2 and USER in everything(database)
    shown = capsys.readouterr().out
    assert "image_stats  30 rows" in shown and str(spool.path) in shown and PASSWORD not in shown
    assert main([*asked, "--yes"]) == 1, "the spool is held"
    assert USER not in everything(database)
    told = capsys.readouterr().out
    assert "Forgotten: 34 rows." in told and "vacuumed" in told and f"still in {spool.path}" in told
    spool.close()
    assert main([*asked, "--yes", "--json"]) == 0
    receipt = json.loads(capsys.readouterr().out)
    assert (receipt["waiting"], receipt["rows"], receipt["left"]) == (1, {}, [])
    assert USER.encode() not in spool.path.read_bytes()
    with AnalyticsManager(database.url) as manager:
        manager.track_command("comfy", OTHER)
        until(lambda: bool(database.rows("SELECT 1 FROM user_activity WHERE details LIKE '%\"to\": 0%' OFFSET 1")))


def test_who_opts_out_in_one_process_is_struck_by_the_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "_SERVER_SECONDS", 0.0)
    with AnalyticsManager(database.url) as here, AnalyticsManager(database.url) as there:
        for manager in (here, there):
            manager.track_command("comfy", USER)
            assert manager.flush(20)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(here.opt_out, (USER, USER, "482100000000000419", "482100000000000420")))
        everyone = (USER, "482100000000000419", "482100000000000420", OTHER)
        assert [there.has_opted_out(each) for each in everyone] == [True, True, True, False]
        for user in (USER, OTHER):
            there.track_image_generation(user, PROMPT, "8x8", [], 1, 2.0)
        assert there.flush(20)
        assert database.rows("SELECT user_id, prompt FROM image_stats ORDER BY id") == [("", None), (OTHER, PROMPT)]
        there.opt_in(USER)
        here.track_image_generation(USER, PROMPT, "8x8", [], 1, 2.0)
        assert here.flush(20)
        assert database.rows("SELECT count(*) FROM image_stats WHERE user_id <> ''") == [(2,)]


def test_what_a_user_is_told_and_how_they_are_forgotten_at_their_own_request(database: Database) -> None:
    fill(database)
    location, now = locate(database.url), time.time()
    found = personal_answer(location, "UTC", USER, now)
    assert [(table.title, table.rows) for table in found.tables][:2] == [("Commands", 1), ("Images", 30)]
    assert (len(found.tables), found.names, found.has_opted_out) == (4, ("Ada",), False)
    data = personal_file(location, "UTC", USER, now, most_bytes=1_000_000).data
    assert PROMPT.encode() in data and b'"who %": 482100000000000417' in data and OTHER.encode() not in data
    words = forget_answer(location, USER, in_backups=True)
    assert "Removed: 34 rows" in words and "server" in words and USER not in everything(database)
    assert personal_answer(location, "UTC", USER, now).is_empty
    with AnalyticsManager(database.url) as manager:
        manager.opt_out(USER)
        assert manager.has_opted_out(USER) and personal_answer(location, "UTC", USER, now).has_opted_out
