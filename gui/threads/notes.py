"""The notes of the database that is open, and the signal that they are others: for the charts, which show them."""

from __future__ import annotations

import logging
from functools import cache, partial

from PySide6.QtCore import QObject, Signal

from core.errors import BotpulseError
from core.storage.location import Location
from core.storage.notes import Note, notes_of, remove_note, write_note
from core.tasks import Progress, Task
from core.text.translation import gettext as _
from gui.threads.jobs import Job

log = logging.getLogger(__name__)


class NoteNotKept(BotpulseError):
    """The file of notes could not be written."""

    title = _("The note could not be kept")
    what_happened = _("The file of your notes could not be written.")
    what_is_safe = _("The notes are as they were, and the database was not touched.")
    what_to_do = _("Make room on the disk, or let Botpulse write to its folder, and do it again.")


def read_notes(location: Location) -> Task[tuple[Note, ...]]:
    """A database's notes; none where they can't be read, which the log says."""
    yield Progress(0.0)
    try:
        return notes_of(location)
    except OSError as error:
        log.warning("The notes can't be read: %s", error)
        return ()


def keep_note(location: Location, note: Note) -> Task[tuple[Note, ...]]:
    """Keep a note; one without a text is removed. Returns all that there are now.

    Raises:
        NoteNotKept: the file can't be written; nothing has changed.
    """
    yield Progress(0.0)
    try:
        if note.text:
            write_note(location, note)
        else:
            remove_note(note)
        return notes_of(location)
    except OSError as error:
        raise NoteNotKept(_("the notes"), str(error)) from error


class NoteNews(QObject):
    """Knows the notes of one database at a time.

    Attributes:
        notes: in the order of their moments; alarms: when each alarm began, and what it is.

    Signals:
        changed(): there are other notes, or alarms.
        requested(float): the host wants to write something down about this moment, in epoch seconds.
    """

    changed = Signal()
    requested = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.notes: tuple[Note, ...] = ()
        self.alarms: tuple[Note, ...] = ()
        self._location: Location | None = None
        self._shown: Location | None = None
        self._job = Job(self)
        self._job.finished.connect(self.take)
        self._job.ended.connect(self._read_other)

    def begin(self, location: Location | None) -> None:
        """Another database is opened, or none."""
        self._location = self._shown = location
        self.take(())
        if self._job.running:
            self._job.cancel()
        else:
            self._read_other()

    def take_of(self, location: Location, notes: tuple[Note, ...]) -> None:
        """These are the notes of a database; they are shown if that is still the one that is open."""
        if location == self._shown:
            self.take(notes)

    def take(self, notes: tuple[Note, ...]) -> None:
        """These are the notes from now on."""
        if notes != self.notes:
            self.notes = notes
            self.changed.emit()

    def take_alarms(self, alarms: tuple[Note, ...]) -> None:
        """These are the alarms to be shown from now on."""
        if alarms != self.alarms:
            self.alarms = alarms
            self.changed.emit()

    def end(self) -> None:
        """The window closes. It may be called twice."""
        self._location = None
        self._job.stop()

    def _read_other(self) -> None:
        location, self._location = self._location, None
        if location is not None:
            self._job.start(partial(read_notes, location))


@cache
def note_news() -> NoteNews:
    """The one of this process."""
    return NoteNews()
