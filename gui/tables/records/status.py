"""What a table says about itself at the moment: state line, position, emptiness."""

from __future__ import annotations

import time
from zoneinfo import ZoneInfo

from core.tables.definitions import RecordTable
from gui.tables.records import messages_text
from gui.tables.records.layout import TableFrame
from gui.tables.records.model import RecordModel
from gui.tables.records.pager import Browser


class TableState:
    """Puts a browser's state into words.

    Attributes:
        filtered: whether a filter holds; ranged: whether a range does.
    """

    def __init__(self, table: RecordTable, zone: ZoneInfo, frame: TableFrame, browser: Browser) -> None:
        self._table, self._zone, self._frame, self._browser = table, zone, frame, browser
        self._model = frame.view.model()
        self.filtered = False
        self.ranged = False

    def set_zone(self, zone: ZoneInfo) -> None:
        """Say times in another zone."""
        self._zone = zone
        self.say()

    def say(self) -> None:
        """Say it all anew."""
        self._frame.top_line.say_unseen(self._browser.unseen, outdated=self._browser.outdated)
        self._say_line()
        self._say_emptiness()
        self._say_place()

    def _say_line(self) -> None:
        browser, line = self._browser, self._frame.state
        if browser.fault is not None:
            line.say(messages_text.fault_words(browser.fault.title))
        elif browser.sorting is not None:
            said = browser.sorting.words or "the rows"
            line.say(f"Sorting: {said}", browser.sorting.share)
        elif browser.query is None:
            line.say("")
        elif browser.extent is None:
            line.say("Reading…" if browser.loading else "")
        else:
            searching = browser.loading and self.filtered
            line.say(self._line(), browser.searched if searching else None)

    def _line(self) -> str:
        browser = self._browser
        assert browser.extent is not None
        total, exact = max(browser.extent.rows, browser.found), browser.extent.exact
        line = messages_text.rows_words(
            browser.found, total, exact=exact, filtered=self.filtered, all_seen=browser.is_whole
        )
        if self.filtered and browser.has_older:
            searched = messages_text.search_words(
                browser.searched, browser.searched_to, self._zone, time.time(), stopped=browser.stopped
            )
            line = f"{line} · {searched}"
        return line

    def _say_emptiness(self) -> None:
        browser = self._browser
        if isinstance(self._model, RecordModel) and self._model.rows:
            self._frame.show_rows()
        elif browser.query is None:
            self._frame.show_empty("No database is open.")
        elif browser.fault is not None:
            self._frame.show_empty(browser.fault.title + ".")
        elif browser.replacing and not self._frame.is_empty:
            pass  # what was seen before stays for the blink of an eye that it usually takes
        elif browser.loading:
            self._frame.show_empty("Searching…" if self.filtered else "Reading…")
        else:
            said = messages_text.empty_words(
                self._table,
                filtered=self.filtered,
                boxed=bool(self._frame.filter_box.edit.text().strip()),
                ranged=self.ranged,
                stopped=browser.stopped,
            )
            self._frame.show_empty(*said)

    def _say_place(self) -> None:
        share, page, moment = self._browser.place()
        self._frame.bar.set_place(share, page, messages_text.bubble_words(moment, self._zone))
