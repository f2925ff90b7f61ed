"""``/privacy``: what is stored of a user, the same as a file, their choice, and forgetting them."""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from core.answers.period import zone_named
from core.answers.personal_rows import PersonalTable, personal_names, personal_tables
from core.maintenance.backups import backups as known_backups
from core.maintenance.forgetting import HeldInBackups, forget_user
from core.models import NameKind
from core.storage.database import faults
from core.storage.labels import read_labels
from core.storage.location import Location
from core.storage.opt_outs import add_opt_out, read_opt_outs, remove_opt_out
from core.storage.reader import Reader, bots_own
from core.storage.values import moment_or_none
from core.tasks import finish
from core.text.formatting import rows_words
from core.text.translation import gettext as _
from core.time_ranges import local_time
from core.tracking.spool_forgetting import forget_in_spools

_INDENT: Final = 1
_INDENT_BYTES: Final = 4
"""By which a line of a row begins further to the right in the file than by itself."""


@dataclass(frozen=True, slots=True)
class PersonalCount:
    """What a table has of a user.

    Attributes:
        title: what the table is called, for people; untrusted where it is a metric's.
        rows: how many are the user's.
        first, last: when the first and the last of them were, in epoch seconds; None where none says.
    """

    title: str
    rows: int
    first: float | None
    last: float | None


@dataclass(frozen=True, slots=True)
class PersonalAnswer:
    """What is stored of a user.

    Attributes:
        tables: those that have anything, in the order of the pages.
        names: what the user is called in the store, and in the labels of this machine; untrusted text.
        has_opted_out: whether nothing of them is recorded any more.
        on_server: whether the store is a database server's.
    """

    tables: tuple[PersonalCount, ...]
    names: tuple[str, ...]
    has_opted_out: bool
    on_server: bool

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to take or to forget."""
        return not self.tables and not self.names


def personal_answer(location: Location, _zone: str, user: str, now: float) -> PersonalAnswer:
    """Count what is stored of a user. In backups and logs there may be more.

    Raises:
        BotpulseError: the database can't be read.
    """
    with bots_own(location) as reader, faults(location):
        counted = [_counted(reader, table) for table in personal_tables(reader, user)]
        names = [str(each["name"]) for each in (*personal_names(reader, user), *_labels(user))]
        return PersonalAnswer(
            tuple(each for each in counted if each.rows),
            tuple(dict.fromkeys(names)),
            user in read_opt_outs(reader.database),
            location.path is None,
        )


def choose_answer(location: Location, _zone: str, user: str, out: bool, now: float) -> None:
    """Let a user opt out, or in again.

    Raises:
        BotpulseError: the store can't be written, and nothing has changed.
    """
    (add_opt_out if out else remove_opt_out)(location, user)


@dataclass(frozen=True, slots=True)
class PersonalFile:
    """What is stored of a user, as a file for them.

    Attributes:
        name: the file's; data: JSON in UTF-8; words: what is in it.
    """

    name: str
    data: bytes
    words: str


def personal_file(location: Location, zone: str, user: str, now: float, most_bytes: int) -> PersonalFile:
    """All rows of a user as JSON; the oldest are left out where they would be more than about ``most_bytes``.

    Raises:
        BotpulseError: the database can't be read.
    """
    content: dict[str, Any] = {"user_id": user, "made": local_time(now, zone_named(zone)).isoformat()}
    stored = told = 0
    with bots_own(location) as reader, faults(location):
        content["has_opted_out"] = user in read_opt_outs(reader.database)
        content["names"], content["labels"] = personal_names(reader, user), _labels(user)
        tables = personal_tables(reader, user)
        for table in tables:
            newest, number = _newest(table.rows(reader), most_bytes // len(tables))
            content[table.name] = newest
            stored, told = stored + number, told + len(newest)
    words = _("Everything that is stored of you: {rows}.").format(rows=rows_words(told))
    if told < stored:
        words = _("Of {total} that are stored of you the latest {rows}: a message here takes no more.").format(
            rows=rows_words(told), total=rows_words(stored)
        )
    return PersonalFile("about-me.json", _json(content), words)


def forget_answer(location: Location, user: str, in_backups: bool) -> str:
    """Forget a user; words about what went. What waits in the bot itself is to be let go of before.

    Raises:
        BotpulseError: it could not be done wholly; it can be done again.
    """
    waits = forget_in_spools(location, user)
    backups = HeldInBackups.CLEAN if in_backups else HeldInBackups.LEAVE
    done = finish(forget_user(location, user, (), backups=backups, events=waits.events))
    rows = sum(done.database.rows.values()) + done.waiting
    spared = set() if in_backups or done.server else {each.path for each in known_backups(location)}
    words = [_("**You are forgotten.** Removed: {rows}.").format(rows=rows_words(rows))]
    if done.server:
        words.append(
            _("Logs and backups of the database's server are not touched: they keep what was removed for a while.")
        )
    elif in_backups:
        words.append(_("You were removed from the backups that the bot knows, too."))
    else:
        words.append(_("Backups that whoever runs the bot has made were not touched."))
    if waits.left or set(done.left) - spared or not (done.server or done.database.overwritten):
        words.append(_("Traces may stay in its files for a while; whoever runs the bot can remove them."))
    words.append(_("What the bot stores of you from now on is new. If it is to store nothing, opt out."))
    return " ".join(words)


def _labels(user: str) -> list[dict[str, Any]]:
    """Names in the data of whom the bot runs as; without a file of labels, or with one that can't be read, none."""
    try:
        found = read_labels(NameKind.USER, [user])
    except OSError:
        return []
    return [{"name": each.name, "source": each.source, "updated": each.updated} for each in found if each.name]


def _counted(reader: Reader, table: PersonalTable) -> PersonalCount:
    rows, first, last = 0, math.inf, -math.inf
    for chunk in table.chunks(reader, (table.model.timestamp,)):
        moments = [moment for (stored,) in chunk if (moment := moment_or_none(stored)) is not None]
        rows, first, last = rows + len(chunk), min([first, *moments]), max([last, *moments])
    known = first <= last
    return PersonalCount(table.title, rows, first if known else None, last if known else None)


def _newest(rows: Iterator[dict[str, Any]], most_bytes: int) -> tuple[list[dict[str, Any]], int]:
    """The latest rows that fit, oldest first, and how many there are."""
    kept: deque[tuple[dict[str, Any], int]] = deque()
    size = number = 0
    for row in rows:
        weight = len(_json(row)) + _INDENT_BYTES * (len(row) + 2)
        kept.append((row, weight))
        size, number = size + weight, number + 1
        while size > most_bytes:
            size -= kept.popleft()[1]
    return [row for row, _w in kept], number


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=_INDENT, default=str).encode(errors="replace")
