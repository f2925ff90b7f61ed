"""Of cells only that is unpacked which is asked for, and sums are made of the largest ones that fit."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.presenters.overview_tiles import overview
from core.presenters.presenter import page_of
from core.statistics.rollups import packing
from core.statistics.rollups.upkeep import bring_up_to_date
from core.statistics.window import Aggregate, collect
from core.storage.location import locate
from core.storage.reader import reading
from core.time_ranges import CHOICES, DAY, TimeRange, window
from tests.core import deployed

ZONE = ZoneInfo("Europe/Berlin")
DAYS = 300


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The bytes of each part of a cell that is unpacked."""
    known, sizes = packing.msgpack.unpackb, []

    def noted(data: bytes, **options: Any) -> Any:
        sizes.append(len(data))
        return known(data, **options)

    monkeypatch.setattr(packing.msgpack, "unpackb", noted)
    monkeypatch.setattr(packing, "_LATELY", packing.UnpackedLately(1_000_000))
    return sizes


@pytest.fixture
def counted(tmp_path: Path) -> tuple[Path, float]:
    """A database whose rows were counted into cells at this moment."""
    path, now = deployed.create(tmp_path / "analytics.db"), time.time()
    deployed.fill(path, commands=2 * DAYS, images=DAYS, step=DAY / 2, start=now - DAYS * DAY)
    bring_up_to_date(locate(path), ZONE, own=True, now=now)
    return path, now


@pytest.fixture
def found(counted: tuple[Path, float]) -> Aggregate:
    return everything(*counted)


def everything(path: Path, now: float) -> Aggregate:
    with reading(path, own=True) as reader:
        return collect(reader, window(CHOICES["all"], now, ZONE, TimeRange(now - DAYS * DAY, now)), now)


def test_only_what_somebody_looks_at_is_unpacked(found: Aggregate, unpacked: list[int]) -> None:
    assert found.counted_before and not unpacked
    assert found.whole.cell.commands.total() == 2 * DAYS
    buckets = len(found.cells)
    assert 0 < len(unpacked) < buckets / 2  # months and what is left at the ends, where the buckets are weeks
    overview(page_of(found, time.time()))
    shown = len(unpacked)
    assert shown > buckets
    times = sum(sum(counts.total() for counts in cell.execution.values()) for cell in found.cells.values())
    assert times == sum(counts.total() for counts in found.whole.cell.execution.values()) == 2 * DAYS
    assert len(unpacked) >= shown + buckets / 2  # the times of each bucket are no part of what Overview shows


def test_who_comes_back_to_a_range_finds_its_cells_unpacked(
    counted: tuple[Path, float], unpacked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = overview(page_of(everything(*counted), counted[1]))
    once = len(unpacked)
    changed = everything(*counted)
    for cell in (*changed.cells.values(), changed.whole.cell):
        cell.settle()
        cell.commands.clear()
        cell.users["somebody else"] += 1
        cell.execution["another"][1] += 1
    anew = len(unpacked)
    assert overview(page_of(everything(*counted), counted[1])) == first, "what one page counts is no other page's"
    assert once < anew == len(unpacked)
    monkeypatch.setattr(packing, "_LATELY", packing.UnpackedLately(0))
    assert overview(page_of(everything(*counted), counted[1])) == first
    assert len(unpacked) >= anew + once


def test_no_more_is_kept_than_fits() -> None:
    made: list[int] = []

    def part(number: int, size: int = 10) -> int:
        def unpack() -> packing.Counters:
            made.append(number)
            return {"number": number}

        return int(kept.get((str(number), b" " * size), unpack)["number"])

    kept = packing.UnpackedLately(30)
    assert [part(number) for number in (1, 2, 3, 1, 4, 1, 2)] == [1, 2, 3, 1, 4, 1, 2]
    assert made == [1, 2, 3, 4, 2], "the one that was asked for longest ago goes first"
    assert part(5, 31) == part(5, 31) == 5
    assert made[5:] == [5, 5]
