"""Refused prefix and hybrid commands in a bot that answers errors itself: the user gets one answer, not two or none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import discord
import pytest
from discord.ext import commands

from bot_integration.commands.permissions import NOT_A_MANAGER
from tests.bot_integration.commands.guarded_commands import Keeper, offering
from tests.bot_integration.host_bot import REFUSED, host_bot, outcomes, wait_for_commands
from tests.bot_integration.loopback import Place
from tests.bot_integration.studio import Studio

SORRY = "Sorry."


async def answer(ctx: commands.Context[Any], _error: commands.CommandError) -> None:
    """What the bot's own handlers do."""
    await ctx.send(SORRY)


class Overridden(commands.Bot):
    """A bot whose class has the handler."""

    async def on_command_error(self, context: commands.Context[Any], exception: commands.CommandError, /) -> None:
        await answer(context, exception)


class Polite(Keeper):
    """A cog that answers the errors of its commands."""

    async def cog_command_error(self, ctx: commands.Context[Any], error: Exception) -> None:
        await ctx.send(SORRY)


def by_event(bot: commands.Bot) -> Keeper:
    async def on_command_error(ctx: commands.Context[Any], error: commands.CommandError) -> None:
        await answer(ctx, error)

    bot.event(on_command_error)
    return Keeper()


def by_listener(bot: commands.Bot) -> Keeper:
    bot.add_listener(answer, "on_command_error")
    return Keeper()


def by_command(_bot: commands.Bot) -> Keeper:
    keeper = Keeper()
    for command in keeper.get_commands():
        command.error(_answer_in_cog)
    return keeper


async def _answer_in_cog(_cog: commands.Cog, ctx: commands.Context[Any], error: commands.CommandError) -> None:
    await answer(ctx, error)


async def _say_nothing_in_cog(_cog: commands.Cog, ctx: commands.Context[Any], error: commands.CommandError) -> None:
    return None


WAYS: list[tuple[type[commands.Bot], Callable[[commands.Bot], Keeper]]] = [
    (commands.Bot, by_event),
    (commands.Bot, by_listener),
    (commands.Bot, by_command),
    (commands.Bot, lambda _: Polite()),
    (Overridden, lambda _: Keeper()),
]


@pytest.mark.parametrize("watched", [True, False])
@pytest.mark.parametrize(("kind", "keeper"), WAYS)
def test_the_answer_is_left_to_the_bots_handler(
    place: Studio, kind: type[commands.Bot], keeper: Callable[[commands.Bot], Keeper], watched: bool
) -> None:
    async def prepare(bot: commands.Bot) -> None:
        await offering(keeper(bot), watched=watched)(bot)

    with host_bot(place, prepare, kind=kind) as running:
        replies = refused(place, running.settle)
    assert replies == {"!text": [SORRY], "!both": [SORRY], "/both": [SORRY]}
    assert place.discord.violations == []


def test_without_a_handler_we_answer_once(place: Studio) -> None:
    with host_bot(place, offering(Keeper()), expect_errors=True) as running:
        replies = refused(place, running.settle)
        wait_for_commands(place, 3)
    assert replies == {"!text": [NOT_A_MANAGER], "!both": [NOT_A_MANAGER], "/both": [NOT_A_MANAGER]}
    assert outcomes(place.manager) == [("!text", REFUSED), ("!both", REFUSED), ("both", REFUSED)]


def test_a_hybrid_commands_handler_that_says_nothing_leaves_nobody_waiting(place: Studio) -> None:
    async def prepare(bot: commands.Bot) -> None:
        keeper = Keeper()
        await offering(keeper)(bot)
        keeper.both.error(_say_nothing_in_cog)

    with host_bot(place, prepare) as running:
        reply = place.discord.slash(place.nobody, "both", where=place.guild).wait()
        running.settle()
    assert (reply.content, reply.ephemeral) == (NOT_A_MANAGER, True)


def refused(place: Studio, settle: Callable[[], None]) -> dict[str, list[str]]:
    """What somebody who may not hears of each command."""
    heard = {}
    where: Place = place.guild
    for text in ("!text", "!both"):
        asked = place.discord.say(place.nobody, text, where=where)
        place.discord.answer_to(asked)
        settle()
        heard[text] = [each.content for each in place.discord.messages(place.guild) if each.id > asked.id]
    invocation = place.discord.slash(place.nobody, "both", where=where)
    invocation.wait()
    settle()
    reply = invocation.wait()
    heard["/both"] = [reply.content, *(each.content for each in reply.followups)]
    return heard


def test_the_handlers_get_our_error(place: Studio) -> None:
    seen: list[discord.DiscordException] = []

    async def prepare(bot: commands.Bot) -> None:
        async def keep(_ctx: commands.Context[Any], error: commands.CommandError) -> None:
            seen.append(error)

        bot.add_listener(keep, "on_command_error")
        await offering(Keeper())(bot)

    with host_bot(place, prepare) as running:
        place.discord.say(place.nobody, "!text", where=place.guild)
        wait_for_commands(place, 1)
        running.settle()
    assert [str(each) for each in seen] == [NOT_A_MANAGER]
