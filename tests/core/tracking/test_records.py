"""Whatever a bot passes becomes a row that every database can hold, and nothing is raised."""

from __future__ import annotations

import json
import math
from contextlib import closing
from dataclasses import fields
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import ActionType, CommandUsage, ImageStats, UserActivity
from core.storage.location import Location
from core.tables.metric import Kind, Metric, MetricColumn
from core.tracking.batches import BatchWriter
from core.tracking.records import FIELDS, EventRow, ImageDetails, activity_record, command_record, image_record
from core.tracking.storable import LONG_TEXT, MOST_FILES, SHORT_TEXT, UNKNOWN

NOW = 1_790_000_000.25


def kind(value: object) -> str:
    """A test's name: the values themselves are too long, or refuse."""
    return type(value).__name__


def row(record: EventRow) -> dict[str, Any]:
    return dict(zip(FIELDS[record.model], record.values, strict=True))


def image(**given: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "user_id": 1, "prompt": "a cat", "resolution": "1:1", "loras": [], "upscale_factor": 1, "generation_time": 2.5,
    }  # fmt: skip
    return row(image_record(**{**usual, **given}))


def test_command() -> None:
    record = command_record("comfy", 41771983423143937, 2, 3, 1.5, True, clock=lambda: NOW)
    assert record.model is CommandUsage
    assert row(record) == {
        "command_name": "comfy", "user_id": "41771983423143937", "guild_id": "2", "channel_id": "3",
        "execution_time": 1.5, "success": 1, "outcome": "completed", "timestamp": NOW,
    }  # fmt: skip


def test_command_in_a_direct_message() -> None:
    values = row(command_record("stats", "7"))
    assert (values["guild_id"], values["channel_id"], values["execution_time"], values["success"]) == (None,) * 3 + (1,)


def test_image() -> None:
    record = image_record(1, "a cat", "1:1 [1024x1024]", ["a.safetensors"], 2, 12.5, clock=lambda: NOW)
    assert record.model is ImageStats
    assert row(record) == dict.fromkeys(field.name for field in fields(ImageDetails)) | {
        "user_id": "1", "prompt": "a cat", "resolution": "1:1 [1024x1024]", "loras": '["a.safetensors"]',
        "upscale_factor": 2, "generation_time": 12.5, "is_video": 0, "generation_type": "standard", "timestamp": NOW,
    }  # fmt: skip


def test_activity() -> None:
    record = activity_record(1, ActionType.BOT_START, 2, {"shards": 3}, clock=lambda: NOW)
    assert record.model is UserActivity
    assert record.values == ("1", "bot_start", "2", '{"shards": 3}', NOW)
    assert all(type(value) in (str, float) for value in record.values)


@pytest.mark.parametrize(
    ("is_video", "kind", "stored"),
    [(False, None, "standard"), (True, None, "video"), (True, "pulid", "pulid"), (False, "", "standard")],
)
def test_generation_type(is_video: bool, kind: str | None, stored: str) -> None:
    values = image(is_video=is_video, generation_type=kind)
    assert (values["is_video"], values["generation_type"]) == (int(is_video), stored)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (0, 0.0), (3, 3.0), (2.5, 2.5), (Decimal("1.25"), 1.25), (np.float32(0.5), 0.5), (np.float64(0.5), 0.5),
        (None, None), (-1.0, None), (math.nan, None), (math.inf, None), (-math.inf, None), (True, None),
        ("12", None), (b"1", None), (10**400, None), ([], None), (object(), None),
    ],
    ids=kind,
)  # fmt: skip
def test_durations(given: object, stored: float | None) -> None:
    for value in (image(generation_time=given)["generation_time"], command_record("x", 1, None, None, given).values[4]):
        assert value == stored
        assert type(value) in (float, type(None))


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (2, 2),
        ("2", 2),
        (1.6, 2),
        (None, None),
        (True, None),
        (-1, None),
        (2**31, None),
        ("two", None),
        (math.nan, None),
    ],
    ids=kind,
)
def test_upscale_factor(given: object, stored: int | None) -> None:
    assert image(upscale_factor=given)["upscale_factor"] == stored


class Evil:
    """Raises wherever it is asked."""

    def __str__(self) -> str:
        raise RuntimeError("no")

    __bool__ = __float__ = __iter__ = __len__ = __eq__ = __str__  # type: ignore[assignment]
    __hash__ = object.__hash__


class Member:
    """As discord.py's: its text is a name, and its id stands beside it."""

    def __init__(self, value: object) -> None:
        self.id = value

    def __str__(self) -> str:
        return "anna"


class Hidden:
    """Raises at its id."""

    @property
    def id(self) -> int:
        raise RuntimeError("no")

    def __str__(self) -> str:
        return "hidden"


ID = 41771983423143937


@pytest.mark.parametrize("given", [ID, str(ID), Member(ID)])
def test_an_id_is_stored_as_its_digits_whatever_it_came_as(given: object) -> None:
    assert image(user_id=given)["user_id"] == str(ID)
    command = command_record("comfy", given, given, given)
    assert command.values[1:4] == (str(ID),) * 3
    assert activity_record(given, "joined", given).values[:3] == (str(ID), "joined", str(ID))
    votes = Metric("votes", "Votes", "vote", (MetricColumn("user", "User", Kind.USER),))
    assert str(ID) in votes.record(user=given).values


@pytest.mark.parametrize(
    ("given", "stored"), [(Member("x"), "anna"), (Hidden(), "hidden"), (True, "1"), ("", "unknown")]
)
def test_id_that_is_none_is_kept_as_its_text(given: object, stored: str) -> None:
    assert image(user_id=given)["user_id"] == stored


class Shouting(str, Enum):  # noqa: UP042 - the kind whose str() is not its value
    COMFY = "comfy"


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (None, []), ([], []), ("", []), (["a", "b"], ["a", "b"]), (("a",), ["a"]), ({"b", "a"}, ["a", "b"]),
        ('["a", "b"]', ["a", "b"]), ("a.safetensors", ["a.safetensors"]), ("[not json", ["[not json"]),
        ("[" * 50_000, None), ({"a": 0.8}, ["a"]), ([1, None], ["1", "None"]), ([Evil()], [UNKNOWN]),
        (["ä\ud800\0"], ["ä\ufffd\ufffd"]), (7, ["7"]),
    ],
    ids=kind,
)  # fmt: skip
def test_loras(given: object, stored: list[str] | None) -> None:
    names = json.loads(image(loras=given)["loras"])
    assert names == (stored if stored is not None else ["[" * SHORT_TEXT])


def test_loras_are_bounded() -> None:
    names = json.loads(image(loras=["x" * 10_000] * 10_000)["loras"])
    assert names == ["x" * SHORT_TEXT] * MOST_FILES


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (None, None), ("plain", "plain"), ({"a": [1, 2.5, None, True]}, '{"a": [1, 2.5, null, true]}'), ([], "[]"),
        ({"n": math.nan}, '{"n": null}'), ({1: {2, }}, '{"1": [2]}'), ({"e": Evil()}, '{"e": "unknown"}'), (5, "5"),
        ({"n": 10**5000}, '"unknown"'),
    ],
    ids=kind,
)  # fmt: skip
def test_details(given: object, stored: str | None) -> None:
    assert activity_record(1, "x", None, given).values[3] == stored


def test_endless_details_end() -> None:
    loop: list[object] = []
    loop.append(loop)
    for details in (loop, {"x": "y" * 10 * LONG_TEXT}, [["\n" * LONG_TEXT]] * 3):
        text = activity_record(1, "x", None, details).values[3]
        assert isinstance(text, str)
        assert len(text) <= LONG_TEXT
        json.loads(text)


def test_text_is_bounded_and_storable() -> None:
    assert image(prompt="x" * (LONG_TEXT + 1))["prompt"] == "x" * LONG_TEXT
    assert image(prompt="a\0b\ud83d\ude00\udc00ü")["prompt"] == "a\ufffdb\U0001f600\ufffdü"
    assert image(prompt="")["prompt"] == ""
    assert image(prompt=None)["prompt"] is None


@pytest.mark.parametrize(
    ("given", "stored"),
    [(None, UNKNOWN), ("", UNKNOWN), (Evil(), UNKNOWN), (10**5000, UNKNOWN), (True, "1"), (Shouting.COMFY, "comfy")],
    ids=kind,
)
def test_names(given: object, stored: str) -> None:
    assert command_record(given, given).values[:2] == (stored, stored)


def test_success_is_any_truth() -> None:
    assert [command_record("x", 1, success=given).values[5] for given in (1, "yes", None, 0, Evil())] == [1, 1, 0, 0, 0]


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.binary() | st.decimals() | st.complex_numbers()
    | st.text(st.characters(exclude_categories=[])) | st.just(Evil()) | st.dates() | st.builds(lambda: 10**5000)
)  # fmt: skip
keys = st.none() | st.integers() | st.text(max_size=5) | st.floats()
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=4), max_leaves=10
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path: Path = tmp_path_factory.mktemp("records") / "a.db"
    with closing(BatchWriter(Location(path=path), busy_timeout=5.0)) as writer:
        yield writer


@pytest.mark.slow
@given(values=st.lists(anything, min_size=8, max_size=8))
@settings(max_examples=150, deadline=None)
def test_any_objects_are_stored_and_read_back_valid(store: BatchWriter, values: list[Any]) -> None:
    records = [command_record(*values[:6]), image_record(*values), activity_record(*values[:4])]
    assert store.write(records) == 0
    assert store.database is not None
    for record in records:
        fields = [record.model._meta.fields[name] for name in FIELDS[record.model]]
        newest = record.model.select(*fields).order_by(record.model.id.desc()).limit(1)  # type: ignore[attr-defined]
        (stored,) = store.database.execute(newest).fetchall()
        assert tuple(stored) == record.values
        for field, value in zip(fields, stored, strict=True):
            assert value is not None or field.null
            assert not isinstance(value, str) or value.encode() or value == ""
            assert not isinstance(value, float) or math.isfinite(value)
    assert isinstance(json.loads(row(records[1])["loras"]), list)
