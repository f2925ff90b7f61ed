"""Events that their table refuses: kept in a file beside the store, so that they are neither lost nor in the way.

Nobody writes them again by themselves. Once the table takes them, the file becomes a spool by its name.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from core.errors import BotpulseError
from core.storage.location import Location
from core.tracking.insertion import Refusals
from core.tracking.records import EventRow
from core.tracking.spool import Spool, make_spool
from core.tracking.spool_places import REFUSED

log = logging.getLogger(__name__)

_MOST: Final = 10_000
"""Events that a process keeps: a table that refuses all must not fill the disk."""


class RefusedEvents:
    """The file of one writer, made with the first event that is refused. Used by one thread."""

    def __init__(self, location: Location) -> None:
        """Nothing is made yet."""
        self._location = location
        self._file: Spool | None = None
        self._number = 0

    def keep(self, refusals: Refusals) -> None:
        """Bring what a batch lacks to the disk; called before the batch is committed."""
        new = refusals.records[: _MOST - self._number]
        refusals.kept = self._append(new) if new else 0
        self._number += refusals.kept

    def tell(self, refusals: Refusals) -> None:
        """The batch is committed: log what was refused, a line for each table and reason."""
        for (table, why), number in refusals.told.items():
            log.error("%s: %s refused %d events: %s", self._location, table, number, why)
        if refusals:
            where = f" in {self._file.path}" if self._file is not None else ""
            log.error("%s: %d of %d refused events are kept%s", self._location, refusals.kept, len(refusals), where)

    def _append(self, records: Sequence[EventRow]) -> int:
        """How many the disk took."""
        try:
            if self._file is None:
                self._file = make_spool(self._location, REFUSED)
            lost = self._file.append(records)
        except BotpulseError as fault:
            log.debug("%s: refused events can't be kept: %s", self._location, fault)
            return 0
        finally:
            if self._file is not None:
                self._file.close()
        return len(records) - lost
