"""Tasks of the Data menu's dialogs, made of those of ``core.maintenance``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from core.maintenance import backups, operation_journal, restoring, survey
from core.maintenance.backups import Stored, default_folder
from core.maintenance.forgetting import ForgetResult, HeldInBackups, UserSurvey, forget_user, survey_user
from core.maintenance.operation_journal import Action, JournalNote
from core.maintenance.restoring import Difference
from core.maintenance.survey import Survey
from core.storage.location import Location
from core.tasks import Phase, Progress, Task, followed
from core.tracking.spool_forgetting import forget_in_spools
from core.tracking.spool_places import refused_files, spool_files

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is there, and where a backup of it would go."""

    survey: Survey
    folder: Path


@dataclass(frozen=True, slots=True)
class Undoable:
    """What was done last and can be taken back: its note, how many more there are, and what a restore would change."""

    note: JournalNote | None
    more: int
    difference: Difference | None = None


def outlook(location: Location, older_than: datetime | None = None) -> Task[Outlook]:
    """Look at a database; see :func:`core.maintenance.survey`."""
    found = yield from survey.survey(location, older_than)
    assert location.path is not None
    return Outlook(found, default_folder(location.path))


def stored(location: Location) -> Task[tuple[Stored, ...]]:
    """The backups of a database, the newest first."""
    yield Progress(0.0)
    return backups.backups(location)


def unfinished(location: Location) -> Task[JournalNote | None]:
    """The latest thing that was cut off, or that somebody else is doing at this moment."""
    yield Progress(0.0)
    return next(iter(operation_journal.unfinished(location)), None)


def undoable(location: Location) -> Task[Undoable]:
    """What was done last, finished or cut off."""
    yield Progress(0.0)
    notes = sorted(
        (*operation_journal.unfinished(location), *operation_journal.undoable(location)),
        key=lambda each: each.since,
        reverse=True,
    )
    if not notes:
        return Undoable(None, 0)
    restored = notes[0].action is Action.RESTORE
    difference = (yield from restoring.compare(location, notes[0].backup)) if restored else None
    return Undoable(notes[0], len(notes) - 1, difference)


def done_since(location: Location, action: Action, moment: datetime) -> Task[JournalNote | None]:
    """What was done to a database since a moment: work that was stopped may have come to its end just before."""
    yield Progress(0.0)
    found = (each for each in operation_journal.undoable(location) if each.action is action and each.since >= moment)
    return next(found, None)


def stored_of(location: Location, user: str) -> Task[UserSurvey]:
    """What is stored of a user; see :func:`core.maintenance.forgetting.survey_user`."""
    yield Progress(0.0)
    return (yield from survey_user(location, user, _waiting(location)))


def forgotten(
    location: Location, user: str, *, keep_counts: bool, backups: HeldInBackups, bot_stopped: bool
) -> Task[ForgetResult]:
    """Forget a user; see :func:`core.maintenance.forgetting.forget_user`."""
    yield Progress(0.0)
    waiting, events = _waiting(location), forget_in_spools(location, user).events
    chosen = {"keep_counts": keep_counts, "bot_stopped": bot_stopped}
    return (yield from forget_user(location, user, waiting, backups=backups, events=events, **chosen))


def _waiting(location: Location) -> list[Path]:
    return [*spool_files(location), *refused_files(location)]


def to_its_end(task: Task[Result]) -> Task[Result]:
    """Drive a task without a break once its change is in the file: to stop it then would only hide what was done."""
    return followed(task, lambda progress: None if progress.phase is Phase.COMMITTED else progress)
