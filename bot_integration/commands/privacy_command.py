"""``/privacy``: the one command that is about whoever uses it."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot_integration.commands.privacy_view import PrivacyButton, answer_privacy
from bot_integration.commands.responses import explain
from bot_integration.state.command_run import OWN
from bot_integration.tracking.decorator import track_command_usage
from core.text.translation import marked


class PrivacyCommand(commands.Cog, name="Botpulse privacy"):
    """/privacy, for everyone. It asks what the analytics commands' session asks: they come first."""

    def __init__(self, bot: commands.Bot | commands.AutoShardedBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Let the buttons work, those from before a restart too."""
        self.bot.add_dynamic_items(PrivacyButton)

    async def cog_unload(self) -> None:
        """Buttons do nothing any more."""
        self.bot.remove_dynamic_items(PrivacyButton)

    async def cog_app_command_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError
    ) -> None:
        """Say privately why the command failed."""
        await explain(interaction, error)

    @app_commands.command(
        name="privacy", description=marked("What is stored of you; opt out, or be forgotten"), extras=OWN
    )
    @app_commands.allowed_installs(guilds=True, users=False)
    @track_command_usage
    async def privacy(self, interaction: discord.Interaction[Any]) -> None:
        """What is stored of whoever asks, for everyone."""
        await answer_privacy(interaction)
