"""The simulated bot: what it writes is believable, valid, and the same for the same seed."""

from __future__ import annotations

import itertools
import json
import re
import sqlite3
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.manager import AnalyticsManager
from core.models import DISCORD_EPOCH, ActionType, GenerationType
from core.simulation.history import write_history
from core.simulation.live import simulate_live
from core.simulation.ownership import Standing, standing
from core.simulation.population import Population
from core.tracking.failure_text import fingerprint_of

NOW = 1_790_000_000.0
DAYS = 28.0
ROWS = 60_000
ZONE = ZoneInfo("Europe/Berlin")
TABLES = ("command_usage", "image_stats", "user_activity")
ALL_TABLES = (*TABLES, "failures", "names")


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """Four weeks of a simulated bot, in the zone where the tests look at them."""
    path = tmp_path_factory.mktemp("simulation") / "month.db"
    assert write_history(path, days=DAYS, rows=ROWS, now=NOW, zone=ZONE) == ROWS
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def rows_of(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return [row for table in ALL_TABLES for row in connection.execute(f"SELECT * FROM {table} ORDER BY id")]


def count_of(path: Path, tables: tuple[str, ...] = TABLES) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return sum(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)


def share(connection: sqlite3.Connection, expression: str, table: str = "command_usage", where: str = "1") -> float:
    (value,) = connection.execute(f"SELECT avg({expression}) FROM {table} WHERE {where}").fetchone()
    return float(value)


def created_at(snowflake: int) -> float:
    """Epoch seconds at which the thing with this Discord id was created."""
    return (snowflake >> 22) / 1000 + DISCORD_EPOCH


def by_local(connection: sqlite3.Connection, pattern: str) -> Counter[str]:
    """Commands by a part of their local time (the test's zone is two hours ahead of UTC all through the range)."""
    counts: Counter[str] = Counter()
    query = f"SELECT strftime('{pattern}', timestamp + 7200, 'unixepoch'), count(*) FROM command_usage GROUP BY 1"
    counts.update(dict(connection.execute(query).fetchall()))
    return counts


def test_same_seed_same_rows(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        write_history(tmp_path / name, days=2, rows=800, seed=seed, now=NOW, zone=ZONE)
    assert rows_of(tmp_path / "a") == rows_of(tmp_path / "b")
    assert rows_of(tmp_path / "a") != rows_of(tmp_path / "c")


@pytest.mark.parametrize(("days", "rows"), [(365, 1), (365, 7), (0.01, 300), (30, 2_000)])
def test_exactly_the_rows_asked_for(tmp_path: Path, days: float, rows: int) -> None:
    path = tmp_path / "a.db"
    assert write_history(path, days=days, rows=rows, now=NOW) == rows
    assert count_of(path) == rows
    assert standing(path) is Standing.SIMULATED


def test_rate_times_time_gives_the_rows(tmp_path: Path) -> None:
    assert write_history(tmp_path / "a.db", days=1, rate=0.01, now=NOW) == pytest.approx(864, abs=1)


def test_progress_ends_with_all_rows(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    write_history(tmp_path / "a.db", days=30, rows=60_000, now=NOW, progress=lambda *step: seen.append(step))
    assert seen[-1] == (60_000, 60_000)
    assert len(seen) > 1
    assert seen == sorted(seen)


def test_a_past_before_the_users_existed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="accounts"):
        write_history(tmp_path / "a.db", days=5_000, rows=10, now=NOW)
    assert not (tmp_path / "a.db").exists()


def test_timestamps_ascend_within_the_range(month: sqlite3.Connection) -> None:
    for table in TABLES:
        times = [time for (time,) in month.execute(f"SELECT timestamp FROM {table} ORDER BY id")]
        assert times == sorted(times)
        assert times[0] >= NOW - DAYS * 86_400 - 2
        assert times[-1] < NOW


def test_simulation_goes_on_until_just_before_now(month: sqlite3.Connection) -> None:
    (latest,) = month.execute("SELECT max(timestamp) FROM command_usage").fetchone()
    assert NOW - latest < 3_600


def test_nights_are_quiet_and_evenings_busy(month: sqlite3.Connection) -> None:
    hours = by_local(month, "%H")
    night = sum(hours[f"{hour:02d}"] for hour in (2, 3, 4, 5))
    evening = sum(hours[f"{hour:02d}"] for hour in (18, 19, 20, 21))
    assert evening > 6 * night > 0


def test_weekends_are_busier(month: sqlite3.Connection) -> None:
    weekdays = by_local(month, "%w")
    weekend = (weekdays["0"] + weekdays["6"]) / 2
    working = sum(weekdays[day] for day in "12345") / 5
    assert 1.15 < weekend / working < 2.0


def test_the_rhythm_follows_the_zone(tmp_path: Path) -> None:
    write_history(tmp_path / "a.db", days=14, rows=10_000, now=NOW, zone=ZoneInfo("Asia/Tokyo"))
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        hours = by_local(connection, "%H")
    assert hours["13"] > 4 * hours["21"], "eight in the evening in Tokyo, against four at night"


def test_the_mix_of_commands(month: sqlite3.Connection) -> None:
    counts = Counter(dict(month.execute("SELECT command_name, count(*) FROM command_usage GROUP BY 1").fetchall()))
    assert counts.most_common(1)[0][0] == "comfy"
    assert 0.35 < counts["comfy"] / counts.total() < 0.55
    assert {"redux", "reduxprompt", "pulid", "video", "lora", "stats", "command_stats", "image_stats"} <= set(counts)
    assert {"user_stats", "queue_status", "my_requests"} <= set(counts)
    assert "reset_stats" not in counts


def test_failures_are_few_and_videos_fail_more(month: sqlite3.Connection) -> None:
    assert 0.01 < 1 - share(month, "success") < 0.06
    assert 1 - share(month, "success", where="command_name = 'video'") > 2 * (1 - share(month, "success"))


def test_outages_make_failures_come_in_bursts(tmp_path: Path) -> None:
    write_history(tmp_path / "a.db", days=28, rows=60_000, now=NOW, zone=ZONE, seed=2)
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        query = "SELECT success FROM command_usage WHERE command_name = 'comfy' ORDER BY id"
        runs = [(ok, len(list(group))) for ok, group in itertools.groupby(s for (s,) in connection.execute(query))]
    assert max(length for ok, length in runs if not ok) >= 4, "at 2.5 % alone, four in a row is a chance of 1 in 100"


def test_durations(month: sqlite3.Connection) -> None:
    assert 0.2 < share(month, "execution_time") < 1.0
    assert share(month, "execution_time BETWEEN 0.05 AND 2.5") > 0.97
    known = "generation_time > 0"
    assert 11 < share(month, "generation_time", "image_stats", f"{known} AND generation_type = 'standard'") < 20
    assert 80 < share(month, "generation_time", "image_stats", f"{known} AND is_video = 1") < 150


def test_some_generation_times_are_unknown(month: sqlite3.Connection) -> None:
    assert 0.01 < share(month, "generation_time IS NULL", "image_stats") < 0.05
    assert 0.003 < share(month, "coalesce(generation_time, 1) = 0", "image_stats") < 0.03


def test_some_afternoons_are_slow(month: sqlite3.Connection) -> None:
    query = """
        SELECT avg(generation_time) FROM image_stats
        WHERE generation_time > 0 AND generation_type = 'standard'
        GROUP BY CAST(timestamp / 3600 AS INTEGER) HAVING count(*) > 10
    """
    hours = sorted(mean for (mean,) in month.execute(query))
    assert hours[-1] > 1.7 * hours[len(hours) // 2]


@pytest.mark.slow
def test_images_follow_successful_commands_of_the_same_user(month: sqlite3.Connection) -> None:
    columns = "user_id, generation_type, timestamp, generation_time"
    images = month.execute(f"SELECT {columns} FROM image_stats WHERE generation_time > 0 LIMIT 500").fetchall()
    origin = """
        SELECT count(*) FROM command_usage WHERE user_id = ? AND command_name = ? AND success = 1
        AND abs(timestamp + execution_time + ? - ?) < 0.01
    """
    found = 0
    for user, kind, done, taken in images:
        name = "comfy" if kind == "standard" else kind
        found += month.execute(origin, (user, name, taken, done)).fetchone()[0]
    assert found >= 0.95 * len(images), "a few commands are thinned out to meet the number of rows"


def test_images_are_what_the_bot_writes(month: sqlite3.Connection) -> None:
    shape = re.compile(r"\d+:\d+ \[\d+x\d+ (square|portrait|landscape)\]")
    for resolution, upscale, is_video, kind in month.execute(
        "SELECT DISTINCT resolution, upscale_factor, is_video, generation_type FROM image_stats"
    ):
        assert kind in set(GenerationType)
        assert (resolution == "video") == (kind == "video") == bool(is_video)
        assert resolution == "video" or shape.fullmatch(resolution)
        assert upscale in (1, 2, 3)


def test_loras_are_json_lists_of_file_names(month: sqlite3.Connection) -> None:
    lists = [json.loads(text) for (text,) in month.execute("SELECT loras FROM image_stats")]
    assert {len(names) for names in lists} == {0, 1, 2, 3}
    assert all(name.endswith(".safetensors") for names in lists for name in names)
    assert all(len(set(names)) == len(names) for names in lists)


def test_prompts_are_varied_and_in_many_scripts(month: sqlite3.Connection) -> None:
    prompts = [prompt for (prompt,) in month.execute("SELECT prompt FROM image_stats")]
    assert len(set(prompts)) > 1_500
    letters = set("".join(prompts))
    scripts = {unicodedata.name(letter).split()[0] for letter in letters if unicodedata.category(letter)[0] == "L"}
    assert {"LATIN", "HIRAGANA", "KATAKANA", "CJK", "ARABIC", "DEVANAGARI", "CYRILLIC", "HANGUL"} <= scripts
    assert "🦊" in letters
    assert max(map(len, prompts)) < 500


def test_ids_are_snowflakes_of_plausible_age(month: sqlite3.Connection) -> None:
    columns = [("command_usage", "user_id"), ("command_usage", "guild_id"), ("command_usage", "channel_id")]
    columns += [("image_stats", "user_id"), ("user_activity", "user_id"), ("user_activity", "guild_id")]
    for table, column in columns:
        for (text,) in month.execute(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL"):
            assert re.fullmatch(r"\d{17,19}", text)
            assert 1_430_000_000 < created_at(int(text)) < NOW


def test_regulars_one_timers_and_direct_messages(month: sqlite3.Connection) -> None:
    per_user = [n for (n,) in month.execute("SELECT count(*) FROM command_usage GROUP BY user_id ORDER BY 1 DESC")]
    commands = sum(per_user)
    assert 0.02 < per_user[0] / commands < 0.10
    assert sum(per_user[: len(per_user) // 5]) > 0.6 * commands
    assert sum(n <= 3 for n in per_user) > 150
    assert 0.05 < share(month, "guild_id IS NULL") < 0.35
    assert month.execute("SELECT count(DISTINCT guild_id) FROM command_usage").fetchone()[0] > 10


def test_guests_stay_in_one_server(month: sqlite3.Connection) -> None:
    regulars = {str(user) for user in Population.from_seed(1).regulars.tolist()}
    query = "SELECT user_id, count(DISTINCT guild_id), max(timestamp) - min(timestamp) FROM command_usage GROUP BY 1"
    guests = [row for row in month.execute(query) if row[0] not in regulars]
    assert len(guests) > 100
    assert all(servers == 1 for _, servers, _ in guests)


def test_the_bot_starts_crashes_and_comes_back(month: sqlite3.Connection) -> None:
    life = month.execute(
        "SELECT action_type, timestamp FROM user_activity WHERE action_type LIKE 'bot_s%' ORDER BY timestamp"
    ).fetchall()
    starts = [when for action, when in life if action == "bot_start"]
    assert life[0] == ("bot_start", starts[0])
    assert 3 <= len(starts) <= 20
    assert len(life) - len(starts) < len(starts) - 1, "some restarts are crashes, without a shutdown"
    kinds = {kind for (kind,) in month.execute("SELECT DISTINCT action_type FROM user_activity")}
    assert {ActionType.BOT_RECONNECT, ActionType.GUILD_JOIN, "upscale_button"} <= kinds


def test_bot_that_is_down_tracks_nothing(month: sqlite3.Connection) -> None:
    life = month.execute(
        "SELECT action_type, timestamp FROM user_activity WHERE action_type LIKE 'bot_s%' ORDER BY timestamp"
    ).fetchall()
    downs = [(a[1], b[1]) for a, b in itertools.pairwise(life) if a[0] == "bot_shutdown"]
    assert downs
    for table, (down, up) in itertools.product(TABLES, downs):
        query = f"SELECT count(*) FROM {table} WHERE timestamp > ? AND timestamp < ?"
        assert month.execute(query, (down, up)).fetchone() == (0,)


def test_the_first_row_says_that_it_is_simulated(month: sqlite3.Connection) -> None:
    first = month.execute("SELECT id, action_type, details FROM user_activity ORDER BY id LIMIT 1").fetchone()
    assert first[:2] == (1, "bot_start")
    assert json.loads(first[2]) == {"simulation": True}


def test_a_second_past_begins_where_the_first_ended(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    write_history(path, days=3, rows=900, now=NOW - 86_400)
    added = write_history(path, days=30, rate=0.01, now=NOW)
    assert added == pytest.approx(864, rel=0.01)
    assert standing(path) is Standing.SIMULATED
    with closing(sqlite3.connect(path)) as connection:
        for table in TABLES:
            times = [when for (when,) in connection.execute(f"SELECT timestamp FROM {table} ORDER BY id")]
            assert times == sorted(times)
    assert write_history(path, days=30, rate=0.01, now=NOW - 7_200) == 0


def test_standing_of_other_databases(tmp_path: Path) -> None:
    assert standing(tmp_path / "none.db") is Standing.EMPTY
    real = tmp_path / "real.db"
    with closing(sqlite3.connect(real)) as connection:
        connection.execute(
            "CREATE TABLE image_stats (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL, prompt TEXT,"
            " resolution TEXT, loras TEXT, upscale_factor INTEGER, generation_time REAL, timestamp REAL NOT NULL)"
        )
        assert standing(real) is Standing.EMPTY
        connection.execute("INSERT INTO image_stats (user_id, timestamp) VALUES ('1', ?)", (NOW - 10 * 86_400,))
        connection.commit()
    assert standing(real) is Standing.REAL
    write_history(real, days=3, rows=50, now=NOW)
    assert standing(real) is Standing.REAL, "a real bot's database stays one with simulated rows behind its own"


def test_a_bot_start_of_a_real_bot_is_no_mark(tmp_path: Path) -> None:
    path = tmp_path / "real.db"
    with AnalyticsManager(path) as manager:
        manager.track_user_activity("120000000000000001", ActionType.BOT_START)
    assert standing(path) is Standing.REAL


@pytest.mark.slow
def test_live_events_go_through_the_manager(tmp_path: Path) -> None:
    path, stop, counts = tmp_path / "live.db", threading.Event(), []

    def progress(sent: int) -> None:
        counts.append(sent)
        if sent == 300:
            stop.set()

    with AnalyticsManager(path) as manager:
        sent = simulate_live(manager, rate=400, stop=stop, progress=progress)
        assert manager.flush(10)
    assert counts == list(range(2, 301))
    assert sent == count_of(path, (*TABLES, "failures")) == 301
    with closing(sqlite3.connect(path)) as connection:
        life = connection.execute("SELECT action_type FROM user_activity WHERE action_type LIKE 'bot_s%'").fetchall()
        assert life == [("bot_start",), ("bot_shutdown",)]
        assert connection.execute("SELECT count(*) FROM image_stats").fetchone()[0] > 50
        loras = [json.loads(text) for (text,) in connection.execute("SELECT loras FROM image_stats")]
    assert any(loras)
    assert all(isinstance(names, list) for names in loras)
    assert standing(path) is Standing.SIMULATED


@pytest.mark.slow
def test_live_keeps_its_rate(tmp_path: Path) -> None:
    stop = threading.Event()
    timer = threading.Timer(1.5, stop.set)
    with AnalyticsManager(tmp_path / "live.db") as manager:
        timer.start()
        sent = simulate_live(manager, rate=100, stop=stop)
    timer.join()
    assert 75 < sent < 260, "150 on average, in gentle waves"


def test_live_stops_at_once_while_waiting(tmp_path: Path) -> None:
    stop = threading.Event()
    with AnalyticsManager(tmp_path / "live.db") as manager:
        timer = threading.Timer(0.1, stop.set)
        timer.start()
        assert simulate_live(manager, rate=0.0001, stop=stop) == 2
        timer.join()


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_live_wants_a_rate(tmp_path: Path, rate: float) -> None:
    with AnalyticsManager(tmp_path / "live.db") as manager, pytest.raises(ValueError, match="rate"):
        simulate_live(manager, rate=rate, stop=threading.Event())


def test_failures_have_reasons_names_are_known_and_images_tell_what_made_them(month: sqlite3.Connection) -> None:
    kinds = Counter(dict(month.execute("SELECT kind, count(*) FROM failures GROUP BY 1").fetchall()))
    assert kinds["error"] > kinds["refused"] > kinds["cancelled"] > 0
    (unlike,) = month.execute(
        "SELECT count(*) FROM command_usage WHERE outcome NOT IN ('completed') "
        "AND (command_name, user_id, timestamp, outcome) NOT IN (SELECT name, user_id, timestamp, kind FROM failures)"
    ).fetchone()
    assert unlike == 0, "every command that did not end well says why"
    for error_type, message, node, fingerprint in month.execute(
        "SELECT DISTINCT error_type, message, node, fingerprint FROM failures"
    ):
        assert fingerprint == fingerprint_of(error_type, message, node or ""), "as the tracking would have it"
    (unnamed,) = month.execute(
        "SELECT count(*) FROM command_usage WHERE user_id NOT IN (SELECT id FROM names WHERE kind = 'user')"
    ).fetchone()
    assert unnamed == 0
    assert share(month, "queue_time + execution_time <= generation_time", "image_stats", "generation_time > 0") == 1.0
    assert share(month, "model IS NOT NULL AND steps > 0 AND length(seed) > 5", "image_stats") == 1.0
