"""Commands of a host whose use is tracked: ones that work, ones that fail, and one by which the others are recorded."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot_integration.tracking import mark_failed
from tests.bot_integration.host_bot import commands_in, fine, slash_command, wait_for_commands
from tests.bot_integration.studio import Studio


async def broken(interaction: discord.Interaction) -> None:
    """What a command does that fails."""
    raise ValueError("broken")


def run_last(place: Studio) -> None:
    """Run a command that says nothing new: once it is recorded, so is whatever came before it."""
    number = len(commands_in(place.manager))
    place.discord.slash(place.nobody, "last", where=place.guild).wait()
    wait_for_commands(place, number + 1)


def last() -> app_commands.Command[Any, ..., Any]:
    """The command of :func:`run_last`."""
    return slash_command("last", fine)


def broken_command() -> app_commands.Command[Any, ..., Any]:
    """A slash command that fails."""
    return slash_command("try", broken)


async def half_done(interaction: discord.Interaction) -> None:
    """What a command does that answers, and has failed by its own account."""
    mark_failed(interaction)
    await fine(interaction)


class Texts(commands.Cog):
    """Prefix commands, and hybrid ones."""

    @commands.command(aliases=["hello"])
    async def hi(self, ctx: commands.Context[Any]) -> None:
        await ctx.send("hi")

    @commands.command()
    async def bad(self, ctx: commands.Context[Any]) -> None:
        raise ValueError("broken")

    @bad.error
    async def bad_error(self, ctx: commands.Context[Any], error: commands.CommandError) -> None:
        await ctx.send("sorry")

    @commands.command()
    async def number(self, ctx: commands.Context[Any], what: int) -> None:
        await ctx.send(str(what))

    @commands.command()
    @commands.check(lambda ctx: False)
    async def never(self, ctx: commands.Context[Any]) -> None: ...

    @commands.command()
    @commands.check(lambda ctx: ctx.nothing.of_the_kind)
    async def odd(self, ctx: commands.Context[Any]) -> None: ...

    @commands.command()
    async def marked(self, ctx: commands.Context[Any]) -> None:
        mark_failed(ctx)

    @commands.group()
    async def outer(self, ctx: commands.Context[Any]) -> None: ...

    @outer.command(name="inner")
    async def outer_inner(self, ctx: commands.Context[Any]) -> None:
        await ctx.send("inner")

    @commands.hybrid_command()
    async def both(self, ctx: commands.Context[Any], good: bool) -> None:
        """Works, or fails."""
        if not good:
            raise ValueError("broken")
        await ctx.send("both")

    @commands.hybrid_command()
    async def marks(self, ctx: commands.Context[Any]) -> None:
        """Fails by its own account."""
        mark_failed(ctx)
        await ctx.send("no")

    @commands.hybrid_command()
    @commands.check(lambda ctx: False)
    async def closed(self, ctx: commands.Context[Any]) -> None:
        """Nobody may."""
