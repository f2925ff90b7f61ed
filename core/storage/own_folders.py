"""The user's own folders: of data and of caches."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import platformdirs


def data_folder() -> Path:
    """Where a spool and backups lie whose database's folder can't be written."""
    return _own(platformdirs.user_data_path, ".local/share/botpulse")


def caches_folder() -> Path:
    """Where lies what can be made anew."""
    return _own(platformdirs.user_cache_path, ".cache/botpulse")


def pictures_folder() -> Path:
    """Where small copies of pictures lie that the window has shown."""
    return caches_folder() / "pictures"


def _own(find: Callable[..., Path], below_home: str) -> Path:
    """A container's user may have no home that is known: then it is the root, as most containers have it.

    It can seldom be written; each caller has an answer to that, as for any other folder.
    """
    try:
        return find("botpulse", appauthor=False)
    except RuntimeError:
        return Path(os.sep) / below_home
