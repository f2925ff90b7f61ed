"""A connection to a PostgreSQL server that does not wait for ever: a frozen server keeps its sockets open."""

from __future__ import annotations

from collections.abc import Generator
from time import monotonic
from typing import Any

from psycopg import Connection, OperationalError

from core.storage.answer_limit import AnswerLimit


class BoundedConnection(Connection[Any]):
    """It is cut off where an answer takes longer than its ``limit``."""

    limit = AnswerLimit()

    def wait(self, gen: Any, *values: Any, **more: Any) -> Any:
        """Wait for an answer of the server.

        Raises:
            OperationalError: none came in time. What the server made of the statement is not known.
        """
        return super().wait(self._bounded(gen), *values, **more)

    def _bounded(self, answer: Any) -> Generator[Any, Any, Any]:
        """The driver asks now and then, also while nothing comes."""
        began = monotonic()
        try:
            state = next(answer)
            while True:
                ready = yield state
                if not ready and self.limit.is_over(began):
                    self.pgconn.finish()
                    raise OperationalError("no answer in time: the connection was cut off")
                state = answer.send(ready)
        except StopIteration as end:
            return end.value
