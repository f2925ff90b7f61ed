"""The Overview's tiles: what they tell of a range."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.alarms.verdict import Cause, Verdict
from core.charts.specs import Ink
from core.presenters import presenter
from core.presenters.overview_tiles import KEYS, LAST_SEEN, last_seen_tile, tiles
from core.presenters.presenter import Tile
from core.statistics.results import Durations, PeriodChange, Totals
from tests.gui.snapshot_samples import NOW, empty_overview, overview

BEFORE = Totals(250, 1, 80, 10, 8, Durations(80, 0, 11.0, 11.0, 22.0, 25.0))
AFTER = Totals(276, 6, 100, 10, 12, Durations(90, 10, 13.0, 12.8, 24.1, 30.0))
COMPARED = PeriodChange(AFTER, BEFORE, "24 h before")


def words(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("key", "change", "severity"),
    [
        ("commands", "+10 %", Ink.GOOD),
        ("success", "−1.8 pt", Ink.BAD),
        ("images", "+25 %", Ink.GOOD),
        ("users", "+4", Ink.GOOD),
        ("generation", "+16 %", Ink.BAD),
    ],
)
def test_changes_are_told_as_good_or_bad_news(key: str, change: str, severity: Ink) -> None:
    tile = tiles(overview(change=COMPARED))[key]
    assert (words(tile.change), tile.severity, tile.comparison) == (change, severity, "vs 24 h before")


def test_the_other_way_round_the_news_are_the_other_way_round() -> None:
    told = tiles(overview(change=PeriodChange(BEFORE, AFTER, "24 h before")))
    severities = {"commands": Ink.BAD, "success": Ink.GOOD, "images": Ink.BAD, "users": Ink.BAD, "generation": Ink.GOOD}
    assert {key: told[key].severity for key in severities} == severities


def test_without_a_period_before_nothing_is_compared() -> None:
    assert {(tile.change, tile.comparison) for tile in tiles(overview(change=None)).values()} == {("", "")}


def test_from_nothing_there_is_no_percentage() -> None:
    told = tiles(overview(change=PeriodChange(AFTER, Totals(), "24 h before")))
    assert told["commands"].change == "+276"
    assert told["success"].change == ""
    assert told["generation"].change == ""


def test_values_are_those_of_the_whole_range() -> None:
    expected = {"commands": "276", "success": "99.3 %", "images": "100", "users": "12", "generation": "12.8 · 24.1 s"}
    told, nothing = tiles(overview(change=COMPARED)), tiles(empty_overview())
    assert {key: words(told[key].value) for key in expected} == expected
    assert [words(nothing[key].value) for key in expected] == ["0", "—", "0", "0", "—"]


def test_the_keys_are_those_of_the_tiles_and_of_the_one_that_ages() -> None:
    assert {*KEYS} == tiles(overview()).keys() | {LAST_SEEN}


def test_two_units_are_both_named() -> None:
    slow = overview(totals=replace(AFTER, generation=Durations(3, 0, 60.0, 12.8, 125.0, 200.0)))
    assert words(tiles(slow)["generation"].value) == "12.8 s · 2 min 05 s"


def test_a_bucket_that_still_fills_is_not_in_the_sparkline() -> None:
    of = overview()
    assert of.buckets.edges[-1] > of.now
    assert tiles(of)["commands"].spark == tuple(range(23))


@pytest.mark.parametrize(
    ("seen", "restarts", "cause", "expected"),
    [
        (NOW - 2, (), None, ("2 s ago", "", Ink.MUTED)),
        (NOW - 2, (NOW - 90_000, NOW - 18_000), Cause.LIVELY, ("2 s ago", "up 5 h", Ink.MUTED)),
        (NOW - 120, (NOW - 18_000,), Cause.UNASKED, ("2 min ago", "up 5 h", Ink.MUTED)),
        (NOW - 720, (NOW - 18_000,), Cause.UNASKED, ("12 min ago", "no requests", Ink.MUTED)),
        (NOW - 720, (NOW - 18_000,), Cause.UNCLEAR, ("12 min ago", "quiet", Ink.MUTED)),
        (NOW - 720, (NOW - 18_000,), Cause.STOPPED, ("12 min ago", "stopped writing", Ink.WARN)),
        (NOW - 60, (NOW - 18_000,), Cause.SHUT_DOWN, ("1 min ago", "shut down", Ink.WARN)),
        (None, (), Cause.NO_EVENTS, ("—", "nothing so far", Ink.MUTED)),
    ],
)
def test_the_bot_was_seen_last(
    seen: float | None, restarts: tuple[float, ...], cause: Cause | None, expected: tuple[str, str, Ink]
) -> None:
    verdict = None if cause is None else Verdict(cause, "as the light says")
    tile = last_seen_tile(overview(last_seen=seen, restarts=restarts), NOW, verdict)
    assert (words(tile.value), words(tile.change), tile.severity) == expected


def test_a_screen_reader_hears_no_abbreviation_in_any_language(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Tile("Commands", "3", "+5 %", comparison="vs 24 h before").sentence.endswith("compared with 24 h before.")
    german = {"vs {label}": "ggü. {label}", "compared with ": "verglichen mit "}
    monkeypatch.setattr(presenter, "_", german.__getitem__)
    told = Tile("Befehle", "3", "+5 %", comparison="ggü. 24 h davor").sentence
    assert told == "Befehle: 3, +5 % verglichen mit 24 h davor."
