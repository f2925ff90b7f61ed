"""``botpulse-db``: the store's command line.

A sub-command is a function ``(arguments) -> exit code`` and one that declares its arguments, listed in
:data:`SUBCOMMANDS`. Each is imported when it is asked for: one that watches for months holds nothing of the others.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Final

from core.cli.terminal import Subparsers
from core.errors import BotpulseError, explain
from core.log import configure_logging
from core.tables import extensions
from core.text.terminal_output import ready_streams, say
from core.text.translation import gettext as _

log = logging.getLogger(__name__)

OK: Final = 0
FAULT: Final = 1
REFUSED: Final = 2
INTERRUPTED: Final = 130

_EPILOG: Final = _(
    """\
environment:
  BOTPULSE_EXTENSIONS  Python files or modules to load: their metrics can be exported
  BOTPULSE_LANGUAGE    the language: en, de (default: the system's)

exit codes:
  0: done; 1: it could not be done, or the file is damaged; 2: refused, declined, or wrong arguments; 130: Ctrl-C"""
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code. An expected fault is told in words, on standard error."""
    ready_streams()
    for fault in extensions.load():
        say(explain(fault), error=True)
    given = sys.argv[1:] if arguments is None else list(arguments)
    parsed = build_parser(given[0] if given else "").parse_args(given)
    try:
        configure_logging(parsed.verbose)
        return int(parsed.run(parsed))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BotpulseError as error:
        log.info("told the user: %s", error)
        say(explain(error), error=True)
        from core.simulation.ownership import RealDatabase

        return REFUSED if isinstance(error, RealDatabase) else FAULT


def build_parser(asked: str = "") -> argparse.ArgumentParser:
    """The parser with the sub-command of this name; with every one where there is none of it."""
    parser = argparse.ArgumentParser(
        prog="botpulse-db",
        description=_("Look after a bot's analytics database."),
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {_version()}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in [asked] if asked in SUBCOMMANDS else SUBCOMMANDS:
        module, register = SUBCOMMANDS[name].split(":")
        add: Callable[[Subparsers], argparse.ArgumentParser] = getattr(import_module(module), register)
        add(subparsers).add_argument("--verbose", action="store_true", help=_("log in detail"))
    return parser


SUBCOMMANDS: Final[Mapping[str, str]] = {
    "simulate": "core.cli.simulate:register_simulate",
    "backup": "core.cli.maintenance:register_backup",
    "restore": "core.cli.maintenance:register_restore",
    "reset": "core.cli.maintenance:register_reset",
    "undo": "core.cli.maintenance:register_undo",
    "optimise": "core.cli.maintenance:register_optimise",
    "check": "core.cli.maintenance:register_check",
    "stats": "core.cli.stats:register_stats",
    "export": "core.cli.export:register_export",
    "copy": "core.cli.copying:register_copy",
    "forget": "core.cli.forgetting:register_forget",
    "retain": "core.cli.retaining:register_retain",
    "watch": "core.cli.watch:register_watch",
    "doctor": "core.cli.doctor.command:register_doctor",
}
"""The function of each, by its name, that adds its parser to the sub-parsers, sets ``run`` on it, and returns it."""


def _version() -> str:
    try:
        return importlib.metadata.version("botpulse")
    except importlib.metadata.PackageNotFoundError:
        return _("(not installed)")


if __name__ == "__main__":
    sys.exit(main())
