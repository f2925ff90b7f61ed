"""How a command answers: deferred at once, privately, and in plain words where something goes wrong.

A command of your own needs one call: ``await answer(interaction, question, embed=…)``.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import aiohttp
import discord
from discord import app_commands

from bot_integration.comfyui import ComfyUIError
from bot_integration.commands.permissions import AnalyticsPermissionDenied
from bot_integration.replies import answer_privately, clear_open_thinking, refuse
from bot_integration.state.bot_state import session_of
from bot_integration.state.command_run import mark_failed, mark_refused
from bot_integration.state.query_queue import BotStopping
from core.answers.embeds import PICTURE
from core.errors import BotpulseError
from core.text.translation import gettext as _

log = logging.getLogger(__name__)

Result = TypeVar("Result")

UNEXPECTED: Final = _(
    "Something went wrong that should not have: the answer could not be made. The bot goes on working. "
    "The reason is in its log; please tell whoever looks after the bot."
)

_NOT_TAKEN: Final = _(
    "Discord does not take this answer, and would not the next time. Nothing is lost. "
    "The reason is in the bot's log; please tell whoever looks after the bot."
)
_TOO_MANY: Final = 429

_APART: Final = "botpulse.answer"

_NOT_DELIVERED: Final = (discord.HTTPException, aiohttp.ClientError)

_LONGEST_DESCRIPTION: Final = 1_024
"""Characters that Discord takes as an attachment's description."""

_UNKNOWN_MESSAGE: Final = 10008
_UNKNOWN_WEBHOOK: Final = 10015
_UNKNOWN_INTERACTION: Final = 10062
_ALREADY_ANSWERED: Final = 40060
_TOKEN_EXPIRED: Final = 50027
_GONE: Final = frozenset({_UNKNOWN_MESSAGE, _UNKNOWN_WEBHOOK, _UNKNOWN_INTERACTION, _ALREADY_ANSWERED, _TOKEN_EXPIRED})


async def answer(
    interaction: discord.Interaction[Any],
    question: Callable[..., Result],
    *args: Any,
    embed: Callable[[Result], discord.Embed],
    **more: Any,
) -> None:
    """Answer a command privately with an embed, and with the answer's picture where it has one.

    ``question(location, zone, *args, now=…, **more)`` runs in the worker process (a function on a module's top level,
    with arguments and a result that can be pickled); ``embed`` makes of its result what is shown. A result that has a
    ``picture`` (the bytes of a PNG) is sent with it: the embed shows it as ``attachment://chart.png``.

    Nothing is raised: a fault is told to the user in its own words, logged, and the command counts as failed.
    """

    async def work() -> None:
        found = await session_of(interaction.client).questions.ask(question, *args, **more)
        picture, described = getattr(found, "picture", None), getattr(found, "described", "")
        await show(interaction, embed=embed(found), picture=picture, described=described)

    await attend(interaction, work)


async def attend(
    interaction: discord.Interaction[Any], work: Callable[[], Awaitable[None]], *, same_message: bool = False
) -> None:
    """Tell Discord that an answer will come, then do the work that gives it; tell the user what goes wrong.

    With ``same_message`` the work changes the message whose button was pressed; else it fills in a new, private one.
    Where the bot has answered before (a check that defers everything), that stands; the answer is private all the same.
    """
    try:
        await _promise(interaction, same_message)
        with session_of(interaction.client).answering():
            await work()
    except AnalyticsPermissionDenied as denied:
        mark_refused(interaction, type(denied).__name__)
        await answer_privately(interaction, denied.words)
    except (BotpulseError, ComfyUIError) as fault:
        level = logging.INFO if isinstance(fault, BotStopping) else logging.WARNING
        log.log(level, "%s could not be answered: %s", _what(interaction), fault)
        await refuse(interaction, words_of(fault))
    except _NOT_DELIVERED as error:
        await _not_delivered(interaction, error)
    except Exception:
        log.exception("%s could not be answered", _what(interaction))
        await refuse(interaction, UNEXPECTED)


async def show(
    interaction: discord.Interaction[Any],
    *,
    content: str | None = None,
    embed: discord.Embed | None = None,
    picture: bytes | None = None,
    described: str = "",
    file: tuple[str, bytes] | None = None,
    view: discord.ui.View | None = None,
) -> discord.Message:
    """Fill in the deferred message, or change it: what is not given is taken away. Nobody is mentioned by it.

    ``picture`` is a PNG that the embed shows, ``described`` what is to be seen in it, for those who can't see it;
    ``file`` is the name and the content of one to download.

    Raises:
        discord.HTTPException: Discord does not take it.
    """
    files = _attachments(picture, described, file)
    mentions = discord.AllowedMentions.none()
    apart = interaction.extras.get(_APART)
    if apart is None:
        return await interaction.edit_original_response(
            content=content, embed=embed, attachments=files, view=view, allowed_mentions=mentions
        )
    if isinstance(apart, discord.WebhookMessage):
        return await apart.edit(content=content, embed=embed, attachments=files, view=view, allowed_mentions=mentions)
    given: dict[str, Any] = {"content": content, "embed": embed, "view": view}
    given = {name: each for name, each in given.items() if each is not None}
    message = await interaction.followup.send(
        ephemeral=True, wait=True, files=files, allowed_mentions=mentions, **given
    )
    interaction.extras[_APART] = message
    return message


def _attachments(picture: bytes | None, described: str, file: tuple[str, bytes] | None) -> list[discord.File]:
    files = []
    if picture:
        files.append(discord.File(io.BytesIO(picture), PICTURE, description=described[:_LONGEST_DESCRIPTION]))
    if file is not None:
        files.append(discord.File(io.BytesIO(file[1]), file[0]))
    return files


async def explain(interaction: discord.Interaction[Any], error: app_commands.AppCommandError) -> None:
    """Answer what discord.py hands to an error handler, privately; a refusal is told by whoever refused."""
    if isinstance(error, AnalyticsPermissionDenied):
        return
    if isinstance(error, app_commands.TransformerError):
        log.info("%s: %s", _what(interaction), error)
        mark_refused(interaction, type(error).__name__)
        await answer_privately(
            interaction, _("This value does not fit the command. Discord shows what does while you type.")
        )
        return
    log.error("%s failed", _what(interaction), exc_info=error)
    await refuse(interaction, UNEXPECTED)


def words_of(fault: BotpulseError | ComfyUIError) -> str:
    """What happened, what is safe and what to do next, for the user; paths and reasons are only in the log."""
    if isinstance(fault, ComfyUIError):
        return fault.words
    return f"**{fault.title}.** {fault.what_happened} {fault.what_is_safe} {fault.what_to_do}"


async def _promise(interaction: discord.Interaction[Any], same_message: bool) -> None:
    """Tell Discord that an answer will come, unless somebody has; then see to it that ours goes into the right message.

    ``extras[_APART]`` is True where that is a message of its own, and then that message.
    """
    if not interaction.response.is_done():
        await interaction.response.defer(ephemeral=True, thinking=not same_message)
        return
    kind = interaction.response.type
    if kind is discord.InteractionResponseType.deferred_channel_message:
        apart = await clear_open_thinking(interaction)
    else:
        apart = not (same_message and kind is discord.InteractionResponseType.deferred_message_update)
    if apart:
        interaction.extras[_APART] = True


async def _not_delivered(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Discord did not take the answer. Where nobody waits for it any more, that is nothing to worry about."""
    if isinstance(error, discord.HTTPException) and error.code in _GONE:
        mark_failed(interaction)
        log.info("%s: the answer came too late, or its message is gone: %s", _what(interaction), error)
        return
    log.warning("%s: Discord did not take the answer: %s", _what(interaction), error)
    final = isinstance(error, discord.HTTPException) and 400 <= error.status < 500 and error.status != _TOO_MANY
    await refuse(
        interaction, _NOT_TAKEN if final else _("Discord did not take the answer. Please try again in a moment.")
    )


def _what(interaction: discord.Interaction[Any]) -> str:
    """The command or the button, for the log."""
    if interaction.command is not None:
        return f"/{interaction.command.qualified_name}"
    data: Any = interaction.data or {}
    return f"the button {str(data.get('custom_id', ''))[:100]!r}"
