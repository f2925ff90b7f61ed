"""The bot of :mod:`tests.benchmarks.bench_commands`: in a process of its own, with a clock that ticks in its loop.

``python -m tests.benchmarks.commands_probe TICKS [DATABASE ADDRESS TOKEN GUILD]``: it runs until its standard
input ends, and then writes its ticks as doubles to the file TICKS. Of each: the moment (the system's monotonic clock),
the lateness, and what the process has worked since the tick before, all in seconds. Without a database there is a
clock and no bot.
"""

from __future__ import annotations

import asyncio
import io
import sys
import time
from array import array
from pathlib import Path
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot_integration import setup
from core.manager import AnalyticsManager
from tests.benchmarks.bench_statistics import ZONE
from tests.bot_integration.loopback import LoopbackDiscord

TICK = 0.001


async def run(database: Path, token: str, guild: int, ticks: Path) -> None:
    """Run the bot, and listen to its loop."""
    bot = commands.Bot(commands.when_mentioned, intents=discord.Intents.default())
    with AnalyticsManager(database, timezone=ZONE) as manager:
        await setup(bot, manager, manager_guilds=[guild], extra=[plain_command(manager), picture_command()])
        async with bot:
            await bot.login(token)
            await bot.tree.sync()
            connection = asyncio.create_task(bot.connect())
            await listen(ticks)
            await bot.close()
            await connection


async def listen(ticks: Path) -> None:
    """How much later than asked for the loop came back, each millisecond, until the standard input ends."""
    heard = array("d")
    end = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    while not end.done():
        before, worked = time.monotonic(), time.process_time()
        await asyncio.sleep(TICK)
        now = time.monotonic()
        heard.extend((now, now - before - TICK, time.process_time() - worked))
    ticks.write_bytes(heard.tobytes())


def plain_command(manager: AnalyticsManager) -> app_commands.Command[Any, ..., Any]:
    """The plain way: count and draw in a thread of the bot's process."""

    @app_commands.command(name="plain", description="Counts and draws in a thread")
    async def plain(interaction: discord.Interaction, days: int) -> None:
        await interaction.response.defer(ephemeral=True)
        await asyncio.to_thread(manager.get_command_stats, days)
        picture = await asyncio.to_thread(manager.generate_command_chart, days)
        await interaction.followup.send(file=discord.File(picture, "chart.png"))

    return plain


def picture_command() -> app_commands.Command[Any, ..., Any]:
    """What discord.py itself costs: a picture that is there already."""

    @app_commands.command(name="picture", description="Sends 100 kB")
    async def picture(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send(file=discord.File(io.BytesIO(bytes(100_000)), "chart.png"))

    return picture


def main() -> None:
    """Point discord.py at the loopback, and run."""
    ticks, *rest = sys.argv[1:]
    if not rest:
        asyncio.run(listen(Path(ticks)))
        return
    database, address, token, guild = rest
    loopback = LoopbackDiscord()  # never started: it only knows where the other one listens
    loopback.world.base = address
    with loopback.patch():
        asyncio.run(run(Path(database), token, int(guild), Path(ticks)))


if __name__ == "__main__":
    main()
