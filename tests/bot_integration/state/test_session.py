"""What a bot leaves behind when it closes: nothing of its own that goes on, and everything that is another bot's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import discord
import psutil
import pytest
from discord.ext import commands

from bot_integration import setup, teardown
from bot_integration.state.bot_state import session_of
from bot_integration.state.query_queue import StoppedMeanwhile
from core.manager import AnalyticsManager
from core.statistics import daily_stats
from tests.bot_integration import questions_asked

MOST_SECONDS = 15.0
"""Far more than a bot may take to close, and far less than what it is not to wait for."""


def new_bot() -> commands.Bot:
    return commands.Bot("!", intents=discord.Intents.default())


def workers() -> set[int]:
    return {each.pid for each in psutil.Process().children()}


async def begun(folder: Path) -> None:
    while not (folder / "asked").exists():
        await asyncio.sleep(0.01)


def test_a_bot_that_closes_does_not_wait_for_a_whole_reset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot_integration.state.query_queue._CLOSE_TIMEOUT", 0.2)

    async def close_meanwhile(manager: AnalyticsManager) -> None:
        async with new_bot() as bot:
            await setup(bot, manager)
            reset = asyncio.create_task(
                session_of(bot).questions.do(questions_asked.done_when_allowed, tmp_path, "never")
            )
            await begun(tmp_path)
            try:
                async with asyncio.timeout(MOST_SECONDS):
                    await bot.close()
            finally:
                (tmp_path / "never").touch()  # or else the loop waits for the thread that waits
            with pytest.raises(StoppedMeanwhile):
                await reset

    before = workers()
    with AnalyticsManager(tmp_path / "a.db") as manager:
        asyncio.run(close_meanwhile(manager))
    assert workers() <= before


def test_a_reset_that_is_nearly_done_is_let_finish(tmp_path: Path) -> None:
    async def close_meanwhile(manager: AnalyticsManager) -> str:
        async with new_bot() as bot:
            await setup(bot, manager)
            work = session_of(bot).questions.do(questions_asked.done_when_allowed, tmp_path, "soon")
            reset = asyncio.create_task(work)
            await begun(tmp_path)
            closing = asyncio.create_task(bot.close())
            await asyncio.wait([closing], timeout=0.2)
            assert not closing.done()
            (tmp_path / "soon").touch()
            await closing
            return await reset

    with AnalyticsManager(tmp_path / "a.db") as manager:
        assert asyncio.run(close_meanwhile(manager)) == "soon"


def test_a_summary_of_days_does_not_hold_up_the_close_and_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily_stats, "complete", questions_asked.summed_up_when_allowed)

    async def close_meanwhile(manager: AnalyticsManager) -> None:
        async with new_bot() as bot:
            await setup(bot, manager)
            manager.track_command("comfy", 1)
            await begun(tmp_path)
            try:
                async with asyncio.timeout(MOST_SECONDS):
                    await bot.close()
            finally:
                (tmp_path / "summed up").touch()

    before = workers()
    with AnalyticsManager(tmp_path / "a.db") as manager:
        asyncio.run(close_meanwhile(manager))
        assert workers() <= before


@pytest.mark.slow
def test_a_bot_that_closes_leaves_the_others_process_to_its_manager(tmp_path: Path) -> None:
    async def close_one(manager: AnalyticsManager, order: int) -> None:
        async with new_bot() as first, new_bot() as second:
            bots = (first, second)
            for bot in bots:
                await setup(bot, manager)
            await teardown(bots[order])
            before = workers()
            await asyncio.to_thread(manager.generate_daily_stats)
            assert len(workers() - before) == 1, "days are summed up in the other bot's process"
            await teardown(bots[1 - order])
            assert workers() <= before
            await asyncio.to_thread(manager.generate_daily_stats)
            assert workers() <= before, "and here, where there is no bot"

    for order in (0, 1):
        with AnalyticsManager(tmp_path / f"{order}.db") as manager:
            asyncio.run(close_one(manager, order))
