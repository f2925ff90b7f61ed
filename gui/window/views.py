"""Saved views: page, range, filter and comparison under a name in the rail, and as links."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, QPoint, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from core.presenters.view_links import LONGEST, LinkNotUnderstood, View, is_link, link_of, view_of
from core.tables.filter_language.wording import chip
from core.text.formatting import one_line
from core.text.names import name_line
from core.text.translation import gettext as _
from gui.dialogs.modal import ask
from gui.pages.registry import pages
from gui.plots.shared.context_menu import MenuEntry, popup_menu
from gui.settings import SAVED_VIEWS, Settings
from gui.style.severity import Severity
from gui.widgets.view_list import ViewList
from gui.window import actions
from gui.window.actions import Actions
from gui.window.comparing import RangeComparer
from gui.window.dashboard import LivePanel
from gui.window.range_controller import RangeChooser

if TYPE_CHECKING:
    from gui.dialogs.palette_list import Suggestion

log = logging.getLogger(__name__)

MOST: Final = 50
"""So many views are kept."""

LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view and its name."""

    name: str
    view: View

    @property
    def text(self) -> str:
        """How settings have it: the link, which has no spaces, and the name."""
        return f"{link_of(self.view)} {self.name}"


def saved_of(text: str) -> SavedView | None:
    """What settings say; None where a hand, or another version, wrote something else."""
    link, _space, name = text.partition(" ")
    try:
        view = view_of(link)
    except LinkNotUnderstood:
        return None
    name = name_line(name, LONGEST_NAME)
    return SavedView(name, view) if name.strip() else None


class SavedViews(QObject):
    """The views of one window, which the rail shows.

    Signals:
        filter_wanted(Filter): the pages are to be filtered by this.
        notice_requested(Severity, str, str, object): a line for the window, and what its button does.
    """

    filter_wanted = Signal(object)
    notice_requested = Signal(object, str, str, object)

    def __init__(
        self,
        window: QWidget,
        live: LivePanel,
        memory: Settings,
        ranges: RangeChooser,
        comparer: RangeComparer,
        window_actions: Actions,
    ) -> None:
        super().__init__(window)
        self._window, self._live, self._memory = window, live, memory
        self._ranges, self._comparer, self.list = ranges, comparer, ViewList()
        self.views: list[SavedView] = []
        self._waiting, self._is_open = "", False
        self._strange: tuple[str, ...] = ()  # of another version, maybe: not ours to throw away
        self._zone = ZoneInfo("UTC")
        live.rail.add_below(self.list)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._mark)
        for change in (live.page_shown, ranges.chosen, live.strip.changed, comparer.chosen):
            change.connect(lambda *_change: self._soon.start())
        live.location_changed.connect(self._begin)
        self.list.opened.connect(lambda place: self.show(self.views[place].view))
        self.list.renaming.connect(self.rename)
        self.list.removing.connect(self.remove)
        self.list.moved.connect(self.move)
        self.list.menu_wanted.connect(self._open_menu)
        window_actions.on(actions.SAVE_VIEW, self.save)
        window_actions.on(actions.COPY_LINK, lambda: self._copy(self.current))
        self.read()

    @property
    def current(self) -> View:
        """What is looked at now."""
        ranges, live = self._ranges, self._live
        return View(live.page, ranges.choice, ranges.span, live.strip.chosen, self._comparer.comparison)

    def set_zone(self, zone: ZoneInfo) -> None:
        """Say times in another zone."""
        self._zone = zone

    def offers(self, typed: str) -> Iterator[Suggestion]:
        """What the palette finds: a link that is typed or pasted, or the views by their names."""
        from gui.dialogs.palette_list import Suggestion
        from gui.window.offers import LINK, VIEW

        if is_link(typed):
            yield Suggestion(typed.strip(), LINK, "star", partial(self.open_link, typed))
        for saved in self.views:
            yield Suggestion(saved.name, VIEW, "star", partial(self.show, saved.view), also=self._said(saved.view))

    def read(self) -> None:
        """Offer what settings have; entries that nobody understands are left out."""
        texts = self._memory.texts(SAVED_VIEWS)
        self.views = [saved for text in texts if (saved := saved_of(text)) is not None][:MOST]
        self._strange = tuple(text for text in texts if saved_of(text) is None)[:MOST]
        if self._strange:
            log.info("%s of the saved views are not understood; they stay in the settings", len(self._strange))
        self._show()

    def show(self, view: View) -> None:
        """Look at this; a page that there is not is said, and all else stays."""
        if view.page not in {page.entry.key for page in pages()}:
            words = _("There is no page “{page}” here.").format(page=one_line(view.page, 40))
            self.notice_requested.emit(Severity.WARN, words, "", None)
            self._mark()
            return
        self._live.show_page(view.page)
        self._ranges.choose(view.choice.key, view.span, remember=False)
        self._comparer.choose(view.comparison)
        if view.chosen != self._live.strip.chosen:
            self.filter_wanted.emit(view.chosen)
        self._soon.start()

    def open_link(self, link: str) -> None:
        """Look at what a link says, once a database is open; one that is none is said then."""
        if not self._is_open:
            self._waiting = link
            return
        try:
            self.show(view_of(link))
        except LinkNotUnderstood as error:
            self.notice_requested.emit(Severity.WARN, str(error), "", None)

    def save(self) -> None:
        """Ask for a name, and keep what is looked at."""
        from gui.dialogs.view_name import ViewNameDialog

        if len(self.views) >= MOST:
            words = _("There are {count} views already: remove one first.").format(count=MOST)
            self.notice_requested.emit(Severity.WARN, words, "", None)
            return
        view = self.current
        if self._is_too_long(view):
            return
        dialog = ViewNameDialog(self._proposed(view), self._names(), self._said(view), self._window)
        if ask(dialog):
            self._keep([*self.views, SavedView(dialog.name, view)])
            self.list.focus_on(len(self.views) - 1)

    def rename(self, place: int) -> None:
        """Ask for another name."""
        from gui.dialogs.view_name import ViewNameDialog

        saved = self.views[place]
        others = [name for name in self._names() if name != saved.name]
        dialog = ViewNameDialog(saved.name, others, self._said(saved.view), self._window)
        if ask(dialog):
            self._put(place, replace(saved, name=dialog.name))

    def remove(self, place: int) -> None:
        """Remove a view; the notice brings it back."""
        before, saved = list(self.views), self.views[place]
        self._keep([*before[:place], *before[place + 1 :]])
        words = _("The view “{name}” is removed.").format(name=one_line(saved.name, 60))
        self.notice_requested.emit(Severity.GOOD, words, _("Undo"), lambda: self._keep(before))

    def move(self, place: int, by: int) -> None:
        """Put a view further up or down."""
        to = place + by
        if 0 <= to < len(self.views):
            views = list(self.views)
            views.insert(to, views.pop(place))
            self._keep(views)
            self.list.focus_on(to)

    def _open_menu(self, place: int, at: QPoint) -> None:
        last = len(self.views) - 1
        entries = (
            (MenuEntry(_("Open"), lambda: self.show(self.views[place].view), "Return"),),
            (
                MenuEntry(_("Rename…"), lambda: self.rename(place), "F2"),
                MenuEntry(_("Replace with what is shown"), lambda: self._replace(place)),
                MenuEntry(_("Copy link"), lambda: self._copy(self.views[place].view)),
            ),
            (
                MenuEntry(_("Move up"), lambda: self.move(place, -1), "Ctrl+Up", enabled=place > 0),
                MenuEntry(_("Move down"), lambda: self.move(place, 1), "Ctrl+Down", enabled=place < last),
            ),
            (MenuEntry(_("Remove"), lambda: self.remove(place), "Del"),),
        )
        popup_menu(self.list, entries).popup(at)

    def _replace(self, place: int) -> None:
        if not self._is_too_long(self.current):
            self._put(place, replace(self.views[place], view=self.current))

    def _is_too_long(self, view: View) -> bool:
        """Whether a link could not be read again, which is said."""
        if len(link_of(view)) <= LONGEST:
            return False
        words = _("The filter is too long for a view: leave some of its terms out.")
        self.notice_requested.emit(Severity.WARN, words, "", None)
        return True

    def _copy(self, view: View) -> None:
        if self._is_too_long(view):
            return
        QGuiApplication.clipboard().setText(link_of(view))
        self.notice_requested.emit(Severity.GOOD, _("The link to this view is copied."), "", None)

    def _put(self, place: int, saved: SavedView) -> None:
        self._keep([*self.views[:place], saved, *self.views[place + 1 :]])

    def _keep(self, views: list[SavedView]) -> None:
        self.views = views
        self._memory.remember(SAVED_VIEWS, (*(each.text for each in views), *self._strange))
        self._show()

    def _show(self) -> None:
        self.list.show_views(self._names())
        self._mark()

    def _mark(self) -> None:
        now = self.current
        self.list.mark(next((place for place, each in enumerate(self.views) if each.view == now), None))

    def _begin(self, location: object) -> None:
        self._is_open = location is not None
        link = self._waiting if self._is_open else ""
        if link:
            self._waiting = ""
            QTimer.singleShot(0, self, lambda: self.open_link(link))  # once the window has begun with the database

    def _names(self) -> list[str]:
        return [each.name for each in self.views]

    def _proposed(self, view: View) -> str:
        """A name that is free: "Commands, 7 d", "Commands, 7 d (2)"."""
        name = self._said(view)
        names = {each.casefold() for each in self._names()}
        numbered = (name, *(f"{name} ({number})" for number in range(2, MOST + 2)))
        return next(each for each in numbered if each.casefold() not in names)

    def _said(self, view: View) -> str:
        """A view in words: page, range, filter, comparison."""
        titles = {page.entry.key: page.entry.title for page in pages()}
        range_words = view.choice.title if view.span is None else _("a time range")
        terms = [chip(term, self._zone) for term in view.chosen.terms[:3]]
        compared = [_("beside {words}").format(words=view.comparison.words)] if view.comparison else []
        return one_line(", ".join((titles.get(view.page, view.page), range_words, *terms, *compared)), 60)
