"""Forget a user on a server: their rows, names and mentions go, others' stay; the server's own files are its matter."""

from __future__ import annotations

import pytest

from core.cli.main import main
from core.errors import NotPermitted, RefusedByTable, ServerAway
from core.maintenance.forgetting import forget_user, survey_user
from core.manager import AnalyticsManager
from core.storage.labels import host_label, labels_path, write_labels
from core.tasks import finish
from tests.core.maintenance.test_forgetting import OTHER, PROMPT, USER, traces
from tests.core.postgres.conftest import Database

VOTES = "botpulse_metric_votes"


@pytest.fixture
def theirs(database: Database) -> Database:
    with AnalyticsManager(database.url) as manager:
        for user in (USER, OTHER):
            for number in range(3):
                manager.track_command("comfy", user, "7", "8", 1.0)
                manager.track_image_generation(user, PROMPT if user == USER else "another", "64x64", None, 1, number)
            manager.note_name("user", user, "Heron")
        manager.note_name("guild", USER, "a server of the same number")
        manager.track_user_activity(OTHER, "gift", "7", {"to": int(USER)})
        manager.flush()
    database.run(
        f"CREATE TABLE {VOTES} (id bigserial PRIMARY KEY, timestamp double precision, voter text, note text)",
        f"INSERT INTO {VOTES} (timestamp, voter, note) VALUES (1, '{USER}', 'x'), (2, '{OTHER}', 'for {USER}')",
    )
    return database


def left(database: Database) -> list[int]:
    tables = ("command_usage", "image_stats", "user_activity", "names", VOTES)
    return [database.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables]


def named(database: Database) -> list[str]:
    """The tables in whose rows the id stands, but for a server's name."""
    tables = ("command_usage", "image_stats", "user_activity", VOTES, "failures")
    asked = "SELECT 1 FROM {} AS row WHERE position('{}' IN row::text) > 0"
    return [table for table in tables if database.rows(asked.format(table, USER))]


def test_rows_names_and_mentions_go_and_nobody_elses(theirs: Database) -> None:
    write_labels([host_label("user", USER, "Heron")])
    found = finish(survey_user(theirs.url, USER, []))
    assert (found.rows, found.labels, found.backups) == (
        {"command_usage": 3, "image_stats": 3, "names": 1, VOTES: 1}, 1, {}
    )  # fmt: skip
    assert left(theirs) == [6, 6, 1, 3, 2]
    done = finish(forget_user(theirs.url, USER, []))
    assert (done.database.rows, done.database.mentions, done.labels) == (found.rows, 2, 1)
    assert (done.server, done.whole, done.left) == (True, True, ())
    assert (left(theirs), named(theirs), traces(labels_path().parent)) == ([3, 3, 1, 2, 1], [], [])
    assert theirs.rows("SELECT details FROM user_activity") == [('{"to": 0}',)]
    assert theirs.rows(f"SELECT voter, note FROM {VOTES}") == [(OTHER, "for 0")]


def test_counts_stay_where_the_host_prefers_that_and_the_command_is_honest(
    theirs: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    finish(forget_user(theirs.url, USER, [], keep_counts=True))
    assert (left(theirs), named(theirs)) == ([6, 6, 1, 2, 2], [])
    kept = theirs.rows("SELECT count(*), count(prompt) FROM image_stats WHERE user_id = 'forgotten'")
    assert kept == [(3, 0)]
    assert main(["forget", theirs.url, "--user", OTHER, "--yes"]) == 0
    said = capsys.readouterr().out
    assert "Forgotten: 9 rows." in said and "write-ahead log, its replicas and its backups" in said
    assert "could not be rewritten" not in said


def test_what_stands_in_the_way_is_told_of(theirs: Database) -> None:
    theirs.run("CREATE ROLE looker LOGIN PASSWORD 'l'", "GRANT pg_read_all_data TO looker")
    with pytest.raises(NotPermitted):
        finish(forget_user(theirs.server.url(theirs.name, "looker", "l"), USER, []))
    theirs.run("DROP ROLE looker")
    with pytest.raises(ServerAway):
        finish(survey_user("postgresql://bot@127.0.0.1:1/analytics", USER, []))
    theirs.run("CREATE RULE keep AS ON DELETE TO image_stats DO INSTEAD NOTHING")
    with pytest.raises(RefusedByTable) as refused:
        finish(forget_user(theirs.url, USER, []))
    assert "forgotten so far stays" in refused.value.what_is_safe
