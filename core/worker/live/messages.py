"""What the window says to the process that looks at the database, and what comes back."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from typing import Final, TypeAlias

import core.presenters.by_key  # noqa: F401 - lets a presenter cross by its key
from core.errors import BotpulseError
from core.feed.snapshot import Snapshot
from core.presenters.readings import ViewRequest
from core.storage.location import Location
from core.tables import extensions
from core.tables.metric import Metric
from core.tables.reading.messages import Named, Request, Result
from core.worker.log_lines import Logged

INTERVAL_MS: Final = 40
"""Milliseconds between two looks at a file; a look without news costs some 30 µs."""

AFTER_BUG: Final = 2.0
"""Seconds to the next turn after one that ended in a way that nobody expected."""

PING: Final = b""
"""Asks for a sign of life."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is to be looked at, the whole of it: a newer one takes the place of all before.

    Attributes:
        request: what is to be seen of it.
        location: the database; None for none.
        opened: counts how often a database was to be opened; another number opens it afresh.
        reloads: counts how often all was to be read again.
        asked: counts how often a range was chosen: the same range once more is read again.
        interval_ms: milliseconds between two looks at a file; a server is asked less often.
        paused: whether new rows are left for later.
        drawn: the number of the last snapshot that was drawn; None: nothing is to be shown yet.
        metrics: those of extensions; with others the database is opened afresh.
    """

    request: ViewRequest
    location: Location | None = None
    opened: int = 0
    reloads: int = 0
    asked: int = 0
    interval_ms: int = INTERVAL_MS
    paused: bool = False
    drawn: int | None = 0
    metrics: tuple[Metric, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """A snapshot, its number, and ``Watched.opened`` of when it was made."""

    number: int
    opened: int
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Hidden:
    """A fault that stands in the place of what could be shown."""

    opened: int
    fault: BotpulseError


class Deed(StrEnum):
    """What a reader of rows is to do: read another database, take a request, or end one way or another."""

    OPEN = "open"
    TAKE = "take"
    STOP = "stop"
    REST = "rest"
    END = "end"


@dataclass(frozen=True, slots=True)
class Asked:
    """Something for the reader of one table's rows, by its number; it is made where it is not there.

    Attributes:
        reader: its number; deed: what it is to do.
        location: the database that it reads; request: what it is to take.
    """

    reader: int
    deed: Deed
    location: Location | None
    request: Request | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a request for rows, or a part of it."""

    reader: int
    result: Result


@dataclass(frozen=True, slots=True)
class Alive:
    """A sign of life, in answer to each message. ``look`` is the number of the look that is under way, 0 for none."""

    look: int


@dataclass(frozen=True, slots=True)
class Replaced:
    """The process ended before it should have, and another one takes its place. ``reason`` is for the log."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotStarted:
    """No process can be had: somebody else has to look."""

    reason: str


Message: TypeAlias = Shown | Hidden | Named | Answered | Logged | Alive | Replaced | NotStarted


@dataclass(frozen=True, slots=True)
class Told:
    """One message to the process: what is to be looked at, where that is another than before, and what is asked."""

    watched: Watched | None = None
    asked: tuple[Asked, ...] = ()


def packed(told: Told, metrics: tuple[Metric, ...], level: int) -> bytes:
    """A message as it crosses, with what is needed to understand it: metrics, and the level of what is logged."""
    return pickle.dumps((level, metrics), -1) + pickle.dumps(told, -1)


def unpacked(message: bytes) -> tuple[Told, int]:
    """What such a message says; its metrics, and no others, are registered before the rest is understood."""
    stream = BytesIO(message)
    level, metrics = pickle.load(stream)
    for known in extensions.metrics():
        if known not in metrics:
            extensions.unregister(known)
    for metric in metrics:
        extensions.register(metric)
    told: Told = pickle.load(stream)
    return told, level
