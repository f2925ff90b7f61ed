"""What rows lack, counted once more by a plain loop: over absurd values, in chunks, on SQLite and as rows come in."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models import EVENT_MODELS, CommandUsage, EventModel, is_required
from core.statistics.data_quality import (
    FAILED,
    NO_PROMPT,
    NO_RESOLUTION,
    NO_USER,
    ROWS,
    STANDARD,
    Measure,
    Quality,
    Reason,
)
from core.statistics.lives import LifeEvent
from core.storage.reader import Reader, reading
from core.storage.seeks import IdSpan, last_id
from tests.core import brute_force, deployed
from tests.core.brute_force import DISCORD_EPOCH, YEAR_2100
from tests.core.rows import BOT, LOOSE, OURS, SCHEMAS, SEED, Ids, Lot, Schema, insert, lots, quick, stored, times_around

NOW = 1_795_000_000.0
ZONE = ZoneInfo("Europe/Berlin")
schemas = st.sampled_from(SCHEMAS)
some_lots = lots(times_around(NOW), most=25, disorder=None)


def examined(reader: Reader) -> Quality:
    quality = Quality(ZONE)
    assert list(quality.load(reader, upto(reader)))[-1].whole
    return quality


def upto(reader: Reader) -> dict[type[EventModel], int]:
    return {model: last_id(reader, model) for model in EVENT_MODELS}


def why_no_time(row: dict[str, Any]) -> Reason | None:
    when = row["timestamp"]
    if when is None:
        return Reason.MISSING
    if not isinstance(when, int | float):
        return Reason.NOT_A_NUMBER
    if when < DISCORD_EPOCH:
        return Reason.TOO_EARLY
    if when < YEAR_2100:
        return None
    return Reason.MILLISECONDS if DISCORD_EPOCH <= when / 1000 < YEAR_2100 else Reason.TOO_LATE


def why_no_duration(took: Any, zero_is_known: bool) -> Reason | None:
    if took is None:
        return Reason.MISSING
    if not isinstance(took, int | float):
        return Reason.NOT_A_NUMBER
    if took < 0:
        return Reason.NEGATIVE
    if took > 86_400:
        return Reason.TOO_LONG
    return Reason.ZERO if took == 0 and not zero_is_known else None


def expected(rows: brute_force.Stored) -> dict[Measure, Counter[Reason]]:
    reasons = {
        Measure.COMMAND_TIME: [why_no_time(row) for row in rows.commands],
        Measure.EXECUTION: [why_no_duration(row["execution_time"], True) for row in rows.commands],
        Measure.IMAGE_TIME: [why_no_time(row) for row in rows.images],
        Measure.GENERATION: [why_no_duration(row["generation_time"], False) for row in rows.images],
        Measure.ACTIVITY_TIME: [why_no_time(row) for row in rows.activities],
    }
    return {measure: Counter(filter(None, found)) for measure, found in reasons.items()}


def check(quality: Quality, rows: brute_force.Stored) -> None:
    """Every number against a plain loop, and against what the statistics leave out."""
    assert quality.left_out == expected(rows)
    tables = {"command_usage": rows.commands, "image_stats": rows.images, "user_activity": rows.activities}
    for table, stored_rows in tables.items():
        assert quality.of(table)[ROWS] == len(stored_rows)
        assert quality.of(table)[NO_USER] == sum(row["user_id"] in (None, "") for row in stored_rows)
    images = quality.of("image_stats")
    assert quality.of("command_usage")[FAILED] == sum(map(brute_force.failed, rows.commands))
    assert images[NO_PROMPT] == sum(row["prompt"] in (None, "") for row in rows.images)
    assert images[NO_RESOLUTION] == sum(row["resolution"] in (None, "") for row in rows.images)
    assert images[STANDARD] == sum(brute_force.kind_in_file(row) == "standard" for row in rows.images)
    moments = [brute_force.moment(row) for kept in tables.values() for row in kept]
    assert quality.hours == {int(moment // 3600) for moment in moments if moment is not None}
    life = [(brute_force.moment(row), row["action_type"]) for row in rows.activities]
    assert [(each.at, each.action) for each in quality.starts] == [
        each for each in life if each[0] and each[1] in ("bot_start", "bot_shutdown")
    ]
    known = {measure.table: 0 for measure in Measure}
    known["command_usage"] = sum(brute_force.execution(row) is not None for row in rows.commands)
    known["image_stats"] = sum(brute_force.generation(row) is not None for row in rows.images)
    for measure in (Measure.EXECUTION, Measure.GENERATION):
        assert quality.of(measure.table)[ROWS] - quality.left_out[measure].total() == known[measure.table]


@pytest.mark.slow
@quick(80)
@given(schemas, some_lots)
def test_data_quality_counts_what_a_plain_loop_counts(schema: Schema, lot: Lot) -> None:
    with stored(lot, schema) as path, reading(path) as reader:
        check(examined(reader), brute_force.read(path))


@pytest.mark.slow
@quick(40)
@given(schemas, some_lots, some_lots)
def test_rows_that_come_later_are_counted_once(schema: Schema, before: Lot, after: Lot) -> None:
    with stored(before, schema) as path:
        with reading(path) as reader:
            quality, seen = examined(reader), upto(reader)
        insert(path, after, schema)
        with reading(path) as reader:
            now = upto(reader)
            quality.add(reader, {model: IdSpan(seen[model], now[model]) for model in now if now[model] > seen[model]})
        check(quality, brute_force.read(path))


@pytest.mark.slow
@quick(20)
@given(some_lots, st.integers(1, 2**61), st.sampled_from((1, 7, 10**6, 2**50)))
def test_ids_may_be_anything(lot: Lot, first: int, step: int) -> None:
    with stored(lot, LOOSE, Ids(first, step)) as path, reading(path) as reader:
        check(examined(reader), brute_force.read(path))


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        (DISCORD_EPOCH, None),
        (DISCORD_EPOCH - 1e-3, Reason.TOO_EARLY),
        (YEAR_2100 - 1e-3, None),
        (YEAR_2100, Reason.TOO_LATE),
        (DISCORD_EPOCH * 1000, Reason.MILLISECONDS),
        (YEAR_2100 * 1000 - 1, Reason.MILLISECONDS),
        (YEAR_2100 * 1000, Reason.TOO_LATE),
    ],
)
def test_times_at_the_very_edge(tmp_path: Path, when: float, reason: Reason | None) -> None:
    path = deployed.create(tmp_path / "analytics.db")
    deployed.Bot(path).track_command(at=when)
    with reading(path) as reader:
        quality = examined(reader)
    assert quality.left_out[Measure.COMMAND_TIME] == ({reason: 1} if reason else {})
    check(quality, brute_force.read(path))


@pytest.mark.parametrize("took", [0.0, -0.0, 1e-12, -1e-12, 86_400.0, 86_400.001, "86400.0", "fast", b"1"])
def test_durations_at_the_very_edge(tmp_path: Path, took: object) -> None:
    path = deployed.create(tmp_path / "analytics.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO image_stats (user_id, generation_time, timestamp) VALUES ('1', ?, ?)", (took, NOW)
        )
        connection.execute(
            "INSERT INTO command_usage (command_name, user_id, execution_time, timestamp, success)"
            " VALUES ('a', '1', ?, ?, 1)",
            (took, NOW),
        )
    with reading(path) as reader:
        check(examined(reader), brute_force.read(path))


def test_many_rows_are_read_in_chunks(tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "analytics.db")
    deployed.fill(path, commands=30_000, images=12_000)
    with reading(path) as reader:
        quality = Quality(ZONE)
        steps = []
        for step in quality.load(reader, upto(reader)):
            assert step.whole is (quality.progress == 1)
            steps.append(step.share)
        assert len(steps) > 4
        assert steps == sorted(steps)
        check(quality, brute_force.read(path))


def test_names_are_bounded(tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "analytics.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO command_usage (command_name, user_id, timestamp, success) VALUES (?, '1', ?, 1)",
            ((f"{number:04d}" * 200, NOW) for number in range(3_000)),
        )
    with reading(path) as reader:
        names = examined(reader).commands
    assert len(names) == 500
    assert {len(name) for name in names} == {100}


def test_gaps_lie_between_hours_with_events(tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "analytics.db")
    hour = 498_000
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO image_stats (user_id, timestamp) VALUES ('1', ?)",
            [(when * 3600 + 5,) for when in (hour, hour + 1, hour + 26, hour + 26, hour + 50, hour + 200)],
        )
    with reading(path) as reader:
        quality = examined(reader)
    assert quality.gaps((hour + 201) * 3600, 24) == [(hour + 1, hour + 26), (hour + 50, hour + 200)]
    assert quality.gaps((hour + 100) * 3600, 24) == [(hour + 1, hour + 26)]
    quality.hours.add(hour + 10)
    assert quality.gaps((hour + 201) * 3600, 24) == [(hour + 50, hour + 200)]


@pytest.mark.parametrize(
    ("schema", "migrations", "indexed", "columns"),
    [
        (OURS, 5, 4, 0),
        (BOT, 0, 0, 0),
        (SEED, 0, 0, 2),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_the_structure_is_noted(schema: Schema, migrations: int, indexed: int, columns: int) -> None:
    with stored(Lot(), schema) as path, reading(path) as reader:
        quality = examined(reader)
        assert (len(quality.migrations), len(quality.indexed)) == (migrations, indexed)
        assert len([each for each in quality.missing_columns if is_required(*each)]) == columns
        assert quality.tables - {"failures", "names", "opt_outs"} == set(deployed.TABLES)
        assert quality.share == ""
        assert not quality.has_days


def test_a_structure_that_was_altered_is_noted_with_the_next_rows(tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "analytics.db", "seed")
    with reading(path) as reader:
        quality = examined(reader)
        assert ("image_stats", "is_video") in quality.missing_columns
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in deployed.APPENDED:
            connection.execute(statement)
    bot = deployed.Bot(path)
    bot.track_command(at=NOW)
    bot.daily()
    with reading(path) as reader:
        quality.add(reader, {CommandUsage: IdSpan(0, 1)})
    assert not any(is_required(*each) for each in quality.missing_columns)
    assert quality.has_days
    assert quality.commands == {"comfy"}


def test_only_the_last_starts_are_remembered(tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "analytics.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'bot_start', ?)",
            ((NOW + number,) for number in range(5_000)),
        )
    with reading(path) as reader:
        starts = examined(reader).starts
    assert len(starts) == 1_000
    assert starts[-1] == LifeEvent(NOW + 4_999, "bot_start", "1")
