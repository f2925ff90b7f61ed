"""``/privacy``: what is stored of whoever asks, and their choices. All of it is of who presses, of nobody else."""

from __future__ import annotations

import logging
import re
import time
from contextlib import suppress
from enum import StrEnum
from functools import partial
from typing import Any, Final, Self

import aiohttp
import discord

from bot_integration.commands.permissions import AnalyticsPermissionDenied
from bot_integration.commands.responses import attend, show, words_of
from bot_integration.names import forget_met
from bot_integration.state.bot_state import installation_of, session_of
from core.answers.privacy import (
    PersonalAnswer,
    PersonalCount,
    choose_answer,
    forget_answer,
    personal_answer,
    personal_file,
)
from core.errors import BotpulseError
from core.text.formatting import counted, rows_words
from core.text.markdown import escaped, fitted
from core.text.translation import gettext as _
from core.text.translation import ngettext

log = logging.getLogger(__name__)

LIMIT_SECONDS: Final = 60
"""For how long the button works that forgets."""

_MOST_BYTES: Final = 4_000_000
"""Of the file: Discord takes 10 MiB from any bot, and the bot's machine has to hold it in memory."""

_LONGEST_LIST: Final = 1_000
_LONGEST_NAME: Final = 40
_MOST_NAMED: Final = 5


class PrivacyChoice(StrEnum):
    """What a button does."""

    FILE = "file"
    OUT = "out"
    IN = "in"
    FORGET = "forget"
    """Asks whether it is meant."""
    SURE = "sure"


PAUSES: Final = {
    "show": 5.0,
    PrivacyChoice.FILE: 60.0,
    PrivacyChoice.OUT: 2.0,
    PrivacyChoice.IN: 2.0,
    PrivacyChoice.FORGET: 2.0,
    PrivacyChoice.SURE: 120.0,
}
"""Seconds until the same user may do the same again."""

_LABELS: Final = {
    PrivacyChoice.FILE: _("Take it as a file"),
    PrivacyChoice.OUT: _("Opt out"),
    PrivacyChoice.IN: _("Opt in again"),
    PrivacyChoice.FORGET: _("Forget me"),
    PrivacyChoice.SURE: _("Yes, forget me"),
}
_DANGEROUS: Final = (PrivacyChoice.FORGET, PrivacyChoice.SURE)


class TooSoon(AnalyticsPermissionDenied):
    """The user did the same a moment ago."""

    def __init__(self, seconds: int) -> None:
        words = ngettext(
            "That was a moment ago. You can do it again in {count} second.",
            "That was a moment ago. You can do it again in {count} seconds.",
            seconds,
        )
        super().__init__(words.format(count=seconds))


async def answer_privacy(interaction: discord.Interaction[Any]) -> None:
    """Answer the command: what is stored of the user, with the buttons."""

    async def work() -> None:
        _wait_between(interaction, "show")
        await _show_stored(interaction)

    await attend(interaction, work)


class PrivacyButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"botpulse:privacy:(?P<choice>file|out|in|forget|sure):(?P<until>\d{1,12})",
):
    """Does what its user chooses. The one that forgets says until when (epoch seconds) it works; others say 0."""

    def __init__(self, choice: PrivacyChoice, until: int = 0) -> None:
        super().__init__(
            discord.ui.Button(
                label=_LABELS[choice],
                style=discord.ButtonStyle.danger if choice in _DANGEROUS else discord.ButtonStyle.secondary,
                custom_id=f"botpulse:privacy:{choice}:{until}",
            )
        )
        self.choice = choice
        self.until = until

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button anew from what Discord sends when it is pressed."""
        return cls(PrivacyChoice(match["choice"]), int(match["until"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do it, for whoever pressed it."""

        async def work() -> None:
            _wait_between(interaction, self.choice)
            if self.choice is PrivacyChoice.FILE:
                await _send_file(interaction)
            elif self.choice is PrivacyChoice.FORGET:
                await _ask(interaction)
            elif self.choice is PrivacyChoice.SURE:
                await _forget(interaction, self.until)
            else:
                await _choose(interaction, out=self.choice is PrivacyChoice.OUT)

        await attend(interaction, work, same_message=self.choice is not PrivacyChoice.FILE)


def _wait_between(interaction: discord.Interaction[Any], what: str) -> None:
    left = session_of(interaction.client).privacy.seconds_left(interaction.user.id, what, PAUSES[what])
    if left:
        raise TooSoon(left)


async def _show_stored(interaction: discord.Interaction[Any], before: str = "") -> None:
    questions = session_of(interaction.client).questions
    found = await questions.ask(personal_answer, str(interaction.user.id))
    words = _stored_words(found)
    may_forget = not found.is_empty or installation_of(interaction.client).forget_in_backups
    view = _view(found, may_forget=may_forget)
    await show(interaction, content=f"{before}\n\n{words}" if before else words, view=view)


def _stored_words(found: PersonalAnswer) -> str:
    lines = [
        _("**What this bot stores of you**"),
        fitted([*map(_table_words, found.tables)], _LONGEST_LIST, _more_words),
    ]
    if found.names:
        named = ", ".join(escaped(name, _LONGEST_NAME) for name in found.names[:_MOST_NAMED])
        lines.append(_("- Your name: {name}").format(name=named))
    if found.is_empty:
        lines.append(_("Nothing."))
    lines.append(
        _("You have opted out: what you do is counted without your id, your name and your prompts.")
        if found.has_opted_out
        else _("If you opt out, what you do from then on is counted without your id, your name and your prompts.")
    )
    return "\n".join(line for line in lines if line)


def _more_words(number: int) -> str:
    return counted(number, "- and {count} more table", "- and {count} more tables")


def _table_words(table: PersonalCount) -> str:
    title, rows = escaped(table.title, _LONGEST_NAME), rows_words(table.rows)
    if table.first is None or table.last is None:
        return _("- {title}: {rows}").format(title=title, rows=rows)
    words = _("- {title}: {rows}, from <t:{first}:f> to <t:{last}:f>")
    return words.format(title=title, rows=rows, first=int(table.first), last=int(table.last))


def _view(found: PersonalAnswer, *, may_forget: bool) -> discord.ui.View:
    """A view with a time-out would take the button's class from discord.py's register when it ends."""
    choices = [] if found.is_empty else [PrivacyChoice.FILE]
    choices.append(PrivacyChoice.IN if found.has_opted_out else PrivacyChoice.OUT)
    if may_forget:
        choices.append(PrivacyChoice.FORGET)
    view = discord.ui.View(timeout=None)
    for choice in choices:
        view.add_item(PrivacyButton(choice))
    return view


async def _send_file(interaction: discord.Interaction[Any]) -> None:
    questions = session_of(interaction.client).questions
    found = await questions.ask(personal_file, str(interaction.user.id), most_bytes=_MOST_BYTES)
    await show(interaction, content=found.words, file=(found.name, found.data))


async def _choose(interaction: discord.Interaction[Any], *, out: bool) -> None:
    session, user = session_of(interaction.client), str(interaction.user.id)
    # a moment of its own: a choice never joins an equal one that waits before its opposite
    await session.questions.ask(choose_answer, user, out, now=time.time())
    session.manager.note_anew(user)
    log.info("a user has opted %s", "out" if out else "in")
    await _show_stored(interaction, _("You have opted out.") if out else _("You have opted in again."))


async def _ask(interaction: discord.Interaction[Any]) -> None:
    until = int(time.time()) + LIMIT_SECONDS
    words = _(
        "**Forget you?** All that is stored of you is removed: commands, images with their prompts, failures, "
        "activities and your name. It can't be undone. The button works until <t:{until}:T>."
    )
    remark = (
        _("You are removed from the backups that the bot knows, too.")
        if installation_of(interaction.client).forget_in_backups
        else _("Backups that whoever runs the bot has made are not touched.")
    )
    content = f"{words.format(until=until)} {remark}"
    await show(interaction, content=content, view=_alone(PrivacyButton(PrivacyChoice.SURE, until)))


async def _forget(interaction: discord.Interaction[Any], until: int) -> None:
    if time.time() >= until:
        await _show_stored(interaction, _("The time is up, so nothing was removed."))
        return
    session, user = session_of(interaction.client), interaction.user.id
    with suppress(discord.HTTPException, aiohttp.ClientError):  # who has closed the message has pressed all the same
        await show(interaction, content=_("You are being forgotten …"))
    session.names.forget(user)
    forget_met(session.manager, user)
    in_backups = installation_of(interaction.client).forget_in_backups
    waiting = partial(session.manager.forget_waiting, user)
    try:
        words = await session.questions.do(forget_answer, str(user), in_backups, before=waiting)
    except BotpulseError as fault:
        log.warning("a user was not forgotten: %s", fault)
        fault.what_is_safe = _("What was forgotten so far stays forgotten; rows of other users are as they were.")
        await show(interaction, content=words_of(fault), view=_alone(PrivacyButton(PrivacyChoice.FORGET)))
        return
    log.info("a user was forgotten at their own request")
    await _show_stored(interaction, words)


def _alone(button: PrivacyButton) -> discord.ui.View:
    return discord.ui.View(timeout=None).add_item(button)
