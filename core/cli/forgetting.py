"""``botpulse-db forget``: show what is stored of a user, ask, remove it, and print a receipt."""

from __future__ import annotations

import argparse
import json
from typing import Final

from core.cli.maintenance import answered, followed_on_terminal
from core.cli.terminal import Subparsers
from core.maintenance.forgetting import ForgetResult, HeldInBackups, UserSurvey, forget_user, survey_user
from core.maintenance.forgetting_words import receipt, receipt_lines, survey_lines
from core.models import USER_ID
from core.storage.location import locate
from core.text.terminal_output import say
from core.text.translation import gettext as _
from core.tracking.spool_forgetting import forget_in_spools
from core.tracking.spool_places import refused_files, spool_files

_DONE: Final = 0
_LEFT: Final = 1
_DECLINED: Final = 2
_LAST_DIGITS: Final = 4


def register_forget(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add the sub-command and its arguments."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "forget",
        help=_("remove everything that is stored of a user"),
        description=_(
            "Remove a user's rows, names, labels, waiting events and caches, in known backups too, and search every "
            "file for what is left. It can't be undone; what was cut off can be done again. The exit status is 1 where "
            "the id is still in a file."
        ),
    )
    parser.add_argument("file", metavar="FILE", help=_("the database: a file, or a postgresql:// address"))
    parser.add_argument("--user", type=_user, required=True, metavar="ID", help=_("the user's id on Discord"))
    parser.add_argument("--keep-counts", action="store_true", help=_("keep the rows, without id, prompt and details"))
    parser.add_argument(
        "--backups",
        type=HeldInBackups,
        choices=[*HeldInBackups],
        default=HeldInBackups.CLEAN,
        help=_("backups that hold the user: remove the rows from them, delete them, or leave them (default: clean)"),
    )
    parser.add_argument("--yes", action="store_true", help=_("don't ask"))
    parser.add_argument("--json", action="store_true", help=_("print the receipt as JSON"))
    parser.add_argument(
        "--bot-stopped", action="store_true", help=_("nobody else is writing: take all the time it needs")
    )
    parser.set_defaults(run=forget)
    return parser


def forget(arguments: argparse.Namespace) -> int:
    """``botpulse-db forget``: show, ask for the id's last digits, remove, and say what is left."""
    location, user = locate(arguments.file), arguments.user
    waiting = [*spool_files(location), *refused_files(location)]
    found = followed_on_terminal(survey_user(location, user, waiting))
    if not arguments.json:
        _show(found)
    if not arguments.yes:
        asked = _("It can't be undone. Type the last {digits} digits of the id to go on: ")
        if answered(asked.format(digits=_LAST_DIGITS)) != user[-_LAST_DIGITS:]:
            say(_("Nothing was changed."))
            return _DECLINED
    task = forget_user(
        location,
        user,
        waiting,
        events=forget_in_spools(location, user).events,
        keep_counts=arguments.keep_counts,
        backups=arguments.backups,
        bot_stopped=arguments.bot_stopped,
    )
    done = followed_on_terminal(task)
    _tell(done, as_json=arguments.json)
    return _DONE if done.whole else _LEFT


def _show(found: UserSurvey) -> None:
    for line in survey_lines(found):
        say(f"  {line}")


def _tell(done: ForgetResult, *, as_json: bool) -> None:
    if as_json:
        say(json.dumps(receipt(done)))
        return
    first, *others = receipt_lines(done)
    say(first)
    for line in others:
        say(f"  {line}")
    if not done.database.overwritten and not done.server:
        say(_("The file could not be rewritten beside the bot. Stop the bot and do this again with --bot-stopped."))


def _user(text: str) -> str:
    if USER_ID.fullmatch(text) is None:
        raise argparse.ArgumentTypeError(_("a user's id has 15 to 20 digits"))
    return text
