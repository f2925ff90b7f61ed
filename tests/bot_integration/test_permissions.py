"""Who may use the managers' commands, what Discord is told of it, and what the others hear."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot_integration.command_tracking import CommandTracking
from bot_integration.permissions import (
    IN_DIRECT_MESSAGES,
    NOT_A_MANAGER,
    AnalyticsPermissionDenied,
    has_analytics_permission,
    show_to_role,
)
from bot_integration.replies import LONGEST_CONTENT, answer_privately, refuse
from bot_integration.tracking import track_command_usage
from tests.bot_integration.host_bot import (
    host_bot,
    outcomes,
    slash_command,
    use_menu,
    wait_for_commands,
    wait_until_done,
)
from tests.bot_integration.loopback import ADMINISTRATOR, DM, MANAGE_GUILD, NotOffered, Person, Place
from tests.bot_integration.studio import Studio, studio

Prepare = Callable[[Any], Awaitable[None]]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Studio]:
    with studio(tmp_path / "analytics.db") as made:
        yield made


async def fine(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("welcome")


def guarded(name: str = "secret") -> app_commands.Command[Any, ..., Any]:
    return slash_command(name, fine)


def having(*things: Any, watched: bool = True, open_to_all: bool = True) -> Prepare:
    """Give a bot commands and cogs; with ``open_to_all`` Discord offers them everywhere, as before the last sync."""

    async def prepare(bot: commands.Bot) -> None:
        if watched:
            await bot.add_cog(CommandTracking(bot))
        for thing in things:
            if isinstance(thing, commands.Cog):
                await bot.add_cog(thing)
            else:
                bot.tree.add_command(thing)
        for command in bot.tree.get_commands() if open_to_all else ():
            command.default_permissions = None
            if not isinstance(command, app_commands.ContextMenu):
                command.guild_only = False
            command.allowed_contexts = None

    return prepare


def guarded_function() -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(name="secret", description="secret")
    @has_analytics_permission()
    @track_command_usage
    async def secret(interaction: discord.Interaction) -> None:
        await fine(interaction)

    return secret


def guarded_command() -> app_commands.Command[Any, ..., Any]:
    command: app_commands.Command[Any, ..., Any] = has_analytics_permission()(guarded())
    return command


class Keeper(commands.Cog):
    """Commands in a cog."""

    @app_commands.command()
    @has_analytics_permission()
    async def secret(self, interaction: discord.Interaction) -> None:
        """For managers."""
        await fine(interaction)

    @commands.hybrid_command()
    @has_analytics_permission()
    async def both(self, ctx: commands.Context[Any]) -> None:
        """For managers, in both ways."""
        await ctx.send("welcome")

    @has_analytics_permission()
    @commands.hybrid_command()
    async def above(self, ctx: commands.Context[Any]) -> None:
        """For managers, in both ways, said the other way round."""
        await ctx.send("welcome")

    @commands.command()
    @has_analytics_permission()
    async def text(self, ctx: commands.Context[Any]) -> None:
        await ctx.send("welcome")


@has_analytics_permission()
class Vault(app_commands.Group):
    """A group whose commands are its methods, one of them in a group inside."""

    inner = app_commands.Group(name="inner", description="inner")

    @app_commands.command()
    async def secret(self, interaction: discord.Interaction) -> None:
        """For managers."""
        await fine(interaction)

    @inner.command(name="secret")
    async def inner_secret(self, interaction: discord.Interaction) -> None:
        """For managers."""
        await fine(interaction)


def guarded_group() -> app_commands.Group:
    group = app_commands.Group(name="vault", description="vault")
    inner = app_commands.Group(name="inner", description="inner", parent=group)
    has_analytics_permission()(group)
    group.add_command(guarded())
    inner.add_command(guarded())
    return group


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
    with host_bot(place, having(make(), watched=watched), expect_errors=True) as running:
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
    expected = [(name, str(place.nobody.id), guild, 0), (name, str(place.helper.id), None, 0)]
    assert len(found) == number
    assert sorted((*each[:3], each.success) for each in found if not each.success) == sorted(expected)


@pytest.mark.parametrize("text", ["!text", "!both", "!above"])
def test_prefix_commands(place: Studio, text: str) -> None:
    with host_bot(place, having(Keeper()), expect_errors=True):
        tries: list[tuple[Person, Place, str]] = [
            (place.admin, place.guild, "welcome"),
            (place.helper, place.guild, "welcome"),
            (place.nobody, place.guild, NOT_A_MANAGER),
            (place.admin, DM, IN_DIRECT_MESSAGES),
        ]
        for person, where, answer in tries:
            assert place.discord.answer_to(place.discord.say(person, text, where=where)).content == answer
        wait_for_commands(place, 4)
    assert outcomes(place.manager) == [(text[1:], success) for success in (1, 1, 0, 0)]


@pytest.mark.parametrize("hybrid", [False, True])
def test_a_help_command_only_asks(place: Studio, hybrid: bool) -> None:
    async def prepare(bot: commands.Bot) -> None:
        await having(Keeper())(bot)

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
    assert outcomes(place.manager) == [("list", 1), ("list", 1)]


def test_a_context_menu(place: Studio) -> None:
    @app_commands.context_menu(name="Look at")
    @has_analytics_permission()
    async def look_at(interaction: discord.Interaction, user: discord.User) -> None:
        await fine(interaction)

    with host_bot(place, having(look_at), expect_errors=True):
        said = [
            use_menu(place.discord, person, "Look at", place.nobody, place.guild).wait().content
            for person in (place.admin, place.nobody)
        ]
        wait_for_commands(place, 2)
    assert said == ["welcome", NOT_A_MANAGER]
    assert outcomes(place.manager) == [("Look at", 1), ("Look at", 0)]


@pytest.mark.parametrize("intents", [discord.Intents.none(), discord.Intents.default()])
def test_it_needs_no_cached_server_and_no_members(place: Studio, intents: discord.Intents) -> None:
    with host_bot(place, having(guarded_function()), intents=intents, expect_errors=True) as running:
        assert running.bot.get_guild(place.guild.id) is None or not intents.members
        for person, content in [(place.admin, "welcome"), (place.helper, "welcome"), (place.nobody, NOT_A_MANAGER)]:
            assert place.discord.slash(person, "secret", where=place.guild).wait().content == content


def test_without_a_role_administrators_only(place: Studio) -> None:
    with host_bot(place, having(guarded_function()), with_role=False, expect_errors=True):
        for person, content in [(place.admin, "welcome"), (place.helper, NOT_A_MANAGER)]:
            assert place.discord.slash(person, "secret", where=place.guild).wait().content == content


@pytest.mark.expect_log
def test_in_a_bot_that_is_not_set_up_administrators_only(place: Studio) -> None:
    with host_bot(place, having(guarded_function()), installed=False, expect_errors=True):
        for person, content in [(place.admin, "welcome"), (place.helper, NOT_A_MANAGER)]:
            assert place.discord.slash(person, "secret", where=place.guild).wait().content == content


def test_error_handlers_get_a_check_failure_and_may_answer(place: Studio) -> None:
    seen: list[Exception] = []
    command = guarded_function()

    @command.error
    async def answer(interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        seen.append(error)
        await interaction.response.send_message("not you")

    with host_bot(place, having(command)) as running:
        invocation = place.discord.slash(place.nobody, "secret", where=place.guild)
        wait_for_commands(place, 1)
        wait_until_done(place, running)
        reply = invocation.wait()
    (error,) = seen
    assert isinstance(error, AnalyticsPermissionDenied) and isinstance(error, app_commands.CheckFailure)
    assert error.words == str(error) == NOT_A_MANAGER
    assert (reply.content, reply.followups) == ("not you", ())
    assert outcomes(place.manager) == [("secret", 0)]


# What Discord is told


def told(place: Studio) -> dict[str, tuple[str | None, list[int] | None]]:
    return {each["name"]: (each["default_member_permissions"], each["contexts"]) for each in place.discord.commands()}


def mixed() -> list[Any]:
    """Guarded commands, one that the bot limits itself, one that is open, one of the bot's own for administrators."""
    limited = has_analytics_permission()(guarded("limited"))
    limited.default_permissions = discord.Permissions(manage_guild=True)
    below = slash_command("below", fine)
    app_commands.default_permissions(manage_guild=True)(below)
    own = slash_command("own", fine)
    own.default_permissions = discord.Permissions(administrator=True)
    nobody = slash_command("nobody", fine)
    nobody.default_permissions = discord.Permissions()
    groups = [guarded_group(), Vault(name="methods", description="methods")]
    guards = [has_analytics_permission()(each) for each in (below, nobody)]
    return [guarded_function(), limited, *guards, own, guarded("open"), *groups]


def test_without_a_role_discord_offers_them_to_administrators(place: Studio) -> None:
    with host_bot(place, having(*mixed(), open_to_all=False), with_role=False):
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
        await having(*mixed(), open_to_all=False)(bot)

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


# Private answers


def answering(reply: Callable[[discord.Interaction], Awaitable[Any]]) -> Prepare:
    return having(slash_command("ask", reply))


@pytest.mark.parametrize("first", ["nothing", "private", "open", "answer"])
def test_a_refusal_is_private_whatever_came_before(place: Studio, first: str) -> None:
    async def ask(interaction: discord.Interaction) -> None:
        if first == "answer":
            await interaction.response.send_message("for all to see")
        elif first != "nothing":
            await interaction.response.defer(ephemeral=first == "private", thinking=True)
        assert await refuse(interaction, "Not now, <@1> @everyone.")

    with host_bot(place, answering(ask)):
        invocation = place.discord.slash(place.nobody, "ask", where=place.guild)
        wait_for_commands(place, 1)
        reply = invocation.wait()
        shown = reply.followups[-1] if first in ("open", "answer") else reply.message
        assert shown is not None and shown.ephemeral and shown.content == "Not now, <@1> @everyone."
        assert [each.content for each in place.discord.messages(place.guild)] == ["for all to see"] * (
            first == "answer"
        )
    assert outcomes(place.manager) == [("ask", 0)]


def test_an_answer_is_cut_to_what_discord_takes_and_is_no_failure(place: Studio) -> None:
    async def ask(interaction: discord.Interaction) -> None:
        assert await answer_privately(interaction, "x" * 5000)

    with host_bot(place, answering(ask)):
        reply = place.discord.slash(place.nobody, "ask", where=place.guild).wait()
        wait_for_commands(place, 1)
    assert reply.ephemeral and len(reply.content) == LONGEST_CONTENT and reply.content.endswith("x…")
    assert outcomes(place.manager) == [("ask", 1)]


def test_an_answer_that_comes_too_late_disturbs_nobody(place: Studio) -> None:
    said = []

    async def ask(interaction: discord.Interaction) -> None:
        await asyncio.to_thread(place.discord.advance, 4)
        said.append(await answer_privately(interaction, "late"))

    with host_bot(place, answering(ask)) as running:
        place.discord.slash(place.nobody, "ask", where=place.guild)
        wait_for_commands(place, 1)
        assert running.errors == []
    assert said == [False]
    assert len(place.discord.violations) == 1 and "10062" in place.discord.violations.pop()
