"""Where a file is to be written: a name that is typed, or found in the system's own dialog."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path

from PySide6.QtCore import QDir, QStandardPaths, Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from core.text.translation import gettext as _
from gui.dialogs.data.parts import FIELD, button
from gui.settings import Setting, Settings
from gui.widgets.parts import row


class FileField(QWidget):
    """A file's name, and the button that asks where it is to stand.

    Attributes:
        line, browse: what is typed into, and the button.
        replaced: the file that may be written over, because the host said so; None: no file.

    Signals:
        edited(): there is another name; nothing may be written over for now.
    """

    edited = Signal()

    def __init__(
        self,
        title: str,
        name: Callable[[], str],
        endings: Collection[str],
        memory: tuple[Settings, Setting],
        place: QStandardPaths.StandardLocation,
    ) -> None:
        """Begin with ``name``, a file's name with its ending, in the folder that is remembered or else in ``place``.

        ``endings`` are those that change with the name's; what else the host types after a dot stays.
        """
        super().__init__()
        self._title, self._name, self._endings, self._memory, self._place = title, name, endings, memory, place
        self.line, self.browse = QLineEdit(), button(_("&Browse…"))
        self.replaced: Path | None = None
        row((self.line, 1), self.browse, on=self, gap=8)
        self.line.setMinimumHeight(FIELD)
        self.line.setAccessibleName(_("File"))
        self.line.setText(str(self._folder() / name()))
        self.line.textEdited.connect(lambda _text: self._edit())
        self.browse.clicked.connect(self._ask_where)

    @property
    def target(self) -> Path:
        """The file that is to be written, in full."""
        typed = Path(self.line.text().strip() or self._name()).expanduser()
        return typed if typed.is_absolute() else self._folder() / typed

    @property
    def may_replace(self) -> bool:
        """Whether a file of this name may be written over."""
        return self.replaced == self.target

    def follow_ending(self) -> None:
        """Take the ending that the name has now."""
        typed = Path(self.line.text())
        if typed.suffix.lower().removeprefix(".") in self._endings:
            self.line.setText(str(typed.with_suffix(self._ending)))

    def remember(self, target: Path) -> None:
        """Begin in this file's folder next time."""
        settings, folder = self._memory
        settings.remember(folder, str(target.parent))

    @property
    def _ending(self) -> str:
        return Path(self._name()).suffix

    def _edit(self) -> None:
        self.replaced = None
        self.edited.emit()

    def _ask_where(self) -> None:
        kinds = f"{self._ending[1:].upper()} (*{self._ending})"
        chosen, _n = QFileDialog.getSaveFileName(self.window(), self._title, str(self.target), kinds)
        if chosen:
            path = Path(chosen)
            self.line.setText(str(path if path.suffix else path.with_suffix(self._ending)))
            self._edit()
            self.replaced = self.target if path.suffix else None  # the system's dialog has asked

    def _folder(self) -> Path:
        """The first of the folders that may be meant which is there: a fresh system has none for pictures yet."""
        settings, folder = self._memory
        places = (settings.text(folder), QStandardPaths.writableLocation(self._place))
        return next((Path(place) for place in places if place and os.path.isdir(place)), Path(QDir.homePath()))  # noqa: PTH112
