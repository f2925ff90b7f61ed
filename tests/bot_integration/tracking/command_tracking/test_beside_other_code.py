"""Tracking beside the bot's own handlers and whoever else wraps discord.py, and how it is taken off again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot_integration.tracking.method_patch import wrap_method
from tests.bot_integration.host_bot import host_bot, outcomes, slash_command, tracking, use_menu, wait_for_commands
from tests.bot_integration.studio import Studio
from tests.bot_integration.tracking.command_tracking.tracked_commands import (
    Texts,
    broken_command,
    half_done,
    last,
    run_last,
)


def test_the_bots_own_handlers_and_overrides_go_on(place: Studio) -> None:
    seen: list[str] = []

    class Tree(app_commands.CommandTree[Any]):
        async def _call(self, interaction: discord.Interaction) -> None:
            seen.append("call")
            await super()._call(interaction)

        async def on_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError, /) -> None:
            seen.append("subclass")

    with host_bot(place, tracking(broken_command()), tree_cls=Tree) as running:
        place.discord.slash(place.nobody, "try", where=place.guild)
        wait_for_commands(place, 1)
        assert seen == ["call", "subclass"]

        async def later(interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
            seen.append("later")
            await interaction.response.send_message("sorry")

        running.call(lambda: running.bot.tree.error(later))
        place.discord.slash(place.nobody, "try", where=place.guild).wait()
        wait_for_commands(place, 2)
    assert seen == ["call", "subclass", "call", "later"]
    assert outcomes(place.manager) == [("try", 0), ("try", 0)]


def test_discord_py_still_logs_what_nobody_handles(place: Studio) -> None:
    with host_bot(place, tracking(broken_command(), Texts()), expect_errors=True) as running:
        place.discord.slash(place.nobody, "try", where=place.guild)
        place.discord.say(place.nobody, "!number five", where=place.guild)
        wait_for_commands(place, 2)
    assert sorted(each.partition("'")[0] for each in running.errors) == [
        "discord.app_commands.tree: Ignoring exception in command ",
        "discord.ext.commands.bot: Ignoring exception in command number: BadArgument(",
    ]


def test_removal_puts_everything_back(place: Studio) -> None:
    with host_bot(place, tracking(last(), Texts())) as running:
        bot = running.bot
        assert {"invoke", "_call"} <= {*vars(bot), *vars(bot.tree)}
        run_last(place)
        running.run(bot.remove_cog("CommandTracking"))
        assert not {"invoke", "_call"} & {*vars(bot), *vars(bot.tree)}
        place.discord.slash(place.nobody, "last", where=place.guild).wait()
        place.discord.answer_to(place.discord.say(place.nobody, "!hi", where=place.guild))
    assert outcomes(place.manager) == [("last", 1)]


def test_wrapper_made_after_ours_stays(place: Studio) -> None:
    seen = []

    def wrap(call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def outer(interaction: discord.Interaction) -> None:
            seen.append("outer")
            await call(interaction)

        return outer

    with host_bot(place, tracking(last())) as running:
        put_back = running.call(lambda: wrap_method(running.bot.tree, "_call", wrap))
        run_last(place)
        running.run(running.bot.remove_cog("CommandTracking"))
        place.discord.slash(place.nobody, "last", where=place.guild).wait()
        running.call(put_back)
        place.discord.slash(place.nobody, "last", where=place.guild).wait()
    assert seen == ["outer", "outer"]
    assert outcomes(place.manager) == [("last", 1)]


def test_wrapper_made_before_ours_stays(place: Studio) -> None:
    class Bot(commands.Bot):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.plain_invoke, self.invoke = self.invoke, self.counting_invoke  # type: ignore[method-assign]
            self.counted = 0

        async def counting_invoke(self, ctx: commands.Context[Any], /) -> None:
            self.counted += 1
            await self.plain_invoke(ctx)

    with host_bot(place, tracking(Texts()), kind=Bot) as running:
        place.discord.answer_to(place.discord.say(place.nobody, "!hi", where=place.guild))
        wait_for_commands(place, 1)
        running.run(running.bot.remove_cog("CommandTracking"))
        assert running.bot.invoke == running.bot.counting_invoke
        place.discord.answer_to(place.discord.say(place.nobody, "!hi", where=place.guild))
        assert running.bot.counted == 2
    assert outcomes(place.manager) == [("!hi", 1)]


def test_many_at_once_are_told_apart(place: Studio) -> None:
    together, here = asyncio.Event(), []

    async def wait_for_all(interaction: discord.Interaction, success: bool) -> None:
        here.append(interaction)
        if len(here) == 60:
            together.set()
        await together.wait()
        if not success:
            raise ValueError("broken")

    good = slash_command("good", lambda interaction: wait_for_all(interaction, True))
    bad = slash_command("bad", lambda interaction: wait_for_all(interaction, False))
    with host_bot(place, tracking(good, bad), expect_errors=True):
        for _ in range(30):
            place.discord.slash(place.admin, "good", where=place.guild)
            place.discord.slash(place.nobody, "bad", where=place.guild)
        found = wait_for_commands(place, 60)
    counted = Counter((each.name, each.user, each.success) for each in found)
    assert counted == {("good", str(place.admin.id), 1): 30, ("bad", str(place.nobody.id), 0): 30}


@pytest.mark.expect_log
def test_a_tree_that_is_built_differently(place: Studio) -> None:
    """As a later discord.py might be: without the method that sees a command from beginning to end."""

    class Tree(app_commands.CommandTree[Any]):
        _call = property()

        def _from_interaction(self, interaction: discord.Interaction) -> None:
            async def run() -> None:
                try:
                    await app_commands.CommandTree._call(self, interaction)
                except app_commands.AppCommandError as error:
                    await self.on_error(interaction, error)

            task = asyncio.get_running_loop().create_task(run())
            tasks.add(task)

    tasks: set[asyncio.Task[None]] = set()
    prepare = tracking(broken_command(), last(), slash_command("marked", half_done))
    with host_bot(place, prepare, tree_cls=Tree, expect_errors=True) as running:
        bot = running.bot
        for name in ("try", "marked", "last"):
            place.discord.slash(place.nobody, name, where=place.guild)
        use_menu(place.discord, place.nobody, "No such thing", place.admin, place.guild)
        wait_for_commands(place, 4)
        running.run(bot.remove_cog("CommandTracking"))
        assert "on_error" not in vars(bot.tree)
    assert sorted(outcomes(place.manager)) == [("No such thing", 0), ("last", 1), ("marked", 0), ("try", 0)]
