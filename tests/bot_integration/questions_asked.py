"""Questions that tests let the worker process answer: it finds them by this module's name."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from core.errors import DiskFull
from core.storage.location import Location

MOST_SECONDS = 60.0


@dataclass(frozen=True)
class Told:
    """An answer without a picture."""

    word: str
    rows: int


def when_allowed(location: Location, zone: str, folder: Path, word: str, *, now: float) -> Told:
    """Note that it was asked, and answer when a file of that name appears in the folder."""
    with (folder / "asked").open("a") as notes:
        notes.write(f"{word}\n")
    until = time.monotonic() + MOST_SECONDS
    while not (folder / word).exists():
        if time.monotonic() > until:
            raise TimeoutError(word)
        time.sleep(0.005)
    return Told(word, 0)


def full_disk(location: Location, zone: str, *, now: float) -> Told:
    """A fault of the environment."""
    raise DiskFull(str(location), "SQLITE_FULL")


def broken(location: Location, zone: str, *, now: float) -> Told:
    """A mistake of ours."""
    raise ZeroDivisionError("a mistake")


def told_back(location: Location, zone: str, what: object, *, now: float, word: str) -> tuple[object, ...]:
    """Say what was asked."""
    return location, zone, what, now, word


def noted(location: Location, zone: str, folder: Path, what: object, *, now: float) -> None:
    """Note what was asked."""
    with (folder / "asked").open("a") as notes:
        notes.write(f"{what}\n")


def where(location: Location) -> Location:
    """Say which database was meant."""
    return location


def summed_up_when_allowed(location: Location, _zone: object, now: float) -> None:
    """Stands for days that take long to sum up: until a file "summed up" appears beside the database."""
    assert location.path is not None
    when_allowed(location, "", location.path.parent, "summed up", now=now)


def done_when_allowed(location: Location, folder: Path, word: str) -> str:
    """Something that changes the database, and goes on until a file of that name appears in the folder."""
    return when_allowed(location, "", folder, word, now=0.0).word


def timed_out(location: Location, zone: str, *, now: float) -> None:
    """A time-out that has nothing to do with how long the answer is waited for."""
    raise TimeoutError("of its own")


def killed(*_: object) -> None:
    """End the process that answers, as the system does where it is short of memory."""
    os._exit(9)
