"""The names that this window's process knows, and the signal that they are others: for whoever shows them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from PySide6.QtCore import QObject, Signal

from core.text.names import NAMES, NameKey


class NameNews(QObject):
    """Takes names in and says so; they belong to the process, as its language does.

    Signals:
        changed(): some id is shown otherwise from now on.
    """

    changed = Signal()

    def learn(self, names: Mapping[NameKey, str]) -> None:
        """Take in what was told of names."""
        if NAMES.learn(names):
            self.changed.emit()

    def mask(self, masked: bool) -> None:
        """Show the ends of ids in place of names, or the names again."""
        if NAMES.mask(masked):
            self.changed.emit()

    @staticmethod
    def forget() -> None:
        """Another database is opened: its ids may be others. What is shown of the last one goes anyway."""
        NAMES.forget()


@cache
def name_news() -> NameNews:
    """The one of this process."""
    return NameNews()
