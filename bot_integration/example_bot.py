"""A complete small bot: ``/imagine`` with ComfyUI, every part of Botpulse plugged in. Run it, or begin yours with it.

    DISCORD_TOKEN=… python -m bot_integration.example_bot

More environment variables: ``COMFYUI_URL``, ``COMFYUI_CHECKPOINT``, ``BOTPULSE_DATABASE``, ``BOTPULSE_MANAGER_ROLE``
(a role's id), ``BOTPULSE_WEB_TOKEN``, ``BOTPULSE_WEB_PORT`` (0 takes a free one).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import secrets
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot_integration import setup
from bot_integration.comfyui import DEFAULT_URL, ComfyUI, ComfyUIError, Generation, Kind, Progress, Stage
from bot_integration.replies import refuse
from bot_integration.web import DeliveryFailed, send_final_image
from bot_integration.web_handlers import DEFAULT_PORT, FinalImage, PendingRequest, WebHandlers, require_fits
from core.manager import AnalyticsManager

log = logging.getLogger(__name__)

SHAPES: Final = {
    "1:1 [1024x1024 square]": (1024, 1024),
    "16:9 [1344x768 landscape]": (1344, 768),
    "9:16 [768x1344 portrait]": (768, 1344),
}
"""Width and height in pixels of each resolution, under the names that the statistics know."""

_MOST_SECONDS: Final = 840.0
"""Discord lets a bot answer for 15 minutes."""

_MOST_BYTES: Final = 10 * 1024 * 1024
"""Of a file that Discord takes anywhere."""

_BETWEEN_EDITS: Final = 2.0
_LONGEST_PROMPT: Final = 1_000


@dataclass(frozen=True, slots=True)
class BotSettings:
    """What the bot has to be told, from the environment; the tokens are kept out of logs."""

    discord_token: str = field(repr=False)
    web_token: str = field(repr=False)
    web_port: int = DEFAULT_PORT
    comfyui_url: str = DEFAULT_URL
    checkpoint: str = "sd_xl_base_1.0.safetensors"
    database: str = "analytics.db"
    manager_role_id: int | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> BotSettings:
        """Read them.

        Raises:
            SystemExit: the token is missing, or a number is none; with words for whoever starts the bot.
        """
        token = environment.get("DISCORD_TOKEN", "")
        if not token:
            raise SystemExit(
                "DISCORD_TOKEN is not set: copy your bot's token from https://discord.com/developers/applications"
            )
        given: dict[str, Any] = {
            "comfyui_url": environment.get("COMFYUI_URL"),
            "checkpoint": environment.get("COMFYUI_CHECKPOINT"),
            "database": environment.get("BOTPULSE_DATABASE"),
            "web_port": _number(environment, "BOTPULSE_WEB_PORT"),
            "manager_role_id": _number(environment, "BOTPULSE_MANAGER_ROLE"),
        }
        web_token = environment.get("BOTPULSE_WEB_TOKEN") or secrets.token_urlsafe(32)
        return cls(token, web_token, **{name: value for name, value in given.items() if value not in (None, "")})


class ExampleBot(commands.Bot):
    """The bot: ComfyUI's client, the web handlers, and the analytics commands."""

    def __init__(self, settings: BotSettings, manager: AnalyticsManager, **options: Any) -> None:
        """Nothing is opened yet; ``options`` are discord.py's own."""
        super().__init__(commands.when_mentioned, intents=discord.Intents.default(), **options)
        self.settings = settings
        self.manager = manager
        self.comfyui = ComfyUI(settings.comfyui_url)
        self.web = WebHandlers(manager, token=settings.web_token, deliver=self._deliver)
        self.web_url = ""

    async def setup_hook(self) -> None:
        """Open what the bot needs before it connects."""
        port = await self.web.start(port=self.settings.web_port)
        self.web_url = f"http://127.0.0.1:{port}"
        await setup(self, self.manager, manager_role_id=self.settings.manager_role_id, comfyui=self.comfyui)
        self.tree.add_command(imagine)
        await self.tree.sync()

    async def close(self) -> None:
        """Let what is under way end, and close everything; ComfyUI was closed before this, as ``setup`` was given it.

        What comes after ``super().close()`` might not run to its end: the bot's ``run`` does not wait for it.
        """
        await self.web.stop()
        await super().close()

    async def _deliver(self, image: FinalImage) -> discord.Message:
        """Show a picture where it was asked for; the web handlers call this once for each.

        They keep the message with the picture's statistics, so that the monitor leads to it.
        """
        waiting = self.web.pending.get(image.request_id)
        if waiting is None:  # the bot was restarted meanwhile
            return await self._send_to_channel(image)
        interaction: discord.Interaction[ExampleBot] = waiting.context
        require_fits(image, getattr(interaction, "filesize_limit", _MOST_BYTES))  # discord.py 2.4 does not tell
        file = discord.File(await asyncio.to_thread(image.open), image.filename)
        return await interaction.edit_original_response(
            content=_caption(image), attachments=[file], allowed_mentions=discord.AllowedMentions.none()
        )

    async def _send_to_channel(self, image: FinalImage) -> discord.Message:
        guild = getattr(self.get_channel(int(image.channel_id)), "guild", None)
        require_fits(image, guild.filesize_limit if guild is not None else _MOST_BYTES)
        channel = self.get_partial_messageable(int(image.channel_id))
        file = discord.File(await asyncio.to_thread(image.open), image.filename)
        return await channel.send(_caption(image), file=file, allowed_mentions=discord.AllowedMentions.none())


@app_commands.command(description="Have an image made")
@app_commands.describe(prompt="What the image shows", shape="How wide and how high it is")
@app_commands.choices(shape=[app_commands.Choice(name=name, value=name) for name in SHAPES])
async def imagine(
    interaction: discord.Interaction[ExampleBot],
    prompt: app_commands.Range[str, 1, _LONGEST_PROMPT],
    shape: str = next(iter(SHAPES)),
) -> None:
    """Generate an image and post it to the bot's web handlers, which count and show it."""
    await interaction.response.defer(thinking=True)
    bot = interaction.client
    assert interaction.channel_id is not None, "Discord sends it with every command"
    request = bot.web.pending.register(
        interaction.user.id, interaction.channel_id, context=interaction, timeout=_MOST_SECONDS
    )
    seed = random.getrandbits(32)
    workflow = text_to_image(prompt, SHAPES[shape], seed, bot.settings.checkpoint)
    try:
        generation = await bot.comfyui.get_images(
            workflow, _Telling(interaction), owner=str(interaction.user.id), timeout=_MOST_SECONDS
        )
        image = _final_image(request, prompt, shape, generation)
        await send_final_image(bot.web_url, bot.settings.web_token, image)
    except (ComfyUIError, DeliveryFailed) as fault:
        log.warning("/imagine of %s: %s", interaction.user.id, fault)
        await _give_up(interaction, fault.words)
    finally:
        bot.web.pending.withdraw(request.request_id)


async def _give_up(interaction: discord.Interaction[ExampleBot], words: str) -> None:
    """Take away the message that told the progress, and tell the user why there will be no picture."""
    with contextlib.suppress(discord.HTTPException, aiohttp.ClientError):
        await interaction.delete_original_response()
    await refuse(interaction, words)


class _Telling:
    """Shows the progress in the message that will hold the picture, no more often than Discord likes."""

    def __init__(self, interaction: discord.Interaction[ExampleBot]) -> None:
        self._interaction = interaction
        self._told = time.monotonic()

    async def __call__(self, progress: Progress) -> None:
        if time.monotonic() - self._told < _BETWEEN_EDITS:
            return
        self._told = time.monotonic()
        await self._interaction.edit_original_response(content=_progress_words(progress))


def text_to_image(prompt: str, shape: tuple[int, int], seed: int, checkpoint: str) -> dict[str, Any]:
    """ComfyUI's usual workflow from text to an image, in its API's format."""
    width, height = shape
    return {
        "model": _node("CheckpointLoaderSimple", ckpt_name=checkpoint),
        "positive": _node("CLIPTextEncode", text=prompt, clip=["model", 1]),
        "negative": _node("CLIPTextEncode", text="blurry, low quality", clip=["model", 1]),
        "canvas": _node("EmptyLatentImage", width=width, height=height, batch_size=1),
        "sampler": _node(
            "KSampler",
            model=["model", 0],
            positive=["positive", 0],
            negative=["negative", 0],
            latent_image=["canvas", 0],
            seed=seed,
            steps=25,
            cfg=7.0,
            sampler_name="dpmpp_2m",
            scheduler="karras",
            denoise=1.0,
        ),
        "picture": _node("VAEDecode", samples=["sampler", 0], vae=["model", 2]),
        "saved": _node("SaveImage", images=["picture", 0], filename_prefix="botpulse"),
    }


def main() -> int:
    """Run the bot until it is stopped; the exit status."""
    settings = BotSettings.from_environment(os.environ)
    with AnalyticsManager(settings.database) as manager:
        ExampleBot(settings, manager).run(settings.discord_token, root_logger=True)
    return 0


def _final_image(request: PendingRequest, prompt: str, shape: str, generation: Generation) -> FinalImage:
    """The form's values; a result from the cache took no time that would tell anything."""
    output = generation.outputs[0]  # the workflow saves pictures only; they would come first in any case
    return FinalImage(
        data=output.data,
        user_id=request.user_id,
        channel_id=request.channel_id,
        request_id=request.request_id,
        prompt=prompt,
        resolution=shape,
        loras=generation.facts.loras,
        is_video=output.kind is Kind.VIDEO,
        generation_time=None if generation.cached else generation.seconds,
        filename=output.filename,
        **generation.fields,
    )


def _caption(image: FinalImage) -> str:
    seconds = "" if image.generation_time is None else f" · {image.generation_time:.1f} s"
    return f"-# <@{image.user_id}> · {discord.utils.escape_markdown(image.resolution)}{seconds}"


def _progress_words(progress: Progress) -> str:
    if progress.stage is Stage.WAITING:
        return "Waiting …" if progress.position is None else f"Waiting: {progress.position} before yours."
    share = "" if progress.share is None else f" {progress.share:.0%}"
    return f"Working …{share}"


def _node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def _number(environment: Mapping[str, str], name: str) -> int | None:
    text = environment.get(name, "")
    try:
        return int(text) if text else None
    except ValueError:
        raise SystemExit(f"{name} has to be a number, not {text!r}") from None


if __name__ == "__main__":
    sys.exit(main())
