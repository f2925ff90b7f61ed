from __future__ import annotations

import logging
import signal
import socket
from contextlib import closing
from pathlib import Path

import pytest
from peewee import SQL, Select

from core import errors
from core.feed.change_feed import Feed, Happening
from core.filters import Filter, condition
from core.manager import AnalyticsManager
from core.models import CommandUsage
from core.storage import postgres
from core.storage.database import faults, open_for_writing
from core.storage.driver_errors import translate
from core.storage.location import locate
from core.storage.reader import open_for_reading, reading
from core.tracking.spool_places import spool_files
from tests.core.postgres.conftest import (
    PASSWORD,
    PASSWORD_IN_URL,
    Database,
    Server,
    await_start,
    free_port,
    make,
    programs_of_server,
    start,
)
from tests.core.tracked import until
from tests.hang_guard import hang_guard


def fault_of(url: str) -> errors.BotpulseError:
    """What opening says, to look and to write; it is the same, and holds no password."""
    with pytest.raises(errors.BotpulseError) as to_look:
        open_for_reading(url)
    with pytest.raises(errors.BotpulseError) as to_write:
        open_for_writing(url)
    assert type(to_look.value) is type(to_write.value)
    for told in (str(to_look.value), str(to_write.value), repr(to_look.value)):
        assert not any(secret in told for secret in (PASSWORD, PASSWORD_IN_URL, "hunter2"))
    return to_look.value


def test_nobody_listens() -> None:
    assert type(fault_of("postgresql://bot:hunter2@127.0.0.1:1/stats")) is errors.ServerAway


@pytest.mark.slow
def test_a_server_that_accepts_and_says_nothing_is_given_up() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        with hang_guard(), pytest.raises(errors.ServerAway):
            open_for_reading(f"postgresql://bot@127.0.0.1:{mute.getsockname()[1]}/stats?connect_timeout=2")


def test_wrong_password_and_unknown_user(database: Database) -> None:
    assert type(fault_of(database.server.url(database.name, password="hunter2"))) is errors.LoginRefused
    assert type(fault_of(database.server.url(database.name, user="nobody", password="hunter2"))) is errors.LoginRefused
    assert (
        type(fault_of(f"postgresql://postgres@127.0.0.1:{database.server.port}/{database.name}")) is errors.LoginRefused
    )


def test_missing_database_is_named(server: Server) -> None:
    fault = fault_of(server.url("password_store"))
    assert type(fault) is errors.NoSuchDatabase
    assert "password_store" in fault.detail


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bot:hunter2%zz@h/stats",
        "postgresql://bot:hunter2@h/stats?nonsense=1",
        "postgresql://bot:p@hunter2@h/stats",
        "postgresql://bot:12/hunter2@h/stats",
    ],
)
def test_an_address_that_is_not_well_formed_is_not_quoted(url: str) -> None:
    assert type(fault_of(url)) is errors.InvalidLocation


def test_a_user_who_may_only_look(database: Database) -> None:
    with AnalyticsManager(database.url) as manager:
        manager.track_command("comfy", 1)
    role = f"viewer_{database.name}"
    database.run(f"CREATE ROLE {role} LOGIN PASSWORD 'hunter2'")
    url = database.server.url(database.name, user=role, password="hunter2")
    assert type(fault_of(url)) is errors.NotPermitted
    database.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    with reading(url) as reader:
        assert len(reader.rows(CommandUsage.select())) == 1
    with closing(open_for_writing(url)) as opened, pytest.raises(errors.NotPermitted), faults("it"):
        opened.execute_sql("DELETE FROM command_usage")


def test_a_database_that_is_read_only(database: Database) -> None:
    database.run(f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
    with pytest.raises(errors.NotPermitted):
        open_for_writing(database.url)


def test_locked(database: Database) -> None:
    open_for_writing(database.url).close()
    with hang_guard(), closing(database.connect()) as holder:
        holder.execute("LOCK TABLE command_usage")
        with pytest.raises(errors.DatabaseLocked), reading(database.url, timeout=0.05) as reader:
            reader.rows(CommandUsage.select())
        opened = open_for_writing(database.url, timeout=0.05)
        with closing(opened), pytest.raises(errors.DatabaseLocked), faults("it"):
            CommandUsage.delete().execute(opened)


def test_a_newer_schema_is_left_alone(database: Database) -> None:
    open_for_writing(database.url).close()
    database.run("INSERT INTO botpulse_migration (name, applied) VALUES ('9000_from_the_future', now())")
    assert type(fault_of(database.url)) is errors.NewerSchema


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("53100", errors.DiskFull),
        ("40P01", errors.TableLocked),
        ("40001", errors.StandbyConflict),
        ("25006", errors.ServerReadOnly),
        ("57P01", errors.ServerAway),
        ("58030", errors.StorageFault),
        ("57014", errors.QueryCancelled),
        ("08P01", errors.PoolerRefused),
        ("26000", errors.PoolerRefused),
        ("42P05", errors.PoolerRefused),
        ("42501", errors.NotPermitted),
        ("42P01", errors.SchemaFault),
        ("42883", errors.SchemaFault),
        ("22P02", errors.SchemaFault),
        ("23514", errors.RefusedByTable),
        ("P0001", errors.RefusedByTable),
        ("54000", errors.TooLarge),
    ],
)
def test_server_errors_are_told_apart_by_code(database: Database, state: str, kind: type[errors.BotpulseError]) -> None:
    opened = open_for_writing(database.url)
    with closing(opened), pytest.raises(kind) as caught, faults("it"), opened.atomic():
        opened.execute_sql(f"DO $$ BEGIN RAISE EXCEPTION 'so it is' USING ERRCODE = '{state}'; END $$")
    assert type(caught.value) is kind
    assert caught.value.detail.startswith("so it is")


def test_a_session_that_ends_says_why(database: Database) -> None:
    with pytest.raises(errors.ServerAway, match="administrator command"), reading(database.url) as reader:
        reader.rows(Select(columns=[SQL("pg_terminate_backend(pg_backend_pid()), pg_sleep(60)")]))


def test_a_conflict_that_ends_the_session_passes_too(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that is too long stands for it: a statement can ask for one, and end its own session, in one step."""
    monkeypatch.setitem(postgres._BY_STATE, "54000", errors.StandbyConflict)
    with reading(database.url) as reader:
        ((first,),) = reader.database.execute_sql("SELECT pg_backend_pid()").fetchall()
        length = f"1000000000 + pg_terminate_backend({first})::int"
        fatal = f"CASE pg_backend_pid() WHEN {first} THEN length(repeat('text', {length})) ELSE 7 END"
        assert [tuple(row) for row in reader.rows(Select(columns=[SQL(fatal)]))] == [(7,)]


def test_a_time_limit_of_the_server_is_told_as_one(database: Database) -> None:
    open_for_writing(database.url).close()
    database.run(f"ALTER DATABASE {database.name} SET statement_timeout = '50ms'")
    with reading(database.url) as reader, pytest.raises(errors.QueryCancelled), faults(reader.location):
        reader.database.execute_sql("SELECT pg_sleep(5)")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("query_wait_timeout", errors.PoolerRefused),
        ("no more connections allowed (max_client_conn)", errors.PoolerRefused),
        ("unsupported startup parameter: options", errors.PoolerRefused),
        ("pgbouncer cannot connect to server", errors.PoolerRefused),
        ("no such database: other", errors.NoSuchDatabase),
        ("no such user: other", errors.LoginRefused),
        ('database "other" does not exist', errors.NoSuchDatabase),
        ("the database system is starting up", errors.ServerAway),
    ],
)
def test_a_pooler_gives_its_reasons_in_words(words: str, kind: type[errors.BotpulseError]) -> None:
    psycopg = pytest.importorskip("psycopg")
    refused = psycopg.OperationalError(f'connection to server at "localhost", port 6432 failed: FATAL:  {words}')
    assert type(translate(refused, "it")) is kind


def test_values_of_other_types_read_as_the_models_have_them(database: Database) -> None:
    open_for_writing(database.url).close()
    database.run("ALTER TABLE command_usage ALTER user_id TYPE bigint USING user_id::bigint")
    database.run("ALTER TABLE command_usage ALTER success TYPE boolean USING success <> 0")
    database.run(
        "INSERT INTO command_usage (command_name, user_id, timestamp, success) VALUES ('comfy', 44, 1.75e9, true)"
    )
    with reading(database.url) as reader:
        for user, found in (("44", 1), ("nobody", 0)):
            chosen = condition(CommandUsage, Filter.of(user=user, outcome="succeeded"))
            query = CommandUsage.select(CommandUsage.user_id).where(chosen)
            assert reader.rows(query) == [("44",)] * found


def test_a_column_that_the_server_works_out_is_left_to_it(database: Database) -> None:
    open_for_writing(database.url).close()
    database.run("ALTER TABLE image_stats DROP COLUMN is_video")
    database.run(
        "ALTER TABLE image_stats ADD COLUMN is_video integer"
        " GENERATED ALWAYS AS (CASE WHEN resolution = 'video' THEN 1 ELSE 0 END) STORED"
    )
    with AnalyticsManager(database.url) as manager:
        manager.track_image_generation("1", "a cat", "video", [], 1, 2.0, True)
        assert manager.flush(10)
    assert database.rows("SELECT is_video FROM image_stats") == [(1,)]


def test_a_refused_row_keeps_no_other_out(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    open_for_writing(database.url).close()
    database.run("ALTER TABLE command_usage ADD CHECK (command_name <> 'refused')")
    with AnalyticsManager(database.url) as manager:
        for number in range(50):
            manager.track_command("refused" if number == 20 else "comfy", number)
        assert manager.flush(10)
        assert (manager.counters().written, manager.counters().failed) == (49, 1)
    assert database.rows("SELECT count(*) FROM command_usage") == [(49,)]
    assert PASSWORD not in caplog.text


@pytest.mark.slow
@pytest.mark.expect_log
def test_events_that_a_server_could_not_take_wait_in_the_users_folder(server: Server, home: Path) -> None:
    url = server.url("made_later")
    manager = AnalyticsManager(url)
    manager.track_command("left", 1)
    manager.close(0.3)
    assert (manager.counters().spooled, manager.counters().failed) == (1, 0)
    (waiting,) = spool_files(locate(url))
    assert home in waiting.parents
    assert waiting.name.startswith("made_later-")
    assert PASSWORD not in waiting.read_bytes().decode("latin-1")
    server.run("postgres", "CREATE DATABASE made_later")
    try:
        with AnalyticsManager(url) as manager:
            manager.track_command("next", 1)
            until(lambda: not spool_files(locate(url)))
        with closing(server.connect("made_later")) as connection:
            names = connection.execute("SELECT command_name FROM command_usage ORDER BY 1").fetchall()
            assert names == [("left",), ("next",)]
            assert connection.execute("SELECT count(*) FROM botpulse_spool").fetchall() == [(0,)]
    finally:
        server.run("postgres", "DROP DATABASE made_later")


@pytest.mark.slow
def test_a_server_that_goes_and_comes_back(server: Server, private: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    programs = programs_of_server()
    assert programs is not None
    make(programs, private)
    port = free_port()
    process = start(programs, private, port)
    await_start(programs, port, process, private)
    url = Server(port).url("postgres")
    manager, feed = AnalyticsManager(url), Feed(url)
    try:
        manager.track_command("before", 1)
        assert manager.flush(10)
        assert feed.look().happenings == (Happening.OPENED,)
        process.send_signal(signal.SIGINT)
        process.wait(20)
        assert type(feed.look().fault) is errors.ServerAway
        manager.track_command("meanwhile", 1)
        assert not manager.flush(0.3)
        assert type(feed.look().fault) is errors.ServerAway
        process = start(programs, private, port)
        await_start(programs, port, process, private)
        assert manager.flush(20)
        look = feed.look()
        assert look.happenings == (Happening.RETURNED,)
        assert feed.ends[CommandUsage].last >= 2
    finally:
        manager.close(1)
        feed.close()
        process.send_signal(signal.SIGINT)
        process.wait(20)
    assert PASSWORD not in caplog.text
    assert PASSWORD_IN_URL not in caplog.text
    assert str(locate(url)) in caplog.text


def test_a_schema_with_tables_of_others_alone_is_no_bots(database: Database) -> None:
    open_for_reading(database.url).close()
    database.run("CREATE TABLE queue (id integer)")
    with pytest.raises(errors.ForeignDatabase, match="its tables: queue"):
        open_for_reading(database.url)
    open_for_writing(database.url).close()
    open_for_reading(database.url).close()
