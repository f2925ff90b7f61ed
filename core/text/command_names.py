"""What a stored command's name looks like to those who call it."""

from __future__ import annotations

import re
from typing import Final

_SLASH_NAME: Final = re.compile(r"[-\w'\u0900-\u097f\u0e00-\u0e7f]{1,32}( [-\w'\u0900-\u097f\u0e00-\u0e7f]{1,32}){0,2}")
"""Discord's rule for a slash command's name, and for up to two groups before it."""


def is_slash_name(name: str) -> bool:
    """Whether a command of this name is called with a slash.

    Those that are called by a prefix are stored with it (``!votes``), and menus have names that no slash command could.
    """
    return _SLASH_NAME.fullmatch(name) is not None and name == name.lower()


def as_called(name: str) -> str:
    """Return the name as it is called: with a slash where it is a slash command's."""
    return f"/{name}" if is_slash_name(name) else name
