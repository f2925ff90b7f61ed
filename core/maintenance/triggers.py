"""A host's own triggers on our tables: which there are, and doing without those that refuse rows that come back.

A trigger runs as rows go and come, as it would for the bot's own work. One that refuses rows (an archive that holds
them already, say) is taken away within the transaction that brings them, and made again in it, word for word.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from core.errors import RefusedByTable
from core.storage.driver_errors import is_refusal
from core.storage.structure import folded, quoted
from core.tasks import Task

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger of the main file: its name, its table in lower case, and the statement that makes it."""

    name: str
    table: str
    statement: str

    def __str__(self) -> str:
        """The trigger as it is named to people."""
        return f"{self.name} (on {self.table})"


class _Refusal(Exception):
    """A table did not take, or did not let go of, what it should; ``__cause__`` says why, where the driver said it."""

    def __init__(self, table: str) -> None:
        super().__init__(table)
        self.table = table.lower()


def triggers_of(connection: sqlite3.Connection, tables: Collection[str]) -> tuple[Trigger, ...]:
    """The triggers on some tables of the main file; names are compared as SQLite does."""
    wanted = {folded(name) for name in tables}
    rows = connection.execute("SELECT name, tbl_name, sql FROM main.sqlite_master WHERE type = 'trigger' ORDER BY 1")
    found = (Trigger(str(name), folded(str(table)), str(sql)) for name, table, sql in rows.fetchall())
    return tuple(trigger for trigger in found if trigger.table in wanted)


def refuse(table: str) -> None:
    """Say that a table did not do what a statement asked, without an error: a trigger may leave out rows silently."""
    raise _Refusal(table)


@contextmanager
def refusals(table: str) -> Iterator[None]:
    """What a table refuses, within :func:`past_triggers`."""
    try:
        yield
    except sqlite3.Error as error:
        if not is_refusal(error):
            raise
        raise _Refusal(table) from error


def past_triggers(
    work: Callable[[Sequence[Trigger]], Task[Result]], triggers: Sequence[Trigger], subject: str
) -> Task[tuple[Result, tuple[Trigger, ...]]]:
    """Do work that is all or nothing, again without a table's triggers where that table refused; says which they were.

    ``work`` is given the triggers to do :func:`without`.

    Raises:
        RefusedByTable: a table refuses without its triggers, too. Nothing was changed.
    """
    aside: tuple[Trigger, ...] = ()
    while True:
        try:
            return (yield from work(aside)), aside
        except _Refusal as refusal:
            more = tuple(each for each in triggers if each.table == refusal.table and each not in aside)
            if not more:
                raise RefusedByTable(subject, refused_words(refusal)) from refusal
            aside += more


def refused_words(refusal: BaseException) -> str:
    """The table that refused, and SQLite's words where there are any."""
    return f"{refusal}: {refusal.__cause__ or 'a trigger left rows out'}"


@contextmanager
def without(connection: sqlite3.Connection, triggers: Sequence[Trigger]) -> Iterator[None]:
    """Within a transaction: triggers are not there while the block lasts."""
    for trigger in triggers:
        connection.execute(f"DROP TRIGGER main.{quoted(trigger.name)}")
    yield
    for trigger in triggers:
        connection.execute(trigger.statement)
