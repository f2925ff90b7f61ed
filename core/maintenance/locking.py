"""Getting at a file that others are using: opening it, waiting for a turn, and doing long statements in a thread."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Final, TypeVar

from core.errors import (
    BotpulseError,
    DatabaseMissing,
    HoldsUpBot,
    NoAccess,
    NotADatabase,
    NotEnoughRoom,
    OnServer,
)
from core.storage.database import READ_ONLY, RESTING, reading_query
from core.storage.driver_errors import driver_error
from core.storage.limited_connection import LimitedConnection
from core.storage.location import Location, file_state, locate, real_path, size, sqlite_uri
from core.storage.rights import may_write
from core.tasks import Progress, Task
from core.text.formatting import size as size_in_words
from core.text.translation import gettext as _

Result = TypeVar("Result")

LOCK_TIMEOUT: Final = 5.0
"""Seconds that we try for our turn before the database counts as locked."""

LONGEST_HOLD: Final = 3.0
"""Seconds that a write transaction may last. The deployed bot gives an event up after five; a rollback needs some."""

_ATTEMPT: Final = 0.05
_MOST_LOOKS: Final = 5
_SETTLES: Final = 0.5
_COMMIT_WAIT_MS: Final = 500
_REST: Final = 0.1
SPARE: Final = 1_000_000
"""Bytes that stay free besides what is needed."""

_TICK: Final = 0.05
_WAITING: Final = _("waiting for another program's write to end")


def file_of(address: str | Path | Location) -> Path:
    """The SQLite file at an address.

    Raises:
        OnServer: the address is a server's.
    """
    location = locate(address)
    if location.path is None:
        raise OnServer(str(location))
    return location.path


def existing_file(address: str | Path | Location) -> Path:
    """The same, and it is there.

    Raises:
        BotpulseError: on a server, missing, not a file.
    """
    path = file_of(address)
    if path.is_dir():
        raise NotADatabase(str(path), "it is a folder")
    if not path.exists():
        raise DatabaseMissing(str(path))
    return path


def check_writable(path: Path) -> None:
    """SQLite writes the file, and a journal beside it.

    Raises:
        NoAccess: one of them can't be written.
    """
    for place, what in ((path, "the file is read-only"), (real_path(path).parent, "its folder is read-only")):
        if not may_write(place):
            raise NoAccess(str(path), what)


def check_room(folder: Path, byte_size: int) -> None:
    """Refuse before anything is begun.

    Raises:
        NotEnoughRoom: fewer bytes than wanted, and a few to spare, are free where the folder is.
    """
    needed, free = byte_size + SPARE, shutil.disk_usage(folder).free
    if free < needed:
        raise NotEnoughRoom(str(folder), f"{size_in_words(needed)} are needed, {size_in_words(free)} are free")


def connect(path: Path, mode: str = "mode=rw", source: Path | None = None) -> sqlite3.Connection:
    """A connection that begins no transaction by itself, waits only a moment for a lock, and may change threads.

    One that only looks, or copies from a ``source``, does not follow what it reads for ever
    (:mod:`core.storage.limited_connection`). Nothing is read yet: even a PRAGMA may find the file locked, and has to be
    tried again.
    """
    looked_at = source if source is not None else path if mode.startswith(READ_ONLY) else None
    kind = partial(LimitedConnection, byte_size=size(looked_at)) if looked_at is not None else sqlite3.Connection
    connection = sqlite3.connect(
        sqlite_uri(path, mode),
        uri=True,
        timeout=_ATTEMPT,
        isolation_level=None,
        check_same_thread=False,
        factory=kind,  # type: ignore[arg-type]
    )
    connection.text_factory = _forgiving
    return connection


def _forgiving(text: bytes) -> str:
    """What is no UTF-8 is told with replacement characters, not by an exception."""
    return text.decode(errors="replace")


def looking(path: Path, look: Callable[[str], Task[Result]]) -> Task[Result]:
    """Read a file at length without writing a byte of it. ``look`` is given how it is to be opened.

    A file that rests is opened as unchanging. Where somebody wrote to it meanwhile, what was read may be torn, so it is
    read again. A bot that opens and closes it all the time is read beside at last: its next close clears up the log
    that such a reader leaves.

    Raises:
        BotpulseError, sqlite3.Error: what ``look`` raises; unfinished write.
    """
    for _n in range(_MOST_LOOKS):
        query, before = reading_query(path), file_state(path)
        try:
            result = yield from look(query)
        except (sqlite3.Error, BotpulseError):
            if query != RESTING or file_state(path) == before:
                raise
        else:
            if query != RESTING or file_state(path) == before:
                return result
    return (yield from look(READ_ONLY))


def is_busy(error: BaseException) -> bool:
    """Whether an exception of the driver says that another connection has the lock."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _seems_unfinished(error: BaseException) -> bool:
    """SQLite says so for a moment of a journal, too, that a living writer is just deleting."""
    return getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY_ROLLBACK


def retrying(action: Callable[[], Result]) -> Task[Result]:
    """Do something short on a connection, again where others hold the lock, for :data:`LOCK_TIMEOUT` seconds.

    Raises:
        sqlite3.OperationalError: it is still locked.
    """
    began = monotonic()
    while True:
        try:
            return action()
        except sqlite3.OperationalError as error:
            if monotonic() >= began + (_SETTLES if _seems_unfinished(error) else LOCK_TIMEOUT if is_busy(error) else 0):
                raise
        yield Progress(0.0, _WAITING)


@dataclass(slots=True)
class Hold:
    """A write transaction's hold on the file: monotonic seconds, and whether it was committed."""

    taken: float | None = None
    held: float = 0.0
    committed: bool = False

    def lasts(self) -> float:
        """Seconds until now; 0.0 before and after."""
        taken = self.taken
        return monotonic() - taken if taken is not None else 0.0

    @contextmanager
    def timed(self) -> Iterator[None]:
        """The lock is held while the block lasts."""
        self.taken = began = monotonic()
        try:
            yield
        finally:
            self.taken, self.held = None, monotonic() - began


def in_thread(
    interrupt: Callable[[], object],
    work: Callable[[], Result],
    told: Callable[[], Progress],
    hold: Hold | None = None,
    longest: float | None = None,
) -> Task[Result]:
    """Run statements that can't be cut into chunks; stopping the task, or holding too long, interrupts them.

    ``interrupt`` is called again and again until the thread has ended.

    Raises:
        HoldsUpBot: ``hold`` lasted longer than ``longest`` seconds.
        Exception: what ``work`` raises.
    """
    outcome: Future[Result] = Future()
    thread = threading.Thread(target=_run, args=(work, outcome), name="botpulse-maintenance", daemon=True)
    thread.start()
    overdue = False
    try:
        alive = True
        while alive and not overdue:
            yield told()  # at least once: the thread may have done before anybody looks
            thread.join(_TICK)
            alive = thread.is_alive()
            overdue = hold is not None and longest is not None and hold.lasts() > longest
    finally:
        while thread.is_alive():
            interrupt()
            thread.join(_TICK / 5)
    if overdue and outcome.exception() is not None:
        raise HoldsUpBot("", f"stopped after {longest:g} s")
    return outcome.result()


def _run(work: Callable[[], Result], outcome: Future[Result]) -> None:
    try:
        outcome.set_result(work())
    except BaseException as error:
        outcome.set_exception(error)


def transact(
    connection: sqlite3.Connection, body: Callable[[], Result], told: Progress, hold: Hold, *, longest: float | None
) -> Task[Result]:
    """One write transaction, all or nothing; ``hold`` says afterwards how long it held the file and how it ended.

    Raises:
        HoldsUpBot: it would have lasted longer than ``longest`` seconds. Nothing was changed.
        sqlite3.Error: nothing was changed.
    """

    def work() -> Result:
        connection.execute(f"PRAGMA busy_timeout = {_COMMIT_WAIT_MS}").fetchall()
        connection.execute("BEGIN IMMEDIATE")
        with hold.timed():
            try:
                result = body()
                connection.execute("COMMIT")
                hold.committed = True
                return result
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    return (yield from retried(connection, work, told, hold, longest))


def retried(
    connection: sqlite3.Connection, work: Callable[[], Result], told: Progress, hold: Hold, longest: float | None
) -> Task[Result]:
    """Run what takes the write lock in a thread, again where others hold it, for :data:`LOCK_TIMEOUT` seconds.

    Raises:
        HoldsUpBot: it would have lasted longer than ``longest`` seconds.
        Exception: what ``work`` raises; one that says busy, at the end.
    """
    give_up = monotonic() + LOCK_TIMEOUT
    while True:
        try:
            return (yield from in_thread(connection.interrupt, work, lambda: told, hold, longest))
        except Exception as error:
            if not is_busy(driver_error(error)) or monotonic() >= give_up:
                raise
        sleep(_REST)  # whoever was in the way, or waited behind us, gets its turn
        yield replace(told, words=_WAITING)
