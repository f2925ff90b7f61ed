"""What the Health page has to say about real files: what is said, what is not, and what to do about it."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.live_view import LiveView
from core.presenters.finding import Finding, State
from core.presenters.health import HEALTH, Health
from core.presenters.health_facts import share_in_words
from core.simulation.history import write_history
from core.storage.location import Location, locate
from core.storage.reader import open_for_reading
from core.tables.definitions import TableQuery
from core.tables.filter_language.parsing import parse
from core.tables.filter_language.wording import in_words
from core.tables.paging.pager import Pager
from core.time_ranges import CHOICES
from core.tracking.spool import make_spool
from core.tracking.spool_places import REFUSED
from tests.core import deployed
from tests.core.deployed import Bot
from tests.core.live_views import take_snapshot

ZONE = ZoneInfo("Europe/Berlin")
DAY = 86_400.0


def health(path: Path) -> Health:
    extra = take_snapshot(path, ZONE, CHOICES["24h"], presenter=HEALTH).content.extra
    assert isinstance(extra, Health)
    assert extra.progress == 1
    return extra


def finding(path: Path, *words: str) -> Finding | None:
    """The finding whose title has these words, or None."""
    return next((each for each in health(path).findings if all(word in plain(each.title) for word in words)), None)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def facts(path: Path) -> dict[str, str]:
    return {fact.label: plain(fact.value) for group in health(path).groups for fact in group.facts}


def alter(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return deployed.create(tmp_path / "analytics.db")


@pytest.fixture
def as_deployed(path: Path) -> Path:
    """Images without end, and of commands only the five of the analytics."""
    deployed.fill(path, images=600)
    now = time.time()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO command_usage (command_name, user_id, timestamp, execution_time, success) "
            "VALUES (?, '1', ?, 0.4, 1)",
            ((("stats", "user_stats")[number % 2], now - number) for number in range(600)),
        )
    return path


def test_the_deployed_bot_is_told_what_it_does_not_record(as_deployed: Path) -> None:
    untracked = finding(as_deployed, "commands that make images are not recorded")
    assert untracked is not None
    assert untracked.state is State.WARN
    assert "stats, user_stats" in untracked.words
    assert "@track_command_usage" in untracked.remedy
    never = finding(as_deployed, "None of 600 commands ever failed")
    assert never is not None
    assert "success=False" in never.remedy
    for words, remedy in (
        ("No activities are recorded", "track_user_activity"),
        ("Every image is of the type", "generation_type="),
        ("Names, reasons and the servers of images are not recorded", "track_command"),
        ("starts are not recorded", "bot_start"),
        ("No daily statistics", "generate_daily_stats()"),
        ("no index on the time", "Optimise"),
    ):
        found = finding(as_deployed, words)
        assert found is not None, words
        assert remedy in found.remedy


def test_recorded_values_are_not_complained_about(as_deployed: Path) -> None:
    bot = Bot(as_deployed)
    bot.track_command("comfy", success=False)
    bot.daily()
    alter(
        as_deployed,
        "UPDATE image_stats SET generation_type = 'redux' WHERE id = 5",
        f"INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'bot_start', {time.time() - 60})",
    )
    for words in ("make images are not", "ever failed", "No activities", "type “standard”", "starts", "daily"):
        assert finding(as_deployed, words) is None, words
    never = finding(as_deployed, "Never recorded")
    assert never is not None
    assert never.title == "Never recorded: redux, reduxprompt, pulid, video"


def test_an_empty_file_says_how_data_gets_in(path: Path) -> None:
    first, *others = health(path).findings
    assert first.title == "Nothing is recorded yet"
    assert "track_command" in first.remedy
    assert first.state is State.INFO
    assert [other.title for other in others] == ["There is no index on the time"]
    assert facts(path)["Last seen"] == "never"


@pytest.mark.parametrize(
    ("change", "title", "reasons", "state"),
    [
        ("UPDATE image_stats SET generation_time = 0.0 WHERE id <= 60", "10.0 % of the images have no known", "60 zero",
         State.WARN),
        ("UPDATE image_stats SET generation_time = 'fast' WHERE id <= 3", "0.5 % of the images have no known",
         "3 not a number", State.INFO),
        ("UPDATE image_stats SET generation_time = 9e999 WHERE id <= 600", "100 % of the images have no known",
         "600 longer than a day", State.WARN),
        ("UPDATE command_usage SET execution_time = NULL WHERE id > 599", "0.2 % of the commands have no known",
         "1 missing", State.INFO),
        ("UPDATE command_usage SET timestamp = timestamp * 1000 WHERE id <= 6", "1.0 % of the commands have no usable",
         "6 in milliseconds", State.INFO),
        ("UPDATE image_stats SET user_id = '' WHERE id = 1", "0.2 % of the images have no user", "1 of 600",
         State.INFO),
        ("UPDATE image_stats SET prompt = NULL", "100 % of the images have no prompt", "600 of 600", State.INFO),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_each_value_that_is_missing_is_said(
    as_deployed: Path, change: str, title: str, reasons: str, state: State
) -> None:
    what = title.partition("% ")[2]
    assert finding(as_deployed, what) is None
    alter(as_deployed, change)
    found = finding(as_deployed, title)
    assert found is not None
    assert found.state is state
    assert reasons in found.words
    assert found.remedy


def test_milliseconds_come_with_their_own_advice(as_deployed: Path) -> None:
    alter(as_deployed, "UPDATE image_stats SET timestamp = timestamp * 1000 WHERE id = 1")
    found = finding(as_deployed, "images have no usable time")
    assert found is not None
    assert "divide them by 1000" in found.remedy
    shown = facts(as_deployed)
    assert shown["Time of images"] == "0.2 % of 600 rows"
    assert shown["Time of commands"] == "every row has one"


def test_rows_from_the_future_are_said(as_deployed: Path) -> None:
    alter(as_deployed, f"UPDATE image_stats SET timestamp = {time.time() + 40 * DAY} WHERE id = 7")
    found = finding(as_deployed, "future")
    assert found is not None
    assert "clock" in found.remedy
    assert finding(as_deployed, "gap") is None


def test_gaps_are_named_longest_first(path: Path) -> None:
    bot, now = Bot(path), time.time()
    for days in (30, 29.9, 20, 19.95, 18, 0.1):
        bot.track_image(at=now - days * DAY)
    found = finding(path, "3 gaps of more than a day")
    assert found is not None
    assert plain(found.words).count(" days)") == 3
    assert "17.9 days" in plain(found.words) or "17.8 days" in plain(found.words)


def test_crashes_are_told_from_shutdowns(as_deployed: Path) -> None:
    now = time.time()
    life = ("bot_start", "bot_shutdown", "bot_start", "bot_start", "bot_shutdown")
    values = ", ".join(f"('1', '{action}', {now - 5000 + 1000 * place})" for place, action in enumerate(life))
    alter(as_deployed, f"INSERT INTO user_activity (user_id, action_type, timestamp) VALUES {values}")
    assert finding(as_deployed, "1 of 3 starts came without a shutdown") is not None
    shown = [fact for group in health(as_deployed).groups if group.title == "Bot" for fact in group.facts]
    assert [fact.label for fact in shown] == [
        "Last seen",
        "Starts on record",
        "Last start",
        "Before that",
        "Before that",
    ]
    assert [fact.value.endswith("no shutdown before") for fact in shown[2:]] == [True, False, False]
    (last_seen,) = (fact for fact in shown if fact.label == "Last seen")
    assert last_seen.since == pytest.approx(now, abs=10)


def test_an_older_schema_and_missing_tables(tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "analytics.db", "seed")
    deployed.fill(path, images=3)
    alter(path, "DROP TABLE user_activity")
    older = finding(path, "database has an older layout")
    assert older is not None
    assert "image_stats.generation_type, image_stats.is_video" in older.words
    missing = finding(path, "Tables are missing")
    assert missing is not None
    assert missing.words.startswith("user_activity:")
    shown = facts(path)
    assert shown["Schema"] == "the bot's own"
    assert shown["Indexes on the time"] == "on none of 2 tables"
    assert shown["Journal"] == "rollback journal"


@pytest.mark.parametrize(("wal", "state"), [(False, State.WARN), (True, State.BAD)])
def test_a_network_share_is_warned_of(
    as_deployed: Path, monkeypatch: pytest.MonkeyPatch, wal: bool, state: State
) -> None:
    if wal:
        alter(as_deployed, "PRAGMA journal_mode = WAL")
    assert facts(as_deployed)["Disk"] == "local, as far as Botpulse can tell"
    monkeypatch.setattr("core.statistics.data_quality.share_of", lambda path: "NFS" if path == as_deployed else "")
    first = health(as_deployed).findings[0] if wal else finding(as_deployed, "network share")
    assert first is not None
    assert first.title == "The file lies on a network share (NFS)"
    assert first.state is state
    assert "PostgreSQL" in first.remedy
    assert facts(as_deployed)["Disk"] == "network share (NFS)"


def test_events_that_wait_in_a_spool_are_told(as_deployed: Path) -> None:
    assert finding(as_deployed, "Events wait") is None
    spool = make_spool(locate(as_deployed))
    try:
        found, size = finding(as_deployed, "Events wait"), spool.path.stat().st_size
    finally:
        spool.remove()
    assert found is not None
    assert found.state is State.WARN
    assert plain(found.title) == f"Events wait in 1 file of {size / 1000:.1f} kB to be written"
    assert spool.path.name in found.words
    assert "Never delete" in found.remedy


def test_events_that_were_refused_are_told(as_deployed: Path) -> None:
    assert finding(as_deployed, "refused") is None
    kept = make_spool(locate(as_deployed), REFUSED)
    try:
        found = finding(as_deployed, "refused")
    finally:
        kept.remove()
    assert found is not None
    assert found.state is State.WARN
    assert kept.path.name in found.words
    assert ".refused- to .spool-" in found.remedy


def test_a_healthy_file_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    write_history(path, days=20, rows=4_000)
    findings = health(path).findings
    assert findings[0].state is State.GOOD
    assert not {State.WARN, State.BAD} & {each.state for each in findings}
    shown = facts(path)
    assert shown["Schema"] == "Botpulse's, version 5 of 5"
    assert shown["Indexes on the time"] == "on all 3 tables"
    assert shown["Journal"] == "write-ahead log"
    assert int(shown["Starts on record"]) > 0


def test_the_most_serious_comes_first(as_deployed: Path) -> None:
    order = [State.BAD, State.WARN, State.GOOD, State.INFO]
    places = [order.index(each.state) for each in health(as_deployed).findings]
    assert places == sorted(places)
    assert places[0] < places[-1]


@pytest.mark.slow
def test_findings_wait_until_every_row_was_read(path: Path) -> None:
    deployed.fill(path, commands=400_000)
    view = LiveView(path, ZONE, CHOICES["15min"], presenter=HEALTH)
    try:
        early, last = [], None
        while last is None or view.loading:
            snapshot = view.advance()
            last = snapshot.content.extra if snapshot is not None else last
            early += [last] if last is not None and last.progress < 1 else []
        assert early
        assert not any(each.findings for each in early)
        assert last.findings
    finally:
        view.close()


def test_names_of_strangers_are_cut_and_cleaned(path: Path) -> None:
    bot = Bot(path)
    bot.track_image()
    bot.track_command("\u202e" + "x\ny" * 5_000)
    found = finding(path, "make images are not recorded")
    assert found is not None
    assert "\n" not in found.words
    assert "\u202e" not in found.words
    assert len(found.words) < 300


def test_a_finding_is_copied_with_all_that_it_says() -> None:
    assert Finding(State.WARN, "A", "b.", "c").text == "[warn] A\nb.\nWhat to do: c"
    assert Finding(State.GOOD, "A").text == "[good] A"


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(0, 0, "0 %"), (0, 9, "0 %"), (9, 9, "100 %"), (1, 5_000, "less than 0.1 %"), (4_999, 5_000, "more than 99.9 %"),
     (1, 3, "33.3 %")],
)  # fmt: skip
def test_shares_are_never_rounded_to_none_or_all(part: int, whole: int, words: str) -> None:
    assert plain(share_in_words(part, whole)) == words


@pytest.mark.parametrize(
    ("change", "title", "rows"),
    [
        ("UPDATE image_stats SET generation_time = 0.0 WHERE id <= 60", "images have no known", range(1, 61)),
        ("UPDATE image_stats SET generation_time = 'fast' WHERE id <= 3", "images have no known", range(1, 4)),
        ("UPDATE image_stats SET generation_time = 9e999 WHERE id <= 5", "images have no known", range(1, 6)),
        ("UPDATE command_usage SET execution_time = NULL WHERE id <= 2", "commands have no known", range(1, 3)),
        ("UPDATE command_usage SET timestamp = timestamp * 1000 WHERE id <= 6", "no usable time", range(1, 7)),
        ("UPDATE image_stats SET user_id = '' WHERE id = 1", "images have no user", range(1, 2)),
        ("UPDATE image_stats SET resolution = '' WHERE id <= 7", "images have no resolution", range(1, 8)),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_finding_opens_the_rows_that_it_counts(as_deployed: Path, change: str, title: str, rows: range) -> None:
    alter(as_deployed, change)
    found = finding(as_deployed, title)
    assert found is not None and found.opens is not None
    typed = in_words(found.opens.chosen, ZONE)
    assert parse(typed, ZONE, time.time()).filter == found.opens.chosen, "the filter box says it"
    with closing(open_for_reading(Location(path=as_deployed))) as reader:
        pager = Pager(reader, TableQuery(found.opens.table, filters=(found.opens.chosen,)))
        ids = [record.id for page in pager.pages(None, count=1_000) for _, record in page.rows]
    assert sorted(ids) == list(rows)
