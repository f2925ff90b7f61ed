"""Descriptions of slash commands in the languages of Discord's users, as they are sent to Discord."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot_integration import setup, teardown
from bot_integration.comfyui import ComfyUI
from bot_integration.commands.descriptions import LONGEST
from core.manager import AnalyticsManager
from core.text import translation
from core.text.translation import languages, message_in

Payload = dict[str, Any]


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[AnalyticsManager]:
    with AnalyticsManager(tmp_path / "analytics.db") as made:
        yield made


def sent(manager: AnalyticsManager, work: Callable[[commands.Bot], Awaitable[None]]) -> dict[str, Payload]:
    """What a bot's tree sends of its commands, by their names, after Botpulse was set up and ``work`` done."""

    async def run() -> dict[str, Payload]:
        async with commands.Bot(commands.when_mentioned, intents=discord.Intents.default()) as bot:
            await setup(bot, manager, comfyui=ComfyUI(), extra=[own_command()])
            await work(bot)
            translator = bot.tree.translator
            made = [
                await each.get_translated_payload(bot.tree, translator) if translator else each.to_dict(bot.tree)
                for each in bot.tree.get_commands()
            ]
            return {each["name"]: each for each in made}

    return asyncio.run(run())


def own_command() -> app_commands.Command[Any, ..., Any]:
    """A command of the bot's own whose description is, letter for letter, one of ours."""

    @app_commands.command(name="votes", description="What the bot has done so far")
    async def command(interaction: discord.Interaction) -> None: ...

    return command


async def nothing(bot: commands.Bot) -> None:
    assert bot.tree.translator is not None


def test_every_description_of_ours_is_told_in_every_language(manager: AnalyticsManager) -> None:
    found = sent(manager, nothing)
    own = found.pop("votes")
    assert own["description_localizations"] == own["name_localizations"] == {}
    described = [each for command in found.values() for each in (command, *command["options"])]
    assert len(described) == 7 + 4
    told = {language for language in languages() if language != translation.SOURCE}
    for each in described:
        assert set(each["description_localizations"]) == told, each["name"]
        assert not each.get("name_localizations")
        assert all(0 < len(words) <= LONGEST for words in each["description_localizations"].values())
        assert each["description"].isascii()  # what everyone else reads
    assert found["stats"]["description_localizations"]["de"] == "Was der Bot bisher getan hat"


def test_a_translator_of_the_bots_own_stays(manager: AnalyticsManager) -> None:
    class Theirs(app_commands.Translator):
        async def translate(self, string: app_commands.locale_str, locale: discord.Locale, context: Any) -> str | None:
            return "theirs" if locale is discord.Locale.french and context.data.name == "votes" else None

    theirs = Theirs()

    async def work() -> None:
        async with commands.Bot(commands.when_mentioned, intents=discord.Intents.default()) as bot:
            await bot.tree.set_translator(theirs)
            await setup(bot, manager)
            assert bot.tree.translator is theirs
            await teardown(bot)
            assert bot.tree.translator is theirs
            await bot.tree.set_translator(None)
            await setup(bot, manager)
            await bot.tree.set_translator(theirs)
            await teardown(bot)
            assert bot.tree.translator is theirs

    asyncio.run(work())


def test_what_was_set_is_taken_back(manager: AnalyticsManager) -> None:
    async def work(bot: commands.Bot) -> None:
        await teardown(bot)
        assert bot.tree.translator is None

    assert sent(manager, work) == {}


@pytest.mark.parametrize(
    ("locale", "found"), [("de", "heute"), ("de-AT", "heute"), ("en-US", None), ("fr", None), ("../de", None)]
)
def test_a_message_in_another_language(locale: str, found: str | None) -> None:
    assert message_in(locale, "today") == found
    assert message_in(locale, "no message of ours") is None
