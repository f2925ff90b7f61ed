"""One server's own view, where the Servers page is filtered to one: what is done there, by whom, and since when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Final

from core.charts import inks
from core.charts.specs import AnyChart, Bar, BarChart, Chart, Opens
from core.filters import ENDING, EVERYTHING, Field, Filter, Term
from core.presenters import activity
from core.presenters.chart_parts import (
    FAILED,
    bar,
    causes_recorded,
    failures_recorded,
    in_range,
    of_all,
    over_time,
    percentage,
    share,
    stacked,
)
from core.presenters.commands import run_figures
from core.presenters.failures import failed_commands, kinds_over_time
from core.presenters.presenter import Figure, PageInput, PagePresenter, board, named_one
from core.presenters.server_facts import history_of, moves_recorded, server_name
from core.presenters.server_words import NOT_RECORDED, day_words
from core.presenters.users import commands_and_images, what_is_run
from core.statistics.bucket_counts import BucketCounts
from core.statistics.counting import ACTIVITY
from core.statistics.failure_counting import FAILURES
from core.statistics.results import UserBreakdown, generation_types, leaders, top
from core.statistics.server_counting import CHANNEL, CHANNEL_COMMANDS, CHANNEL_IMAGES
from core.statistics.server_history import ServerHistory
from core.text import formatting
from core.text.translation import gettext as _
from core.text.translation import ngettext

_MOST_USERS: Final = 200
_MOST_CHANNELS: Final = 100
_TYPES: Final = 4


def the_server(page: PageInput) -> str | None:
    """The one server that the filter leaves, "" for direct messages; None where it names the end of several ids."""
    named = named_one(page.chosen, Field.GUILD)
    if named is None or not named.startswith(ENDING):
        return named
    found = [server for server in page.aggregate.whole.cell.guilds if server]
    return found[0] if len(found) == 1 else None


def _users(page: PageInput) -> BarChart:
    cell, recorded = page.aggregate.whole.cell, failures_recorded(page)
    users = leaders(cell, _MOST_USERS)
    every, empty = len(cell.users), None if users else _nothing_there(page)
    return BarChart(
        title=_("Users"),
        subtitle=of_all(len(users), every, _("leading")),
        every=every,
        bars=tuple(_user(each, recorded) for each in users),
        value=_("in all"),
        columns=(_("commands"), _("images"), FAILED),
        units=("", "", ""),
        part=FAILED if recorded else "",
        empty=empty,
        summary=empty
        or ngettext("{count} active user {range}.", "{count} active users {range}.", every).format(
            count=formatting.count(every), range=in_range(page)
        ),
    )


def _user(user: UserBreakdown, recorded: bool) -> Bar:
    failed = user.failures if recorded else None
    numbers = (user.commands, user.images, failed)
    opens = Opens("commands", Filter.of(user=user.user_id))
    return bar(user.user_id, user.total, map(formatting.count, numbers), opens, user.failures, numbers)


def _channels(page: PageInput) -> BarChart:
    every = page.aggregate.whole.cell.counted.of(CHANNEL)
    leading, total = top(every, _MOST_CHANNELS), every.total()
    empty = None if leading else _nothing_there(page)
    return BarChart(
        title=_("Channels"),
        subtitle=of_all(len(leading), len(every)),
        every=len(every),
        bars=tuple(
            bar(name or NOT_RECORDED, n, (share(n, total),), _channel_rows(name), numbers=(percentage(n, total),))
            for name, n in leading
        ),
        value=_("in all"),
        columns=(_("share"),),
        units=("%",),
        empty=empty,
        summary=empty
        or ngettext("{count} channel {range}.", "{count} channels {range}.", len(every)).format(
            count=formatting.count(len(every)), range=in_range(page)
        ),
    )


def _channel_rows(channel: str) -> Opens | None:
    return Opens("commands", Filter.of(channel=channel)) if channel else None


def _images(page: PageInput) -> Chart:
    every = generation_types(page.aggregate.whole.cell)
    names = [name for name, _n in top(every, _TYPES)]
    others = Filter(tuple(Term(Field.TYPE, name, excluded=True) for name in names))
    return over_time(
        page,
        _("Images"),
        stacked(page.detail.derived(_types), names, _of_type, Opens("images", others), inks.inks_of(names)),
        empty=None if every else _no_images(page),
        summary=f"{formatting.images_words(sum(every.values()))} {in_range(page)}.",
    )


def _of_type(name: str) -> Opens:
    return Opens("images", Filter.of(type=name))


def _types(cell: BucketCounts, _start: float, _end: float) -> Counter[str]:
    return Counter(generation_types(cell))


def _failures(page: PageInput) -> Chart:
    return kinds_over_time(page) if causes_recorded(page) else failed_commands(page)


def _figures(page: PageInput) -> tuple[Figure, ...]:
    cell = page.aggregate.whole.cell
    return (
        *_of_one(page, the_server(page)),
        *run_figures(page),
        Figure(_("Images"), formatting.count(cell.images.total()), "",
               _("Images and videos that were made; older ones may be recorded without their server"),
               Opens("images", EVERYTHING)),
        Figure(_("Users"), formatting.count(len(cell.users)), "", _("Users who ran a command or had an image made")),
    )  # fmt: skip


def _of_one(page: PageInput, server: str | None) -> tuple[Figure, ...]:
    if server is None:
        return ()
    what = Figure(
        _("Server"),
        formatting.one_line(server_name(server), 24),
        tip=_("The only server that matches the filter"),
        whose=(str(Field.GUILD), server) if server else None,
    )
    if not server:
        return (what,)
    history = history_of(page)
    seen = (None, None) if history is None else (history.first.get(server), history.last.get(server))
    return (
        what,
        Figure(
            _("First seen"), day_words(page, seen[0]), "", _("The first command or image there, whatever the range"),
            every_row=True,
        ),
        Figure(
            _("Last seen"), day_words(page, seen[1]), _silence(page, server), _("The last one, whatever the range"),
            every_row=True,
        ),
        *_moves(page, server),
    )  # fmt: skip


def _silence(page: PageInput, server: str) -> str:
    history = history_of(page)
    return _("dormant") if history is not None and history.is_dormant(server, page.now) else ""


def _moves(page: PageInput, server: str) -> tuple[Figure, ...]:
    """When the bot came and went, as far as it said so."""
    history = history_of(page)
    if history is None or not moves_recorded(page):
        tip = _("The bot records neither guild_join nor guild_leave. Botpulse's own tracking does so by itself.")
        return (Figure(_("Joined and left"), NOT_RECORDED, "", tip, every_row=True),)
    joined, left = history.joined.get(server), history.left.get(server)
    gone = _("back since") if left is not None and history.is_there(server) else ""
    return (
        Figure(
            _("Joined"), day_words(page, joined), NOT_RECORDED if joined is None else "", _("When the bot last joined"),
            every_row=True,
        ),
        Figure(
            _("Left"), day_words(page, left), gone, _("When the bot last left; a dash: as far as it says, it is there"),
            every_row=True,
        ),
    )  # fmt: skip


def _nothing_there(page: PageInput) -> str:
    return _("Nothing happened there {range}, as far as it is recorded.").format(range=in_range(page))


def _no_images(page: PageInput) -> str:
    return _("No image is recorded for this server {range}. Older bots record images without their server.").format(
        range=in_range(page)
    )


_CHARTS: Final[dict[str, Callable[[PageInput], AnyChart]]] = {
    "servers": _users,
    "over_time": commands_and_images,
    "concentration": partial(what_is_run, title=_("What is run")),
    "dormant": _channels,
    "images": _images,
    "failures": _failures,
    "arrivals": partial(activity.COUNTED.over_time, column=activity.ACTION),
}
"""By the keys of the charts of all servers in whose places they stand."""

ONE_SERVER: Final = PagePresenter(
    "servers",
    board(_CHARTS, _figures, the_server),
    (CHANNEL_COMMANDS, CHANNEL_IMAGES, FAILURES, ACTIVITY),
    scan=ServerHistory,
)
