"""Who opted out of a store. Ids are kept as keyed digests only; a salt is random, and the store's own.

The digest keeps ids from being read, not from being asked for: who has the file can test an id that they know.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Self

import peewee

from core.errors import BotpulseError
from core.models import OptOut
from core.storage.database import faults, writing, writing_at_once
from core.storage.location import Location
from core.storage.own_tables import is_own
from core.storage.reader import bots_own
from core.text.translation import gettext as _

_SALT_BYTES: Final = 16
_DIGEST_BYTES: Final = 16
_LONGEST_KEY: Final = 64
"""Bytes that blake2b takes."""


class OptOutsTaken(BotpulseError):
    """The host has a table of the name that opt-outs are kept under."""

    title = _("Opt-outs can't be kept here")
    what_happened = _("The database has a table opt_outs that is not Botpulse's.")
    what_is_safe = _("Nothing was changed.")
    what_to_do = _("Whoever runs the bot can rename that table and start the bot again.")


@dataclass(frozen=True, slots=True)
class OptOuts:
    """The opt-outs of a store as they were read.

    Attributes:
        salts: mostly one; more where two processes made the first opt-out at once, or stores were joined.
        digests: of all who opted out.
    """

    salts: frozenset[str] = frozenset()
    digests: frozenset[str] = frozenset()

    @classmethod
    def of_rows(cls, rows: Iterable[Iterable[Any]]) -> Self:
        """From pairs of a digest and its salt; what is no text is nobody's."""
        pairs = [(digest, salt) for digest, salt in rows if isinstance(digest, str) and isinstance(salt, str)]
        return cls(frozenset(salt for _d, salt in pairs), frozenset(digest for digest, _s in pairs))

    def __contains__(self, user: str) -> bool:
        """Whether this user opted out."""
        return any(digest_of(user, salt) in self.digests for salt in self.salts)


def digest_of(user: str, salt: str) -> str:
    """What stands for an id in a store, in hexadecimal."""
    key = salt.encode(errors="surrogatepass")[:_LONGEST_KEY]
    return hashlib.blake2b(user.encode(errors="surrogatepass"), key=key, digest_size=_DIGEST_BYTES).hexdigest()


def read_opt_outs(database: peewee.Database) -> OptOuts:
    """All of a store. Raises what the driver raises where its table can't be read."""
    return OptOuts.of_rows(database.execute(OptOut.select(OptOut.digest, OptOut.salt)).fetchall())


def opt_outs_of(location: Location) -> OptOuts:
    """All of a store; none where it is older than opt-outs.

    Raises:
        BotpulseError: it can't be read.
    """
    with bots_own(location) as reader, faults(location):
        return read_opt_outs(reader.database)


def add_opt_out(location: Location, user: str) -> None:
    """Remember that a user opted out; durable on return.

    Raises:
        OptOutsTaken: there is no table for it.
        BotpulseError: the store can't be written; then nothing has changed.
    """
    with writing(location) as database:
        _require(database, location)
        with writing_at_once(database):
            known = read_opt_outs(database)
            if user not in known:
                salt = min(known.salts, default="") or secrets.token_hex(_SALT_BYTES)
                row = {OptOut.digest: digest_of(user, salt), OptOut.salt: salt}
                OptOut.insert(row).on_conflict_ignore().execute(database)


def remove_opt_out(location: Location, user: str) -> None:
    """Forget that a user opted out.

    Raises:
        OptOutsTaken: there is no table for it.
        BotpulseError: the store can't be written; then nothing has changed.
    """
    with writing(location) as database:
        _require(database, location)
        with writing_at_once(database):
            digests = [digest_of(user, salt) for salt in read_opt_outs(database).salts]
            OptOut.delete().where(OptOut.digest.in_(digests)).execute(database)


def _require(database: peewee.Database, location: Location) -> None:
    if not is_own(database, OptOut):
        raise OptOutsTaken(str(location))
