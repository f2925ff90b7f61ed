"""The names for the ids in a table's rows: told before the rows, and looked for by what they begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic

from core.storage.names import NameTeller, find_names
from core.storage.reader import Reader
from core.storage.values import ID_KINDS
from core.tables.definitions import TABLES, TableRecord
from core.tables.reading.messages import Named, NamesRequest, NamesResult
from core.text.names import NameKey


class RowNames:
    """Tells the names of the rows of one table's reader.

    Args:
        tell: is handed them, where ``shared`` is None: who tells names for others in this thread, too.
    """

    def __init__(self, tell: Callable[[Named], None], shared: NameTeller | None) -> None:
        self._is_own = shared is None
        self._teller = shared or NameTeller(lambda found: tell(Named(found)))

    def begin(self) -> None:
        """Another database is read."""
        if self._is_own:
            self._teller.forget()

    def show(self, reader: Reader, table: str, records: Iterable[TableRecord]) -> None:
        """These records are about to be told."""
        kinds = [(place, str(each.kind)) for place, each in enumerate(TABLES[table].columns) if each.kind in ID_KINDS]
        if not kinds:
            return
        values = ((kind, record.values[place]) for record in records for place, kind in kinds)
        self._teller.show(reader, [(kind, str(value)) for kind, value in values if value is not None])
        if self._is_own:
            self._teller.follow(reader, monotonic())

    def tell(self, reader: Reader, keys: Iterable[NameKey]) -> None:
        """These ids are about to be told."""
        self._teller.show(reader, keys)

    def find(self, reader: Reader, request: NamesRequest) -> NamesResult:
        """The ids whose names begin as is asked, their names told before."""
        found = find_names(reader, request.kind, request.beginning)
        self._teller.show(reader, [(request.kind, snowflake) for snowflake in found.ids])
        return NamesResult(request.number, request.kind, request.beginning, found.ids, found.recorded)
