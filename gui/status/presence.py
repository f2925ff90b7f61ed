"""What tells of the bot while nobody looks: the verdict on its silence, and the tray icon."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Signal

from core.feed.snapshot import Snapshot
from core.liveness.verdict import Verdict
from core.storage.location import Location
from gui import settings
from gui.settings import Settings, TrayChoice
from gui.status.liveness import SilenceKeeper
from gui.status.tray import Tray
from resources.design import Palette


class Presence(QObject):
    """Follows one database for tray and light.

    Attributes:
        tray: the icon; on a desktop without a tray it is never seen, and nothing depends on it.

    Signals:
        verdict_changed(object): another verdict on the bot's silence, or None.
    """

    verdict_changed = Signal(object)

    def __init__(self, memory: Settings, zone: ZoneInfo, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._memory, self._zone = memory, zone
        self._name = ""
        self._location: Location | None = None
        self.tray = Tray(self)
        self._keeper = SilenceKeeper(self)
        self._keeper.verdict_changed.connect(self.verdict_changed)
        self.apply()

    @property
    def verdict(self) -> Verdict | None:
        """What is the matter; None while no database was seen."""
        return self._keeper.verdict

    @property
    def stays(self) -> bool:
        """Whether Botpulse goes on in the tray when its window is closed."""
        return self._memory.text(settings.TRAY) == TrayChoice.KEEP and self.tray.shown

    def apply(self) -> None:
        """Do as the preferences say."""
        self.tray.set_shown(self._memory.text(settings.TRAY) != TrayChoice.OFF)
        self.tray.set_notifies(self._memory.switch(settings.NOTIFY))

    def begin(self, location: Location | None, name: str = "") -> None:
        """Another database is opened, or none."""
        self._name, self._location = name, location
        self._keeper.begin(location, self._zone)
        self.tray.begin()
        self.tray.show_state(None, name)

    def set_zone(self, zone: ZoneInfo) -> None:
        """Learn the bot's habits by the hours of another zone."""
        self._zone = zone
        self._keeper.begin(self._location, zone)

    def note(self, snapshot: Snapshot) -> None:
        """Take in what a look has found."""
        self._keeper.note(snapshot)

    def tick(self, now: float, *, paused: bool) -> None:
        """Let time pass; ``now`` in epoch seconds."""
        verdict = self._keeper.tick()
        self.tray.show_state(verdict, self._name, paused=paused)
        if verdict is not None and not paused:
            self.tray.announce(verdict, self._name, now)

    def set_palette(self, palette: Palette) -> None:
        """Take on the theme's colours."""
        self.tray.set_palette(palette)

    def end(self) -> None:
        """The window closes for good."""
        self._keeper.end()
        self.tray.set_shown(False)
