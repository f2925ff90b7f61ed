"""Who asked, and where: as the tracked command that runs knows it, in its own tasks too, and as attributes tell."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from discord.ext import commands

from bot_integration.origin import RequestOrigin, current_origin, origin_of
from tests.bot_integration.host_bot import host_bot, slash_command, tracking, wait_for_commands
from tests.bot_integration.loopback import DM
from tests.bot_integration.studio import Studio


def test_a_command_and_its_tasks_know_whose_they_are(place: Studio) -> None:
    seen: list[RequestOrigin] = []

    async def deep() -> None:
        seen.append(current_origin.get())

    async def draw(interaction: discord.Interaction) -> None:
        await asyncio.create_task(deep())
        await interaction.response.send_message("drawn")

    @commands.command(name="sketch")
    async def sketch(ctx: commands.Context[Any]) -> None:
        await deep()

    with host_bot(place, tracking(slash_command("draw", draw), sketch)):
        place.discord.slash(place.nobody, "draw", where=place.guild).wait()
        place.discord.say(place.helper, "!sketch", where=place.guild)
        wait_for_commands(place, 2)
        place.discord.slash(place.nobody, "draw", where=DM).wait()
        wait_for_commands(place, 3)
    guild, channel = place.guild.id, place.guild.channel.id
    assert seen[:2] == [
        RequestOrigin(place.nobody.id, guild, channel, "draw"),
        RequestOrigin(place.helper.id, guild, channel, "!sketch"),
    ]
    assert (seen[2].user_id, seen[2].guild_id, seen[2].command) == (place.nobody.id, None, "draw")
    assert current_origin.get() == RequestOrigin()


class _Odd:
    """Something whose attributes are of other kinds."""

    user = "anna"
    guild_id = "7"
    channel = None
    command = 3


@pytest.mark.parametrize(
    ("source", "origin"),
    [
        (SimpleNamespace(user=discord.Object(1), guild_id=2, channel_id=3), RequestOrigin(1, 2, 3)),
        (
            SimpleNamespace(author=discord.Object(1), guild=discord.Object(2), channel=discord.Object(3)),
            RequestOrigin(1, 2, 3),
        ),
        (SimpleNamespace(user=discord.Object(1), guild=None, channel_id=3), RequestOrigin(1, None, 3)),
        (SimpleNamespace(command=SimpleNamespace(qualified_name="a b")), RequestOrigin(command="a b")),
        (_Odd(), RequestOrigin()),
        (None, RequestOrigin()),
        ("text", RequestOrigin()),
    ],
)
def test_it_is_read_from_whatever_tells_it(source: Any, origin: RequestOrigin) -> None:

    assert origin_of(source) == origin
