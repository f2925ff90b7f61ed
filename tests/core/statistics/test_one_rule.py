"""What counts, counts everywhere alike: on a page, in a table, in a report, in a sum."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.answers.summary import summary_of
from core.filters import Filter, condition
from core.models import ImageStats
from core.statistics import reports
from core.statistics.image_counting import IMAGE_DETAILS
from core.statistics.window import collect
from core.storage.reader import Reader, reading
from core.tables.definitions import TableQuery
from core.tables.paging.pager import Pager
from core.time_ranges import CHOICES, DAY, Window, local_days
from tests.core import deployed

ZONE = ZoneInfo("UTC")
NOW = 1.75e9
TODAY = local_days(1, NOW, ZONE)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    path = deployed.create(tmp_path / "a.db")
    with reading(path, own=True) as opened:
        yield opened


def add_images(reader: Reader, *rows: dict[str, Any]) -> None:
    plain = {
        "user_id": "1",
        "resolution": "1:1",
        "loras": "[]",
        "timestamp": NOW,
        "is_video": 0,
        "generation_type": "pulid",
    }
    with closing(sqlite3.connect(str(reader.location))) as connection, connection:
        for row in rows:
            values = plain | row
            connection.execute(
                f"INSERT INTO image_stats ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
                tuple(values.values()),
            )


def counted(reader: Reader, dimension: str) -> dict[str, int]:
    """As the Images page has it."""
    cell = collect(reader, Window(CHOICES["custom"], TODAY, None), NOW, counters=(IMAGE_DETAILS,)).whole.cell
    return {name: n for (of, name), n in cell.made.items() if of == dimension}


def shown(reader: Reader, column: int) -> list[Any]:
    """As the table has it, the oldest first."""
    rows = [record for page in Pager(reader, TableQuery("images")).pages(None) for _, record in page.rows]
    return [record.values[column] for record in reversed(rows)]


def found(reader: Reader, **values: str) -> int:
    chosen = condition(ImageStats, Filter.of(**values))
    return len(reader.rows(ImageStats.select(ImageStats.id).where(chosen)))


def test_the_word_video_is_no_resolution(reader: Reader) -> None:
    add_images(reader, {"resolution": "video", "is_video": 1}, {"resolution": ""}, {"resolution": None}, {})
    assert counted(reader, "resolution") == {"": 3, "1:1": 1}
    (day,) = reports.image_report(reader, TODAY)
    assert day["resolution_breakdown"] == {"1:1": 1}
    assert reports.summary(reader, 0.0)["top_resolutions"] == {"1:1": 1}
    assert shown(reader, 3) == [None, None, None, "1:1"]
    assert found(reader, resolution="1:1") == 1


def test_an_empty_type_is_the_standard_one(reader: Reader) -> None:
    add_images(reader, {"generation_type": ""}, {"generation_type": None}, {"generation_type": "standard"}, {})
    assert counted(reader, "type") == {"standard": 3, "pulid": 1}
    (day,) = reports.image_report(reader, TODAY)
    assert day["type_breakdown"] == {"standard": 3, "pulid": 1}
    assert found(reader, type="standard") == 3
    assert shown(reader, 7) == ["standard", "standard", "standard", "pulid"]


def test_one_lora_has_one_name(reader: Reader) -> None:
    add_images(
        reader,
        {"loras": json.dumps(["flux\\style.safetensors"])},
        {"loras": '["flux\\/style.safetensors"]'},
        {"loras": json.dumps([{"name": "flux/style.safetensors", "strength": 0.8}])},
        {"loras": json.dumps([["flux\\style.safetensors", 1], ["flux/style.safetensors", 0.5]])},
        {"loras": json.dumps(["other.safetensors"])},
    )
    assert counted(reader, "lora") == {"flux/style.safetensors": 4, "other.safetensors": 1}
    for name in ("flux/style.safetensors", "flux\\style.safetensors", "style.s"):
        assert found(reader, lora=name) == 4
    assert shown(reader, 4)[:4] == [("flux/style.safetensors",)] * 4
    assert shown(reader, 5) == [None, None, "flux/style.safetensors 0.8", "flux/style.safetensors 1", None]


def test_nobody_is_no_user_and_activities_make_none(reader: Reader) -> None:
    add_images(reader, {"user_id": "1"}, {"user_id": ""})
    with closing(sqlite3.connect(str(reader.location))) as connection, connection:
        connection.execute(
            "INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('2', 'button', ?)", (NOW,)
        )
    assert counted(reader, "user") == {"1": 1}
    assert reports.summary(reader, 0.0)["total_users"] == 1
    assert [day["unique_users"] for day in reports.user_report(reader, TODAY)] == [1]
    whole = collect(reader, Window(CHOICES["custom"], TODAY, None), NOW).whole.cell
    assert set(whole.users) == {"1"}
    assert summary_of(reader, "UTC", NOW, 0.0).users == 1


def test_what_lies_behind_today_is_in_no_sum_yet(reader: Reader) -> None:
    end = TODAY.edges[-1]
    add_images(
        reader, {"timestamp": NOW}, {"timestamp": end - 1}, {"timestamp": end}, {"timestamp": NOW + 300 * DAY},
        {"timestamp": NOW * 1_000}, {"timestamp": "soon"},
    )  # fmt: skip
    days = sum(day["total_images"] for day in reports.image_report(reader, TODAY))
    assert days == 2
    assert reports.summary(reader, 0.0, end)["total_images"] == 4  # two have no usable time, and have happened
    assert summary_of(reader, "UTC", NOW, 0.0).images.rows == 4
