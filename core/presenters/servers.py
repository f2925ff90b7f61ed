"""The Servers page: what is done on each, how that grows, which came and went, and on how few of them it rests.

Where the filter names one server, :mod:`core.presenters.one_server` takes its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Final

from core.charts import inks
from core.charts.specs import AnyChart, Bar, BarChart, Chart, Ink, Opens, Series
from core.filters import DIRECT_MESSAGES, EVERYTHING, Field, Filter, Term
from core.presenters.chart_parts import (
    bar,
    bars,
    busiest,
    causes_recorded,
    in_range,
    over_time,
    percentage,
    share,
    stacked,
    whole,
)
from core.presenters.one_server import ONE_SERVER
from core.presenters.presenter import Content, Figure, PageInput, PagePresenter, board, known_part
from core.presenters.server_facts import (
    ServerSums,
    history_of,
    moves_recorded,
    server_facts,
    server_name,
    server_sums,
)
from core.presenters.server_list import NO_PLACE, dormant_list, failures_told, nowhere, server_list
from core.presenters.server_words import NOT_RECORDED
from core.statistics.bucket_counts import BucketCounts
from core.statistics.counting import ACTIVITY
from core.statistics.failure_counting import SERVER
from core.statistics.results import top
from core.statistics.server_counting import SERVER_COMMANDS, SERVER_FAILURES, SERVER_IMAGES, commands_by_server
from core.statistics.server_history import ServerHistory
from core.text import formatting
from core.text.translation import gettext as _

_SERIES: Final = 5
_FEW, _SOME = 5, 20
"""So many of the largest servers are taken together."""


def _present(page: PageInput) -> Content:
    """The facts are needed by several parts of the page, and found out once."""
    sums = server_sums(page)
    facts = server_facts(page, sums) if page.wanted is None or "servers" in page.wanted else ()
    charts: dict[str, Callable[[PageInput], AnyChart]] = {
        "servers": partial(server_list, facts, sums),
        "over_time": partial(_over_time, sums),
        "concentration": partial(_concentration, sums),
        "dormant": dormant_list,
        "images": _images,
        "failures": _failures,
        "arrivals": _arrivals,
    }
    return board(charts, partial(_figures, sums), own_coverage=frozenset({"dormant", "arrivals"}))(page)


def _over_time(sums: ServerSums, page: PageInput) -> Chart:
    every, detail = sums.commands, page.detail.derived(_commands)
    totals = [page.aggregate.derived(_commands, *span).total() for span in pairwise(whole(page).edges)]
    words = f"{formatting.commands_words(sums.total)} {in_range(page)}{busiest(page, totals)}."
    return over_time(
        page,
        _("Commands by server"),
        _by_server("commands", every, detail),
        empty=None if every else nowhere(page),
        summary=words,
    )


def _images(page: PageInput) -> Chart:
    counts = page.aggregate.whole.cell.guild_images
    known = Counter({server: n for server, n in counts.items() if server is not None})
    detail = page.detail.derived(_made)
    series = _by_server("images", known, [_without_unknown(each) for each in detail])
    if counts[None]:
        series = (*series, bars(NOT_RECORDED, (each[None] for each in detail), Ink.MUTED))
    empty = None if known else NO_PLACE if counts else _no_images(page)
    return over_time(
        page,
        _("Images by server"),
        series,
        empty=empty,
        summary=f"{formatting.images_words(counts.total())} {in_range(page)}.",
    )


def _failures(page: PageInput) -> Chart:
    """Failures with their causes where those are recorded, else the commands that are marked as failed."""
    causes = causes_recorded(page)
    counts = page.aggregate.whole.cell.counted.of(SERVER) if causes else _failed(page.aggregate.whole.cell, 0, 0)
    known = Counter({server: n for server, n in counts.items() if server is not None})
    detail = page.detail.derived(_caused if causes else _failed)
    series = _by_server("failures" if causes else "failed", known, [_without_unknown(each) for each in detail])
    if counts[None]:
        series = (*series, bars(NOT_RECORDED, (each[None] for each in detail), Ink.MUTED))
    told = causes or failures_told(page)
    empty = _("No failures {range}.").format(range=in_range(page)) if told else _("Failures are not recorded.")
    words = formatting.counted(counts.total(), "{count} failure", "{count} failures")
    return over_time(
        page,
        _("Failures by server") if causes else _("Failed commands by server"),
        series,
        empty=None if counts else empty,
        summary=f"{words} {in_range(page)}.",
    )


def _by_server(what: str, every: Mapping[str, int], detail: Sequence[Mapping[str, int]]) -> tuple[Series, ...]:
    """Counts by server as stacked bars: those of the range that have most, and the others as one."""
    opens = _OPENS[what]
    names = [server for server, _n in top(every, _SERIES)]
    others = Filter(tuple(Term(Field.GUILD, server, excluded=True) for server in names))
    series = stacked(detail, names, lambda server: opens(Filter.of(guild=server)), opens(others), inks.inks_of(names))
    named = zip(series, [*names, None], strict=False)
    return tuple(replace(each, name=server_name("")) if server == "" else each for each, server in named)


def _failed_rows(chosen: Filter) -> Opens:
    return Opens("commands", chosen.plus(Term(Field.OUTCOME, "failed")))


_OPENS: Final[dict[str, Callable[[Filter], Opens]]] = {
    "commands": partial(Opens, "commands"),
    "images": partial(Opens, "images"),
    "failures": partial(Opens, "failures"),
    "failed": _failed_rows,
}
"""The rows behind what is counted by server."""


def _concentration(sums: ServerSums, page: PageInput) -> BarChart:
    """How much of all is done on few servers."""
    commands, total, direct = sums.commands, sums.total, sums.commands[DIRECT_MESSAGES]
    largest = top({server: n for server, n in commands.items() if server}, _SOME)
    servers = sum(bool(server) for server in commands)
    empty = None if servers else nowhere(page)
    shown = [_joint_bar(words, largest[:n], total) for n, words in _JOINT.items() if servers >= n]
    if servers:
        shown.append(_share_bar(_("all servers"), total - direct, total, None))
    if servers and direct:
        opens = Opens("commands", Filter.of(guild=DIRECT_MESSAGES))
        shown.append(_share_bar(server_name(DIRECT_MESSAGES), direct, total, opens))
    first = share(largest[0][1], total) if largest else formatting.NOTHING
    return BarChart(
        title=_("Concentration"),
        subtitle=_("commands on the largest servers"),
        bars=tuple(shown),
        value=_("commands"),
        columns=(_("share"),),
        units=("%",),
        empty=empty,
        summary=empty or _("The largest server has {share} of all commands.").format(share=first),
    )


_JOINT: Final = {1: _("the largest"), _FEW: _("the 5 largest"), _SOME: _("the 20 largest")}


def _joint_bar(words: str, servers: Sequence[tuple[str, int]], total: int) -> Bar:
    """Some servers as one bar; of more than a few their chips would fill the window."""
    terms = tuple(Term(Field.GUILD, server) for server, _n in servers)
    opens = Opens("commands", Filter(terms)) if len(servers) <= _FEW else None
    return _share_bar(words, sum(n for _server, n in servers), total, opens)


def _share_bar(words: str, n: int, total: int, opens: Opens | None) -> Bar:
    return bar(words, n, (share(n, total),), opens, numbers=(percentage(n, total),))


def _arrivals(page: PageInput) -> Chart:
    """Servers that came, and those that the bot left; whatever the filter."""
    history, edges = history_of(page), page.detail.buckets.edges
    came = history.arrivals(edges) if history is not None else ()
    went = history.departures(edges) if history is not None else ()
    series = [bars(_("new"), came, Ink.SERIES_2, Opens("activity", Filter.of(action="guild_join")))] if came else []
    if moves_recorded(page):
        series.append(bars(_("left"), went, Ink.MUTED, Opens("activity", Filter.of(action="guild_leave"))))
    if not moves_recorded(page):
        series = [replace(each, opens=None) for each in series]
    any_came = sum(came) or sum(went)
    note = "" if moves_recorded(page) else _(" · leaving is not recorded")
    made = over_time(
        page,
        _("New and left"),
        series,
        note=note,
        empty=None if any_came else _("No server came or went {range}.").format(range=in_range(page)),
        summary=_("{new} new and {left} left {range}.").format(
            new=formatting.count(sum(came)), left=formatting.count(sum(went)), range=in_range(page)
        ),
    )
    return known_part(made, page.scanned)  # type: ignore[return-value]


def _figures(sums: ServerSums, page: PageInput) -> tuple[Figure, ...]:
    commands, total, direct = sums.commands, sums.total, sums.commands[DIRECT_MESSAGES]
    largest = top({server: n for server, n in commands.items() if server}, _FEW)
    return (
        _active(sums),
        Figure(_("Commands"), formatting.count(total), in_range(page), _("Commands that were run"),
               Opens("commands", EVERYTHING)),
        Figure(_("Direct messages"), share(direct, total), formatting.commands_words(direct),
               _("Share of the commands that were run in direct messages"),
               Opens("commands", Filter.of(guild=DIRECT_MESSAGES))),
        Figure(_("Five largest"), share(sum(n for _server, n in largest), total), "",
               _("Share of all commands that were run on the five servers with most of them")),
        *_moves(page),
    )  # fmt: skip


def _active(sums: ServerSums) -> Figure:
    tip = _("Servers on which a command was run, or an image made; new: never seen before this range")
    told = sums.new is not None and bool(sums.servers)
    note = _("{new} of them new").format(new=formatting.count(len(sums.new or ()))) if told else ""
    return Figure(_("Active servers"), formatting.count(len(sums.servers)), note, tip)


def _moves(page: PageInput) -> Iterator[Figure]:
    """How many servers the bot left in the range, and how many are dormant."""
    history, edges = history_of(page), whole(page).edges
    left = _("How often the bot left a server, or was removed from one, in the range")
    if history is not None and moves_recorded(page):
        opens = Opens("activity", Filter.of(action="guild_leave"))
        span = (edges[0], edges[-1])
        yield Figure(_("Left"), formatting.count(sum(history.departures(span))), "", left, opens)
    else:
        yield Figure(_("Left"), formatting.NOTHING, NOT_RECORDED, left)
    dormant = len(history.dormant(page.now)) if history is not None and page.scanned.whole else None
    tip = _("Servers without a command or an image for 30 days, and that the bot did not leave; whatever the range")
    yield Figure(_("Dormant"), formatting.count(dormant), "", tip, every_row=True)


def _no_images(page: PageInput) -> str:
    if page.chosen:
        return _("No images match the filter in this range.")
    return _("No images {range}.").format(range=in_range(page))


def _without_unknown(counts: Mapping[str | None, int]) -> Mapping[str, int]:
    return {server: n for server, n in counts.items() if server is not None}


def _commands(cell: BucketCounts, _start: float, _end: float) -> Counter[str]:
    return commands_by_server(cell.guilds)


def _made(cell: BucketCounts, _start: float, _end: float) -> Counter[str | None]:
    return cell.guild_images


def _failed(cell: BucketCounts, _start: float, _end: float) -> Counter[str | None]:
    return commands_by_server(cell.guild_failures)  # type: ignore[return-value]


def _caused(cell: BucketCounts, _start: float, _end: float) -> Counter[str | None]:
    return cell.counted.of(SERVER)


SERVERS: Final = PagePresenter(
    "servers",
    _present,
    (SERVER_COMMANDS, SERVER_IMAGES, SERVER_FAILURES, ACTIVITY),
    scan=ServerHistory,
    compares=True,
    alone=ONE_SERVER,
    about=Field.GUILD,
)
