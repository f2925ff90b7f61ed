"""The three detailed answers: their pages, and the buttons that turn them and that hand out their rows.

A button's custom id says all that it needs: nothing is remembered about a message, no button ever runs out, and those
from before a restart of the bot work like the others.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

import discord

from bot_integration.commands.permissions import require_permission
from bot_integration.commands.responses import attend, show
from bot_integration.state.bot_state import session_of
from bot_integration.state.user_names import Naming
from core.answers import commands, embeds, files, images, users
from core.answers.period import Period
from core.tables.definitions import TABLES
from core.text.translation import gettext as _
from core.text.translation import ngettext
from core.time_ranges import day_name, day_start

MOST_DAYS: Final = 365

_MOST_BYTES: Final = 9_000_000
"""Of a file: Discord takes 10 MiB from any bot in any server, and the message around it needs room, too."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What one of the detailed commands answers.

    Attributes:
        question: the function of core that answers it.
        embed: makes an embed of the answer; it is handed what knows the users' names.
        tables: keys of the tables whose rows its buttons hand out.
    """

    question: Callable[..., Any]
    embed: Callable[[Any, Naming], discord.Embed]
    tables: tuple[str, ...]


TOPICS: Final = {
    "commands": Topic(commands.command_answer, lambda found, _n: embeds.command_embed(found), ("commands",)),
    "images": Topic(images.image_answer, lambda found, _n: embeds.image_embed(found), ("images",)),
    "users": Topic(users.user_answer, embeds.user_embed, ("commands", "images")),
}


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """One page: a topic's answer for one period, seen from one day.

    ``day`` (YYYY-MM-DD, in the manager's zone) is when the command was used: after midnight the buttons of yesterday's
    message still count from the days that it shows.
    """

    topic: str
    period: Period
    day: str

    @property
    def code(self) -> str:
        """What a custom id says of it: ``users:7:0:2026-11-24``."""
        return f"{self.topic}:{self.period.days}:{self.period.back}:{self.day}"

    @classmethod
    def of(cls, match: re.Match[str]) -> Self:
        """What a custom id says."""
        return cls(match["topic"], Period(int(match["days"]), int(match["back"])), match["day"])


_CODE: Final = (
    rf"(?P<topic>{'|'.join(TOPICS)}):(?P<days>[1-9]\d{{0,2}}):(?P<back>\d{{1,4}}):(?P<day>20\d\d-[01]\d-[0-3]\d)"
)


async def answer_page(interaction: discord.Interaction[Any], topic: str, days: int) -> None:
    """Answer a command with the current period's page."""

    async def work() -> None:
        zone = session_of(interaction.client).manager.timezone
        await _show_page(interaction, AnswerPage(topic, Period(days), day_name(time.time(), zone)))

    await attend(interaction, work)


def page_view(page: AnswerPage) -> discord.ui.View:
    """Its buttons. They never run out, so the view has no time-out."""
    view = discord.ui.View(timeout=None)
    view.add_item(PageButton(page, earlier=True)).add_item(PageButton(page, earlier=False))
    for table in TOPICS[page.topic].tables:
        view.add_item(CsvButton(page, table))
    return view


class PageButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=rf"botpulse:page:{_CODE}:(?P<way>earlier|later)"
):
    """Turns from a page to the period before it, or after it."""

    def __init__(self, page: AnswerPage, *, earlier: bool) -> None:
        other = page.period.previous if earlier else page.period.next
        days = page.period.days
        before = ngettext("◀ Previous day", "◀ Previous {count} days", days)
        after = ngettext("Next day ▶", "Next {count} days ▶", days)
        super().__init__(
            discord.ui.Button(
                label=(before if earlier else after).format(count=days),
                custom_id=f"botpulse:page:{page.code}:{'earlier' if earlier else 'later'}",
                disabled=other is None,
            )
        )
        self.target = page if other is None else replace(page, period=other)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button anew from what Discord sends when it is pressed."""
        return cls(AnswerPage.of(match), earlier=match["way"] == "earlier")

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show the other page in the same message."""

        async def work() -> None:
            require_permission(interaction)
            await _show_page(interaction, self.target)

        await attend(interaction, work, same_message=True)


class CsvButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=rf"botpulse:csv:{_CODE}:(?P<table>commands|images)"
):
    """Hands out the rows behind a page, to managers."""

    def __init__(self, page: AnswerPage, table: str) -> None:
        super().__init__(
            discord.ui.Button(
                label=_("{title} as CSV").format(title=TABLES[table].title),
                custom_id=f"botpulse:csv:{page.code}:{table}",
            )
        )
        self.page = page
        self.table = table

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button anew from what Discord sends when it is pressed."""
        return cls(AnswerPage.of(match), match["table"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Send the file in a private message of its own."""

        async def work() -> None:
            require_permission(interaction)
            session = session_of(interaction.client)
            moment = _moment(self.page.day, session.manager.timezone)
            found = await session.questions.ask(
                files.csv_answer, self.page.period, table=self.table, most_bytes=_MOST_BYTES, **moment
            )
            await show(interaction, content=found.words, file=(found.name, found.data))

        await attend(interaction, work)


async def _show_page(interaction: discord.Interaction[Any], page: AnswerPage) -> None:
    session, topic = session_of(interaction.client), TOPICS[page.topic]
    if interaction.message is not None:
        session.leave(interaction.message.id)
    moment = _moment(page.day, session.manager.timezone)
    found = await session.questions.ask(topic.question, page.period, **moment)
    naming = Naming(session.names, interaction, getattr(found, "names", None))

    async def put() -> int:
        embed = topic.embed(found, naming)
        shown = await show(
            interaction, embed=embed, picture=found.picture, described=found.described, view=page_view(page)
        )
        return shown.id

    async def put_again() -> None:
        if await naming.fetch():
            await put()

    message = await put()
    session.leave(message)
    if naming.missing:
        session.later(message, put_again())


def _moment(day: str, zone: ZoneInfo) -> dict[str, float]:
    """From when a page is seen: now, or the last moment of its day where that is over."""
    if day == day_name(time.time(), zone):
        return {}
    following = date.fromisoformat(day) + timedelta(days=1)
    end = day_start(following, zone) or day_start(following + timedelta(days=1), zone)
    return {} if end is None else {"now": min(end - 1.0, time.time())}
