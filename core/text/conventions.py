"""How numbers and dates are written in the language of this process.

English ones stand here; those of other languages lie beside their catalogue, drawn from Unicode's CLDR by
``make translations``, so that nothing has to be loaded for them but one small file.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from core.text.translation import LANGUAGE, SOURCE, folder, tell_unread

FILE: Final = "conventions.json"
"""The name of the file in a language's folder."""


class Conventions(NamedTuple):
    """The signs, names and orders of a language.

    Attributes:
        decimal: before the fraction of a number.
        group: between thousands.
        right_to_left: whether it is written so, and windows begin on the right.
        capital_nouns: whether nouns are written large within a sentence, too.
        months, weekdays: short names, January and Monday first, as they stand within a date.
        month_day, weekday_month_day, month_day_year: dates, with ``{weekday}``, ``{day}``, ``{month}``, ``{year}``.
    """

    decimal: str
    group: str
    right_to_left: bool
    capital_nouns: bool
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    month_day: str
    weekday_month_day: str
    month_day_year: str

    def number(self, english: str) -> str:
        """A number that Python wrote (``1,234.5``) with the signs of this language."""
        if self.decimal == "." and self.group == ",":
            return english
        return english.translate({ord(","): self.group, ord("."): self.decimal})


ENGLISH: Final = Conventions(
    decimal=".",
    group=",",
    right_to_left=False,
    capital_nouns=False,
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    month_day="{day}\N{NO-BREAK SPACE}{month}",
    weekday_month_day="{weekday} {day}\N{NO-BREAK SPACE}{month}",
    month_day_year="{day}\N{NO-BREAK SPACE}{month} {year}",
)


def conventions_of(language: str) -> Conventions:
    """The conventions of a language that there is a catalogue for; English ones where its file can't be used."""
    if language == SOURCE:
        return ENGLISH
    import json  # English needs none

    path = folder() / language / FILE
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        values: dict[str, Any] = {name: found[name] for name in Conventions._fields}
        return Conventions(**values | {name: tuple(values[name]) for name in ("months", "weekdays")})
    except (OSError, ValueError, LookupError, TypeError) as error:
        tell_unread(path, error)
        return ENGLISH


CONVENTIONS: Final = conventions_of(LANGUAGE)
"""Those of this process."""
