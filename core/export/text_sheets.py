"""Rows as CSV and JSON, a column at a time: what comes again and again is written out once."""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import tzinfo
from functools import partial
from itertools import repeat
from json.encoder import encode_basestring
from typing import Any, BinaryIO, Final

from core.export.moments import ClockColumn, known, offset_texts, placed
from core.export.separators import COMMAS, Separators
from core.export.sheet import OFFSET, Heading, Memory, as_number, cell_text, listed
from core.text.plain import neutralised, plain

_HARMLESS: Final = re.compile('\\w[^;"\x00-\x1f\ufffe\uffff\ud800-\udfff]*')
"""Most texts: nothing in them has to be looked at twice."""

_SHORT: Final = 10_000
"""Characters: a shorter text fits everywhere."""

EPOCH: Final = "_epoch"
"""Ends the name under which a time stands in epoch seconds, beside the one in words."""

_encoded = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


class CommaSheet:
    """Writes CSV. Texts are quoted, numbers and times are not: so a reader can tell an id from a number.

    A time takes three columns: as the clock showed it, the offset, and exactly, in epoch seconds. With the separators
    of an ``excel`` it begins with a byte order mark, and texts are cut that are too long for a cell: Excel would go on
    with them in the next row.
    """

    def __init__(
        self, file: BinaryIO, headings: Sequence[Heading], zone: tzinfo, excel: Separators | None = None
    ) -> None:
        self._file = file
        self._clock = ClockColumn(zone)
        self._between, self._decimal = (excel or COMMAS).columns, (excel or COMMAS).decimals
        fit = plain if excel is None else cell_text
        self._number = repr if self._decimal == "." else partial(_with_decimal, self._decimal)
        make = partial(_cell, partial(quoted, fit=fit), self._number)
        texts = partial(_quoted_texts, fit)
        self._columns = [
            (each.is_time, CellColumn(partial(quoted, fit=fit), make, "", each.repeats, texts)) for each in headings
        ]
        if excel is not None:
            file.write(codecs.BOM_UTF8)
        self._write_lines([self._between.join(map(quoted, _titles(headings, for_programs=excel is None)))])

    def write_columns(self, columns: Sequence[Sequence[Any]]) -> None:
        """Add rows."""
        cells = list[Iterable[str]]()
        for (is_time, made), column in zip(self._columns, columns, strict=True):
            if is_time:
                cells += self._times(column)
            else:
                cells.append(made.of(column, self._decimal == "."))
        self._write_lines(map(self._between.join, zip(*cells, strict=True)))

    def _times(self, column: Sequence[Any]) -> Iterator[Sequence[str]]:
        moments = known(column)
        offsets = self._clock.offsets(moments)
        yield placed(column, self._clock.local(moments, offsets), "")
        yield placed(column, offset_texts(offsets, '"UTC{}"'), "")
        yield placed(column, list(map(self._number, moments.tolist())), "")

    def _write_lines(self, lines: Iterable[str]) -> None:
        text = "\r\n".join(lines)
        if text:
            self._file.write(f"{text}\r\n".encode("utf-8", "replace"))


class CellColumn:
    """Makes cells of a column's values.

    Args:
        of_text: makes one of a text; what it makes is remembered.
        of_any: makes one of any value.
        nothing: stands for None.
        repeats: as the heading says (:class:`core.export.sheet.Heading`).
        of_texts: makes cells of many texts at once, where that is quicker.
    """

    def __init__(
        self,
        of_text: Callable[[str], str],
        of_any: Callable[[Any], str],
        nothing: str,
        repeats: bool,
        of_texts: Callable[[Sequence[str]], Iterable[str]] | None = None,
    ) -> None:
        self._texts, self._any = Memory(of_text, of_texts), Memory(of_any)
        self._of_any, self._nothing, self._repeats = of_any, nothing, repeats

    def of(self, column: Sequence[Any], plain_numbers: bool = True) -> Iterable[str]:
        """A cell for each value; ``plain_numbers``: whether a number is written as Python does."""
        if self._repeats:
            return self._any.of(column)
        types = set(map(type, column))
        if types == {str}:
            return self._texts.of(column)
        if types == {tuple}:
            return self._any.of(column)
        if types == {int} and plain_numbers:
            return map(repr, column)
        if types == {float} and plain_numbers:
            return [repr(value) if math.isfinite(value) else self._nothing for value in column]
        if types == {type(None)}:
            return repeat(self._nothing, len(column))
        if type(None) in types and len(types) == 2:
            some = iter(self.of([value for value in column if value is not None], plain_numbers))
            return [self._nothing if value is None else next(some) for value in column]
        return map(self._of_any, column)


def _with_decimal(decimal: str, value: Any) -> str:
    return repr(value).replace(".", decimal)


def _cell(of_text: Callable[[str], str], of_number: Callable[[Any], str], value: Any) -> str:
    if isinstance(value, str):
        return of_text(value)
    if isinstance(value, list | tuple):
        return of_text(listed(value))
    number = as_number(value)
    return "" if number is None else of_number(number)


def quoted(text: str, fit: Callable[[str], str] = plain) -> str:
    """A text in quotation marks, harmless in any spreadsheet; ``fit`` leaves out what can't be in it."""
    if len(text) <= _SHORT and _HARMLESS.fullmatch(text):
        return f'"{text}"'
    return '"' + fit(neutralised(plain(text))).replace('"', '""') + '"'


def _quoted_texts(fit: Callable[[str], str], texts: Sequence[str]) -> list[str]:
    """Each of them quoted; that most are harmless is told sooner than by :data:`_HARMLESS`."""
    return [
        f'"{text}"'
        if text.isprintable() and '"' not in text and ";" not in text and text[:1].isalnum() and len(text) <= _SHORT
        else quoted(text, fit)
        for text in texts
    ]


def _titles(headings: Sequence[Heading], *, for_programs: bool) -> Iterator[str]:
    for heading in headings:
        title = heading.english or heading.title if for_programs else heading.title
        yield title
        if heading.is_time:
            yield from (OFFSET, f"{title} (epoch seconds)")


class JsonSheet:
    """Writes JSON, an object a line, or (``listed``) one list of them. Names that come twice are numbered.

    Nothing is neutralised here: a JSON reader knows text from number by its type and runs neither, so a changed text
    would only be a wrong one.
    """

    def __init__(self, file: BinaryIO, headings: Sequence[Heading], zone: tzinfo, *, listed: bool = False) -> None:
        self._file = file
        names = _distinct([heading.key for heading in headings])
        self._columns = [
            (name, heading.is_time, CellColumn(encode_basestring, _json, "null", heading.repeats))
            for name, heading in zip(names, headings, strict=True)
        ]
        self._clock = ClockColumn(zone)
        self._listed = listed
        self._between = "[\n" if listed else ""

    def write_columns(self, columns: Sequence[Sequence[Any]]) -> None:
        """Add rows."""
        found: dict[str, Iterable[str]] = {}
        for (name, is_time, made), column in zip(self._columns, columns, strict=True):
            if is_time:
                moments = known(column)
                found[name] = placed(column, self._clock.iso(moments, self._clock.offsets(moments), '"'), "null")
                found[name + EPOCH] = placed(column, list(map(repr, moments.tolist())), "null")
            else:
                found[name] = made.of(column)
        parts, rows = list[Iterable[str]](), len(columns[0])
        for name, cells in found.items():
            parts += (repeat(f"{', ' if parts else '{'}{encode_basestring(name)}: ", rows), cells)
        self._write_lines(map("".join, zip(*parts, repeat("}", rows), strict=True)))

    def finish(self) -> None:
        """Close the list, if it is one."""
        if self._listed:
            self._file.write(b"[]\n" if self._between == "[\n" else b"\n]\n")

    def _write_lines(self, lines: Iterable[str]) -> None:
        text = (",\n" if self._listed else "\n").join(lines)
        if text:
            end = "" if self._listed else "\n"
            # Half a surrogate pair has no UTF-8; written out with a backslash it is what JSON itself calls it.
            self._file.write(f"{self._between}{text}{end}".encode("utf-8", "backslashreplace"))
            self._between = ",\n" if self._listed else ""


def _json(value: Any) -> str:
    return str(_encoded(as_number(value)))


def _distinct(names: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for name in names:
        number = 1
        while (numbered := name if number == 1 else f"{name} ({number})") in kept:
            number += 1
        kept.append(numbered)
    return kept
