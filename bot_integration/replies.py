"""Answers that only the user sees, whether the command has deferred or answered before or not."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any, Final

import aiohttp
import discord
from discord.ext import commands

from bot_integration.state.command_run import Invocation, interaction_of, mark_failed

log = logging.getLogger(__name__)

LONGEST_CONTENT: Final = 2_000
"""Characters that Discord takes in a message."""

_UNREACHED: Final = (discord.DiscordException, aiohttp.ClientError, asyncio.TimeoutError, OSError, RuntimeError)
"""What sending may raise; aiohttp's RuntimeError says that the bot has closed its session meanwhile."""


async def refuse(invocation: Invocation, words: str) -> bool:
    """Tell the user privately why not; the command counts as failed. False if the words didn't reach them.

    What is kept as the reason is the exception that is being handled, else these words.
    """
    mark_failed(invocation, sys.exception() or words)
    return await answer_privately(invocation, words)


async def answer_privately(invocation: Invocation, words: str, **more: Any) -> bool:
    """Answer in words that only the user sees; nobody is mentioned by it. False if that didn't reach them.

    A command that has deferred openly gets a private answer all the same: its open "thinking…" is taken away. A prefix
    command has no private answers: it is replied to in its channel.

    Args:
        invocation: the interaction or context to answer.
        words: the content, cut to what Discord takes.
        more: whatever else ``send_message`` takes: ``embed``, ``view``, ``file`` …
    """
    content = words if len(words) <= LONGEST_CONTENT else f"{words[: LONGEST_CONTENT - 1]}…"
    more.setdefault("allowed_mentions", discord.AllowedMentions.none())
    interaction = interaction_of(invocation)
    try:
        if interaction is not None:
            await _send(interaction, content, more)
        elif isinstance(invocation, commands.Context):
            await invocation.reply(content, mention_author=False, **more)
    except _UNREACHED as error:
        log.info("A user could not be answered: %s", error)
        return False
    return True


async def _send(interaction: discord.Interaction[Any], content: str, more: dict[str, Any]) -> None:
    if not interaction.response.is_done():
        try:
            await interaction.response.send_message(content, ephemeral=True, **more)
        except discord.InteractionResponded:
            pass  # by somebody else, between the question and the answer
        else:
            return
    if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
        await clear_open_thinking(interaction)
    await interaction.followup.send(content, ephemeral=True, **more)


async def is_thinking(interaction: discord.Interaction[Any]) -> bool:
    """Whether a deferred answer is still only promised; False too where Discord does not say."""
    try:
        return (await interaction.original_response()).flags.loading
    except _UNREACHED as error:
        log.info("What has become of a deferred answer is not known: %s", error)
        return False


async def clear_open_thinking(interaction: discord.Interaction[Any]) -> bool:
    """Take away a "thinking…" that everybody sees: the next follow-up would fill it in, for everybody to see.

    False if it stays, as it is private; True if no follow-up fills anything in.
    """
    try:
        deferred = await interaction.original_response()
        if deferred.flags.loading and deferred.flags.ephemeral:
            return False
        if deferred.flags.loading:
            await interaction.delete_original_response()
    except discord.NotFound:
        log.debug("The deferred message is gone already")
    return True
