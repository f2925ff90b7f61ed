"""The charts of the Overview, of the bot's answers and of the manager, from counters that are written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from core.charts.inks import OTHERS, inks_of
from core.charts.specs import Chart, Ink, Mark, Marker, Opens, Unit
from core.feed.snapshot import Source
from core.filters import Filter
from core.presenters.commands import COMMANDS, no_commands
from core.presenters.overview import (
    OVERVIEW,
    commands_chart,
    images_chart,
    top_commands_chart,
    users_chart,
)
from core.presenters.presenter import PageInput
from core.statistics.bucket_counts import BucketCounts
from core.statistics.percentiles import RELATIVE_ERROR, steps
from core.time_ranges import Buckets
from tests.core.page_inputs import happened, page_input

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 24, 10, 0, tzinfo=BERLIN).timestamp()
HALF_HOURS = Buckets(tuple(START + 1800 * i for i in range(5)), "30 min", BERLIN)
NONE = (0, 0, 0, 0)
DAY = "Tue 24\N{NO-BREAK SPACE}Nov"


SOURCE = Source("analytics.db", "/bot/analytics.db", {}, 0, "WAL", 0.0, 0.0)


def page(
    *,
    by_command: Mapping[str, tuple[int, ...]] | None = None,
    failures: tuple[int, ...] = NONE,
    images: tuple[int, ...] = NONE,
    videos: tuple[int, ...] = NONE,
    users: tuple[range, ...] = (range(0),) * 4,
    took: tuple[tuple[float, ...], ...] = ((),) * 4,
    restarts: tuple[float, ...] = (),
    **changed: object,
) -> PageInput:
    """Two hours in half-hours; commands are the succeeded ones, images are without videos."""
    runs = dict(by_command or {})
    counts = [
        happened(
            {name: values[i] for name, values in runs.items() if values[i]},
            failures[i],
            images[i],
            videos[i],
            users[i],
            took[i],
            restarts if i == 0 else (),
        )
        for i in range(4)
    ]
    return page_input(HALF_HOURS, counts, START + 5400, **changed)


def values(chart: Chart, name: str) -> tuple[float | None, ...]:
    """The values of a series, by its name."""
    return next(tuple(series.values) for series in chart.series if series.name == name)


def test_commands_are_stacked_by_rank_with_the_rest_as_other_and_failures_on_top() -> None:
    runs = {"comfy": (5, 6, 7, 8), "redux": (3, 3, 3, 3), "pulid": (2, 2, 2, 2), "a": (1, 0, 0, 0), "b": (1, 1, 0, 0)}
    chart = commands_chart(page(by_command=runs, failures=(0, 2, 0, 1)))
    named = inks_of(("comfy", "redux", "pulid", "broken", "b"))
    assert [(s.name, s.ink) for s in chart.series] == [
        ("comfy", named["comfy"]),
        ("redux", named["redux"]),
        ("pulid", named["pulid"]),
        ("other", Ink.SERIES_8),
        ("failed", Ink.BAD),
    ]
    assert {s.mark for s in chart.series} == {Mark.BAR}
    assert values(chart, "other") == (2, 1, 0, 0)
    assert values(chart, "failed") == (0, 2, 0, 1)
    assert [sum(s.values[i] or 0 for s in chart.series) for i in range(4)] == [12, 14, 12, 14]
    assert chart.subtitle == "per 30 min"
    assert (chart.left, chart.right, chart.empty) == (Unit.COUNT, None, None)


def test_a_command_has_the_same_colour_whatever_its_rank_and_whatever_page() -> None:
    names = ("imagine", "video", "upscale", "redux", "help")
    seen: dict[str, set[Ink]] = {name: set() for name in names}
    for first in range(len(names)):
        runs = {name: (1 + (place + first) % len(names), 0, 0, 0) for place, name in enumerate(names)}
        for chart in (
            commands_chart(page(by_command=runs)),
            COMMANDS.present(page(by_command=runs)).charts["over_time"],
        ):
            for series in chart.series:
                if series.name in seen:
                    seen[series.name].add(series.ink)
    assert seen == {name: {ink} for name, ink in inks_of(names).items()}


def test_the_chart_names_the_commands_that_lead_the_list_failures_included() -> None:
    counts = [BucketCounts() for _ in range(4)]
    for name, runs, failed in (("a", 9, 9), ("b", 8, 0), ("c", 7, 6), ("d", 6, 0)):
        counts[0].commands[name], counts[0].failures[name] = runs, failed
    given = page_input(HALF_HOURS, counts, START + 5400)
    listed = [bar.name.removeprefix("/") for bar in top_commands_chart(given).bars]
    drawn = [series.name for series in commands_chart(given).series if series.ink not in (Ink.BAD, OTHERS)]
    assert drawn == listed[:3] == ["a", "b", "c"]


def test_other_counts_what_the_breakdown_does_not_name() -> None:
    runs = {f"often{n}": (5, 1, 1, 1) for n in range(3)} | {f"rare{n}": (1, 0, 0, 0) for n in range(20)}
    assert values(commands_chart(page(by_command=runs)), "other") == (20, 0, 0, 0)


def test_two_commands_need_no_other() -> None:
    chart = commands_chart(page(by_command={"comfy": (1, 0, 0, 0), "redux": (1, 0, 0, 0)}))
    assert [s.name for s in chart.series] == ["comfy", "redux", "failed"]


def test_strangers_names_are_short_and_never_mistaken_for_our_words_or_each_other() -> None:
    runs = {"failed": (3, 0, 0, 0), "x" * 10_000: (2, 0, 0, 0), "x" * 9_999: (1, 0, 0, 0), "\n": (0, 1, 0, 0)}
    names = [s.name for s in commands_chart(page(by_command=runs)).series]
    assert "/failed" in names and "failed" in names
    assert len(set(names)) == len(names) == 5
    assert max(map(len, names)) <= 45
    assert values(commands_chart(page(by_command={"\u202e": (1, 0, 0, 0)})), "(no name)") == (1, 0, 0, 0)


def test_markers_are_those_within_the_range_in_order() -> None:
    chart = commands_chart(page(restarts=(START + 3600, START - 1), resets=(START + 60, START + 7200)))
    assert chart.markers == (
        Marker(START + 60, "statistics reset 10:01"),
        Marker(START + 3600, "bot restarted 11:00", routine=True),
    )


def test_the_summary_says_how_many_how_many_failed_and_when_most() -> None:
    chart = commands_chart(page(by_command={"comfy": (5, 1_000, 2, 0)}, failures=(0, 30, 4, 0)))
    assert chart.summary == f"1,041 commands in 2 h, 34 failed; busiest {DAY}, 10:30 – 11:00 with 1,030."
    assert commands_chart(page(by_command={"comfy": (1, 0, 0, 0)})).summary.startswith("1 command in 2 h, none")


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (commands_chart, "No commands in 2 h."),
        (images_chart, "No images in 2 h."),
        (users_chart, "No active users in 2 h."),
    ],
)
def test_an_empty_range_says_so(build: Callable[[PageInput], Chart], words: str) -> None:
    chart = build(page())
    assert chart.empty == chart.summary == words
    assert chart.edges == HALF_HOURS.edges


def test_images_have_their_generation_time_on_the_right_with_gaps_where_it_is_unknown() -> None:
    took: tuple[tuple[float, ...], ...] = ((12.0, 12.0, 24.0), (), (), ())
    chart = images_chart(page(images=(2, 0, 4, 0), videos=(1, 0, 0, 1), took=took))
    by_name = {s.name: s for s in chart.series}
    assert by_name["images"].values == (2, 0, 4, 0)
    assert by_name["videos"].values == (1, 0, 0, 1)
    assert by_name["p50"].values == (pytest.approx(12.0, rel=RELATIVE_ERROR), None, None, None)
    assert by_name["p95"].values == (pytest.approx(24.0, rel=RELATIVE_ERROR), None, None, None)
    assert (by_name["p50"].mark, by_name["p50"].band_to, by_name["p50"].right) == (Mark.LINE, "p95", True)
    assert (by_name["p95"].mark, by_name["p95"].right) == (Mark.DASHED, True)
    assert chart.right is Unit.SECONDS
    assert chart.title == "Images, videos and generation time"
    assert chart.summary == f"6 images and 2 videos in 2 h; busiest {DAY}, 11:00 – 11:30 with 4."


def test_images_without_any_known_time_say_so_and_have_one_axis() -> None:
    chart = images_chart(page(images=(1, 2, 3, 4)))
    assert [s.name for s in chart.series] == ["images"]
    assert chart.title == "Images and generation time"
    assert chart.right is None
    assert chart.subtitle == "per 30 min · no generation times known"


def test_users_are_counted_once_over_the_range() -> None:
    chart = users_chart(page(users=(range(3), range(4), range(2, 7), range(2))))
    (users,) = chart.series
    assert users.values == (3, 4, 5, 2)
    assert chart.summary == f"7 active users in 2 h; busiest {DAY}, 11:00 – 11:30 with 5."


def test_each_of_the_top_commands_is_a_bar_that_opens_its_rows() -> None:
    counts = happened({"comfy": 1_174, "redux": 3})
    counts.commands["comfy"] += 26
    counts.failures["comfy"] = 26
    counts.execution["comfy"][int(steps(np.array([12.7]))[0])] = 1_200
    chart = top_commands_chart(page_input(Buckets((START, START + 60), "1 min", BERLIN), [counts], START + 60))
    assert [(bar.name, bar.value, bar.part) for bar in chart.bars] == [("/comfy", 1200.0, 26.0), ("/redux", 3.0, 0.0)]
    assert [bar.figures for bar in chart.bars] == [("12.7\N{NO-BREAK SPACE}s",), ("—",)]
    opens = {bar.name: bar.opens for bar in chart.bars}
    assert opens["/redux"] == Opens("commands", Filter.of(command="redux"))
    assert (chart.empty, chart.part, chart.columns) == (None, "failed", ("p50",))
    assert chart.summary == "/comfy is run most: 1,200 times, 26 of them failed."


def test_without_top_commands_it_says_why_and_how_to_get_some() -> None:
    nobody, quiet, untracked = (
        page(source=SOURCE),
        page(source=SOURCE, last_seen=START),
        page(images=(3, 0, 0, 0), source=SOURCE, last_seen=START),
    )
    for empty in (nobody, quiet, untracked):
        chart = top_commands_chart(empty)
        assert (chart.bars, chart.empty, chart.summary) == ((), no_commands(empty), no_commands(empty))
    assert no_commands(nobody).startswith("No commands yet: run one in Discord")
    assert words(no_commands(quiet)).startswith("No commands in 2 h. Choose a longer range")
    assert "track_command" in no_commands(untracked)


def test_a_strangers_name_does_not_fill_the_summary() -> None:
    assert len(top_commands_chart(page(by_command={"x" * 200_000: (5, 0, 0, 0)})).summary) < 100


def test_only_the_charts_that_are_seen_are_made() -> None:
    assert OVERVIEW.present(page(wanted=frozenset({"images"}))).charts.keys() == {"images"}


def words(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")
