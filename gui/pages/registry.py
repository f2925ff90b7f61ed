"""The pages of the window.

A page is registered once, here: rail, menus and the command line follow. Metrics of extensions have a page each. What
a page is made of is loaded when it is first shown: the window is there the sooner.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from core.presenters import activity, calendar, commands, failures, images
from core.presenters.health import HEALTH
from core.presenters.metrics import presenter_of
from core.presenters.overview import OVERVIEW
from core.presenters.presenter import PagePresenter
from core.presenters.servers import SERVERS
from core.presenters.users import USERS
from core.tables import extensions
from core.tables.metric import Metric
from core.text.translation import gettext as _
from gui.pages.page import Page, Tools
from gui.style import icons
from gui.widgets.page_rail import PageEntry


@dataclass(frozen=True, slots=True)
class PageParts:
    """What a page is made of: ``make`` makes it; ``charts`` are the keys of its charts."""

    make: Callable[[Tools], Page]
    charts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Registration:
    """A page.

    Attributes:
        entry: its place in the rail.
        presenter: what it is about; its key is the page's.
        load: loads what it is made of.
        table: the key of the table whose rows it shows, or None.
    """

    entry: PageEntry
    presenter: PagePresenter
    load: Callable[[], PageParts]
    table: str | None = None

    def make(self, tools: Tools) -> Page:
        """Make the page, when it is first shown."""
        return self.load().make(tools)

    @property
    def charts(self) -> tuple[str, ...]:
        """The keys of its charts."""
        return self.load().charts


def _overview() -> PageParts:
    from gui.pages.charts import keys_of
    from gui.pages.overview import CHARTS, OverviewPage

    return PageParts(OverviewPage, keys_of((CHARTS,)))


def _health() -> PageParts:
    from gui.pages.health import HealthPage

    return PageParts(HealthPage)


def _failures() -> PageParts:
    from gui.pages.failures import FailuresPage
    from gui.pages.layouts import FAILURES

    return PageParts(FailuresPage, FAILURES.charts)


def _board(key: str, metric: Metric | None = None) -> PageParts:
    from gui.pages import layouts
    from gui.pages.board import Board

    layout = layouts.OWN[key] if metric is None else layouts.layout_of(metric)
    return PageParts(partial(Board, layout), layout.charts)


def _own(title: str, icon: str, presenter: PagePresenter, table: str | None = None) -> Registration:
    return Registration(PageEntry(presenter.key, title, icon), presenter, partial(_board, presenter.key), table)


PAGES: Final = (
    Registration(PageEntry("overview", _("Overview"), "overview"), OVERVIEW, _overview),
    _own(_("Commands"), "commands", commands.COMMANDS, commands.TABLE),
    _own(_("Images"), "images", images.IMAGES, images.TABLE),
    _own(_("Users"), "users", USERS),
    _own(_("Servers"), "servers", SERVERS),
    Registration(PageEntry("failures", _("Failures"), "error"), failures.FAILURES_PAGE, _failures, failures.TABLE),
    _own(_("Activity"), "activity", activity.ACTIVITIES, activity.TABLE),
    _own(_("Calendar"), "calendar", calendar.CALENDAR, calendar.TABLE),
    Registration(PageEntry("health", _("Health"), "health", _("not looked into yet")), HEALTH, _health),
)
"""The monitor's own."""


def pages() -> tuple[Registration, ...]:
    """Every page, in the order of the rail: the monitor's own, then those of the registered metrics."""
    return (*PAGES, *map(_of_metric, extensions.metrics()))


def _of_metric(declared: Metric) -> Registration:
    glyph = declared.icon if declared.icon in icons.names() else "metric"
    entry, presenter = PageEntry(declared.key, declared.title, glyph), presenter_of(declared)
    return Registration(entry, presenter, partial(_board, declared.key, declared), declared.key)
