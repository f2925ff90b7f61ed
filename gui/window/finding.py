"""Ctrl+K: what the palette offers for a few letters, and where that leads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from core.filters import EVERYTHING, Field, Filter, Term, answers
from core.storage.location import Location
from core.tables.definitions import TABLES
from core.tables.reading.messages import FaultResult, FindRequest, FindResult, FoundTerm, Result
from core.text.names import NAMES
from core.text.typed_ranges import choice_of
from core.time_ranges import CHOICES, HOUR, TimeRange
from gui.pages.page import Tools
from gui.pages.registry import pages
from gui.tables.records.source import RowSource
from gui.threads.names import name_news
from gui.window import actions
from gui.window.actions import Actions
from gui.window.dashboard import LivePanel
from gui.window.preferences import Preferences
from gui.window.range_controller import RangeChooser

if TYPE_CHECKING:
    from gui.dialogs.palette import FindPalette
    from gui.dialogs.palette_list import Suggestion

LATE_MS: Final = 60
"""So long after a letter what the window itself knows is shown, though the database has not answered."""

_IMAGES: Final = "images"
_PAGE_OF: Final = {Field.USER: "users", Field.GUILD: "servers"}
_TABLE_OF: Final = {Field.COMMAND: "commands", Field.CHANNEL: "commands", Field.LORA: _IMAGES, Field.MODEL: _IMAGES}


class AnythingFinder(QObject):
    """Offers what fits the letters in the palette, and goes there.

    The window knows its pages, actions, ranges and settings; what the database names is asked of the process that reads
    it. There is one question at a time: letters that were typed meanwhile are the next, and an older answer is
    discarded.

    ``filter_by`` shows only some rows, on every page.

    Attributes:
        own_more: what else the window knows of, for what is typed.
    """

    def __init__(
        self, live: LivePanel, ranges: RangeChooser, preferences: Preferences, tools: Tools,
        window_actions: Actions, filter_by: Callable[[Filter], object],
    ) -> None:  # fmt: skip
        super().__init__(live)
        self._live, self._ranges, self._preferences = live, ranges, preferences
        self._actions, self._filter_by = window_actions, filter_by
        self._asking = FoundTerms(self, tools, preferences)
        self._palette: FindPalette | None = None
        self._own: tuple[Suggestion, ...] = ()
        self.own_more: Callable[[str], Iterable[Suggestion]] = lambda _typed: ()
        self._late = QTimer(self, singleShot=True, interval=LATE_MS)
        self._late.timeout.connect(lambda: self._show(whole=False))
        self._asking.answered.connect(self._show_answer)
        live.location_changed.connect(self.set_location)
        window_actions.on(actions.ANYTHING, self.open)

    @property
    def palette(self) -> FindPalette:
        """The palette of the window, made when it is first wanted."""
        if self._palette is None:
            from gui.dialogs.palette import FindPalette

            self._palette = FindPalette(self._live.window())
            self._palette.typed.connect(self._ask)
            self._palette.closed.connect(self._rest)
        return self._palette

    @property
    def looked_through(self) -> bool:
        """Whether all that may be found is read."""
        return self._asking.whole

    def open(self) -> None:
        """Let the host type."""
        from gui.window.offers import own_offers

        self._own = own_offers(self._actions, self._preferences.ask, self._turn_to)
        self._asking.begin()
        self.palette.open_over()

    def set_location(self, location: Location | None) -> None:
        """Look in this database from now on; None: in none."""
        if self._palette is not None:
            self._palette.close_over()
        self._asking.set_location(location)

    def end(self) -> None:
        """The window closes."""
        self._late.stop()
        self._asking.end()

    def _ask(self, typed: str) -> None:
        if not typed.strip() or not self._asking.can_ask:
            self._show(whole=True)
        else:
            self._late.start()
        self._asking.ask(typed)

    def _show_answer(self, whole: bool, fault: str) -> None:
        self._late.stop()
        self._show(whole=whole or not self._asking.typed.strip(), fault=fault)

    def _show(self, *, whole: bool, fault: str = "") -> None:
        from gui.window.offers import fitting, offer_of_term

        typed = self._asking.typed if self._palette is not None else ""
        if self._palette is not None and self._palette.isVisible():
            terms = [offer_of_term(found, partial(self._go, found)) for found in self._asking.found]
            own = (*self._own, *self.own_more(typed), *self._range_back(typed))
            self._palette.show_offers(fitting(typed, own, terms), whole=whole, fault=fault)

    def _range_back(self, typed: str) -> Iterator[Suggestion]:
        """The range that goes so far back: "6h"."""
        from gui.window.offers import offer_of_range

        key = typed.strip().lower()
        choice = choice_of(key)
        if choice is not None and choice.key not in CHOICES and self._live.shown is not None:
            yield offer_of_range(choice, partial(self._ranges.choose, key))

    def _rest(self) -> None:
        self._late.stop()
        self._asking.rest()

    def _turn_to(self, page: str) -> None:
        self._live.show_page(page)
        self._live.focus_page()

    def _go(self, found: FoundTerm) -> None:
        """Show what was found: on its own page, else where the rows of the page know of such a thing."""
        live, field = self._live, found.field
        if field is Field.TEXT:
            self._open_image(found)
            return
        shown = next(page for page in pages() if page.entry.key == live.page)
        page = _PAGE_OF.get(field)
        if page is None and shown.table is not None and not answers(TABLES[shown.table].model, field):
            page = next(each.entry.key for each in pages() if each.table == _TABLE_OF[field])
        self._turn_to(page or live.page)
        others = (term for term in live.strip.chosen.terms if term.field is not field)
        self._filter_by(Filter((*others, Term(field, found.value))))

    def _open_image(self, found: FoundTerm) -> None:
        """Show an image's row, whatever range and filter would leave it out."""
        live, moment = self._live, found.moment
        if live.strip.chosen:
            self._filter_by(EVERYTHING)
        whole = live.shown.buckets.range if live.shown is not None else None
        if moment is None:
            self._ranges.choose("all")
        elif whole is not None and not whole.start <= moment < whole.end:
            self._ranges.choose("custom", TimeRange(moment - HOUR, moment + 1))
        live.open_rows(_IMAGES, Filter.of(id=found.value))


class FoundTerms(QObject):
    """Asks the process that reads what fits the newest letters; names and prompts that are masked are not asked for.

    Attributes:
        typed: the newest letters; found: what fits them, as far as known.
        whole: whether all was read by then that may be found.

    Signals:
        answered(bool, str): there is another :attr:`found`; whether all was looked through; what stands in the way.
    """

    answered = Signal(bool, str)

    def __init__(self, parent: QObject, tools: Tools, preferences: Preferences) -> None:
        super().__init__(parent)
        self.typed, self.whole = "", False
        self.found: tuple[FoundTerm, ...] = ()
        self._masking, self._preferences = tools.masking, preferences
        self._source = RowSource(self, tools.process)
        self._location: Location | None = None
        self._number = 0
        self._asked: FindRequest | None = None
        self._allowed = (True, True)
        self._afresh = self._open = False
        self._source.answered.connect(self._take)
        self._masking.changed.connect(self._mask)
        name_news().changed.connect(self._mask)

    @property
    def can_ask(self) -> bool:
        """Whether there is a database to ask."""
        return self._location is not None

    def set_location(self, location: Location | None) -> None:
        """Ask this database from now on."""
        self.rest()
        self._asked, self._location = None, location
        if self._source.location is not None:
            self._source.open(None)

    def begin(self) -> None:
        """Somebody begins to type: what is in the database now may be found."""
        self._afresh, self._open, self.whole = True, True, False
        self._source.wake()
        if self._source.location != self._location:
            self._source.open(self._location)

    def ask(self, typed: str) -> None:
        """Ask what fits these letters; the answer to older ones is discarded."""
        self.typed = typed
        self.found = ()
        self._ask()

    def rest(self) -> None:
        """Nobody types any more."""
        self._open = False
        self.typed, self.found = "", ()
        self._source.rest()

    def end(self) -> None:
        """Nothing is asked any more."""
        self.rest()
        self._source.close()

    def _ask(self) -> None:
        if self._asked is not None or not self.can_ask:
            return
        self._number += 1
        self._allowed = names, prompts = self._may_be_found
        self._asked = FindRequest(self._number, self.typed, self._preferences.zone, names, prompts, self._afresh)
        self._afresh = False
        self._source.ask(self._asked)

    def _take(self, result: Result) -> None:
        asked = self._asked
        if asked is None or not isinstance(result, FindResult | FaultResult) or result.number != asked.number:
            return
        self._asked = None
        if not self._open:
            return
        if asked.typed != self.typed or self._may_be_found != self._allowed:
            self._ask()
        elif isinstance(result, FaultResult):
            self.answered.emit(True, result.fault.title)
        else:
            self.found, self.whole = result.found, result.whole
            self.answered.emit(result.whole, "")
            if not result.whole:
                self._ask()

    @property
    def _may_be_found(self) -> tuple[bool, bool]:
        """Whether names may be, and prompts."""
        return not NAMES.masked, not self._masking.masked

    def _mask(self) -> None:
        """Names or prompts are masked from now on, or shown: what was found before is shown no more."""
        if self._open and self._may_be_found != self._allowed:
            self.found = ()
            self.answered.emit(False, "")
            self._ask()
