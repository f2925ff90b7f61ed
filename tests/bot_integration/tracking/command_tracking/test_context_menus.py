"""The commands of context menus are tracked, too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import discord
import pytest
from discord import app_commands

from tests.bot_integration.host_bot import fine, host_bot, outcomes, tracking, use_menu, wait_for_commands
from tests.bot_integration.studio import Studio
from tests.bot_integration.tracking.command_tracking.tracked_commands import broken, half_done, last, run_last


def menu(body: Callable[..., Awaitable[Any]], handler: Callable[..., Coroutine[Any, Any, Any]] | None = None) -> Any:
    async def callback(interaction: discord.Interaction, user: discord.User) -> None:
        await body(interaction)

    made = app_commands.ContextMenu(name="Report it", callback=callback)
    if handler is not None:
        made.on_error = handler
    return made


async def sorry(interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
    await interaction.response.send_message("sorry")


@pytest.mark.parametrize(
    ("made", "success"), [(menu(fine), 1), (menu(broken), 0), (menu(broken, sorry), 0), (menu(half_done), 0)]
)
def test_context_menus(place: Studio, made: Any, success: int) -> None:
    with host_bot(place, tracking(made, last()), expect_errors=True):
        use_menu(place.discord, place.nobody, "Report it", place.admin, place.guild)
        wait_for_commands(place, 1)
        run_last(place)
    assert outcomes(place.manager) == [("Report it", success), ("last", 1)]
