"""A user's events in files of a store that nobody holds: those that wait there, and those that were refused."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import BotpulseError
from core.storage.location import Location
from core.tracking.records import EventRow
from core.tracking.spool import Spool
from core.tracking.spool_places import JOURNAL, REFUSED, refused_files, spool_files
from core.tracking.striking import users_of

log = logging.getLogger(__name__)

_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class SpoolsForgotten:
    """What went from files of waiting events.

    Attributes:
        events: how many; left: the files in which the id still is, as a running bot holds them, or that can't be read.
    """

    events: int
    left: tuple[Path, ...]


def files_that_name(location: Location, user: str) -> tuple[Path, ...]:
    """The files of waiting and refused events of a store in whose bytes the id stands, or that can't be read."""
    files = [*spool_files(location), *refused_files(location)]
    beside = [file.with_name(file.name + JOURNAL) for file in files]
    return tuple(file for file in (*files, *beside) if _names(file, user.encode()))


def forget_in_spools(location: Location, user: str) -> SpoolsForgotten:
    """Remove the events of a user, and strike the id from others'."""
    gone = 0
    for file in (*spool_files(location), *refused_files(location)):
        spool = Spool(file)
        try:
            spool.take()
            gone += spool.leave_out(lambda event: _is_of(event, user), user)
            if REFUSED in file.name and spool.is_empty:
                spool.remove()  # nobody else ever does
        except BotpulseError as fault:
            log.info("%s is left as it is: %s", file, fault)
        finally:
            spool.close()
    return SpoolsForgotten(gone, files_that_name(location, user))


def _is_of(event: EventRow, user: str) -> bool:
    return user in users_of(event)


def _names(file: Path, user: bytes) -> bool:
    before = b""
    try:
        with file.open("rb") as opened:
            while block := opened.read(_BLOCK):
                if user in before + block:
                    return True
                before = block[-len(user) :]
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
