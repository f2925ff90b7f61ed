"""Alarms in words: what, since when, how sure, compared with what, and which rows show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from core.alarms.anomaly import AlarmKind, Anomaly
from core.alarms.episodes import Alarm
from core.alarms.moments import bare
from core.charts.specs import Opens
from core.filters import FAILED, Field, Filter, Term
from core.models import ActionType
from core.text.formatting import age, count, counted, one_line, seconds, size, written
from core.text.translation import gettext as _

TITLES: Final[Mapping[AlarmKind, str]] = {
    AlarmKind.SILENCE: _("The bot is silent"),
    AlarmKind.RESTARTS: _("The bot starts again and again"),
    AlarmKind.FAILURES: _("More failures than usual"),
    AlarmKind.NEW_ERROR: _("A new error"),
    AlarmKind.SLOW: _("Generations are slower"),
    AlarmKind.QUEUE: _("The queue is long"),
    AlarmKind.DISK: _("The disk is nearly full"),
    AlarmKind.CANNOT_WRITE: _("The bot can't write"),
}
"""What each kind of alarm is called."""

_LONGEST: Final = 160
_ALL_BUT_CERTAIN: Final = 1.5


@dataclass(frozen=True, slots=True)
class AlarmWords:
    """An alarm in words.

    Attributes:
        headline: a few words, for a notification's title.
        evidence: since when, compared with what, how sure; a few sentences.
        advice: the next step.
        opens: the rows behind it; None where there are none.
    """

    headline: str
    evidence: str
    advice: str
    opens: Opens | None = None


def alarm_words(alarm: Alarm, now: float, zone: ZoneInfo) -> AlarmWords:
    """An alarm in words, as it stands at ``now`` in epoch seconds. Untrusted text in it is one short line each."""
    return _WORDS[alarm.kind](alarm, bare(alarm.anomaly.since, now, zone))


def end_words(alarm: Alarm, zone: ZoneInfo) -> str:
    """That an alarm has ended, in a sentence."""
    ended = alarm.ended if alarm.ended is not None else alarm.last.moment
    lasted = age(max(ended - alarm.anomaly.since, 0.0))
    return _("Over since {moment}, after {time}.").format(moment=bare(ended, ended, zone), time=lasted)


def _failures(alarm: Alarm, since: str) -> AlarmWords:
    seen = alarm.last
    usual = _("none are usual") if seen.usual < 0.05 else _("{usual} are usual").format(usual=_number(seen.usual))
    compared = _("{failures} in {time} since {since}; {usual} at this hour and for so many commands.").format(
        failures=_failures_words(int(seen.observed)), time=age(seen.seconds), since=since, usual=usual
    )
    why = _(" Most of them: {error}.").format(error=_error(seen)) if seen.subject else ""
    opens = _rows("failures", alarm, Term(Field.REASON, "error")) if seen.subject else None
    return AlarmWords(
        TITLES[AlarmKind.FAILURES],
        f"{compared}{why} {_sure(alarm)}",
        _("Look at the failures' messages: one cause explains most of them. See whether ComfyUI answers."),
        opens or _rows("commands", alarm, Term(Field.OUTCOME, FAILED)),
    )


def _new_error(alarm: Alarm, since: str) -> AlarmWords:
    seen = alarm.last
    evidence = _("{error}: {times} since {since}. It was not seen in the thirty days before.").format(
        error=_error(seen), times=_times(int(seen.observed)), since=since
    )
    return AlarmWords(
        _("A new error: {error}").format(error=one_line(seen.subject, 60) or _("unnamed")),
        evidence,
        _("What was changed then: an update, a model, a workflow, a LoRA?"),
        _rows("failures", alarm, Term(Field.ERROR, seen.fingerprint)),
    )


def _slow(alarm: Alarm, since: str) -> AlarmWords:
    seen = alarm.last
    what = _SLOW_SUBJECTS[seen.detail](one_line(seen.subject, 60))
    evidence = _(
        "{now} since {since}, where {usual} is usual for like ones in the last thirty days ({n}). {sure}"
    ).format(
        now=seconds(seen.observed),
        since=since,
        usual=seconds(seen.usual),
        n=_generations(seen.count),
        sure=_sure(alarm),
    )
    field = _SLOW_FIELDS.get(seen.detail)
    return AlarmWords(
        what,
        evidence,
        _("See what else uses the graphics card, how hot it is, and what was changed then."),
        _rows("images", alarm, *([Term(field, seen.subject)] if field is not None else [])),
    )


def _queue(alarm: Alarm, since: str) -> AlarmWords:
    seen = alarm.last
    evidence = _("The last {n} waited {wait} in the median since {since}; {usual} is long on usual days.").format(
        n=count(seen.count), wait=seconds(seen.observed), since=since, usual=seconds(seen.usual)
    )
    return AlarmWords(
        TITLES[AlarmKind.QUEUE],
        evidence,
        _("See what ComfyUI is working on: a long video, or one user with many requests."),
        _rows("images", alarm),
    )


def _restarts(alarm: Alarm, since: str) -> AlarmWords:
    seen = alarm.last
    return AlarmWords(
        TITLES[AlarmKind.RESTARTS],
        _("{starts} in {time} since {since}.").format(
            starts=counted(int(seen.observed), _("{count} start"), _("{count} starts")),
            time=age(seen.seconds),
            since=since,
        ),
        _("Its log says what it ends with. Whatever starts it again should wait longer between two starts."),
        _rows("activity", alarm, Term(Field.ACTION, ActionType.BOT_START.value)),
    )


def _silence(alarm: Alarm, since: str) -> AlarmWords:
    seen = alarm.last
    if seen.detail:  # said by the verdict, which knows more than the rows
        return AlarmWords(seen.subject, seen.detail, _("See whether the bot runs and answers a command."))
    return AlarmWords(
        TITLES[AlarmKind.SILENCE],
        _("Nothing since {since}, for {quiet}; some {usual} commands are usual in that time.").format(
            since=since, quiet=age(seen.seconds), usual=_number(seen.usual)
        ),
        _("See whether the bot runs and answers a command."),
    )


def _cannot_write(alarm: Alarm, since: str) -> AlarmWords:
    return AlarmWords(
        TITLES[AlarmKind.CANNOT_WRITE],
        alarm.last.detail,
        _("Look for a program that holds the database, a full disk, or a file that may not be written."),
    )


def _disk(alarm: Alarm, since: str) -> AlarmWords:
    seen = alarm.last
    return AlarmWords(
        TITLES[AlarmKind.DISK],
        _("{free} are free where the database lies; below {least} the bot may soon lose what it writes.").format(
            free=size(int(seen.observed)), least=size(int(seen.usual))
        ),
        _("Make room: pictures and old backups are the usual places."),
    )


_WORDS: Final[Mapping[AlarmKind, Callable[[Alarm, str], AlarmWords]]] = {
    AlarmKind.SILENCE: _silence,
    AlarmKind.RESTARTS: _restarts,
    AlarmKind.FAILURES: _failures,
    AlarmKind.NEW_ERROR: _new_error,
    AlarmKind.SLOW: _slow,
    AlarmKind.QUEUE: _queue,
    AlarmKind.DISK: _disk,
    AlarmKind.CANNOT_WRITE: _cannot_write,
}

_SLOW_SUBJECTS: Final[Mapping[str, Callable[[str], str]]] = {
    "all": lambda name: TITLES[AlarmKind.SLOW],
    "type": lambda name: _("Slower: all of type {name}").format(name=name),
    "model": lambda name: _("Slower: all with the model {name}").format(name=name),
    "resolution": lambda name: _("Slower: all of {name}").format(name=name),
    "lora": lambda name: _("Slower: all with the LoRA {name}").format(name=name),
}
_SLOW_FIELDS: Final = {"type": Field.TYPE, "model": Field.MODEL, "resolution": Field.RESOLUTION, "lora": Field.LORA}


def _sure(alarm: Alarm) -> str:
    if alarm.worst >= _ALL_BUT_CERTAIN:
        return _("That is all but certainly no chance.")
    return _("That is very likely no chance.")


def _rows(table: str, alarm: Alarm, *terms: Term) -> Opens:
    since = int(alarm.anomaly.since)
    ended = () if alarm.ended is None else (Term(Field.BEFORE, int(alarm.ended) + 1),)
    return Opens(table, Filter((*terms, Term(Field.AFTER, since), *ended)))


def _error(seen: Anomaly) -> str:
    return one_line(f"{seen.subject}: {seen.detail}" if seen.detail else seen.subject, _LONGEST)


def _failures_words(number: int) -> str:
    return counted(number, _("{count} failure"), _("{count} failures"))


def _times(number: int) -> str:
    return counted(number, _("once"), _("{count} times"))


def _generations(number: int) -> str:
    return counted(number, _("{count} generation"), _("{count} generations"))


def _number(value: float) -> str:
    return written(value, ".1f") if value < 9.95 else count(round(value))
