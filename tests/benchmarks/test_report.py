"""The rows and the table of the benchmarks."""

from __future__ import annotations

import json

import pytest

from tests.benchmarks.report import HEADINGS, Row, as_json, table


@pytest.mark.parametrize(
    ("value", "target", "higher", "met"),
    [(9, 10, False, True), (10, 10, False, True), (11, 10, False, False), (9, 10, True, False), (9, None, True, None)],
)
def test_met(value: float, target: float | None, higher: bool, met: bool | None) -> None:
    assert Row("x", "ms", value, target, None, higher).met is met


@pytest.mark.parametrize(
    ("value", "baseline", "higher", "ratio"),
    [(2, 10, False, 5), (10, 2, True, 5), (0, 10, False, None), (10, 0, True, None), (1, None, False, None)],
)
def test_ratio(value: float, baseline: float | None, higher: bool, ratio: float | None) -> None:
    assert Row("x", "ms", value, None, baseline, higher).ratio == ratio


def test_table_is_aligned() -> None:
    lines = table([Row("short", "ms", 1.234, 5), Row("a longer name", "/s", 12_345, 20_000, 100, True, "why")]).split(
        "\n"
    )
    assert lines[0].split() == list(HEADINGS)
    assert lines[2].split() == ["a", "longer", "name", "12,345", "/s", "≥", "20,000", "100", "123×", "NO", "why"]
    assert len({line.index(word) for line, word in zip(lines, ("met", "yes", "NO"), strict=True)}) == 1


def test_json_holds_everything() -> None:
    read = json.loads(json.dumps(as_json({"tracking": [Row("x", "ms", 1, 2, 3)]}, ["charts"])))
    assert read["failed_to_run"] == ["charts"]
    assert read["results"]["tracking"][0] | {"met": True, "ratio": 3} == read["results"]["tracking"][0]
    assert set(read["machine"]) == {"date", "cpus", "platform", "python", "sqlite"}
