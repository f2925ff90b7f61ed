"""What ``/reset_stats`` asks first: how much would go, and whether a backup comes before it."""

from __future__ import annotations

from dataclasses import dataclass

import peewee

from core import maintenance
from core.answers.collecting import bots_own
from core.models import ALL_MODELS, METRIC_PREFIX
from core.storage.database import faults
from core.storage.location import Location
from core.storage.reader import Reader
from core.tables.definitions import TABLES
from core.tasks import finish


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What is stored.

    Attributes:
        tables: the title of each table and its rows: ``(("Commands", 48211), …)``; those of extensions come last.
        saved: whether a reset makes a backup first; on a server it does not.
    """

    tables: tuple[tuple[str, int], ...]
    saved: bool

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(rows for _, rows in self.tables)


def stored_answer(location: Location) -> StoredAnswer:
    """Count what a reset would delete.

    Raises:
        BotpulseError: the database can't be read.
    """
    with bots_own(location) as reader:
        counts = _on_server(reader) if location.path is None else {}
    if location.path is not None:
        counts = {each.table: each.rows for each in finish(maintenance.survey(location)).tables}
    known = {str(table.model._meta.table_name): table.title for table in TABLES.values()}
    order = [name for name in known if name in counts] + sorted(counts.keys() - known.keys())
    return StoredAnswer(
        tuple((known.get(name) or _title(name), counts[name]) for name in order), location.path is not None
    )


def _on_server(reader: Reader) -> dict[str, int]:
    with faults(reader.location):
        names = [str(model._meta.table_name) for model in ALL_MODELS]
        names += [name for name in reader.database.get_tables() if name.startswith(METRIC_PREFIX)]
        return {name: int(reader.rows(_count(name))[0][0]) for name in names}


def _count(table: str) -> peewee.Select:
    return peewee.Table(table).select(peewee.fn.COUNT(peewee.SQL("*")))


def _title(table: str) -> str:
    """Of an extension's table, whose own words only the monitor knows: "Image votes"."""
    return table.removeprefix(METRIC_PREFIX).replace("_", " ").capitalize()
