"""Names in a filter: ``user:ann`` means whoever has a name that begins so. The filter holds their ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from core.filters import DIRECT_MESSAGES, ENDING, ID_FIELDS, Field, Filter, Term
from core.tables.filter_language.parsing import Item, Parsed, Problem, problem
from core.text.formatting import count
from core.text.names import NAMES
from core.text.translation import gettext as _

MOST_MEANT: Final = 100
"""So many ids one name may stand for in a filter: the database compares each row with all of them."""

_SAID: Final = 4
_LONGEST: Final = 32


@dataclass(frozen=True, slots=True)
class NameAsked:
    """Whose name begins so? ``field`` is what the word before it is about."""

    field: Field
    beginning: str


@dataclass(frozen=True, slots=True)
class NameFound:
    """The ids whose names begin as was asked; ``recorded``: whether any names are known at all."""

    ids: tuple[str, ...] = ()
    recorded: bool = False


Found = Mapping[NameAsked, NameFound]


def name_in(term: Term) -> NameAsked | None:
    """What a term asks for by a name; None where it says an id, the end of one, or something else."""
    value = str(term.value)
    if term.field not in ID_FIELDS or not value.strip() or value == DIRECT_MESSAGES or value.startswith(ENDING):
        return None
    return None if value.isascii() and value.isdecimal() else NameAsked(term.field, value)


def names_in(parsed: Parsed) -> Iterator[NameAsked]:
    """All that is asked for by a name, each once."""
    yield from dict.fromkeys(asked for item in parsed.items if (asked := name_in(item.term)) is not None)


def with_ids(parsed: Parsed, found: Found) -> Parsed:
    """The ids in the places of the names that stand for some; the others are looked for as ids."""
    terms = [term for item in parsed.items for term in _meant(item, found)]
    return replace(parsed, filter=Filter().plus(*terms))


def said_of_names(text: str, parsed: Parsed, found: Found) -> tuple[Problem, ...]:
    """What is to be said of names: that one stands for several, for more than are looked for, or for nobody."""
    said = ((item, found.get(asked)) for item in parsed.items if (asked := name_in(item.term)) is not None)
    return tuple(
        problem(text, item.start, item.end, words)
        for item, meant in said
        if meant is not None and (words := _words(item.term.field, meant))
    )


def _meant(item: Item, found: Found) -> tuple[Term, ...]:
    asked = name_in(item.term)
    meant = found.get(asked) if asked is not None else None
    if meant is None or not meant.ids:
        return (item.term,)
    return tuple(replace(item.term, value=each) for each in meant.ids[:MOST_MEANT])


def _words(field: Field, meant: NameFound) -> str:
    if not meant.ids:
        return _("no name begins so, so it is looked for as an id") if meant.recorded else ""
    if len(meant.ids) == 1:
        return ""
    names = ", ".join(NAMES.label(str(field), each, _LONGEST) for each in meant.ids[:_SAID])
    if len(meant.ids) > MOST_MEANT:
        return _("begins too many names; the first {count} are looked for: {names}, …").format(
            count=count(MOST_MEANT), names=names
        )
    more = ", …" if len(meant.ids) > _SAID else ""
    return _("stands for {count} names: {names}").format(count=count(len(meant.ids)), names=f"{names}{more}")
