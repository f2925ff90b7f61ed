"""``botpulse-db doctor``: what was found on this machine, and what to do about it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from core.cli.doctor import comfyui, machine, store
from core.cli.doctor.observations import Observation, as_json, as_text, is_fine
from core.cli.terminal import Subparsers
from core.text.terminal_output import say
from core.text.translation import gettext as _

DESCRIPTION: Final = _(
    "Look at versions, clock, folders, the database and ComfyUI, and say what is found and what to do. Nothing is "
    "changed. Exit code 0: nothing needs to be mended; 1: something does."
)
_HERE: Final = "analytics.db"


def doctor(arguments: argparse.Namespace) -> int:
    """``botpulse-db doctor``: 1 where something has to be mended."""
    return tell(arguments, [], None)


def tell(arguments: argparse.Namespace, more: Sequence[Observation], remembered: str | None) -> int:
    """Say all that is found, with what somebody else found; the exit code: 1 where something has to be mended.

    ``remembered`` is the database to look at where none was named.
    """
    here = _HERE if Path(_HERE).is_file() else None
    address = arguments.file or remembered or os.environ.get("BOTPULSE_DATABASE") or here
    found = [*machine.observed(), *more, *store.observed(address), *comfyui.observed(arguments.comfyui)]
    say(as_json(found) if arguments.json else as_text(found))
    return 0 if is_fine(found) else 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is asked of ``doctor``, wherever it is called."""
    parser.add_argument(
        "file",
        metavar="DATABASE",
        nargs="?",
        help=_("a path or a URL (default: {variable}, or {name} here)").format(
            variable="$BOTPULSE_DATABASE", name=_HERE
        ),
    )
    parser.add_argument(
        "--comfyui",
        metavar="URL",
        help=_("ComfyUI's address (default: {variable})").format(variable=f"${comfyui.VARIABLE}"),
    )
    parser.add_argument("--json", action="store_true", help=_("for a program"))


def register_doctor(subparsers: Subparsers) -> argparse.ArgumentParser:
    """For :data:`core.cli.main.SUBCOMMANDS`."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "doctor", help=_("say what is found on this machine, and what to do"), description=DESCRIPTION
    )
    add_arguments(parser)
    parser.set_defaults(run=doctor)
    return parser
