"""Names in place of ids: those that this process knows, and what is shown for an id of a user, a server or a channel.

They are written by strangers: one line, bounded, without marks that would turn or bury the text around them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from core.text.formatting import NOTHING, one_line, short_id
from core.text.masking import masked_id

NameKey: TypeAlias = tuple[str, str]
"""Whose name it is: the kind ("user", "guild" or "channel") and the id."""

LONGEST_NAME: Final = 60
"""Characters of a name that are shown anywhere."""

MOST_KNOWN: Final = 20_000
"""So many names are remembered; the oldest go first."""

_LONGEST_ID: Final = 40
_MOST_MARKS: Final = 2
"""So many marks above and below one letter are kept: more would cover the lines around."""

_BLANKS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters that nobody sees: a name of them alone is none."""

_TO_THE_LEFT: Final = frozenset({"R", "AL"})
_ISOLATED: Final = "\u2068{}\u2069"


def shown_name(name: str, limit: int = LONGEST_NAME) -> str:
    """A name fit to be shown: one line of at most ``limit`` characters, isolated where it is written to the left."""
    kept: list[str] = []
    marks = 0
    for sign in unicodedata.normalize("NFC", one_line(name, 4 * limit)):
        marks = marks + 1 if unicodedata.category(sign) in ("Mn", "Me") else 0
        if marks <= _MOST_MARKS and unicodedata.category(sign) != "Co":
            kept.append(sign)
    text = one_line("".join(kept), limit)
    if not any(sign.isprintable() and not sign.isspace() and sign not in _BLANKS for sign in text):
        return ""
    return _ISOLATED.format(text) if any(unicodedata.bidirectional(sign) in _TO_THE_LEFT for sign in text) else text


def bare_name(shown: str) -> str:
    """A shown name without what isolates it, for where it stands alone."""
    return shown.removeprefix("\u2068").removesuffix("\u2069")


def name_line(shown: str, limit: int) -> str:
    """What stands in an id's place, made fit for one line as by ``one_line``; a name that is isolated stays so.

    Without that the end of an id behind a name that is written to the left would be drawn before it, turned.
    """
    name, isolated, end = shown.removeprefix("\u2068").partition("\u2069")
    if not isolated or name == shown:
        return one_line(shown, limit)
    end = one_line(end, limit)
    name = _ISOLATED.format(one_line(name, max(limit - len(end) - bool(end), 1)))
    return f"{name} {end}" if end else name


def folded_name(name: str) -> str:
    """A name as it is compared: without its case, and with letters of one look taken for one where Unicode does."""
    return unicodedata.normalize("NFKC", bare_name(name)).casefold()


def _cut(name: str, limit: int) -> str:
    return name if len(name) <= limit else shown_name(name, limit)


class NameBook:
    """The names that are known, and whether they may be shown.

    Attributes:
        version: another number each time something would be shown otherwise.
        masked: whether ids stand in place of names, and only their ends.
    """

    def __init__(self) -> None:
        self.version = 0
        self.masked = False
        self._names: dict[NameKey, str] = {}
        self._namesakes: dict[NameKey, set[str]] = {}

    @property
    def shows_any(self) -> bool:
        """Whether names are shown anywhere: they want more room than the ends of ids."""
        return bool(self._names) and not self.masked

    def learn(self, names: Mapping[NameKey, str]) -> bool:
        """Take names in; an empty one means that there is none any more. Tells whether anything is shown otherwise."""
        changed = False
        for key, name in names.items():
            shown = shown_name(name)
            if shown != self._names.get(key, ""):
                self._drop(key)
                self._put(key, shown)
                changed = True
        while len(self._names) > MOST_KNOWN:
            self._drop(next(iter(self._names)))
        self.version += changed
        return changed

    def forget(self) -> None:
        """Another database is opened: its ids may be others."""
        self._names.clear()
        self._namesakes.clear()
        self.version += 1

    def mask(self, masked: bool) -> bool:
        """Show no names, or show them again; tells whether that is another way than before."""
        changed, self.masked = masked is not self.masked, masked
        self.version += changed
        return changed

    def name(self, kind: str, snowflake: str, limit: int = LONGEST_NAME) -> str:
        """The name, with the end of the id behind it where another one bears it too; empty where none is shown."""
        name = self.own_name(kind, snowflake)
        if name and len(self._namesakes[kind, folded_name(name)]) > 1:
            return f"{_cut(name, limit)} {short_id(snowflake)}"
        return _cut(name, limit)

    def own_name(self, kind: str, snowflake: str) -> str:
        """The name alone, whoever else bears it; empty where none is known, or shown."""
        return "" if self.masked else self._names.get((kind, snowflake), "")

    def label(self, kind: str, snowflake: str, limit: int = LONGEST_NAME) -> str:
        """What stands in an id's place: the name, of at most ``limit`` characters, else the end of the id."""
        return self.name(kind, snowflake, limit) or self._id(snowflake, short=True)

    def in_full(self, kind: str, snowflake: str) -> str:
        """The name and the whole id: ``Anna · 273849283749283748``."""
        shown = self._id(snowflake, short=False)
        name = self.own_name(kind, snowflake)
        return f"{name} · {shown}" if name else shown

    def beginning(self, kind: str, part: str) -> Iterable[tuple[str, str]]:
        """Ids and names of a kind whose name begins with ``part``, before those that have it elsewhere."""
        folded = folded_name(part)
        found = [] if self.masked else [
            (snowflake, name) for (of, snowflake), name in self._names.items()
            if of == kind and folded in folded_name(name)
        ]  # fmt: skip
        return sorted(found, key=lambda each: (not folded_name(each[1]).startswith(folded), folded_name(each[1])))

    def _id(self, snowflake: str, *, short: bool) -> str:
        if self.masked:
            return masked_id(snowflake)
        return (short_id(snowflake) if short else one_line(snowflake, _LONGEST_ID)) or NOTHING

    def _put(self, key: NameKey, name: str) -> None:
        if name:
            self._names[key] = name
            self._namesakes.setdefault((key[0], folded_name(name)), set()).add(key[1])

    def _drop(self, key: NameKey) -> None:
        name = self._names.pop(key, "")
        if not name:
            return
        bearer = key[0], folded_name(name)
        self._namesakes[bearer].discard(key[1])
        if not self._namesakes[bearer]:
            del self._namesakes[bearer]


NAMES: Final = NameBook()
"""What this process knows, as it speaks one language (:mod:`core.text.translation`): whoever words an id asks here."""
