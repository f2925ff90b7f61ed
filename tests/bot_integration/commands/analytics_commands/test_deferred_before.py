"""A bot whose command tree answers before the command does: our answers come all the same, and only to the user."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot_integration import setup
from bot_integration.commands.permissions import NOT_A_MANAGER
from tests.bot_integration import questions_asked
from tests.bot_integration.commands.analytics_commands.test_answering import failing
from tests.bot_integration.host_bot import REFUSED
from tests.bot_integration.loopback import DM, Invocation, Posted
from tests.bot_integration.running import running_bot
from tests.bot_integration.studio import Studio

First = Callable[[discord.Interaction[Any]], Awaitable[Any]]


async def privately(interaction: discord.Interaction[Any]) -> None:
    await interaction.response.defer(ephemeral=True)


async def openly(interaction: discord.Interaction[Any]) -> None:
    await interaction.response.defer()


async def in_words(interaction: discord.Interaction[Any]) -> None:
    await interaction.response.send_message("One moment …")


def answering_first(first: First, place: Studio) -> Callable[[], Awaitable[commands.Bot]]:
    """A bot that answers every command in this way before it looks what the command is."""

    class Tree(app_commands.CommandTree[Any]):
        async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
            if interaction.type is discord.InteractionType.application_command:
                await first(interaction)
            return True

    async def make() -> commands.Bot:
        bot = commands.Bot(commands.when_mentioned, intents=discord.Intents.default(), tree_cls=Tree)
        await setup(bot, place.manager, manager_role_id=place.role.id, extra=[failing(questions_asked.full_disk)])
        return bot

    return make


def messages(invocation: Invocation) -> list[Posted]:
    """What stands in the end: the first answer, unless it was deleted, and what came after it."""
    reply = invocation.reply
    kept = invocation.original is not None and not invocation.original.deleted and reply.message is not None
    return [*([reply.message] if kept and reply.message is not None else []), *reply.followups]


@pytest.mark.slow
@pytest.mark.parametrize(("first", "more"), [(privately, 0), (openly, 0), (in_words, 1)])
def test_the_answer_and_its_buttons(place: Studio, first: First, more: int) -> None:
    place.manager.track_image_generation(place.nobody.id, "a fox", "1:1", [], 1, 3.0)
    with running_bot(answering_first(first, place), place.discord) as running:
        asked = place.discord.slash(place.admin, "image_stats", where=place.guild)
        asked.wait_for(lambda _: bool(messages(asked)[more:]) and bool(messages(asked)[more].embeds), 30)
        running.settle()
        *before, answer = messages(asked)
        assert len(before) == more and answer.ephemeral and answer.files["chart.png"].startswith(b"\x89PNG")
        turned = place.discord.click(place.admin, answer, "◀ Previous 7 days").wait(30)
        assert turned.embeds and turned.message is not None and turned.message.id == answer.id
        rows = place.discord.click(place.admin, answer, "Images as CSV").wait(30)
        assert rows.ephemeral and rows.files
        running.settle()
    assert place.tracked("image_stats") == [(str(place.admin.id), str(place.guild.id), 1)]
    assert [each.content for each in place.discord.messages(place.guild)] == ["One moment …"] * more


@pytest.mark.parametrize("first", [privately, openly, in_words])
def test_the_reset_asks_and_closes_its_button(place: Studio, first: First) -> None:
    place.manager.track_image_generation(place.nobody.id, "a fox", "1:1", [], 1, 3.0)
    with running_bot(answering_first(first, place), place.discord) as running:
        asked = place.discord.slash(place.admin, "reset_stats", where=place.guild)
        asked.wait_for(lambda _: any(each.buttons for each in messages(asked)), 30)
        question = messages(asked)[-1]
        assert question.ephemeral and "Delete all statistics?" in question.content
        done = place.discord.click(place.admin, question, "Delete all statistics").wait_for(
            lambda reply: "Deleted" in reply.content, 30
        )
        assert done.ephemeral and not done.buttons
        running.settle()


@pytest.mark.slow
@pytest.mark.expect_log
@pytest.mark.parametrize("first", [privately, openly, in_words])
def test_refusals_and_faults_are_private(place: Studio, first: First) -> None:
    with running_bot(answering_first(first, place), place.discord, expect_errors=True) as running:
        refused = place.discord.slash(place.nobody, "image_stats", where=place.guild)
        failed = place.discord.slash(place.nobody, "fail", where=DM)
        refused.wait_for(lambda _: any(each.content == NOT_A_MANAGER for each in messages(refused)), 30)
        failed.wait_for(lambda _: any("The disk is full" in each.content for each in messages(failed)), 30)
        running.settle()
    assert all(messages(each)[-1].ephemeral for each in (refused, failed))
    assert [success for *_, success in place.tracked("image_stats") + place.tracked("fail")] == [REFUSED, 0]
