"""What is known of a database's retention by age: the limits that the host has agreed to, and the last run.

A small file for each database in the user's own data; it holds days and numbers, and no path.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from core.errors import BotpulseError
from core.maintenance.locking import file_of
from core.maintenance.retention import AgeResult, AgeSurvey, retain, survey_age
from core.maintenance.scheduled import Scheduled, is_due
from core.storage.database import faults
from core.storage.files import replacing
from core.storage.location import Location, real_path
from core.storage.own_folders import data_folder
from core.tasks import Progress, Task
from core.text.ages import Aged, AgeLimits
from core.time_ranges import host_zone

log = logging.getLogger(__name__)

_FOLDER: Final = "retention"
_LONGEST: Final = 10_000


@dataclass(frozen=True, slots=True)
class AgeNote:
    """What is known.

    Attributes:
        agreed: the limits at which rows may go without being asked for.
        when: the last run, in UTC; None where there was none.
        rows: what went then; fault: why it failed, in a few words; empty where it did not.
    """

    agreed: AgeLimits = field(default_factory=dict)
    when: datetime | None = None
    rows: Mapping[Aged, int] = field(default_factory=dict)
    fault: str = ""

    def allows(self, limits: AgeLimits) -> bool:
        """Whether no more goes by these limits than was agreed to."""
        return all(days >= self.agreed.get(what, days + 1) for what, days in limits.items())


@dataclass(frozen=True, slots=True)
class ToConfirm:
    """Rows that would go, and may not before the host has seen how many they are."""

    found: AgeSurvey


def read_note(location: Location | str | Path) -> AgeNote:
    """What is known; of a file that can't be read, nothing: then the host is asked again.

    Raises:
        OnServer: the database is on a server.
    """
    try:
        with _place(location).open("rb") as file:
            return _note(json.loads(file.read(_LONGEST)))
    except FileNotFoundError:
        return AgeNote()
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        log.info("what is known of a retention can't be read: %s", error)
        return AgeNote()


def agree(location: Location | str | Path, limits: AgeLimits) -> None:
    """Note that the host wants these limits kept from now on, without being asked again.

    Raises:
        BotpulseError: on a server; the note can't be written.
    """
    _write(location, replace(read_note(location), agreed=dict(limits)))


def retain_noted(
    location: Location | str | Path, limits: AgeLimits, now: datetime, *, bot_stopped: bool = False
) -> Task[AgeResult]:
    """:func:`core.maintenance.retention.retain`, and a note of how it went. Raises the same."""
    try:
        done = yield from retain(location, limits, now, bot_stopped=bot_stopped)
    except BotpulseError as fault:
        _write(location, replace(read_note(location), when=now.astimezone(UTC), rows={}, fault=fault.title))
        raise
    _write(location, replace(read_note(location), when=done.when, rows=done.rows, fault=""))
    return done


def agree_and_retain(
    location: Location, limits: AgeLimits, now: datetime, *, bot_stopped: bool = False
) -> Task[AgeResult]:
    """The first run, once the host has seen what it will remove: what is cut off goes on by itself."""
    yield Progress(0.0)
    agree(location, limits)
    return (yield from retain_noted(location, limits, now, bot_stopped=bot_stopped))


def retain_if_due(
    location: Location | str | Path, limits: AgeLimits, clock: Callable[[], datetime]
) -> Task[AgeResult | ToConfirm | None]:
    """Remove what is older than its limit, if that was not done on this machine's day yet; None where it was.

    The host is asked first: for limits that were not agreed to, and where the newest row is older than a limit. Then
    the clock is wrong, perhaps, or the bot ended long ago, and everything would go. Without ``limits`` nothing goes.
    ``clock`` tells the time, aware.

    Raises as :func:`retain_noted` does.
    """
    yield Progress(0.0)
    note, now = read_note(location), clock()
    if note.allows(limits) and dict(note.agreed) != dict(limits):
        agree(location, limits)  # less goes than before, or nothing: more would have to be agreed to anew
    if not limits or (note.allows(limits) and not _is_due(location, note, now)):
        return None
    found = yield from survey_age(location, limits, now)
    if not note.allows(limits):
        return ToConfirm(found) if found.rows else None
    if found.rows and (found.newest is None or now - found.newest > timedelta(days=min(limits.values()))):
        return ToConfirm(found)
    return (yield from retain_noted(location, limits, now))


def _is_due(location: Location | str | Path, note: AgeNote, now: datetime) -> bool:
    done = () if note.when is None else (Scheduled(file_of(location), note.when),)
    return is_due(done, now, host_zone())


def _place(location: Location | str | Path) -> Path:
    name = hashlib.sha256(os.fsencode(real_path(file_of(location)))).hexdigest()[:24]
    return data_folder() / _FOLDER / f"{name}.json"


def _write(location: Location | str | Path, note: AgeNote) -> None:
    place = _place(location)
    written = {
        "agreed": dict(note.agreed),
        "when": None if note.when is None else note.when.isoformat(),
        "rows": dict(note.rows),
        "fault": note.fault,
    }
    with faults(place):
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with replacing(place) as file:
            file.write(json.dumps(written).encode())


def _note(written: Any) -> AgeNote:
    when = None if written["when"] is None else datetime.fromisoformat(written["when"])
    agreed, rows = ({Aged(what): int(number) for what, number in written[key].items()} for key in ("agreed", "rows"))
    return AgeNote(agreed, when and when.astimezone(UTC), rows, str(written["fault"]))
