"""What is known of an export before it is made."""

from __future__ import annotations

from dataclasses import replace

from core.export.source import LOCK_TIMEOUT
from core.storage.location import Location
from core.storage.reader import reading
from core.tables.definitions import Order, TableQuery
from core.tables.paging.pager import Pager
from core.tables.paging.pages import Extent
from core.tasks import Progress, Task


def extent_of(location: Location, query: TableQuery) -> Task[Extent]:
    """How many rows match, counted where they are not very many: sorting is left to the export."""
    with reading(location, timeout=LOCK_TIMEOUT) as reader:
        pager = Pager(reader, replace(query, order=Order()))
        yield from pager.prepare()
        extent, matches = pager.extent(), pager.matches()
        if matches is None:
            return extent
        while not matches.whole:
            matches.step()
            yield Progress(matches.share, "")
        return replace(extent, rows=matches.found, exact=True)
