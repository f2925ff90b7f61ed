"""A store on a server: another thread waits for the answers, so that a slow one keeps no event in memory for long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Any, Final, TypeVar

import peewee

from core.errors import DatabaseLocked
from core.storage.location import Location
from core.text.translation import gettext as _
from core.tracking.batches import BatchWriter
from core.tracking.records import EventRow
from core.tracking.spool import Doubt, SpoolBatch
from core.tracking.standing import OptOutStanding

Result = TypeVar("Result")

_MOMENT: Final = 0.1
"""Seconds for which an answer is waited for before events go into a spool."""

_QUEUE: Final = "the queue's oldest"
"""What a batch of the queue is known by: there is but one at a time."""


class StillBusy(DatabaseLocked):
    """A server has not answered yet: it is to be asked again soon."""

    title = _("The server takes its time")
    what_happened = _("Connecting to the server, or writing to it, takes longer than a moment.")
    what_is_safe = _("Events wait in a file of their own meanwhile.")
    what_to_do = _("Nothing: they are written as soon as the server has answered.")


@dataclass
class _Question:
    """Something that the server was asked, and has not answered in a moment.

    Attributes:
        key: what it was about; the same question again is given the same answer.
        answer: what comes.
        doubt: of a batch of the queue; None once a spool has it.
    """

    key: Any
    answer: Future[Any]
    doubt: Doubt | None = None


class ServerStore(BatchWriter):
    """Does what a :class:`core.tracking.batches.BatchWriter` does, and lets go after a moment.

    What a server was asked then goes on, and is answered when it is asked again. A batch of the queue that is being
    written is in doubt meanwhile: a spool may take it over, whatever becomes of it, as the note of the batch tells.

    Used by one thread; its own thread alone uses the connection.
    """

    def __init__(self, location: Location, *, busy_timeout: float, standing: OptOutStanding | None = None) -> None:
        """Take what a BatchWriter takes."""
        super().__init__(location, busy_timeout=busy_timeout, standing=standing)
        self._thread: threading.Thread | None = None
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._running: _Question | None = None
        self._answers: dict[Any, Future[Any]] = {}
        self._batch: SpoolBatch | None = None
        self._refused_before = 0

    @property
    def doubt(self) -> Doubt | None:
        """The batch of which it is not known whether the server has it, one that is just being written included."""
        return self._running.doubt if self._running is not None else super().doubt

    @property
    def unanswered(self) -> SpoolBatch | None:
        """The batch of a spool that is being written: it is to be asked about again."""
        return self._batch

    def hand_over_doubt(self) -> None:
        """A spool has the records in question, and the doubt."""
        if self._running is None:
            super().hand_over_doubt()
        else:
            self._running.doubt = None

    def write(self, records: Sequence[EventRow], batch: SpoolBatch | None = None) -> int:
        """Write all records in one transaction; the same again where that was not answered in a moment.

        Raises:
            StillBusy: they are being written, or what was asked before is not answered.
            BotpulseError: as a BatchWriter does.
        """
        if self._is_own():
            return super().write(records, batch)
        action = partial(super().write, records, batch)
        if batch is None:
            return self._ask(_QUEUE, action, lambda: Doubt(self._note, self._number, len(records)))
        self._batch = batch
        try:
            refused = self._ask((batch.spool, batch.numbers), action)
        except StillBusy:
            raise
        except BaseException:
            self._batch = None
            raise
        refused, self._refused_before, self._batch = refused + self._refused_before, 0, None
        return refused

    def noted(self, spool: str) -> dict[str, int]:
        """How far the store has the events of a spool, by table."""
        return self._ask(("noted", spool), partial(super().noted, spool))

    def drop_note(self, spool: str) -> None:
        """Forget a spool that is gone, in its time."""
        if self._is_own():
            super().drop_note(spool)
        else:
            self._do(partial(super().drop_note, spool))

    def follow(self, action: Callable[[peewee.Database], None]) -> None:
        """Call something with the open database, in the thread that it belongs to; not while the server is asked."""
        with suppress(StillBusy):
            self._settle()
            self._do(partial(super().follow, action)).result()

    def close(self) -> None:
        """Close the connection, unless the server is just being asked; the next write opens a new one."""
        if self._is_own() or self._thread is None:
            super().close()
        elif self._running is None or self._running.answer.done():
            self._do(super().close).result()

    def end(self) -> None:
        """Give up what is not answered, take back the note of the last batch, and close."""
        if self._thread is None:
            super().end()
            return
        if self._running is not None:
            ends, self._limit.ends = self._limit.ends, 0.0
            wait([self._running.answer])
            self._limit.ends = ends
            self._settle()
        self._do(super().end).result()
        self._work.put(None)
        self._thread.join()
        self._thread = None

    def _is_own(self) -> bool:
        return threading.current_thread() is self._thread

    def _settle(self) -> None:
        """Wait a moment for the end of what the server was asked before.

        Raises:
            StillBusy: it has not come.
        """
        asked = self._running
        if asked is None:
            return
        wait([asked.answer], _MOMENT)
        if not asked.answer.done():
            raise StillBusy(str(self._location))
        self._running = None
        if asked.key != _QUEUE or asked.doubt is not None:
            self._answers[asked.key] = asked.answer
            return
        super().hand_over_doubt()
        if asked.answer.exception() is None:
            self._refused_before += asked.answer.result()  # the spool does not give the server what it has

    def _ask(self, key: Any, question: Callable[[], Result], doubt: Callable[[], Doubt] | None = None) -> Result:
        if self._is_own():
            return question()
        self._settle()
        if key in self._answers:
            known: Result = self._answers.pop(key).result()
            return known
        asked = _Question(key, Future(), doubt() if doubt is not None else None)
        asked.answer = self._do(question)
        wait([asked.answer], _MOMENT)
        if asked.answer.done():
            found: Result = asked.answer.result()
            return found
        self._running = asked
        raise StillBusy(str(self._location))

    def _do(self, action: Callable[[], Result]) -> Future[Result]:
        """Let the thread do something. Where none can be started, as Python is shutting down, it is done here."""
        outcome: Future[Result] = Future()
        if self._begin():
            self._work.put(partial(_settle_by, outcome, action))
        else:
            _settle_by(outcome, action)
        return outcome

    def _begin(self) -> bool:
        if self._thread is not None and self._thread.is_alive():
            return True
        thread = threading.Thread(target=_work, args=(self._work,), name="botpulse-server", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return False
        self._thread = thread
        return True


def _work(work: SimpleQueue[Callable[[], None] | None]) -> None:
    while (action := work.get()) is not None:
        action()
        del action  # what it holds is not kept until the next comes


def _settle_by(outcome: Future[Result], action: Callable[[], Result]) -> None:
    try:
        outcome.set_result(action())
    except BaseException as error:
        outcome.set_exception(error)
