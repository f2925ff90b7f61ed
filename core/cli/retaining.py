"""``botpulse-db retain``: show what is older than it is to be kept, ask, remove it."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from core.cli.maintenance import DECLINED, DONE, declined, followed_on_terminal, named
from core.cli.terminal import Subparsers
from core.maintenance.age_notes import retain_noted
from core.maintenance.retention import AgeResult, check_limits, survey_age
from core.storage.location import locate
from core.text.age_words import TITLES, days_words, went_words
from core.text.ages import Aged, AgeLimits
from core.text.formatting import count
from core.text.terminal_output import say
from core.text.translation import gettext as _

_AGE: Final = re.compile(r"([0-9]{1,6})d?", re.ASCII)


def register_retain(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add the sub-command and its arguments."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "retain",
        help=_("remove what is older than it is to be kept"),
        description=_(
            "Remove rows that are older than so many days, or only their prompts, in short transactions beside the "
            "bot. No backup is made, and it can't be undone; backups that are there keep the rows."
        ),
    )
    parser.add_argument("file", metavar="FILE", help=_("the database"))
    for what in Aged:
        words = _("age at which rows of {what} go, as in 90d")
        if what is Aged.PROMPTS:
            words = _("age at which prompts go, as in 30d: the rows stay, and count")
        parser.add_argument(f"--{what}", type=_days, metavar="AGE", help=words.format(what=what))
    parser.add_argument("--yes", action="store_true", help=_("don't ask"))
    parser.add_argument("--json", action="store_true", help=_("print what went as JSON"))
    parser.add_argument(
        "--bot-stopped", action="store_true", help=_("nobody else is writing: take all the time it needs")
    )
    parser.set_defaults(run=retain)
    return parser


def retain(arguments: argparse.Namespace) -> int:
    """``botpulse-db retain``: show, ask for the file's name, remove."""
    location, now = locate(arguments.file), datetime.now(UTC)
    limits = {what: days for what in Aged if (days := getattr(arguments, what)) is not None}
    try:
        check_limits(limits)
    except ValueError:
        say(_("Say what is kept for how long: --commands 365d, --prompts 30d; an age is 1 to 36500 days."), error=True)
        return DECLINED
    found = followed_on_terminal(survey_age(location, limits, now)).rows
    if not arguments.json:
        _show(limits, found)
    if found and not arguments.yes and not named(location.name):
        return declined()
    done = followed_on_terminal(retain_noted(location, limits, now, bot_stopped=arguments.bot_stopped))
    _tell(done, as_json=arguments.json)
    return DONE


def _show(limits: AgeLimits, found: Mapping[Aged, int]) -> None:
    for what, days in limits.items():
        words = _("{title}, older than {age}: {count}")
        say(f"  {words.format(title=TITLES[what], age=days_words(days), count=count(found.get(what, 0)))}")


def _tell(done: AgeResult, *, as_json: bool) -> None:
    if as_json:
        say(json.dumps({"when": done.when.isoformat(), "rows": dict(done.rows)}))
    else:
        say(_("Removed: {rows}.").format(rows=went_words(done.rows)))


def _days(text: str) -> int:
    match = _AGE.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(_("{text} is no age; one is written as in 90d").format(text=f"{text!r}"))
    return int(match[1])
