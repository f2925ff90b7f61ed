"""Private answers: refusals, long ones, late ones."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import discord
import pytest

from bot_integration.replies import LONGEST_CONTENT, answer_privately, refuse
from tests.bot_integration.host_bot import Prepare, host_bot, outcomes, slash_command, tracking, wait_for_commands
from tests.bot_integration.studio import Studio


def answering(reply: Callable[[discord.Interaction], Awaitable[Any]]) -> Prepare:
    return tracking(slash_command("ask", reply))


@pytest.mark.parametrize("first", ["nothing", "private", "open", "answer"])
def test_a_refusal_is_private_whatever_came_before(place: Studio, first: str) -> None:
    async def ask(interaction: discord.Interaction) -> None:
        if first == "answer":
            await interaction.response.send_message("for all to see")
        elif first != "nothing":
            await interaction.response.defer(ephemeral=first == "private", thinking=True)
        assert await refuse(interaction, "Not now, <@1> @everyone.")

    with host_bot(place, answering(ask)):
        invocation = place.discord.slash(place.nobody, "ask", where=place.guild)
        wait_for_commands(place, 1)
        reply = invocation.wait()
        shown = reply.followups[-1] if first in ("open", "answer") else reply.message
        assert shown is not None and shown.ephemeral and shown.content == "Not now, <@1> @everyone."
        assert [each.content for each in place.discord.messages(place.guild)] == ["for all to see"] * (
            first == "answer"
        )
    assert outcomes(place.manager) == [("ask", 0)]


def test_an_answer_is_cut_to_what_discord_takes_and_is_no_failure(place: Studio) -> None:
    async def ask(interaction: discord.Interaction) -> None:
        assert await answer_privately(interaction, "x" * 5000)

    with host_bot(place, answering(ask)):
        reply = place.discord.slash(place.nobody, "ask", where=place.guild).wait()
        wait_for_commands(place, 1)
    assert reply.ephemeral and len(reply.content) == LONGEST_CONTENT and reply.content.endswith("x…")
    assert outcomes(place.manager) == [("ask", 1)]


def test_an_answer_that_comes_too_late_disturbs_nobody(place: Studio) -> None:
    said = []

    async def ask(interaction: discord.Interaction) -> None:
        await asyncio.to_thread(place.discord.advance, 4)
        said.append(await answer_privately(interaction, "late"))

    with host_bot(place, answering(ask)) as running:
        place.discord.slash(place.nobody, "ask", where=place.guild)
        wait_for_commands(place, 1)
        assert running.errors == []
    assert said == [False]
    assert len(place.discord.violations) == 1 and "10062" in place.discord.violations.pop()
