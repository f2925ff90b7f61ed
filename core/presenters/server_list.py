"""The lists of the Servers page: each server of a range with its numbers, and those that nobody uses any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from core.charts.specs import Bar, BarChart, Opens
from core.filters import Filter
from core.presenters.chart_parts import (
    FAILED,
    bar,
    in_range,
    of_all,
    percentage,
    share,
    tells_failures,
    whole,
    without_time,
)
from core.presenters.presenter import READING, PageInput, known_part
from core.presenters.server_facts import (
    STATE_WORDS,
    ServerFacts,
    ServerSums,
    history_of,
    images_say_where,
    server_name,
)
from core.presenters.server_words import NOT_RECORDED, day_words, iso_words
from core.statistics.server_history import Silence
from core.text import formatting
from core.text.translation import gettext as _
from core.text.translation import ngettext, pgettext
from core.time_ranges import DAY

_MOST_DORMANT: Final = 200

_COLUMNS: Final = (
    _("state"), _("share"), _("growth"), _("images"), _("users"), FAILED,
    _("last seen"), _("first seen"), _("joined"), _("left"),
)  # fmt: skip
_EXPLAINS: Final = _(
    "new: seen or joined for the first time in the range. dormant: no command and no image for 30 days. left: the bot "
    "left, and was not seen since. Growth: commands against as much of the period before. A dash: not recorded, or not "
    "comparable."
)
_NEVER: Final = pgettext("a server was last seen", "never")
NO_PLACE: Final = _(
    "These images are recorded without their server. Botpulse's own tracking records it; others pass it to "
    "track_image_generation(…, details=ImageDetails(guild_id=…))."
)


def server_list(facts: Sequence[ServerFacts], sums: ServerSums, page: PageInput) -> BarChart:
    """Every server of the range, those that lead in anything where there are very many."""
    recorded, placed = failures_told(page), images_say_where(page)
    shown = [_server_bar(page, each, sums.total, recorded, placed) for each in facts]
    unknown = page.aggregate.whole.cell.guild_images[None]
    if unknown:
        shown.append(_unknown_bar(unknown))
    every, empty = len(sums.servers), None if shown else nowhere(page)
    most = next((each for each in facts if each.server), None)
    words = ngettext("{count} server {range}.", "{count} servers {range}.", every)
    if most is not None and most.commands:
        words = ngettext(
            "{count} server {range}; {name} leads with {most}.",
            "{count} servers {range}; {name} leads with {most}.",
            every,
        )
    return BarChart(
        title=_("Servers"),
        subtitle=of_all(sum(bool(each.server) for each in facts), every, _("leading")),
        every=every,
        bars=tuple(shown),
        value=_("commands"),
        columns=_COLUMNS,
        units=("", "%", "%", *[""] * 7),
        part=FAILED if recorded else "",
        empty=empty,
        summary=empty
        or words.format(
            count=formatting.count(every),
            range=in_range(page),
            name=formatting.one_line(most.server, 40) if most else "",
            most=formatting.commands_words(most.commands if most else 0),
        ),
        explains=_EXPLAINS if shown else "",
    )


def _server_bar(page: PageInput, facts: ServerFacts, total: int, recorded: bool, placed: bool) -> Bar:
    images = facts.images if placed else None
    failed = facts.failed if recorded else None
    moments = (facts.last, facts.first, facts.joined, facts.left)
    growth = formatting.change(facts.commands, facts.before or 0)
    figures = (
        STATE_WORDS[facts.state],
        share(facts.commands, total),
        growth or formatting.NOTHING,
        formatting.count(images),
        formatting.count(facts.users),
        formatting.count(failed),
        *(day_words(page, moment) for moment in moments),
    )
    zone = whole(page).zone
    times = (iso_words(moment, zone) for moment in moments)
    numbers = (
        STATE_WORDS[facts.state] or None, percentage(facts.commands, total), facts.growth, images, facts.users, failed,
        *times,
    )  # fmt: skip
    opens = Opens("commands" if facts.commands or not facts.images else "images", Filter.of(guild=facts.server))
    made = bar(server_name(facts.server), facts.commands, figures, opens, facts.failed, numbers)
    unread = facts.server and facts.first is None and not page.scanned.whole
    return replace(made, tip=READING) if unread else made


def _unknown_bar(images: int) -> Bar:
    """What nobody knows the server of is no direct message."""
    dash = formatting.NOTHING
    figures = ("", dash, dash, formatting.count(images), dash, dash, dash, dash, dash, dash)
    made = bar(NOT_RECORDED, 0, figures, None, 0, (None, None, None, images, *[None] * 6))
    return replace(made, tip=NO_PLACE)


def failures_told(page: PageInput) -> bool:
    """Whether failed commands of the range can be told from others."""
    cell = page.aggregate.whole.cell
    return tells_failures(page, cell.guilds.total(), cell.guild_failures.total())


def dormant_list(page: PageInput) -> BarChart:
    """Servers that nobody uses any more, those first that became so last."""
    history = history_of(page)
    every = history.dormant(page.now) if history is not None and page.scanned.whole else ()
    empty = None if every else _("No server is dormant: each was used in the last 30 days, or the bot left it.")
    made = BarChart(
        title=_("Dormant"),
        subtitle=of_all(len(every[:_MOST_DORMANT]), len(every), _("latest")),
        bars=tuple(_dormant_bar(page, each) for each in every[:_MOST_DORMANT]),
        value=_("days"),
        columns=(_("last seen"),),
        units=("",),
        empty=empty,
        summary=empty or ngettext("{count} server is dormant.", "{count} servers are dormant.", len(every)).format(
            count=formatting.count(len(every))
        ),
        explains=_(
            "No command and no image for 30 days, and the bot did not leave; whatever range and filter. Never: nobody "
            "used it since the bot joined."
        ),
        every_row=True,
    )  # fmt: skip
    return known_part(made, page.scanned.all_or_nothing())  # type: ignore[return-value]


def _dormant_bar(page: PageInput, silence: Silence) -> Bar:
    opens = Opens("commands", Filter.of(guild=silence.server))
    seen = silence.since if silence.used else None
    numbers = (iso_words(seen, whole(page).zone),)
    return bar(
        silence.server,
        int((page.now - silence.since) // DAY),
        (day_words(page, seen) if silence.used else _NEVER,),
        opens,
        0,
        numbers,
    )


def nowhere(page: PageInput) -> str:
    """Why there is no server, and what brings one."""
    if page.chosen:
        return _("No server matches the filter in this range.")
    if page.source is None:
        return _("No commands {range}.").format(range=in_range(page))
    if page.last_seen is None:
        return without_time(page) or _("No server yet: run a command in Discord, and it appears here by itself.")
    return _("No server {range}. Choose a longer range, or run a command in Discord.").format(range=in_range(page))
