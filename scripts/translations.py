"""Brings the catalogues of ``resources/locale`` up to the sources: ``make translations``.

Messages that are new come without a translation, those that are gone are left out. Numbers and dates are drawn from
Unicode's CLDR. What is missing is named, and is then the exit code. ``translations.py fr`` begins a new language.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from core.text.conventions import FILE, Conventions

ROOT: Final = Path(__file__).resolve().parents[1]
PLACE: Final = ROOT / "resources" / "locale"
PACKAGES: Final = ("core", "gui", "bot_integration")
TEMPLATE: Final = ROOT / "build" / "botpulse.pot"
KEYWORDS: Final = {
    "_": None,
    "gettext": None,
    "marked": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "counted": (2, 3),
}
"""The functions that translate, and which of their arguments are messages; a "c" marks where one is meant."""

_CAPITAL_NOUNS: Final = frozenset({"de", "lb"})
_ALWAYS: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""The date in a compiled catalogue: it changes only where words do."""

_NAMED: Final = 20
"""How many untranslated messages of a language are named: one that was just begun lacks all of them."""

_WIDTH: Final = 110
_HEADER: Final = "# {language} texts of Botpulse. What is meant by the words: docs/translations.md.\n#"
_FIELDS: Final = {"d": "{day}", "MMM": "{month}", "E": "{weekday}", "EEE": "{weekday}", "y": "{year}"}


def extracted() -> Catalog:
    """Every message of the sources, with the files that it is in."""
    catalogue = Catalog(project="botpulse", fuzzy=False, charset="utf-8")
    for path in sources():
        found = extract_from_file("python", path, keywords=KEYWORDS, comment_tags=("Translators:",))
        for _line, message, comments, context in found:
            place = path.relative_to(ROOT).as_posix()
            catalogue.add(message, locations=[(place, 0)], auto_comments=comments, context=context)
    return catalogue


def sources() -> Iterator[Path]:
    """The modules that have messages, in their order."""
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def po_of(language: str) -> Path:
    """What translators edit."""
    return PLACE / language / "LC_MESSAGES" / "botpulse.po"


def read(path: Path, language: str) -> Catalog:
    """A catalogue as it stands in its file."""
    with path.open("rb") as file:
        return read_po(file, locale=language)


def renewed(language: str, messages: Catalog) -> Catalog:
    """A language's catalogue with just the messages that there are; translations of unchanged ones are kept."""
    path = po_of(language)
    before = read(path, language) if path.is_file() else Catalog(locale=language)
    made = Catalog(locale=language, project="botpulse", fuzzy=False, charset="utf-8")
    for message in messages:
        if not message.id:
            continue
        key = message.id if isinstance(message.id, str) else message.id[0]
        known = before.get(key, message.context)
        kept = known.string if known is not None and type(known.id) is type(message.id) and not known.fuzzy else None
        made.add(message.id, kept, message.locations, context=message.context, auto_comments=message.auto_comments)
    return made


def as_po(catalogue: Catalog) -> bytes:
    """The file of a catalogue: by sources, without lines and dates, so that it changes only where words do."""
    language = Locale.parse(catalogue.locale_identifier or "en").english_name
    catalogue.header_comment = _HEADER.format(language=language)
    out = io.BytesIO()
    write_po(out, catalogue, width=_WIDTH, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
    dated = ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team", "Report-Msgid-Bugs-To")
    lines = out.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(tuple(f'"{name}' for name in dated))).encode()


def as_mo(catalogue: Catalog) -> bytes:
    """A catalogue as the program reads it."""
    catalogue.creation_date = catalogue.revision_date = _ALWAYS
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def conventions(language: str) -> Conventions:
    """How numbers and dates are written, from CLDR."""
    locale = Locale.parse(language)
    symbols = locale.number_symbols["latn"]
    months, days = locale.months["format"]["abbreviated"], locale.days["format"]["abbreviated"]
    return Conventions(
        decimal=symbols["decimal"],
        group=symbols["group"],
        right_to_left=locale.character_order == "right-to-left",
        capital_nouns=locale.language in _CAPITAL_NOUNS,
        months=tuple(months[number] for number in range(1, 13)),
        weekdays=tuple(days[number] for number in range(7)),
        month_day=_pattern(locale, "MMMd"),
        weekday_month_day=_pattern(locale, "MMMEd"),
        month_day_year=_pattern(locale, "yMMMd"),
    )


def _pattern(locale: Locale, skeleton: str) -> str:
    """``d. MMM`` as ``{day}. {month}``, the two held together."""
    parts: str = locale.datetime_skeletons[skeleton].format % {name: _FIELDS.get(name, name) for name in _FIELDS}
    return parts.replace("{day}. {month}", "{day}.\N{NO-BREAK SPACE}{month}").replace(
        "{day} {month}", "{day}\N{NO-BREAK SPACE}{month}"
    )


def as_json(found: Conventions) -> bytes:
    """The file of a language's conventions."""
    return (json.dumps(found._asdict(), ensure_ascii=False, indent=2) + "\n").encode()


def missing(catalogue: Catalog) -> list[str]:
    """The messages that have no translation, or not one for each form."""
    untold = []
    for message in catalogue:
        forms = message.string if isinstance(message.string, list | tuple) else (message.string,)
        if message.id and not all(forms):
            untold.append(message.id if isinstance(message.id, str) else message.id[0])
    return untold


def renew(language: str, messages: Catalog) -> list[str]:
    """Write a language's files; returns what has no translation."""
    catalogue = renewed(language, messages)
    path = po_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_po(catalogue))
    path.with_suffix(".mo").write_bytes(as_mo(read(path, language)))
    (PLACE / language / FILE).write_bytes(as_json(conventions(language)))
    return missing(catalogue)


def main(arguments: Sequence[str]) -> int:
    """Renew every language that there is, or the ones that are named; 1 where a translation is missing."""
    messages = extracted()
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(as_po(messages))
    languages = list(arguments) or sorted(path.parents[1].name for path in PLACE.glob("*/LC_MESSAGES/*.po"))
    untold = {language: renew(language, messages) for language in languages}
    for language, texts in untold.items():
        for text in texts[:_NAMED]:
            print(f"{language}: {text}")
        if len(texts) > _NAMED:
            print(f"{language}: … and {len(texts) - _NAMED:,} more, in {po_of(language)}")
    lacking = sum(map(len, untold.values()))
    print(f"{len(messages)} messages; {lacking} without a translation")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
