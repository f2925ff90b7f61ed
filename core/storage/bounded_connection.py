"""A connection to a PostgreSQL server that does not wait for ever: a frozen server keeps its sockets open."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from time import monotonic
from typing import Any

from psycopg import Connection, OperationalError

from core.storage.answer_limit import AnswerLimit


class BoundedConnection(Connection[Any]):
    """It is cut off where an answer takes longer than its ``limit``."""

    limit = AnswerLimit()
    hosts = 1

    @classmethod
    def _connect_gen(cls, *values: Any, **more: Any) -> Any:
        """The driver's own steps to connect to one host. How long they may take the address says, but for the end."""
        return _bounded(super()._connect_gen(*values, **more), cls._is_late)

    @classmethod
    def _is_late(cls, began: float) -> bool:
        """Of several hosts the first ones may be frozen: all of them share the time for one answer."""
        limit = AnswerLimit(cls.limit.seconds / cls.hosts if cls.hosts > 1 else math.inf, cls.limit.ends)
        return limit.is_over(began)

    def wait(self, gen: Any, *values: Any, **more: Any) -> Any:
        """Wait for an answer of the server.

        Raises:
            OperationalError: none came in time. What the server made of the statement is not known.
        """
        return super().wait(_bounded(gen, self._is_over), *values, **more)

    def _is_over(self, began: float) -> bool:
        over = self.limit.is_over(began)
        if over:
            self.pgconn.finish()
        return over


def bounded_by(limit: AnswerLimit, hosts: int) -> type[BoundedConnection]:
    """The connections to one of so many hosts that hold to a limit, from the first step to connect on."""
    return type("BoundedConnection", (BoundedConnection,), {"limit": limit, "hosts": hosts})


def _bounded(answer: Any, is_over: Callable[[float], bool]) -> Generator[Any, Any, Any]:
    """The driver asks now and then, also while nothing comes."""
    began = monotonic()
    try:
        state = next(answer)
        while True:
            ready = yield state
            if not ready and is_over(began):
                answer.close()
                raise OperationalError("no answer in time: the connection was cut off")
            state = answer.send(ready)
    except StopIteration as end:
        return end.value
