"""What a worker process logs, taken to the log of its parent line by line."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_LONGEST: Final = 8_000
_FORMATTER: Final = logging.Formatter()


@dataclass(frozen=True, slots=True)
class Logged:
    """A line of the log, when it was said (epoch seconds), and the traceback that belongs to it."""

    name: str
    level: int
    created: float
    line: str
    trace: str


class LineTeller(logging.Handler):
    """In the worker process: hands each record on. Where nobody hears it any more (OSError), the process ends."""

    def __init__(self, tell: Callable[[Logged], None]) -> None:
        super().__init__()
        self._pass_on = tell

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a record on; called by ``logging``, which holds the handler's lock."""
        try:
            trace = _FORMATTER.formatException(record.exc_info)[-_LONGEST:] if record.exc_info else ""
            self._pass_on(Logged(record.name, record.levelno, record.created, record.getMessage()[:_LONGEST], trace))
        except OSError:
            os._exit(0)
        except Exception:
            self.handleError(record)


def log_again(line: Logged, thread: str) -> None:
    """In the parent: log a line as it was logged there; ``thread`` says where that was."""
    logger = logging.getLogger(line.name)
    if logger.isEnabledFor(line.level):
        said = {"levelno": line.level, "levelname": logging.getLevelName(line.level), "created": line.created}
        words = {"name": line.name, "msg": "%s", "args": (line.line,), "exc_text": line.trace or None}
        logger.handle(logging.makeLogRecord({**said, **words, "threadName": thread}))
