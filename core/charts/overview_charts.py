"""The three charts of a time range, built from its typed results; see ``core.charts.specs`` for what a chart is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from core.charts.specs import Chart, Ink, Mark, Marker, Opens, Series, Unit
from core.filters import FAILED as FAILED_OUTCOME
from core.filters import IMAGE, SUCCEEDED, VIDEO, Field, Filter, Term
from core.statistics.results import Closer, Overview, Timeline
from core.text.dates import length_words, moment_words, span_words
from core.text.formatting import count, one_line
from core.time_ranges import Buckets

LONGEST_NAME: Final = 40
"""Characters of a command's name in a legend."""

FAILED: Final = "failed"
OTHER: Final = "other"

_RANKED: Final = (Ink.SERIES_1, Ink.SERIES_2, Ink.SERIES_3)
"""A command's colour is its rank's in the range: the most frequent is always the first colour."""


def commands_chart(overview: Overview, *, resets: Iterable[float] = ()) -> Chart:
    """Build the commands over time: the three most frequent by name, the rest as "other", failures on top.

    ``resets`` are the epoch seconds at which the statistics were emptied; those outside the range are left out.
    """
    timeline, total = overview.timeline, sum(overview.timeline.commands)
    failures = sum(timeline.failures)
    failed = f"{count(failures) if failures else 'none'} failed"
    words = f"{_counted(total, 'command')} {length_words(overview.buckets)}, {failed}"
    return _chart(
        overview,
        title="Commands",
        series=_command_series(_drawn(overview).timeline),
        markers=markers_of(overview.buckets, overview.restarts, resets),
        empty=None if total else "No commands in this range.",
        summary=f"{words}{_busiest(overview.buckets, timeline.commands)}.",
    )


def images_chart(overview: Overview, *, resets: Iterable[float] = ()) -> Chart:
    """Build the images (and videos) over time as bars, and their generation time's p50 and p95 on the right axis.

    Where no generation time of the range is known there is no right axis, and the subtitle says so.
    """
    timeline, total = overview.timeline, sum(overview.timeline.images)
    videos, timed = sum(timeline.videos), any(bucket.count for bucket in timeline.generation)
    words = _counted(total - videos, "image") + (f" and {_counted(videos, 'video')}" if videos else "")
    return _chart(
        overview,
        title="Images, videos and generation time" if videos else "Images and generation time",
        series=(
            *_image_bars(_drawn(overview).timeline),
            *(_generation_lines(_drawn(overview).timeline) if timed else ()),
        ),
        right=Unit.SECONDS if timed else None,
        markers=markers_of(overview.buckets, overview.restarts, resets),
        note="" if timed or not total else " · no generation times known",
        empty=None if total else "No images in this range.",
        summary=f"{words} {length_words(overview.buckets)}{_busiest(overview.buckets, timeline.images)}.",
    )


def users_chart(overview: Overview, *, resets: Iterable[float] = ()) -> Chart:
    """Build the active users of each bucket: distinct users of commands and images."""
    values = overview.timeline.active_users
    words = _counted(overview.totals.active_users, "active user")
    return _chart(
        overview,
        title="Active users",
        series=(Series("active users", _floats(_drawn(overview).timeline.active_users), Mark.BAR, Ink.SERIES_1),),
        markers=markers_of(overview.buckets, overview.restarts, resets),
        empty=None if any(values) else "No active users in this range.",
        summary=f"{words} {length_words(overview.buckets)}{_busiest(overview.buckets, values)}.",
    )


def _chart(
    overview: Overview,
    *,
    title: str,
    series: tuple[Series, ...],
    markers: tuple[Marker, ...],
    empty: str | None,
    summary: str,
    right: Unit | None = None,
    note: str = "",
) -> Chart:
    return Chart(
        title=title,
        subtitle=f"per {_drawn(overview).buckets.label}{note}",
        edges=_drawn(overview).buckets.edges,
        zone=overview.buckets.zone,
        series=series,
        right=right,
        markers=markers,
        complete_until=overview.complete_until,
        empty=empty,
        summary=empty or summary,
    )


def _drawn(overview: Overview) -> Overview | Closer:
    """The buckets to draw: finer ones where the host zoomed in."""
    return overview.closer or overview


def _command_series(timeline: Timeline) -> tuple[Series, ...]:
    top = list(timeline.by_command.items())[: len(_RANKED)]
    names = legend_names([name for name, _ in top])
    named = [
        Series(shown, _floats(runs), Mark.BAR, ink, opens=_commands(command=name, outcome=SUCCEEDED))
        for shown, (name, runs), ink in zip(names, top, _RANKED, strict=False)
    ]
    rest = tuple(
        max(0, total - failed - sum(runs[i] for _, runs in top))
        for i, (total, failed) in enumerate(zip(timeline.commands, timeline.failures, strict=True))
    )
    others = Opens("commands", all_but([name for name, _ in top]))
    other = [Series(OTHER, _floats(rest), Mark.BAR, Ink.SERIES_4, opens=others)] if any(rest) else []
    failed = Series(FAILED, _floats(timeline.failures), Mark.BAR, Ink.BAD, opens=_commands(outcome=FAILED_OUTCOME))
    return (*named, *other, failed)


def all_but(names: Iterable[str]) -> Filter:
    """Succeeded runs of the commands that have no series of their own."""
    return Filter((*(Term(Field.COMMAND, name, True) for name in names), Term(Field.OUTCOME, SUCCEEDED)))


def _commands(**terms: str) -> Opens:
    return Opens("commands", Filter.of(**terms))


def _images(**terms: str) -> Opens:
    return Opens("images", Filter.of(**terms))


def legend_names(names: Sequence[str]) -> list[str]:
    """Untrusted names made short, and told apart from each other and from our own words."""
    taken = {FAILED, OTHER}
    shown = []
    for name in names:
        short = one_line(name, LONGEST_NAME) or "(no name)"
        candidates = (short, f"/{short}", *(f"{short} ({n})" for n in range(2, 2 + len(names))))
        shown.append(next(candidate for candidate in candidates if candidate not in taken))
        taken.add(shown[-1])
    return shown


def _image_bars(timeline: Timeline) -> tuple[Series, ...]:
    pictures = tuple(max(0, every - videos) for every, videos in zip(timeline.images, timeline.videos, strict=True))
    bars = Series("images", _floats(pictures), Mark.BAR, Ink.SERIES_1, opens=_images(kind=IMAGE))
    if not any(timeline.videos):
        return (bars,)
    return (bars, Series("videos", _floats(timeline.videos), Mark.BAR, Ink.SERIES_3, opens=_images(kind=VIDEO)))


def _generation_lines(timeline: Timeline) -> tuple[Series, ...]:
    p50 = tuple(bucket.p50 for bucket in timeline.generation)
    p95 = tuple(bucket.p95 for bucket in timeline.generation)
    return (
        Series("p50", p50, Mark.LINE, Ink.SERIES_2, right=True, band_to="p95", opens=_images()),
        Series("p95", p95, Mark.DASHED, Ink.SERIES_2, right=True, opens=_images()),
    )


def markers_of(buckets: Buckets, restarts: Iterable[float], resets: Iterable[float]) -> tuple[Marker, ...]:
    """Vertical lines for the bot's restarts and for resets (epoch seconds), those within the buckets' range."""
    moments = [(time, "bot restarted") for time in restarts]
    moments += [(time, "statistics reset") for time in resets]
    inside = buckets.range
    return tuple(
        Marker(time, f"{what} {moment_words(time, buckets)}")
        for time, what in sorted(moments)
        if inside.start <= time < inside.end
    )


def _busiest(buckets: Buckets, values: Sequence[int]) -> str:
    most = max(values, default=0)
    if len(values) < 2 or not most:
        return ""
    start, end = buckets.edges[values.index(most) :][:2]
    return f"; busiest {span_words(start, end, buckets.zone)} with {count(most)}"


def _counted(amount: int, noun: str) -> str:
    return f"{count(amount)} {noun}" if amount == 1 else f"{count(amount)} {noun}s"


def _floats(values: Sequence[int]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
