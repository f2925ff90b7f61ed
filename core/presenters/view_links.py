"""What is looked at, as a link: page, range, filter and comparison, and nothing else.

``botpulse://view?page=commands&range=7d&filter=user%3A4821&compare=week``; a range from a moment to another is an
interval of ISO 8601 in UTC. A link can only be looked at: it names no file, and does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from core.filters import EVERYTHING, Field, Filter
from core.statistics.comparison import NO_COMPARISON, OtherTime
from core.tables.filter_language.by_name import names_in
from core.tables.filter_language.parsing import parse
from core.tables.filter_language.wording import in_words
from core.text.formatting import one_line
from core.text.translation import gettext as _
from core.text.typed_ranges import choice_of
from core.time_ranges import CHOICES, RangeChoice, TimeRange, local_time

SCHEME: Final = "botpulse"
LONGEST: Final = 4_000
"""Characters of a link."""

_HOST: Final = "view"
_UTC: Final = ZoneInfo("UTC")
_CUSTOM: Final = CHOICES["custom"]
_PARTS: Final = ("page", "range", "filter", "compare")
_LONGEST_QUOTE: Final = 60
_YEARS: Final = range(2000, 2100)
_FIRST: Final = 946_684_800.0
"""Epoch seconds: when 2000 began. What is earlier was meant from now, which is another moment for everybody."""


class LinkNotUnderstood(Exception):
    """A text that is no link of ours, or one of something that there is not; its own text says what."""


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at.

    Attributes:
        page: its key; choice: the range; span: that of a custom one, in epoch seconds.
        chosen: what the pages are filtered by; comparison: what the range is compared with.
    """

    page: str
    choice: RangeChoice
    span: TimeRange | None = None
    chosen: Filter = EVERYTHING
    comparison: OtherTime = NO_COMPARISON


def link_of(view: View) -> str:
    """The link that :func:`view_of` understands as the same view, of a span to the second."""
    parts = {"page": view.page, "range": view.choice.key if view.span is None else _interval(view.span)}
    if view.chosen:
        parts["filter"] = in_words(view.chosen, _UTC)
    if view.comparison:
        parts["compare"] = view.comparison.text
    return f"{SCHEME}://{_HOST}?{urlencode(parts, quote_via=quote, errors='surrogatepass')}"


def is_link(text: str) -> bool:
    """Whether a text is meant as a link."""
    return text.strip().casefold().startswith(f"{SCHEME}:")


def view_of(link: str) -> View:
    """What a link is of. Whether there is such a page is the window's to know.

    Raises:
        LinkNotUnderstood: it is no link of ours, too long, or of a range, filter or comparison that there is not.
    """
    link = link.strip()
    if len(link) > LONGEST:
        raise LinkNotUnderstood(_("The link is too long."))
    parts = _parts(link)
    choice, span = _range(parts.get("range", "24h"))
    return View(_page(parts.get("page", "")), choice, span, _filter(parts.get("filter", "")), _comparison(parts))


def _parts(link: str) -> dict[str, str]:
    try:
        split = urlsplit(link)
        found = parse_qs(split.query, keep_blank_values=True, strict_parsing=bool(split.query), errors="strict")
    except ValueError as error:
        raise LinkNotUnderstood(_not_ours(link)) from error
    if split.scheme != SCHEME or split.netloc.casefold() != _HOST or split.path not in ("", "/") or split.fragment:
        raise LinkNotUnderstood(_not_ours(link))
    if any(len(values) > 1 for values in found.values()) or not found.keys() <= set(_PARTS):
        raise LinkNotUnderstood(_not_ours(link))
    return {name: value for name, (value,) in found.items()}


def _not_ours(link: str) -> str:
    return _("“{link}” is no link to a view of Botpulse.").format(link=one_line(link, _LONGEST_QUOTE))


def _page(key: str) -> str:
    if not key:
        raise LinkNotUnderstood(_("The link names no page."))
    return key


def _range(text: str) -> tuple[RangeChoice, TimeRange | None]:
    choice = choice_of(text)
    if choice is not None and choice is not _CUSTOM:
        return choice, None
    try:
        start, end = (datetime.fromisoformat(part) for part in text.split("/"))
        span = TimeRange(start.timestamp(), end.timestamp())
    except (ValueError, OverflowError, OSError):
        span = None
    if span is None or start.tzinfo is None or end.tzinfo is None or not span.start < span.end:
        raise LinkNotUnderstood(_("“{text}” is no time range.").format(text=one_line(text, _LONGEST_QUOTE)))
    if start.year not in _YEARS or end.year not in _YEARS:
        raise LinkNotUnderstood(_("“{text}” is no time range.").format(text=one_line(text, _LONGEST_QUOTE)))
    return _CUSTOM, span


def _interval(span: TimeRange) -> str:
    return "/".join(local_time(moment, _UTC).isoformat(timespec="seconds") for moment in (span.start, span.end))


def _filter(text: str) -> Filter:
    parsed = parse(text, _UTC, 0.0)
    if parsed.problems:
        raise LinkNotUnderstood(parsed.problems[0].message)
    for term in parsed.filter.terms:
        if term.field in (Field.AFTER, Field.BEFORE) and float(term.value) < _FIRST:
            raise LinkNotUnderstood(_("A link has whole dates and times, with their years."))
    if any(names_in(parsed)):
        raise LinkNotUnderstood(_("A link names users, servers and channels by their ids."))
    return parsed.filter


def _comparison(parts: dict[str, str]) -> OtherTime:
    text = parts.get("compare", "")
    try:
        return OtherTime.from_text(text)
    except ValueError:
        raise LinkNotUnderstood(
            _("“{text}” is nothing that a range is compared with.").format(text=one_line(text, _LONGEST_QUOTE))
        ) from None
