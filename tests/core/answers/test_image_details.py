"""Images are counted by the model, the sampler and the steps that made them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.answers.breakdown import Question, breakdown
from core.answers.dimensions import dimension_named, tables_for
from core.cli.stats_output import StatsSheet
from core.manager import AnalyticsManager
from core.storage.location import Location
from core.tasks import finish
from core.text.typed_ranges import range_of
from core.tracking.records import ImageDetails
from tests.core import deployed

BERLIN = ZoneInfo("Europe/Berlin")
MADE = (
    ImageDetails(model="a.safetensors", sampler="euler", steps=20),
    ImageDetails(model="a.safetensors", sampler="euler", steps=8),
    ImageDetails(model="b.safetensors", sampler="dpmpp_2m", steps=20),
    ImageDetails(steps=20),
    None,
)


def counted(path: Path, by: str) -> dict[str | None, int]:
    """How many images each name has."""
    now = time.time()
    chosen = (dimension_named(by),)
    question = Question(tables_for(chosen), chosen, range_of("7d", BERLIN, now), BERLIN)
    found = finish(breakdown(Location(path=path), question, now))
    return {row[by]: row["images"] for row in json.loads(StatsSheet(question, found, now).as_json())["rows"]}


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("model", {"a.safetensors": 2, "b.safetensors": 1, None: 2}),
        ("sampler", {"euler": 2, "dpmpp_2m": 1, None: 2}),
        ("steps", {"20": 3, "8": 1, None: 1}),
    ],
)
def test_by_what_made_them(tmp_path: Path, by: str, expected: dict[str | None, int]) -> None:
    path = tmp_path / "bot.db"
    manager = AnalyticsManager(path)
    for details in MADE:
        manager.track_image_generation(1, "a fox", "1:1", [], 1, 10.0, details=details)
    manager.close()
    assert counted(path, by) == expected


@pytest.mark.parametrize("by", ["model", "sampler", "steps"])
def test_a_file_of_before_has_no_name_for_them(tmp_path: Path, by: str) -> None:
    path = deployed.create(tmp_path / "bot.db")
    deployed.fill(path, images=7, step=60.0)
    assert counted(path, by) == {None: 7}
