"""Columns of names beside those of ids: for people, while programs go on finding rows by the ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from core.export.sheet import Heading
from core.storage.database import faults
from core.storage.labels import labels_path
from core.storage.names import has_names, names_of
from core.storage.reader import Reader
from core.storage.values import ID_KINDS, Kind
from core.tables.definitions import Column
from core.text.names import bare_name, shown_name
from core.text.translation import gettext as _
from core.text.translation import source_of

NamesFor: TypeAlias = Callable[[str, Sequence[Any]], Sequence[str | None]]
"""The names of ids of a kind, one each; None where none is known."""

_TITLES: Final = {Kind.USER: _("User name"), Kind.GUILD: _("Server name"), Kind.CHANNEL: _("Channel name")}
_WIDTH: Final = 24
_MOST_REMEMBERED: Final = 50_000


def with_name_headings(columns: Sequence[Column], headings: Sequence[Heading]) -> tuple[Heading, ...]:
    """The headings of columns, and behind that of each id that of its name."""
    woven: list[Heading] = []
    for column, heading in zip(columns, headings, strict=True):
        woven.append(heading)
        if column.kind in ID_KINDS:
            title = _TITLES[column.kind]
            woven.append(Heading(title, f"{column.key}_name", width=_WIDTH, repeats=True, english=source_of(title)))
    return tuple(woven)


def with_name_columns(
    columns: Sequence[Column], values: Sequence[Sequence[Any]], names_for: NamesFor
) -> list[Sequence[Any]]:
    """The values of columns, and behind those of ids their names."""
    woven: list[Sequence[Any]] = []
    for column, made in zip(columns, values, strict=True):
        woven.append(made)
        if column.kind in ID_KINDS:
            woven.append(names_for(str(column.kind), made))
    return woven


class StoredNames:
    """Finds the names that a database and the labels have, a step of rows at a time; each id is asked for once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[tuple[str, str], str | None] = {}

    @property
    def recorded(self) -> bool:
        """Whether there are any."""
        return has_names(self._reader) or labels_path().exists()

    def __call__(self, kind: str, ids: Sequence[Any]) -> list[str | None]:
        """The names of these ids.

        Raises:
            BotpulseError: the database can't be read.
        """
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        keys = [(kind, each) for each in dict.fromkeys(ids) if isinstance(each, str)]
        new = [key for key in keys if key not in self._known]
        with faults(self._reader.location):
            found = names_of(self._reader, new) if new else {}
        for key in new:
            self._known[key] = plain_name(found.get(key, ""))
        return [self._known.get((kind, each)) for each in ids]


def plain_name(name: str) -> str | None:
    """A name as other programs get it: one line, bounded; None for none."""
    return bare_name(shown_name(name)) or None
