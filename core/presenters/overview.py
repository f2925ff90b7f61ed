"""The Overview page: tiles and charts of a range; the bot's answers and the manager draw these charts, too."""

from __future__ import annotations

from typing import Final

from core.charts.specs import Bar, BarChart, Chart, Ink, Opens, Unit
from core.filters import EVERYTHING, Filter
from core.presenters.chart_parts import (
    FAILED,
    UNRECORDED,
    bar,
    bars,
    busiest,
    failures_recorded,
    in_range,
    over_time,
    percentile_lines,
    range_figures,
)
from core.presenters.commands import no_commands, runs_over_time
from core.presenters.image_facts import no_images
from core.presenters.images import image_bars
from core.presenters.overview_tiles import overview, tiles
from core.presenters.presenter import PageInput, PagePresenter, board
from core.presenters.users import no_users
from core.statistics.results import CommandBreakdown, command_breakdown, totals
from core.text.command_names import as_called
from core.text.formatting import count, counted, images_words, one_line, seconds, videos_words
from core.text.translation import gettext as _

_SERIES: Final = 3
"""So many commands have a series of their own."""

_NO_TIMES: Final = _(" · no generation times known")
_TOP_COMMANDS: Final = 24
_LONGEST_NAME: Final = 40
_IMAGES: Final = Opens("images", EVERYTHING)


def commands_chart(page: PageInput) -> Chart:
    """Build the commands over time: the three most frequent by name, the rest as "other", failures on top."""
    return runs_over_time(page, _SERIES, no_commands(page), page.now)


def images_chart(page: PageInput) -> Chart:
    """Build the images (and videos) over time as bars, and their generation time's p50 and p95 on the right axis.

    Where no generation time of the range is known there is no right axis, and the subtitle says so.
    """
    numbers = totals(page.aggregate.whole.cell)
    total, videos, timed = numbers.images, numbers.videos, numbers.generation.count
    lines = percentile_lines([each.generation for each in page.detail.figures], Ink.SERIES_2, _IMAGES, right=True)
    words = (
        _("{images} and {videos}").format(images=images_words(total - videos), videos=videos_words(videos))
        if videos
        else images_words(total)
    )
    return over_time(
        page,
        _("Images, videos and generation time") if videos else _("Images and generation time"),
        (*image_bars(page), *(lines if timed else ())),
        right=Unit.SECONDS if timed else None,
        note=_(" · times of images") if numbers.film_times.count else "" if timed or not total else _NO_TIMES,
        empty=None if total else no_images(page),
        summary=f"{words} {in_range(page)}{busiest(page, [each.images for each in range_figures(page)])}.",
        complete=page.now,
    )


def users_chart(page: PageInput) -> Chart:
    """Build the active users of each bucket: distinct users of commands and images."""
    values = [figures.active_users for figures in range_figures(page)]
    words = counted(len(page.aggregate.whole.cell.users), "{count} active user", "{count} active users")
    return over_time(
        page,
        _("Active users"),
        (bars(_("active users"), (figures.active_users for figures in page.detail.figures), Ink.SERIES_1),),
        empty=None if any(values) else no_users(page),
        summary=f"{words} {in_range(page)}{busiest(page, values)}.",
        complete=page.now,
    )


def top_commands_chart(page: PageInput) -> BarChart:
    """Build the most frequent commands, their failures and p50 of the execution time."""
    commands = command_breakdown(page.aggregate.whole.cell, _TOP_COMMANDS)
    empty = None if commands else no_commands(page)
    return BarChart(
        title=_("Top commands"),
        subtitle="",
        bars=tuple(map(_bar, commands)),
        value=_("count"),
        columns=("p50",),
        units=("s",),
        part=FAILED if failures_recorded(page) else "",
        empty=empty,
        summary=empty or _most_run(commands[0], failures_recorded(page)),
    )


def _bar(command: CommandBreakdown) -> Bar:
    opens = Opens("commands", Filter.of(command=command.name))
    p50 = command.execution.p50
    return bar(as_called(command.name), command.total, (seconds(p50),), opens, command.failures, (p50,))


def _most_run(first: CommandBreakdown, recorded: bool) -> str:
    failed = (
        _("{count} of them failed").format(count=count(first.failures)) if first.failures else _("none of them failed")
    )
    failed = failed if recorded else UNRECORDED
    return _("{command} is run most: {count} times, {failed}.").format(
        command=one_line(as_called(first.name), _LONGEST_NAME), count=count(first.total), failed=failed
    )


OVERVIEW: Final = PagePresenter(
    "overview",
    board(
        {"commands": commands_chart, "images": images_chart, "top_commands": top_commands_chart},
        tiles=tiles,
        extra=overview,
    ),
    compares=True,
)
