"""What ``doctor`` says of the machine: versions, system, clock, time zone, the folders of our own."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfoNotFoundError

import tzlocal

from core.cli.doctor.observations import Grade, Observation
from core.log import log_folder
from core.storage.own_folders import data_folder
from core.storage.rollup_files import cache_folder
from core.text.formatting import size
from core.text.translation import gettext as _
from core.time_ranges import local_time
from core.tracking.spool_places import own_folder
from core.worker.frozen import is_frozen

_LITTLE_ROOM: Final = 200_000_000
"""Bytes. A backup of a year's statistics and a spool fit in."""

_MADE_IN: Final = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
_LIBRARIES: Final = (
    "peewee",
    "numpy",
    "matplotlib",
    "PySide6-Essentials",
    "pyqtgraph",
    "discord.py",
    "aiohttp",
    "psycopg",
)


def observed() -> Iterator[Observation]:
    """All that can be said without a database."""
    yield _versions()
    yield Observation("Libraries", Grade.GOOD, ", ".join(_installed()))
    yield Observation("System", Grade.GOOD, f"{platform.platform()}, {platform.machine()}, {_program()}")
    yield _clock()
    yield from _own_folders()


def version_of(distribution: str) -> str | None:
    """The version of something that is installed; None where it is not."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def room(subject: str, folder: Path) -> Observation | None:
    """Something to say of the room on a folder's disk; None where there is enough, or nothing can be told."""
    try:
        free = shutil.disk_usage(_existing(folder)).free
    except OSError:
        return None
    if free >= _LITTLE_ROOM:
        return None
    return Observation(
        subject,
        Grade.BAD,
        _("only {size} are free on the disk of {folder}").format(size=size(free), folder=folder),
        _("Make room there."),
    )


def _versions() -> Observation:
    own = version_of("botpulse") or _("(not installed)")
    words = f"Botpulse {own}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    return Observation("Versions", Grade.GOOD, words)


def _installed() -> Iterator[str]:
    for name in _LIBRARIES:
        found = version_of(name)
        if found is not None:
            yield f"{name} {found}"


def _program() -> str:
    return _("packaged in {folder}").format(folder=Path(sys.executable).parent) if is_frozen() else sys.executable


def _clock() -> Observation:
    try:
        zone = tzlocal.get_localzone()
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        advice = _("Set the system's time zone, and install tzdata where there is no list of zones.")
        return Observation(
            "Clock", Grade.BAD, _("the time zone of this machine is not known ({reason})").format(reason=error), advice
        )
    now = time.time()
    words = f"{local_time(now, zone).strftime('%Y-%m-%d %H:%M:%S %z')}, {zone.key}"
    if now < _MADE_IN:
        return Observation("Clock", Grade.BAD, words, _("The clock is years behind: let the system set it by itself."))
    return Observation("Clock", Grade.GOOD, words)


def _own_folders() -> Iterator[Observation]:
    for subject, folder in _folders().items():
        yield _writable(subject, folder)
    yield from filter(None, [room("Room", own_folder())])


def _folders() -> dict[str, Path]:
    return {
        "Log": log_folder(),
        "Spool": own_folder(),
        "Cache": cache_folder(),
        "Backups": data_folder() / "backups",
    }


def _writable(subject: str, folder: Path) -> Observation:
    """Whether a file can be made in a folder, or in the one that it would be made in: only trying tells."""
    place = _existing(folder)
    try:
        with tempfile.TemporaryFile(dir=place):
            return Observation(subject, Grade.GOOD, str(folder))
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        words = _("no file can be made in {place} ({reason})").format(place=place, reason=reason)
        return Observation(
            subject, Grade.BAD, words, _("Give your user the right to write {folder}.").format(folder=folder)
        )


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next((each for each in (folder, *folder.parents) if each.exists()), folder)
