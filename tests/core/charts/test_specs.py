"""Charts as data: what the builders make of an overview."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from core.charts.overview_charts import commands_chart, images_chart, users_chart
from core.charts.specs import Chart, Ink, Mark, Marker, Unit
from core.statistics.results import Durations, Overview, Timeline, Totals
from core.time_ranges import Buckets

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 24, 10, 0, tzinfo=BERLIN).timestamp()
HALF_HOURS = Buckets(tuple(START + 1800 * i for i in range(5)), "30 min", BERLIN)
NONE = (0, 0, 0, 0)
DAY = "Tue 24\N{NO-BREAK SPACE}Nov"


def overview(
    *,
    by_command: Mapping[str, tuple[int, ...]] | None = None,
    failures: tuple[int, ...] = NONE,
    images: tuple[int, ...] = NONE,
    videos: tuple[int, ...] = NONE,
    users: tuple[int, ...] = NONE,
    generation: tuple[Durations, ...] = (Durations(),) * 4,
    restarts: tuple[float, ...] = (),
) -> Overview:
    """An overview of two hours in half-hours; commands are the succeeded ones and the failures."""
    runs = dict(by_command or {})
    commands = tuple(sum(values[i] for values in runs.values()) + failures[i] for i in range(4))
    timeline = Timeline(commands, failures, runs, images, videos, users, generation, (Durations(),) * 4)
    totals = Totals(sum(commands), sum(failures), sum(images), sum(videos), active_users=7)
    return Overview(HALF_HOURS, START + 5400, totals, None, timeline, (), None, restarts)


def test_commands_are_stacked_by_rank_with_the_rest_as_other_and_failures_on_top() -> None:
    runs = {"comfy": (5, 6, 7, 8), "redux": (3, 3, 3, 3), "pulid": (2, 2, 2, 2), "a": (1, 0, 0, 0), "b": (1, 1, 0, 0)}
    chart = commands_chart(overview(by_command=runs, failures=(0, 2, 0, 1)))
    assert [(s.name, s.ink) for s in chart.series] == [
        ("comfy", Ink.SERIES_1),
        ("redux", Ink.SERIES_2),
        ("pulid", Ink.SERIES_3),
        ("other", Ink.SERIES_4),
        ("failed", Ink.BAD),
    ]
    assert {s.mark for s in chart.series} == {Mark.BAR}
    assert chart.series[3].values == (2, 1, 0, 0)
    assert chart.series[4].values == (0, 2, 0, 1)
    assert [sum(s.values[i] or 0 for s in chart.series) for i in range(4)] == [12, 14, 12, 14]
    assert chart.subtitle == "per 30 min"
    assert (chart.left, chart.right, chart.empty) == (Unit.COUNT, None, None)


def test_other_counts_what_the_breakdown_does_not_name() -> None:
    whole = overview(by_command={"comfy": (1, 1, 1, 1)})
    partial = replace(whole, timeline=replace(whole.timeline, commands=(4, 1, 1, 1)))
    assert commands_chart(partial).series[1].values == (3, 0, 0, 0)


def test_two_commands_need_no_other() -> None:
    chart = commands_chart(overview(by_command={"comfy": (1, 0, 0, 0), "redux": (1, 0, 0, 0)}))
    assert [s.name for s in chart.series] == ["comfy", "redux", "failed"]


def test_strangers_names_are_short_and_never_mistaken_for_our_words_or_each_other() -> None:
    runs = {"failed": (3, 0, 0, 0), "x" * 10_000: (2, 0, 0, 0), "x" * 9_999: (1, 0, 0, 0), "\n": (0, 1, 0, 0)}
    names = [s.name for s in commands_chart(overview(by_command=runs)).series]
    assert names[0] == "/failed"
    assert len(set(names)) == len(names) == 5
    assert max(map(len, names)) <= 45
    assert commands_chart(overview(by_command={"\u202e": (1, 0, 0, 0)})).series[0].name == "(no name)"


def test_markers_are_those_within_the_range_in_order() -> None:
    chart = commands_chart(overview(restarts=(START + 3600, START - 1)), resets=(START + 60, START + 7200))
    assert chart.markers == (Marker(START + 60, "statistics reset 10:01"), Marker(START + 3600, "bot restarted 11:00"))


def test_the_summary_says_how_many_how_many_failed_and_when_most() -> None:
    chart = commands_chart(overview(by_command={"comfy": (5, 1_000, 2, 0)}, failures=(0, 30, 4, 0)))
    assert chart.summary == f"1,041 commands in 2 h, 34 failed; busiest {DAY}, 10:30 – 11:00 with 1,030."
    assert commands_chart(overview(by_command={"comfy": (1, 0, 0, 0)})).summary.startswith("1 command in 2 h, none")


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (commands_chart, "No commands in this range."),
        (images_chart, "No images in this range."),
        (users_chart, "No active users in this range."),
    ],
)
def test_an_empty_range_says_so(build: Callable[[Overview], Chart], words: str) -> None:
    chart = build(overview())
    assert (chart.empty, chart.summary) == (words, words)
    assert chart.edges == HALF_HOURS.edges


def test_images_have_their_generation_time_on_the_right_with_gaps_where_it_is_unknown() -> None:
    known = Durations(count=3, p50=12.0, p95=24.0)
    chart = images_chart(overview(images=(3, 0, 4, 1), videos=(1, 0, 0, 1), generation=(known, *(Durations(),) * 3)))
    by_name = {s.name: s for s in chart.series}
    assert by_name["images"].values == (2, 0, 4, 0)
    assert by_name["videos"].values == (1, 0, 0, 1)
    assert by_name["p50"].values == (12.0, None, None, None)
    assert (by_name["p50"].mark, by_name["p50"].band_to, by_name["p50"].right) == (Mark.LINE, "p95", True)
    assert (by_name["p95"].mark, by_name["p95"].right) == (Mark.DASHED, True)
    assert chart.right is Unit.SECONDS
    assert chart.title == "Images, videos and generation time"
    assert chart.summary == f"6 images and 2 videos in 2 h; busiest {DAY}, 11:00 – 11:30 with 4."


def test_images_without_any_known_time_say_so_and_have_one_axis() -> None:
    chart = images_chart(overview(images=(1, 2, 3, 4)))
    assert [s.name for s in chart.series] == ["images"]
    assert chart.title == "Images and generation time"
    assert chart.right is None
    assert chart.subtitle == "per 30 min · no generation times known"


def test_users_are_counted_once_over_the_range() -> None:
    chart = users_chart(overview(users=(3, 4, 5, 2)))
    assert chart.series[0].values == (3, 4, 5, 2)
    assert chart.summary == f"7 active users in 2 h; busiest {DAY}, 11:00 – 11:30 with 5."
