"""The picture of the current row: in the details, and the way to its message, there and in the row's menu."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QMenu

from core.tables.definitions import TableRecord
from core.tables.pictures import Pictured, why_no_message
from core.tables.reading.messages import PicturesRequest, PicturesResult, Result
from core.text.translation import gettext as _
from gui.status.pictures import PANE_EDGE, Pictures
from gui.tables.pictures.place import PicturePlace
from gui.tables.records.menus import add
from gui.tables.records.table import TablePanel
from gui.widgets.text import plain_tip

OF_ROW: Final = -3
"""The number of the request for the current row's pictures: those for rows count upwards from 1."""

HIDDEN: Final = _("Pictures are hidden while prompts are masked.")
_NO_SOURCE: Final = _("To see the picture here, say in File → Preferences… → Pictures where ComfyUI is.")
_LOOKING: Final = _("This is being looked up.")


class RowPicture(QObject):
    """Keeps a place in the details at the current row of a table of images.

    Attributes:
        place: where the picture is shown.
        current: what is to be seen of the current row; None while that is not known.
    """

    def __init__(self, table: TablePanel, pictures: Pictures) -> None:
        super().__init__(table)
        self.place = PicturePlace()
        self.current: Pictured | None = None
        self._pictures, self._source, self._picked = pictures, table.source, table.picked
        self._action: QAction | None = None
        table.frame.details.put_above(self.place)
        table.frame.top_line.details.toggled.connect(self._show)
        self._details = table.frame.top_line.details
        table.menus.additions.append(self._add_to_menu)
        self._picked.current_changed.connect(self._follow)
        self._source.answered.connect(self._take)
        pictures.changed.connect(self._show)
        pictures.loaded.connect(self._take_picture)
        self.place.retried.connect(lambda: self._show_picture(afresh=True))
        self.place.message_requested.connect(self._open_message)
        self._follow(self._picked.current)

    def _follow(self, record: TableRecord | None) -> None:
        """Another row is current: what is to be seen of it is asked for, whether it is shown or only its menu."""
        if record is not None and self.current is not None and record.id == self.current.id:
            return
        self.current = None
        if record is not None:
            self._source.ask(PicturesRequest(OF_ROW, (record.id,)))
        self._show()

    def _take(self, result: Result) -> None:
        record = self._picked.current
        if not isinstance(result, PicturesResult) or result.number != OF_ROW or record is None:
            return
        if result.ids == (record.id,) and result.pictures:
            self.current = result.pictures[0]
            self._show()

    def _show(self) -> None:
        self._allow()
        if self.current is None or self.current.outputs is None:
            self.place.show_nothing()
        elif not self._pictures.wanted:
            self.place.show_hint(_NO_SOURCE)
        elif self._pictures.hidden:
            self.place.show_words(HIDDEN, "masked")
        else:
            self._show_picture()

    def _show_picture(self, *, afresh: bool = False) -> None:
        if self.current is None or not self._details.isChecked():
            return
        outcome = self._pictures.ask(self.current, PANE_EDGE, first=True, afresh=afresh)
        if outcome is None:
            self.place.show_words(_("Loading the picture…"))
        elif isinstance(outcome, QImage):
            self.place.show_picture(outcome, name_of(self.current), video=self.current.has_video)
        else:
            self.place.show_fault(outcome, name_of(self.current), video=self.current.has_video)

    def _take_picture(self, key: object, _outcome: object) -> None:
        if self.current is not None and key == self._pictures.key(self.current, PANE_EDGE):
            self._show()

    def _why_no_message(self) -> str:
        return _LOOKING if self.current is None else why_no_message(self.current.message)

    def _allow(self) -> None:
        """The way to the message is open, or there is a reason why it is not."""
        why_not = self._why_no_message()
        self.place.allow_message(why_not)
        if self._action is not None:
            self._action.setEnabled(not why_not)
            self._action.setToolTip(plain_tip(why_not))

    def _add_to_menu(self, menu: QMenu) -> None:
        self._action = add(menu, _("Open in Discord"), self._open_message)
        menu.aboutToHide.connect(self._leave_menu)
        self._allow()

    def _leave_menu(self) -> None:
        self._action = None

    def _open_message(self) -> None:
        if self.current is not None:
            self._pictures.open_message(self.current.message)


def name_of(pictured: Pictured) -> str:
    """What a screen reader calls a picture."""
    videos = [output for output in pictured.outputs or () if output.is_video]
    files = videos or pictured.shown
    name = files[0].name if files else _("without a file")
    return (_("Video: {name}") if pictured.has_video else _("Picture: {name}")).format(name=name)
