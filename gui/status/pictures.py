"""Which pictures may be seen at the moment: whether the host has said where they are, and does not hide prompts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QImage

from core.storage.own_folders import pictures_folder
from core.tables.pictures import Message, Pictured, message_address
from gui import settings
from gui.settings import DiscordChoice, Settings
from gui.status.masking import Masking

if TYPE_CHECKING:
    from gui.threads.pictures.decoding import NotShown
    from gui.threads.pictures.loader import Key, PictureLoader

PANE_EDGE: Final = 1024
STRIP_EDGE: Final = 256
"""Pixels of the longer side: in the details, and in the strip of the latest."""


class Pictures(QObject):
    """Hands out pictures as the preferences and the masking of prompts allow it.

    Nothing of what loads them is there before the first is asked for; while they are hidden nothing is.

    Signals:
        changed(): pictures come from elsewhere, or are hidden, or shown, from now on.
        loaded(object, object): as the loader's: the key of :meth:`key`, and the picture or why there is none.
    """

    changed = Signal()
    loaded = Signal(object, object)

    def __init__(self, memory: Settings, masking: Masking, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._memory, self._masking = memory, masking
        self._loader: PictureLoader | None = None
        self._closed = False
        masking.changed.connect(self._follow_masking)

    @property
    def wanted(self) -> bool:
        """Whether the host has said where pictures are."""
        return bool(self._memory.text(settings.COMFYUI_ADDRESS) or self._memory.text(settings.COMFYUI_FOLDER))

    @property
    def hidden(self) -> bool:
        """Whether they are hidden with the prompts."""
        return self._masking.masked

    def ask(
        self, pictured: Pictured, edge: int, *, first: bool = False, afresh: bool = False
    ) -> QImage | NotShown | None:
        """Return a picture, as :meth:`PictureLoader.ask` does; None as well where none may be seen."""
        if self._closed or self.hidden or not self.wanted:
            return None
        return self._made().ask(pictured, edge, first=first, afresh=afresh)

    def held(self, pictured: Pictured, edge: int) -> QImage | NotShown | None:
        """Return a picture that is in memory, or why it is not to be had; nothing is asked for."""
        return None if self._loader is None or self.hidden else self._loader.held(pictured, edge)

    def key(self, pictured: Pictured, edge: int) -> Key:
        """What :attr:`loaded` calls a picture."""
        from gui.threads.pictures.loader import key_for

        return key_for(pictured, edge)

    def begin_anew(self) -> None:
        """The preferences say otherwise where pictures are."""
        self._let_go()
        self.changed.emit()

    def open_message(self, message: Message) -> None:
        """Show a message in Discord: in the browser, or in Discord's own program."""
        in_app = self._memory.text(settings.DISCORD_LINKS) == DiscordChoice.APP.value
        address = message_address(message, in_app=in_app)
        if address is not None:
            QDesktopServices.openUrl(QUrl(address))

    def end(self) -> None:
        """The window closes: nothing is loaded any more."""
        self._closed = True
        self._let_go()

    def _made(self) -> PictureLoader:
        if self._loader is None:
            from gui.threads.pictures.loader import PictureLoader
            from gui.threads.pictures.sources import sources_of

            folder, address = map(self._memory.text, (settings.COMFYUI_FOLDER, settings.COMFYUI_ADDRESS))
            self._loader = PictureLoader(sources_of(folder, address), Path(pictures_folder()), self)
            self._loader.loaded.connect(self.loaded)
        return self._loader

    def _let_go(self) -> None:
        loader, self._loader = self._loader, None
        if loader is not None:
            loader.close()
            loader.deleteLater()

    def _follow_masking(self) -> None:
        if self.hidden and self._loader is not None:
            self._loader.forget()
        self.changed.emit()
