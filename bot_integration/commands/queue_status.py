"""``/queue_status``: what ComfyUI is doing, and the caller's place in its queue; for everyone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, Final, TypeVar

import discord
from discord import app_commands
from discord.ext import commands

from bot_integration.comfyui import ComfyUI, ComfyUIError, Device, Queue, SystemStats, Unreachable
from bot_integration.commands.responses import attend, explain, show
from bot_integration.state.command_run import OWN
from bot_integration.tracking.decorator import track_command_usage
from core.text.formatting import count, size
from core.text.markdown import escaped
from core.text.translation import gettext as _
from core.text.translation import marked, ngettext
from resources.design import Theme, palette

Result = TypeVar("Result")

log = logging.getLogger(__name__)

_COLOUR: Final = int(palette(Theme.DARK).accent.removeprefix("#"), 16)
_ANSWERS_WITHIN: Final = 2.5
_MOST_PLACES: Final = 5
_MOST_DEVICES: Final = 4
_LONGEST_NAME: Final = 60


class QueueStatus(commands.Cog, name="Botpulse queue"):
    """/queue_status, which the deployed bot has beside the seed's commands."""

    def __init__(self, comfyui: ComfyUI) -> None:
        """Take the client of the server whose queue it is; it stays open."""
        self._comfyui = comfyui

    @app_commands.command(
        name="queue_status", description=marked("How long the queue for images is, and where you are in it"), extras=OWN
    )
    @app_commands.allowed_installs(guilds=True, users=False)
    @track_command_usage
    async def queue_status(self, interaction: discord.Interaction[Any]) -> None:
        """The queue of ComfyUI, as it is now."""
        await attend(interaction, lambda: _answer(interaction, self._comfyui))

    async def cog_app_command_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError
    ) -> None:
        """Say privately why the command failed."""
        await explain(interaction, error)


def queue_embed(queue: Queue, stats: SystemStats | None, owner: str) -> discord.Embed:
    """The queue as an embed; ``owner`` is whose place is told, ``stats`` None where the machine tells nothing."""
    embed = discord.Embed(title=_("Image queue"), description=_state(queue), colour=_COLOUR)
    embed.add_field(name=_("Your place"), value="\n".join(_places(queue, owner)), inline=False)
    devices = [_device(each) for each in stats.devices[:_MOST_DEVICES]] if stats else []
    if devices:
        embed.add_field(name=_("Image server"), value="\n".join(devices), inline=False)
    return embed


async def _answer(interaction: discord.Interaction[Any], comfyui: ComfyUI) -> None:
    queue, stats = await asyncio.gather(_in_time(comfyui.queue()), _stats(comfyui))
    await show(interaction, embed=queue_embed(queue, stats, str(interaction.user.id)))


async def _stats(comfyui: ComfyUI) -> SystemStats | None:
    """What the machine tells; the queue is worth showing without it."""
    try:
        return await _in_time(comfyui.system_stats())
    except ComfyUIError as fault:
        log.info("ComfyUI tells nothing of its machine: %s", fault)
        return None


async def _in_time(answer: Awaitable[Result]) -> Result:
    """Wait for the server no longer than its user would: one that is frozen takes the connection and says nothing.

    Raises:
        Unreachable: it did not answer in time.
    """
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN):
            return await answer
    except TimeoutError:
        raise Unreachable(f"no answer within {_ANSWERS_WITHIN:g} s") from None


def _state(queue: Queue) -> str:
    running, waiting = len(queue.running), len(queue.pending)
    if not running and not waiting:
        return _("**Nothing is running or waiting.** A request would start at once.")
    return _("**{running}** running, **{waiting}** waiting").format(running=count(running), waiting=count(waiting))


def _places(queue: Queue, owner: str) -> list[str]:
    """A line for each of the owner's requests, the next first."""
    places = [place for entry in queue.of(owner) if (place := queue.position(entry.prompt_id)) is not None]
    lines = [
        _("running now")
        if not place
        else ngettext("waiting: {count} request before it", "waiting: {count} requests before it", place).format(
            count=count(place)
        )
        for place in places
    ]
    if len(lines) > _MOST_PLACES:
        lines = [*lines[:_MOST_PLACES], _("… and {missing} more").format(missing=count(len(lines) - _MOST_PLACES))]
    return lines or [_("You have nothing in the queue.")]


def _device(device: Device) -> str:
    name = f"**{escaped(device.name or device.kind or 'device', _LONGEST_NAME)}**"
    if not device.memory or device.memory_free is None:
        return name
    return _("{name} {memory} of {memory_2} memory in use").format(
        name=name, memory=size(device.memory - device.memory_free), memory_2=size(device.memory)
    )
