"""What a table says about itself at the moment: how many rows, how far a search has come, why nothing is seen."""

from __future__ import annotations

import time
from typing import Final
from zoneinfo import ZoneInfo

from core.tables.definitions import TableDefinition
from core.tables.reading.messages import MatchesResult
from core.text import formatting
from core.text.dates import dated, month_day
from core.text.formatting import NOTHING, count, one_line, percent
from core.text.translation import gettext as _
from core.text.translation import ngettext
from core.time_ranges import local_time
from gui.tables.records.layout import TableFrame
from gui.tables.records.pager import Browser

_FILLED_BY: Final = {
    "days": _("The bot writes one a day where it calls generate_daily_stats()."),
    "failures": _("Only a bot with Botpulse's own tracking, or calls of track_failure(…), records them."),
}
"""Tables that stay empty though events come in, by their keys, with what puts rows into them."""

_NEVER_RECORDED: Final = {
    "failures": _(
        "Reasons of failures are not recorded in this database. Only a bot with Botpulse's own tracking, or calls of "
        "track_failure(…), records them. Failed commands are found on the page Commands, by the filter “failed”."
    ),
}
"""What is said of tables that never had a row, whatever range and filter, where events of their kind are known."""


class TableState:
    """Puts a browser's state into words.

    Attributes:
        filtered: whether a filter holds; ranged: whether a range does.
    """

    def __init__(self, table: TableDefinition, zone: ZoneInfo, frame: TableFrame, browser: Browser) -> None:
        self._table, self._zone, self._frame, self._browser = table, zone, frame, browser
        self.filtered = False
        self.ranged = False

    def set_zone(self, zone: ZoneInfo) -> None:
        """Say times in another zone."""
        self._zone = zone
        self.say()

    def say(self) -> None:
        """Say it all anew."""
        news = self._browser.news
        self._frame.top_line.pill.say_unseen(news.unseen, outdated=news.outdated)
        self._say_line()
        self._say_emptiness()
        self._say_place()

    def _say_line(self) -> None:
        browser, line = self._browser, self._frame.state
        if browser.fault is not None:
            line.say(fault_words(browser.fault.title))
        elif browser.requests.sorting is not None:
            said = browser.requests.sorting.words or _("the rows")
            line.say(_("Sorting: {said}").format(said=said), browser.requests.sorting.share)
        elif browser.query is None:
            line.say("")
        elif browser.extent is None:
            line.say(_("Reading…") if browser.requests.loading else "")
        else:
            searching = browser.requests.loading and self.filtered
            line.say(self._line(), browser.search.searched if searching else None)

    def _line(self) -> str:
        browser = self._browser
        assert browser.extent is not None
        matches = browser.matches
        counted = matches.found if matches is not None and matches.whole else None
        total, exact = max(browser.extent.rows, browser.found), browser.extent.exact
        if not self.filtered and counted is not None:
            total, exact = max(counted, browser.found), True
        elif self.filtered and not (browser.is_whole or browser.stopped or browser.requests.loading):
            return shown_words(browser.found, matches)
        line = rows_words(browser.found, total, exact=exact, filtered=self.filtered, all_seen=browser.is_whole)
        if self.filtered and browser.window.has_older:
            searched = search_words(
                browser.search.searched, browser.search.moment, self._zone, time.time(), stopped=browser.stopped
            )
            line = f"{line} · {searched}"
        return line

    def _say_emptiness(self) -> None:
        browser = self._browser
        if browser.found:
            self._frame.show_rows()
        elif browser.query is None:
            self._frame.show_empty(_("No database is open."))
        elif browser.fault is not None:
            self._frame.show_empty(browser.fault.title + ".")
        elif browser.requests.replacing and not self._frame.is_empty:
            pass  # what was seen before stays for the blink of an eye that it usually takes
        elif browser.requests.loading:
            self._frame.show_empty(_("Searching…") if self.filtered else _("Reading…"))
        else:
            extent = browser.extent
            said = empty_words(
                self._table,
                never_filled=extent is not None and not extent.newest,
                filtered=self.filtered,
                boxed=bool(self._frame.filter_box.edit.text().strip()),
                ranged=self.ranged,
                stopped=browser.stopped,
            )
            self._frame.show_empty(*said)

    def _say_place(self) -> None:
        share, page, moment = self._browser.window.place(is_whole=self._browser.is_whole)
        self._frame.bar.set_place(share, page, bubble_words(moment, self._zone))


def day_words(moment: float | None, zone: ZoneInfo, now: float) -> str:
    """A moment as a search says it: ``14:05`` of today, ``3 Mar``, ``3 Mar 2024``."""
    if moment is None:
        return NOTHING
    try:
        local, today = local_time(moment, zone), local_time(now, zone)
    except (OverflowError, ValueError):
        return NOTHING
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return month_day(local) if local.year == today.year else f"{month_day(local)} {local.year}"


def bubble_words(moment: float | None, zone: ZoneInfo) -> str:
    """A moment as the position bar names it: ``24 Nov 2026 14:05``."""
    if moment is None:
        return ""
    try:
        local = local_time(moment, zone)
    except (OverflowError, ValueError):
        return ""
    return f"{dated(local)} {local:%H:%M}"


def rows_words(found: int, total: int, *, exact: bool, filtered: bool, all_seen: bool) -> str:
    """``48,211 rows``, ``About 48,000 rows``, ``1,204 rows match, of 48,211``; ``exact``: the total was counted."""
    if not filtered:
        all_rows = formatting.rows_words(total)
        return (
            formatting.rows_words(found) if all_seen else all_rows if exact else _("About {rows}").format(rows=all_rows)
        )
    values = {"count": count(found), "total": count(total)}
    if all_seen and exact:
        return ngettext("{count} row matches, of {total}", "{count} rows match, of {total}", found).format(**values)
    if all_seen:
        about = ngettext("{count} row matches, of about {total}", "{count} rows match, of about {total}", found)
        return about.format(**values)
    if exact:
        return ngettext("{count} row of {total}", "{count} rows of {total}", found).format(**values)
    return ngettext("{count} row of about {total}", "{count} rows of about {total}", found).format(**values)


def shown_words(shown: int, matches: MatchesResult | None) -> str:
    """``80 shown · 111 match``; while that is being counted, ``80 shown · 95 match so far, 72 %``."""
    here = _("{count} shown").format(count=count(shown))
    if matches is None:
        return here
    found = max(matches.found, shown)
    values = {"shown": here, "count": count(found), "share": percent(matches.share, 0)}
    if matches.whole:
        return ngettext("{shown} · {count} matches", "{shown} · {count} match", found).format(**values)
    so_far = ngettext("{shown} · {count} matches so far, {share}", "{shown} · {count} match so far, {share}", found)
    return so_far.format(**values)


def search_words(share: float, moment: float | None, zone: ZoneInfo, now: float, *, stopped: bool) -> str:
    """``searched back to 3 Mar, 12 %``, ``stopped at 3 Mar, 12 %``."""
    values = {"day": "" if moment is None else day_words(moment, zone, now), "share": percent(share, 0)}
    if moment is None:
        return (_("stopped {share}") if stopped else _("searched {share}")).format(**values)
    return (_("stopped at {day}, {share}") if stopped else _("searched back to {day}, {share}")).format(**values)


def empty_words(
    table: TableDefinition, *, filtered: bool, boxed: bool, ranged: bool, stopped: bool, never_filled: bool = False
) -> tuple[str, str]:
    """Why there is nothing to see, and the words of a button that may help.

    ``never_filled``: the table has no row, in no range; ``boxed``: some of the filter is in the table's own box; what
    the page is filtered by is taken away at its top.
    """
    things, filled_by = table.name, _FILLED_BY.get(table.key, "")
    if never_filled and table.key in _NEVER_RECORDED:
        return _NEVER_RECORDED[table.key], ""
    if stopped:
        return _("No rows found so far: the search was stopped."), _("Continue searching")
    if filtered:
        words = _("The filter matches no {things} in this range.") if ranged else _("The filter matches no {things}.")
        return words.format(things=things), _("Clear the filter") if boxed else ""
    if ranged:
        return _("No {things} in this range. {filled_by}").format(things=things, filled_by=filled_by).strip(), ""
    there_are = (
        _("There are no {things} in this database yet. {filled_by}")
        if things.endswith("s")
        else _("There is no {things} in this database yet. {filled_by}")
    )
    return there_are.format(things=things, filled_by=filled_by).strip(), ""


def fault_words(title: str) -> str:
    """What the state line says while the database can't be read."""
    return _("{title}; trying again").format(title=one_line(title, 120))
