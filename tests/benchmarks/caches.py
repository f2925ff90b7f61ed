"""Where benchmarks keep caches: never in the user's own folder; and what the system itself keeps of files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NAMES = ("XDG_CACHE_HOME", "WIN_PD_OVERRIDE_LOCAL_APPDATA")


@contextmanager
def caches_in(folder: Path) -> Iterator[None]:
    """Keep caches in a folder for as long as the block lasts, those of processes that are started in it, too."""
    before = {name: os.environ.get(name) for name in _NAMES}
    os.environ.update(dict.fromkeys(_NAMES, str(folder)))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def forget_files(*places: Path) -> None:
    """Let the system keep nothing of these files and folders in memory, as after a boot; what is in use stays."""
    for place in places:
        for path in place.rglob("*") if place.is_dir() else (place,):
            if path.is_file() and not path.is_symlink():
                with path.open("rb") as file:
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
