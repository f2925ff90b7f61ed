from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from core.feed.recent_events import MOST_EVENTS, merged, newest_events
from core.feed.snapshot import Event, EventKind
from core.models import CommandUsage
from core.storage.reader import reading
from core.storage.seeks import IdSpan
from core.storage.values import Kind, clean
from tests.core import deployed

NOW = 1_800_000_000.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return deployed.create(tmp_path / "analytics.db")


def insert(path: Path, table: str, **values: Any) -> None:
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))


def command(path: Path, **values: Any) -> None:
    insert(path, "command_usage", **{"command_name": "comfy", "user_id": "1", "timestamp": NOW, "success": 1} | values)


def image(path: Path, **values: Any) -> None:
    insert(path, "image_stats", **{"user_id": "1", "timestamp": NOW} | values)


def activity(path: Path, **values: Any) -> None:
    insert(path, "user_activity", **{"user_id": "1", "action_type": "click", "timestamp": NOW} | values)


def events(path: Path, **options: Any) -> tuple[Event, ...]:
    with reading(path) as reader:
        return newest_events(reader, **options)


def test_all_three_tables_are_one_stream_newest_first(path: Path) -> None:
    command(path, timestamp=NOW + 3)
    image(path, timestamp=NOW + 1)
    activity(path, timestamp=NOW + 2)
    command(path, timestamp=NOW)
    assert [(event.kind, event.timestamp) for event in events(path)] == [
        (EventKind.COMMAND, NOW + 3),
        (EventKind.ACTIVITY, NOW + 2),
        (EventKind.IMAGE, NOW + 1),
        (EventKind.COMMAND, NOW),
    ]


def test_command_event_says_its_outcome(path: Path) -> None:
    command(path, guild_id="77", execution_time=1.5, success=0)
    assert events(path) == (Event(EventKind.COMMAND, 1, NOW, "comfy", "1", "77", "", 1.5, False),)


@pytest.mark.parametrize("stored", [0, None, "0", 1, "1", "", "what", b"", 0.0, 2])
def test_event_and_table_agree_on_what_a_video_is(path: Path, stored: object) -> None:
    """A bot's own file takes any value; whatever is no image's is a video's, as in the statistics."""
    image(path, is_video=stored)
    (event,) = events(path)
    assert event.title == clean(Kind.MEDIA, stored)
    assert event.title == ("image" if stored in (0, None, "0") else "video")


def test_image_and_video_events_say_what_was_made(path: Path) -> None:
    image(path, prompt="a fox", generation_time=20)
    image(path, prompt=None, generation_time=0.0, is_video=1)
    assert events(path) == (
        Event(EventKind.IMAGE, 2, NOW, "video", "1", None, "", None, True),
        Event(EventKind.IMAGE, 1, NOW, "image", "1", None, "a fox", 20.0, True),
    )


def test_activity_event_says_its_action(path: Path) -> None:
    activity(path, details="of a button", guild_id="5")
    assert events(path) == (Event(EventKind.ACTIVITY, 1, NOW, "click", "1", "5", "of a button", None, True),)


def test_events_are_the_newest_two_hundred_and_no_more(path: Path) -> None:
    deployed.fill(path, commands=150, images=150, start=NOW)
    found = events(path)
    assert len(found) == MOST_EVENTS == 200
    assert {event.timestamp for event in found} == {NOW + i for i in range(50, 150)}


def test_long_text_is_cut(path: Path) -> None:
    long = "ü" * 200_000
    command(path, command_name=long, user_id=long, guild_id=long)
    image(path, prompt=long, user_id=long)
    activity(path, details=long, action_type=long)
    for event in events(path):
        for text in (event.title, event.user_id, event.guild_id or "", event.detail):
            assert len(text) <= 500
    assert [event.detail for event in events(path) if event.kind is EventKind.IMAGE] == ["ü" * 500]


@pytest.mark.parametrize(
    "moment", [0, -1.0, 1_800_000_000_000.0, float("inf"), "yesterday", b"\xff", 253_402_300_799.0]
)
def test_a_time_that_is_none_goes_last(path: Path, moment: Any) -> None:
    command(path, timestamp=moment)
    command(path, timestamp=NOW)
    assert [event.timestamp for event in events(path)] == [NOW, None]


@pytest.mark.parametrize("seconds", [None, -1.0, float("inf"), 1e9, "soon", b"\x00"])
def test_a_duration_that_is_none(path: Path, seconds: Any) -> None:
    command(path, execution_time=seconds)
    image(path, generation_time=seconds)
    assert [event.seconds for event in events(path)] == [None, None]


def test_a_command_may_take_no_time_at_all(path: Path) -> None:
    command(path, execution_time=0.0)
    assert events(path)[0].seconds == 0.0


def test_anything_may_stand_anywhere(path: Path) -> None:
    command(path, command_name=b"\x00\xff", user_id=17, guild_id=2.5)
    image(path, prompt=b"\xff" * 9_000, is_video="what")
    activity(path, details=12345, action_type="\u202eabc\x00\n")
    for event in events(path):
        assert isinstance(event.title + event.user_id + event.detail, str)
        assert len(event.detail) <= 500


def test_text_that_is_no_text(path: Path) -> None:
    image(path, prompt="later")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE image_stats SET prompt = CAST(x'61ff62' AS TEXT)")
    assert events(path)[0].detail == "a\ufffdb"


def test_of_some_ids_only(path: Path) -> None:
    deployed.fill(path, commands=10, images=10, start=NOW)
    found = events(path, spans={CommandUsage: IdSpan(3, 6)})
    assert [(event.kind, event.id) for event in found] == [(EventKind.COMMAND, i) for i in (6, 5, 4)]
    assert events(path, spans={}) == ()


def test_merging_keeps_order_and_bound(path: Path) -> None:
    deployed.fill(path, commands=150, start=time.time() - 400)
    first = events(path)
    deployed.fill(path, commands=150, start=time.time() - 200)
    both = merged(events(path, spans={CommandUsage: IdSpan(150, 300)}), first)
    assert both == events(path)


def test_without_any_table(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    assert events(tmp_path / "empty.db") == ()
