"""What sub-commands that look at rows are asked in the same words: a zone, a range, a filter."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tzlocal

from core.filters import Filter
from core.tables.filter_language.parsing import Parsed, parse
from core.text.translation import gettext as _
from core.text.typed_ranges import RangeNotUnderstood, TypedRange, range_of


class NoMeaning(Exception):
    """Something that was asked for has no meaning; the text says what, and what would have."""


def zone_of(name: str | None) -> ZoneInfo:
    """The zone with this name; this machine's without one.

    Raises:
        NoMeaning: there is none.
    """
    try:
        return ZoneInfo(name or tzlocal.get_localzone_name())
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise NoMeaning(
            _("There is no time zone {name}. One is named as in Europe/Berlin.").format(name=f"{name!r}")
        ) from error


def range_asked(text: str, zone: ZoneInfo, now: float) -> TypedRange:
    """What ``--range`` asks for; ``now`` is in epoch seconds.

    Raises:
        NoMeaning: it is no range.
    """
    try:
        return range_of(text, zone, now)
    except RangeNotUnderstood as error:
        raise NoMeaning(_("--range: {error}").format(error=error)) from error


def filter_of(text: str, zone: ZoneInfo, now: float) -> Filter:
    """What ``--filter`` lets through.

    Raises:
        NoMeaning: a part of it is not understood; the text marks it.
    """
    parsed = parse(text, zone, now)
    if parsed.problems:
        raise NoMeaning(_marked(text, parsed))
    return parsed.filter


def _marked(text: str, parsed: Parsed) -> str:
    """The filter's text with a mark under each part that is not understood."""
    lines = [_("The filter is not understood:")]
    for problem in parsed.problems:
        before, part = _shown(text[: problem.start]), _shown(text[problem.start : problem.end])
        lines += [f"  {_shown(text)}", f"  {' ' * len(before)}{'^' * max(len(part), 1)}", f"  {problem.message}"]
    return "\n".join(lines)


def _shown(text: str) -> str:
    """Text of one line, character for character."""
    return "".join(char if char.isprintable() else " " for char in text)
