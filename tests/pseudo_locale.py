"""A language that nobody speaks: each message accented, longer, in brackets; so what is not translated shows."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.catalog import Catalog

from core.text.conventions import ENGLISH, FILE
from scripts import translations

LANGUAGE = "eo"
"""The name of it: one that has no catalogue of its own, and two forms of plurals."""

LONGER = 0.4

_KEPT = re.compile(r"\{\w*\}|%\(\w+\)s|&.|<t:|:T>|\s+$|^\s+|\*\*")
_SIX = re.compile("~{6}")
"""Words that are added have six letters: lines can be broken between them."""

_ACCENTED = str.maketrans("aeiouyAEIOUYcnsz", "áéíóúýÁÉÍÓÚÝčñšž")


def pseudo(message: str) -> str:
    """``Back up {rows}`` as ``[Báčk úp {rows}~~~~]``: places for values, mnemonics and blanks at the ends are kept."""
    before, text, after = re.fullmatch(r"(\s*)(.*?)(\s*)", message, re.DOTALL).groups()  # type: ignore[union-attr]
    parts, end = [], 0
    for kept in _KEPT.finditer(text):
        parts += [text[end : kept.start()].translate(_ACCENTED), kept[0]]
        end = kept.end()
    parts.append(text[end:].translate(_ACCENTED))
    letters = sum(letter.isalpha() for letter in re.sub(r"\{\w*\}", "", text))
    padding = _SIX.sub(r"\g<0> ", "~" * round(LONGER * letters)).rstrip()
    return f"{before}[{''.join(parts)}{padding}]{after}"


def make(folder: Path, *, right_to_left: bool = False) -> Path:
    """Write the catalogue and the conventions of the language into a folder, and return it."""
    made = Catalog(locale=LANGUAGE, fuzzy=False, charset="utf-8")
    for message in translations.extracted():
        if message.id:
            whole = isinstance(message.id, str)
            text = pseudo(message.id) if whole else tuple(pseudo(form) for form in message.id)
            made.add(message.id, text, context=message.context)
    place = folder / LANGUAGE / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "botpulse.mo").write_bytes(translations.as_mo(made))
    months = tuple(pseudo(month) for month in ENGLISH.months)
    weekdays = tuple(pseudo(day) for day in ENGLISH.weekdays)
    found = ENGLISH._replace(right_to_left=right_to_left, months=months, weekdays=weekdays)
    (folder / LANGUAGE / FILE).write_bytes(translations.as_json(found))
    return folder
