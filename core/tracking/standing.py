"""Who opted out of a store, as one writer knows it; every event passes here on its way to the store or to a spool.

``track`` asks nothing: the writer's thread strikes what has gathered. In a file the opt-outs are read in the very
transaction that writes the events, whenever another connection has changed the file; on a server they are read before
the first batch, and every two seconds. Before a spool takes events, a file is asked again if it can be read; else what
was known last counts. A writer that never reached its store goes by a copy of the digests in the user's own data.
Where there is none of those, no bot here has served this store since anybody opted out.
"""

from __future__ import annotations

import json
import logging
import math
import sqlite3
import time
import uuid
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

import peewee

from core.errors import BotpulseError
from core.models import OptOut
from core.storage.database import READ_ONLY
from core.storage.location import Location, sqlite_uri
from core.storage.opt_outs import OptOuts, read_opt_outs
from core.storage.own_tables import is_own
from core.storage.rights import may_write
from core.tracking.records import EventRow, settled
from core.tracking.spool_places import make_private, places
from core.tracking.striking import moment_of, struck, users_of

log = logging.getLogger(__name__)

_SERVER_SECONDS: Final = 2.0
_MOST_ANSWERS: Final = 50_000
_MOST_FORGOTTEN: Final = 1_000
_COPY: Final = ".opt-outs"
_MOST_COPIED_BYTES: Final = 64 << 20


class _KnownOptOuts:
    """Opt-outs, and the answers of late: an id costs a digest once."""

    def __init__(self, opt_outs: OptOuts) -> None:
        self.opt_outs = opt_outs
        self._answers: dict[str, bool] = {}

    def is_out(self, user: str) -> bool:
        answer = self._answers.get(user)
        if answer is None:
            if len(self._answers) >= _MOST_ANSWERS:
                self._answers.clear()
            answer = self._answers[user] = user in self.opt_outs
        return answer


class OptOutStanding:
    """Strikes events of those who opted out, and leaves out those of users who were forgotten.

    ``learn`` and ``refresh`` belong to the thread that has the connection; what they learn is put in place as a whole.
    """

    def __init__(self, location: Location) -> None:
        """Nothing is read before it is needed."""
        self._location = location
        self._known: _KnownOptOuts | None = None
        self._version: object = None
        self._read_at = -math.inf
        self._is_readable = False
        self._forgotten: dict[str, float] = {}

    def learn(self, database: peewee.Database) -> None:
        """Of a connection that was just opened."""
        self._version, self._read_at, self._is_readable = None, -math.inf, False
        try:
            exists = database.table_exists("opt_outs")
            self._is_readable = exists and is_own(database, OptOut)
            self.refresh(database)
        except peewee.ProgrammingError as error:
            self._is_readable = False
            log.warning("%s: nobody's opt-out can be read: %s", self._location, error)

    def refresh(self, database: peewee.Database) -> None:
        """Read them again where they may be others. Called within the transaction of a batch."""
        if not self._is_readable:
            self._take(OptOuts())
            return
        if not isinstance(database, peewee.SqliteDatabase):
            if time.monotonic() >= self._read_at + _SERVER_SECONDS:
                self._take(read_opt_outs(database))
                self._read_at = time.monotonic()
            return
        ((version,),) = database.execute_sql("PRAGMA data_version").fetchall()
        if version != self._version:
            self._take(read_opt_outs(database) if database.table_exists("opt_outs") else OptOuts())
            self._version = version

    def look(self) -> None:
        """Before a spool is written: by the file itself if it can be read, else by what is known, else by the copy."""
        opt_outs = self._of_file()
        if opt_outs is None and self._known is None:
            opt_outs = self._copied()
        if opt_outs is not None:
            self._take(opt_outs)

    def forget(self, user: str, before: float) -> None:
        """Leave out every event of a user that came before a moment (epoch seconds). From any thread."""
        if len(self._forgotten) >= _MOST_FORGOTTEN:
            self._forgotten.pop(next(iter(self._forgotten)), None)
        self._forgotten[user] = before

    def struck(self, records: Sequence[EventRow]) -> list[EventRow]:
        """The events as they are to be kept, in their order: without who opted out, failures without what is secret."""
        known = self._known
        records = [settled(each) for each in records]
        if self._forgotten:
            records = [each for each in records if not self.is_forgotten(each)]
        if known is None or not known.opt_outs.digests:
            return records
        return [kept for each in records if (kept := struck(each, known.is_out)) is not None]

    def is_forgotten(self, record: EventRow) -> bool:
        """Whether an event is of a user who was forgotten since it came."""
        moments = (self._forgotten.get(user, -math.inf) for user in users_of(record))
        return moment_of(record) <= max(moments, default=-math.inf)

    def _take(self, opt_outs: OptOuts) -> None:
        if self._known is not None and self._known.opt_outs == opt_outs:
            return
        is_new = self._known is not None or opt_outs != OptOuts() or self._copy.exists()
        self._known = _KnownOptOuts(opt_outs)
        if is_new:
            self._save(opt_outs)

    def _of_file(self) -> OptOuts | None:
        """None where the file can't be read just now, or has no opt-outs of ours."""
        path = self._location.path
        if path is None or not path.is_file() or not may_write(path):
            return None
        try:
            with closing(sqlite3.connect(sqlite_uri(path, READ_ONLY), uri=True, timeout=0)) as connection:
                return OptOuts.of_rows(connection.execute("SELECT digest, salt FROM opt_outs").fetchall())
        except (sqlite3.Error, OSError):
            return None

    @property
    def _copy(self) -> Path:
        folder, name = places(self._location)[-1]
        return folder / f"{name}{_COPY}"

    def _copied(self) -> OptOuts | None:
        with suppress(OSError, ValueError, TypeError):
            if self._copy.stat().st_size <= _MOST_COPIED_BYTES:
                found: Any = json.loads(self._copy.read_bytes())
                return OptOuts(frozenset(map(str, found["salts"])), frozenset(map(str, found["digests"])))
        return None

    def _save(self, opt_outs: OptOuts) -> None:
        content = {"salts": sorted(opt_outs.salts), "digests": sorted(opt_outs.digests)}
        part = self._copy.with_name(f"{self._copy.name}.{uuid.uuid4().hex[:12]}.part")
        try:
            make_private(part.parent)
            part.write_text(json.dumps(content), encoding="utf-8")
            part.replace(self._copy)
        except (BotpulseError, OSError) as error:
            log.debug("%s: opt-outs have no copy: %s", self._location, error)
