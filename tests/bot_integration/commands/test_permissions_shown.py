"""What Discord is told of the managers' commands, and so whom it offers them to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot_integration.commands.permissions import has_analytics_permission, show_to_role
from tests.bot_integration.commands.guarded_commands import (
    Keeper,
    Vault,
    guarded_function,
    guarded_group,
    offering,
    unguarded,
)
from tests.bot_integration.host_bot import host_bot
from tests.bot_integration.loopback import ADMINISTRATOR, DM, MANAGE_GUILD, NotOffered
from tests.bot_integration.studio import Studio


def told(place: Studio) -> dict[str, tuple[str | None, list[int] | None]]:
    return {each["name"]: (each["default_member_permissions"], each["contexts"]) for each in place.discord.commands()}


def mixed() -> list[Any]:
    """Guarded commands, one that the bot limits itself, one that is open, one of the bot's own for administrators."""
    limited = has_analytics_permission()(unguarded("limited"))
    limited.default_permissions = discord.Permissions(manage_guild=True)
    below = unguarded("below")
    app_commands.default_permissions(manage_guild=True)(below)
    own = unguarded("own")
    own.default_permissions = discord.Permissions(administrator=True)
    nobody = unguarded("nobody")
    nobody.default_permissions = discord.Permissions()
    groups = [guarded_group(), Vault(name="methods", description="methods")]
    guards = [has_analytics_permission()(each) for each in (below, nobody)]
    return [guarded_function(), limited, *guards, own, unguarded("open"), *groups]


def test_without_a_role_discord_offers_them_to_administrators(place: Studio) -> None:
    with host_bot(place, offering(*mixed(), open_to_all=False), with_role=False):
        assert told(place) == {
            "secret": (str(ADMINISTRATOR), [0]),
            "limited": (str(MANAGE_GUILD), [0]),
            "below": (str(MANAGE_GUILD), [0]),
            "own": (str(ADMINISTRATOR), None),
            "open": (None, None),
            "nobody": ("0", [0]),
            "vault": (str(ADMINISTRATOR), [0]),
            "methods": (str(ADMINISTRATOR), [0]),
        }
        assert place.discord.offered(place.helper, place.guild) == ["open"]
        assert place.discord.offered(place.admin, DM) == ["open", "own"]
        with pytest.raises(NotOffered):
            place.discord.slash(place.helper, "secret", where=place.guild)


def test_with_a_role_discord_offers_them_to_those_who_have_it(place: Studio) -> None:
    async def prepare(bot: commands.Bot) -> None:
        show_to_role(bot.tree, place.role.id)
        await offering(*mixed(), open_to_all=False)(bot)

    with host_bot(place, prepare):
        assert told(place) == {
            "secret": (None, [0]),
            "limited": (str(MANAGE_GUILD), [0]),
            "below": (str(MANAGE_GUILD), [0]),
            "own": (str(ADMINISTRATOR), None),
            "open": (None, None),
            "nobody": ("0", [0]),
            "vault": (None, [0]),
            "methods": (None, [0]),
        }
        assert place.discord.offered(place.helper, place.guild) == ["methods", "open", "secret", "vault"]
        assert place.discord.slash(place.helper, "secret", where=place.guild).wait().content == "welcome"


def test_commands_of_one_server_are_shown_and_hidden_again(place: Studio) -> None:
    put_back: list[Callable[[], None]] = []

    async def prepare(bot: commands.Bot) -> None:
        put_back.append(show_to_role(bot.tree, place.role.id))
        bot.tree.add_command(guarded_function(), guild=discord.Object(place.guild.id))

    with host_bot(place, prepare) as running:
        (synced,) = place.discord.commands(place.guild)
        assert synced["default_member_permissions"] is None
        running.call(put_back[0])
        assert "sync" not in vars(running.bot.tree)
        running.run(running.bot.tree.sync(guild=discord.Object(place.guild.id)))
        (synced,) = place.discord.commands(place.guild)
    assert synced["default_member_permissions"] == str(ADMINISTRATOR)


def test_a_cog_is_no_command() -> None:
    with pytest.raises(TypeError, match="not on a cog"):
        has_analytics_permission()(Keeper)
