"""Whose database is this: nobody's, the simulation's, or a real bot's?"""

from __future__ import annotations

import json
from enum import Enum
from math import inf
from pathlib import Path

from peewee import SQL, Model

from core.errors import BotpulseError, DatabaseMissing
from core.models import EVENT_MODELS, ActionType, UserActivity
from core.simulation.lifecycle import MARK
from core.storage.location import Location
from core.storage.reader import Reader, reading


class RealDatabase(BotpulseError):
    """Simulated events were to be mixed into rows that the simulation did not write."""

    title = "This looks like a real bot's database"
    what_happened = "It holds events that the simulation did not write. Made-up events among them can't be told apart."
    what_is_safe = "The database was only looked at, and not changed."
    what_to_do = "Name another file for the simulation, or add --force if you do want both in one."


class Standing(Enum):
    """Whose rows a database holds."""

    EMPTY = "empty"
    SIMULATED = "simulated"
    REAL = "real"


def standing(address: str | Path | Location) -> Standing:
    """Look, without changing anything, whose database it is; one that is not there is empty.

    The simulation's is known by its first start of the bot, which no event of any kind precedes.

    Raises:
        BotpulseError: the database can't be read.
    """
    try:
        with reading(address) as reader:
            return _standing(reader)
    except DatabaseMissing:
        return Standing.EMPTY


def _standing(reader: Reader) -> Standing:
    firsts = [_first_event(reader, model) for model in EVENT_MODELS if model._meta.table_name in reader.tables]
    present = [first for first in firsts if first is not None]
    if not present:
        return Standing.EMPTY
    return Standing.SIMULATED if _first_mark(reader) <= min(present) else Standing.REAL


def _first_event(reader: Reader, model: type[Model]) -> float | None:
    first = model.select(SQL("timestamp")).order_by(model._meta.primary_key).limit(1)
    row = reader.database.execute(first).fetchone()
    if row is None:
        return None
    return row[0] if isinstance(row[0], (int, float)) else -inf


def _first_mark(reader: Reader) -> float:
    """When the simulated bot first started; infinity where the first start is not a simulated one."""
    starts = (
        UserActivity.select(UserActivity.timestamp, UserActivity.details)
        .where(UserActivity.action_type == ActionType.BOT_START)
        .order_by(UserActivity.id)
        .limit(1)
    )
    row = reader.database.execute(starts).fetchone() if "user_activity" in reader.tables else None
    return float(row[0]) if row is not None and _is_mark(row[1]) else inf


def _is_mark(details: object) -> bool:
    try:
        return bool(json.loads(str(details)) == json.loads(MARK))
    except ValueError:
        return False
