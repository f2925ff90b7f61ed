"""What a cell says of a value: in the table, in its tool tip, in the details and in what is copied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.filters import IMAGE, VIDEO
from core.storage.values import ID_KINDS, Kind
from core.tables.definitions import Column
from core.text import formatting
from core.text.dates import month_day
from core.text.formatting import NOTHING, one_line
from core.text.masking import masked_value
from core.text.names import NAMES
from core.text.translation import gettext as _
from core.text.translation import pgettext
from core.time_ranges import local_time

LONGEST_CELL: Final = 300
"""Characters of a text that a cell may show: more has no room on any screen."""

NUMERIC: Final = frozenset({Kind.SECONDS, Kind.COUNT, Kind.NUMBER})
"""Kinds that stand at the right of their column."""

QUIET: Final = frozenset({Kind.TIME, Kind.ID, Kind.USER, Kind.GUILD, Kind.CHANNEL})
"""Kinds that are read second."""

_UTC: Final = ZoneInfo("UTC")

DIRECT: Final = _("direct")
"""Stands where a command was run in no server."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How values become words.

    Attributes:
        zone: whose clock the times are of.
        today: which day needs no date.
        masked: whether prompts (and the details of an activity) are hidden.
        direct: whether rows without a server came from direct messages (else the server is just not known).
        names: the version of the names that are known (:data:`core.text.names.NAMES`): with others all is said anew.
    """

    zone: ZoneInfo = _UTC
    today: date = date.min
    masked: bool = False
    direct: bool = False
    names: int = 0

    def short(self, column: Column, value: Any) -> str:
        """What the cell shows: one line."""
        if value is None:
            return DIRECT if column.kind is Kind.GUILD and self.direct else NOTHING
        value = self.shown(column, value)
        make = _SHORT.get(column.kind)
        return (one_line(str(value), LONGEST_CELL) if make is None else make(self, value)) or NOTHING

    def whole(self, column: Column, value: Any) -> str:
        """The value without loss: whole ids, times with their zone, all of a text."""
        if value is None:
            return self.short(column, value)
        value = self.shown(column, value)
        make = _WHOLE.get(column.kind)
        return str(value) if make is None else make(self, value)

    def shown(self, column: Column, value: Any) -> Any:
        """A value as it may be shown or copied."""
        return masked_value(column.key, value) if self.masked else value

    def clock(self, moment: float) -> str:
        """``20:41:07``, with the date where that is another day than today; of another year without seconds."""
        local = _local(moment, self.zone)
        if local is None:
            return NOTHING
        if local.date() == self.today:
            return f"{local:%H:%M:%S}"
        return f"{month_day(local)} {local:%H:%M:%S}" if local.year == self.today.year else f"{local:%Y-%m-%d %H:%M}"

    def moment(self, moment: float) -> str:
        """``2026-11-24 20:41:07 CET``."""
        local = _local(moment, self.zone)
        return NOTHING if local is None else f"{local:%Y-%m-%d %H:%M:%S %Z}"


def _local(moment: float, zone: ZoneInfo) -> datetime | None:
    try:
        return local_time(moment, zone)
    except (OverflowError, ValueError):
        return None


def _loras(_wording: Wording, value: Any) -> str:
    return one_line(", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value), LONGEST_CELL)


def _label(kind: str, _wording: Wording, value: Any) -> str:
    return NAMES.label(kind, str(value))


def _in_full(kind: str, _wording: Wording, value: Any) -> str:
    """With the name before it; an id that has none is what it is, however long."""
    known = NAMES.masked or NAMES.own_name(kind, str(value))
    return NAMES.in_full(kind, str(value)) if known else str(value)


def _number(value: Any) -> str:
    return formatting.count(value) if isinstance(value, int) else formatting.written(value, ",.1f")


_Make = Callable[[Wording, Any], str]

_OUTCOMES: Final = {True: _("succeeded"), False: _("failed")}

_MEDIA: Final = {IMAGE: pgettext("media", "image"), VIDEO: pgettext("media", "video")}

_SHORT: Final[dict[Kind, _Make]] = {
    Kind.OUTCOME: lambda _wording, value: _OUTCOMES.get(value, str(value)),
    Kind.MEDIA: lambda _wording, value: _MEDIA.get(value, str(value)),
    Kind.TIME: lambda wording, value: wording.clock(value),
    **{kind: partial(_label, str(kind)) for kind in ID_KINDS},
    Kind.SECONDS: lambda _wording, value: formatting.seconds(value),
    Kind.COUNT: lambda _wording, value: formatting.count(value),
    Kind.NUMBER: lambda _wording, value: _number(value),
    Kind.LORAS: _loras,
}

_WHOLE: Final[dict[Kind, _Make]] = {
    Kind.OUTCOME: lambda _wording, value: _OUTCOMES.get(value, str(value)),
    Kind.MEDIA: lambda _wording, value: _MEDIA.get(value, str(value)),
    Kind.TIME: lambda wording, value: wording.moment(value),
    Kind.SECONDS: lambda _wording, value: f"{formatting.written(value, 'g')}{formatting.NO_BREAK}{formatting.SECONDS}",
    Kind.COUNT: lambda _wording, value: formatting.count(value),
    Kind.NUMBER: lambda _wording, value: _number(value),
    **{kind: partial(_in_full, str(kind)) for kind in ID_KINDS},
    Kind.LORAS: lambda _wording, value: "\n".join(map(str, value)) if isinstance(value, tuple | list) else str(value),
}
