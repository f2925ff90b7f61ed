"""What the window will look at, told to the reading process while the window itself is still being loaded."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import urlsplit

from core.errors import BotpulseError
from core.presenters.by_key import presenter_named
from core.presenters.overview import OVERVIEW
from core.presenters.presenter import PagePresenter
from core.presenters.readings import ViewRequest
from core.presenters.view_links import is_link
from core.storage.location import Location, locate
from core.text.typed_ranges import RangeNotUnderstood, TypedRange, range_of
from core.worker.live.messages import Watched
from core.worker.live.process import LiveProcess
from core.worker.process import Link, NoProcess
from gui import settings
from gui.settings import Settings, WeekStart

DEFAULT_DATABASE: Final = "analytics.db"


def reader(first: Link | NoProcess | None = None) -> LiveProcess:
    """The process that looks at the database for the window; ``first`` is one that was started already."""
    return LiveProcess(first, byte_size=_resident)


def begin(first: Link | NoProcess, given: Sequence[str]) -> LiveProcess:
    """Have the process read what the window will ask for, as far as the arguments that it was given tell.

    It is a guess: what the window asks for then takes its place, and is there already where it is the same.
    """
    process = reader(first)
    try:
        watched = _expected(given)
    except (BotpulseError, RangeNotUnderstood, ValueError, OSError):
        return process  # the window says so, in its own words
    if watched is not None:
        process.tell(watched)
    return process


def first_database(given: str | None, memory: Settings) -> str | None:
    """The database to open: the given one, the last one, ``$BOTPULSE_DATABASE``, or the one in this folder."""
    here = DEFAULT_DATABASE if Path(DEFAULT_DATABASE).is_file() else None
    given = path_of(given) if given is not None else None
    return given or memory.text(settings.DATABASE) or os.environ.get("BOTPULSE_DATABASE") or here


def apart_from_link(given: Sequence[str]) -> tuple[list[str], str]:
    """The arguments without a link that stands by itself, as a desktop hands one on, and that link; empty: none."""
    alone = [each for place, each in enumerate(given) if is_link(each) and [*given[place - 1 : place]] != ["--view"]]
    return [each for each in given if each not in alone], next(iter(alone), "")


def path_of(text: str) -> str:
    """A desktop that opens a file may hand on its URL; all else is as it was typed."""
    if not text.startswith(("file:///", "file://localhost/")):
        return text
    from urllib.request import url2pathname  # it brings what talks HTTP

    return url2pathname(urlsplit(text).path)


def located(address: str | Path) -> Location:
    """Where a database is, whatever folder this process goes to.

    Raises:
        InvalidLocation: the address is none.
    """
    location = locate(address)
    return location if location.path is None else Location(path=location.path.absolute())


class _Arguments(argparse.ArgumentParser):
    """Those of the command line that say what is looked at; wrong ones are left to the command itself."""

    def __init__(self) -> None:
        super().__init__(add_help=False, allow_abbrev=True)
        self.add_argument("database", nargs="?")
        self.add_argument("--demo", action="store_true")
        self.add_argument("--verbose", action="store_true")
        self.add_argument("--minimised", action="store_true")
        for name in ("--range", "--page", "--theme", "--interval", "--view"):
            self.add_argument(name)

    def error(self, message: str) -> NoReturn:
        raise ValueError(message)


def _expected(given: Sequence[str]) -> Watched | None:
    options = _Arguments().parse_args(apart_from_link(given)[0])
    memory = Settings()
    address = None if options.demo else first_database(options.database, memory)
    if address is None:
        return None
    zone = memory.zone()
    asked = range_of(options.range, zone, time.time()) if options.range else TypedRange(memory.choice())
    first_weekday = WeekStart(memory.text(settings.WEEK_START)).number
    request = ViewRequest(zone, first_weekday, asked.choice, asked.span, _presenter(options.page), frozenset())
    return Watched(request, located(address), opened=1, drawn=None)


def _presenter(page: str | None) -> PagePresenter:
    try:
        return presenter_named(page or OVERVIEW.key)
    except KeyError:
        return OVERVIEW  # of an extension, which is not loaded yet, or no page


def _resident(pid: int) -> int:
    """The memory of a process, in bytes.

    Raises:
        OSError: it is gone, or nobody may know.
    """
    import psutil  # seconds after the start, when nobody waits for it

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error as error:
        raise OSError(str(error)) from error
