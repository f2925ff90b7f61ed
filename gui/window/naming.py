"""Naming what an id stands for, from wherever it is shown."""

from __future__ import annotations

from core.text.names import NAMES, NameKey, bare_name
from gui.threads.names import name_news
from gui.window.export_menu import DialogMenu


class NamingMenu(DialogMenu):
    """Asks for names, one at a time."""

    def ask(self, key: NameKey) -> None:
        """Ask for the name of a user, a server or a channel."""
        from gui.dialogs.naming import NamingDialog

        if self._ready() is not None:
            dialog = NamingDialog(key, bare_name(NAMES.own_name(*key)), self._window)
            dialog.kept.connect(self._show)
            self._open(dialog)

    @staticmethod
    def _show(key: NameKey, name: str) -> None:
        """Show it at once; what is known beside it, where it is removed, comes from who reads the database."""
        name_news().learn({key: name})
