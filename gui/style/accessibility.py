"""What kind of thing a screen reader takes our own widgets for; Qt knows its own ones only."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QWidget

ROLE = "accessible_role"
"""The class attribute in which a widget says its role."""


@cache
def speak_roles() -> None:
    """Let every widget whose class has an ``accessible_role`` be read out as that; once a process is enough."""
    QAccessible.installFactory(_interface)


def _interface(_kind: str, thing: QObject) -> QAccessibleInterface | None:
    role = getattr(type(thing), ROLE, None)
    return QAccessibleWidget(thing, role) if isinstance(thing, QWidget) and role is not None else None
