"""Slash commands are tracked however they end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot_integration.tracking import mark_failed, mark_refused
from tests.bot_integration import other_module_cog
from tests.bot_integration.host_bot import (
    REFUSED,
    Prepare,
    fine,
    host_bot,
    outcomes,
    refusals,
    slash_command,
    tracking,
    use_menu,
    wait_for_commands,
)
from tests.bot_integration.loopback import DM
from tests.bot_integration.studio import Studio
from tests.bot_integration.tracking.command_tracking.tracked_commands import broken_command, last, run_last


def run_slash(place: Studio, name: str, prepare: Prepare, **more: Any) -> list[tuple[str, int]]:
    """Run one slash command that may not answer; what was recorded by the time that the bot is closed."""
    with host_bot(place, prepare, expect_errors=True, **more):
        place.discord.slash(place.nobody, name, where=place.guild)
        wait_for_commands(place, 1)
    return outcomes(place.manager)


def test_a_slash_command_with_all_that_is_known_of_it(place: Studio) -> None:
    async def slow(interaction: discord.Interaction) -> None:
        await asyncio.sleep(0.1)
        await fine(interaction)

    group = app_commands.Group(name="queue", description="queue")
    inner = app_commands.Group(name="mine", description="mine", parent=group)
    inner.add_command(slash_command("show", slow))
    with host_bot(place, tracking(group)):
        place.discord.slash(place.nobody, "queue mine show", where=place.guild).wait()
        place.discord.slash(place.nobody, "queue mine show", where=DM).wait()
        here, direct = wait_for_commands(place, 2)
    user = str(place.nobody.id)
    assert here[:4] == ("queue mine show", user, str(place.guild.id), str(place.guild.channel.id))
    assert direct[:4] == ("queue mine show", user, None, str(place.discord.direct(place.nobody).id))
    assert all(each.seconds >= 0.1 and each.success for each in (here, direct))


def with_own_handler() -> app_commands.Command[Any, ..., Any]:
    command = broken_command()

    @command.error
    async def answer(interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        await interaction.response.send_message("sorry")

    return command


def with_broken_handler() -> app_commands.Command[Any, ..., Any]:
    command = broken_command()

    @command.error
    async def answer(interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        raise KeyError("the handler, too")

    return command


def with_check(check: Callable[[discord.Interaction], bool]) -> Callable[[], app_commands.Command[Any, ..., Any]]:
    def make() -> app_commands.Command[Any, ..., Any]:
        command = slash_command("try", fine)
        command.add_check(check)
        return command

    return make


def raises_its_own(interaction: discord.Interaction) -> bool:
    raise AttributeError("'User' object has no attribute 'roles'")


class Apologetic(commands.Cog):
    """A cog that answers the errors of its commands."""

    @app_commands.command(name="try")
    async def attempt(self, interaction: discord.Interaction) -> None:
        """Try it."""
        raise ValueError("broken")

    async def cog_app_command_error(
        self, interaction: discord.Interaction, error: app_commands.AppCommandError
    ) -> None:
        await interaction.response.send_message("sorry")


class Excluding(commands.Cog):
    """A cog that lets nobody in."""

    @app_commands.command(name="try")
    async def attempt(self, interaction: discord.Interaction) -> None:
        """Try it."""

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        return False


def forgiving() -> app_commands.Command[Any, ..., Any]:
    async def body(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("That did not work.")
        await asyncio.create_task(note(interaction))

    async def note(interaction: discord.Interaction) -> None:
        mark_failed(interaction)

    return slash_command("try", body)


@pytest.mark.parametrize(
    "make",
    [
        broken_command,
        with_own_handler,
        with_broken_handler,
        with_check(raises_its_own),
        Apologetic,
        forgiving,
    ],
)
def test_every_way_for_a_slash_command_to_fail(place: Studio, make: Callable[[], Any]) -> None:
    assert run_slash(place, "try", tracking(make())) == [("try", 0)]


def test_a_tree_that_lets_nobody_in(place: Studio) -> None:
    class Closed(app_commands.CommandTree[Any]):
        async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
            return False

    assert run_slash(place, "try", tracking(broken_command()), tree_cls=Closed) == [("try", REFUSED)]


def cooling() -> app_commands.Command[Any, ..., Any]:
    command = slash_command("try", fine)
    return app_commands.checks.cooldown(1, 600.0)(command)


def answered_by_its_handler() -> app_commands.Command[Any, ..., Any]:
    command = with_check(lambda _interaction: False)()

    @command.error
    async def answer(interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        await interaction.response.send_message("not you")

    return command


class Picky(app_commands.Transformer):
    async def transform(self, interaction: discord.Interaction, value: str) -> str:
        raise ValueError("no such thing")


def with_argument() -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(name="try", description="try")
    async def command(interaction: discord.Interaction, what: app_commands.Transform[str, Picky]) -> None: ...

    return command


def saying_so_itself() -> app_commands.Command[Any, ..., Any]:
    async def body(interaction: discord.Interaction) -> None:
        mark_refused(interaction, "too many images")
        await interaction.response.send_message("Not so fast.")

    return slash_command("try", body)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (with_check(lambda _interaction: False), "CheckFailure"),
        (Excluding, "CheckFailure"),
        (answered_by_its_handler, "CheckFailure"),
        (with_argument, "TransformerError"),
        (saying_so_itself, "too many images"),
        (cooling, "CommandOnCooldown"),
    ],
)
def test_a_refusal_is_neither_a_run_nor_a_failure(place: Studio, make: Callable[[], Any], reason: str) -> None:
    with host_bot(place, tracking(make()), expect_errors=True):
        options = {"what": "x"} if reason == "TransformerError" else {}
        if reason == "CommandOnCooldown":
            place.discord.slash(place.nobody, "try", where=place.guild).wait()
        place.discord.slash(place.nobody, "try", where=place.guild, options=options)
        place.discord.wait_for(lambda: refusals(place.manager))
    ran = reason == "CommandOnCooldown"
    assert outcomes(place.manager) == [("try", 1)] * ran + [("try", REFUSED)]
    assert refusals(place.manager) == [{"command": "try", "reason": reason}]
    assert place.manager.get_summary_stats()["total_commands"] == int(ran)


def test_a_refusal_is_told_apart_beside_a_handler_that_the_bot_sets_later(place: Studio) -> None:
    seen: list[str] = []

    async def handler(interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        seen.append(type(error).__name__)

    with host_bot(place, tracking(with_check(lambda _interaction: False)())) as running:
        for number in range(1, 4):
            running.call(lambda: running.bot.tree.error(handler))
            place.discord.slash(place.nobody, "try", where=place.guild)
            wait_for_commands(place, number)
        running.run(running.bot.remove_cog("CommandTracking"))
        assert running.bot.tree.on_error is handler
        assert not {"_call", "interaction_check"} & set(vars(running.bot.tree))
        assert "dispatch" not in vars(running.bot)
    assert outcomes(place.manager) == [("try", REFUSED)] * 3
    assert seen == ["CheckFailure"] * 3


def test_a_command_that_is_cancelled(place: Studio) -> None:
    tasks: list[asyncio.Task[Any] | None] = []

    async def endless(interaction: discord.Interaction) -> None:
        tasks.append(asyncio.current_task())
        await asyncio.Event().wait()

    with host_bot(place, tracking(slash_command("endless", endless))) as running:
        place.discord.slash(place.nobody, "endless", where=place.guild)
        (task,) = place.discord.wait_for(lambda: tasks)
        assert task is not None
        running.call(task.cancel)
        wait_for_commands(place, 1)
    assert outcomes(place.manager) == [("endless", 0)]


def test_a_command_that_the_bot_no_longer_has(place: Studio) -> None:
    group = app_commands.Group(name="old", description="old")
    group.add_command(slash_command("thing", fine))
    with host_bot(place, tracking(group), expect_errors=True) as running:
        running.call(lambda: running.bot.tree.remove_command("old"))
        place.discord.slash(place.nobody, "old thing", where=place.guild)
        wait_for_commands(place, 1)
    assert outcomes(place.manager) == [("old thing", 0)]


def test_a_command_that_closes_the_bot(place: Studio) -> None:
    async def leave(interaction: discord.Interaction) -> None:
        await fine(interaction)
        client: Any = interaction.client
        await client.close()

    with host_bot(place, tracking(slash_command("leave", leave))):
        place.discord.slash(place.nobody, "leave", where=place.guild).wait()
        wait_for_commands(place, 1)
    assert outcomes(place.manager) == [("leave", 1)]


def test_autocompletion_is_no_command(place: Studio) -> None:
    @app_commands.command(name="pick", description="pick")
    async def pick(interaction: discord.Interaction, what: str) -> None:
        await interaction.response.send_message(what)

    @pick.autocomplete("what")
    async def complete(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name="apple", value="apple")]

    with host_bot(place, tracking(pick, last())):
        choices = place.discord.autocomplete(place.nobody, "pick", "what", "ap", where=place.guild).wait().choices
        assert [each["name"] for each in choices] == ["apple"]
        run_last(place)
    assert outcomes(place.manager) == [("last", 1)]


def test_a_decorated_command_is_counted_once(place: Studio) -> None:
    with host_bot(place, tracking(last(), other_module_cog.Other(), other_module_cog.look_at)):
        place.discord.slash(place.nobody, "shades mix", where=place.guild, options={"first": "dark", "second": "dark"})
        place.discord.slash(place.nobody, "blend", where=place.guild, options={"how": "hard"}).wait()
        use_menu(place.discord, place.nobody, "Look at", place.admin, place.guild).wait()
        for text in ("!blend hard", "!sulk"):
            place.discord.answer_to(place.discord.say(place.nobody, text, where=place.guild))
        wait_for_commands(place, 5)
        run_last(place)
    expected = [("!blend", 1), ("!sulk", 0), ("Look at", 1), ("blend", 1), ("last", 1), ("shades mix", 1)]
    assert sorted(outcomes(place.manager)) == expected
