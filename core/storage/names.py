"""The names of users, servers and channels, for the ids that are about to be shown: found once, and followed.

Who reads for a window has a :class:`NameTeller`. The ids of a page or of a chunk of rows are one question to the key of
the database's table of names, and one to the labels (:mod:`core.storage.labels`). The whole table is only read past
where a name is looked for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from time import monotonic
from typing import Any, Final, TypeAlias

import peewee

from core.models import Name, NameKind, TextParameter, is_unicode, table_name
from core.storage.labels import Label, best_name, labels_beginning, labels_path, labels_state, read_labels
from core.storage.reader import Reader
from core.storage.values import text_of

NameKey: TypeAlias = tuple[str, str]
"""Whose name it is: the kind, and the id."""

MOST_REMEMBERED: Final = 5_000
"""Ids whose names are remembered, the last that were asked for."""

FOLLOWED: Final = 600
"""So many of them, the last that were asked for, are looked at again where something was written."""

FOLLOW_SECONDS: Final = 0.5
"""So long lies between two such looks, at least."""

MOST_FOUND: Final = 500
"""So many ids are found for the beginning of a name, at most."""

log = logging.getLogger(__name__)

_KINDS: Final = frozenset(NameKind)
_AT_ONCE: Final = 400
_LONGEST: Final = 400
"""Characters of a stored name that are read."""


class NameTeller:
    """Tells the names of ids that are about to be shown, each once, and again where it has changed.

    It belongs to one thread; several readers of one thread may share it.

    Args:
        tell: is handed names that were not told before; an empty one means that there is none any more.
    """

    def __init__(self, tell: Callable[[Mapping[NameKey, str]], None]) -> None:
        self._tell = tell
        self._known: dict[NameKey, str] = {}
        self._labels = labels_path()
        self._version: object = None
        self._followed_at = monotonic()

    def forget(self) -> None:
        """Another database is opened: ask, and tell, everything anew."""
        self._known.clear()
        self._version = None

    def show(self, reader: Reader, keys: Iterable[NameKey]) -> None:
        """These ids are about to be shown: tell their names, before anything else is told."""
        asked = [key for key in dict.fromkeys(keys) if key[0] in _KINDS and key[1]]
        for key in asked:
            if key in self._known:
                self._known[key] = self._known.pop(key)  # it was asked for last
        new = [key for key in asked if key not in self._known]
        if new:
            self._take(new, names_of(reader, new))

    def follow(self, reader: Reader, version: object) -> bool:
        """Look again at what was asked for last, where ``version`` or the labels are others; tells whether it changed.

        What was asked for longer ago is forgotten then, and read again when it is needed.
        """
        now = monotonic()
        if now - self._followed_at < FOLLOW_SECONDS:
            return False
        before, self._version, self._followed_at = self._version, (version, labels_state(self._labels)), now
        if before == self._version:
            return False
        recent = list(islice(reversed(self._known), FOLLOWED))[::-1]
        if not recent:
            return False
        self._known = {key: self._known[key] for key in recent}
        return self._take(recent, names_of(reader, recent))

    def _take(self, keys: Iterable[NameKey], found: Mapping[NameKey, str]) -> bool:
        news = {key: name for key in keys if (name := found.get(key, "")) != self._known.get(key, "")}
        for key in keys:
            self._known[key] = found.get(key, "")
        for key in list(islice(self._known, max(0, len(self._known) - MOST_REMEMBERED))):
            del self._known[key]
        if news:
            self._tell(news)
        return bool(news)


def names_of(reader: Reader, keys: Collection[NameKey]) -> dict[NameKey, str]:
    """The names that are known for these ids: the host's label, else what the database has, else what Discord said."""
    stored = dict(_stored(reader, keys)) if has_names(reader) else {}
    labels: dict[NameKey, list[Label]] = {}
    for kind, ids in _by_kind(keys).items():
        for label in _labels(kind, ids):
            labels.setdefault((kind, label.id), []).append(label)
    best = ((key, best_name(of, stored.get(key))) for key, of in labels.items())
    return stored | {key: name for key, name in best if name}


def _labels(kind: str, ids: Collection[str]) -> list[Label]:
    """Labels that can't be read are none: what is shown does not depend on them."""
    try:
        return read_labels(kind, ids)
    except OSError as error:
        log.info("the labels can't be read: %s", error)
        return []


def _by_kind(keys: Iterable[NameKey]) -> dict[str, list[str]]:
    by_kind: dict[str, list[str]] = {}
    for kind, snowflake in keys:
        if is_unicode(snowflake):
            by_kind.setdefault(kind, []).append(snowflake)
    return by_kind


def has_names(reader: Reader) -> bool:
    """Whether the database has our table of names."""
    return table_name(Name) in reader.tables


def _stored(reader: Reader, keys: Iterable[NameKey]) -> Iterator[tuple[NameKey, str]]:
    mark = "?" if isinstance(reader.database, peewee.SqliteDatabase) else "%s"
    for kind, ids in _by_kind(keys).items():
        for start in range(0, len(ids), _AT_ONCE):
            wanted = [each for each in ids[start : start + _AT_ONCE] if "\0" not in each]  # a server refuses those
            if not wanted:
                continue
            among = peewee.SQL(
                f"({', '.join([mark] * len(wanted))})", wanted
            )  # a node each would cost more than the rest
            query = Name.select(Name.id, peewee.fn.SUBSTR(Name.name, 1, _LONGEST)).where(
                (Name.kind == kind) & peewee.Expression(Name.id, peewee.OP.IN, among)
            )
            for snowflake, name in reader.rows(query):
                yield (kind, str(text_of(snowflake, None))), text_of(name, _LONGEST) or ""


@dataclass(frozen=True, slots=True)
class FoundNames:
    """The ids whose names begin as was asked, in the order of the names; ``recorded``: whether there are any names."""

    ids: tuple[str, ...]
    recorded: bool


def find_names(reader: Reader, kind: str, beginning: str) -> FoundNames:
    """Look for ids by the beginning of a name."""
    found = ids_named(reader, kind, beginning) | _labelled(kind, beginning)
    ordered = sorted(found, key=lambda each: (found[each].casefold(), each))
    return FoundNames(tuple(ordered[:MOST_FOUND]), bool(found) or has_names(reader) or labels_path().exists())


def _labelled(kind: str, beginning: str) -> dict[str, str]:
    try:
        return labels_beginning(kind, beginning, MOST_FOUND) if is_unicode(beginning) else {}
    except OSError as error:
        log.info("the labels can't be read: %s", error)
        return {}


def ids_named(reader: Reader, kind: str, beginning: str, limit: int = MOST_FOUND) -> dict[str, str]:
    """The ids of a kind whose name begins so, without regard to case, with their names; at most ``limit``.

    The whole table is read past once, some 20 ms for 100,000 names: letters beyond ASCII, which SQLite does not compare
    without their case, are left open in the question, and compared here.
    """
    wanted = beginning.casefold()
    if not wanted or not has_names(reader) or not is_unicode(beginning) or "\0" in beginning:
        return {}
    pattern = "".join(_PATTERN.get(sign, sign if sign.isascii() else "_") for sign in beginning) + "%"
    alike: Any = peewee.NodeList((TextParameter(pattern), peewee.SQL("ESCAPE"), TextParameter("\\")))
    query = Name.select(Name.id, peewee.fn.SUBSTR(Name.name, 1, _LONGEST)).where(
        (peewee.fn.COALESCE(Name.kind, "") == kind)  # no index: it would look each row up
        & peewee.Expression(Name.name, peewee.OP.ILIKE, alike)
    )
    found = ((str(text_of(each, None)), text_of(name, _LONGEST) or "") for each, name in reader.rows(query))
    return dict(islice(((each, name) for each, name in found if name.casefold().startswith(wanted)), limit))


_PATTERN: Final = {"%": "\\%", "_": "\\_", "\\": "\\\\"}
