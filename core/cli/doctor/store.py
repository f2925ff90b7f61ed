"""What ``doctor`` says of the database. It only looks: the file and its folder stay as they are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from core.cli.doctor.machine import room
from core.cli.doctor.observations import Grade, Observation, fault_of
from core.errors import BotpulseError
from core.maintenance import backups, operation_journal
from core.models import EVENT_MODELS, is_required, table_name
from core.storage.location import Location, byte_size, locate
from core.storage.network_drives import share_of
from core.storage.reader import Reader, reading
from core.storage.rights import may_write
from core.storage.seeks import all_ids, last_id, newest_moment_before
from core.text.formatting import ago, counted, size, written
from core.text.translation import gettext as _
from core.tracking.spool_places import refused_files, spool_files

SUBJECT: Final = "Database"
_AHEAD: Final = 60.0


def observed(address: str | None) -> Iterator[Observation]:
    """All that can be said of a database; None is none that anybody named."""
    if address is None:
        words = _("none was named, {variable} is not set, and there is no {name} in this folder").format(
            variable="$BOTPULSE_DATABASE", name="analytics.db"
        )
        yield Observation(SUBJECT, Grade.NOTE, words, _("Name it: doctor path/to/analytics.db"))
        return
    try:
        location = locate(address)
        with reading(location) as reader:
            yield from _of_reader(reader)
    except BotpulseError as error:
        yield fault_of(SUBJECT, error)
        return
    yield from _waiting(location)
    if location.path is not None:
        yield from _of_file(location.path)


def _of_reader(reader: Reader) -> Iterator[Observation]:
    where = _("{location}, {mode} mode").format(location=reader.location, mode=reader.journal_mode)
    if reader.location.path is not None:
        where += f", {size(byte_size(reader.location.path))}"
    yield Observation(SUBJECT, Grade.GOOD, where)
    yield _tables(reader)
    yield _newest(reader)


def _tables(reader: Reader) -> Observation:
    names = {table_name(model) for model in EVENT_MODELS}
    lacking = (each for each in reader.added_columns if is_required(*each))
    missing = sorted(names - reader.tables) + sorted(f"{table}.{column}" for table, column in lacking)
    unindexed = sorted(names & reader.tables - reader.indexed)
    lacks = [_("without {names}").format(names=", ".join(missing))] if missing else []
    lacks += [_("no index by time on {names}").format(names=", ".join(unindexed))] if unindexed else []
    if not lacks:
        return Observation("Tables", Grade.GOOD, _("all of them are as this version writes them"))
    advice = _("It is read all the same. botpulse-db optimise adds what is missing.")
    return Observation("Tables", Grade.NOTE, "; ".join(lacks), advice)


def _newest(reader: Reader) -> Observation:
    """The newest event; one of the future tells that two clocks differ."""
    present = [model for model in EVENT_MODELS if table_name(model) in reader.tables]
    ends = [newest_moment_before(reader, model, last_id(reader, model)) for model in present]
    moments = [moment for moment in ends if moment is not None]
    if not moments:
        return Observation(
            "Newest event", Grade.NOTE, _("there are no events yet"), _("Run one of the bot's commands.")
        )
    newest = max(moments)
    rows = sum(all_ids(reader, model).upto for model in present)
    ahead = newest - time.time()
    if ahead > _AHEAD:
        advice = _("The clocks of the bot's machine and of this one differ: let both set themselves.")
        words = _("it is {seconds} s in the future").format(seconds=written(ahead, ",.0f"))
        return Observation("Newest event", Grade.BAD, words, advice)
    events = counted(rows, "about {count} event", "about {count} events")
    words = _("{ago}; {events}").format(ago=ago(max(0.0, -ahead)), events=events)
    return Observation("Newest event", Grade.GOOD, words)


def _waiting(location: Location) -> Iterator[Observation]:
    """Events that are beside the database instead of in it, and changes that were cut off."""
    if spools := spool_files(location):
        advice = _("Mend what keeps the bot from writing (locks, rights, room); it then writes them by itself.")
        yield Observation("Spool files", Grade.BAD, _("events wait in {file}").format(file=spools[0]), advice)
    if refused := refused_files(location):
        advice = _("The bot's log says what refused them; docs/troubleshooting.md, how they come in.")
        yield Observation(
            "Refused", Grade.BAD, _("events that a table refused are in {file}").format(file=refused[0]), advice
        )
    if location.path is None:
        return
    for note in operation_journal.unfinished(location):
        words = _("an operation was cut off ({action}); its backup is {file}").format(
            action=note.action, file=note.backup
        )
        yield Observation(
            "Unfinished", Grade.BAD, words, _("Open the window: it says what to do. Or: botpulse-db undo")
        )


def _of_file(path: Path) -> Iterator[Observation]:
    share = share_of(path.absolute())
    if share:
        advice = _("Locks can't be relied on there: let the bot write a file on its own disk, or a PostgreSQL server.")
        yield Observation("Place", Grade.BAD, _("it lies on a network share ({share})").format(share=share), advice)
    yield _rights(path)
    yield from filter(None, [room("Room", path.parent)])


def _rights(path: Path) -> Observation:
    folder = backups.default_folder(path)
    if may_write(path) and may_write(path.parent):
        words = _("file and folder can be written; backups go into {folder}").format(folder=folder)
        return Observation("Rights", Grade.GOOD, words)
    words = _("the file can be read only; backups go into {folder}").format(folder=folder)
    advice = _(
        "That is enough to watch. To reset, restore or optimise, your user has to write the file and its folder."
    )
    return Observation("Rights", Grade.NOTE, words, advice)
