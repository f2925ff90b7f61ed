"""Numbers that are broken down equal a plain count over the same rows, and what the pages show."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.answers.breakdown import BucketState, Question, breakdown
from core.answers.dimensions import NoSuchDimension, dimension_named, dimensions, tables_for
from core.cli.stats_output import StatsSheet
from core.filters import EVERYTHING, Filter
from core.statistics.counting import COMMANDS
from core.statistics.image_counting import IMAGE_DETAILS, made
from core.statistics.percentiles import RELATIVE_ERROR, SHORTEST
from core.statistics.results import command_breakdown, execution_times, leaderboard, totals
from core.statistics.window import collect
from core.storage.location import Location
from core.storage.reader import reading
from core.tables.metric import Metric
from core.tasks import finish
from core.text.typed_ranges import TypedRange, range_of
from core.time_ranges import CHOICES, DAY, TimeRange, window
from tests.core import brute_force, deployed, votes
from tests.core.brute_force import Row, Stored, Wanted
from tests.core.failure_files import failed, store
from tests.core.rows import OURS, SEED, Lot, Schema, lots, moments_near_changes, quick, stored, times_around, zones
from tests.core.stored import change

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2025, 10, 28, 12, 10, tzinfo=UTC).timestamp()
Plain = dict[tuple[Any, ...], dict[str, Any]]

metric = pytest.fixture(votes.registered)


def asked(
    path: Path,
    by: str,
    wanted: str = "7d",
    zone: ZoneInfo = BERLIN,
    now: float = NOW,
    chosen: Filter = EVERYTHING,
    table: str | None = None,
) -> dict[str, Any]:
    """What is printed as JSON."""
    question = _question(by, range_of(wanted, zone, now), zone, chosen, table)
    found = finish(breakdown(Location(path=path), question, now))
    told: dict[str, Any] = json.loads(StatsSheet(question, found, now).as_json())
    return told


def _question(by: str, span: TypedRange, zone: ZoneInfo, chosen: Filter, table: str | None = None) -> Question:
    chosen_by = tuple(dimension_named(name, table) for name in by.split(",") if name)
    return Question(tables_for(chosen_by, table), chosen_by, span, zone, chosen)


# The same, plainly.


def local(row: Row, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(row["timestamp"], UTC).astimezone(zone)


def loras(row: Row) -> list[str | None]:
    found = json.loads(row["loras"]) if isinstance(row["loras"], str) and row["loras"].startswith("[") else []
    return list(dict.fromkeys(found)) or [None]


NAMES: dict[str, Callable[[Row, ZoneInfo], list[Any]]] = {
    "hour": lambda row, zone: [
        local(row, zone).replace(minute=0, second=0, microsecond=0).isoformat(timespec="minutes")
    ],
    "day": lambda row, zone: [local(row, zone).date().isoformat()],
    "week": lambda row, zone: [(local(row, zone).date() - timedelta(days=local(row, zone).weekday())).isoformat()],
    "month": lambda row, zone: [local(row, zone).date().isoformat()[:7]],
    "hour-of-week": lambda row, zone: [f"{local(row, zone):%a} {local(row, zone).hour:02d}:00"],
    "command": lambda row, zone: [brute_force.as_text(row["command_name"]) or None],
    "user": lambda row, zone: [brute_force.as_text(row["user_id"]) or None],
    "server": lambda row, zone: [
        brute_force.as_text(row.get("guild_id")) or ("direct messages" if "command_name" in row else None)
    ],
    "outcome": lambda row, zone: ["failed" if brute_force.failed(row) else "succeeded"],
    "type": lambda row, zone: [brute_force.kind_in_file(row)],
    "resolution": lambda row, zone: [
        None if brute_force.as_text(row["resolution"]) == "video" else brute_force.as_text(row["resolution"]) or None
    ],
    "media": lambda row, zone: ["video" if brute_force.is_video(row) else "image"],
    "lora": lambda row, zone: loras(row),
    "action": lambda row, zone: [brute_force.as_text(row["action_type"]) or None],
}


def groups_of(rows: list[Row], by: list[str], zone: ZoneInfo) -> Iterator[tuple[tuple[Any, ...], Row]]:
    for row in rows:
        keys: list[tuple[Any, ...]] = [()]
        for name in by:
            keys = [(*key, value) for key in keys for value in NAMES[name](row, zone)]
        yield from ((key, row) for key in keys)


TABLES = ("commands", "images", "activity")


def parts(found: Stored) -> tuple[list[Row], ...]:
    return found.commands, found.images, found.activities


def plainly(found: Stored, by: list[str], tables: tuple[str, ...], zone: ZoneInfo) -> Plain:
    groups: dict[tuple[Any, ...], Stored] = defaultdict(lambda: Stored([], [], []))
    for place, rows in enumerate(parts(found)):
        for key, row in groups_of(rows, by, zone):
            parts(groups[key])[place].append(row)
    return {key: plain_numbers(group, by, tables) for key, group in groups.items()}


def plain_numbers(group: Stored, by: list[str], tables: tuple[str, ...]) -> dict[str, Any]:
    numbers: dict[str, Any] = {}
    if "commands" in tables:
        times = brute_force.known([brute_force.execution(row) for row in group.commands])
        failed = sum(map(brute_force.failed, group.commands))
        numbers |= {"commands": len(group.commands), "failed": failed, **percentiles("execution", times)}
    if "images" in tables:
        stills = [row for row in group.images if not brute_force.is_video(row)]
        videos = [row for row in group.images if brute_force.is_video(row)]
        times = brute_force.known([brute_force.generation(row) for row in stills])
        films = brute_force.known([brute_force.generation(row) for row in videos])
        together = {"resolution", "type", "lora", "upscale"} & set(by)
        numbers |= {"images": len(group.images), "videos": len(videos)}
        numbers |= percentiles("generation", times + films if together else times or films)
    if "activity" in tables:
        return {"events": len(group.activities)}
    return numbers if "user" in by else numbers | {"users": len(set(brute_force.users(group)))}


def percentiles(name: str, times: list[float]) -> dict[str, Any]:
    return {
        f"{name}_p{percent}": max(brute_force.nearest_rank(times, percent), SHORTEST) if times else None
        for percent in (50, 95)
    }


def check(told: dict[str, Any], found: Stored, tables: tuple[str, ...], zone: ZoneInfo) -> None:
    by = [name.replace("hour_of_week", "hour-of-week") for name in told["by"]]
    found = Stored(*(rows if table in tables else [] for table, rows in zip(TABLES, parts(found), strict=True)))
    plain = plainly(found, by, tables, zone) if by else {}  # then there is a total alone
    for row in told["rows"]:
        key = tuple(row.pop(name) for name in told["by"])
        state = row.pop("bucket", "whole")
        expected = plain.pop(key, None)
        if expected is None:
            assert not any(row.values()), "a bucket without rows"
            assert state != BucketState.BEFORE_RECORDS or set(row.values()) == {None}
        else:
            same(row, expected)
    assert plain == {}
    rows = plain_numbers(found, by, tables)
    same(told["total"], rows)


def same(told: dict[str, Any], plain: dict[str, Any]) -> None:
    assert told.keys() == plain.keys()
    for key, value in plain.items():
        if told[key] is None:  # not recorded at all, or before that
            assert not value
        elif isinstance(value, float):
            assert told[key] == pytest.approx(value, rel=RELATIVE_ERROR * 1.001)
        else:
            assert told[key] == value, key


FILTERS = ((Filter(), Wanted()), (Filter.of(user="🦊"), Wanted(user_id="🦊")),
           (Filter.of(outcome="failed"), Wanted(success=False)))  # fmt: skip


@pytest.mark.slow
@quick(30)
@given(
    lots(st.one_of(times_around(NOW), moments_near_changes), most=40),
    st.sampled_from((OURS, SEED)),
    zones,
    st.sampled_from(
        (*NAMES, "", "day,command", "user,day", "lora,type", "resolution,media", "week,server", "hour,user")
    ),
    st.sampled_from(("24h", "7d", "30d", "all", "last_month", "this_week", "last 9 h", "2025-10-20 to 2025-10-26")),
    st.sampled_from(FILTERS),
)
def test_it_equals_a_plain_count(
    lot: Lot, schema: Schema, zone: ZoneInfo, by: str, wanted: str, chosen: tuple[Filter, Wanted]
) -> None:
    with stored(lot, schema) as path:
        asked_range = range_of(wanted, zone, NOW)
        question = _question(by, asked_range, zone, chosen[0])
        answer = finish(breakdown(Location(path=path), question, NOW))
        told = json.loads(StatsSheet(question, answer, NOW).as_json())
        rows = brute_force.wanted_rows(brute_force.read(path), chosen[1])
        check(told, brute_force.span(rows, answer.span.start, answer.span.end), question.tables, zone)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Four days of rows, the last of them now; the bot began to record three and a half days ago."""
    made_at = deployed.create(tmp_path / "bot.db")
    deployed.fill(made_at, 300, 200, start=NOW - 3.5 * DAY, step=1_000.0)
    return made_at


def test_it_says_what_the_pages_show(path: Path) -> None:
    span = window(CHOICES["7d"], NOW, BERLIN)
    with reading(path) as reader:
        whole = collect(reader, span, NOW, counters=(COMMANDS, IMAGE_DETAILS)).whole.cell
    shown = totals(whole)
    told = asked(path, "")["total"]
    assert (told["commands"], told["failed"], told["images"]) == (shown.commands, shown.failures, shown.images)
    assert told["users"] == shown.active_users
    assert told["execution_p95"] == pytest.approx(execution_times(whole).p95, rel=1e-5)
    assert told["generation_p50"] == pytest.approx(shown.generation.p50, rel=1e-5)
    assert [(row["command"], row["commands"], row["failed"]) for row in asked(path, "command")["rows"]] == [
        (each.name, each.total, each.failures) for each in command_breakdown(whole)
    ]
    assert [(row["user"], row["commands"], row["images"]) for row in asked(path, "user")["rows"]] == [
        (each.user_id, each.commands, each.images) for each in leaderboard(whole)
    ]
    assert [(row["type"], row["images"]) for row in asked(path, "type")["rows"]] == [
        (each.name, each.count) for each in made(whole, "type", 10)
    ]


def test_what_is_not_known_looks_like_it(path: Path) -> None:
    told = asked(path, "day")
    states = [row["bucket"] for row in told["rows"]]
    assert states == ["before records"] * 3 + ["records begin", "whole", "whole", "still filling"]
    assert all(value is None for row in told["rows"][:3] for key, value in row.items() if key not in ("day", "bucket"))
    assert told["notes"][0].startswith(
        "Records of commands begin on 25\N{NO-BREAK SPACE}Oct 2025, 02:10: the range begins before"
    )


def test_a_bucket_that_the_range_cuts_is_marked(path: Path) -> None:
    rows = asked(path, "day", "2025-10-26 10:00 to 2025-10-27")["rows"]
    assert [(row["day"], row["bucket"]) for row in rows] == [
        ("2025-10-26", "cut by the range"),
        ("2025-10-27", "whole"),
    ]


def test_what_the_bot_does_not_record_is_not_zero(path: Path) -> None:
    change(path, "UPDATE command_usage SET success = 1", "DELETE FROM image_stats")
    told = asked(path, "")
    assert told["total"]["failed"] is None, "none of many is marked, and nothing tells of the bot's life"
    assert told["total"]["images"] is None
    assert "No images are recorded." in told["notes"]
    assert any("failures are not recorded" in note for note in told["notes"])
    change(path, "INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'bot_start', 1.0)")
    assert asked(path, "")["total"]["failed"] == 0


def test_a_filter_that_a_table_does_not_know_leaves_it_untold(path: Path) -> None:
    told = asked(path, "day", chosen=Filter.of(command="comfy"))
    assert told["total"]["commands"] == 75
    assert told["total"]["images"] is None
    assert told["notes"][-1].startswith("Images are recorded without what the filter asks for")


def test_a_column_that_the_bot_leaves_empty_is_said_to_be(path: Path) -> None:
    assert "No LoRA is recorded in this range." in asked(path, "lora")["notes"]


def test_what_has_no_server_is_a_direct_message_only_where_that_is_sure(path: Path) -> None:
    change(path, "UPDATE command_usage SET guild_id = NULL")
    told = asked(path, "server")
    assert [(row["server"], row["commands"], row["images"]) for row in told["rows"]] == [
        ("direct messages", 300, 0),
        (None, 0, 200),
    ], "an image of an older bot may have been made anywhere"
    change(path, *(f"ALTER TABLE image_stats ADD COLUMN {name} TEXT" for name in ("guild_id", "channel_id")))
    change(path, "UPDATE image_stats SET guild_id = '8', channel_id = '80' WHERE id <= 20")
    change(path, "UPDATE image_stats SET channel_id = '90' WHERE id > 20 AND id <= 50")
    told = asked(path, "server")
    assert {row["server"]: row["images"] for row in told["rows"]} == {None: 150, "direct messages": 30, "8": 20}
    assert {row["channel"]: row["images"] for row in asked(path, "channel")["rows"] if row["images"]} == {
        None: 150, "90": 30, "80": 20
    }  # fmt: skip


def test_a_failure_without_a_server_is_no_direct_message(tmp_path: Path) -> None:
    rows = [failed(NOW - 60), failed(NOW - 61, channel_id="5"), failed(NOW - 62, guild_id="8", channel_id="5")]
    path = store(tmp_path / "failures.db", rows)
    told = asked(path, "server", table="failures")
    assert {row["server"]: row["failures"] for row in told["rows"]} == {None: 1, "direct messages": 1, "8": 1}
    question = _question("server", range_of("7d", BERLIN, NOW), BERLIN, EVERYTHING, "failures")
    shown = StatsSheet(question, finish(breakdown(Location(path=path), question, NOW)), NOW).as_table(None)
    assert "(not recorded)" in shown and "(direct messages)" in shown


def test_an_image_of_several_loras_counts_once_in_all(path: Path) -> None:
    change(path, """UPDATE image_stats SET loras = '["a", "b"]' WHERE id <= 10""")
    told = asked(path, "lora")
    assert [(row["lora"], row["images"]) for row in told["rows"]] == [(None, 190), ("a", 10), ("b", 10)]
    assert told["total"]["images"] == 200


def test_columns_of_an_extension(tmp_path: Path, metric: Metric) -> None:
    path = tmp_path / "votes.db"
    votes.fill(path, metric)
    now = datetime.now(UTC).timestamp()
    told = asked(path, "votes.vote", now=now)
    assert [(row["votes.vote"], row["votes"]) for row in told["rows"]] == [("up", 8), ("down", 4)]
    assert told["total"]["points_mean"] == 5.5
    assert (told["total"]["users"], told["total"]["seconds_mean"]) == (1, None)
    assert asked(path, "vote", now=now, table="votes")["rows"] == told["rows"]
    assert [row["votes"] for row in asked(path, "user", now=now, table="votes")["rows"]] == [12]
    assert "votes.points" not in dimensions()


def test_names_as_people_type_them() -> None:
    named = {text: dimension_named(text).key for text in ("Hour of the week", "LoRA", " day", "guild", "hour_of_week")}
    assert list(named.values()) == ["hour-of-week", "lora", "day", "server", "hour-of-week"]
    with pytest.raises(NoSuchDimension, match="is nothing to break down by"):
        dimension_named("prompt")
    with pytest.raises(NoSuchDimension, match="No table records all of this: command, LoRA"):
        tables_for((dimension_named("command"), dimension_named("lora")))
    with pytest.raises(NoSuchDimension, match="activity does not record all of this: command"):
        tables_for((dimension_named("command"),), "activity")


def test_a_range_is_the_monitors(path: Path) -> None:
    question = _question("day", range_of("24h", BERLIN, NOW), BERLIN, EVERYTHING)
    assert (
        finish(breakdown(Location(path=path), question, NOW)).span == window(CHOICES["24h"], NOW, BERLIN).buckets.range
    )
    custom = TypedRange(CHOICES["custom"], TimeRange(NOW - 50, NOW))
    assert finish(breakdown(Location(path=path), _question("", custom, BERLIN, EVERYTHING), NOW)).span == custom.span
