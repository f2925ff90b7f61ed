"""The side of a process that runs one task: it says how far it is, and can be stopped."""

from __future__ import annotations

import logging
import os
import pickle
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import IO, Any, Final, NoReturn

from core.tables import extensions
from core.tables.metric import Metric
from core.tasks import Progress, Task
from core.worker.child import Answer, RaisedError, let_others_go_first
from core.worker.log_lines import LineTeller, Logged
from core.worker.pipes import HELLO, argument, own_pipes, receive, send

STOP: Final = b""
"""Asks the task to stop and to tidy up."""

YIELDS: Final = "yields"
"""The argument of a process that lets others go first."""

_TOLD_EVERY: Final = 0.03
_TIDY_SECONDS: Final = 2.0
"""How long a task may tidy up once its parent is gone."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be run: the task ``function(*arguments, **named)``, logging what is at least ``level``.

    ``metrics`` are those of extensions that it may be about.
    """

    function: Callable[..., Task[Any]]
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    folder: str | None
    level: int
    metrics: tuple[Metric, ...]


def start() -> NoReturn:
    """Run the one task that the parent sends, and end."""
    if argument() == YIELDS:
        let_others_go_first()
    calls, answers = own_pipes()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent, which then stops the task
    try:
        answers.write(HELLO)
        answers.flush()
        _Runner(calls, answers).run()
    except (EOFError, OSError):
        pass  # nobody is left to hear what could be said
    os._exit(0)


class _Runner:
    """Runs the task in the main thread, and hears in another whether it is to stop."""

    def __init__(self, calls: IO[bytes], answers: IO[bytes]) -> None:
        self._calls, self._answers = calls, answers
        self._speaking = threading.Lock()
        self._stopped = threading.Event()

    def run(self) -> None:
        """Run it, and say what came of it; the result of one that was stopped is None."""
        message = receive(self._calls)
        logging.getLogger().addHandler(LineTeller(self._tell))
        threading.Thread(target=self._hear, name="hearing", daemon=True).start()
        try:
            answer = Answer(self._result(pickle.loads(message)), None, ())
        except Exception as error:
            answer = Answer(None, RaisedError.of(error), ())
        self._tell(answer)

    def _result(self, errand: Errand) -> Any:
        for metric in errand.metrics:
            extensions.register(metric)
        logging.getLogger("core").setLevel(errand.level)
        if errand.folder is not None:
            os.chdir(errand.folder)
        task, told_at = errand.function(*errand.arguments, **errand.named), 0.0
        told: Progress | None = None
        try:
            while not self._stopped.is_set():
                progress = next(task)
                if progress is not told and monotonic() - told_at >= _TOLD_EVERY:
                    told, told_at = progress, monotonic()
                    self._tell(progress)
        except StopIteration as end:
            return end.value
        finally:
            task.close()
        return None

    def _tell(self, message: Progress | Answer | Logged) -> None:
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        with self._speaking:
            send(self._answers, data)

    def _hear(self) -> None:
        try:
            while True:
                receive(self._calls)
                self._stopped.set()
        except (EOFError, OSError):
            self._stopped.set()
            threading.Timer(_TIDY_SECONDS, os._exit, (0,)).start()
