"""What ``doctor`` observed, and how that is told: as lines for a person, or as JSON for a program."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from core.errors import BotpulseError
from core.log import redact
from core.text.formatting import counted, one_line
from core.text.plain import plain
from core.text.translation import gettext as _

_LONGEST: Final = 600
_NARROW: Final = 5
_WIDE: Final = 14
"""Letters of a grade and of a subject, at least."""

_SUBJECTS: Final = {
    "Versions": _("Versions"),
    "Libraries": _("Libraries"),
    "System": _("System"),
    "Clock": _("Clock"),
    "Log": _("Log"),
    "Spool": _("Spool"),
    "Cache": _("Cache"),
    "Backups": _("Backups"),
    "Room": _("Room"),
    "Display": _("Display"),
    "Fonts": _("Fonts"),
    "Tray": _("Tray"),
    "Preferences": _("Preferences"),
    "Window": _("Window"),
    "Database": _("Database"),
    "Tables": _("Tables"),
    "Newest event": _("Newest event"),
    "Spool files": _("Spool files"),
    "Refused": _("Refused"),
    "Unfinished": _("Unfinished"),
    "Place": _("Place"),
    "Rights": _("Rights"),
}
"""What is looked at, for a person; a program gets the name. Names of products are the same in all languages."""


class Grade(StrEnum):
    """How good it is: only ``BAD`` is a fault; a ``NOTE`` may matter to some."""

    GOOD = "ok"
    NOTE = "note"
    BAD = "bad"


_GRADES: Final = {Grade.GOOD: _("ok"), Grade.NOTE: _("note"), Grade.BAD: _("bad")}


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing that was looked at.

    Attributes:
        subject: what was looked at, in a word or two of English: programs know it by that.
        grade: how good it is.
        words: what was seen.
        advice: what to do about it; empty where nothing is to be done.
    """

    subject: str
    grade: Grade
    words: str
    advice: str = ""


def fault_of(subject: str, error: BotpulseError) -> Observation:
    """An expected fault, which has its own words."""
    detail = f" ({error.detail})" if error.detail else ""
    return Observation(subject, Grade.BAD, f"{error.title}: {error.subject}{detail}", error.what_to_do)


def is_fine(observed: Iterable[Observation]) -> bool:
    """Whether nothing is bad."""
    return all(each.grade is not Grade.BAD for each in observed)


def as_text(observed: Sequence[Observation]) -> str:
    """A line for each, what to do below it, and what that comes to."""
    lines = []
    grades, subjects = [_GRADES[each.grade] for each in observed], [_title(each.subject) for each in observed]
    first, second = max(_NARROW, *map(len, grades)), max(_WIDE, *map(len, subjects))
    for each, grade, subject in zip(observed, grades, subjects, strict=True):
        lines.append(f"{grade:<{first}} {subject:<{second}} {_told(each.words)}")
        if each.advice:
            lines.append(f"{'':{first + second + 1}} → {_told(each.advice)}")
    bad = sum(each.grade is Grade.BAD for each in observed)
    lines.append(
        counted(bad, "{count} thing to mend, marked bad.", "{count} things to mend, marked bad.")
        if bad
        else _("Nothing needs to be mended.")
    )
    return "\n".join(lines)


def as_json(observed: Sequence[Observation]) -> str:
    """The same for a program: ``fine``, and ``observations``; subject and grade are English whatever the language."""
    return json.dumps({"fine": is_fine(observed), "observations": [_entry(each) for each in observed]}, indent=2)


def _entry(each: Observation) -> dict[str, Any]:
    return {name: _told(value) for name, value in asdict(each).items()}


def _title(subject: str) -> str:
    return _SUBJECTS.get(subject, subject)


def _told(text: str) -> str:
    """Names of files and what servers say are others' words: one line, and nothing that is secret."""
    return one_line(plain(redact(text)), _LONGEST)
