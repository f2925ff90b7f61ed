"""Who may use the managers' commands, and what the others hear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot_integration.commands.permissions import (
    IN_DIRECT_MESSAGES,
    NOT_A_MANAGER,
    NOT_AN_OWNER,
    NOT_ON_THIS_SERVER,
    AnalyticsPermissionDenied,
    has_analytics_permission,
)
from tests.bot_integration.commands.guarded_commands import (
    Keeper,
    Vault,
    guarded_command,
    guarded_function,
    guarded_group,
    offering,
    welcome,
)
from tests.bot_integration.host_bot import REFUSED, host_bot, outcomes, use_menu, wait_for_commands, wait_until_done
from tests.bot_integration.loopback import DM, Person, Place
from tests.bot_integration.studio import Studio

COMMANDS: list[tuple[Callable[[], Any], str]] = [
    (guarded_function, "secret"),
    (guarded_command, "secret"),
    (Keeper, "secret"),
    (Keeper, "both"),
    (Keeper, "above"),
    (lambda: Vault(name="vault"), "vault secret"),
    (lambda: Vault(name="vault"), "vault inner secret"),
    (guarded_group, "vault secret"),
    (guarded_group, "vault inner secret"),
]


@pytest.mark.parametrize("watched", [True, False])
@pytest.mark.parametrize(("make", "name"), COMMANDS)
def test_managers_and_administrators_only(place: Studio, make: Callable[[], Any], name: str, watched: bool) -> None:
    with host_bot(place, offering(make(), watched=watched), expect_errors=True) as running:
        for person in (place.admin, place.helper):
            assert place.discord.slash(person, name, where=place.guild).wait().content == "welcome"
        tried: list[tuple[Person, Place]] = [(place.nobody, place.guild), (place.helper, DM)]
        tries = [place.discord.slash(person, name, where=where) for person, where in tried]
        wait_until_done(place, running)
        refused, direct = (each.wait() for each in tries)
        number = 4 if watched or make is guarded_function else 2  # the others don't wear the decorator
        found = wait_for_commands(place, number)
    assert (refused.content, refused.ephemeral, refused.followups) == (NOT_A_MANAGER, True, ())
    assert (direct.content, direct.ephemeral, direct.followups) == (IN_DIRECT_MESSAGES, True, ())
    guild = str(place.guild.id)
    expected = [(name, str(place.nobody.id), guild, REFUSED), (name, str(place.helper.id), None, REFUSED)]
    assert len(found) == number
    assert sorted(((*each[:3], each.success) for each in found if each.success != 1), key=str) == sorted(
        expected, key=str
    )


@pytest.mark.parametrize("text", ["!text", "!both", "!above"])
def test_prefix_commands(place: Studio, text: str) -> None:
    with host_bot(place, offering(Keeper()), expect_errors=True):
        tries: list[tuple[Person, Place, str]] = [
            (place.admin, place.guild, "welcome"),
            (place.helper, place.guild, "welcome"),
            (place.nobody, place.guild, NOT_A_MANAGER),
            (place.admin, DM, IN_DIRECT_MESSAGES),
        ]
        for person, where, answer in tries:
            assert place.discord.answer_to(place.discord.say(person, text, where=where)).content == answer
        wait_for_commands(place, 4)
    assert outcomes(place.manager) == [(text, success) for success in (1, 1, REFUSED, REFUSED)]


@pytest.mark.parametrize("hybrid", [False, True])
def test_a_help_command_only_asks(place: Studio, hybrid: bool) -> None:
    async def prepare(bot: commands.Bot) -> None:
        await offering(Keeper())(bot)

        @(bot.hybrid_command if hybrid else bot.command)(name="list", description="list")
        async def list_commands(ctx: commands.Context[Any]) -> None:
            allowed = []
            for command in sorted(ctx.bot.commands, key=lambda each: each.name):
                try:
                    allowed += [command.name] * await command.can_run(ctx)
                except commands.CommandError:
                    continue
            await ctx.send(" ".join(allowed))

    with host_bot(place, prepare):
        for person, listed in [(place.nobody, "list"), (place.helper, "above both list text")]:
            if hybrid:
                answer = place.discord.slash(person, "list", where=place.guild).wait().content
            else:
                answer = place.discord.answer_to(place.discord.say(person, "!list", where=place.guild)).content
            assert answer == listed
        wait_for_commands(place, 2)
        assert len(place.discord.messages(place.guild)) == (2 if hybrid else 4)
    assert outcomes(place.manager) == [("list" if hybrid else "!list", 1)] * 2


def test_a_context_menu(place: Studio) -> None:
    @app_commands.context_menu(name="Look at")
    @has_analytics_permission()
    async def look_at(interaction: discord.Interaction, user: discord.User) -> None:
        await welcome(interaction)

    with host_bot(place, offering(look_at), expect_errors=True):
        said = [
            use_menu(place.discord, person, "Look at", place.nobody, place.guild).wait().content
            for person in (place.admin, place.nobody)
        ]
        wait_for_commands(place, 2)
    assert said == ["welcome", NOT_A_MANAGER]
    assert outcomes(place.manager) == [("Look at", 1), ("Look at", REFUSED)]


@pytest.mark.parametrize("intents", [discord.Intents.none(), discord.Intents.default()])
def test_guard_needs_no_cached_server_and_no_members(place: Studio, intents: discord.Intents) -> None:
    here = frozenset({place.guild.id})
    with host_bot(place, offering(guarded_function()), manager_guilds=here, intents=intents, expect_errors=True) as bot:
        assert bot.bot.get_guild(place.guild.id) is None or not intents.members
        for person, content in [(place.admin, "welcome"), (place.helper, "welcome"), (place.nobody, NOT_A_MANAGER)]:
            assert place.discord.slash(person, "secret", where=place.guild).wait().content == content


def test_the_role_needs_no_cached_server_but_its_administrators_do(place: Studio) -> None:
    with host_bot(place, offering(guarded_function()), intents=discord.Intents.none(), expect_errors=True):
        for person, content in [(place.helper, "welcome"), (place.admin, NOT_ON_THIS_SERVER)]:
            assert place.discord.slash(person, "secret", where=place.guild).wait().content == content


def test_without_a_role_administrators_of_the_named_servers_only(place: Studio) -> None:
    here = frozenset({place.guild.id})
    with host_bot(place, offering(guarded_function()), with_role=False, manager_guilds=here, expect_errors=True):
        for person, content in [(place.admin, "welcome"), (place.helper, NOT_A_MANAGER)]:
            assert place.discord.slash(person, "secret", where=place.guild).wait().content == content


@pytest.mark.expect_log
@pytest.mark.parametrize("installed", [True, False])
def test_where_nobody_is_named_the_owner_only(place: Studio, installed: bool) -> None:
    owner = place.discord.world.owner
    place.discord.join(place.guild, owner)
    with host_bot(place, offering(guarded_function()), installed=installed, with_role=False, expect_errors=True):
        for person, content in [(owner, "welcome"), (place.admin, NOT_AN_OWNER), (place.helper, NOT_AN_OWNER)]:
            assert place.discord.slash(person, "secret", where=place.guild).wait().content == content


def test_a_team_owns_the_bot_by_those_who_develop_it(place: Studio) -> None:
    reader, invited = place.discord.person("reader"), place.discord.person("invited")
    developer = place.discord.person("developer")
    place.discord.world.team = (
        (place.discord.world.owner, "admin", True),
        (developer, "developer", True),
        (reader, "read_only", True),
        (invited, "admin", False),
    )
    for person in (developer, reader, invited):
        place.discord.join(place.guild, person)
    with host_bot(place, offering(guarded_function()), with_role=False, expect_errors=True):
        for person, content in [(developer, "welcome"), (reader, NOT_AN_OWNER), (invited, NOT_AN_OWNER)]:
            assert place.discord.slash(person, "secret", where=place.guild).wait().content == content


def test_the_owners_that_the_bot_names_itself(place: Studio) -> None:
    named: dict[str, Any] = {"owner_ids": {place.helper.id}}
    place.discord.join(place.guild, place.discord.world.owner)
    with host_bot(place, offering(guarded_function()), with_role=False, expect_errors=True, **named):
        for person, content in [(place.helper, "welcome"), (place.discord.world.owner, NOT_AN_OWNER)]:
            assert place.discord.slash(person, "secret", where=place.guild).wait().content == content


def test_error_handlers_get_a_check_failure_and_may_answer(place: Studio) -> None:
    seen: list[Exception] = []
    command = guarded_function()

    @command.error
    async def answer(interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        seen.append(error)
        await interaction.response.send_message("not you")

    with host_bot(place, offering(command)) as running:
        invocation = place.discord.slash(place.nobody, "secret", where=place.guild)
        wait_for_commands(place, 1)
        wait_until_done(place, running)
        reply = invocation.wait()
    (error,) = seen
    assert isinstance(error, AnalyticsPermissionDenied) and isinstance(error, app_commands.CheckFailure)
    assert error.words == str(error) == NOT_A_MANAGER
    assert (reply.content, reply.followups) == ("not you", ())
    assert outcomes(place.manager) == [("secret", REFUSED)]
