"""View → Notes…: what the host writes down about a moment."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QWidget

from gui.threads.notes import note_news
from gui.window import actions
from gui.window.actions import Actions
from gui.window.dashboard import LivePanel
from gui.window.export_menu import DialogMenu


class NotesMenu(DialogMenu):
    """Keeps the notes of the database that is open, and asks for others."""

    def __init__(self, window: QWidget, live: LivePanel, zone: ZoneInfo, window_actions: Actions) -> None:
        super().__init__(window, zone)
        live.location_changed.connect(self.set_location)
        live.location_changed.connect(note_news().begin)
        note_news().requested.connect(self.ask)
        window_actions.on(actions.NOTES, lambda: self.ask(None))

    def ask(self, at: float | None) -> None:
        """Show the notes; a new one is about this moment (epoch seconds), or about now."""
        from gui.dialogs.notes import NotesDialog

        location = self._ready()
        if location is not None:
            self._open(NotesDialog(location, self._zone, at, self._window))

    def end(self) -> None:
        """The window closes."""
        note_news().end()
        super().end()
