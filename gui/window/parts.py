"""The parts of the window that need nothing of each other: each is made, wired and ended here, by what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.pages.page import Tools
from gui.settings import WEEK_START, Settings, WeekStart
from gui.status.discord import DiscordTeller
from gui.status.looks import LookKeeper
from gui.window.alarms import AlarmBell
from gui.window.comparing import RangeComparer
from gui.window.notes import NotesMenu
from gui.window.reporting import ReportMenu
from gui.window.views import SavedViews
from gui.window.walk import PageWalk
from gui.window.zoom_offer import ZoomOffer

if TYPE_CHECKING:
    from core.presenters.readings import ViewRequest
    from gui.threads.monitor import Monitor
    from gui.window.main_window import MainWindow


def add_parts(window: MainWindow, memory: Settings, tools: Tools, monitor: Monitor) -> None:
    """Give the window what it can do beside showing its pages.

    A part is a child of the window, is connected to what it needs of it, and ends with its signal ``closed``.
    """
    AlarmBell(window.live, window.presence.alarms, window.actions_)
    ZoomOffer(window.live, window.ranges, window.actions_)
    notes = NotesMenu(window, window.live, tools.zone, window.actions_)
    window.preferences.zone_changed.connect(notes.set_zone)
    window.closed.connect(notes.end)
    comparer = RangeComparer(
        window, memory, window.ranges, window.live.strip, window.actions_, lambda: window.preferences.zone
    )
    comparer.chosen.connect(monitor.compare)
    window.live.snapshot_begun.connect(comparer.follow)
    monitor.compare(comparer.comparison)
    window.history.go_with(comparer)
    views = SavedViews(window, window.live, memory, window.ranges, comparer, window.actions_)
    views.filter_wanted.connect(window.filter_by)
    views.notice_requested.connect(window.errands.say)
    window.preferences.zone_changed.connect(views.set_zone)
    views.set_zone(tools.zone)
    window.link_asked.connect(views.open_link)
    window.finder.own_more = views.offers
    _hand_on(window, memory, tools, comparer)
    PageWalk(window, window.live, memory, lambda: window.screens.is_live)
    teller = DiscordTeller(window.presence.alarms, memory, window)
    teller.failed.connect(window.presence.tell_of_fault)
    window.closed.connect(teller.end)
    _follow_preferences(window)
    _tell_news(window, memory)


def _follow_preferences(window: MainWindow) -> None:
    """Let each part of the window be as the host prefers it."""
    preferences, presence = window.preferences, window.presence
    preferences.presence_changed.connect(presence.apply)
    preferences.backups_changed.connect(window.errands.backups.apply)
    preferences.ages_changed.connect(window.errands.ages.apply)
    preferences.alarms_changed.connect(presence.alarms.apply)
    window.errands.backups.failed.connect(presence.tell_of_backup)
    preferences.row_height_changed.connect(window.live.set_row_height)
    for dressed in (window.live, presence.tray):
        preferences.palette_changed.connect(dressed.set_palette)
    for timed in (window.live, window.ranges, window.errands, presence):
        preferences.zone_changed.connect(timed.set_zone)


def _hand_on(window: MainWindow, memory: Settings, tools: Tools, comparer: RangeComparer) -> None:
    """Let reports and summaries be made of what is shown."""
    ranges, strip, preferences = window.ranges, window.live.strip, window.preferences

    def request() -> ViewRequest:
        from core.presenters.readings import ViewRequest  # it knows how to read, which the first picture does not need

        weekday = WeekStart(memory.text(WEEK_START)).number
        compared = comparer.comparison
        zone, choice, span = preferences.zone, ranges.choice, ranges.span
        return ViewRequest(zone, weekday, choice, span, chosen=strip.chosen, comparison=compared)

    reports = ReportMenu(window, window.live, memory, tools.zone, request, window.actions_)
    reports.notice_requested.connect(window.errands.say)
    preferences.zone_changed.connect(reports.set_zone)
    window.closed.connect(reports.end)


def _tell_news(window: MainWindow, memory: Settings) -> None:
    """Let Overview say what is new since the host last looked."""
    from gui.pages.overview import OverviewPage

    live, keeper = window.live, LookKeeper(window, memory, lambda: window.preferences.zone)
    overview = live.current
    assert isinstance(overview, OverviewPage)
    live.location_changed.connect(keeper.begin)
    live.snapshot_shown.connect(keeper.note)
    window.closed.connect(keeper.end)
    keeper.told.connect(overview.since.show_news)
