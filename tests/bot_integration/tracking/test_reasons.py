"""Why a command did not end well: one failure a run, by its original error, without what the user wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot_integration.comfyui import Interrupted
from bot_integration.failures import track_once
from bot_integration.replies import refuse
from bot_integration.tracking import mark_failed, mark_refused, track_command_usage
from tests.bot_integration.host_bot import fine, host_bot, refusals, slash_command, tracking, use_menu
from tests.bot_integration.loopback import DM
from tests.bot_integration.noted import FailureRow, failures_in, outcomes_in
from tests.bot_integration.studio import Studio
from tests.bot_integration.tracking.command_tracking.tracked_commands import Texts

SECRET = "a crimson fox under the sea"

Body = Callable[[discord.Interaction[Any]], Awaitable[None]]


def told(row: FailureRow) -> tuple[str, str, str | None, str | None]:
    return row.source, row.kind, row.error_type, row.message


def run_all(place: Studio, bodies: dict[str, Body]) -> dict[str | None, list[FailureRow]]:
    """Run each as a slash command; the failures by command."""
    with host_bot(
        place, tracking(*(slash_command(name, body) for name, body in bodies.items())), expect_errors=True
    ) as running:
        for name in bodies:
            place.discord.slash(place.nobody, name, where=place.guild)
        place.discord.wait_for(lambda: len(outcomes_in(place.manager)) + len(refusals(place.manager)) == len(bodies))
        running.settle()
    found = failures_in(place.manager)
    return {name: [each for each in found if each.name == name] for name in bodies}


async def raises(interaction: discord.Interaction[Any]) -> None:
    raise ValueError("broken")


async def grouped(interaction: discord.Interaction[Any]) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(raises(interaction))


async def timed_out(interaction: discord.Interaction[Any]) -> None:
    await asyncio.wait_for(asyncio.Event().wait(), 0.01)


async def cancelled(interaction: discord.Interaction[Any]) -> None:
    raise asyncio.CancelledError


async def marked(interaction: discord.Interaction[Any]) -> None:
    mark_failed(interaction)


async def marked_with_words(interaction: discord.Interaction[Any]) -> None:
    mark_failed(interaction, reason="there is no image here")


async def marked_while_handling(interaction: discord.Interaction[Any]) -> None:
    try:
        await raises(interaction)
    except ValueError:
        await refuse(interaction, "That did not work.")


async def refused_in_words(interaction: discord.Interaction[Any]) -> None:
    await refuse(interaction, "There is no image here.")


async def interrupted(interaction: discord.Interaction[Any]) -> None:
    raise Interrupted("somebody stopped it")


async def answers_twice(interaction: discord.Interaction[Any]) -> None:
    await interaction.response.send_message("once")
    await interaction.response.send_message("twice")


async def turned_down(interaction: discord.Interaction[Any]) -> None:
    mark_refused(interaction, "too many images")


async def generation_failed(interaction: discord.Interaction[Any]) -> None:
    error = ValueError("out of memory")
    track_once(place_of[0].manager, error, "generation", "generation_failed", interaction.user.id)
    raise error


place_of: list[Studio] = []


EXPECTED: dict[Body, list[tuple[str, str, str | None, str | None]]] = {
    raises: [("command", "error", "ValueError", "broken")],
    grouped: [("command", "error", "ValueError", "broken")],
    timed_out: [("command", "error", "TimeoutError", "it waited longer than it was allowed to")],
    cancelled: [("command", "cancelled", "CancelledError", "it was cancelled before its end")],
    interrupted: [("command", "cancelled", "Interrupted", "somebody stopped it")],
    marked: [("command", "error", None, "the command said that it failed, and gave no reason")],
    marked_with_words: [("command", "error", None, "there is no image here")],
    marked_while_handling: [("command", "error", "ValueError", "broken")],
    refused_in_words: [("command", "error", None, "There is no image here.")],
    answers_twice: [
        ("command", "error", "InteractionResponded", "This interaction has already been responded to before")
    ],
    turned_down: [("command", "refused", None, "too many images")],
    generation_failed: [("generation", "error", "ValueError", "out of memory")],
    fine: [],
}


def test_every_end_has_its_reason_once(place: Studio) -> None:
    place_of[:] = [place]
    found = run_all(place, {body.__name__: body for body in EXPECTED})
    assert {name: [told(each) for each in rows] for name, rows in found.items()} == {
        body.__name__: rows for body, rows in EXPECTED.items()
    }
    (one,) = found["raises"]
    user, guild, channel = place.nobody.id, place.guild.id, place.guild.channel.id
    assert (one.user_id, one.guild_id, one.channel_id) == (str(user), str(guild), str(channel))
    ends = dict(outcomes_in(place.manager))
    assert ends.pop("fine") == "completed"
    assert ends.pop("cancelled") == ends.pop("interrupted") == "cancelled"
    assert set(ends.values()) == {"error"} and "turned_down" not in ends


def test_what_discord_refuses_is_a_delivery(place: Studio) -> None:
    async def forbidden(interaction: discord.Interaction[Any]) -> None:
        stranger = await interaction.client.fetch_user(shy.id)
        await stranger.send("hello")

    shy = place.discord.person("shy", accepts_messages=False)
    found = run_all(place, {"forbidden": forbidden})
    (one,) = found["forbidden"]
    assert told(one)[:3] == ("delivery", "error", "Forbidden") and "50007" in str(one.message)


def test_an_answer_that_comes_too_late_is_named(place: Studio) -> None:
    async def late(interaction: discord.Interaction[Any]) -> None:
        place.discord.advance(4)
        await fine(interaction)

    (one,) = run_all(place, {"late": late})["late"]
    assert told(one)[:3] == ("delivery", "error", "UnknownInteraction")
    assert "10062" in str(one.message) and "3 s" in str(one.message)
    place.discord.violations.clear()


class Picky(app_commands.Transformer):
    """Takes nothing."""

    async def transform(self, interaction: discord.Interaction[Any], value: str) -> str:
        raise ValueError(f"no such thing as {value}")


class Guarded(commands.Cog):
    """Commands that refuse."""

    @app_commands.command()
    @app_commands.checks.has_role("Artists")
    async def role(self, interaction: discord.Interaction[Any]) -> None:
        """Wants a role."""

    @app_commands.command()
    @app_commands.checks.cooldown(1, 600.0)
    async def slow(self, interaction: discord.Interaction[Any]) -> None:
        """Cools down."""
        await fine(interaction)

    @app_commands.command()
    async def pick(self, interaction: discord.Interaction[Any], what: app_commands.Transform[str, Picky]) -> None:
        """Takes nothing."""

    @app_commands.command()
    async def imagine(self, interaction: discord.Interaction[Any], prompt: str) -> None:
        """Quotes its prompt."""
        raise ValueError(f"no model for {prompt!r}, token=abcdef123456789")

    @commands.command()
    async def draw(self, ctx: commands.Context[Any], *, prompt: str) -> None:
        raise ValueError(f"no model for {prompt}")

    @commands.command()
    async def member(self, ctx: commands.Context[Any], who: discord.Member) -> None: ...

    @commands.command()
    @track_command_usage
    async def stopped(self, ctx: commands.Context[Any]) -> None:
        raise asyncio.CancelledError

    @commands.hybrid_command()
    @commands.has_permissions(administrator=True)
    async def admin(self, ctx: commands.Context[Any]) -> None:
        """For administrators."""

    @commands.hybrid_command()
    async def swallowed(self, ctx: commands.Context[Any]) -> None:
        """Ends as discord.py ends what was cancelled: silently."""
        raise asyncio.CancelledError


def test_refusals_tell_the_check_and_nothing_of_the_prompt(place: Studio) -> None:
    with host_bot(place, tracking(Guarded()), expect_errors=True) as running:

        def slash(name: str, **options: Any) -> None:
            place.discord.slash(place.nobody, name, where=place.guild, options=options)
            place.discord.wait_for(lambda: any(each.name == name for each in failures_in(place.manager)))

        def say(text: str) -> None:
            place.discord.say(place.nobody, text, where=place.guild)
            called = text.partition(" ")[0]
            place.discord.wait_for(lambda: any(each.name == called for each in failures_in(place.manager)))

        place.discord.slash(place.nobody, "slow", where=place.guild).wait()
        slash("role")
        slash("slow")
        slash("pick", what=SECRET)
        slash("imagine", prompt=SECRET)
        slash("admin")
        slash("swallowed")
        say(f"!draw {SECRET}")
        say(f"!member {SECRET}")
        say("!stopped")
        say("!swallowed")
        running.settle()
    found = failures_in(place.manager)
    assert {each.name: told(each)[1:3] for each in found} == {
        "role": ("refused", "MissingRole"),
        "slow": ("refused", "CommandOnCooldown"),
        "pick": ("refused", "TransformerError"),
        "imagine": ("error", "ValueError"),
        "admin": ("refused", "MissingPermissions"),
        "swallowed": ("cancelled", "CancelledError"),
        "!draw": ("error", "ValueError"),
        "!member": ("refused", "MemberNotFound"),
        "!stopped": ("cancelled", "CancelledError"),
        "!swallowed": ("cancelled", "CancelledError"),
    }
    messages = {each.name: str(each.message) for each in found}
    assert len(found) == len(messages), "one failure for each"
    assert messages["role"] == "Role 'Artists' is required to run this command."
    assert messages["pick"] == "Failed to convert a value by Picky"
    assert messages["imagine"].startswith("no model for '…'") and "abcdef" not in messages["imagine"]
    assert not [each for each in messages.values() if "fox" in each or "crimson" in each]
    assert {each["command"] for each in refusals(place.manager)} == {"role", "slow", "pick", "admin", "!member"}


def test_a_context_menu_and_direct_messages(place: Studio) -> None:
    @app_commands.context_menu(name="Look at")
    async def menu(interaction: discord.Interaction[Any], user: discord.User) -> None:
        raise ValueError(f"no picture of {user.id}")

    with host_bot(place, tracking(menu, slash_command("try", raises)), expect_errors=True):
        use_menu(place.discord, place.nobody, "Look at", place.admin, place.guild)
        place.discord.slash(place.nobody, "try", where=DM)
        place.discord.wait_for(lambda: len(failures_in(place.manager)) == 2)
    found = {each.name: each for each in failures_in(place.manager)}
    assert told(found["Look at"])[2:] == ("ValueError", "no picture of …")
    assert found["try"].guild_id is None and found["try"].channel_id is not None


@pytest.mark.parametrize("kept", ["handler", "command"])
def test_where_an_error_handler_fails_too_the_commands_error_counts(place: Studio, kept: str) -> None:
    command = slash_command("try", raises)

    @command.error
    async def answer(interaction: discord.Interaction[Any], error: app_commands.AppCommandError) -> None:
        if kept == "handler":
            raise KeyError("the handler, too")
        await interaction.response.send_message("sorry")

    with host_bot(place, tracking(command), expect_errors=True):
        place.discord.slash(place.nobody, "try", where=place.guild)
        place.discord.wait_for(lambda: failures_in(place.manager))
    assert [told(each) for each in failures_in(place.manager)] == EXPECTED[raises]


def test_an_error_that_cannot_even_be_read_is_tracked(place: Studio) -> None:
    class Mute(TimeoutError):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    async def body(interaction: discord.Interaction[Any]) -> None:
        mark_failed(interaction, Mute())

    with host_bot(place, tracking(slash_command("try", body)), expect_errors=True):
        place.discord.slash(place.nobody, "try", where=place.guild)
        place.discord.wait_for(lambda: failures_in(place.manager))
    assert [each.error_type for each in failures_in(place.manager)] == ["Mute"]
    assert outcomes_in(place.manager) == [("try", "error")]


def test_texts_are_tracked_with_their_reasons(place: Studio) -> None:
    with host_bot(place, tracking(Texts()), expect_errors=True):
        for text in ("!bad", "!number five", "!never", "!odd", "!marked", "!hi"):
            place.discord.say(place.nobody, text, where=place.guild)
        place.discord.wait_for(lambda: ("!hi", "completed") in outcomes_in(place.manager))
        place.discord.wait_for(lambda: len(failures_in(place.manager)) == 5)
    assert {each.name: (each.kind, each.error_type) for each in failures_in(place.manager)} == {
        "!bad": ("error", "ValueError"),
        "!number": ("refused", "BadArgument"),
        "!never": ("refused", "CheckFailure"),
        "!odd": ("error", "AttributeError"),
        "!marked": ("error", None),
    }
