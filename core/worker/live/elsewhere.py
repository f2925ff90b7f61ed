"""A task in a process of its own, driven as if it ran here: nothing that it does waits for this interpreter's lock."""

from __future__ import annotations

import logging
import os
import pickle
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Final, ParamSpec, TypeVar

from core.errors import BotpulseError
from core.tables import extensions
from core.tasks import Progress, Task
from core.text.translation import gettext as _
from core.worker.child import Answer
from core.worker.live.task_child import STOP, YIELDS, Errand
from core.worker.log_lines import Logged, log_again
from core.worker.process import Link, NoProcess

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

_WAIT: Final = 0.05
"""Seconds after which the task here gives progress, though there is none: whoever drives it may want to stop it."""

_STANDING_WAIT: Final = 0.1
"""The same for a task that goes on for hours: so often is this process woken for it."""

_TIDY_SECONDS: Final = 0.8
"""How long a task that was stopped may tidy up, before its process is killed."""


class TaskCutOff(BotpulseError):
    """The process that ran a task ended before the task did."""

    title = _("The work was cut off")
    what_happened = _("The process that did it ended before it was done: it was killed, or short of memory.")
    what_is_safe = _("Nothing in the database was changed; the bot's work goes on.")
    what_to_do = _("Try it again. If it stays, the log has the reason.")


def elsewhere(function: Callable[P, Task[R]], /, *args: P.args, **named: P.kwargs) -> Task[R]:
    """Run the task ``function(*args, **named)`` in a process of its own; it only reads the database.

    The function is one of ``core``; arguments and result can be pickled. Where no process can be had, it runs here.

    Raises:
        TaskCutOff: the process ended before the task did; and whatever the task raises.
    """
    result: R = yield from _elsewhere(function, args, named, standing=False)
    return result


def standing_elsewhere(function: Callable[P, Task[R]], /, *args: P.args, **named: P.kwargs) -> Task[R]:
    """As :func:`elsewhere`, for a task that goes on for as long as somebody wants to hear of it.

    Its process lets others go first, and is ended at once when it is stopped: there must be nothing to tidy up.

    Raises:
        TaskCutOff: the process ended before the task did; and whatever the task raises.
    """
    result: R = yield from _elsewhere(function, args, named, standing=True)
    return result


def _elsewhere(
    function: Callable[..., Task[Any]], args: tuple[Any, ...], named: dict[str, Any], *, standing: bool
) -> Task[Any]:
    errand = Errand(function, args, named, _folder(), _level(), extensions.metrics())
    try:
        return (yield from _followed(_Run(pickle.dumps(errand, pickle.HIGHEST_PROTOCOL), standing=standing)))
    except NoProcess as reason:
        log.info("no process for %s (%s): it runs in a thread", function.__qualname__, reason)
    return (yield from function(*args, **named))


def _followed(run: _Run) -> Task[Any]:
    """What a process says of its task, until it is done."""
    progress = Progress(0.0)
    try:
        while True:
            said = run.said(run.wait)
            if isinstance(said, Answer):
                if said.failure is not None:
                    raise said.failure.raised()
                return said.result
            progress = said or progress
            yield progress
    finally:
        run.end()


class _Run:
    """One process and its task.

    Attributes:
        wait: seconds after which it is given up for this turn that it says something.

    Raises:
        NoProcess: it could not be started.
    """

    def __init__(self, errand: bytes, *, standing: bool) -> None:
        self._errand, self._standing = errand, standing
        self.wait = _STANDING_WAIT if standing else _WAIT
        self._heard: SimpleQueue[Progress | Answer | BaseException] = SimpleQueue()
        self._greeted = self._over = False
        self._link = Link("core.worker.live.task_child", YIELDS if standing else "")
        threading.Thread(target=self._listen, name="botpulse-task", daemon=True).start()

    def said(self, seconds: float) -> Progress | Answer | None:
        """The next that it says; None where that takes longer.

        Raises:
            NoProcess: it never came to speak.
            TaskCutOff: it has ended.
        """
        try:
            said = self._heard.get(timeout=seconds)
        except Empty:
            return None
        self._over = not isinstance(said, Progress)
        if isinstance(said, NoProcess):
            raise said
        if isinstance(said, BaseException):
            raise TaskCutOff("", self._link.last_words()) from said
        return said

    def end(self) -> None:
        """Stop the task if it is not done, let it tidy up, and end the process."""
        if self._greeted and not self._over and not self._standing:
            self._stop()
        self._link.end(kill=not self._over, seconds=_TIDY_SECONDS)

    def _stop(self) -> None:
        try:
            self._link.tell(STOP)
            until = monotonic() + _TIDY_SECONDS
            while not self._over and monotonic() < until:
                self.said(max(0.0, until - monotonic()))
        except (OSError, ValueError, TaskCutOff):
            return

    def _listen(self) -> None:
        try:
            self._link.await_hello()
            self._link.tell(self._errand)
            self._greeted = True
            while True:
                said = pickle.loads(self._link.hear())
                if isinstance(said, Logged):
                    log_again(said, "task's process")
                else:
                    self._heard.put(said)
        except Exception as error:  # it has ended; or what it says is not understood, which is as good as that
            self._heard.put(error)


def _level() -> int:
    return logging.getLogger("core").getEffectiveLevel()


def _folder() -> str | None:
    """Where relative paths are from; None where the folder is gone."""
    try:
        return os.getcwd()  # noqa: PTH109 - it goes over the wire as text
    except FileNotFoundError:
        return None
