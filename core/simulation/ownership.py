"""Whose database is this: nobody's, the simulation's, or a real bot's?"""

from __future__ import annotations

from enum import Enum
from math import inf
from pathlib import Path

from peewee import SQL

from core.errors import BotpulseError, DatabaseMissing
from core.models import EVENT_MODELS, ActionType, UserActivity
from core.simulation.traffic import MARK
from core.storage.location import Location
from core.storage.reader import Reader, reading
from core.text.translation import gettext as _


class RealDatabase(BotpulseError):
    """Simulated events were to be mixed into rows that the simulation did not write."""

    title = _("This looks like a real bot's database")
    what_happened = _(
        "It holds events that the simulation did not write. Made-up events among them can't be told apart."
    )
    what_is_safe = _("The database was only looked at, and not changed.")
    what_to_do = _("Name another file for the simulation, or add --force if you do want both in one.")


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
    models = [model for model in EVENT_MODELS if model._meta.table_name in reader.tables]
    firsts = [model.select(SQL("timestamp")).order_by(model.id).limit(1) for model in models]
    moments = [moment for first in firsts for (moment,) in reader.database.execute(first).fetchall()]
    if not moments:
        return Standing.EMPTY
    if UserActivity not in models:
        return Standing.REAL
    starts = UserActivity.select(UserActivity.timestamp, UserActivity.details)
    starts = starts.where(UserActivity.action_type == ActionType.BOT_START).order_by(UserActivity.id).limit(1)
    begin = min(moment if isinstance(moment, int | float) else -inf for moment in moments)
    marks = reader.database.execute(starts).fetchall()
    return Standing.SIMULATED if any(when <= begin and mark == MARK for when, mark in marks) else Standing.REAL
