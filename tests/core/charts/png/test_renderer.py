"""Pictures, looked at as pixels: what is drawn where, in which colour, by how many threads."""

from __future__ import annotations

import io
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from core.charts.inks import SHADES
from core.charts.png.renderer import SIZE, SMALL, TINY, render_png
from core.charts.specs import Chart, Ink, Mark, Marker, Series, Unit
from core.time_ranges import local_days
from resources.design import Theme, palette
from tests.hang_guard import hang_guard

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 24, tzinfo=BERLIN).timestamp()
HOSTILE = (
    "x" * 10_240,
    "$\\frac{1}{0}$ $",
    "two\nlines\r\n\ttabs\0",
    "مرحبا \u202e שלום",
    "😀🦊👩‍👩‍👧 日本語 สวัสดี",
    "Z" + "\u0301\u0327" * 400,
    "\ud800\ufffe\U000e0001\U0010ffff",
    "",
)


def bars(*values: float | None, ink: Ink = Ink.SERIES_1, name: str = "comfy") -> Series:
    return Series(name, values, Mark.BAR, ink)


def chart(*series: Series, buckets: int = 4, width: float = 1800, **changes: object) -> Chart:
    edges = tuple(START + width * i for i in range(buckets + 1))
    base = Chart("Commands", "per 30 min", edges, BERLIN, series, summary="12 commands.")
    return replace(base, **changes)  # type: ignore[arg-type]


def picture(drawn: Chart, **how: object) -> NDArray[np.int16]:
    png = render_png(drawn, **how)  # type: ignore[arg-type]
    return np.asarray(Image.open(png).convert("RGB")).astype(np.int16)


def spots(pixels: NDArray[np.int16], colour: str) -> NDArray[np.bool_]:
    """Where a picture has exactly this colour."""
    return np.all(pixels == np.array([round(255 * part) for part in to_rgb(colour)]), axis=2)


def runs(row: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and length of each stretch of True."""
    turns = np.flatnonzero(np.diff(np.concatenate(([0], row.astype(int), [0]))))
    return [(int(a), int(b - a)) for a, b in turns.reshape(-1, 2)]


def columns(pixels: NDArray[np.int16], colour: str) -> list[tuple[int, int]]:
    """Bars of a colour in the plot: (left, width), found in their lowest rows."""
    found = spots(pixels, colour)[120:]
    lowest = int(np.flatnonzero(found.any(axis=1))[-1])
    return runs(found[lowest])


def test_a_png_of_the_asked_size_at_the_stream_s_beginning_with_its_words() -> None:
    stream = render_png(chart(bars(1, 2, 3, 4)), size=(480, 240), scale=1.5)
    assert stream.tell() == 0
    image = Image.open(stream)
    assert isinstance(image, PngImagePlugin.PngImageFile)
    image.load()
    assert image.size == (720, 360)
    assert image.text == {"Title": "Commands", "Description": "12 commands."}


@pytest.mark.parametrize("theme", list(Theme))
def test_each_theme_has_its_own_colours(theme: Theme) -> None:
    pixels = picture(chart(bars(1, 2, 3, 4)), theme=theme)
    assert spots(pixels, palette(theme).surface).mean() > 0.3
    assert len(columns(pixels, palette(theme).series[0])) == 4


@pytest.mark.parametrize("theme", list(Theme))
def test_names_of_one_colour_are_drawn_in_its_shades(theme: Theme) -> None:
    inks = (Ink.SERIES_3, *SHADES[Ink.SERIES_3])
    series = (bars(2, 2, 2, 2, ink=ink, name=ink.value) for ink in inks)
    pixels = picture(chart(*series), theme=theme)
    assert all(len(columns(pixels, palette(theme).ink(ink))) == 4 for ink in inks)


def test_bars_stand_on_zero_and_are_as_high_as_their_values() -> None:
    pixels = spots(picture(chart(bars(10, 20, 0, 40))), palette(Theme.DARK).series[0])[120:]
    first, second, last = (int(pixels[:, x + w // 2].sum()) for x, w in _full_columns(pixels))
    assert second == pytest.approx(2 * first, abs=1)
    assert last == pytest.approx(4 * first, abs=2)


def _full_columns(found: NDArray[np.bool_]) -> list[tuple[int, int]]:
    return runs(found[int(np.flatnonzero(found.any(axis=1))[-1])])


def test_a_tick_is_a_level_stroke_as_wide_as_its_bucket() -> None:
    then = Series("a week before", (10, None, 40, 20), Mark.TICK, Ink.MUTED, beside="")
    pixels = picture(chart(bars(40, 40, 40, 40), then))
    muted, blue = spots(pixels, palette(Theme.DARK).muted)[120:], columns(pixels, palette(Theme.DARK).series[0])
    inside = [muted[:, left + 4 : left + width - 4] for left, width in blue]
    heights = [np.flatnonzero(each.all(axis=1)) for each in inside]
    assert not len(heights[1]), "nothing is known of that one"
    first, full, half = (int(heights[place].mean()) for place in (0, 2, 3))
    assert first - full == pytest.approx(1.5 * (half - full), abs=2)


def test_stacks_are_drawn_bottom_to_top_and_the_least_failure_is_seen() -> None:
    failed = bars(0, 1, 0, 0, ink=Ink.BAD, name="failed")
    pixels = picture(chart(bars(1e9, 1e9, 1e9, 1e9), failed))
    red = spots(pixels, palette(Theme.DARK).bad)[120:]
    blue = spots(pixels, palette(Theme.DARK).series[0])[120:]
    assert red.any()
    assert np.flatnonzero(red.any(axis=1))[-1] < np.flatnonzero((blue & red.any(axis=0)).any(axis=1))[0]


def test_a_bar_that_is_cut_short_leaves_the_gaps_between_the_others() -> None:
    edges = (*(START + 7 * 86_400 * week for week in range(11)), START + 71 * 86_400)
    found = columns(picture(chart(bars(*[5] * 11), edges=edges)), palette(Theme.DARK).series[0])
    assert len(found) == 11 and found[-1][1] < found[0][1] / 4


@pytest.mark.parametrize(("month", "day", "hours"), [(3, 29, 23), (10, 25, 25)])
def test_a_day_of_23_or_25_hours_is_a_narrower_or_wider_bar(month: int, day: int, hours: int) -> None:
    days = local_days(7, datetime(2026, month, day, 12, tzinfo=BERLIN).timestamp() + 3 * 86_400, BERLIN)
    pixels = picture(chart(bars(*[5] * 7), edges=days.edges))
    widths = [width for _, width in columns(pixels, palette(Theme.DARK).series[0])]
    starts = [left for left, _ in columns(pixels, palette(Theme.DARK).series[0])]
    assert len(widths) == 7
    odd = starts[4] - starts[3]
    assert odd / (starts[2] - starts[1]) == pytest.approx(hours / 24, abs=0.012)
    assert (widths[3] < widths[1]) is (hours < 24)


def test_an_unknown_bucket_and_an_impossible_value_are_gaps() -> None:
    blue = palette(Theme.DARK).series[0]
    pixels = picture(chart(bars(3, None, 3, float("inf"), -2, float("nan"), 3), buckets=7))
    assert len(columns(pixels, blue)) == 3


def test_one_or_two_values_between_gaps_are_dots() -> None:
    line = Series("p50", (10.0, None, None, 10.0, 10.0, None, None, None), Mark.LINE, Ink.SERIES_2, right=True)
    orange = spots(picture(chart(bars(*(0,) * 8), line, buckets=8, right=Unit.SECONDS)), palette(Theme.DARK).series[1])
    lengths = [length for _, length in runs(orange[120:].any(axis=0))]
    assert len(lengths) == 3
    assert max(lengths) < 15


def test_a_line_is_broken_where_nothing_is_known() -> None:
    line = Series("p50", (*(10.0,) * 3, None, None, *(10.0,) * 3), Mark.LINE, Ink.SERIES_2, right=True)
    drawn = chart(bars(*(0,) * 8), line, buckets=8, right=Unit.SECONDS)
    orange = spots(picture(drawn), palette(Theme.DARK).series[1])[120:].any(axis=0)
    assert len([length for _, length in runs(orange) if length > 20]) == 2


def test_a_single_known_moment_is_a_dot() -> None:
    line = Series("p50", (None, 10.0, None), Mark.LINE, Ink.SERIES_2, right=True)
    drawn = chart(bars(1, 1, 1), line, buckets=3, right=Unit.SECONDS)
    assert spots(picture(drawn), palette(Theme.DARK).series[1])[120:].any()


def test_the_bucket_that_is_still_filling_is_lighter() -> None:
    drawn = chart(bars(4, 4, 4, 4), complete_until=START + 3 * 1800)
    assert len(columns(picture(drawn), palette(Theme.DARK).series[0])) == 3
    assert len(columns(picture(replace(drawn, complete_until=float("inf"))), palette(Theme.DARK).series[0])) == 4


def test_markers_within_the_range_are_drawn_and_others_are_not() -> None:
    plain = chart(bars(0, 0, 0, 1))
    inside = picture(replace(plain, markers=(Marker(START + 900, "bot restarted"),)))
    outside = picture(replace(plain, markers=(Marker(START - 900, "bot restarted"),)))
    muted = palette(Theme.DARK).muted
    upright = [int(column.sum()) for column in spots(inside, muted)[150:-100].T]
    assert max(upright) > 200
    assert max(int(column.sum()) for column in spots(outside, muted)[150:-100].T) < 60


@pytest.mark.parametrize("many", [8, 9, 300])
def test_more_than_eight_restarts_are_short_ticks(many: int) -> None:
    restarts = tuple(Marker(START + (n + 0.5) * 7_200 / many, "bot restarted", True) for n in range(many))
    reset = Marker(START + 900, "statistics reset")
    muted = palette(Theme.DARK).muted
    drawn = picture(chart(bars(0, 0, 0, 1), markers=restarts))
    upright = [int(column.sum()) for column in spots(drawn, muted)[150:-90].T]
    assert (max(upright) > 150) is (many <= 8)
    if many > 8:
        both = picture(chart(bars(0, 0, 0, 1), markers=(*restarts, reset)))
        assert max(int(column.sum()) for column in spots(both, muted)[150:-90].T) > 150, "a reset is still a line"


def test_a_footer_stands_under_the_chart_and_takes_two_lines_at_most() -> None:
    plain, full = chart(bars(1, 2, 3, 4)), ("analytics.db", "18 Nov – 24 Nov 2026", "made 24 Nov 2026, 15:41")
    muted, blue = palette(Theme.DARK).muted, palette(Theme.DARK).series[0]
    pictures = [picture(plain, footer=footer) for footer in ((), full, full * 9)]
    assert [bool(spots(each, muted)[-33:-22].any()) for each in pictures] == [False, True, True]
    none, one, two = (int(np.flatnonzero(spots(each, blue).any(axis=1))[-1]) for each in pictures)
    assert none - one == one - two > 2 * TINY, "the chart makes room for it"
    assert len({tuple(columns(each, blue)) for each in pictures}) == 1


def test_a_phone_can_read_its_texts() -> None:
    """It shows a picture some 400 points wide; below 8.5 of them nobody reads."""
    assert TINY * 400 / SIZE[0] > 8.5
    assert SMALL * 400 / SIZE[0] > 9


def test_an_empty_chart_says_so_in_the_middle_and_nowhere_else() -> None:
    pixels = picture(chart(empty="No commands in this range."))
    muted = spots(pixels, palette(Theme.DARK).muted)
    assert muted[300:400, 350:850].any()
    muted[300:400, 350:850] = False
    assert not muted[150:-110].any()


def test_labels_follow_the_chart_s_zone() -> None:
    here = picture(chart(bars(1, 2, 3, 4)))
    there = picture(chart(bars(1, 2, 3, 4), zone=ZoneInfo("Asia/Kathmandu")))
    assert not np.array_equal(here[-90:], there[-90:])


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_strangers_name_neither_breaks_nor_warns_nor_takes_long(name: str) -> None:
    hostile = chart(
        bars(1, 2, 3, 4, name=name), bars(1, 1, 1, 1, ink=Ink.BAD, name="failed"), title=name, subtitle=name,
        markers=(Marker(START + 60, name),),
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        render_png(hostile)
        with hang_guard():
            render_png(hostile, size=(300, 160))


def test_mathtext_is_never_read() -> None:
    two = bars(1, 2, 3, 4, ink=Ink.BAD, name="failed")
    parsed_would_be_equal = [picture(chart(bars(1, 2, 3, 4, name=name), two)) for name in ("$x$", "$ x$")]
    assert not np.array_equal(*parsed_would_be_equal)


@pytest.mark.slow
def test_many_threads_draw_the_same_pictures_as_one() -> None:
    samples = [
        chart(bars(*[1 + (i * k) % 9 for i in range(24)], name=name), bars(*[1] * 24, ink=Ink.BAD), buckets=24)
        for k, name in enumerate(("comfy", "日本語", "שלום", "สวัสดี", "redux", "Ελλάδα"), start=1)
    ]
    alone = [render_png(sample, size=(480, 240)).getvalue() for sample in samples]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda i: render_png(samples[i % 6], size=(480, 240)).getvalue(), range(48)))
    assert all(together[i] == alone[i % 6] for i in range(48))


@pytest.mark.parametrize(
    ("buckets", "size"), [(1, (960, 420)), (365, (960, 420)), (2_000, (960, 420)), (48, (160, 120))]
)
def test_any_number_of_buckets_fits(buckets: int, size: tuple[int, int]) -> None:
    drawn = chart(bars(*range(1, buckets + 1)), buckets=buckets, width=86_400)
    assert picture(drawn, size=size).std() > 5


def test_charts_that_cannot_be_drawn_are_refused() -> None:
    drawn = chart(bars(1, 2, 3, 4))
    for bad in ({"size": (100, 100)}, {"scale": 0.0}, {"scale": 100.0}):
        with pytest.raises(ValueError, match="cannot draw"):
            picture(drawn, **bad)
    with pytest.raises(ValueError, match="cannot draw"):
        render_png(replace(drawn, edges=(START,), series=()))


@pytest.mark.slow
def test_pyplot_is_never_loaded() -> None:
    code = "import sys, core.charts.png.renderer; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_streams_are_independent() -> None:
    first = render_png(chart(bars(1, 2, 3, 4)))
    render_png(chart(bars(4, 3, 2, 1)))
    assert isinstance(first, io.BytesIO)
    assert Image.open(first).size == (1200, 680)
