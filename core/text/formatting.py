"""Numbers, durations, ages and untrusted text as people read them; one way for window, chart and terminal."""

from __future__ import annotations

import unicodedata
from typing import Final

from core.text.conventions import CONVENTIONS
from core.text.translation import gettext as _
from core.text.translation import ngettext, pgettext

NOTHING: Final = "—"
"""Stands where there is no value."""

MINUS: Final = "\N{MINUS SIGN}"
NO_BREAK: Final = "\N{NO-BREAK SPACE}"

_FEW: Final = 20
"""Of fewer a percentage says nothing."""

_MOST_PERCENT: Final = 1_000
"""More says nothing to anybody."""

# Translators: the units of times: milliseconds, seconds, minutes, hours, days.
MILLISECONDS: Final = pgettext("unit", "ms")
SECONDS: Final = pgettext("unit", "s")
MINUTES: Final = pgettext("unit", "min")
HOURS: Final = pgettext("unit", "h")
DAYS: Final = pgettext("unit", "d")

_AGE_STEPS: Final = ((86_400, DAYS), (3_600, HOURS), (60, MINUTES), (1, SECONDS))


def count(value: int | None) -> str:
    """A whole number with thousands apart: ``48,211``, in German ``48.211``."""
    return NOTHING if value is None else written(value, ",").replace("-", MINUS)


def written(value: float, form: str) -> str:
    """A number by a form as Python's ``format`` knows it (``,.1f``), with the signs of this process' language."""
    return CONVENTIONS.number(format(value, form))


def counted(amount: int, one: str, many: str) -> str:
    """A number of things: of ``{count} row`` and ``{count} rows``, ``1 row``, ``48,211 rows``.

    The forms are messages for translation, so they are written out where this is called.
    """
    return ngettext(one, many, amount).format(count=count(amount))


def within(title: str) -> str:
    """A title as it is written within a sentence: small, but for nouns in German."""
    return title if CONVENTIONS.capital_nouns else title.lower()


def rows_words(amount: int) -> str:
    """``1 row``, ``48,211 rows``."""
    return counted(amount, "{count} row", "{count} rows")


def commands_words(amount: int) -> str:
    """``1 command``, ``36,204 commands``."""
    return counted(amount, "{count} command", "{count} commands")


def images_words(amount: int) -> str:
    """``1 image``, ``9,012 images``."""
    return counted(amount, "{count} image", "{count} images")


def videos_words(amount: int) -> str:
    """``1 video``, ``12 videos``."""
    return counted(amount, "{count} video", "{count} videos")


def users_words(amount: int) -> str:
    """``1 user``, ``1,204 users``."""
    return counted(amount, "{count} user", "{count} users")


def compact(value: float) -> str:
    """A count for an axis: ``950``, ``1.2k``, ``48k``, ``3.1M``."""
    for limit, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit * 0.99995:
            scaled = value / limit
            return CONVENTIONS.number(f"{scaled:.1f}".removesuffix(".0")) + suffix
    return written(value, "g")


def percent(share: float | None, digits: int = 1) -> str:
    """A share from 0 to 1 as ``97.4 %``."""
    return NOTHING if share is None else f"{written(share * 100, f'.{digits}f')}{NO_BREAK}%"


def seconds(value: float | None) -> str:
    """A duration in seconds: ``45 ms``, ``0.4 s``, ``12.8 s``, ``2 min 05 s``, ``1 h 02 min``."""
    if value is None:
        return NOTHING
    if value < 0.0995:
        return f"{value * 1000:.0f}{NO_BREAK}{MILLISECONDS}"
    if value < 99.95:
        return f"{written(value, '.1f')}{NO_BREAK}{SECONDS}"
    whole = round(value)
    if whole < 3_600:
        return f"{whole // 60}{NO_BREAK}{MINUTES}{NO_BREAK}{whole % 60:02d}{NO_BREAK}{SECONDS}"
    return f"{whole // 3_600}{NO_BREAK}{HOURS}{NO_BREAK}{whole % 3_600 // 60:02d}{NO_BREAK}{MINUTES}"


def age(elapsed: float) -> str:
    """How long something lasted or lies back, in its two largest units: ``2 s``, ``12 min``, ``3 d 4 h``."""
    left = max(0, int(elapsed))
    parts: list[str] = []
    for size, unit in _AGE_STEPS:
        amount, left = divmod(left, size)
        if amount:
            parts.append(f"{amount}{NO_BREAK}{unit}")
        elif parts:
            break
    minutes_matter = len(parts) > 1 and not parts[0].endswith(MINUTES)
    return " ".join(parts[:2] if minutes_matter else parts[:1]) or f"0{NO_BREAK}{SECONDS}"


def ago(elapsed: float) -> str:
    """``2 s ago``, ``12 min ago``."""
    return _("{age} ago").format(age=age(elapsed))


def change(current: float, previous: float) -> str | None:
    """Relative change: ``+12 %``, ``±0 %``, ``×12`` above 1,000 %; None where the previous value is zero."""
    if not previous:
        return None
    share = (current - previous) / previous * 100
    if round(share) > _MOST_PERCENT:
        return f"×{count(round(current / previous))}"
    return signed(round(share), f"{NO_BREAK}%")


def differs(now: float, before: float, *, counted: bool) -> str:
    """How a number differs from that of another time: ``+20 %``; of few that are ``counted``, by how many: ``+3``."""
    few = counted and min(now, before) < _FEW
    return signed(round(now) - round(before)) if few else change(now, before) or ""


def signed(value: float, unit: str = "", digits: int = 0) -> str:
    """A difference with its sign: ``+4``, ``−0.6 pt``, ``±0``."""
    form = f",.{digits}f"
    if not float(format(abs(value), form).replace(",", "")):
        return f"±0{unit}"
    return f"{'+' if value > 0 else MINUS}{written(abs(value), form)}{unit}"


def size(byte_size: int) -> str:
    """A file's size in decimal units: ``312 B``, ``31.4 MB``."""
    value = float(byte_size)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.95:
            return f"{value:.0f}{NO_BREAK}{unit}" if unit == "B" else f"{written(value, '.1f')}{NO_BREAK}{unit}"
        value /= 1000
    return f"{written(value, '.1f')}{NO_BREAK}TB"


def one_line(text: str, limit: int = 200) -> str:
    """Untrusted text made fit for one line: controls and bidirectional overrides gone, spaces folded, cut at ``limit``.

    Only the first ``4 × limit`` characters are looked at: a 200 KB prompt costs no more than a short one.
    """
    if len(text) <= limit and text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = (" " if unicodedata.category(c) in _BLANK else c for c in text[: 4 * limit] if c not in _OVERRIDES)
    folded = " ".join("".join(kept).split())
    return folded if len(folded) <= limit else folded[: limit - 1].rstrip() + "…"


def short_id(snowflake: str) -> str:
    """The last four characters of a Discord id: ``…4821``; short ids stay as they are."""
    text = one_line(snowflake, 24)
    return text if len(text) <= 6 else f"…{text[-4:]}"


_BLANK: Final = frozenset({"Cc", "Zl", "Zp", "Cs"})
_OVERRIDES: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
