"""The side of the process that looks at the database for the window: it hears what is wanted, looks, and tells.

Two threads: one hears, and gives a sign of life for all that it hears; the other looks. So what is wanted is known
while a look is under way, and a look that hangs can be told from a process that does. Where the window is gone the
pipe is closed, and the process ends, whatever it is doing.
"""

from __future__ import annotations

import gc
import logging
import os
import pickle
import signal
import threading
import traceback
from time import monotonic
from typing import IO, Final, NoReturn

from core.storage.names import NameTeller
from core.tables.reading.messages import Named
from core.worker.live.messages import PING, Alive, Message, Told, unpacked
from core.worker.live.table_readers import TableReaders
from core.worker.live.watcher import Watcher
from core.worker.log_lines import LineTeller
from core.worker.pipes import HELLO, argument, own_pipes, receive, send

_END_SECONDS: Final = 0.5
"""How long a look that is under way may go on once the window is gone."""

_NOTHING: Final = Told()


def start() -> None:
    """Look until the window closes its end of the pipe, or is gone."""
    argument()
    calls, answers = own_pipes()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the window, which then ends us
    gc.set_threshold(50_000, 20, 100)  # rows come by the ten thousand, and few of them are part of a cycle
    _Looker(calls, answers).run()


class _Looker:
    """Looks in the main thread, and hears in another."""

    def __init__(self, calls: IO[bytes], answers: IO[bytes]) -> None:
        self._calls, self._answers = calls, answers
        self._speaking = threading.Lock()
        self._news = threading.Condition()
        self._heard = _NOTHING
        self._closing = False
        self._closed = threading.Event()
        self._looks = self._look = 0

    def run(self) -> NoReturn:
        """Look until there is nobody to look for."""
        with self._speaking:
            self._answers.write(HELLO)
            self._answers.flush()
        logging.getLogger().addHandler(LineTeller(self.tell))
        threading.Thread(target=self._hear, name="hearing", daemon=True).start()
        try:
            self._work()
        except OSError:
            os._exit(0)  # nobody is left to hear
        except Exception:
            traceback.print_exc()
            os._exit(1)
        self._closed.set()
        os._exit(0)

    def tell(self, message: Message) -> None:
        """Say something to the window.

        Raises:
            OSError: it is gone.
        """
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        with self._speaking:
            send(self._answers, data)

    def _work(self) -> None:
        names = NameTeller(lambda found: self.tell(Named(found)))
        watcher, tables = Watcher(self.tell, overlaps=True, names=names), TableReaders(self.tell, names)
        due: float | None = None
        while True:
            told = self._awaited(_soonest(due, tables.due))
            if self._closing:
                watcher.close()
                tables.close()
                return
            self._look = self._looks = self._looks + 1
            tables.take(told.asked)
            if told.watched is not None:
                watcher.take(told.watched)
                due = _due(watcher)
            if due is not None and due <= monotonic():
                watcher.turn()
                due = _due(watcher)
            tables.turn()
            self._look = 0

    def _awaited(self, until: float | None) -> Told:
        """What was heard meanwhile; waits for something, but not beyond a moment (of ``monotonic``)."""
        with self._news:
            pause = None if until is None else max(0.0, until - monotonic())
            self._news.wait_for(lambda: self._heard is not _NOTHING or self._closing, pause)
            told, self._heard = self._heard, _NOTHING
            return told

    def _hear(self) -> None:
        try:
            while True:
                message = receive(self._calls)
                if message != PING:
                    self._note(message)
                self.tell(Alive(self._look))
        except (EOFError, OSError):
            with self._news:
                self._closing = True
                self._news.notify()
            self._closed.wait(_END_SECONDS)
            os._exit(0)
        except Exception:
            traceback.print_exc()
            os._exit(1)

    def _note(self, message: bytes) -> None:
        told, level = unpacked(message)
        logging.getLogger("core").setLevel(level)
        with self._news:
            before = self._heard
            self._heard = Told(told.watched or before.watched, before.asked + told.asked)
            self._news.notify()


def _due(watcher: Watcher) -> float | None:
    """When its next turn is due, by ``monotonic``."""
    pause = watcher.pause
    return None if pause is None else monotonic() + pause


def _soonest(*dues: float | None) -> float | None:
    return min((due for due in dues if due is not None), default=None)
