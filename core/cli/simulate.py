"""``botpulse-db simulate``: a made-up bot's past, and its life from then on."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from typing import Final

from core.cli.terminal import Subparsers, TerminalLine, number, stopped_by_signals
from core.manager import AnalyticsManager
from core.simulation.history import HISTORY_RATE, write_history
from core.simulation.live import simulate_live
from core.simulation.ownership import RealDatabase, Standing, standing
from core.storage.location import Location, locate
from core.text import formatting
from core.text.terminal_output import say
from core.text.translation import gettext as _

_OK: Final = 0
_FAULT: Final = 1
_HISTORY_DAYS: Final = 30.0
_MOST_DAYS: Final = 2500
_MOST_A_SECOND: Final = 10_000
_FLUSH_WITHIN: Final = 10.0


def simulate(arguments: argparse.Namespace) -> int:
    """``botpulse-db simulate``: make or continue a simulated database, then go on live.

    Raises:
        RealDatabase: the database holds other rows than the simulation's, and ``--force`` was not given.
    """
    location = locate(arguments.file)
    found = standing(location)
    if found is Standing.REAL and not arguments.force:
        raise RealDatabase(str(location))
    with stopped_by_signals() as stop:
        if arguments.until_stdin_ends:
            threading.Thread(target=_stop_with_stdin, args=(stop,), name="stdin", daemon=True).start()
        asked = arguments.days is not None or arguments.rows is not None
        if asked or found is Standing.EMPTY:
            _simulate_past(arguments, location, stop)
        return _OK if arguments.history_only else _simulate_now(arguments, location, stop)


def register_simulate(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add the sub-command and its arguments."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "simulate",
        help=_("fill a database with a made-up bot's events, and go on live"),
        description=_(
            "Write a made-up bot's past into a new file, then go on live until Ctrl-C. A file that was "
            "simulated before is continued: with --days or --rows, the time since its last event is filled in first."
        ),
    )
    parser.add_argument("file", metavar="FILE", help=_("the database; made where there is none"))
    days = number(
        float,
        lambda value: 0 <= value <= _MOST_DAYS,
        _("a number of days from 0 to {most_days}").format(most_days=_MOST_DAYS),
    )
    rate = number(
        float,
        lambda value: 0 < value <= _MOST_A_SECOND,
        _("a number above 0, up to {most_a_second}").format(most_a_second=_MOST_A_SECOND),
    )
    whole = number(int, lambda value: value > 0, _("a whole number above 0"))
    parser.add_argument(
        "--days",
        type=days,
        metavar="N",
        help=_("past to write (default: {history_days}, if new)").format(history_days=f"{_HISTORY_DAYS:g}"),
    )
    parser.add_argument(
        "--rows",
        type=whole,
        metavar="N",
        help=_("events in it (default: {history_rate} a second)").format(history_rate=f"{HISTORY_RATE:g}"),
    )
    parser.add_argument("--rate", type=rate, default=1.0, metavar="R", help=_("live events a second (default: 1)"))
    parser.add_argument("--history-only", action="store_true", help=_("write the past and stop"))
    parser.add_argument("--seed", type=whole, default=1, metavar="S", help=_("another seed, another bot (default: 1)"))
    parser.add_argument("--until-stdin-ends", action="store_true", help=_("stop when standard input is closed"))
    parser.add_argument("--force", action="store_true", help=_("write into a real bot's database all the same"))
    parser.set_defaults(run=simulate)
    return parser


def _simulate_past(arguments: argparse.Namespace, location: Location, stop: threading.Event) -> None:
    status = TerminalLine()

    def progress(written: int, wanted: int) -> None:
        if stop.is_set():
            status.clear()
            raise KeyboardInterrupt
        status.show(
            _("Writing the past: {written} of {wanted} events").format(
                written=formatting.count(written), wanted=formatting.count(wanted)
            )
        )

    days = _HISTORY_DAYS if arguments.days is None else arguments.days
    began = time.monotonic()
    count = write_history(location, days=days, rows=arguments.rows, seed=arguments.seed, progress=progress)
    status.clear()
    say(
        _("Wrote {count} events of the past to {location} in {lasted}.").format(
            count=formatting.count(count), location=location, lasted=_lasted(began)
        )
    )


def _simulate_now(arguments: argparse.Namespace, location: Location, stop: threading.Event) -> int:
    status, began = TerminalLine(), time.monotonic()
    say(
        _("Live: about {rate} events a second into {location}. Ctrl-C stops.").format(
            rate=f"{arguments.rate:g}", location=location
        )
    )

    def progress(sent: int) -> None:
        status.show(
            _("Live for {monotonic}: {sent} events").format(
                monotonic=formatting.age(time.monotonic() - began), sent=formatting.count(sent)
            )
        )

    manager = AnalyticsManager(location.url or str(location.path))
    try:
        count = simulate_live(manager, rate=arguments.rate, seed=arguments.seed, stop=stop, progress=progress)
        written = manager.flush(_FLUSH_WITHIN)
    finally:
        manager.close(_FLUSH_WITHIN)
    status.clear()
    say(_("Stopped after {count} events in {lasted}.").format(count=formatting.count(count), lasted=_lasted(began)))
    if not written:
        say(_("Some of the last events could not be written: the database did not answer in time."), error=True)
    return _OK if written else _FAULT


def _stop_with_stdin(stop: threading.Event) -> None:
    """A program that started us holds our standard input: once it is gone, however it went, so are we."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    stop.set()


def _lasted(began: float) -> str:
    return formatting.seconds(time.monotonic() - began)
