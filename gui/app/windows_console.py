"""On Windows: the terminal, for a program that has none of its own, so that none stays beside the window.

``botpulsew`` and the packaged ``Botpulse.exe`` are such programs. What they say reaches the terminal that they were
started from; started by a click, they have a box for a fault. A window gives the terminal back: closing that would end
it. Elsewhere, and where output goes to a file or a pipe, nothing of this is needed.
"""

from __future__ import annotations

import sys

_borrowed: list[bool] = []


def is_mute() -> bool:
    """Whether nobody can hear what is said."""
    return sys.stdout is None or sys.stderr is None


if sys.platform == "win32":
    import ctypes
    from contextlib import suppress

    _PARENTS = 0xFFFF_FFFF
    _ERROR_BOX = 0x10

    def borrow() -> None:
        """Speak at the terminal that this program was started from, where there is one and nothing else was said."""
        if not is_mute() or not ctypes.windll.kernel32.AttachConsole(_PARENTS):
            return
        _borrowed.append(True)
        with suppress(OSError):  # it may be closed at this moment
            for name in ("stdout", "stderr"):
                if getattr(sys, name) is None:
                    setattr(sys, name, open("CONOUT$", "w", encoding="utf-8", errors="replace"))  # noqa: SIM115, PTH123

    def give_back() -> None:
        """Leave the terminal to who opened it: from now on its end is not ours."""
        if _borrowed:
            _borrowed.clear()
            ctypes.windll.kernel32.FreeConsole()

    def show_fault(words: str) -> None:
        """Show a fault in a box, and wait until it was read."""
        ctypes.windll.user32.MessageBoxW(None, words, "Botpulse", _ERROR_BOX)

else:

    def borrow() -> None:
        """Do nothing: programs elsewhere have the terminal that they were started from."""

    def give_back() -> None:
        """Do nothing."""

    def show_fault(words: str) -> None:
        """Do nothing: it was said."""
