"""Deleting all statistics: asked for in private, done by a button that works for a minute and only once."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from typing import Any, Final, Self

import discord

from bot_integration.commands.permissions import require_permission
from bot_integration.commands.responses import attend, show, words_of
from bot_integration.replies import answer_privately
from bot_integration.state.bot_state import session_of
from core.answers.reset import StoredAnswer, reset_answer, stored_answer
from core.errors import BotpulseError
from core.text.formatting import count, rows_words
from core.text.markdown import escaped
from core.text.translation import gettext as _

log = logging.getLogger(__name__)

LIMIT_SECONDS: Final = 60
"""For how long the button works."""

_TOO_LATE: Final = _("The time is up, so nothing was deleted. Use the command again if you still want to.")
_NOT_YOURS: Final = _("Only the person who asked for this can confirm it. Nothing was deleted.")
_REMARK: Final = 400
_NOTHING: Final = _("There are no statistics stored, so there is nothing to delete.")


async def answer_reset(interaction: discord.Interaction[Any], confirm: bool) -> None:
    """Answer the command: delete at once where it says so, else ask."""
    await attend(interaction, lambda: _reset(interaction) if confirm else _ask(interaction))


class ResetButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"botpulse:reset:(?P<asker>\d{1,20}):(?P<until>\d{1,12})"
):
    """Deletes everything. It says itself who asked for it, and until when (epoch seconds) it works."""

    def __init__(self, asker: int, until: int, *, over: bool = False) -> None:
        super().__init__(
            discord.ui.Button(
                label=_("Delete all statistics"),
                style=discord.ButtonStyle.danger,
                custom_id=f"botpulse:reset:{asker}:{until}",
                disabled=over,
            )
        )
        self.asker = asker
        self.until = until

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button anew from what Discord sends when it is pressed."""
        return cls(int(match["asker"]), int(match["until"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Delete everything, once, if whoever asked for it presses in time and still may."""
        await attend(interaction, lambda: self._pressed(interaction), same_message=True)

    async def _pressed(self, interaction: discord.Interaction[Any]) -> None:
        session, message = session_of(interaction.client), interaction.message
        if message is None or message.id in session.pressed:
            return
        require_permission(interaction)
        if interaction.user.id != self.asker:
            await answer_privately(interaction, _NOT_YOURS)
            return
        session.pressed.add(message.id)
        session.leave(message.id)
        if time.time() >= self.until:
            await show(interaction, content=_TOO_LATE, view=_alone(ResetButton(self.asker, self.until, over=True)))
            return
        await show(interaction, content=_("A backup is made and checked; then everything is deleted …"))
        try:
            await _reset(interaction)
        except BotpulseError as fault:
            log.warning("the statistics were not reset: %s", fault)
            await show(interaction, content=words_of(fault))


async def _ask(interaction: discord.Interaction[Any]) -> None:
    """Say what would go, and offer the button that does it."""
    session = session_of(interaction.client)
    stored = await session.questions.do(stored_answer)
    if not stored.rows:
        await show(interaction, content=_NOTHING)
        return
    until, asker = int(time.time()) + LIMIT_SECONDS, interaction.user.id
    message = await show(interaction, content=_question(stored, until), view=_alone(ResetButton(asker, until)))
    session.later(message.id, _close(interaction, until))


async def _close(interaction: discord.Interaction[Any], until: int) -> None:
    """Disable the button when its time is up."""
    await asyncio.sleep(until - time.time())
    await show(interaction, content=_TOO_LATE, view=_alone(ResetButton(interaction.user.id, until, over=True)))


async def _reset(interaction: discord.Interaction[Any]) -> None:
    done = await session_of(interaction.client).questions.do(reset_answer, time.time())
    log.info("statistics reset by user %s: %s", interaction.user.id, done.words)
    await show(interaction, content=done.words)


def _alone(button: ResetButton) -> discord.ui.View:
    """A view with a time-out would take the button's class from discord.py's register when it ends."""
    return discord.ui.View(timeout=None).add_item(button)


def _question(stored: StoredAnswer, until: int) -> str:
    parts = [f"- {title}: {count(rows)}" for title, rows in stored.tables if rows]
    safety = (
        _("A backup is made and checked first; without it nothing is deleted.")
        if stored.saved
        else _(
            "**The database is on a server, where Botpulse makes no backup: make one with the server's tools first.**"
        )
    )
    lines = (
        _("**Delete all statistics?** This deletes {rows}:").format(rows=rows_words(stored.rows)),
        *parts,
        safety,
        *((escaped(stored.remark, _REMARK),) if stored.remark else ()),
        _("What the bot does from then on is counted anew. The button works until <t:{until}:T>.").format(until=until),
    )
    return "\n".join(lines)
