"""Who opted out is counted without id, prompt, message and name: in the file, in spools, in every process."""

from __future__ import annotations

import json
import multiprocessing
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BotpulseError
from core.maintenance.transfer import task as transferring
from core.manager import AnalyticsManager
from core.models import CommandUsage
from core.storage.database import open_for_writing
from core.storage.location import Location, locate
from core.storage.opt_outs import OptOuts, OptOutsTaken, digest_of
from core.tasks import finish
from core.tracking import records, standing
from core.tracking.batches import BatchWriter
from core.tracking.event_queue import EventQueue
from core.tracking.records import EventRow, ImageDetails
from core.tracking.spool import Doubt
from core.tracking.spool_places import make_private, own_folder, spool_files
from core.tracking.spool_replay import Spooling
from core.tracking.standing import OptOutStanding
from core.tracking.striking import NOBODY, struck
from core.tracking.tracker import Tracker
from tests.core import deployed
from tests.core.stored import change
from tests.core.tracked import locked, until

GONE, STAYS = "482100000000000417", "482100000000000418"
SECRET = "a lighthouse in the fog"


def ask(path: Path, question: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(question).fetchall()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "analytics.db"


@pytest.fixture
def manager(path: Path) -> Iterator[AnalyticsManager]:
    with AnalyticsManager(path) as manager:
        yield manager


def everything_of(manager: AnalyticsManager, user: str) -> None:
    """An event of each kind."""
    manager.track_command("comfy", user, 1, 77, 0.5, error=ValueError("no such model"))
    details = ImageDetails(guild_id=1, channel_id=77, message_id=78, seed=79, outputs=["fog.png"], model="flux")
    manager.track_image_generation(user, SECRET, "512x512", ["film"], 1, 2.0, details=details)
    manager.track_user_activity(user, "upload", 1, {"file": SECRET})
    manager.track_failure("generation", "comfy", user, message=f"lost {SECRET}", channel_id=77)
    manager.note_name("user", user, "Ada Lovelace")


def traces(folder: Path, *words: str) -> list[str]:
    """The files in whose bytes one of the words stands."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [file.name for file in files if any(word.encode() in file.read_bytes() for word in words)]


def test_nothing_of_who_opted_out_reaches_the_disk_but_that_it_happened(manager: AnalyticsManager, path: Path) -> None:
    manager.opt_out(GONE)
    everything_of(manager, GONE)
    assert manager.flush(10)
    assert traces(path.parent, GONE, SECRET, "Ada Lovelace", "fog.png") == []
    assert ask(path, "SELECT command_name, user_id, guild_id, channel_id FROM command_usage") == [
        ("comfy", NOBODY, "1", None)
    ]
    image = "SELECT user_id, prompt, resolution, message_id, channel_id, seed, outputs, model FROM image_stats"
    assert ask(path, image) == [(NOBODY, None, "512x512", None, None, None, None, "flux")]
    assert ask(path, "SELECT user_id, details FROM user_activity") == [(NOBODY, None)]
    assert ask(path, "SELECT DISTINCT user_id, message, channel_id FROM failures") == [(None, None, None)]
    assert ask(path, "SELECT * FROM names") == []
    everything_of(manager, STAYS)
    assert manager.flush(10)
    assert ask(path, f"SELECT prompt, outputs FROM image_stats WHERE user_id = '{STAYS}'") == [(SECRET, '["fog.png"]')]
    assert ask(path, "SELECT id, name FROM names") == [(STAYS, "Ada Lovelace")]


def test_nobody_is_no_person(manager: AnalyticsManager) -> None:
    manager.opt_out(GONE)
    for user in (GONE, STAYS):
        manager.track_command("comfy", user)
        manager.track_image_generation(user, None, None, None, None, 1.0)
    (day,) = manager.get_user_stats(1)
    assert (day["unique_users"], day["top_users"]) == (1, {STAYS: 2})
    assert manager.get_summary_stats()["total_commands"] == 2


def test_opting_in_records_everything_again_and_a_name_at_once(manager: AnalyticsManager, path: Path) -> None:
    manager.opt_out(int(GONE))
    manager.opt_out(GONE)
    everything_of(manager, GONE)
    assert manager.flush(10) and manager.has_opted_out(GONE) and not manager.has_opted_out(STAYS)
    assert len(ask(path, "SELECT * FROM opt_outs")) == 1
    manager.opt_in(GONE)
    manager.opt_in(STAYS)
    everything_of(manager, GONE)
    assert manager.flush(10) and not manager.has_opted_out(GONE)
    assert ask(path, "SELECT user_id FROM command_usage") == [(NOBODY,), (GONE,)]
    assert ask(path, "SELECT id FROM names") == [(GONE,)]


@pytest.mark.parametrize("nobody", ["", None])
def test_nobody_can_t_opt_out(manager: AnalyticsManager, nobody: Any) -> None:
    for choice in (manager.opt_out, manager.opt_in, manager.has_opted_out, manager.forget_waiting):
        with pytest.raises(ValueError, match="id is missing"):
            choice(nobody)


def test_it_lasts_through_a_reset_and_a_copy_to_another_database(manager: AnalyticsManager, path: Path) -> None:
    manager.opt_out(GONE)
    manager.track_command("comfy", STAYS)
    assert manager.reset_stats() and manager.has_opted_out(GONE)
    copy = path.with_name("copy.db")
    finish(transferring.transfer(path, copy))
    with AnalyticsManager(copy) as other:
        assert other.has_opted_out(GONE) and not other.has_opted_out(STAYS)


def test_a_file_that_is_older_has_nobody_who_opted_out(path: Path) -> None:
    deployed.create(path)
    manager = AnalyticsManager(path)
    assert not manager.has_opted_out(GONE)
    manager.opt_out(GONE)
    assert manager.has_opted_out(GONE)
    manager.close()


@pytest.mark.expect_log
def test_a_table_of_the_host_s_own_that_has_the_name_stays_untouched(path: Path) -> None:
    deployed.create(path)
    change(path, "CREATE TABLE opt_outs (id INTEGER PRIMARY KEY, digest TEXT)", "INSERT INTO opt_outs VALUES (7, 'x')")
    with AnalyticsManager(path) as manager:
        with pytest.raises(OptOutsTaken):
            manager.opt_out(GONE)
        assert not manager.has_opted_out(GONE)
        before = ask(path, "SELECT count(*) FROM command_usage")[0][0]
        manager.track_command("comfy", GONE)
        assert manager.flush(10)
    assert ask(path, "SELECT count(*) FROM command_usage") == [(before + 1,)]
    assert ask(path, "SELECT * FROM opt_outs") == [(7, "x")]


@pytest.mark.expect_log  # the days are summed up at any time
def test_a_table_that_is_dropped_while_the_bot_runs_stops_no_event(manager: AnalyticsManager, path: Path) -> None:
    manager.generate_daily_stats()  # else the first event does it, in a thread of its own
    manager.track_command("comfy", STAYS)
    assert manager.flush(10)
    change(path, "DROP TABLE opt_outs")
    manager.track_command("comfy", STAYS)
    assert manager.flush(10) and ask(path, "SELECT count(*) FROM command_usage") == [(2,)]


def test_two_first_opt_outs_at_once_both_count(manager: AnalyticsManager, path: Path) -> None:
    manager.opt_out(GONE)
    change(path, f"INSERT INTO opt_outs VALUES ('{digest_of(STAYS, 'ab')}', 'ab')")
    assert manager.has_opted_out(GONE) and manager.has_opted_out(STAYS)
    manager.opt_in(STAYS)
    assert manager.has_opted_out(GONE) and not manager.has_opted_out(STAYS)


def _other_bot(path: Path, orders: Any, done: Any) -> None:
    """A bot of its own process that tracks an event at each order."""
    with AnalyticsManager(path) as manager:
        while orders.get(timeout=60):
            everything_of(manager, GONE)
            done.put(manager.flush(20))


@pytest.mark.slow
def test_another_process_learns_of_it_with_its_next_batch(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    orders, done = context.Queue(), context.Queue()
    bot = context.Process(target=_other_bot, args=(path, orders, done))
    bot.start()
    try:
        with AnalyticsManager(path) as manager:
            for choose in (lambda _user: None, manager.opt_out, manager.opt_in):
                choose(GONE)
                orders.put(True)
                assert done.get(timeout=60)
    finally:
        orders.put(False)
        bot.join(60)
    assert bot.exitcode == 0
    assert ask(path, "SELECT user_id FROM command_usage") == [(GONE,), (NOBODY,), (GONE,)]


@pytest.mark.expect_log
def test_no_spool_holds_them_although_the_store_was_never_open_for_writing(path: Path) -> None:
    with AnalyticsManager(path) as manager:
        manager.opt_out(GONE)
    with locked(path):
        manager = AnalyticsManager(path)
        everything_of(manager, GONE)
        everything_of(manager, STAYS)
        until(lambda: bool(spool_files(manager.location)))
        manager.close(0.5)
        assert traces(path.parent, GONE) == [] and len(spool_files(manager.location)) == 1
    with AnalyticsManager(path) as manager:
        until(lambda: not spool_files(manager.location) or manager.track_command("comfy", 1) is not None)
    assert ask(path, f"SELECT count(*) FROM image_stats WHERE user_id = '{STAYS}' AND prompt = '{SECRET}'") == [(1,)]
    assert ask(path, f"SELECT count(*) FROM image_stats WHERE user_id = '{NOBODY}' AND prompt IS NULL") == [(1,)]


@pytest.mark.expect_log
def test_what_waited_before_the_choice_is_struck_as_it_is_written(path: Path) -> None:
    AnalyticsManager(path).close()
    with AnalyticsManager(path) as manager:
        with locked(path):
            everything_of(manager, GONE)
            until(lambda: bool(spool_files(manager.location)))
        manager.opt_out(GONE)
        assert manager.flush(20)
        assert manager.counters().failed == manager.counters().pending == 0
    rows = ask(path, "SELECT user_id FROM image_stats UNION SELECT user_id FROM command_usage")
    assert rows in ([(NOBODY,)], [(GONE,)], [(NOBODY,), (GONE,)]), "written between the lock's end and the choice"
    assert spool_files(locate(path)) == []


def test_a_store_that_was_never_reached_goes_by_the_copy_in_the_user_s_own_data() -> None:
    away = Location(url="postgresql://nobody@localhost:1/none")
    record = records.command_record("comfy", GONE)
    first = OptOutStanding(away)
    first.look()
    assert first.struck([record]) == [record]
    digests = {"salts": ["00ff"], "digests": [digest_of(GONE, "00ff")]}
    make_private(own_folder())
    first._copy.write_text(json.dumps(digests), encoding="utf-8")
    second = OptOutStanding(away)
    second.look()
    assert [each.values[1] for each in second.struck([record])] == [NOBODY]
    first._copy.write_text("no JSON", encoding="utf-8")
    third = OptOutStanding(away)
    third.look()
    assert third.struck([record]) == [record]


def test_the_copy_follows_the_store_and_holds_no_id(manager: AnalyticsManager) -> None:
    manager.opt_out(GONE)
    manager.track_command("comfy", GONE)
    assert manager.flush(10)
    copy = manager._tracker._writer.standing._copy
    assert json.loads(copy.read_bytes())["digests"] and GONE.encode() not in copy.read_bytes()
    manager.opt_in(GONE)
    manager.track_command("comfy", GONE)
    assert manager.flush(10) and json.loads(copy.read_bytes()) == {"salts": [], "digests": []}


def test_a_doubt_still_ends_where_its_events_do_when_a_name_is_left_out(tmp_path: Path) -> None:
    location = locate(tmp_path / "analytics.db")
    with AnalyticsManager(location.path or "") as manager:
        manager.opt_out(GONE)
    store = BatchWriter(location, busy_timeout=0.0)
    queue, spools = EventQueue("test", 10), Spooling(location)
    name = records.name_record("user", GONE, "Ada")
    assert name is not None
    for record in (name, records.command_record("first", 1), records.command_record("second", 1)):
        queue.add(record)
    store._doubt = Doubt('["command_usage", 1, 0.0]', 0, 2)
    assert spools.set_aside(queue, store)
    batch = spools.next_batch(store, queue)
    assert batch is not None and batch.doubt is not None and batch.doubt.upto == batch.numbers[0]
    assert [each.values[0] for each in batch.records] == ["first", "second"]
    spools.close()


@pytest.mark.expect_log
def test_what_waits_of_somebody_who_is_forgotten_goes_and_what_comes_later_stays(path: Path) -> None:
    AnalyticsManager(path).close()
    with AnalyticsManager(path) as manager:
        with locked(path):
            everything_of(manager, GONE)
            until(lambda: bool(spool_files(manager.location)))
            everything_of(manager, GONE)
            everything_of(manager, STAYS)
            manager.track_user_activity(STAYS, "gift", None, {"to": int(GONE)})
            assert manager.forget_waiting(GONE, 20)
            (spool,) = spool_files(manager.location)
            until(lambda: STAYS.encode() in spool.read_bytes())
            assert [file for file in path.parent.iterdir() if GONE.encode() in file.read_bytes()] == []
            assert manager.counters().pending > 0
        assert manager.flush(10)
        assert ask(path, "SELECT DISTINCT user_id FROM image_stats") == [(STAYS,)]
        assert ask(path, "SELECT id FROM names") == [(STAYS,)]
        everything_of(manager, GONE)
        assert manager.flush(10)
        assert len(ask(path, f"SELECT * FROM image_stats WHERE user_id = '{GONE}'")) == 1
        assert ask(path, "SELECT id FROM names ORDER BY id") == [(GONE,), (STAYS,)]
        counters = manager.counters()
        assert counters.accepted == counters.written and counters.failed == 0


def test_letting_go_is_answered_also_as_the_writer_goes_to_rest(path: Path) -> None:
    answers: list[bool] = []
    asking = threading.Thread(target=lambda: answers.append(tracker.leave_out(GONE, 3)))

    def committed(_database: object) -> None:
        if not asking.ident:
            asking.start()
            until(lambda: tracker._writer._leaving.is_due(tracker._writer._store))

    open_for_writing(path).close()
    with Tracker(path, after_commit=committed) as tracker:
        tracker.track(records.command_record("comfy", GONE))
        until(lambda: bool(asking.ident))
        asking.join()
    assert answers == [True]


ids = st.sampled_from([GONE, STAYS, "unknown", "", int(GONE), None])
events = st.one_of(
    st.builds(records.command_record, st.text(), ids, ids, ids),
    st.builds(records.image_record, ids, st.text(), st.text(), st.lists(st.text()), st.none(), st.floats()),
    st.builds(records.activity_record, ids, st.text(), st.none(), st.text()),
    st.builds(records.failure_record, st.just("command"), st.text(), ids),
    st.builds(records.name_record, st.sampled_from(["user", "guild"]), ids, st.text(min_size=1)),
).filter(lambda record: record is not None)


@given(st.lists(events))
def test_striking_takes_the_person_and_leaves_everybody_else_s_events_as_they_are(found: list[EventRow]) -> None:
    kept = [struck(each, lambda user: user == GONE) for each in found]
    for before, after in zip(found, kept, strict=True):
        fields = records.FIELDS[before.model]
        is_theirs = dict(zip(fields, before.values, strict=True)).get("user_id", before.values[1]) == GONE
        if before.values[0] == "guild" or (not is_theirs and before.model is not CommandUsage):
            assert after == before or "user_id" in fields
        if after is None:
            assert before.values[:2] == ("user", GONE)
            continue
        named = dict(zip(fields, after.values, strict=True))
        assert named.get("user_id") != GONE and len(after.values) == len(before.values)
        if dict(zip(fields, before.values, strict=True)).get("user_id") == GONE:
            assert not {named.get(name) for name in standing_private(before)} - {None}
        elif after.model is not records.Name:
            assert after is before


def standing_private(record: EventRow) -> set[str]:
    return {"prompt", "details", "message", "channel_id", "seed", "outputs"} & {*records.FIELDS[record.model]}


@given(st.text(max_size=30), st.text(max_size=80))
def test_a_digest_is_the_same_again_and_tells_no_two_apart_by_chance(user: str, salt: str) -> None:
    digest = digest_of(user, salt)
    assert digest == digest_of(user, salt) and len(digest) == 32
    assert user in OptOuts(frozenset({salt}), frozenset({digest})) and user + "x" not in OptOuts(
        frozenset({salt}), frozenset({digest})
    )


def test_answers_in_memory_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "_MOST_ANSWERS", 3)
    monkeypatch.setattr(standing, "_MOST_FORGOTTEN", 3)
    known = standing._KnownOptOuts(OptOuts(frozenset({"ab"}), frozenset({digest_of(GONE, "ab")})))
    stand = OptOutStanding(Location(url="postgresql://nobody@localhost:1/none"))
    for number in range(10):
        assert not known.is_out(str(number)) and known.is_out(GONE)
        stand.forget(str(number), 1.0)
    assert len(known._answers) <= 3 and len(stand._forgotten) == 3


def test_a_store_that_can_t_be_written_says_so(path: Path) -> None:
    with pytest.raises(BotpulseError), AnalyticsManager(path.parent) as manager:
        manager.opt_out(GONE)
