"""Forget a user: in a database file, what waits beside it, caches, labels and known backups; then look at every byte.

It can't be undone. It is done in short transactions, beside the bot; cut off anywhere, it can be done again. What the
bot records of the user afterwards is new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from core.errors import BotpulseError, StorageFault
from core.maintenance import backups as known
from core.maintenance.copying import integrity
from core.maintenance.locking import check_room, check_writable, connect, existing_file, looking, retrying
from core.maintenance.person_rows import RowsForgotten, count_user, forget_rows
from core.maintenance.server_rows import count_on_server, forget_on_server
from core.maintenance.user_traces import (
    JOURNAL,
    all_files,
    cache_files,
    holds,
    log_files,
    picture_files,
    remove_pictures,
    strike_logs,
)
from core.maintenance.writing import faults_of, file_to_write, longest_hold
from core.models import USER_ID, NameKind
from core.storage import rollup_files
from core.storage.database import faults
from core.storage.labels import LabelSource, labels_path, read_labels, remove_label
from core.storage.location import Location, byte_size, locate, real_path
from core.storage.notes import notes_path, notes_that_name, strike_notes
from core.storage.receipts import ReceiptFile, receipts_beside
from core.tasks import Progress, Task
from core.text.translation import gettext as _


class HeldInBackups(StrEnum):
    """What is done about backups that hold the user's rows."""

    CLEAN = "clean"
    """The rows go from the copies, which are checked again."""
    DELETE = "delete"
    """Those backups go as a whole, and with them the way back to what others' rows they hold."""
    LEAVE = "leave"
    """They stay: a restore brings the user back."""


@dataclass(frozen=True, slots=True)
class UserSurvey:
    """What is stored of a user.

    Attributes:
        rows: how many rows, by table; labels: names in the user's own data, and notes that mention the user;
            backups: rows in each known backup.
        waiting: files of events that wait to be written, or were refused, and hold the id.
        caches: caches of what was counted, and logs, that hold it; pictures: small copies, of whomever: all of them go.
    """

    rows: Mapping[str, int]
    labels: int
    backups: Mapping[Path, int]
    waiting: tuple[Path, ...]
    caches: tuple[Path, ...]
    pictures: int


@dataclass(frozen=True, slots=True)
class ForgetResult:
    """A receipt, without the id.

    Attributes:
        when: in UTC.
        database: what went from the file.
        labels: how many labels went; waiting: how many waiting or refused events.
        caches: how many caches of what was counted went; pictures: how many small copies of pictures.
        logs: how many files of the log named the id, which zeros stand for now.
        cleaned: rows that went from each backup; deleted: backups that went as a whole.
        left: files in whose bytes the id was found afterwards, or that could not be read.
        server: the database is on a server: rows are gone from it, but nobody has looked at its files, log and backups.
    """

    when: datetime
    database: RowsForgotten
    labels: int
    waiting: int
    caches: int
    pictures: int
    logs: int
    cleaned: Mapping[Path, int]
    deleted: tuple[Path, ...]
    left: tuple[Path, ...]
    server: bool = False

    @property
    def whole(self) -> bool:
        """Whether nothing of the user is left in what was searched, which a server's own files were not."""
        return not self.left and (self.database.overwritten or self.server)


def survey_user(location: Location | str | Path, user: str, waiting: Sequence[Path]) -> Task[UserSurvey]:
    """Count what is stored of a user; nothing is altered. ``waiting`` as in :func:`forget_user`.

    Raises:
        ValueError: ``user`` is no id (:data:`core.models.USER_ID`).
        BotpulseError: missing, locked, corrupt; the server is away, or refuses.
    """
    _check(user)
    place = locate(location)
    held: dict[Path, int] = {}
    if place.path is None:
        rows = yield from count_on_server(place, user)
    else:
        rows = yield from _counted(existing_file(place), user)
        for each in known.backups(place.path):
            yield from _settle(each.path)
            if number := sum((yield from _counted(each.path, user)).values()):
                held[each.path] = number
    return UserSurvey(
        rows,
        _labels(user),
        held,
        waiting=tuple(file for file in waiting if holds(file, user)),
        caches=tuple(file for file in (*cache_files(place), *log_files()) if holds(file, user)),
        pictures=len(picture_files()),
    )


def forget_user(
    location: Location | str | Path,
    user: str,
    waiting: Sequence[Path],
    *,
    keep_counts: bool = False,
    backups: HeldInBackups = HeldInBackups.CLEAN,
    bot_stopped: bool = False,
    events: int = 0,
) -> Task[ForgetResult]:
    """Remove everything that is stored of a user, and search the files for what is left.

    Args:
        location: the database.
        user: the id.
        waiting: the files of events that wait to be written, or were refused (:mod:`core.tracking.spool_places`), out
            of which the user's went before (:func:`core.tracking.spool_forgetting.forget_in_spools`): they are
            searched.
        events: how many of those there were, for the receipt.
        keep_counts: rows stay, without id, prompt, message, channel and details; "forgotten" stands for the id.
        backups: what is done about known backups.
        bot_stopped: nobody else is writing: a transaction may last as long as it takes.

    Raises:
        ValueError: ``user`` is no id (:data:`core.models.USER_ID`).
        BotpulseError: missing, read-only, locked, corrupt, too little room, refused by a trigger; the server is away.
            What had gone by then stays gone; the rest goes when it is done again.
    """
    _check(user)
    place = locate(location)
    if place.path is not None:
        path = file_to_write(place)
        check_room(real_path(path).parent, 2 * byte_size(path))
    cleaned: dict[Path, int] = {}
    deleted: tuple[Path, ...] = ()
    with _repeatable(place):
        if place.path is not None:
            cleaned, deleted = yield from _forget_backups(path, user, backups, keep_counts=keep_counts)
        if place.path is not None:
            done = yield from forget_rows(path, user, keep_counts=keep_counts, longest=longest_hold(bot_stopped))
        else:
            done = yield from forget_on_server(place, user, keep_counts=keep_counts)
        own = _forget_own(place, user)
        yield Progress(0.95, _("searching the files for what is left"))
        left = tuple(file for file in all_files(place, waiting) if holds(file, user))
    return ForgetResult(
        datetime.now(UTC), done, waiting=events, cleaned=cleaned, deleted=deleted, left=left,
        server=place.path is None, **own,
    )  # fmt: skip


def _check(user: str) -> None:
    if USER_ID.fullmatch(user) is None:
        raise ValueError(_("a user's id has 15 to 20 digits"))


@contextmanager
def _repeatable(subject: Location) -> Iterator[None]:
    """Where it fails, a fault does not say that nothing was changed."""
    try:
        with faults_of(subject.path) if subject.path is not None else faults(subject):
            yield
    except BotpulseError as fault:
        fault.what_is_safe = _("What was forgotten so far stays forgotten; rows of other users are as they were.")
        fault.what_to_do = _("{what_to_do} Then forget the user once more.").format(what_to_do=fault.what_to_do)
        raise


def _counted(path: Path, user: str) -> Task[dict[str, int]]:
    with faults_of(path):
        return (yield from looking(path, lambda query: count_user(path, user, query)))


def _settle(backup: Path) -> Task[None]:
    """Take back what a write that was cut off has left in a backup: no bot ever opens it, which would do that."""
    if backup.with_name(backup.name + JOURNAL).is_file():
        with faults_of(backup), closing(connect(backup)) as connection:
            yield from retrying(lambda: connection.execute("SELECT count(*) FROM sqlite_master").fetchall())


def _forget_backups(
    path: Path, user: str, choice: HeldInBackups, *, keep_counts: bool
) -> Task[tuple[dict[Path, int], tuple[Path, ...]]]:
    cleaned: dict[Path, int] = {}
    deleted: list[Path] = []
    for file in (each.path for each in known.backups(path) if choice is not HeldInBackups.LEAVE):
        yield from _settle(file)
        if not holds(file, user):
            continue
        with faults_of(file):
            if choice is HeldInBackups.DELETE:
                file.unlink()
                deleted.append(file)
                continue
            check_writable(file)
            check_room(file.parent, 2 * byte_size(file))
            done = yield from forget_rows(file, user, keep_counts=keep_counts, longest=None)
            if problems := (yield from integrity(file)).problems:
                raise StorageFault(str(file), problems[0])
            cleaned[file] = sum(done.rows.values())
    return cleaned, tuple(deleted)


def _forget_own(place: Location, user: str) -> dict[str, int]:
    """Remove what the user's own folders hold: counts of a :class:`ForgetResult`."""
    caches = len(cache_files(place))
    rollup_files.forget(place)
    if place.path is not None:
        with faults_of(receipts := receipts_beside(place.path)):
            ReceiptFile(receipts).forget(user)
    with faults_of(labels_path()):
        labels = sum(remove_label(NameKind.USER, user, source) for source in LabelSource)
    with faults_of(notes_path()):
        labels += strike_notes(user)
    return {"caches": caches, "labels": labels, "pictures": remove_pictures(), "logs": strike_logs(user)}


def _labels(user: str) -> int:
    """How many labels the user has, and how many of the host's notes mention them."""
    with faults_of(labels_path()):
        labels = len(read_labels(NameKind.USER, [user]))
    with faults_of(notes_path()):
        return labels + notes_that_name(user)
