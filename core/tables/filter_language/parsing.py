"""The text of a filter box made a filter, and what one table makes of it.

Nothing is dropped in silence: what means nothing, or asks for what a table does not record, becomes a problem.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final
from zoneinfo import ZoneInfo

from core.filters import (
    DIRECT_MESSAGES,
    ENDING,
    FAILED,
    ID_FIELDS,
    IMAGE,
    LIMITS,
    SUCCEEDED,
    VIDEO,
    Field,
    Filter,
    Term,
    answers,
)
from core.tables.definitions import TableDefinition
from core.tables.filter_language import moments
from core.tables.filter_language.tokens import NotUnderstood, Token, tokens
from core.tables.filter_language.vocabulary import BY_WORD, DIRECT, MENTIONS, PREFIXES, WORDS
from core.text.formatting import count, one_line
from core.text.translation import gettext as _
from core.text.translation import pgettext

MOST_CHARACTERS: Final = 4_000
"""So much of a text is looked at."""

MOST_ITEMS: Final = 100
"""So many items of a text are looked at."""

_CLOSE: Final = 0.75
"""From which likeness on (of :mod:`difflib`) an unknown word before a colon is taken for a slip of the keyboard."""

_END_OF_ID: Final = re.compile(r"(?:…|\.\.\.)([0-9]{1,20})|([0-9]{4,14})")
"""An id as it is shown, or its last digits alone; three digits or less are a whole id of a test bot, 15 are one of
Discord's."""

_CHOICES: Final = {
    Field.OUTCOME: {FAILED: FAILED, SUCCEEDED: SUCCEEDED},
    Field.KIND: {IMAGE: IMAGE, "images": IMAGE, VIDEO: VIDEO, "videos": VIDEO},
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A part ``text[start:end]`` that is not understood; the message names it and says what would be."""

    start: int
    end: int
    message: str


@dataclass(frozen=True, slots=True)
class Item:
    """A part ``text[start:end]`` that is understood, as this term.

    ``unknown`` is what stands before its value like a word of the language, and is none ("style:"): it is text.
    """

    start: int
    end: int
    term: Term
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What was understood, in the order of the text and each term once, and what was not.

    ``items`` are all the parts that were understood, also those that say the same.
    """

    filter: Filter
    problems: tuple[Problem, ...] = ()
    items: tuple[Item, ...] = ()


def parse(text: str, zone: ZoneInfo, now: float) -> Parsed:
    """Read a text. It never raises; ``now`` (epoch seconds) and ``zone`` say what "today" and "14:30" are."""
    items: list[Item] = []
    problems: list[Problem] = []
    for token in _tokens(text):
        try:
            if isinstance(token, Problem):
                problems.append(token)
            else:
                unknown = "" if token.prefix in PREFIXES else token.prefix
                items.append(Item(token.start, token.end, _term(token, zone, now), unknown))
        except NotUnderstood as error:
            problems.append(problem(text, token.start, token.end, str(error)))
    return Parsed(Filter().plus(*(item.term for item in items)), tuple(problems), tuple(items))


def problem(text: str, start: int, end: int, words: str) -> Problem:
    """What is to be said of ``text[start:end]``, which is named first."""
    return Problem(start, end, f"“{one_line(text[start:end], 40)}”: {words}")


def _tokens(text: str) -> Iterator[Token | Problem]:
    """The items as far as they are looked at, and a problem that is the rest."""
    for number, token in enumerate(tokens(text[:MOST_CHARACTERS])):
        if number == MOST_ITEMS:
            yield Problem(token.start, len(text), _("Only the first {count} words are read").format(count=MOST_ITEMS))
            return
        if token.end == MOST_CHARACTERS < len(text):
            yield Problem(
                token.start,
                len(text),
                _("Only the first {count} characters are read").format(count=count(MOST_CHARACTERS)),
            )
            return
        yield token
    if text[MOST_CHARACTERS:].strip():
        yield Problem(
            MOST_CHARACTERS,
            len(text),
            _("Only the first {count} characters are read").format(count=count(MOST_CHARACTERS)),
        )


def _term(token: Token, zone: ZoneInfo, now: float) -> Term:
    if not token.closed:
        raise NotUnderstood(_('the closing quotation mark " is missing'))
    field = PREFIXES.get(token.prefix)
    if field is None:
        return _word(token)
    if not token.value and not token.quoted:
        example = BY_WORD[WORDS[field]].example if WORDS[field] in BY_WORD else f"{WORDS[field]}{FAILED}"
        raise NotUnderstood(_("a value is expected right after it, as in {example}").format(example=example))
    if field in LIMITS:
        return Term(field, _limit(field, token.value, zone, now), token.excluded)
    return Term(field, token.value if _is_literal(field, token) else _value(field, token.value), token.excluded)


def _word(token: Token) -> Term:
    """An item without a prefix that we know: an outcome, or plain text, for prompts are full of colons."""
    if token.raw.lower() in (FAILED, SUCCEEDED):
        return Term(Field.OUTCOME, token.raw.lower(), token.excluded)
    if token.prefix and (token.value or token.quoted):
        _refuse_slip(token.prefix.rstrip(":<>="))
    return Term(Field.TEXT, token.raw if token.prefix else token.value, token.excluded)


def _refuse_slip(name: str) -> None:
    names = {prefix.rstrip(":<>"): prefix for prefix in reversed(PREFIXES)}
    for close in get_close_matches(name, names, n=1, cutoff=_CLOSE):
        word = names[close] if names[close].endswith(":") else BY_WORD[names[close]].example
        raise NotUnderstood(
            _("did you mean {word}? To search for it as text, put it in quotation marks").format(word=word)
        )


def _is_literal(field: Field, token: Token) -> bool:
    """Whatever is in quotation marks is meant as it stands; but there are no other outcomes and kinds than ours."""
    return token.quoted and field not in _CHOICES


def _limit(field: Field, value: str, zone: ZoneInfo, now: float) -> float:
    if field in (Field.SLOWER, Field.FASTER):
        return moments.duration(value)
    return moments.moment(value, zone, now)


def _value(field: Field, value: str) -> str:
    if field in _CHOICES:
        return _choice(field, value.lower())
    if field in MENTIONS and (mention := re.fullmatch(MENTIONS[field], value)):
        return mention[1]
    if field is Field.GUILD and value.lower() in DIRECT:
        return DIRECT_MESSAGES
    if field in ID_FIELDS and (end := _END_OF_ID.fullmatch(value)):
        return f"{ENDING}{end[1] or end[2]}"
    if field is Field.COMMAND and len(value) > 1:
        return value.removeprefix("/")
    if field is Field.UPSCALE:
        return _number(value.lower().rstrip("x×"), r"[0-9]+(\.[0-9]+)?", _("a factor is expected, as in upscale:2"))
    if field is Field.STEPS:
        return _number(value, r"[0-9]+", _("a number of steps is expected, as in steps:20"))
    if field is Field.ID:
        return _number(value, r"-?[0-9]+", _("a row's number is expected, as in id:1200"))
    return value


def _choice(field: Field, value: str) -> str:
    choices = _CHOICES[field]
    if value not in choices:
        expected = _(" or ").join(f"{WORDS[field]}{choice}" for choice in dict.fromkeys(choices.values()))
        raise NotUnderstood(_("expected: {expected}").format(expected=expected))
    return choices[value]


def _number(value: str, pattern: str, expected: str) -> str:
    if not re.fullmatch(pattern, value):
        raise NotUnderstood(expected)
    return value


_NOUNS: Final = {
    Field.COMMAND: _("command"),
    Field.USER: _("user"),
    Field.GUILD: _("server"),
    Field.CHANNEL: _("channel"),
    Field.TYPE: _("type"),
    Field.RESOLUTION: _("resolution"),
    Field.LORA: "LoRA",
    Field.UPSCALE: _("upscale factor"),
    Field.ACTION: _("action"),
    Field.OUTCOME: _("outcome"),
    Field.KIND: _("kind of media"),
    Field.ERROR: pgettext("filter", "cause"),
    Field.REASON: _("kind of failure"),
    Field.SOURCE: _("source of failures"),
    Field.NODE: _("node"),
    Field.MODEL: _("model"),
    Field.SAMPLER: _("sampler"),
    Field.STEPS: _("steps"),
    Field.SLOWER: _("duration"),
    Field.FASTER: _("duration"),
    Field.AFTER: _("time"),
    Field.BEFORE: _("time"),
    Field.ID: _("row number"),
}
"""What rows are filtered by; words are searched for in every table."""


def fields_of(table: TableDefinition) -> frozenset[Field]:
    """What a table can be filtered by."""
    return frozenset(field for field in Field if answers(table.model, field))


def unanswered(text: str, parsed: Parsed, table: TableDefinition) -> tuple[Problem, ...]:
    """The parts that ask for what a table does not record: they hold, and so no row of it matches them."""
    known = fields_of(table)
    return tuple(
        problem(
            text,
            item.start,
            item.end,
            (
                _("{table} can't be filtered by {noun}, so it leaves nothing out")
                if item.term.excluded
                else _("{table} can't be filtered by {noun}, so it finds nothing")
            ).format(table=table.name, noun=_NOUNS[item.term.field]),
        )
        for item in parsed.items
        if item.term.field not in known
    )


def searched_as_text(text: str, parsed: Parsed) -> tuple[Problem, ...]:
    """The parts that look like a word with its value, and are only text: prompts may be full of colons."""
    return tuple(
        problem(
            text, item.start, item.end, _("unknown filter “{unknown}”, searched as text").format(unknown=item.unknown)
        )
        for item in parsed.items
        if item.unknown
    )
