"""The window's side of the process that looks at the database: it is started, told what is wanted, and replaced.

It knows nothing of Qt: what comes is handed to a function, in a thread of its own.
"""

from __future__ import annotations

import logging
import pickle
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from time import monotonic
from typing import Final

from core.tables import extensions
from core.worker.live.messages import (
    PING,
    Alive,
    Answered,
    Asked,
    Message,
    NotStarted,
    Replaced,
    Told,
    Watched,
    packed,
)
from core.worker.live.starting import started
from core.worker.log_lines import Logged, log_again
from core.worker.process import Link, NoProcess

log = logging.getLogger(__name__)

_END_SECONDS: Final = 0.6
"""How long the process may take to end with the window, and to go once it was killed."""

_LIVES_LONG: Final = 60.0
_FIRST_REST, _LONGEST_REST = 0.05, 30.0
"""Seconds before a process takes the place of one that ended; each that ends soon doubles them."""

Hear = Callable[[Message], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """When a process counts as one that has to be replaced.

    Attributes:
        seconds: between two rounds, in each of which it is asked for a sign of life.
        silent: so many rounds without one, and it hangs; rounds are counted, for a machine may sleep meanwhile.
        look: so many rounds within one look, and it hangs; the next one may take twice that: a slow disk is no fault.
        byte_size: more memory than this, and it leaks; where the next one takes as much, it may have twice that.
    """

    seconds: float = 2.0
    silent: int = 4
    look: int = 30
    byte_size: int = 1_500_000_000


@dataclass(slots=True)
class _Serving:
    """One process, and what is known of it.

    Attributes:
        greeted: whether it has said hello; over: whether nothing comes from it any more.
        told: the last that it was told; waiting: how many of our messages it has not answered yet.
        silent: rounds without an answer; look: the look that it was at, look_rounds: for so many rounds.
        reason: why it was killed.
    """

    link: Link
    born: float
    greeted: bool = False
    over: bool = False
    told: Watched | None = None
    waiting: int = 0
    silent: int = 0
    look: int = 0
    look_rounds: int = 0
    reason: str = ""


class LiveProcess:
    """Starts the process at once, and keeps one until :meth:`stop`, whatever becomes of the first.

    Args:
        first: the one to begin with, where it was started already.
        byte_size: how much memory a process has, by its number, in bytes; OSError where that can't be said.
        limits: when it is replaced.
    """

    def __init__(
        self,
        first: Link | NoProcess | None = None,
        *,
        byte_size: Callable[[int], int] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._byte_size = byte_size
        self._limits = limits or Limits()
        self._most, self._longest = self._limits.byte_size, self._limits.look
        self._news = threading.Condition()
        self._closed = False
        self._watched: Watched | None = None
        self._hear: Hear | None = None
        self._early: list[Message] = []
        self._asked: list[Asked] = []
        self._tables: dict[int, Hear] = {}
        self._numbers = count(1)
        self._not_started: NotStarted | None = None
        self._serving: _Serving | None = None
        self._keeper = threading.Thread(
            target=self._keep, args=(first or started(),), name="botpulse-reader", daemon=True
        )
        self._keeper.start()

    @property
    def pid(self) -> int | None:
        """The number of the process that looks, once it can be told what to look at."""
        serving = self._serving
        return serving.link.pid if serving is not None and serving.greeted and not serving.over else None

    def listen(self, hear: Hear) -> None:
        """Hand what comes to ``hear``, from some thread; first what came before."""
        with self._news:
            early, self._early, self._hear = self._early, [], hear
            for message in early:
                hear(message)

    def tell(self, watched: Watched) -> None:
        """Have this looked at, and nothing else; it does not wait for anything."""
        with self._news:
            self._watched = watched
            self._news.notify_all()

    def attach(self, hear: Hear) -> int:
        """Give a reader of rows its number; ``hear`` is handed its answers, and what interrupts it, in some thread."""
        with self._news:
            number = next(self._numbers)
            self._tables[number] = hear
            if self._not_started is not None:
                hear(self._not_started)
            return number

    def detach(self, number: int) -> None:
        """Hand that reader nothing any more."""
        with self._news:
            self._tables.pop(number, None)

    def ask(self, asked: Asked) -> None:
        """Ask the reader of a table's rows for something; it does not wait for anything."""
        with self._news:
            self._asked.append(asked)
            self._news.notify_all()

    def stop(self) -> None:
        """End the process, within two seconds whatever it does. It may be called twice."""
        with self._news:
            self._closed, self._hear = True, None
            self._news.notify_all()
        self._keeper.join(3 * _END_SECONDS)
        serving = self._serving
        if self._keeper.is_alive() and serving is not None:
            serving.link.kill()

    def _say(self, message: Message) -> None:
        with self._news:
            if self._closed:
                return
            if isinstance(message, Answered):
                self._tables.get(message.reader, _unheard)(message)
                return
            if isinstance(message, NotStarted):
                self._not_started = message
            if isinstance(message, Replaced | NotStarted):
                self._asked.clear()  # whoever asked is told, and asks again
                for hear in list(self._tables.values()):
                    hear(message)
            (self._hear or self._early.append)(message)

    def _keep(self, link: Link | NoProcess) -> None:
        """Serve one process after the other; two in a row that never came to speak are the last."""
        rest, mute = _FIRST_REST, False
        while isinstance(link, Link):
            serving = self._serving = _Serving(link, monotonic())
            self._serve(serving)
            reason = self._ended(serving)
            if self._is_closed(0.0):
                return
            if mute and not serving.greeted:
                link = NoProcess(reason)
                break
            mute = not serving.greeted
            log.warning("the process that reads the database is replaced: %s", reason)
            self._say(Replaced(reason))
            rest = _FIRST_REST if monotonic() - serving.born > _LIVES_LONG else min(2 * rest, _LONGEST_REST)
            if self._is_closed(rest):
                return
            link = started()
        self._say(NotStarted(str(link)))

    def _ended(self, serving: _Serving) -> str:
        """End what was served; tells why, as far as that is known."""
        if self._is_closed(0.0) or serving.reason:
            useless = not serving.greeted or bool(serving.silent or serving.reason)
            serving.link.end(kill=useless, seconds=_END_SECONDS)
            return serving.reason
        reason = serving.link.last_words()
        serving.link.end(kill=True, seconds=_END_SECONDS)
        return reason

    def _is_closed(self, seconds: float) -> bool:
        """Whether it was stopped, or is within so many seconds."""
        with self._news:
            return self._news.wait_for(lambda: self._closed, seconds)

    def _serve(self, serving: _Serving) -> None:
        """Tell a process what is wanted, and look after it, until it has ended or has to."""
        listener = threading.Thread(target=self._listen, args=(serving,), name="botpulse-hearing", daemon=True)
        listener.start()
        due = monotonic() + self._limits.seconds
        while True:
            with self._news:
                self._news.wait_for(lambda: self._has_work(serving), max(0.0, due - monotonic()))
            if self._closed or serving.over:
                return
            with suppress(OSError, ValueError):  # it has ended: the listener says so
                if self._may_tell(serving):
                    self._tell(serving)
                if monotonic() >= due:
                    due = monotonic() + self._limits.seconds
                    self._make_round(serving)
            if serving.reason:
                return

    def _has_work(self, serving: _Serving) -> bool:
        return self._closed or serving.over or self._may_tell(serving)

    def _may_tell(self, serving: _Serving) -> bool:
        """One message at a time: what is told to a process that hangs would fill the pipe, and a newer one is due."""
        is_news = self._watched is not serving.told or bool(self._asked)
        return serving.greeted and not serving.waiting and is_news

    def _tell(self, serving: _Serving) -> None:
        with self._news:
            watched, asked, self._asked = self._watched, tuple(self._asked), []
        news = Told(watched if watched is not serving.told else None, asked)
        metrics = watched.metrics if watched is not None else extensions.metrics()
        serving.told = watched
        try:
            message = packed(news, metrics, logging.getLogger("core").getEffectiveLevel())
        except pickle.PicklingError:
            log.exception("what is wanted can't be told to the process that reads the database")
            return
        self._send(serving, message)

    def _send(self, serving: _Serving, message: bytes) -> None:
        with self._news:
            serving.waiting += 1
        serving.link.tell(message)

    def _make_round(self, serving: _Serving) -> None:
        """See whether it lives, gets on and stays small."""
        if not serving.greeted:
            return
        if serving.waiting:
            serving.silent += 1
        else:
            self._send(serving, PING)
        grown = self._grown(serving.link.pid)
        if serving.silent >= self._limits.silent:
            serving.reason = f"it did not answer for {serving.silent * self._limits.seconds:g} s"
        elif serving.look_rounds >= self._longest:
            self._longest *= 2
            serving.reason = f"one look took longer than {serving.look_rounds * self._limits.seconds:g} s"
        elif grown > self._most:
            self._most *= 2
            serving.reason = f"it has grown to {grown / 1e6:,.0f} MB"

    def _grown(self, pid: int) -> int:
        if self._byte_size is not None:
            with suppress(OSError, ImportError):
                return self._byte_size(pid)
        return 0

    def _listen(self, serving: _Serving) -> None:
        try:
            serving.link.await_hello()
            with self._news:
                serving.greeted = True
                self._news.notify_all()
            while True:
                self._take(serving, pickle.loads(serving.link.hear()))
        except (NoProcess, EOFError, OSError, ValueError):
            pass  # it has ended
        except Exception:
            log.exception("what the process that reads the database says is not understood")
            serving.link.kill()
        finally:
            with self._news:
                serving.over = True
                self._news.notify_all()

    def _take(self, serving: _Serving, message: Message) -> None:
        if isinstance(message, Alive):
            with self._news:
                serving.look_rounds = serving.look_rounds + 1 if message.look and message.look == serving.look else 0
                serving.look, serving.silent = message.look, 0
                serving.waiting -= 1
                self._news.notify_all()
        elif isinstance(message, Logged):
            log_again(message, "reader's process")
        elif serving is self._serving:
            self._say(message)


def _unheard(message: Message) -> None:
    """For a reader whose table is gone."""
