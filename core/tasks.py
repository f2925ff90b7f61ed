"""Long work that says how far it is and can be stopped: a generator that whoever wants the result drives."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Phase(StrEnum):
    """Whether stopping a task still leaves everything as it was. COMMITTED: what it is for is done, and stays."""

    WORKING = "working"
    COMMITTED = "committed"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task is.

    Attributes:
        share: 0 to 1.
        words: what is being done: "12,000 of 1,000,000 rows".
        phase: whether it can still be stopped.
    """

    share: float
    words: str = ""
    phase: Phase = Phase.WORKING


Task: TypeAlias = Generator[Progress, None, Result]
"""Yields its progress after every few milliseconds of work, and returns the result.

``close()`` stops it: the task then leaves nothing half done behind. What goes wrong in the environment is raised
as a :class:`core.errors.BotpulseError`.
"""


def finish(task: Task[Result], report: Callable[[Progress], object] | None = None) -> Result:
    """Drive a task to its end and return its result; ``report`` is told the progress."""
    while True:
        try:
            progress = next(task)
        except StopIteration as end:
            result: Result = end.value
            return result
        if report is not None:
            report(progress)


def followed(task: Task[Result], follow: Callable[[Progress], Progress | None]) -> Task[Result]:
    """A task whose progress is what ``follow`` makes of it; where that is None, the task goes on at once."""
    try:
        while True:
            try:
                progress = follow(next(task))
            except StopIteration as end:
                result: Result = end.value
                return result
            if progress is not None:
                yield progress
    finally:
        task.close()


def scaled(task: Task[Result], start: float, end: float) -> Task[Result]:
    """A task as a part of a larger one: its progress goes from ``start`` to ``end``, and never back."""
    share = 0.0

    def follow(progress: Progress) -> Progress:
        nonlocal share
        share = max(share, progress.share)
        return replace(progress, share=start + (end - start) * share)

    return followed(task, follow)


def in_turn(
    make: Callable[[Item], Task[Result]], items: Sequence[Item], start: float = 0.0, end: float = 1.0
) -> Task[list[Result]]:
    """The same for several items, one after the other, as a part of a larger task; returns the result of each."""
    results, step = [], (end - start) / max(1, len(items))
    for number, item in enumerate(items):
        results.append((yield from scaled(make(item), start + number * step, start + (number + 1) * step)))
    return results
