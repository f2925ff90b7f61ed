"""Whom a host means who types an id or the beginning of a name: the names in the database, and the labels."""

from __future__ import annotations

from typing import Final

from core.models import USER_ID, NameKind
from core.storage.location import Location
from core.storage.names import find_names, names_of
from core.storage.reader import reading
from core.tasks import Progress, Task

MOST_OFFERED: Final = 20


def users_meant(location: Location, typed: str) -> Task[dict[str, str]]:
    """The user with this id, or those whose name begins so, at most :data:`MOST_OFFERED`: ids, and the names shown.

    Raises:
        BotpulseError: the database can't be read.
    """
    yield Progress(0.0)
    with reading(location) as reader:
        ids = (typed,) if USER_ID.fullmatch(typed) else find_names(reader, NameKind.USER, typed).ids[:MOST_OFFERED]
        names = names_of(reader, [(NameKind.USER, each) for each in ids])
    return {each: names.get((NameKind.USER, each), "") for each in ids}
