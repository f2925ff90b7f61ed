"""What the window remembers, as one declared table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QByteArray, QSettings

from core.periods import CHOICES
from gui.theme import ThemeChoice

MOST_RECENT: Final = 10


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that is remembered: its key, what holds until the host says otherwise, and what it is for."""

    key: str
    default: Any
    help: str
    allowed: tuple[str, ...] = ()


THEME: Final = Setting("theme", ThemeChoice.SYSTEM.value, "system, dark or light", tuple(ThemeChoice))
RANGE: Final = Setting("range", "24h", "the time range that is shown", tuple(key for key in CHOICES if key != "custom"))
DATABASE: Final = Setting("database", "", "the database that was open last: a path or a URL")
RECENT: Final = Setting("recent", [], "the databases that were open before, the latest first")
GEOMETRY: Final = Setting("geometry", QByteArray(), "where the window was, and how large")

SETTINGS: Final = (THEME, RANGE, DATABASE, RECENT, GEOMETRY)


class Settings:
    """Typed access to QSettings. A value that is not allowed (edited by hand, say) counts as the default."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store or QSettings("botpulse", "botpulse")

    def text(self, setting: Setting) -> str:
        """A setting that is a word or a line."""
        value = self._store.value(setting.key, setting.default)
        fits = isinstance(value, str) and (not setting.allowed or value in setting.allowed)
        return str(value) if fits else str(setting.default)

    def texts(self, setting: Setting) -> tuple[str, ...]:
        """A setting that is a list of lines."""
        value = self._store.value(setting.key, setting.default)
        if isinstance(value, str):  # QSettings reads a list of one back as its only member
            value = [value]
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()

    def octets(self, setting: Setting) -> QByteArray:
        """A setting that Qt made."""
        value = self._store.value(setting.key, setting.default)
        return value if isinstance(value, QByteArray) else QByteArray()

    def remember(self, setting: Setting, value: str | QByteArray | tuple[str, ...]) -> None:
        """Keep a value for the next time."""
        self._store.setValue(setting.key, list(value) if isinstance(value, tuple) else value)

    def remember_database(self, address: str) -> None:
        """Keep the database that is open, as the last one and at the top of the recent ones."""
        self.remember(DATABASE, address)
        others = tuple(other for other in self.texts(RECENT) if other != address)
        self.remember(RECENT, (address, *others)[:MOST_RECENT])

    def forget_recent(self) -> None:
        """Empty the list of recent databases."""
        self.remember(RECENT, ())
