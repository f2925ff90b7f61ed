"""The pages of the window.

A page is registered once, here: rail, menus and the command line follow. Metrics of extensions have a page each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from core.presenters.activity import ACTIVITIES
from core.presenters.calendar import CALENDAR
from core.presenters.commands import COMMANDS
from core.presenters.health import HEALTH
from core.presenters.images import IMAGES
from core.presenters.metrics import presenter_of
from core.presenters.overview import OVERVIEW
from core.presenters.presenter import PagePresenter
from core.presenters.users import USERS
from core.tables import extensions
from core.tables.metric import Metric
from core.text.translation import gettext as _
from gui.pages import layouts
from gui.pages.board import Board, Layout
from gui.pages.charts import keys_of
from gui.pages.health import HealthPage
from gui.pages.overview import CHARTS, OverviewPage
from gui.pages.page import Page, Tools
from gui.style import icons
from gui.widgets.page_rail import PageEntry


@dataclass(frozen=True, slots=True)
class Registration:
    """A page.

    Attributes:
        entry: its place in the rail.
        presenter: what it is about; its key is the page's.
        make: makes it when it is first shown.
        table: the key of the table whose rows it shows, or None.
        charts: the keys of its charts.
    """

    entry: PageEntry
    presenter: PagePresenter
    make: Callable[[Tools], Page]
    table: str | None = None
    charts: tuple[str, ...] = ()


def _board(title: str, icon: str, presenter: PagePresenter, layout: Layout) -> Registration:
    entry = PageEntry(presenter.key, title, icon)
    return Registration(entry, presenter, partial(Board, layout), layout.table, layout.charts)


PAGES: Final = (
    Registration(PageEntry("overview", _("Overview"), "overview"), OVERVIEW, OverviewPage, charts=keys_of((CHARTS,))),
    _board(_("Commands"), "commands", COMMANDS, layouts.COMMANDS),
    _board(_("Images"), "images", IMAGES, layouts.IMAGES),
    _board(_("Users"), "users", USERS, layouts.USERS),
    _board(_("Activity"), "activity", ACTIVITIES, layouts.ACTIVITY),
    _board(_("Calendar"), "calendar", CALENDAR, layouts.CALENDAR),
    Registration(PageEntry("health", _("Health"), "health", _("not looked into yet")), HEALTH, HealthPage),
)
"""The monitor's own."""


def pages() -> tuple[Registration, ...]:
    """Every page, in the order of the rail: the monitor's own, then those of the registered metrics."""
    return (*PAGES, *map(_of_metric, extensions.metrics()))


def _of_metric(declared: Metric) -> Registration:
    glyph = declared.icon if declared.icon in icons.names() else "metric"
    return _board(declared.title, glyph, presenter_of(declared), layouts.layout_of(declared))
