"""The Images page: how long generations take, what is made, and what keeps the GPU busy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, pairwise
from typing import Any, Final, TypeAlias

from core.charts import inks
from core.charts.specs import (
    BarChart,
    Chart,
    Cloud,
    Heatmap,
    Histogram,
    Ink,
    Mark,
    Opens,
    Scatter,
    Series,
    Unit,
)
from core.filters import EVERYTHING, IMAGE, VIDEO, Field, Filter, Term
from core.presenters.chart_parts import (
    bar,
    bars,
    busiest,
    complete_until,
    histogram,
    in_range,
    markers_of,
    nothing,
    now_in,
    over_time,
    percentile_lines,
    range_figures,
    share,
    whole,
)
from core.presenters.presenter import Figure, PageInput, PagePresenter, board
from core.presenters.weekday_hours import hours_by_weekday
from core.statistics.bucket_counts import BucketCounts
from core.statistics.counting import ACTIVITY
from core.statistics.image_counting import DOTS, IMAGE_DETAILS, NO_LORA, Made, made
from core.statistics.percentiles import duration
from core.statistics.results import Durations, by_step, generation_times, generation_types
from core.statistics.window import Detail
from core.text import formatting
from core.text.formatting import images_words, videos_words
from core.text.translation import gettext as _

TABLE: Final = "images"

_MOST_BARS: Final = 60
_MOST_COMPARED: Final = 500
_WHOLE: Final = 1.0005
"""Shares above it are of more than there is: something was counted twice."""
_Points: TypeAlias = tuple[tuple[Any, ...], ...]
_KINDS: Final = {False: (_("images"), IMAGE, inks.IMAGES), True: (_("videos"), VIDEO, inks.VIDEOS)}
_LACKING: Final = (Field.GUILD, Field.CHANNEL, Field.OUTCOME, Field.COMMAND, Field.ACTION)
_ESTIMATE: Final = _(" · average, including queue time; 0.5: half of the time one ran")
_EXTRA: Final = _("Extra: seconds more than images that are alike in everything else, on average.")
_SHARED: Final = _("An image with several LoRAs counts for each of them, so their shares add up to more than 100 %.")

_UNRECORDED: Final = {"lora": (NO_LORA, _("no LoRA recorded")), "resolution": ("", _("no resolution recorded"))}
"""What stands for images without one, by dimension, and what it is called where no image has one."""

_rows: Final = partial(Opens, TABLE)


def _figures(page: PageInput) -> tuple[Figure, ...]:
    cell = page.aggregate.whole.cell
    pictures, films = _count(page, False), _count(page, True)
    times, film_times = generation_times(cell, video=False), generation_times(cell, video=True)
    unknown = times.unknown + film_times.unknown
    figures = [
        Figure(
            _("Images"), formatting.count(pictures), in_range(page), _("Images without videos"), _rows(_kind(False))
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
            _rows(_kind(True)),
        ),
    ]
    if unknown:
        tip = _("Rows whose generation time is missing, zero or impossible; they are left out of every time")
        figures.append(Figure(_("Time unknown"), formatting.count(unknown), share(unknown, pictures + films), tip))
    return tuple(figures)


def _film_note(times: Durations) -> str:
    return f"p50 {formatting.seconds(times.p50)}" if times.count else ""


def _count(page: PageInput, video: bool) -> int:
    return sum(n for (kind, _n), n in page.aggregate.whole.cell.images.items() if kind is video)


def image_bars(page: PageInput) -> tuple[Series, ...]:
    """Images over time, and videos, where there are any, on top."""
    films = [figures.videos for figures in page.detail.figures]
    pictures = (figures.images - figures.videos for figures in page.detail.figures)
    series = bars(_("images"), pictures, inks.IMAGES, _rows(_kind(False)))
    return (series, bars(_("videos"), films, inks.VIDEOS, _rows(_kind(True)))) if any(films) else (series,)


def _over_time(page: PageInput) -> Chart:
    images, videos = _count(page, False), _count(page, True)
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
    only_films = [cloud.name for cloud in clouds] == [_KINDS[True][0]]
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
        empty=None if clouds else _no_times(page),
        summary=_both_kinds(page, *(generation_times(cell, video=video) for video in _KINDS)),
    )


def _picture_times(cell: BucketCounts, _start: float, _end: float) -> Durations:
    return generation_times(cell, video=False)


def _film_times(cell: BucketCounts, _start: float, _end: float) -> Durations:
    return generation_times(cell, video=True)


def _cloud(detail: Detail, video: bool) -> Cloud:
    name, _n, ink = _KINDS[video]
    parts = [points[video] for points in detail.derived(_points)]
    times, seconds, counts = (tuple(chain.from_iterable(part[i] for part in parts)) for i in range(3))
    return Cloud(name, times, seconds, counts, ink, _rows(_kind(video)))


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
        video: by_step((step, n) for (film, step), n in cell.generation.items() if film is video) for video in _KINDS
    }
    parts = [(name, counts[video], ink, _rows(_kind(video))) for video, (name, _n, ink) in _KINDS.items()]
    chart = histogram(_("Spread of generation times"), _("generations"), parts, generation_times(cell), _no_times(page))
    times = {name: generation_times(cell, video=video) for video, (name, _n, _n) in _KINDS.items()}
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


def _by(dimension: str, title: str, field: Field, page: PageInput) -> BarChart:
    rows = made(page.aggregate.whole.cell, dimension, _MOST_BARS)
    alone = _alone(dimension, rows)
    most = _("; most {name}").format(name=_name(dimension, rows[0].name)) if rows else ""
    return BarChart(
        title=title,
        subtitle=only_standard(page) if dimension == "type" else "",
        bars=tuple(
            bar(
                alone or _name(dimension, each.name),
                each.count,
                _percentiles(each),
                _opens(field, each),
                numbers=(each.p50, each.p95),
            )
            for each in rows
        ),
        value=_("generations") if _count(page, True) else _("images"),
        columns=("p50", "p95"),
        units=("s", "s"),
        empty=None if rows else no_images(page),
        summary=_("{title}, {count} different {range}{most}.").format(
            title=title, count=len(rows), range=in_range(page), most=most
        ),
    )


def only_standard(page: PageInput) -> str:
    """The bot out there records no other type, whatever was asked for: a list of one would seem to be all."""
    types = generation_types(page.aggregate.whole.cell)
    return _("no other is recorded") if not page.chosen and set(types) == {"standard"} else ""


def _alone(dimension: str, rows: Sequence[Made]) -> str:
    """The name of the only bar where nothing of a kind is recorded: "without LoRA" would say that none was used."""
    unnamed, words = _UNRECORDED.get(dimension, ("", ""))
    return words if [each.name for each in rows] == [unnamed] else ""


def _cost(dimension: str, title: str, field: Field, page: PageInput) -> BarChart:
    """An estimate: what a generation took includes the queue's wait."""
    every = [each for each in made(page.aggregate.whole.cell, dimension, _MOST_COMPARED) if each.seconds]
    rows = sorted(every, key=lambda each: (-each.seconds, each.name))[:_MOST_BARS]
    twice, alone = sum(each.share or 0 for each in every) > _WHOLE, _alone(dimension, rows)
    most = ""
    if rows:
        words = _("{name} takes most: {share}")
        most = words.format(name=_name(dimension, rows[0].name), share=formatting.percent(rows[0].share))
    return BarChart(
        title=_("GPU time {by}").format(by=title[0].lower() + title[1:]),
        subtitle=_("estimate, including queue time"),
        bars=tuple(
            bar(
                alone or _name(dimension, each.name),
                each.seconds,
                (formatting.percent(each.share), _extra(each)),
                _opens(field, each),
                numbers=(None if each.share is None else 100 * each.share, each.extra),
            )
            for each in rows
        ),
        value=_("time"),
        unit=Unit.SECONDS,
        columns=(_("share"), _("extra")),
        units=("%", "s"),
        explains=f"{_SHARED} {_EXTRA}" if twice else _EXTRA,
        empty=None if rows else _no_times(page),
        summary=_("{most} of the time of all generations {range} (an estimate).").format(
            most=most, range=in_range(page)
        ),
    )


def _extra(each: Made) -> str:
    if each.extra is None:
        return formatting.NOTHING
    return formatting.signed(each.extra, f"{formatting.NO_BREAK}s", 1)


def _name(dimension: str, name: str) -> str:
    if dimension == "lora":
        return name.removesuffix(".safetensors") if name != NO_LORA else _("without LoRA")
    if dimension == "upscale":
        return f"{name}×"
    if dimension == "user":
        return name
    return name or _("(none)")


def _opens(field: Field, each: Made) -> Opens | None:
    return _rows(Filter((Term(field, each.name),))) if each.name else None


def _percentiles(each: Made) -> tuple[str, str]:
    return formatting.seconds(each.p50), formatting.seconds(each.p95)


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
        (Series(_("at once"), tuple(values), Mark.BAR, Ink.SERIES_1, opens=_rows(EVERYTHING)),),
        note=_ESTIMATE,
        empty=None if known else _no_times(page),
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
        None if hours else _no_times(page),
    )


def _kind(video: bool) -> Filter:
    return Filter.of(kind=_KINDS[video][1])


def no_images(page: PageInput) -> str:
    """Why there are no images, and what brings some."""
    return nothing(page, _("images"), _LACKING, _("make one in Discord"))


def _no_times(page: PageInput) -> str:
    if page.aggregate.whole.cell.images:
        return _(
            "No generation times are known in this range. The bot passes them to "
            "track_image_generation(…, generation_time=…)."
        )
    return no_images(page)


_DIMENSIONS: Final = {
    "resolution": (_("By resolution"), Field.RESOLUTION),
    "lora": (_("By LoRA"), Field.LORA),
    "type": (_("By type"), Field.TYPE),
    "upscale": (_("By upscale factor"), Field.UPSCALE),
    "user": (_("By user"), Field.USER),
}

IMAGES: Final = PagePresenter(
    "images",
    board(
        {
            "scatter": _scatter,
            "spread": _spread,
            "over_time": _over_time,
            "at_once": _at_once,
            "busy": _busy,
            **{f"by_{key}": partial(_by, key, *words) for key, words in _DIMENSIONS.items()},
            **{f"cost_{key}": partial(_cost, key, *words) for key, words in _DIMENSIONS.items()},
        },
        _figures,
    ),
    (IMAGE_DETAILS, ACTIVITY),
)
