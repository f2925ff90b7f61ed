"""``botpulse-db watch``: alarms for a server without a screen."""

from __future__ import annotations

import argparse
import getpass
import json
import queue
import threading
import time
from collections.abc import Iterator
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.alarms.anomaly import AlarmKind
from core.alarms.episodes import Alarm
from core.alarms.quiet_hours import QuietHours, quiet_hours_of
from core.alarms.secrets import store_webhook, webhook_address
from core.alarms.told import ToldAlarms
from core.alarms.trial import LEARNING, try_on_past
from core.alarms.watch import AlarmWatch
from core.alarms.webhook import WebhookFault, checked, message_of, send
from core.alarms.words import AlarmWords, alarm_words, end_words
from core.cli.asked import NoMeaning, zone_of
from core.cli.terminal import Subparsers, TerminalLine, number, stopped_by_signals
from core.errors import BotpulseError, explain
from core.storage.location import Location, locate
from core.tasks import Progress, finish
from core.text.dates import clock, dated_moment
from core.text.formatting import counted
from core.text.terminal_output import say
from core.text.translation import gettext as _
from core.time_ranges import local_time

_OK: Final = 0
_REFUSED: Final = 2
_EVERY: Final = 2.0
_AGAIN: Final = 30.0
"""Seconds until a database that could not be read is tried again."""

_FLUSHED_WITHIN: Final = 15.0

_DESCRIPTION: Final = _(
    """\
Watch a bot's database and tell what is out of the ordinary: the bot silent or starting again and again, more failures
than usual at this hour, an error that was not seen for thirty days, generations slower than like ones were, a long
queue, a disk that is nearly full. What is usual is learned from the last thirty days. The database is only read. Each
cause is told once, and its end once: here, and in Discord where a webhook is given by the environment variable
BOTPULSE_WEBHOOK, or kept in the system's keyring (--set-webhook)."""
)


def register_watch(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add the sub-command and its arguments."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "watch", help=_("watch the bot and tell what is wrong, here and in Discord"), description=_DESCRIPTION
    )
    parser.add_argument("database", metavar="FILE", help=_("the database: a path, or a postgresql:// address"))
    tried = _("say what would have been told in the last 30 days, and stop")
    parser.add_argument("--try", dest="trial", action="store_true", help=tried)
    _add_choices(parser)
    parser.add_argument("--json", action="store_true", help=_("print a JSON object a line"))
    kept = _("ask for the webhook's address, keep it, and stop")
    parser.add_argument("--set-webhook", action="store_true", help=kept)
    parser.set_defaults(run=watch)
    return parser


def _add_choices(parser: argparse.ArgumentParser) -> None:
    kinds = _("leave a kind of alarm out; may be given again: {kinds}").format(kinds=", ".join(AlarmKind))
    names = [kind.value for kind in AlarmKind]
    parser.add_argument("--without", action="append", default=[], choices=names, metavar="KIND", help=kinds)
    quiet = _("tell nothing from A to B o'clock, such as 23-7; what goes on is told then")
    parser.add_argument("--quiet-hours", metavar="A-B", help=quiet)
    every = number(float, lambda value: 0.2 <= value <= 3600, _("a number of seconds from 0.2 to 3600"))
    often = _("look every S seconds (default: {every})").format(every=f"{_EVERY:g}")
    parser.add_argument("--every", type=every, default=_EVERY, metavar="S", help=often)
    parser.add_argument(
        "--time-zone", "--zone", metavar="ZONE", help=_("such as Europe/Berlin (default: this machine's)")
    )


def watch(arguments: argparse.Namespace) -> int:
    """``botpulse-db watch``: watch until a signal comes.

    Raises:
        BotpulseError: the database can't be read at all, or the webhook's address is none.
    """
    if arguments.set_webhook:
        return _set_webhook()
    try:
        zone, quiet = zone_of(arguments.time_zone), _quiet_hours(arguments.quiet_hours)
    except NoMeaning as problem:
        say(str(problem), error=True)
        return _REFUSED
    location = locate(arguments.database)
    thresholds: dict[AlarmKind, float | None] = {AlarmKind(kind): None for kind in arguments.without}
    if arguments.trial:
        return _try(location, zone, thresholds, as_json=arguments.json)
    teller = Teller(location, zone, webhook_address(), quiet, as_json=arguments.json)
    watching = AlarmWatch(location, zone, thresholds)
    try:
        with stopped_by_signals() as stop:
            _go_on(watching, teller, stop, arguments.every)
    finally:
        watching.close()
        teller.close()
    return _OK


class Teller:
    """Tells alarms at the terminal, and in Discord where there is a webhook; each cause once, and its end once.

    Args:
        location: the database that is watched.
        zone: whose times are told.
        webhook: the webhook's address, or None.
        quiet: hours in which nothing is told, or None.
        as_json: print JSON instead of sentences.
    """

    def __init__(
        self, location: Location, zone: ZoneInfo, webhook: str | None, quiet: QuietHours | None, *, as_json: bool
    ) -> None:
        self._location, self._zone, self._quiet, self._as_json = location, zone, quiet, as_json
        self._told = ToldAlarms(location)
        self._outgoing: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._sender: threading.Thread | None = None
        if webhook is not None:
            self._sender = threading.Thread(target=self._send, args=(webhook,), name="webhook", daemon=True)
            self._sender.start()

    def note(self, open_: tuple[Alarm, ...], ended: tuple[Alarm, ...], now: float) -> None:
        """Tell what has begun and was not told yet, and what has ended and was."""
        for alarm in self._told.ended(ended):
            self._told.note_ended(alarm)
            self._tell(alarm, now, ended=end_words(alarm, self._zone))
        if self._quiet is not None and self._quiet.holds(now, self._zone):
            return
        for alarm in self._told.begun(open_):
            self._told.note_begun(alarm)
            self._tell(alarm, now)

    def forget_all_but(self, open_: tuple[Alarm, ...]) -> None:
        """What an earlier run has told and what goes on no more is forgotten: nobody saw its end."""
        self._told.forget_all_but(open_)

    def close(self) -> None:
        """Wait some seconds for what is on its way to Discord."""
        if self._sender is not None:
            self._outgoing.put(None)
            self._sender.join(_FLUSHED_WITHIN)

    def _tell(self, alarm: Alarm, now: float, ended: str = "") -> None:
        words = alarm_words(alarm, now, self._zone)
        say(_as_json(alarm, words, self._zone, ended) if self._as_json else _as_text(words, now, self._zone, ended))
        if self._sender is not None:
            self._outgoing.put(message_of(alarm, words, self._location.name, ended=ended))

    def _send(self, webhook: str) -> None:
        while (message := self._outgoing.get()) is not None:
            try:
                send(webhook, message)
            except WebhookFault as fault:
                say(explain(fault), error=True)


def _go_on(watching: AlarmWatch, teller: Teller, stop: threading.Event, every: float) -> None:
    """Learn, look, and learn again where what was learned holds no more, until somebody stops it."""
    learned, first, said_fault = False, True, False
    while not stop.is_set():
        try:
            if not learned:
                _learn(watching, stop)
                learned = True
                if first:
                    teller.forget_all_but(watching.open)
                    say(_("Watching. Ctrl-C stops."), error=True)
                    first = False
            news = watching.look(time.time())
        except BotpulseError as fault:
            if first and not said_fault:
                raise
            say(explain(fault), error=True)
            said_fault = True
            stop.wait(_AGAIN)
            continue
        learned = not news.afresh
        teller.note(watching.open, news.ended, time.time())
        stop.wait(every if learned else 0.0)


def _learn(watching: AlarmWatch, stop: threading.Event) -> None:
    status = TerminalLine()

    def report(progress: Progress) -> None:
        if stop.is_set():
            status.clear()
            raise KeyboardInterrupt
        status.show(f"{progress.words}: {progress.share:.0%}")

    finish(watching.learn(time.time()), report)
    status.clear()


def _try(location: Location, zone: ZoneInfo, thresholds: dict[AlarmKind, float | None], *, as_json: bool) -> int:
    status, now = TerminalLine(), time.time()
    with stopped_by_signals() as stop:

        def report(progress: Progress) -> None:
            if stop.is_set():
                status.clear()
                raise KeyboardInterrupt
            status.show(f"{progress.words}: {progress.share:.0%}")

        trial = finish(try_on_past(location, now, zone), report)
    alarms = trial.alarms(thresholds)
    status.clear()
    for alarm in alarms:
        words = alarm_words(alarm, alarm.last.moment, zone)
        ended = end_words(alarm, zone)
        say(_as_json(alarm, words, zone, ended) if as_json else _as_text(words, alarm.given, zone, ended, both=True))
    if not as_json:
        spoken = counted(
            len(alarms),
            _("In the last 30 days this would have spoken {count} time."),
            _("In the last 30 days this would have spoken {count} times."),
        )
        if trial.known:
            say(spoken if alarms else _("In the last 30 days this would have said nothing."))
        unknown = [kind for kind in LEARNING if kind not in trial.known and thresholds.get(kind, 1.0) is not None]
        if unknown:
            say(_("Too few rows tell of {kinds}: of that nothing is known.").format(kinds=", ".join(unknown)))
    return _OK


def _as_text(words: AlarmWords, moment: float, zone: ZoneInfo, ended: str, *, both: bool = False) -> str:
    when = dated_moment(moment, zone) if both else clock(local_time(moment, zone))
    told: Iterator[str] = iter((words.evidence, ended) if both else (ended or f"{words.evidence} {words.advice}",))
    return "\n".join((f"{when}  {words.headline}", *(f"    {line}" for line in told if line)))


def _as_json(alarm: Alarm, words: AlarmWords, zone: ZoneInfo, ended: str) -> str:
    return json.dumps(
        {
            "event": "ended" if ended else "begun",
            "kind": alarm.kind.value,
            "cause": alarm.anomaly.cause,
            "since": _iso(alarm.anomaly.since, zone),
            "given": _iso(alarm.given, zone),
            "ended": _iso(alarm.ended, zone) if alarm.ended is not None else None,
            "score": round(alarm.worst, 3),
            "headline": words.headline,
            "evidence": words.evidence,
            "advice": words.advice,
        },
        ensure_ascii=False,
    )


def _iso(moment: float, zone: ZoneInfo) -> str:
    return local_time(moment, zone).isoformat(timespec="seconds")


def _quiet_hours(text: str | None) -> QuietHours | None:
    if text is None:
        return None
    hours = quiet_hours_of(text)
    if hours is None:
        raise NoMeaning(_("--quiet-hours: {text} is no span of hours, such as 23-7").format(text=f"{text!r}"))
    return hours


def _set_webhook() -> int:
    address = getpass.getpass(_("Address of the webhook (nothing is shown; empty: forget it): "))
    if address.strip():
        checked(address)
    store_webhook(address)
    say(_("The keyring has it.") if address.strip() else _("The keyring has it no more."))
    return _OK
