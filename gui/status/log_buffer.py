"""What this session has logged so far, kept in memory for the Health page: the last lines, each a bounded one.

Only messages are kept, as the log file has them: without secrets, control characters and line ends. Of an exception
there is its kind alone; the log file has the rest.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from core.log import escape, redact
from core.text.formatting import one_line
from core.time_ranges import local_time

MOST_LINES: Final = 1_000
LONGEST_LINE: Final = 400

_NAME: Final = "botpulse session"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One message.

    Attributes:
        number: counts up from 0 with the session.
        moment: epoch seconds.
        level: as ``logging`` has it; word: "info", "warning", "error", …
        source: the module that says it.
        message: one line of plain text.
    """

    number: int
    moment: float
    level: int
    source: str
    message: str

    @property
    def word(self) -> str:
        """The level in a word."""
        return logging.getLevelName(self.level).lower()

    @property
    def text(self) -> str:
        """``12:04:31  warning  core.feed.change_feed  the message``, in the time of this machine's clock."""
        return f"{local_time(self.moment, None):%H:%M:%S}  {self.word}  {self.source}  {self.message}"


class SessionLog(logging.Handler):
    """Keeps the last :data:`MOST_LINES` lines, from whatever thread they come.

    Attributes:
        dropped: how many lines were forgotten: whoever shows them begins anew where it is another number.
    """

    def __init__(self, most: int = MOST_LINES) -> None:
        super().__init__(logging.DEBUG)
        self.set_name(_NAME)
        self._numbers = count()
        self._lines: deque[LogLine] = deque(maxlen=most)
        self.dropped = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record; called by ``logging``, which holds the handler's lock."""
        try:
            self._lines.append(self._line(record))
        except Exception:  # a message whose arguments don't fit must not reach whoever logged it
            self.handleError(record)

    def lines(self, after: int = -1) -> Sequence[LogLine]:
        """The lines that are kept, with a number above ``after``, the newest last."""
        self.acquire()
        try:
            return tuple(line for line in self._lines if line.number > after)
        finally:
            self.release()

    def forget(self, words: str) -> None:
        """Drop the lines in which these words stand."""
        self.acquire()
        try:
            kept = [line for line in self._lines if words not in line.message]
            self.dropped += len(self._lines) - len(kept)
            self._lines = deque(kept, maxlen=self._lines.maxlen)
        finally:
            self.release()

    def _line(self, record: logging.LogRecord) -> LogLine:
        message = record.getMessage()[: 4 * LONGEST_LINE]
        if record.exc_info and record.exc_info[0] is not None:
            message = f"{message} ({record.exc_info[0].__name__})"
        shown = one_line(escape(redact(message)), LONGEST_LINE)
        return LogLine(next(self._numbers), record.created, record.levelno, one_line(record.name, 60), shown)


def session_log() -> SessionLog:
    """The session's log. The first call begins it; a line that was logged earlier is not in it."""
    root = logging.getLogger()
    for handler in root.handlers:
        if isinstance(handler, SessionLog):
            return handler
    made = SessionLog()
    root.addHandler(made)
    return made
