"""A server with people, a bot with Botpulse in it, and a database with a past: where the commands are tried."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
from discord.ext import commands

from bot_integration import setup
from core.manager import AnalyticsManager
from tests.bot_integration.loopback import ADMINISTRATOR, Guild, LoopbackDiscord, Person, Role
from tests.bot_integration.running import RunningBot, running_bot
from tests.noon import NOON_ZONE

ZONE = NOON_ZONE
"""No day ends while a test compares what was answered with what is stored."""

PICTURE_SIZE = (1200, 680)


@dataclass(eq=False)
class Studio:
    """What a test needs: the loopback Discord with its people, and the manager that the bot writes to."""

    discord: LoopbackDiscord
    manager: AnalyticsManager
    guild: Guild
    admin: Person
    helper: Person
    """Has the managers' role, and no permission beyond what everybody has."""
    nobody: Person
    role: Role

    @contextmanager
    def bot(self, *, with_role: bool = True, expect_errors: bool = False, **more: Any) -> Iterator[RunningBot[Any]]:
        """Run a bot that was set up; ``more`` is handed to ``setup``."""

        async def make() -> commands.Bot:
            bot = commands.Bot(commands.when_mentioned, intents=discord.Intents.default())
            await setup(bot, self.manager, manager_role_id=self.role.id if with_role else None, **more)
            return bot

        with running_bot(make, self.discord, expect_errors=expect_errors) as running:
            yield running

    def tracked(self, command: str) -> list[tuple[str, str | None, int]]:
        """Which of the test's people ran a command, where, and whether it succeeded (−1: refused), in their order."""
        assert self.manager.flush(10) and self.manager.location.path is not None
        with closing(sqlite3.connect(self.manager.location.path)) as connection:
            found = connection.execute(
                "SELECT user_id, guild_id, success, timestamp FROM command_usage WHERE command_name = :name UNION ALL "
                "SELECT user_id, guild_id, -1, timestamp FROM user_activity WHERE action_type = 'command_refused' "
                "AND json_extract(details, '$.command') = :name ORDER BY timestamp",
                {"name": command},
            ).fetchall()
        people = {str(each.id) for each in (self.admin, self.helper, self.nobody)}
        return [row[:3] for row in found if row[0] in people]


@contextmanager
def studio(path: Path) -> Iterator[Studio]:
    """A studio whose bot keeps its statistics in this file; whatever Discord would have refused fails the test."""
    with LoopbackDiscord() as loopback, AnalyticsManager(path, timezone=ZONE) as manager:
        admin, helper, nobody = (loopback.person(name) for name in ("anna", "ben", "cleo"))
        guild = loopback.guild("Studio", admin, helper, nobody)
        loopback.role(guild, "Admins", admin, permissions=ADMINISTRATOR)
        role = loopback.role(guild, "Bot managers", helper, permissions=0)
        yield Studio(loopback, manager, guild, admin, helper, nobody, role)
        assert loopback.violations == []


def png_size(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG that begins and ends as one."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n") and data.endswith(b"IEND\xaeB`\x82")
    width, height = struct.unpack(">II", data[16:24])
    return width, height
