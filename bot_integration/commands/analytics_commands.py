"""The commands of the seed: what the bot did, as numbers and charts, privately to whoever asks."""

from __future__ import annotations

from typing import Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot_integration.commands.paging_view import MOST_DAYS, CsvButton, PageButton, answer_page
from bot_integration.commands.permissions import has_analytics_permission
from bot_integration.commands.reset_view import ResetButton, answer_reset
from bot_integration.commands.responses import answer, explain
from bot_integration.state.bot_state import installation_of, session_of, state_of
from bot_integration.state.command_run import OWN
from bot_integration.state.session import CommandSession
from bot_integration.tracking.decorator import track_command_usage
from core.answers import embeds, summary
from core.text.translation import gettext as _
from core.text.translation import marked, ngettext

_BUTTONS: Final = (PageButton, CsvButton, ResetButton)
_HOW_MANY_DAYS: Final = marked("How many days, today included; 7 if you leave it out")
_OFFERED: Final = {
    1: _("today"),
    **{number: ngettext("{count} day", "{count} days", number).format(count=number) for number in (7, 14, 30, 90, 180)},
    365: _("a year"),
}
"""Offered while the number is typed. Choices in Discord's own sense would forbid every other number."""

Interaction = discord.Interaction[Any]
Days = app_commands.Range[int, 1, MOST_DAYS]


class AnalyticsCommands(commands.Cog, name="Botpulse analytics"):
    """/stats for everyone; /command_stats, /image_stats, /user_stats and /reset_stats for managers."""

    def __init__(self, bot: commands.Bot | commands.AutoShardedBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Let the buttons work, those from before a restart too."""
        installation = installation_of(self.bot)
        state_of(self.bot).session = CommandSession(installation.manager, installation.worker)
        self.bot.add_dynamic_items(*_BUTTONS)

    async def cog_unload(self) -> None:
        """End what is under way; discord.py calls this when the bot closes, too."""
        self.bot.remove_dynamic_items(*_BUTTONS)
        session = state_of(self.bot).session
        if session is not None:
            await session.close()

    async def cog_app_command_error(self, interaction: Interaction, error: app_commands.AppCommandError) -> None:
        """Say privately why a command was refused or failed."""
        await explain(interaction, error)

    @app_commands.command(name="stats", description=marked("What the bot has done so far"), extras=OWN)
    @app_commands.allowed_installs(guilds=True, users=False)
    @track_command_usage
    async def stats(self, interaction: Interaction) -> None:
        """Everything that is stored, in one look; for everyone."""
        name = interaction.client.user.display_name if interaction.client.user else "Bot"
        uptime = int(session_of(interaction.client).manager.uptime)
        await answer(
            interaction, summary.summary_answer, embed=lambda found: embeds.summary_embed(name, found), uptime=uptime
        )

    @app_commands.command(
        name="command_stats", description=marked("Commands: how many, how fast, how many failed"), extras=OWN
    )
    @app_commands.describe(days=_HOW_MANY_DAYS)
    @has_analytics_permission()
    @track_command_usage
    async def command_stats(self, interaction: Interaction, days: Days = 7) -> None:
        """The commands of the last days, with a chart."""
        await answer_page(interaction, "commands", days)

    @app_commands.command(
        name="image_stats", description=marked("Images and videos: how many, how long they took"), extras=OWN
    )
    @app_commands.describe(days=_HOW_MANY_DAYS)
    @has_analytics_permission()
    @track_command_usage
    async def image_stats(self, interaction: Interaction, days: Days = 7) -> None:
        """The images of the last days, with a chart."""
        await answer_page(interaction, "images", days)

    @app_commands.command(
        name="user_stats", description=marked("Users: how many, how many are new, who does most"), extras=OWN
    )
    @app_commands.describe(days=_HOW_MANY_DAYS)
    @has_analytics_permission()
    @track_command_usage
    async def user_stats(self, interaction: Interaction, days: Days = 7) -> None:
        """The people of the last days, with a chart."""
        await answer_page(interaction, "users", days)

    @app_commands.command(name="reset_stats", description=marked("Delete all statistics, after a backup"), extras=OWN)
    @app_commands.describe(confirm=marked("True deletes at once; otherwise you are asked first"))
    @has_analytics_permission()
    @track_command_usage
    async def reset_stats(self, interaction: Interaction, confirm: bool = False) -> None:
        """Delete everything, if the argument or the button says so."""
        await answer_reset(interaction, confirm)

    @command_stats.autocomplete("days")
    @image_stats.autocomplete("days")
    @user_stats.autocomplete("days")
    async def offer_days(self, interaction: Interaction, current: int | str) -> list[app_commands.Choice[int]]:
        """The usual numbers of days; those that begin with what was typed so far."""
        return offered_days(str(current))


def offered_days(typed: str) -> list[app_commands.Choice[int]]:
    """What is offered for the number of days: the typed one, where it is one, and the usual ones that begin with it."""
    typed = typed.strip()
    usual = {days: words for days, words in _OFFERED.items() if str(days).startswith(typed)}
    if typed.isascii() and typed.isdecimal() and len(typed) <= len(str(MOST_DAYS)) and 1 <= int(typed) <= MOST_DAYS:
        days = int(typed)
        words = ngettext("{count} day", "{count} days", days).format(count=days) if days > 1 else _OFFERED[1]
        usual = {days: words} | usual
    return [app_commands.Choice(name=words, value=days) for days, words in usual.items()]
