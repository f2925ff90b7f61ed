"""What may be meant by the item at the cursor of a filter box."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from core.filters import DIRECT_MESSAGES, ENDING, FAILED, ID_FIELDS, IMAGE, SUCCEEDED, VIDEO, Field, Term
from core.models import FailureSource, Outcome
from core.tables.filter_language.parsing import MOST_CHARACTERS
from core.tables.filter_language.tokens import tokens
from core.tables.filter_language.vocabulary import BY_WORD, DIRECT, LANGUAGE, PREFIXES, WORDS
from core.tables.filter_language.wording import chip, item_of
from core.text.names import NAMES
from core.text.translation import gettext as _

_UTC: Final = ZoneInfo("UTC")
_MOST: Final = 30
"""A list of choices has no room for more."""

_LEAST_ANYWHERE: Final = 2
_END: Final = 4
"""Characters of an id that are shown beside a name."""

ALL_FIELDS: Final = frozenset(Field)

_LONGEST: Final = 200
"""Characters. A longer value is not offered."""

_TYPED: Final[dict[Field, tuple[tuple[str, str], ...]]] = {
    Field.AFTER: (
        ("today", _("since midnight")), ("yesterday", _("since yesterday's midnight")),
        ("1h", _("the last hour")), ("24h", _("the last 24 hours")), ("7d", _("the last 7 days")),
    ),
    Field.BEFORE: (
        ("today", _("until midnight")), ("yesterday", _("until yesterday's midnight")),
        ("1h", _("an hour ago or earlier")), ("24h", _("24 hours ago or earlier")), ("7d", _("7 days ago or earlier")),
    ),
    Field.SLOWER: (("10", "seconds"), ("30", "seconds"), ("1min", _("a minute")), ("5min", _("five minutes"))),
    Field.FASTER: (("500ms", _("half a second")), ("2", "seconds"), ("10", "seconds")),
    Field.KIND: ((IMAGE, _("images only")), (VIDEO, _("videos only"))),
    Field.OUTCOME: ((FAILED, _("commands that failed")), (SUCCEEDED, _("commands that succeeded"))),
    Field.REASON: (
        (Outcome.ERROR.value, _("something went wrong")),
        (Outcome.REFUSED.value, _("the bot said no: a limit, a permission")),
        (Outcome.CANCELLED.value, _("somebody called it off")),
    ),
    Field.SOURCE: (
        (FailureSource.COMMAND.value, _("while a command ran")), (FailureSource.GENERATION.value, _("in ComfyUI")),
        (FailureSource.DELIVERY.value, _("while Discord was handed the result")),
    ),
    Field.GUILD: ((DIRECT[0], _("direct messages")),),
}  # fmt: skip
"""What is offered besides what is known, with a few words about it."""


@dataclass(frozen=True, slots=True)
class Known:
    """Values that occur, the most frequent first: commands, users, servers, resolutions, LoRAs, types, actions, …"""

    values: Mapping[Field, tuple[str, ...]] = field(default_factory=dict)


class Completion(NamedTuple):
    """What may be put in the place of what is typed, and a few words about it (untrusted, on one line).

    ``shown`` is a name that is shown in its place.
    """

    text: str
    about: str
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Completions:
    """Choices for ``text[replace_from:replace_to]``."""

    replace_from: int
    replace_to: int
    choices: tuple[Completion, ...] = ()


def complete(text: str, cursor: int, known: Known, fields: Collection[Field] = ALL_FIELDS) -> Completions:
    """What the item at the cursor may become: a word of the language, a known value, or a word with its value.

    Only what ``fields`` are about is offered.
    """
    cursor = min(max(cursor, 0), len(text), MOST_CHARACTERS)
    typed = next((token for token in tokens(text[:cursor]) if token.end == cursor), None)
    if typed is None or typed.raw == "-":
        return Completions(cursor, cursor, _first(_words("", fields)))
    whole = next(token for token in tokens(text[:MOST_CHARACTERS]) if token.start == typed.start)
    if typed.prefix in PREFIXES:
        about = PREFIXES[typed.prefix]
        choices = _values(about, typed.value, known) if about in fields else ()
        return Completions(typed.value_start, whole.end, _first(choices))
    start = typed.start + typed.excluded
    if typed.quoted or typed.prefix:
        return Completions(start, whole.end)
    end = whole.value_start if whole.prefix else whole.end
    usable = {about: values for about, values in known.values.items() if about in fields}
    named = [about for about in sorted(ID_FIELDS & frozenset(fields)) if len(typed.raw) >= _LEAST_ANYWHERE]
    names = (each for about in named for each in _named(about, typed.raw, WORDS[about]))
    return Completions(start, end, _first((*_words(typed.raw, fields), *names, *_values_anywhere(typed.raw, usable))))


def _first(choices: Iterable[Completion]) -> tuple[Completion, ...]:
    return tuple(islice(dict.fromkeys(choices), _MOST))


def _words(beginning: str, fields: Collection[Field]) -> Iterator[Completion]:
    words = (
        each for each in LANGUAGE if each.field in fields and (each.word in BY_WORD or each.field is Field.OUTCOME)
    )
    return (Completion(each.word, each.sentence) for each in words if each.word.startswith(beginning.lower()))


def _values(about: Field, part: str, known: Known) -> Iterator[Completion]:
    for text, words in _TYPED.get(about, ()):
        if text.startswith(part.lower()):
            yield Completion(text, words)
    yield from _named(about, part)
    for value in _matching(part, known.values.get(about, ())):
        yield _choice(about, value, item_of(Term(about, value)).removeprefix(WORDS.get(about, "")))


def _named(about: Field, part: str, word: str = "") -> Iterator[Completion]:
    """The ids whose names have the part in them, those that begin with it first."""
    if about in ID_FIELDS and part.strip():
        for snowflake, _name in NAMES.beginning(str(about), part):
            yield _choice(about, snowflake, item_of(Term(about, snowflake)).removeprefix("" if word else WORDS[about]))


def _choice(about: Field, value: str, text: str) -> Completion:
    """An id is shown as the name that is known for it, with its end beside it."""
    name = NAMES.own_name(str(about), value) if about in ID_FIELDS else ""
    if not name:
        return Completion(text, _about(about, value))
    return Completion(text, chip(Term(about, f"{ENDING}{value[-_END:]}"), _UTC), name)


def _values_anywhere(part: str, known: Mapping[Field, tuple[str, ...]]) -> Iterator[Completion]:
    """From two letters on, a value's field need not be known: ``com`` finds ``command:comfy``."""
    if len(part) < _LEAST_ANYWHERE:
        return
    for about, values in known.items():
        for value in _matching(part, values):
            yield _choice(about, value, item_of(Term(about, value)))


def _about(about: Field, value: str) -> str:
    return chip(Term(about, value), _UTC)


def _matching(part: str, values: Iterable[str]) -> list[str]:
    """Those that begin with it before those that have it elsewhere."""
    folded = part.casefold()
    usable = [value for value in values if value != DIRECT_MESSAGES and len(value) <= _LONGEST]
    found = [value for value in usable if folded in value.casefold()]
    return sorted(found, key=lambda value: not value.casefold().startswith(folded))
