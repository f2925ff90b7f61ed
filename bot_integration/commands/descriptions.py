"""What the commands' descriptions are in the languages of Discord's users: from the catalogues that all texts are in.

Discord shows a description in the language of whoever reads it, so all of them go there with the commands, whatever the
bot's process speaks. Names of commands stay: they are in the manuals, and in what is recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Where

from bot_integration.state.command_run import OWN
from core.text.translation import message_in

LONGEST: Final = 100
"""Characters of a description that Discord takes."""

_DESCRIPTIONS: Final = frozenset({Where.command_description, Where.parameter_description})


class DescriptionTranslator(app_commands.Translator):
    """Translates the descriptions of Botpulse's own commands, and nothing of the bot's."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """Return a description in the language of a user; None where it stays in English, or is not ours."""
        if context.location not in _DESCRIPTIONS or not _is_own(context.data):
            return None
        found = message_in(locale.value, string.message)
        return found if found is not None and len(found) <= LONGEST else None


def _is_own(described: Any) -> bool:
    extras = getattr(getattr(described, "command", described), "extras", None)
    return isinstance(extras, dict) and OWN.items() <= extras.items()


async def translate_descriptions(tree: app_commands.CommandTree[Any]) -> Callable[[], Any] | None:
    """Have a tree tell our descriptions in all languages; return what takes that back.

    None where the bot has a translator of its own, which stays: a tree takes one.
    """
    if tree.translator is not None:
        return None
    ours = DescriptionTranslator()
    await tree.set_translator(ours)

    async def take_back() -> None:
        if tree.translator is ours:
            await tree.set_translator(None)

    return take_back
