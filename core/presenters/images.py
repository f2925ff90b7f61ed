"""The Images page: how long generations take, what is made, and what keeps the GPU busy."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, pairwise
from typing import Any, Final, TypeAlias

from core.charts import inks
from core.charts.specs import (
    Chart,
    Cloud,
    Heatmap,
    Histogram,
    Ink,
    Mark,
    Scatter,
    Series,
    Unit,
)
from core.filters import EVERYTHING
from core.presenters import image_facts
from core.presenters.chart_parts import (
    bars,
    busiest,
    complete_until,
    histogram,
    in_range,
    markers_of,
    now_in,
    over_time,
    percentile_lines,
    range_figures,
    share,
    whole,
)
from core.presenters.generation_parts import part_figures, where_time_goes
from core.presenters.image_facts import KINDS, count_of, image_rows, kind_of, no_images, no_times
from core.presenters.image_rankings import compared
from core.presenters.presenter import Figure, PageInput, PagePresenter, board
from core.presenters.weekday_hours import hours_by_weekday
from core.statistics.bucket_counts import BucketCounts
from core.statistics.counting import ACTIVITY
from core.statistics.image_counting import DOTS, IMAGE_DETAILS
from core.statistics.percentiles import duration
from core.statistics.results import Durations, by_step, generation_times
from core.statistics.window import Detail
from core.text import formatting
from core.text.formatting import images_words, videos_words
from core.text.translation import gettext as _

TABLE: Final = image_facts.TABLE

_Points: TypeAlias = tuple[tuple[Any, ...], ...]
_ESTIMATE: Final = _(" · average, including queue time; 0.5: half of the time one ran")


def _figures(page: PageInput) -> tuple[Figure, ...]:
    cell = page.aggregate.whole.cell
    pictures, films = count_of(page, False), count_of(page, True)
    times, film_times = generation_times(cell, video=False), generation_times(cell, video=True)
    unknown = times.unknown + film_times.unknown
    figures = [
        Figure(
            _("Images"),
            formatting.count(pictures),
            in_range(page),
            _("Images without videos"),
            image_rows(kind_of(False)),
        ),
        Figure(
            _("Generation"),
            formatting.seconds(times.p50),
            f"p95 {formatting.seconds(times.p95)}" if times.count else "",
            _("Half of the images with a known time took no longer than this; without videos"),
        ),
        Figure(
            _("Videos"),
            formatting.count(films),
            _film_note(film_times),
            _("Videos, apart from images"),
            image_rows(kind_of(True)),
        ),
    ]
    if unknown:
        tip = _("Rows whose generation time is missing, zero or impossible; they are left out of every time")
        figures.append(Figure(_("Time unknown"), formatting.count(unknown), share(unknown, pictures + films), tip))
    return (*figures, *part_figures(page))


def _film_note(times: Durations) -> str:
    return f"p50 {formatting.seconds(times.p50)}" if times.count else ""


def image_bars(page: PageInput) -> tuple[Series, ...]:
    """Images over time, and videos, where there are any, on top."""
    films = [figures.videos for figures in page.detail.figures]
    pictures = (figures.images - figures.videos for figures in page.detail.figures)
    series = bars(_("images"), pictures, inks.IMAGES, image_rows(kind_of(False)))
    return (series, bars(_("videos"), films, inks.VIDEOS, image_rows(kind_of(True)))) if any(films) else (series,)


def _over_time(page: PageInput) -> Chart:
    images, videos = count_of(page, False), count_of(page, True)
    total = images + videos
    words = _("{images} and {videos} {range}").format(
        images=formatting.images_words(images), videos=formatting.videos_words(videos), range=in_range(page)
    )
    return over_time(
        page,
        _("Images and videos"),
        image_bars(page),
        empty=None if total else no_images(page),
        summary=f"{words}{busiest(page, [figures.images for figures in range_figures(page)])}.",
    )


def _scatter(page: PageInput) -> Scatter:
    detail, cell = page.detail, page.aggregate.whole.cell
    clouds = tuple(cloud for video in (False, True) if (cloud := _cloud(detail, video)).times)
    only_films = [cloud.name for cloud in clouds] == [KINDS[True][0]]
    lines = detail.derived(_film_times if only_films else _picture_times)
    edges = detail.buckets.edges
    return Scatter(
        title=_("Generation time"),
        subtitle=(
            _("p50 and p95 of videos per {each}") if only_films else _("p50 and p95 of images per {each}")
        ).format(each=detail.buckets.each),
        edges=edges,
        zone=detail.buckets.zone,
        clouds=clouds,
        lines=percentile_lines(lines, Ink.SERIES_2),
        markers=markers_of(whole(page), cell.restarts, page.resets),
        precision=(max(later - earlier for earlier, later in pairwise(edges)) / DOTS, 0.03),
        complete_until=complete_until(detail.buckets, page.now),
        now=now_in(detail.buckets.edges, page.now),
        empty=None if clouds else no_times(page),
        summary=_both_kinds(page, *(generation_times(cell, video=video) for video in KINDS)),
    )


def _picture_times(cell: BucketCounts, _start: float, _end: float) -> Durations:
    return generation_times(cell, video=False)


def _film_times(cell: BucketCounts, _start: float, _end: float) -> Durations:
    return generation_times(cell, video=True)


def _cloud(detail: Detail, video: bool) -> Cloud:
    name, _n, ink = KINDS[video]
    parts = [points[video] for points in detail.derived(_points)]
    times, seconds, counts = (tuple(chain.from_iterable(part[i] for part in parts)) for i in range(3))
    return Cloud(name, times, seconds, counts, ink, image_rows(kind_of(video)))


def _points(cell: BucketCounts, start: float, end: float) -> tuple[_Points, _Points]:
    """A bucket's points, of images and of videos."""
    width = (end - start) / DOTS
    kinds: tuple[list[tuple[float, float, int]], ...] = ([], [])
    for (film, dot, step), n in cell.points.items():
        kinds[film].append((start + (dot + 0.5) * width, duration(step), n))
    pictures, films = (tuple(zip(*points, strict=True)) or ((), (), ()) for points in kinds)
    return pictures, films


def _spread(page: PageInput) -> Histogram:
    cell = page.aggregate.whole.cell
    counts = {
        video: by_step((step, n) for (film, step), n in cell.generation.items() if film is video) for video in KINDS
    }
    parts = [(name, counts[video], ink, image_rows(kind_of(video))) for video, (name, _n, ink) in KINDS.items()]
    chart = histogram(_("Spread of generation times"), _("generations"), parts, generation_times(cell), no_times(page))
    times = {name: generation_times(cell, video=video) for video, (name, _n, _n) in KINDS.items()}
    several = len(chart.layers) > 1
    layers = tuple(
        replace(layer, markers=_marks(times[layer.name], _(" of {name}").format(name=layer.name) if several else ""))
        for layer in chart.layers
    )
    summary = chart.empty or _both_kinds(page, *times.values())
    return replace(chart, layers=layers, markers=(), summary=summary)


def _marks(times: Durations, whose: str) -> tuple[tuple[float, str], ...]:
    """One kind's percentiles, as the numbers above the charts have them: those of both together say nothing.

    Whose they are is said once: there is room for one long label beside a short one.
    """
    marks = (("p50", times.p50, ""), ("p95", times.p95, whose))
    return tuple((at, f"{name} {formatting.seconds(at)}{of}") for name, at, of in marks if at is not None)


def _both_kinds(page: PageInput, pictures: Durations, films: Durations) -> str:
    """How long each kind took, in a sentence."""
    parts = [
        _("{images} with a known time: half took at most {p50}, 95 % at most {p95}").format(
            images=words_of(times.count), p50=formatting.seconds(times.p50), p95=formatting.seconds(times.p95)
        )
        for words_of, times in ((images_words, pictures), (videos_words, films))
        if times.count
    ]
    return f"{'; '.join(parts)}; {in_range(page)}."


def _at_once(page: PageInput) -> Chart:
    pairs = list(zip(pairwise(page.detail.buckets.edges), page.detail.cells, strict=True))
    values = [_running(cell.running_us.total(), start, min(end, page.now)) for (start, end), cell in pairs]
    known, mean = any(values), _mean_running(page)
    share = (
        _(", so at most {mean} of the time one ran").format(mean=formatting.percent(mean, 0)) if 0 < mean < 1 else ""
    )
    return over_time(
        page,
        _("Generations at once (estimate)"),
        (Series(_("at once"), tuple(values), Mark.BAR, Ink.SERIES_1, opens=image_rows(EVERYTHING)),),
        note=_ESTIMATE,
        empty=None if known else no_times(page),
        summary=_("On average {mean} generations ran at once {range}{share} (an estimate).").format(
            mean=formatting.written(mean, ".2f"), range=in_range(page), share=share
        ),
    )


def _running(us: int, start: float, end: float) -> float:
    return us / 1e6 / (end - start) if end > start else 0.0


def _mean_running(page: PageInput) -> float:
    span = whole(page).range
    return _running(page.aggregate.whole.cell.running_us.total(), span.start, min(span.end, page.now))


def _busy(page: PageInput) -> Heatmap:
    hours = {hour: us / 1e6 for hour, us in page.aggregate.whole.cell.hours_us.items()}
    return hours_by_weekday(
        page,
        _("Busy hours (estimate)"),
        _("generation time by local hour, including queue time"),
        hours,
        _("generation time"),
        Unit.SECONDS,
        formatting.seconds,
        None if hours else no_times(page),
    )


IMAGES: Final = PagePresenter(
    "images",
    board(
        {
            "scatter": _scatter,
            "spread": _spread,
            "over_time": _over_time,
            "at_once": _at_once,
            "busy": _busy,
            "parts": where_time_goes,
            **compared(),
        },
        _figures,
    ),
    (IMAGE_DETAILS, ACTIVITY),
)
