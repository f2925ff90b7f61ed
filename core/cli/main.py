"""``botpulse-db``: the store's command line.

A sub-command is a function ``(arguments) -> exit code`` and one that declares its arguments, listed in
:data:`SUBCOMMANDS`.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from core.cli import copying, export, maintenance, stats
from core.cli.doctor.command import register_doctor
from core.cli.terminal import Subparsers, TerminalLine, number, stopped_by_signals
from core.errors import BotpulseError, explain
from core.log import configure_logging
from core.manager import AnalyticsManager
from core.simulation.history import HISTORY_RATE, write_history
from core.simulation.live import simulate_live
from core.simulation.ownership import RealDatabase, Standing, standing
from core.storage.location import Location, locate
from core.tables import extensions
from core.text import formatting
from core.text.terminal_output import ready_streams, say

log = logging.getLogger(__name__)

OK: Final = 0
FAULT: Final = 1
REFUSED: Final = 2
INTERRUPTED: Final = 130

_EPILOG: Final = """\
environment:
  BOTPULSE_EXTENSIONS  Python files or modules to load: their metrics can be exported

exit codes:
  0: done; 1: it could not be done, or the file is damaged; 2: refused, declined, or wrong arguments; 130: Ctrl-C"""

_HISTORY_DAYS: Final = 30.0
_MOST_DAYS: Final = 2500
_MOST_A_SECOND: Final = 10_000
_FLUSH_WITHIN: Final = 10.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code. An expected fault is told in words, on standard error."""
    ready_streams()
    for fault in extensions.load():
        say(explain(fault), error=True)
    parsed = build_parser().parse_args(arguments)
    try:
        configure_logging(parsed.verbose)
        return int(parsed.run(parsed))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BotpulseError as error:
        log.info("told the user: %s", error)
        say(explain(error), error=True)
        return REFUSED if isinstance(error, RealDatabase) else FAULT


def build_parser() -> argparse.ArgumentParser:
    """The parser with every sub-command."""
    parser = argparse.ArgumentParser(
        prog="botpulse-db",
        description="Look after a bot's analytics database.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {_version()}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for register in SUBCOMMANDS:
        register(subparsers).add_argument("--verbose", action="store_true", help="log in detail")
    return parser


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
        return OK if arguments.history_only else _simulate_now(arguments, location, stop)


def _register_simulate(subparsers: Subparsers) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "simulate",
        help="fill a database with a made-up bot's events, and go on live",
        description="Write a made-up bot's past into a new file, then go on live until Ctrl-C. A file that was "
        "simulated before is continued: with --days or --rows, the time since its last event is filled in first.",
    )
    parser.add_argument("file", metavar="FILE", help="the database; made where there is none")
    days = number(float, lambda value: 0 <= value <= _MOST_DAYS, f"a number of days from 0 to {_MOST_DAYS}")
    rate = number(float, lambda value: 0 < value <= _MOST_A_SECOND, f"a number above 0, up to {_MOST_A_SECOND}")
    whole = number(int, lambda value: value > 0, "a whole number above 0")
    parser.add_argument("--days", type=days, metavar="N", help=f"past to write (default: {_HISTORY_DAYS:g}, if new)")
    parser.add_argument("--rows", type=whole, metavar="N", help=f"events in it (default: {HISTORY_RATE:g} a second)")
    parser.add_argument("--rate", type=rate, default=1.0, metavar="R", help="live events a second (default: 1)")
    parser.add_argument("--history-only", action="store_true", help="write the past and stop")
    parser.add_argument("--seed", type=whole, default=1, metavar="S", help="another seed, another bot (default: 1)")
    parser.add_argument("--until-stdin-ends", action="store_true", help="stop when standard input is closed")
    parser.add_argument("--force", action="store_true", help="write into a real bot's database all the same")
    parser.set_defaults(run=simulate)
    return parser


SUBCOMMANDS: Final[tuple[Callable[[Subparsers], argparse.ArgumentParser], ...]] = (
    _register_simulate,
    *maintenance.REGISTERED,
    stats.register_stats,
    export.register_export,
    copying.register_copy,
    register_doctor,
)
"""Each adds its parser to the sub-parsers, sets ``run`` on it, and returns it."""


def _simulate_past(arguments: argparse.Namespace, location: Location, stop: threading.Event) -> None:
    status = TerminalLine()

    def progress(written: int, wanted: int) -> None:
        if stop.is_set():
            status.clear()
            raise KeyboardInterrupt
        status.show(f"Writing the past: {formatting.count(written)} of {formatting.count(wanted)} events")

    days = _HISTORY_DAYS if arguments.days is None else arguments.days
    began = time.monotonic()
    count = write_history(location, days=days, rows=arguments.rows, seed=arguments.seed, progress=progress)
    status.clear()
    say(f"Wrote {formatting.count(count)} events of the past to {location} in {_lasted(began)}.")


def _simulate_now(arguments: argparse.Namespace, location: Location, stop: threading.Event) -> int:
    status, began = TerminalLine(), time.monotonic()
    say(f"Live: about {arguments.rate:g} events a second into {location}. Ctrl-C stops.")

    def progress(sent: int) -> None:
        status.show(f"Live for {formatting.age(time.monotonic() - began)}: {formatting.count(sent)} events")

    manager = AnalyticsManager(location.url or str(location.path))
    try:
        count = simulate_live(manager, rate=arguments.rate, seed=arguments.seed, stop=stop, progress=progress)
        written = manager.flush(_FLUSH_WITHIN)
    finally:
        manager.close(_FLUSH_WITHIN)
    status.clear()
    say(f"Stopped after {formatting.count(count)} events in {_lasted(began)}.")
    if not written:
        say("Some of the last events could not be written: the database did not answer in time.", error=True)
    return OK if written else FAULT


def _stop_with_stdin(stop: threading.Event) -> None:
    """A program that started us holds our standard input: once it is gone, however it went, so are we."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    stop.set()


def _lasted(began: float) -> str:
    return formatting.seconds(time.monotonic() - began)


def _version() -> str:
    try:
        return importlib.metadata.version("botpulse")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


if __name__ == "__main__":
    sys.exit(main())
