"""The same rows in SQLite and on a server: every statistic is the same."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from math import inf, nan
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.feed.recent_events import newest_events
from core.filters import Field, Filter, Term, condition
from core.models import EVENT_MODELS, ImageStats
from core.presenters.overview_tiles import Overview, overview
from core.presenters.presenter import page_of
from core.statistics import daily_stats
from core.statistics.reports import command_report, image_report, summary, user_report
from core.statistics.window import Aggregate, collect
from core.storage import chunked_reads
from core.storage.database import open_for_writing
from core.storage.reader import Reader, open_for_reading
from core.time_ranges import CHOICES, DAY, TimeRange, local_days, window
from tests.core import brute_force
from tests.core.postgres.conftest import Server
from tests.parameters import slow_after

NOW = 1_761_480_000.0  # a day on which Berlin's clocks went back
ZONES = (ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu"))
ROWS = 3_000
NAMES = ("comfy", "comfy", "redux", "🎨 draw", "x" * 500, "Stats", "stats")
USERS = ("111111111111111111", "222222222222222222", "44", "🦊")
DURATIONS = (None, 0.0, 0.25, 7.5, 86_400.0, 86_400.5, 1e300, inf, -3.0)
ABSURD = (0.0, -1e18, 1.75e12, 253_402_300_799.0, inf, -inf)

UNWANTED = tuple(
    Term(field, value, excluded=True)
    for field, value in (
        (Field.GUILD, ""),
        (Field.RESOLUTION, "1:1"),
        (Field.SLOWER, 7),
        (Field.OUTCOME, "failed"),
        (Field.AFTER, NOW - DAY),
        (Field.TEXT, "🦊"),
        (Field.TYPE, "video"),
        (Field.UPSCALE, 2),
    )
)
FILTERS = (
    Filter(),
    Filter.of(command="comfy"),
    Filter.of(user="🦊"),
    Filter.of(guild="900"),
    Filter.of(guild=""),
    Filter.of(outcome="succeeded"),
    Filter.of(outcome="failed", command="redux"),
    Filter.of(type="standard"),
    Filter.of(type="video", user="44"),
    Filter.of(command="STATS\0"),
    Filter.of(text="stat"),
    Filter.of(text="FOX 🦊"),
    Filter.of(text="100%_\\"),
    Filter.of(slower=1, faster=86_400.5),
    Filter.of(slower=-5),
    Filter.of(faster=7.5, kind="image"),
    Filter.of(lora="not json"),
    Filter.of(upscale="2"),
    Filter.of(action="button"),
    Filter.of(id=17),
    Filter.of(id="9" * 30, type="a\ud800"),
    Filter().within(NOW - 3 * DAY, NOW - DAY),
    Filter(UNWANTED),
)


@dataclass(frozen=True)
class Pair:
    file: Path
    sqlite: Reader
    server: Reader


def rows() -> dict[str, list[dict[str, Any]]]:
    rng = random.Random(5)
    pick = rng.choice

    def moments() -> Iterator[float]:
        for number in range(ROWS):
            age = (1 - number / ROWS) ** 3 * 200 * DAY + rng.uniform(-3600, 3600)
            yield pick(ABSURD) if rng.random() < 0.02 else NOW - age

    def took() -> float | None:
        return pick(DURATIONS) if rng.random() < 0.3 else rng.expovariate(0.1)

    return {
        "command_usage": [
            {"command_name": pick(NAMES), "user_id": pick(USERS), "guild_id": pick((None, "900", "")),
             "channel_id": "1", "timestamp": when, "execution_time": took(), "success": pick((1, 1, 0, 2))}
            for when in moments()
        ],
        "image_stats": [
            {"user_id": pick(USERS), "prompt": pick((None, "a fox 🦊")), "resolution": pick((None, "1:1", "video")),
             "loras": pick((None, "[]", "not json")), "upscale_factor": pick((None, 2)), "generation_time": took(),
             "timestamp": when, "is_video": pick((None, 0, 0, 1)), "generation_type": pick((None, "standard", "video"))}
            for when in moments()
        ],
        "user_activity": [
            {"user_id": pick(USERS), "guild_id": pick((None, "900")), "action_type": pick(("bot_start", "button")),
             "timestamp": when, "details": None}
            for when in moments()
        ],
    }  # fmt: skip


def fill(connection: Any, mark: str, tables: dict[str, list[dict[str, Any]]]) -> None:
    for table, lot in tables.items():
        statement = f"INSERT INTO {table} ({', '.join(lot[0])}) VALUES ({', '.join([mark] * len(lot[0]))})"
        connection.cursor().executemany(statement, [tuple(row.values()) for row in lot])
    connection.commit()


@pytest.fixture(scope="module")
def pair(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    file, made = tmp_path_factory.mktemp("same") / "analytics.db", rows()
    server.run("postgres", "CREATE DATABASE same")
    url = server.url("same")
    for address in (file, url):
        open_for_writing(address).close()
    with closing(sqlite3.connect(file)) as here, closing(server.connect("same")) as there:
        fill(here, "?", made)
        fill(there, "%s", made)
        here.execute("VACUUM")
    sqlite, remote = open_for_reading(file), open_for_reading(url)
    yield Pair(file, sqlite, remote)
    sqlite.close()
    remote.close()


def seen(aggregate: Aggregate) -> Overview:
    return overview(page_of(aggregate, NOW))


@pytest.mark.parametrize("zone", slow_after(1, ZONES), ids=str)
@pytest.mark.parametrize("key", slow_after(2, sorted(CHOICES)))
def test_every_range_and_filter(pair: Pair, key: str, zone: ZoneInfo) -> None:
    extent = TimeRange(NOW - 200 * DAY, NOW) if key == "all" else TimeRange(NOW - 9 * DAY, NOW - DAY / 3)
    shown = window(CHOICES[key], NOW, zone, extent)
    for chosen in FILTERS:
        here, there = (collect(each, shown, NOW, chosen) for each in (pair.sqlite, pair.server))
        assert seen(there) == seen(here)
        assert there.whole == here.whole
    assert key == "15min" or seen(collect(pair.server, shown, NOW)).totals.commands


@pytest.mark.slow
@pytest.mark.parametrize("days", [1, 7, 30, 365])
def test_reports(pair: Pair, days: int) -> None:
    stored = brute_force.read(pair.file)
    for zone in ZONES:
        cut = local_days(days, NOW, zone)
        assert brute_force.same(command_report(pair.server, cut), brute_force.command_stats(stored, days, NOW, zone))
        assert brute_force.same(image_report(pair.server, cut), brute_force.image_stats(stored, days, NOW, zone))
        assert brute_force.same(user_report(pair.server, cut), brute_force.user_stats(stored, days, NOW, zone))


def test_summary(pair: Pair) -> None:
    wanted = {**brute_force.summary_stats(brute_force.read(pair.file)), "uptime": 1.0}
    assert brute_force.same(summary(pair.server, 1.0), wanted)


@pytest.mark.slow
def test_daily_rows(pair: Pair) -> None:
    for zone in ZONES:
        assert (
            daily_stats.days_to_write(pair.server, NOW, zone) == daily_stats.days_to_write(pair.sqlite, NOW, zone) != []
        )


def test_events_and_ends(pair: Pair) -> None:
    assert newest_events(pair.server) == newest_events(pair.sqlite) != ()
    for model in EVENT_MODELS:
        assert chunked_reads.earliest(pair.server, model) == chunked_reads.earliest(pair.sqlite, model)


PROMPTS = ("100% wool", "100 wool", "snake_case", "snakeXcase", "back\\slash", "A RED FOX", "it's", "", None)
WORDS = ("100%", "_", "%_", "\\", "red fox", "E_C", "'", "", "\0", "\ud800", "x" * 30_000)


def test_words_and_exclusions(server: Server, tmp_path: Path) -> None:
    server.run("postgres", "CREATE DATABASE words")
    addresses = (tmp_path / "analytics.db", server.url("words"))
    answers = []
    for address in addresses:
        writable = open_for_writing(address)
        for number, prompt in enumerate(PROMPTS, 1):
            row = {"user_id": "1", "timestamp": NOW, "prompt": prompt, "generation_time": number % 3 or None}
            writable.execute(ImageStats.insert(**row))
        writable.close()
        with closing(open_for_reading(address)) as reader:
            answers.append([found(reader, Term(Field.TEXT, word, out)) for word in WORDS for out in (False, True)])
            answers[-1] += [found(reader, Term(field, 1.5, True)) for field in (Field.SLOWER, Field.FASTER)]
    assert answers[0] == answers[1]
    assert answers[0][0] == [1]
    assert answers[0][2:4] == [[3], [1, 2, 4, 5, 6, 7, 8, 9]]
    assert answers[0][-2] == [1, 3, 4, 6, 7, 9]


def found(reader: Reader, term: Term) -> list[int]:
    chosen = condition(ImageStats, Filter((term,)))
    assert chosen is not None
    return [row_id for (row_id,) in reader.rows(ImageStats.select(ImageStats.id).where(chosen).order_by(ImageStats.id))]


def test_values_that_are_no_number_are_left_out(server: Server) -> None:
    server.run("postgres", "CREATE DATABASE nan")
    open_for_writing(server.url("nan")).close()
    with closing(server.connect("nan")) as connection:
        insert = "INSERT INTO image_stats (user_id, timestamp, generation_time) VALUES ('1', %s, %s)"
        connection.cursor().executemany(insert, [(nan, 1.0), (NOW - 5, nan), (NOW - 4, 3.0)])
        connection.commit()
    with closing(open_for_reading(server.url("nan"))) as reader:
        assert summary(reader, 0.0)["avg_generation_time"] == 2.0  # the summary counts every row, whatever its time
        totals = seen(collect(reader, window(CHOICES["24h"], NOW, ZONES[0]), NOW)).totals
        assert (totals.images, totals.generation.mean) == (2, 3.0)
        assert len(newest_events(reader)) == 3
