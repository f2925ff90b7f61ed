"""Why nothing comes: one database's signs of life, gathered from look to look, and what they amount to.

It is told from what is known, and never more surely than that allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from core.alarms.file_signs import FileSigns
from core.alarms.moments import at, bare, longest_words, none_words, pace_words
from core.errors import BotpulseError, DatabaseLocked, DatabaseMissing, ServerAway
from core.feed.snapshot import Event, EventKind
from core.statistics.lives import LifeEvent, life_event, lives_of
from core.statistics.usage_pattern import Rhythm
from core.text.formatting import age
from core.text.translation import gettext as _
from core.time_ranges import HOUR, TimeRange

SHORTEST: Final = 60.0
"""Seconds; below this nobody speaks of silence, however busy the bot is."""

SILENT_AFTER: Final = 600.0
"""Seconds without any row after which the bot counts as silent."""

ENOUGH_EVENTS: Final = 40
ENOUGH_DAYS: Final = 5.0
_FEW_EXPECTED: Final = 4.0
"""Where so few events were to be expected, none is nothing strange."""

MANY_EXPECTED: Final = 16.0
BEYOND_LONGEST: Final = 1.5
"""A quiet that is longer than any of the last weeks by this factor is something new."""

EARLIEST_ALARM: Final = 600.0
"""Seconds; before that nobody is called."""

_FILE_NEWER: Final = 120.0
"""Seconds by which the file must be newer than the last event before that is worth a word."""


class Cause(StrEnum):
    """What a silence is."""

    LIVELY = "lively"
    NO_EVENTS = "no events"
    UNASKED = "no requests"
    UNCLEAR = "unclear"
    HELD_UP = "can't write"
    STOPPED = "stopped writing"
    SHUT_DOWN = "shut down"
    REPLACED = "replaced"
    LOCKED = "locked"
    MOVED = "moved"
    AWAY = "out of reach"


_ALARMING: Final = frozenset({Cause.HELD_UP, Cause.STOPPED, Cause.SHUT_DOWN, Cause.REPLACED, Cause.MOVED, Cause.AWAY})


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known. Moments are epoch seconds; None where a thing was not seen.

    Attributes:
        now: the present moment; zone: whose clock the words are of.
        last_seen: the newest row's, of whatever table.
        rhythm: how often events usually come.
        shut_down: the newest ``bot_shutdown``; started: the newest ``bot_start``.
        fault: what stands in the way of looking; fault_since: since when.
        replaced: when this session saw another file at the path.
        modified: when the file, or its write-ahead log, was last written.
        spooled: when events were last put into a spool beside the database, because they could not be written.
        on_server: the database is on a server and has no file.
        suspected: since the last event the bot was taken to have stopped already; time alone clears nobody.
    """

    now: float
    zone: ZoneInfo
    last_seen: float | None
    rhythm: Rhythm | None = None
    shut_down: float | None = None
    started: float | None = None
    fault: BotpulseError | None = None
    fault_since: float | None = None
    replaced: float | None = None
    modified: float | None = None
    spooled: float | None = None
    on_server: bool = False
    suspected: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a silence is taken for.

    Attributes:
        cause: the kind; headline: a few words for a light, a tool tip or a notification's title.
        evidence: what it is concluded from, in a sentence or two.
        advice: the next step; empty where there is none to take.
    """

    cause: Cause
    headline: str
    evidence: str = ""
    advice: str = ""

    @property
    def alarming(self) -> bool:
        """Whether somebody should look after it."""
        return self.cause in _ALARMING


def explain(signs: Signs) -> Verdict:
    """What is the matter, the surest sign first."""
    if signs.fault is not None:
        return _fault(signs, signs.fault)
    if signs.spooled is not None and signs.spooled > (signs.last_seen or 0.0) + _FILE_NEWER / 4:
        return _held_up(signs, signs.spooled)
    if signs.last_seen is None:
        return _no_events(signs)
    quiet = signs.now - signs.last_seen
    if signs.shut_down is not None and signs.shut_down >= max(signs.started or 0.0, signs.last_seen):
        return _shut_down(signs, signs.shut_down)
    if quiet < SHORTEST:
        return Verdict(Cause.LIVELY, _("The bot is writing"))
    if signs.replaced is not None and signs.replaced > signs.last_seen:
        return _replaced(signs, signs.replaced, quiet)
    return _by_rhythm(signs, signs.last_seen, quiet)


def _fault(signs: Signs, fault: BotpulseError) -> Verdict:
    since = _since(signs)
    happened = (
        _("{what_happened} It has been like this{since}.").format(what_happened=fault.what_happened, since=since)
        if since
        else fault.what_happened
    )
    if isinstance(fault, DatabaseLocked) and signs.on_server:
        return Verdict(Cause.LOCKED, fault.title, happened, fault.what_to_do)
    if isinstance(fault, DatabaseLocked):
        words = _(
            "Another program has held the file for itself{since}. What is written meanwhile does not show here."
        ).format(since=since)
        if signs.spooled is not None:
            words += _(" Events of the bot wait in a file, the latest since {moment}.").format(
                moment=bare(signs.spooled, signs.now, signs.zone)
            )
        return Verdict(Cause.LOCKED, _("The database is locked"), words, fault.what_to_do)
    if isinstance(fault, DatabaseMissing):
        words = _(
            "There has been nothing at the path{since}. Whether the bot still runs can't be told from here."
        ).format(since=since)
        advice = _("Look where the file went: moved, renamed or deleted. Put it back, or open it at its new place.")
        if signs.on_server:
            return Verdict(
                Cause.AWAY,
                fault.title,
                _("It has been like this{since}.").format(since=since) if since else "",
                fault.what_to_do,
            )
        return Verdict(Cause.MOVED, _("The file was moved or deleted"), words, advice)
    headline = _("The server is out of reach") if isinstance(fault, ServerAway) else fault.title
    return Verdict(Cause.AWAY, headline, happened, fault.what_to_do)


def _held_up(signs: Signs, moment: float) -> Verdict:
    return Verdict(
        Cause.HELD_UP,
        _("The bot can't write to the database"),
        _("Its events wait in a file, the latest since {moment}. None of them is lost.").format(
            moment=bare(moment, signs.now, signs.zone)
        ),
        _(
            "Look for a program that holds the database, a full disk, or a file that may not be written. As soon as "
            "the bot can write again, or is started again, they come in by themselves."
        ),
    )


def _no_events(signs: Signs) -> Verdict:
    started = _(" The bot started {at}.").format(at=at(signs.started, signs.now, signs.zone)) if signs.started else ""
    return Verdict(
        Cause.NO_EVENTS,
        _("No events yet"),
        _("Nothing has been recorded in this database.{started}").format(started=started),
        _("Run one of the bot's commands. If it does not show up here, the bot writes to another file, or not at all."),
    )


def _shut_down(signs: Signs, moment: float) -> Verdict:
    return Verdict(
        Cause.SHUT_DOWN,
        _("The bot shut down {at}").format(at=at(moment, signs.now, signs.zone)),
        _("It said so itself when it stopped, and has written nothing since."),
        _("Start the bot. What it writes then shows up here by itself."),
    )


def _replaced(signs: Signs, moment: float, quiet: float) -> Verdict:
    return Verdict(
        Cause.REPLACED,
        _("The file was replaced {at}").format(at=at(moment, signs.now, signs.zone)),
        _(
            "Another file is at the path since then, and nothing new was written to it; its newest "
            "event is {quiet} old. A bot that held the old file open may still be writing to that "
            "one."
        ).format(quiet=age(quiet)),
        _("Restart the bot, so that it opens the file that is there now."),
    )


def _by_rhythm(signs: Signs, last_seen: float, quiet: float) -> Verdict:
    rhythm, span = signs.rhythm, TimeRange(last_seen, signs.now)
    if rhythm is None or rhythm.total < ENOUGH_EVENTS or rhythm.days < ENOUGH_DAYS:
        return Verdict(
            Cause.UNCLEAR,
            _("Nothing new for {quiet}").format(quiet=age(quiet)),
            _("There is too little history to say whether that is usual.{file_words}").format(
                file_words=_file_words(signs)
            ),
            _("To be sure, run one of the bot's commands: it shows up here within a second."),
        )
    expected, longest = rhythm.expected(span), rhythm.longest_quiet(span)
    if not signs.suspected and (expected < _FEW_EXPECTED or quiet <= longest / 2):
        return _unasked(signs, rhythm, quiet, longest)
    usual = _("Usually {pace}; {none}. {longest}{file_words}").format(
        pace=pace_words(expected, quiet),
        none=none_words(quiet),
        longest=longest_words(longest),
        file_words=_file_words(signs),
    )
    if strangeness(expected, quiet, longest) > 1.0 or signs.suspected:
        return Verdict(
            Cause.STOPPED,
            _("The bot has probably stopped writing: nothing for {quiet}").format(quiet=age(quiet)),
            usual,
            _(
                "See whether the bot runs and answers a command, and whether its log complains about the database. "
                "If it was set to another file, open that one here."
            ),
        )
    return Verdict(
        Cause.UNCLEAR,
        _("Quieter than usual: nothing for {quiet}").format(quiet=age(quiet)),
        usual,
        _("To be sure, run one of the bot's commands: it shows up here within a second."),
    )


def strangeness(expected: float, quiet: float, longest: float) -> float:
    """How strange a silence is; above 1 somebody is called.

    Args:
        expected: how many events were to be expected in it.
        quiet: how long it is, in seconds.
        longest: the longest that the hours which it touches have seen.
    """
    return min(expected / MANY_EXPECTED, quiet / max(BEYOND_LONGEST * longest, EARLIEST_ALARM))


def _unasked(signs: Signs, rhythm: Rhythm, quiet: float, longest: float) -> Verdict:
    hour = TimeRange(signs.now - HOUR, signs.now)
    expected = rhythm.expected(hour)
    pace = (
        _("at this hour {pace}").format(pace=pace_words(expected, HOUR))
        if expected >= 0.2
        else _("hardly anything comes at this hour")
    )
    return Verdict(
        Cause.UNASKED,
        _("Quiet for {quiet}, which is usual").format(quiet=age(quiet)),
        _("Probably nobody used the bot: {pace}. {longest}{file_words}")
        .format(pace=pace, longest=longest_words(longest), file_words=_file_words(signs))
        .rstrip(),
    )


def _file_words(signs: Signs) -> str:
    """The file's own time says that somebody writes, though no event came of it; it does not say who."""
    if signs.modified is None or signs.last_seen is None or signs.modified < signs.last_seen + _FILE_NEWER:
        return ""
    return _(" The file itself was last written {at}, so something still writes to it.").format(
        at=at(signs.modified, signs.now, signs.zone)
    )


def _since(signs: Signs) -> str:
    if signs.fault_since is None:
        return ""
    return _(" since {moment} ({age})").format(
        moment=bare(signs.fault_since, signs.now, signs.zone), age=age(signs.now - signs.fault_since)
    )


class SilenceWatch:
    """Gathers signs from look to look, and says at any moment what they amount to."""

    def __init__(self, zone: ZoneInfo, *, on_server: bool = False) -> None:
        self._signs = Signs(0.0, zone, None, on_server=on_server)
        self._lives: frozenset[LifeEvent] = frozenset()

    def learn(self, rhythm: Rhythm) -> None:
        """Measure silence by this from now on."""
        self._lives |= frozenset(rhythm.lives)
        self._signs = self._with_lives(replace(self._signs, rhythm=rhythm))

    def note(
        self,
        now: float,
        last_seen: float | None,
        events: Iterable[Event],
        fault: BotpulseError | None = None,
    ) -> None:
        """Take in what a look has found: the newest events, newest first, and what stood in the way."""
        before = self._signs
        since = before.fault_since if type(fault) is type(before.fault) and fault is not None else now
        if before.last_seen is not None and last_seen is None:
            self._lives = frozenset()  # a reset, or another file
        self._lives |= frozenset(_lives(events))
        self._signs = self._with_lives(
            replace(
                before,
                last_seen=last_seen,
                fault=fault,
                fault_since=since if fault is not None else None,
                suspected=before.suspected and last_seen == before.last_seen,
            )
        )

    def note_lives(self, lives: Iterable[LifeEvent]) -> None:
        """Take in starts and shutdowns that were read otherwise than as the newest events."""
        self._lives |= frozenset(lives)
        self._signs = self._with_lives(self._signs)

    def note_files(self, signs: FileSigns) -> None:
        """Take in what the files themselves say."""
        self._signs = replace(self._signs, modified=signs.modified, spooled=signs.spooled)

    def note_replaced(self, now: float) -> None:
        """Another file is at the path from now on."""
        self._lives = frozenset()
        self._signs = self._with_lives(replace(self._signs, replaced=now))

    def verdict(self, now: float) -> Verdict:
        """What is the matter at ``now``, in epoch seconds."""
        verdict = explain(replace(self._signs, now=now))
        if verdict.cause is Cause.STOPPED:
            self._signs = replace(self._signs, suspected=True)
        return verdict

    def _with_lives(self, signs: Signs) -> Signs:
        """What the starts and shutdowns say: where a process of any bot still runs, nobody has shut down."""
        starts = [each.at for each in self._lives if each.is_start]
        ends = [each.at for each in self._lives if not each.is_start]
        still_there = bool(lives_of(self._lives).running)
        shut_down = None if still_there else max(ends, default=None)
        return replace(signs, shut_down=shut_down, started=max(starts, default=None))


def _lives(events: Iterable[Event]) -> Iterator[LifeEvent]:
    for each in events:
        if each.kind is EventKind.ACTIVITY and each.timestamp is not None:
            found = life_event(each.timestamp, each.title, each.user_id, each.detail)
            if found is not None:
                yield found
