"""Where else than in the database something may tell of a user: caches, pictures and logs of ours; and any bytes."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from core.log import FILE_NAME, log_folder
from core.maintenance import backups as known
from core.storage import rollup_files
from core.storage.labels import labels_path
from core.storage.location import Location, real_path
from core.storage.mentions import struck_bytes
from core.storage.notes import note_files
from core.storage.own_folders import pictures_folder

log = logging.getLogger(__name__)

JOURNAL: Final = "-journal"
_BLOCK: Final = 1 << 20
_PAGE: Final = 4096


def picture_files() -> list[Path]:
    """The small copies of pictures that the window keeps. Nothing in them says whose they are."""
    return _files(pictures_folder())


def log_files() -> list[Path]:
    """The log of our processes, older parts of it included."""
    return [file for file in _files(log_folder()) if file.name.startswith(FILE_NAME)]


def cache_files(location: Location) -> list[Path]:
    """The caches of what was counted in a database."""
    return [file for file in rollup_files.files(location) if file.is_file()]


def all_files(location: Location, waiting: Sequence[Path]) -> list[Path]:
    """Every file of ours that may tell of a user, and what lies beside the database and begins with its name.

    Those are SQLite's own, and copies that somebody made by hand (``analytics.db.bak``).
    """
    found = [*waiting, *(file.with_name(file.name + JOURNAL) for file in waiting), labels_path(), *note_files()]
    if location.path is not None:
        place = real_path(location.path)
        found += (file for file in _files(place.parent) if _is_beside(file.name, place.name))
        found += (file for folder in known.folders(location.path) for file in _files(folder))
    found += (*cache_files(location), *log_files(), *picture_files())
    return [file for file in dict.fromkeys(found) if file.is_file()]


def remove_pictures() -> int:
    """Delete the copies of pictures, everybody's: they can be made anew. Returns how many went."""
    gone = 0
    for file in picture_files():
        with suppress(OSError):
            file.unlink()
            gone += 1
    return gone


def strike_logs(user: str) -> int:
    """Put zeros in the place of a user's id in the log, which others may be writing; returns how many files had it.

    The zeros are as many as its digits, so nothing moves.
    """
    struck = 0
    for file in log_files():
        with suppress(OSError):
            struck += _strike(file, user)
    return struck


def holds(file: Path, user: str) -> bool:
    """Whether the id stands anywhere in a file's bytes, as text or as SQLite stores a number; also if unreadable.

    In a file of UTF-16 digits are two bytes, in either order: without its last byte the one form is in the other, too.
    """
    forms = [user.encode(), user.encode("utf-16-le")[:-1]]
    if int(user) < 1 << 63:
        forms.append(int(user).to_bytes(8, "big"))
    try:
        return any(form in block for block in _blocks(file, len(forms[1])) for form in forms)
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _is_beside(name: str, database: str) -> bool:
    return name == database or name.startswith((f"{database}-", f"{database}."))


def _strike(file: Path, user: str) -> bool:
    """In a log, whose files are small: page by page, so that what others append meanwhile stays."""
    before = file.read_bytes()
    after = struck_bytes(before, user)
    pages = [slice(place, place + _PAGE) for place in range(0, len(before), _PAGE)]
    changed = [page for page in pages if after[page] != before[page]]
    if changed:
        with file.open("r+b") as opened:
            for page in changed:
                opened.seek(page.start)
                opened.write(after[page])
            opened.flush()
            os.fsync(opened.fileno())
    return bool(changed)


def _blocks(file: Path, longest: int) -> Iterator[bytes]:
    """A file's bytes, each block with the end of the one before: what is looked for may lie across."""
    before = b""
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            yield before + block
            before = block[-longest:]


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(file for file in folder.iterdir() if file.is_file())
    except OSError as error:
        if not isinstance(error, FileNotFoundError):
            log.info("a folder can't be read: %s", error)
        return []
