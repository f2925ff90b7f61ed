"""A filter's terms, one by one and any of them together. With everything else they are in test_statistics."""

from __future__ import annotations

import json
import math
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.filters import DIRECT_MESSAGES, EVERYTHING, LIMITS, Field, Filter, Term, condition
from core.models import (
    DISCORD_EPOCH,
    END_OF_TIME,
    EVENT_MODELS,
    CommandUsage,
    DailyStats,
    ImageStats,
    UserActivity,
)
from core.storage.database import open_for_writing
from core.storage.reader import Reader, reading
from tests.core import brute_force
from tests.core.rows import LOOSE, OURS, Lot, commands_at, create, insert, quick, stored

NOW = 1.75e9
SNOWFLAKE = "273849283749283748"
COMMANDS = tuple(
    {"command_name": name, "user_id": user, "guild_id": guild, "timestamp": NOW, "success": success}
    for name, user, guild, success in (
        ("comfy", "1", "g", 1),
        ("comfy", "2", None, 0),
        ("stats", "1", None, None),
        ("stats", "2", "", 1),
    )
)
IMAGES = tuple(
    {"user_id": user, "timestamp": NOW, "is_video": video, "generation_type": kind, "loras": loras}
    | {"prompt": prompt, "resolution": size, "upscale_factor": factor}
    for user, video, kind, loras, prompt, size, factor in (
        ("1", 0, None, '["fox.safetensors", "film_grain"]', "A red fox", "1:1", 1),
        ("2", None, "standard", '["arctic_fox.safetensors"]', "100% wool", "16:9 [1344x768 landscape]", 2),
        ("1", 1, "pulid", json.dumps(["größe.pt"]), "snake_case", "video", None),
        (SNOWFLAKE, "", "pulid", '["größe.pt", "a\\\\b"]', None, None, 1.5),
    )
)
ACTIVITIES = tuple(
    {"user_id": user, "guild_id": guild, "action_type": action, "timestamp": NOW, "details": details}
    for user, guild, action, details in (("1", "g", "button", "Upscale"), ("2", None, "bot_start", None))
)


def ids(reader: Reader, model: Any, *chosen: Filter) -> list[Any]:
    key = model._meta.primary_key
    terms = condition(model, *chosen)
    query = model.select(key).order_by(key)
    return [row_id for (row_id,) in reader.rows(query if terms is None else query.where(terms))]


def matching(*chosen: Filter) -> list[list[int]]:
    """The ids that match, a list a table."""
    with stored(Lot(COMMANDS, IMAGES, ACTIVITIES), LOOSE) as path, reading(path) as reader:
        return [ids(reader, model, *chosen) for model in EVENT_MODELS]


def but(**values: str | float) -> Filter:
    """A filter that leaves these out."""
    return Filter(tuple(Term(term.field, term.value, excluded=True) for term in Filter.of(**values).terms))


@pytest.mark.parametrize(
    ("chosen", "commands", "images", "activities"),
    [
        (EVERYTHING, [1, 2, 3, 4], [1, 2, 3, 4], [1, 2]),
        (Filter.of(command="comfy"), [1, 2], [], []),
        (Filter.of(user="1"), [1, 3], [1, 3], [1]),
        (Filter.of(guild="g"), [1], [], [1]),
        (Filter.of(guild=DIRECT_MESSAGES), [2, 3, 4], [], [2]),
        (Filter.of(outcome="succeeded"), [1, 3, 4], [], []),
        (Filter.of(outcome="failed"), [2], [], []),
        (Filter.of(type="standard"), [], [1, 2], []),
        (Filter.of(type="pulid"), [], [3, 4], []),
        (Filter.of(kind="image"), [], [1, 2], []),
        (Filter.of(kind="video"), [], [3, 4], []),
        (Filter.of(action="button"), [], [], [1]),
        (Filter.of(resolution="1:1"), [], [1], []),
        (Filter.of(resolution="video"), [], [], []),
        (Filter.of(upscale=1), [], [1], []),
        (Filter.of(upscale="1.5"), [], [4], []),
        (Filter.of(upscale="big"), [], [], []),
        (Filter.of(id=2), [2], [2], [2]),
        (Filter.of(id="2; --"), [], [], []),
        (Filter.of(id="9" * 40), [], [], []),
        (Filter.of(id=str(2**63)), [], [], []),
        (Filter.of(id="-2"), [], [], []),
        (Filter.of(command="comfy", user="2", outcome="failed"), [2], [], []),
        (Filter.of(command="' OR 1=1 --"), [], [], []),
        (Filter.of(command="comfy", type="standard"), [], [], []),
    ],
)
def test_filter_matches_the_rows_that_it_names(
    chosen: Filter, commands: list[int], images: list[int], activities: list[int]
) -> None:
    assert matching(chosen) == [commands, images, activities]


@pytest.mark.parametrize(
    ("chosen", "commands", "images", "activities"),
    [
        (but(command="comfy"), [3, 4], [1, 2, 3, 4], [1, 2]),
        (but(guild="g"), [2, 3, 4], [1, 2, 3, 4], [2]),
        (but(guild=DIRECT_MESSAGES), [1], [1, 2, 3, 4], [1]),
        (but(outcome="failed"), [1, 3, 4], [1, 2, 3, 4], [1, 2]),
        (but(resolution="1:1"), [1, 2, 3, 4], [2, 3, 4], [1, 2]),
        (but(upscale=2), [1, 2, 3, 4], [1, 3, 4], [1, 2]),
        (but(text="fox"), [1, 2, 3, 4], [2, 3, 4], [1, 2]),
        (but(slower=1), [1, 2, 3, 4], [1, 2, 3, 4], [1, 2]),
        (but(kind="video", type="standard"), [1, 2, 3, 4], [], [1, 2]),
        (but(user="1", command="stats"), [2], [2, 4], [2]),
        (but(id=1, user="half \ud800"), [2, 3, 4], [2, 3, 4], [2]),
    ],
)
def test_exclusion_leaves_the_other_rows(
    chosen: Filter, commands: list[int], images: list[int], activities: list[int]
) -> None:
    assert matching(chosen) == [commands, images, activities]


@pytest.mark.parametrize(
    ("word", "commands", "images", "activities"),
    [
        ("FOX", [], [1], []),
        ("0% w", [], [2], []),
        ("%", [], [2], []),
        ("_", [], [3], [2]),
        ("\\", [], [], []),
        ("upscale", [], [], [1]),
        ("omf", [1, 2], [], []),
        (SNOWFLAKE, [], [4], []),
        (SNOWFLAKE[:-1], [], [], []),
        ("", [1, 2, 3, 4], [1, 2, 3], [1, 2]),
        ("a\0", [], [], []),
        ("\ud800", [], [], []),
        ("x" * 200_000, [], [], []),
    ],
)
def test_words(word: str, commands: list[int], images: list[int], activities: list[int]) -> None:
    assert matching(Filter.of(text=word)) == [commands, images, activities]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("fox.safetensors", [1]),
        ("fox", [1, 2]),
        ("film_grain", [1]),
        ("film-grain", []),
        ("größe.pt", [3, 4]),
        ("a\\b", [4]),
        ("a/b", [4]),
        ('"', []),
    ],
)
def test_loras_are_found_however_json_wrote_them(name: str, found: list[int]) -> None:
    assert matching(Filter.of(lora=name))[1] == found


def test_terms_of_one_field_are_alternatives_and_everything_else_must_hold() -> None:
    alternatives = Filter((Term(Field.USER, "1"), Term(Field.USER, "2"), Term(Field.COMMAND, "comfy")))
    assert matching(alternatives) == [[1, 2], [], []]
    words = Filter((Term(Field.TEXT, "red"), Term(Field.TEXT, "fox")))
    assert matching(words) == [[], [1], []]
    assert matching(words.plus(Term(Field.TEXT, "blue"))) == [[], [], []]
    assert matching(Filter.of(user="1"), Filter.of(user="2")) == [[], [], []]
    assert matching(Filter.of(user="1"), Filter.of(guild="g"), EVERYTHING) == [[1], [], [1]]


TOOK = (None, 0.0, 0.5, 30.0, 30.5, 86_400.0, 86_400.5, 1e300, math.inf, -3.0, "fast", "", "31 s", b"12")


@pytest.mark.parametrize(
    ("chosen", "commands", "images"),
    [
        (Filter.of(slower=30), [30.5, 86_400.0], [30.5, 86_400.0]),
        (Filter.of(slower=-1), [0.0, 0.5, 30.0, 30.5, 86_400.0], [0.5, 30.0, 30.5, 86_400.0]),
        (Filter.of(faster=30.5), [0.0, 0.5, 30.0], [0.5, 30.0]),
        (Filter.of(faster=1e9), [0.0, 0.5, 30.0, 30.5, 86_400.0], [0.5, 30.0, 30.5, 86_400.0]),
        (Filter.of(slower=1, faster=30.5), [30.0], [30.0]),
        (but(slower=0.5), [v for v in TOOK if v not in (30.0, 30.5, 86_400.0)],
         [v for v in TOOK if v not in (30.0, 30.5, 86_400.0)]),
    ],
)  # fmt: skip
def test_only_known_durations_are_slow_or_fast(
    tmp_path: Path, chosen: Filter, commands: list[Any], images: list[Any]
) -> None:
    path = tmp_path / "analytics.db"
    create(path, LOOSE)
    for field, table, rows in (("execution_time", "commands", COMMANDS[0]), ("generation_time", "images", IMAGES[0])):
        insert(path, Lot(**{table: tuple(rows | {field: took} for took in TOOK)}), LOOSE)
    with reading(path) as reader:
        assert [TOOK[row_id - 1] for row_id in ids(reader, CommandUsage, chosen)] == commands
        assert [TOOK[row_id - 1] for row_id in ids(reader, ImageStats, chosen)] == images


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (Filter.of(model="flux1-dev.safetensors"), [1, 2]),
        (Filter.of(sampler="euler"), [1, 3]),
        (Filter.of(steps=20), [1, 3]),
        (Filter((Term(Field.STEPS, "20"), Term(Field.STEPS, "8"))), [1, 2, 3]),
        (Filter.of(steps="many"), []),
        (but(steps=20), [2, 4]),
        (but(sampler="euler"), [2, 4]),
    ],
)
def test_images_are_found_by_what_made_them(tmp_path: Path, chosen: Filter, found: list[int]) -> None:
    path = tmp_path / "analytics.db"
    create(path, OURS)
    made = (("flux1-dev.safetensors", "euler", 20), ("flux1-dev.safetensors", "dpmpp_2m", 8), ("b", "euler", 20))
    rows = [{"model": model, "sampler": sampler, "steps": steps} for model, sampler, steps in made]
    insert(path, Lot(images=tuple(IMAGES[0] | row | {"timestamp": NOW} for row in (*rows, {}))))
    with reading(path) as reader:
        assert ids(reader, ImageStats, chosen) == found
        assert ids(reader, CommandUsage, chosen) == []


WHEN = (None, "now", "", b"\x01", 0.0, DISCORD_EPOCH, NOW, NOW + 1, 1.75e12, math.inf, -math.inf)


@pytest.mark.parametrize(
    ("chosen", "moments"),
    [
        (Filter.of(after=NOW), [NOW, NOW + 1]),
        (Filter.of(before=NOW), [DISCORD_EPOCH]),
        (Filter.of(before=NOW + 1, after=-1e300), [DISCORD_EPOCH, NOW]),
        (Filter.of(after=-1e300), [DISCORD_EPOCH, NOW, NOW + 1]),
        (Filter.of(before=1e300), [DISCORD_EPOCH, NOW, NOW + 1]),
        (EVERYTHING.within(NOW, math.inf), [NOW, NOW + 1]),
        (EVERYTHING.within(NOW, NOW + 1).within(0, NOW + 1e6), [NOW]),
        (EVERYTHING.within(NOW, NOW), []),
        (but(after=NOW), [when for when in WHEN if when not in (NOW, NOW + 1)]),
        (but(before=NOW), [when for when in WHEN if when != DISCORD_EPOCH]),
    ],
)
def test_only_usable_times_are_before_or_after(tmp_path: Path, chosen: Filter, moments: list[Any]) -> None:
    path = tmp_path / "analytics.db"
    create(path, LOOSE)
    insert(path, Lot(COMMANDS[:0], (), tuple(ACTIVITIES[0] | {"timestamp": when} for when in WHEN)), LOOSE)
    with reading(path) as reader:
        assert [WHEN[row_id - 1] for row_id in ids(reader, UserActivity, chosen)] == moments


def test_times_end_where_the_scan_ends_them() -> None:
    last = math.nextafter(END_OF_TIME, 0)
    row = ACTIVITIES[0]
    lot = Lot((), (), (row | {"timestamp": END_OF_TIME}, row | {"timestamp": last}))
    with stored(lot) as path, reading(path) as reader:
        assert ids(reader, UserActivity, Filter.of(after=0)) == [2]


def test_limits_of_all_filters_are_one_range_that_an_index_serves(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    open_for_writing(path).close()
    with reading(path) as reader:
        chosen = condition(CommandUsage, EVERYTHING.within(NOW, NOW + 9), EVERYTHING.within(NOW + 2, NOW + 5))
        text, values = reader.database.get_sql_context().sql(CommandUsage.select().where(chosen)).query()
        assert values == [NOW + 2, NOW + 5]
        plan = reader.database.execute_sql(f"EXPLAIN QUERY PLAN {text}", values).fetchall()
    assert "timestamp>? AND timestamp<?" in str(plan)


def test_text_that_is_no_utf8_is_found_by_what_is_shown_of_it(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    create(path, LOOSE)
    with closing(sqlite3.connect(path)) as connection, connection:
        for name in ("X'636166E9'", "'café'", "'caf'", "X'6361662520E9'"):
            connection.execute(f"INSERT INTO command_usage (command_name, user_id) VALUES (CAST({name} AS TEXT), '1')")
    with reading(path) as reader:
        shown = [name for (name,) in reader.rows(CommandUsage.select(CommandUsage.command_name))]
        assert shown == ["caf\ufffd", "café", "caf", "caf% \ufffd"]
        assert ids(reader, CommandUsage, Filter.of(command="café")) == [2]
        assert 1 in ids(reader, CommandUsage, Filter.of(command=shown[0]))
        assert ids(reader, CommandUsage, Filter.of(command=shown[3])) == [4]
        assert ids(reader, CommandUsage, Filter.of(text="caf", user="1")) == [1, 2, 3, 4]


def test_a_table_of_days_knows_only_text(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    create(path, LOOSE)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO daily_stats VALUES ('2026-11-24', 1, 1, 1, NULL, '{\"comfy\": 1}', NULL)")
    with reading(path) as reader:
        assert ids(reader, DailyStats, Filter.of(text="COMFY")) == ["2026-11-24"]
        assert ids(reader, DailyStats, Filter.of(text="redux")) == []
        for field in set(Field) - {Field.TEXT}:
            value = {Field.OUTCOME: "failed", Field.KIND: "video"}.get(field, "1")
            assert ids(reader, DailyStats, Filter((Term(field, value),))) == []
            assert ids(reader, DailyStats, Filter((Term(field, value, excluded=True),))) == ["2026-11-24"]


_VALUES = st.sampled_from(("comfy", "COMFY", "a\x00b", "7", "55", "44", "", "🦊", "x" * 10_000, "900000000000000001"))
_LIMIT_VALUES = st.sampled_from((0.0, 0.25, 7.5, 86_400.0, NOW, NOW - 50, -1e300, 1e300))


def a_value(field: Field) -> st.SearchStrategy[Any]:
    choices = {Field.OUTCOME: ("failed", "succeeded"), Field.KIND: ("image", "video")}.get(field)
    return st.sampled_from(choices) if choices else _LIMIT_VALUES if field in LIMITS else _VALUES


terms = st.sampled_from(Field).flatmap(lambda field: st.builds(Term, st.just(field), a_value(field), st.booleans()))


def holds(row: dict[str, Any], row_id: int, term: Term) -> bool:
    """Whether a command has what a term asks for, in plain words."""
    value: Any = term.value
    when, took, name = row["timestamp"], row["execution_time"], row["command_name"]
    has_time = isinstance(when, float) and DISCORD_EPOCH <= when < END_OF_TIME
    is_known = isinstance(took, int | float) and 0 <= took <= 86_400
    columns = {Field.COMMAND: name, Field.USER: row["user_id"], Field.CHANNEL: row["channel_id"], Field.ID: row_id}
    if term.field in columns:
        return brute_force.as_text(columns[term.field]) == value
    if term.field is Field.GUILD:
        guild = row["guild_id"]
        return bool(guild is None if value == "" else guild is not None and brute_force.as_text(guild) == value)
    if term.field is Field.TEXT:
        shown = name.decode() if isinstance(name, bytes) else str(name).partition("\0")[0]
        whose = (brute_force.as_text(row[key]) for key in ("user_id", "guild_id", "channel_id"))
        is_id = value.isdecimal() and 15 <= len(value) <= 20 and value in whose
        return is_id or ("\0" not in value and str(value).lower() in shown.lower())
    return bool(
        {
            Field.OUTCOME: (row["success"] == 0) == (value == "failed"),
            Field.SLOWER: is_known and took > value if term.field is Field.SLOWER else None,
            Field.FASTER: is_known and took < value if term.field is Field.FASTER else None,
            Field.AFTER: has_time and when >= value if term.field is Field.AFTER else None,
            Field.BEFORE: has_time and when < value if term.field is Field.BEFORE else None,
        }.get(term.field)
    )


def chosen_rows(rows: list[dict[str, Any]], chosen: Filter) -> list[int]:
    wanted = []
    for row_id, row in enumerate(rows, 1):
        included = [term for term in chosen.terms if not term.excluded]
        all_hold = all(holds(row, row_id, t) for t in included if t.field in LIMITS or t.field is Field.TEXT)
        fields = {term.field for term in included} - LIMITS - {Field.TEXT}
        one_of_each = all(any(holds(row, row_id, t) for t in included if t.field is field) for field in fields)
        if all_hold and one_of_each and not any(holds(row, row_id, t) for t in chosen.terms if t.excluded):
            wanted.append(row_id)
    return wanted


@pytest.mark.slow
@quick(80)
@given(
    st.lists(commands_at(st.sampled_from((NOW, NOW - 50, NOW - 99.5, 0.0, 1.75e12, None, "x"))), max_size=12),
    st.lists(st.lists(terms, max_size=4), min_size=8, max_size=8),
)
def test_any_filter_of_any_commands(rows: list[dict[str, Any]], filters: list[list[Term]]) -> None:
    with stored(Lot(tuple(rows)), LOOSE) as path, reading(path) as reader:
        held = brute_force.read(path).commands
        for chosen in (Filter(tuple(each)) for each in filters):
            assert ids(reader, CommandUsage, chosen) == chosen_rows(held, chosen), chosen


def test_a_hundred_terms_are_no_trouble() -> None:
    many = tuple(Term(field, SNOWFLAKE + str(n), n % 2 == 0) for n in range(25) for field in (
        Field.TEXT, Field.LORA, Field.USER, Field.GUILD))  # fmt: skip
    assert matching(Filter(many)) == [[], [], []]


@pytest.mark.parametrize("excluded", [False, True])
@pytest.mark.parametrize("field", [Field.USER, Field.LORA, Field.TEXT])
def test_a_hundred_terms_are_no_more_than_sqlite_can_read(tmp_path: Path, field: Field, excluded: bool) -> None:
    path = tmp_path / "analytics.db"
    open_for_writing(path).close()
    chosen = Filter(tuple(Term(field, str(number), excluded) for number in range(100)))
    with reading(path) as reader:
        assert reader.rows(ImageStats.select(ImageStats.id).where(condition(ImageStats, chosen))) == []
