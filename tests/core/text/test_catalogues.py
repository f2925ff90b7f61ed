"""Every message of the sources is translated, with the same places for values, and the catalogues are up to date."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from core.text.conventions import FILE
from scripts import translations

LANGUAGES = sorted(path.parents[1].name for path in translations.PLACE.glob("*/LC_MESSAGES/botpulse.po"))

# What a message may have besides words: places for values, and the letters that open a menu.
_PLACE = re.compile(r"\{(\w*)\}")


@cache
def messages() -> Catalog:
    return translations.extracted()


def translated(language: str) -> Catalog:
    return translations.read(translations.po_of(language), language)


def forms(message: Message) -> tuple[tuple[str, str], ...]:
    """Each form of a message beside its translations; of a plural the last form stands for all that follow."""
    if isinstance(message.id, str):
        return ((message.id, str(message.string)),)
    return tuple((message.id[min(place, 1)], form) for place, form in enumerate(message.string))


def test_there_are_languages_and_messages() -> None:
    assert "de" in LANGUAGES
    assert len(messages()) > 1_500


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated(language: str) -> None:
    known = translated(language)
    missing = [message.id for message in messages() if message.id and known.get(_key(message), message.context) is None]
    gone = [message.id for message in known if message.id and messages().get(_key(message), message.context) is None]
    fuzzy = [message.id for message in known if message.id and message.fuzzy]
    assert (missing, gone, fuzzy, translations.missing(known)) == ([], [], [], [])


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else str(message.id[0])


def test_a_language_that_is_begun_names_some_of_what_it_lacks_and_where_the_rest_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = messages()
    monkeypatch.setattr(translations, "extracted", lambda: found)
    monkeypatch.setattr(translations, "PLACE", tmp_path / "locale")
    monkeypatch.setattr(translations, "TEMPLATE", tmp_path / "build" / "botpulse.pot")
    assert translations.main(["fr"]) == 1
    told = capsys.readouterr().out
    assert len(told.splitlines()) < 60
    assert str(translations.po_of("fr")) in told
    assert f"{len(messages())} without a translation" in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_have_places_for_the_same_values(language: str) -> None:
    wrong = [
        (before, after)
        for message in translated(language)
        if message.id
        for before, after in forms(message)
        if set(_PLACE.findall(before)) != set(_PLACE.findall(after)) and _is_needed(message, before, after)
    ]
    assert wrong == []


def _is_needed(message: Message, before: str, after: str) -> bool:
    """A form of one thing may say it in a word: "the last day"."""
    singular = not isinstance(message.id, str) and before == message.id[0]
    return not (singular and set(_PLACE.findall(before)) - set(_PLACE.findall(after)) == {"count"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_blanks_at_their_ends_and_the_mnemonics(language: str) -> None:
    pairs = [pair for message in translated(language) if message.id for pair in forms(message)]
    ends = [(before, after) for before, after in pairs if _blanks(before) != _blanks(after)]
    letters = [(before, after) for before, after in pairs if before.count("&") != after.count("&")]
    assert (ends, letters) == ([], [])


def _blanks(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip(" "))], text[len(text.rstrip(" ")) :]


@pytest.mark.parametrize("language", LANGUAGES)
def test_files_are_what_the_script_would_write(language: str) -> None:
    path = translations.po_of(language)
    assert path.read_bytes() == translations.as_po(translations.renewed(language, messages()))
    assert path.with_suffix(".mo").read_bytes() == translations.as_mo(translations.read(path, language))
    stored = (translations.PLACE / language / FILE).read_bytes()
    assert stored == translations.as_json(translations.conventions(language))


TRANSLATING = frozenset(translations.KEYWORDS) - {"counted"}


def unreadable(path: Path) -> list[str]:
    """Calls whose message is not written out, so that no translator ever sees it; and uses of ``_`` for a value."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TRANSLATING:
            needed = {"ngettext": 2, "pgettext": 2}.get(node.func.id, 1)
            found += [f"{path}:{node.lineno}" for each in node.args[:needed] if not isinstance(each, ast.Constant)]
        elif isinstance(node, ast.Name) and node.id == "_" and isinstance(node.ctx, ast.Store):
            found.append(f"{path}:{node.lineno} _ is a value")
        elif isinstance(node, ast.JoinedStr):  # Python 3.11 shows an extractor one text, 3.12 all that is in it
            found += [f"{path}:{node.lineno} within an f-string" for each in ast.walk(node) if _translates(each)]
    return found


def _translates(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in translations.KEYWORDS


def test_messages_are_written_out_where_they_are_translated() -> None:
    own = translations.ROOT / "core" / "text" / "formatting.py"  # its ``counted`` is handed messages
    every = [path for path in translations.sources() if path != own]
    translating = [path for path in every if "import gettext as _" in path.read_text(encoding="utf-8")]
    assert len(translating) > 100
    assert [place for path in translating for place in unreadable(path)] == []


def test_messages_that_no_translator_would_see_are_found(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        'from core.text.translation import gettext as _\n_(f"{1} row")\nfor _ in (): ngettext(a, "b", 1)\n'
    )
    assert len(unreadable(module)) == 3
