"""Asks Discord what the users, servers and channels of a database are called, for a bot that did not note it itself.

    DISCORD_TOKEN=… python -m bot_integration.fetch_names analytics.db

One id at a time, as fast as Discord allows, those that the database tells most of first. What comes is kept at once, so
that it may be stopped at any time and goes on from there. It needs no gateway: the bot may run meanwhile, anywhere.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

import aiohttp
import discord

from core.cli.terminal import TerminalLine, number, terminated_like_interrupted
from core.errors import BotpulseError, explain
from core.manager import AnalyticsManager
from core.models import NameKind
from core.storage.labels import fetched_label, write_labels
from core.storage.location import locate
from core.storage.reader import reading
from core.storage.unnamed import UnnamedId, unnamed_ids, without_label
from core.text.formatting import count
from core.text.terminal_output import ready_streams, say
from core.text.translation import gettext as _
from core.text.translation import ngettext

OK: Final = 0
FAULT: Final = 1
INTERRUPTED: Final = 130

_FLUSH_SECONDS: Final = 10.0

USUAL_LIMIT: Final = 1_000
"""Ids that are asked for, unless it is said."""

TOKEN: Final = "DISCORD_TOKEN"
"""The environment variable with the bot's token. It is no argument: those are seen by everybody on the machine."""

_DESCRIPTION: Final = _(
    """\
Ask Discord for the names of users, servers and channels in a bot's database that have none yet, the most frequent
first. They are kept as labels in your own data, for the monitor on this machine and this account; the database is only
read. Stop it whenever you like: what came is kept, and the same command goes on from there. The bot's token is taken
from the environment variable DISCORD_TOKEN; the bot may run meanwhile."""
)


class NoDiscordToken(BotpulseError):
    """The environment has no token."""

    title = _("There is no token to ask Discord with")
    what_happened = _("The environment variable DISCORD_TOKEN is not set, or is empty.")
    what_is_safe = _("Nobody was asked, and nothing was changed.")
    what_to_do = _("Set it to the token of the bot that wrote this database, for this command alone.")


class DiscordTokenRefused(BotpulseError):
    """Discord does not take the token."""

    title = _("Discord does not take this token")
    what_happened = _("The token in DISCORD_TOKEN is not, or no longer, that of a bot.")
    what_is_safe = _("What came before is kept, and the database is as it was.")
    what_to_do = _("Copy the bot's token from https://discord.com/developers/applications, and try again.")


class DiscordSilent(BotpulseError):
    """Discord can't be reached, or answers that it can't answer."""

    title = _("Discord does not answer")
    what_happened = _("It could not be reached, or has a fault of its own at the moment.")
    what_is_safe = _("What came before is kept, and the database is as it was.")
    what_to_do = _("Look at the connection, or wait some minutes. The same command goes on from where it was.")


class LabelsUnwritable(BotpulseError):
    """The labels can't be read or written."""

    title = _("The names can't be kept")
    what_happened = _("The file of labels in your own data can't be read or written.")
    what_is_safe = _("What was kept before is still there, and the database is as it was.")
    what_to_do = _("See that there is room on the disk, and that the file is yours.")


@dataclass(slots=True)
class NamesFetched:
    """How far it is: ids with a name, without one, and all that were to be asked for."""

    named: int = 0
    unknown: int = 0
    wanted: int = 0


@dataclass(frozen=True, slots=True)
class FoundName:
    """What Discord calls something, and the hash of its icon."""

    name: str
    icon: str | None = None


Keep = Callable[[UnnamedId, FoundName | None], None]
"""Takes what Discord calls an id; None where it knows nobody, or does not tell this bot."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code. An expected fault is told in words, on standard error."""
    ready_streams()
    parsed = _parser().parse_args(arguments)
    fetched = NamesFetched()
    try:
        with terminated_like_interrupted():
            _run(parsed, fetched)
    except KeyboardInterrupt:
        say(_summary(fetched))
        say(_("Stopped. What came is kept; the same command goes on from there."), error=True)
        return INTERRUPTED
    except BotpulseError as error:
        if fetched.wanted:
            say(_summary(fetched))
        say(explain(error), error=True)
        return FAULT
    say(_summary(fetched))
    return OK


async def fetch(token: str, wanted: Iterable[UnnamedId], keep: Keep) -> None:
    """Ask Discord for each of these ids, one after the other, and hand over what it says.

    Raises:
        DiscordTokenRefused: with this token nobody is told anything.
        DiscordSilent: it can't be reached.
    """
    async with discord.Client(intents=discord.Intents.none()) as client:
        try:
            await client.login(token)
            for each in wanted:
                keep(each, await _ask(client, each))
        except discord.LoginFailure as error:
            raise DiscordTokenRefused(TOKEN) from error
        except discord.HTTPException as error:
            kind = DiscordTokenRefused if error.status == 401 else DiscordSilent
            raise kind("discord.com", f"{error.status}, {error.code}") from error
        except (aiohttp.ClientError, OSError) as error:
            raise DiscordSilent("discord.com", type(error).__name__) from error


async def _ask(client: discord.Client, wanted: UnnamedId) -> FoundName | None:
    number = int(wanted.id)
    try:
        if wanted.kind == NameKind.USER:
            user = await client.fetch_user(number)
            return FoundName(user.global_name or user.name)
        if wanted.kind == NameKind.GUILD:
            guild = await client.fetch_guild(number, with_counts=False)
            return FoundName(guild.name, guild.icon.key if guild.icon is not None else None)
        name = getattr(await client.fetch_channel(number), "name", None)
    except (discord.NotFound, discord.Forbidden, discord.InvalidData):
        return None
    except discord.HTTPException as error:
        if error.status == 400:  # it is no id of Discord's
            return None
        raise
    return FoundName(f"#{name}") if name else None


def _run(parsed: argparse.Namespace, fetched: NamesFetched) -> None:
    token = os.environ.get(TOKEN, "").strip()
    if not token:
        raise NoDiscordToken(TOKEN)
    location = locate(parsed.database)
    with reading(location) as reader:
        found = unnamed_ids(reader)
    try:
        found = without_label([each for each in found if not parsed.kind or each.kind in parsed.kind], time.time())
    except OSError as error:
        raise LabelsUnwritable(str(error)) from error
    wanted = found[: parsed.limit]
    fetched.wanted = len(wanted)
    if not wanted:
        return
    say(_asking_words(len(wanted), len(found)))
    with ExitStack() as stack:
        manager = stack.enter_context(AnalyticsManager(parsed.database)) if parsed.into_database else None
        line = stack.enter_context(TerminalLine())
        asyncio.run(fetch(token, wanted, _keeper(fetched, line, manager)))
        if manager is not None and not manager.flush(_FLUSH_SECONDS):
            line.clear()
            say(_("The database can't be written now: the names wait in a spool, and its bot writes them."), error=True)


def _keeper(fetched: NamesFetched, line: TerminalLine, manager: AnalyticsManager | None) -> Keep:
    """Keeps names as labels, or in the database; that Discord knows nobody is a label in any case."""

    def keep(asked: UnnamedId, found: FoundName | None) -> None:
        if manager is not None and found is not None:
            manager.note_name(asked.kind, asked.id, found.name, found.icon)
        else:
            try:
                write_labels([fetched_label(asked.kind, asked.id, found.name if found is not None else "")])
            except OSError as error:
                raise LabelsUnwritable(str(error)) from error
        fetched.named += found is not None
        fetched.unknown += found is None
        line.show(
            _("{done} of {wanted}").format(done=count(fetched.named + fetched.unknown), wanted=count(fetched.wanted))
        )

    return keep


def _asking_words(wanted: int, found: int) -> str:
    words = [
        ngettext("Discord is asked for {count} name.", "Discord is asked for {count} names.", wanted).format(
            count=count(wanted)
        )
    ]
    if found > wanted:
        words.append(_("These are the most frequent; {count} more are left.").format(count=count(found - wanted)))
    return " ".join(words)


def _summary(fetched: NamesFetched) -> str:
    if not fetched.wanted:
        return _("Everything in this database has a name, or Discord said lately that it knows none.")
    named, unknown = fetched.named, fetched.unknown
    words = [ngettext("{count} name came.", "{count} names came.", named).format(count=count(named))]
    if unknown:
        words.append(
            ngettext(
                "Of {count} id Discord knows no name, or tells it not to this bot; it is asked again after 30 days.",
                "Of {count} ids Discord knows no name, or tells it not to this bot; it is asked again after 30 days.",
                unknown,
            ).format(count=count(unknown))
        )
    return " ".join(words)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot_integration.fetch_names",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "database", metavar="DATABASE", help=_("the bot's database: a path, or a postgresql:// address")
    )
    parser.add_argument(
        "--limit",
        type=number(int, lambda value: value >= 1, _("a whole number above 0")),
        default=USUAL_LIMIT,
        metavar="N",
        help=_("ask for so many names at most (default: {limit})").format(limit=USUAL_LIMIT),
    )
    parser.add_argument(
        "--kind",
        action="append",
        choices=[kind.value for kind in NameKind],
        help=_("only these: users, servers (guild) or channels; may be given again"),
    )
    parser.add_argument(
        "--into-database",
        action="store_true",
        help=_("write the names into the database's own table, for every monitor that opens it"),
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
