"""A thread in which objects of ours live."""

from __future__ import annotations

from PySide6.QtCore import QThread


class PythonThread(QThread):
    """Runs from Python: what belongs to a Python thread, peewee's connection say, lives as long as this one.

    With Qt's own ``run`` each slot would be a Python thread of its own.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)

    def run(self) -> None:
        """Handle events until the thread is to quit."""
        self.exec()
