"""A filter as text: for the filter box, where it must be read as the same filter, and for a chip, short."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from core.filters import DIRECT_MESSAGES, ENDING, FAILED, SUCCEEDED, VIDEO, Field, Filter, Term
from core.models import Outcome
from core.tables.filter_language.moments import duration_in_words, moment_in_words
from core.tables.filter_language.parsing import parse
from core.tables.filter_language.tokens import is_shown, quote
from core.tables.filter_language.vocabulary import DIRECT, WORDS
from core.text.dates import dated, month_day
from core.text.formatting import NO_BREAK, SECONDS, one_line, seconds, short_id, written
from core.text.names import NAMES
from core.text.translation import gettext as _
from core.text.translation import pgettext
from core.time_ranges import local_time

_UTC: Final = ZoneInfo("UTC")
_CHIP_LENGTH: Final = 32


def in_words(chosen: Filter, zone: ZoneInfo) -> str:
    """The text that :func:`parse` reads as the same filter, whatever the values are.

    It is read whole if it is within the lengths that ``parse`` looks at, and times in the zone they are written for.
    """
    return " ".join(item_of(term, zone) for term in chosen.terms)


def item_of(term: Term, zone: ZoneInfo = _UTC) -> str:
    """One term as an item of the filter box, in quotation marks only where it needs them."""
    start = ("-" if term.excluded else "") + WORDS.get(term.field, "")
    if isinstance(term.value, float):
        is_time = term.field in (Field.AFTER, Field.BEFORE)
        return start + (moment_in_words(term.value, zone) if is_time else duration_in_words(term.value))
    if term.field is Field.OUTCOME:
        return ("-" if term.excluded else "") + term.value
    if term.field is Field.GUILD and term.value == DIRECT_MESSAGES:
        return start + DIRECT[0]
    bare = start + term.value
    understood = is_shown(bare) and parse(bare, _UTC, 0.0)
    return bare if understood and understood.filter.terms == (term,) else start + quote(term.value)


def chip(term: Term, zone: ZoneInfo, now: float | None = None) -> str:
    """A term in a few words: "command comfy", "not user Anna", "slower than 30 s", "after 24 Nov 14:30".

    The year is left out where it is that of ``now`` (epoch seconds; the clock's by default).
    """
    if isinstance(term.value, float):
        words = _limit(term.field, term.value, zone, time.time() if now is None else now)
    else:
        words = _CHIPS.get(term.field, _named(str(term.field)))(term.value)
    return _("not {words}").format(words=words) if term.excluded else words


def _limit(field: Field, value: float, zone: ZoneInfo, now: float) -> str:
    if field in (Field.AFTER, Field.BEFORE):
        after = field is Field.AFTER
        return (_("after {moment}") if after else _("before {moment}")).format(moment=_moment(value, zone, now))
    slower = field is Field.SLOWER
    return (_("slower than {time}") if slower else _("faster than {time}")).format(time=_duration(value))


def _duration(value: float) -> str:
    """Short ones as exactly as they were typed: a limit is no measurement."""
    return f"{written(value, '.4g')}{NO_BREAK}{SECONDS}" if 0.1 <= value < 100 or value <= 0 else seconds(value)


def _moment(when: float, zone: ZoneInfo, now: float) -> str:
    try:
        local, year = local_time(when, zone), local_time(now, zone).year
    except (ValueError, OverflowError):
        return moment_in_words(when, zone)
    day = month_day(local) if local.year == year else dated(local)
    return f"{day.replace(NO_BREAK, ' ')}{_clock(local)}"


def _clock(local: datetime) -> str:
    """Nothing at midnight; seconds only where there are some."""
    text = local.strftime(" %H:%M:%S").removesuffix(":00")
    return "" if text == " 00:00" else text


_NOTHING: Final = _("(empty)")


def _named(name: str) -> Callable[[str], str]:
    return lambda value: f"{name} {one_line(value, _CHIP_LENGTH) or _NOTHING}"


def _id_of(field: Field, noun: str) -> Callable[[str], str]:
    """By its name where one is known: the end of an id that was typed is no whole id, and names nobody."""
    return lambda value: f"{noun} {_label(field, value)}" if value else f"{noun} {_NOTHING}"


def _label(field: Field, value: str) -> str:
    return short_id(value) if value.startswith(ENDING) else NAMES.label(str(field), value, _CHIP_LENGTH)


KIND_WORDS: Final = {
    Outcome.ERROR.value: _("errors"),
    Outcome.REFUSED.value: _("refusals"),
    Outcome.CANCELLED.value: pgettext("failures", "cancelled"),
}
"""The kinds of failures in words, as many of them."""

_CHIPS: Final[dict[Field, Callable[[str], str]]] = {
    Field.USER: _id_of(Field.USER, _("user")),
    Field.GUILD: lambda value: (
        _("direct messages") if value == DIRECT_MESSAGES else _id_of(Field.GUILD, _("server"))(value)
    ),
    Field.CHANNEL: _id_of(Field.CHANNEL, _("channel")),
    Field.RESOLUTION: _named(_("resolution")),
    Field.LORA: _named("LoRA"),
    Field.UPSCALE: lambda value: _("upscale {value}×").format(value=one_line(value, _CHIP_LENGTH)),
    Field.OUTCOME: lambda value: _("failed") if value == FAILED else _("succeeded") if value == SUCCEEDED else value,
    Field.KIND: lambda value: _("videos") if value == VIDEO else _("images"),
    Field.ERROR: lambda value: _("cause {value}").format(value=one_line(value, 8) or _NOTHING),
    Field.REASON: lambda value: KIND_WORDS.get(value, one_line(value, _CHIP_LENGTH) or _NOTHING),
    Field.SOURCE: _named(_("failed in")),
    Field.NODE: _named(_("node")),
    Field.MODEL: _named(_("model")),
    Field.SAMPLER: _named(_("sampler")),
    Field.STEPS: lambda value: _("{value} steps").format(value=one_line(value, _CHIP_LENGTH)),
    Field.TEXT: lambda value: f"“{one_line(value, _CHIP_LENGTH)}”",
    Field.ID: _named(_("row")),
}
