"""A small bot without Botpulse, whose /do command does what a test wants: it shows what the loopback Discord can do."""

from __future__ import annotations

import io
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from tests.bot_integration.loopback import Guild, Invocation, LoopbackDiscord, Person
from tests.bot_integration.running import RunningBot, running_bot

Interaction = discord.Interaction[commands.Bot]
Step = Callable[[Interaction], Coroutine[Any, Any, Any]]

PICTURE = b"\x89PNG not really"
COLOURS = ["red", "green", "blue"]


class Pages(discord.ui.View):
    """A counter with a button, a link and a select."""

    def __init__(self) -> None:
        super().__init__(timeout=60)
        self.page = 1
        self.add_item(discord.ui.Button(label="Help", url="https://example.org"))

    @discord.ui.button(label="Next", custom_id="next")
    async def turn(self, interaction: Interaction, button: discord.ui.Button[Pages]) -> None:
        self.page += 1
        button.disabled = self.page == 3
        await interaction.response.edit_message(content=f"page {self.page}", view=self)

    @discord.ui.button(label="Later", custom_id="later")
    async def later(self, interaction: Interaction, button: discord.ui.Button[Pages]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="later", attachments=[], embed=None)

    @discord.ui.select(placeholder="Colour", options=[discord.SelectOption(label=each) for each in COLOURS])
    async def choose(self, interaction: Interaction, select: discord.ui.Select[Pages]) -> None:
        await interaction.response.send_message(f"chose {select.values[0]}", ephemeral=True)


class Form(discord.ui.Modal, title="Form"):
    word: discord.ui.TextInput[Form] = discord.ui.TextInput(label="Word", max_length=5)

    async def on_submit(self, interaction: discord.Interaction[discord.Client]) -> None:
        await interaction.response.send_message(f"wrote {self.word.value}")


class PlainBot(commands.Bot):
    """A bot that keeps the events it hears, and whose /do command runs the step that a test gives it."""

    def __init__(self, intents: discord.Intents | None = None) -> None:
        wanted = intents if intents is not None else discord.Intents.all()
        super().__init__("!", intents=wanted, help_command=None)
        self.heard: list[str] = []
        self.colours = COLOURS
        self.step: Step | None = None
        self.failure: BaseException | None = None
        add_commands(self)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        self.heard.append(f"join {guild.name}")

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        self.heard.append(f"remove {guild.name}")

    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        self.heard.append(f"unavailable {guild.name}")

    async def on_guild_available(self, guild: discord.Guild) -> None:
        self.heard.append(f"available {guild.name}")

    async def on_resumed(self) -> None:
        self.heard.append("resumed")

    async def on_ready(self) -> None:
        self.heard.append("ready")


def add_commands(bot: PlainBot) -> None:
    @bot.tree.command(description="A deferred private answer")
    @app_commands.describe(days="how many")
    async def stats(interaction: Interaction, days: app_commands.Range[int, 1, 365] = 7) -> None:
        await interaction.response.defer(ephemeral=True)
        embed = discord.Embed(title=f"{days} days").set_image(url="attachment://chart.png")
        file = discord.File(io.BytesIO(PICTURE), "chart.png")
        await interaction.followup.send(embed=embed, file=file, view=Pages(), ephemeral=True)

    @bot.tree.command(description="For managers only")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def manage(interaction: Interaction) -> None:
        await interaction.response.send_message("managed")

    @bot.tree.command(description="Choices, members and completion")
    @app_commands.choices(size=[app_commands.Choice(name="Large", value="l")])
    async def paint(interaction: Interaction, colour: str, size: str = "l", who: discord.User | None = None) -> None:
        await interaction.response.send_message(f"{colour} {size} {who and who.display_name}")

    @paint.autocomplete("colour")
    async def complete(_interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=each, value=each) for each in bot.colours if each.startswith(typed)]

    @bot.tree.command(description="Whatever the test wants")
    async def do(interaction: Interaction) -> None:
        assert bot.step is not None
        try:
            await bot.step(interaction)
        except discord.HTTPException as failure:
            bot.failure = failure

    group = app_commands.Group(name="queue", description="A group")

    @group.command(description="Within it")
    async def status(interaction: Interaction) -> None:
        await interaction.response.send_modal(Form())

    bot.tree.add_command(group)

    @bot.command()
    async def ping(context: commands.Context[commands.Bot]) -> None:
        await context.reply("pong", file=discord.File(io.BytesIO(b"text"), "pong.txt"))


class PageInput:
    """A loopback Discord with a server, a person in it, and the plain bot."""

    def __init__(self, loopback: LoopbackDiscord, guild: Guild, anna: Person, running: RunningBot[PlainBot]) -> None:
        self.loopback, self.guild, self.anna, self.running = loopback, guild, anna, running
        self.bot = running.bot

    def do(self, step: Step) -> Invocation:
        """Let anna run /do with this step."""
        self.bot.step = step
        return self.loopback.slash(self.anna, "do", where=self.guild)

    def refused(self, step: Step) -> tuple[int, int]:
        """Status and code of what Discord refused, which must be in the list of violations."""
        refusal = self.do(step).wait_refused()
        self.loopback.wait_for(lambda: self.bot.failure, what="discord.py raised nothing")
        assert isinstance(self.bot.failure, discord.HTTPException)
        assert (self.bot.failure.status, self.bot.failure.code) == (refusal.status, refusal.code)
        assert len(self.loopback.violations) == 1 and str(refusal) in self.loopback.violations[0]
        return refusal.status, refusal.code


@contextmanager
def plain_scene() -> Iterator[PageInput]:
    """A server with one person, and the plain bot running."""
    with LoopbackDiscord() as loopback:
        anna = loopback.person("anna", "Anna *bold*")
        guild = loopback.guild("Studio", anna)
        with running_bot(PlainBot, loopback) as running:
            yield PageInput(loopback, guild, anna, running)


def send(**message: Any) -> Callable[[], Step]:
    """A step that sends one message as the answer."""

    def make() -> Step:
        async def step(interaction: Interaction) -> None:
            parts = {key: value() if callable(value) else value for key, value in message.items()}
            await interaction.response.send_message(**parts)

        return step

    return make
