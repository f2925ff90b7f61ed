"""Long work that says how far it is and can be stopped: a generator that whoever wants the result drives."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task is.

    Attributes:
        share: 0 to 1.
        words: what is being done: "12,000 of 1,000,000 rows".
    """

    share: float
    words: str = ""


Task: TypeAlias = Generator[Progress, None, Result]
"""Yields its progress after every few milliseconds of work, and returns the result.

``close()`` stops it: the task then leaves nothing half done behind. What goes wrong in the environment is raised
as a :class:`core.errors.BotpulseError`.
"""


def finish(task: Task[Result], report: Callable[[Progress], None] | None = None) -> Result:
    """Drive a task to its end and return its result; ``report`` is told the progress."""
    while True:
        try:
            progress = next(task)
        except StopIteration as end:
            result: Result = end.value
            return result
        if report is not None:
            report(progress)
