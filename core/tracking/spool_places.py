"""Where spools of a store lie, and what lies there; nothing is opened."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from core.storage.database import faults
from core.storage.location import Location, real_path
from core.storage.own_folders import data_folder

SUFFIX: Final = ".spool-"
"""Between a database's name and the name of a spool of it."""

REFUSED: Final = ".refused-"
"""The same for a file of events that their tables refuse. Under a spool's name it is one."""

JOURNAL: Final = "-journal"
"""Of a spool, while something is written into it."""


def spool_files(location: Location) -> list[Path]:
    """The spools of a store, owned or not, oldest first. Nothing is opened. Empty where no folder can be read."""
    found: list[tuple[float, Path]] = []
    for path in _files(location, SUFFIX):
        with suppress(OSError):  # it went away just now
            found.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(found)]


def refused_files(location: Location) -> list[Path]:
    """The files of events that their tables refused."""
    return sorted(_files(location, REFUSED))


def clear_up(location: Location) -> None:
    """Remove journals whose spool is gone: they are what is left of a tracker that was killed as it removed one."""
    for path in _files(location, SUFFIX, journals=True):
        if not path.with_name(path.name.removesuffix(JOURNAL)).exists():
            with suppress(OSError):
                path.unlink()


def _files(location: Location, suffix: str, *, journals: bool = False) -> list[Path]:
    """The spools of a store, or their journals."""
    found: list[Path] = []
    for folder, prefix in places(location):
        with suppress(OSError), os.scandir(folder) as entries:
            names = [each.name for each in entries if each.name.startswith(prefix + suffix)]
            found += [folder / name for name in names if name.endswith(JOURNAL) is journals]
    return found


def places(location: Location) -> list[tuple[Path, str]]:
    """The folders in which spools of a store may be, and how their names begin; the preferred one first.

    Beside an SQLite file itself, not beside a link to it; then, and for a server, in the user's own data folder.
    """
    places = []
    address = str(location)
    if location.path is not None:
        path = real_path(location.path)
        places.append((path.parent, path.name))
        address = str(path)
    own = hashlib.sha256(os.fsencode(address)).hexdigest()[:12]
    return [*places, (own_folder(), f"{location.name}-{own}")]


def own_folder() -> Path:
    """Where spools of the user's own lie."""
    return data_folder() / "spool"


def make_private(folder: Path) -> None:
    """Make a folder that is its owner's alone; one that was made before with more rights loses them.

    Raises:
        BotpulseError: it can't be made.
    """
    with faults(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "posix" and folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
