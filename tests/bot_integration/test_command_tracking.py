"""The listener that tracks every command of a bot, whatever its code looks like."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot_integration.command_tracking import CommandTracking
from bot_integration.tracking import mark_failed
from bot_integration.wrapping import wrap_method
from tests.bot_integration import other_module_cog
from tests.bot_integration.host_bot import (
    commands_in,
    host_bot,
    outcomes,
    slash_command,
    use_menu,
    wait_for_commands,
)
from tests.bot_integration.loopback import DM
from tests.bot_integration.studio import Studio, studio

Prepare = Callable[[Any], Awaitable[None]]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Studio]:
    with studio(tmp_path / "analytics.db") as made:
        yield made


async def fine(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("done")


async def broken(interaction: discord.Interaction) -> None:
    raise ValueError("broken")


def tracking(*made: Callable[[], Any]) -> Prepare:
    """Give a bot the tracking first, and then commands and cogs: later ones are tracked, too."""

    async def prepare(bot: commands.Bot) -> None:
        await bot.add_cog(CommandTracking(bot))
        for make in made:
            thing = make()
            if isinstance(thing, commands.Cog):
                await bot.add_cog(thing)
            elif isinstance(thing, commands.Command):
                bot.add_command(thing)
            else:
                bot.tree.add_command(thing)

    return prepare


def run_last(place: Studio) -> None:
    """Run a command that says nothing new: once it is recorded, so is whatever came before it."""
    number = len(commands_in(place.manager))
    place.discord.slash(place.nobody, "last", where=place.guild).wait()
    wait_for_commands(place, number + 1)


def last() -> app_commands.Command[Any, ..., Any]:
    return slash_command("last", fine)


def run_slash(place: Studio, name: str, made: Prepare, **more: Any) -> list[tuple[str, int]]:
    """Run one slash command that may not answer; what was recorded by the time that the bot is closed."""
    with host_bot(place, made, expect_errors=True, **more):
        place.discord.slash(place.nobody, name, where=place.guild)
        wait_for_commands(place, 1)
    return outcomes(place.manager)


# Slash commands


def test_a_slash_command_with_all_that_is_known_of_it(place: Studio) -> None:
    async def slow(interaction: discord.Interaction) -> None:
        await asyncio.sleep(0.1)
        await fine(interaction)

    group = app_commands.Group(name="queue", description="queue")
    inner = app_commands.Group(name="mine", description="mine", parent=group)
    inner.add_command(slash_command("show", slow))
    with host_bot(place, tracking(lambda: group)):
        place.discord.slash(place.nobody, "queue mine show", where=place.guild).wait()
        place.discord.slash(place.nobody, "queue mine show", where=DM).wait()
        here, direct = wait_for_commands(place, 2)
    user = str(place.nobody.id)
    assert here[:4] == ("queue mine show", user, str(place.guild.id), str(place.guild.channel.id))
    assert direct[:4] == ("queue mine show", user, None, str(place.discord.direct(place.nobody).id))
    assert all(0.1 <= each.seconds < 3 and each.success for each in (here, direct))


def broken_command() -> app_commands.Command[Any, ..., Any]:
    return slash_command("try", broken)


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
        with_check(lambda _interaction: False),
        with_check(raises_its_own),
        Apologetic,
        Excluding,
        forgiving,
    ],
)
def test_every_way_for_a_slash_command_to_fail(place: Studio, make: Callable[[], Any]) -> None:
    assert run_slash(place, "try", tracking(make)) == [("try", 0)]


def test_a_tree_that_lets_nobody_in(place: Studio) -> None:
    class Closed(app_commands.CommandTree[Any]):
        async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
            return False

    assert run_slash(place, "try", tracking(broken_command), tree_cls=Closed) == [("try", 0)]


def test_a_command_that_is_cancelled(place: Studio) -> None:
    tasks: list[asyncio.Task[Any] | None] = []

    async def endless(interaction: discord.Interaction) -> None:
        tasks.append(asyncio.current_task())
        await asyncio.Event().wait()

    with host_bot(place, tracking(lambda: slash_command("endless", endless))) as running:
        place.discord.slash(place.nobody, "endless", where=place.guild)
        (task,) = place.discord.wait_for(lambda: tasks)
        assert task is not None
        running.call(task.cancel)
        wait_for_commands(place, 1)
    assert outcomes(place.manager) == [("endless", 0)]


def test_a_command_that_the_bot_no_longer_has(place: Studio) -> None:
    group = app_commands.Group(name="old", description="old")
    group.add_command(slash_command("thing", fine))
    with host_bot(place, tracking(lambda: group), expect_errors=True) as running:
        running.call(lambda: running.bot.tree.remove_command("old"))
        place.discord.slash(place.nobody, "old thing", where=place.guild)
        wait_for_commands(place, 1)
    assert outcomes(place.manager) == [("old thing", 0)]


def test_a_command_that_closes_the_bot(place: Studio) -> None:
    async def leave(interaction: discord.Interaction) -> None:
        await fine(interaction)
        client: Any = interaction.client
        await client.close()

    with host_bot(place, tracking(lambda: slash_command("leave", leave))):
        place.discord.slash(place.nobody, "leave", where=place.guild).wait()
        wait_for_commands(place, 1)
    assert outcomes(place.manager) == [("leave", 1)]


def test_autocompletion_is_no_command(place: Studio) -> None:
    def make() -> app_commands.Command[Any, ..., Any]:
        @app_commands.command(name="pick", description="pick")
        async def pick(interaction: discord.Interaction, what: str) -> None:
            await interaction.response.send_message(what)

        @pick.autocomplete("what")
        async def complete(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name="apple", value="apple")]

        return pick

    with host_bot(place, tracking(make, last)):
        choices = place.discord.autocomplete(place.nobody, "pick", "what", "ap", where=place.guild).wait().choices
        assert [each["name"] for each in choices] == ["apple"]
        run_last(place)
    assert outcomes(place.manager) == [("last", 1)]


def test_a_decorated_command_is_counted_once(place: Studio) -> None:
    async def prepare(bot: commands.Bot) -> None:
        await tracking(last)(bot)
        await bot.add_cog(other_module_cog.Other())
        bot.tree.add_command(other_module_cog.look_at)

    with host_bot(place, prepare):
        place.discord.slash(place.nobody, "shades mix", where=place.guild, options={"first": "dark", "second": "dark"})
        place.discord.slash(place.nobody, "blend", where=place.guild, options={"how": "hard"}).wait()
        use_menu(place.discord, place.nobody, "Look at", place.admin, place.guild).wait()
        for text in ("!blend hard", "!sulk"):
            place.discord.answer_to(place.discord.say(place.nobody, text, where=place.guild))
        wait_for_commands(place, 5)
        run_last(place)
    expected = [("Look at", 1), ("blend", 1), ("blend", 1), ("last", 1), ("shades mix", 1), ("sulk", 0)]
    assert sorted(outcomes(place.manager)) == expected


# Context menus


def menu(body: Callable[..., Awaitable[Any]], handler: Callable[..., Coroutine[Any, Any, Any]] | None = None) -> Any:
    async def callback(interaction: discord.Interaction, user: discord.User) -> None:
        await body(interaction)

    made = app_commands.ContextMenu(name="Report it", callback=callback)
    if handler is not None:
        made.on_error = handler
    return made


async def sorry(interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
    await interaction.response.send_message("sorry")


async def half_done(interaction: discord.Interaction) -> None:
    mark_failed(interaction)
    await fine(interaction)


@pytest.mark.parametrize(
    ("made", "success"), [(menu(fine), 1), (menu(broken), 0), (menu(broken, sorry), 0), (menu(half_done), 0)]
)
def test_context_menus(place: Studio, made: Any, success: int) -> None:
    with host_bot(place, tracking(lambda: made, last), expect_errors=True):
        use_menu(place.discord, place.nobody, "Report it", place.admin, place.guild)
        wait_for_commands(place, 1)
        run_last(place)
    assert outcomes(place.manager) == [("Report it", success), ("last", 1)]


# Prefix and hybrid commands


class Texts(commands.Cog):
    """Prefix commands, and hybrid ones."""

    @commands.command(aliases=["hello"])
    async def hi(self, ctx: commands.Context[Any]) -> None:
        await ctx.send("hi")

    @commands.command()
    async def bad(self, ctx: commands.Context[Any]) -> None:
        raise ValueError("broken")

    @bad.error
    async def bad_error(self, ctx: commands.Context[Any], error: commands.CommandError) -> None:
        await ctx.send("sorry")

    @commands.command()
    async def number(self, ctx: commands.Context[Any], what: int) -> None:
        await ctx.send(str(what))

    @commands.command()
    @commands.check(lambda ctx: False)
    async def never(self, ctx: commands.Context[Any]) -> None: ...

    @commands.command()
    @commands.check(lambda ctx: ctx.nothing.of_the_kind)
    async def odd(self, ctx: commands.Context[Any]) -> None: ...

    @commands.command()
    async def marked(self, ctx: commands.Context[Any]) -> None:
        mark_failed(ctx)

    @commands.group()
    async def outer(self, ctx: commands.Context[Any]) -> None: ...

    @outer.command(name="inner")
    async def outer_inner(self, ctx: commands.Context[Any]) -> None:
        await ctx.send("inner")

    @commands.hybrid_command()
    async def both(self, ctx: commands.Context[Any], good: bool) -> None:
        """Works, or fails."""
        if not good:
            raise ValueError("broken")
        await ctx.send("both")

    @commands.hybrid_command()
    async def marks(self, ctx: commands.Context[Any]) -> None:
        """Fails by its own account."""
        mark_failed(ctx)
        await ctx.send("no")

    @commands.hybrid_command()
    @commands.check(lambda ctx: False)
    async def closed(self, ctx: commands.Context[Any]) -> None:
        """Nobody may."""


@pytest.mark.parametrize(
    ("text", "recorded"),
    [
        ("!hi", ("hi", 1)),
        ("!hello", ("hi", 1)),
        ("!bad", ("bad", 0)),
        ("!number 5", ("number", 1)),
        ("!number five", ("number", 0)),
        ("!never", ("never", 0)),
        ("!odd", ("odd", 0)),
        ("!marked", ("marked", 0)),
        ("!outer inner", ("outer inner", 1)),
        ("!outer", ("outer", 1)),
        ("!both yes", ("both", 1)),
        ("!both no", ("both", 0)),
        ("!closed", ("closed", 0)),
    ],
)
def test_prefix_commands(place: Studio, text: str, recorded: tuple[str, int]) -> None:
    with host_bot(place, tracking(Texts, last), expect_errors=True):
        place.discord.say(place.nobody, text, where=place.guild)
        wait_for_commands(place, 1)
        run_last(place)
    assert outcomes(place.manager) == [recorded, ("last", 1)]


@pytest.mark.parametrize(
    ("name", "options", "recorded"),
    [
        ("both", {"good": True}, ("both", 1)),
        ("both", {"good": False}, ("both", 0)),
        ("marks", {}, ("marks", 0)),
        ("closed", {}, ("closed", 0)),
    ],
)
def test_hybrid_commands_as_slash_commands(
    place: Studio, name: str, options: dict[str, bool], recorded: tuple[str, int]
) -> None:
    with host_bot(place, tracking(Texts, last), expect_errors=True):
        place.discord.slash(place.nobody, name, where=place.guild, options=options)
        wait_for_commands(place, 1)
        run_last(place)
    assert outcomes(place.manager) == [recorded, ("last", 1)]


def test_what_strangers_type_is_not_tracked(place: Studio) -> None:
    with host_bot(place, tracking(Texts, last), expect_errors=True) as running:
        for text in ("!nosuchthing", "!", "hi", "!!!"):
            place.discord.say(place.nobody, text, where=place.guild)
        place.discord.answer_to(place.discord.say(place.nobody, "!hi", where=place.guild))
        wait_for_commands(place, 1)
        run_last(place)
        assert any("is not found" in each for each in running.errors)
    assert outcomes(place.manager) == [("hi", 1), ("last", 1)]


# The bot's own handlers, and putting everything back


def test_the_bots_own_handlers_and_overrides_go_on(place: Studio) -> None:
    seen: list[str] = []

    class Tree(app_commands.CommandTree[Any]):
        async def _call(self, interaction: discord.Interaction) -> None:
            seen.append("call")
            await super()._call(interaction)

        async def on_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError, /) -> None:
            seen.append("subclass")

    with host_bot(place, tracking(broken_command), tree_cls=Tree) as running:
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
    with host_bot(place, tracking(broken_command, Texts), expect_errors=True) as running:
        place.discord.slash(place.nobody, "try", where=place.guild)
        place.discord.say(place.nobody, "!number five", where=place.guild)
        wait_for_commands(place, 2)
    assert sorted(each.partition("'")[0] for each in running.errors) == [
        "discord.app_commands.tree: Ignoring exception in command ",
        "discord.ext.commands.bot: Ignoring exception in command number: BadArgument(",
    ]


def test_removal_puts_everything_back(place: Studio) -> None:
    with host_bot(place, tracking(last, Texts)) as running:
        bot = running.bot
        assert {"invoke", "_call"} <= {*vars(bot), *vars(bot.tree)}
        run_last(place)
        running.run(bot.remove_cog("CommandTracking"))
        assert not {"invoke", "_call"} & {*vars(bot), *vars(bot.tree)}
        place.discord.slash(place.nobody, "last", where=place.guild).wait()
        place.discord.answer_to(place.discord.say(place.nobody, "!hi", where=place.guild))
    assert outcomes(place.manager) == [("last", 1)]


def test_whoever_wraps_after_us_stays(place: Studio) -> None:
    seen = []

    def wrap(call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def outer(interaction: discord.Interaction) -> None:
            seen.append("outer")
            await call(interaction)

        return outer

    with host_bot(place, tracking(last)) as running:
        put_back = running.call(lambda: wrap_method(running.bot.tree, "_call", wrap))
        run_last(place)
        running.run(running.bot.remove_cog("CommandTracking"))
        place.discord.slash(place.nobody, "last", where=place.guild).wait()
        running.call(put_back)
        place.discord.slash(place.nobody, "last", where=place.guild).wait()
    assert seen == ["outer", "outer"]
    assert outcomes(place.manager) == [("last", 1)]


def test_whoever_wrapped_before_us_stays(place: Studio) -> None:
    class Bot(commands.Bot):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.plain_invoke, self.invoke = self.invoke, self.counting_invoke  # type: ignore[method-assign]
            self.counted = 0

        async def counting_invoke(self, ctx: commands.Context[Any], /) -> None:
            self.counted += 1
            await self.plain_invoke(ctx)

    with host_bot(place, tracking(Texts), kind=Bot) as running:
        place.discord.answer_to(place.discord.say(place.nobody, "!hi", where=place.guild))
        wait_for_commands(place, 1)
        running.run(running.bot.remove_cog("CommandTracking"))
        assert running.bot.invoke == running.bot.counting_invoke
        place.discord.answer_to(place.discord.say(place.nobody, "!hi", where=place.guild))
        assert running.bot.counted == 2
    assert outcomes(place.manager) == [("hi", 1)]


def test_many_at_once_are_told_apart(place: Studio) -> None:
    together, here = asyncio.Event(), []

    async def wait_for_all(interaction: discord.Interaction, success: bool) -> None:
        here.append(interaction)
        if len(here) == 60:
            together.set()
        await together.wait()
        if not success:
            raise ValueError("broken")

    def make(name: str, success: bool) -> Callable[[], app_commands.Command[Any, ..., Any]]:
        return lambda: slash_command(name, lambda interaction: wait_for_all(interaction, success))

    with host_bot(place, tracking(make("good", True), make("bad", False)), expect_errors=True):
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
    made = tracking(broken_command, last, lambda: slash_command("marked", half_done))
    with host_bot(place, made, tree_cls=Tree, expect_errors=True) as running:
        bot = running.bot
        for name in ("try", "marked", "last"):
            place.discord.slash(place.nobody, name, where=place.guild)
        use_menu(place.discord, place.nobody, "No such thing", place.admin, place.guild)
        wait_for_commands(place, 4)
        running.run(bot.remove_cog("CommandTracking"))
        assert "on_error" not in vars(bot.tree)
    assert sorted(outcomes(place.manager)) == [("No such thing", 0), ("last", 1), ("marked", 0), ("try", 0)]
