"""Shows a dialog for as long as the host looks at it."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog


def ask(dialog: QDialog) -> int:
    """Show it until it is closed, and then let it go: the window that it belongs to would keep it, unseen, for good.

    What it holds can be read until control is back in the event loop. Returns what ``exec`` does.
    """
    try:
        return dialog.exec()
    finally:
        dialog.deleteLater()
