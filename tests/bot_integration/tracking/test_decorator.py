"""The decorator @track_command_usage, by itself."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot_integration.state.bot_state import Installation, NotInstalled, installation_of, state_of
from bot_integration.tracking import mark_failed, track_command_usage
from core.manager import AnalyticsManager
from core.worker.process import WorkerProcess
from tests.bot_integration import other_module_cog
from tests.bot_integration.host_bot import (
    add,
    commands_in,
    fine,
    having,
    host_bot,
    outcomes,
    slash_command,
    use_menu,
    wait_for_commands,
)
from tests.bot_integration.loopback import DM
from tests.bot_integration.studio import Studio


async def other_module(bot: commands.Bot) -> None:
    await add(bot, other_module_cog.Other(), other_module_cog.plain, other_module_cog.look_at)


def tracked_command(name: str, body: Any) -> app_commands.Command[Any, ..., Any]:
    return slash_command(name, track_command_usage(body))


def test_commands_of_another_module_run_and_are_tracked(place: Studio) -> None:
    there = {"where": place.guild}
    with host_bot(place, other_module) as running:
        slash, say = place.discord.slash, place.discord.say
        answers = [
            slash(place.nobody, "paint", options={"shade": "dark", "breadth": 9}, **there).wait().content,
            slash(place.nobody, "shades mix", options={"first": "dark", "second": "light"}, **there).wait().content,
            slash(place.nobody, "plain", options={"shade": "light"}, **there).wait().content,
            slash(place.nobody, "blend", options={"how": "softly"}, **there).wait().content,
            use_menu(place.discord, place.nobody, "Look at", place.admin, place.guild).wait().content,
            place.discord.answer_to(say(place.nobody, "!blend hard", **there)).content,
            place.discord.answer_to(say(place.nobody, "!halve 3/4", **there)).content,
        ]
        wait_for_commands(place, len(answers))
        assert running.errors == []
    assert answers == ["DARK 9", "DARK and LIGHT", "LIGHT", "softly", "anna", "hard", "3/8"]
    names = ["paint", "shades mix", "plain", "blend", "Look at", "!blend", "!halve"]
    found = commands_in(place.manager)
    assert [(each.name, each.success) for each in found] == [(name, 1) for name in names]
    assert {each[1:4] for each in found} == {(str(place.nobody.id), str(place.guild.id), str(place.guild.channel.id))}
    assert all(each.seconds > 0 for each in found)


def test_descriptions_of_options_are_kept(place: Studio) -> None:
    with host_bot(place, other_module):
        known = {each["name"]: each for each in place.discord.commands()}
    shade, size = known["paint"]["options"]
    assert known["paint"]["description"] == "Paint something."
    assert (shade["name"], shade["description"], len(shade["choices"])) == ("shade", "How dark", 2)
    assert (size["name"], [each["name"] for each in size["choices"]]) == ("breadth", ["small", "big"])


def test_the_function_looks_as_before() -> None:
    async def draw(interaction: discord.Interaction, prompt: str, *, steps: int = 20) -> int:
        """Draw it."""
        return steps

    tracked = track_command_usage(draw)
    assert (tracked.__name__, tracked.__qualname__, tracked.__doc__) == ("draw", draw.__qualname__, "Draw it.")
    assert tracked.__module__ == __name__ and tracked.__globals__ is globals()
    assert inspect.signature(tracked) == inspect.signature(draw)
    assert inspect.iscoroutinefunction(tracked)
    assert asyncio.run(tracked(None, "a fox", steps=3)) == 3  # type: ignore[arg-type]


def test_an_exception_goes_on_untouched_and_is_a_failure(place: Studio) -> None:
    raised, seen = ValueError("broken"), []

    async def breaks(interaction: discord.Interaction) -> None:
        raise raised

    async def prepare(bot: commands.Bot) -> None:
        bot.tree.add_command(tracked_command("breaks", breaks))

        @bot.tree.error
        async def on_error(interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
            seen.append(error.__cause__)
            await interaction.response.send_message("sorry")

    with host_bot(place, prepare):
        assert place.discord.slash(place.nobody, "breaks", where=place.guild).wait().content == "sorry"
    assert seen == [raised] and raised.__traceback__ is not None
    assert outcomes(place.manager) == [("breaks", 0)]


def test_an_error_that_the_command_answers_itself(place: Studio) -> None:
    async def deeper(interaction: discord.Interaction) -> None:
        mark_failed(interaction)

    async def apologetic(interaction: discord.Interaction) -> None:
        await deeper(interaction)
        await interaction.response.send_message("That did not work.")

    async def prepare(bot: commands.Bot) -> None:
        await other_module(bot)
        bot.tree.add_command(tracked_command("apologetic", apologetic))

    with host_bot(place, prepare):
        place.discord.slash(place.nobody, "apologetic", where=place.guild).wait()
        place.discord.answer_to(place.discord.say(place.nobody, "!sulk", where=place.guild))
        wait_for_commands(place, 2)
    assert outcomes(place.manager) == [("apologetic", 0), ("!sulk", 0)]


def test_a_command_that_is_cancelled_has_failed(place: Studio) -> None:
    tasks: list[asyncio.Task[Any]] = []

    async def endless(interaction: discord.Interaction) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.append(task)
        await asyncio.Event().wait()

    async def prepare(bot: commands.Bot) -> None:
        bot.tree.add_command(tracked_command("endless", endless))

    with host_bot(place, prepare) as running:
        place.discord.slash(place.nobody, "endless", where=place.guild)
        place.discord.wait_for(lambda: tasks)
        running.call(tasks[0].cancel)
        wait_for_commands(place, 1)
    assert outcomes(place.manager) == [("endless", 0)]


def test_direct_messages_have_no_server(place: Studio) -> None:
    with host_bot(place, other_module):
        place.discord.slash(place.nobody, "plain", where=DM, options={"shade": "dark"}).wait()
        place.discord.answer_to(place.discord.say(place.nobody, "!halve 1", where=DM))
        found = wait_for_commands(place, 2)
    channel = str(place.discord.direct(place.nobody).id)
    assert [each[:4] for each in found] == [(name, str(place.nobody.id), None, channel) for name in ("plain", "!halve")]


def test_the_time_is_the_commands(place: Studio) -> None:
    async def slow(interaction: discord.Interaction) -> None:
        await asyncio.sleep(0.2)
        await fine(interaction)

    with host_bot(place, having(tracked_command("slow", slow))):
        place.discord.slash(place.nobody, "slow", where=place.guild).wait()
        (found,) = wait_for_commands(place, 1)
    assert found.seconds >= 0.2


def test_a_command_inside_of_a_command_is_not_counted(place: Studio) -> None:
    inner = track_command_usage(fine)

    async def outer(interaction: discord.Interaction) -> None:
        await inner(interaction)
        mark_failed(interaction)

    with host_bot(place, having(tracked_command("outer", outer), slash_command("last", inner))):
        for name in ("outer", "last"):
            place.discord.slash(place.nobody, name, where=place.guild).wait()
        wait_for_commands(place, 2)
    assert outcomes(place.manager) == [("outer", 0), ("last", 1)]


def test_a_bot_that_is_not_set_up_runs_its_commands(place: Studio, caplog: pytest.LogCaptureFixture) -> None:
    with host_bot(place, having(tracked_command("fine", fine)), installed=False):
        for _ in range(2):
            assert place.discord.slash(place.nobody, "fine", where=place.guild).wait().content == "done"
    said = [each.getMessage() for each in caplog.records if each.name == "bot_integration.state.command_run"]
    assert len(said) == 1 and "await bot_integration.setup(bot, manager)" in said[0]


def test_trouble_with_tracking_does_not_reach_the_command(place: Studio, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(AnalyticsManager):
        def track_command(self, *args: Any, **kwargs: Any) -> None:
            raise RuntimeError("out of order")

    async def prepare(bot: commands.Bot) -> None:
        state_of(bot).installation = Installation(Broken(), WorkerProcess())
        bot.tree.add_command(tracked_command("fine", fine))

    with host_bot(place, prepare) as running:
        assert place.discord.slash(place.nobody, "fine", where=place.guild).wait().content == "done"
        place.discord.wait_for(lambda: "A command was not tracked" in caplog.text)
        assert running.errors == []


@pytest.mark.parametrize("make", [app_commands.command(), commands.command(), commands.hybrid_command()])
def test_decorator_goes_below_the_line_that_makes_the_command(make: Any) -> None:
    @make
    async def made(first: discord.Interaction) -> None: ...

    with pytest.raises(TypeError, match="below the line that makes the command"):
        track_command_usage(made)


def test_decorator_goes_on_coroutine_functions() -> None:
    with pytest.raises(TypeError, match="async def"):
        track_command_usage(lambda interaction: None)  # type: ignore[arg-type,return-value]


def test_an_installation_belongs_to_one_client(place: Studio) -> None:
    async def try_it() -> None:
        one, other = (discord.Client(intents=discord.Intents.none()) for _ in range(2))
        installation = Installation(place.manager, WorkerProcess(), 5)
        state_of(one).installation = installation
        assert installation_of(one) is installation
        with pytest.raises(NotInstalled, match="setup_hook"):
            installation_of(other)
        state_of(one).installation = None
        state_of(one).installation = None
        with pytest.raises(NotInstalled):
            installation_of(one)

    asyncio.run(try_it())
