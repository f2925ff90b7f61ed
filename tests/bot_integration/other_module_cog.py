"""A host's commands in a module of their own, with annotations as text and with types that only this module knows."""

from __future__ import annotations

from enum import Enum
from fractions import Fraction
from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot_integration.tracking import mark_failed, track_command_usage


class Shade(Enum):
    """The decorator's module knows nothing of it."""

    LIGHT = "light"
    DARK = "dark"


class Other(commands.Cog):
    """One command of each kind."""

    shades = app_commands.Group(name="shades", description="All about shades")

    @app_commands.command()
    @app_commands.describe(shade="How dark")
    @track_command_usage
    @app_commands.rename(size="breadth")
    @app_commands.choices(size=[app_commands.Choice(name="small", value=1), app_commands.Choice(name="big", value=9)])
    async def paint(self, interaction: discord.Interaction, shade: Shade, size: int = 1) -> None:
        """Paint something."""
        await interaction.response.send_message(f"{shade.name} {size}")

    @shades.command(name="mix")
    @track_command_usage
    async def mix_shades(self, interaction: discord.Interaction, first: Shade, second: Shade) -> None:
        """Mix two."""
        await interaction.response.send_message(f"{first.name} and {second.name}")

    @commands.hybrid_command()
    @track_command_usage
    async def blend(self, ctx: commands.Context[commands.Bot], how: Literal["softly", "hard"]) -> None:
        """Blend."""
        await ctx.send(how)

    @commands.command()
    @track_command_usage
    async def halve(self, ctx: commands.Context[commands.Bot], what: Fraction) -> None:
        """Halve a number."""
        await ctx.send(str(what / 2))

    @commands.command()
    @track_command_usage
    async def sulk(self, ctx: commands.Context[commands.Bot]) -> None:
        """Answer its own error."""
        await ctx.send("No.")
        await _deeper(ctx)


async def _deeper(ctx: commands.Context[commands.Bot]) -> None:
    mark_failed(ctx)


@app_commands.command()
@track_command_usage
async def plain(interaction: discord.Interaction, shade: Shade) -> None:
    """A function, no method."""
    await interaction.response.send_message(shade.name)


@app_commands.context_menu(name="Look at")
@track_command_usage
async def look_at(interaction: discord.Interaction, user: discord.User) -> None:
    """A context menu's command."""
    await interaction.response.send_message(user.name)
