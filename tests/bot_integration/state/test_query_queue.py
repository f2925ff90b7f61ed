"""Questions to the worker process: in order, shared where they are equal and wait, and given up when the bot stops."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from bot_integration.state.query_queue import BotStopping, Questions, TookTooLong
from core.answers.commands import command_answer
from core.answers.files import csv_answer
from core.answers.period import Period
from core.errors import DiskFull
from core.manager import AnalyticsManager
from core.storage.location import Location
from core.worker.process import WorkerProcess
from tests.bot_integration import questions_asked


@contextmanager
def asking(folder: Path) -> Iterator[tuple[AnalyticsManager, Questions]]:
    with AnalyticsManager(folder / "analytics.db", timezone="Asia/Kathmandu") as manager:
        questions = Questions(manager, WorkerProcess())
        try:
            yield manager, questions
        finally:
            questions.close()


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[tuple[AnalyticsManager, Questions]]:
    with asking(tmp_path) as made:
        yield made


@pytest.mark.slow
def test_event_that_was_just_tracked_is_counted(asked: tuple[AnalyticsManager, Questions]) -> None:
    manager, questions = asked

    async def ask() -> list[int]:
        counts = []
        for _ in range(5):
            manager.track_command("comfy", 1)
            counts.append((await questions.ask(command_answer, Period(1))).commands)
        return counts

    assert asyncio.run(ask()) == [1, 2, 3, 4, 5]


def test_question_is_told_the_place_the_zone_and_the_time(asked: tuple[AnalyticsManager, Questions]) -> None:
    manager, questions = asked
    before = time.time()
    location, zone, numbers, now, word = asyncio.run(questions.ask(questions_asked.told_back, [1, 2], word="x"))
    assert (location, zone, numbers, word) == (manager.location, "Asia/Kathmandu", [1, 2], "x")
    assert before <= now <= time.time()
    assert asyncio.run(questions.ask(questions_asked.told_back, 3, word="y", now=5.0))[2:] == (3, 5.0, "y")


def test_arguments_that_can_not_be_compared_are_not_shared(
    asked: tuple[AnalyticsManager, Questions], tmp_path: Path
) -> None:
    _, questions = asked

    async def ask() -> None:
        await asyncio.gather(*(questions.ask(questions_asked.noted, tmp_path, [1]) for _ in range(4)))
        await asyncio.gather(*(questions.ask(questions_asked.noted, tmp_path, 1) for _ in range(4)))

    asyncio.run(ask())
    notes = (tmp_path / "asked").read_text().split("\n")
    assert notes.count("[1]") == 4 and notes.count("1") in (1, 2)


def test_asker_who_gives_up_leaves_the_answer_to_the_others(
    asked: tuple[AnalyticsManager, Questions], tmp_path: Path
) -> None:
    _, questions = asked

    async def ask() -> str:
        first = asyncio.create_task(questions.ask(questions_asked.when_allowed, tmp_path, "first"))
        while not (tmp_path / "asked").exists():
            await asyncio.sleep(0.01)
        waiting = [asyncio.create_task(questions.ask(questions_asked.when_allowed, tmp_path, "same")) for _ in "ab"]
        await asyncio.sleep(0)
        waiting[0].cancel()
        (tmp_path / "same").touch()
        (tmp_path / "first").touch()
        await first
        return (await waiting[1]).word

    assert asyncio.run(ask()) == "same"


def test_an_answer_that_takes_too_long_is_waited_for_no_more(
    asked: tuple[AnalyticsManager, Questions], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, questions = asked
    monkeypatch.setattr("bot_integration.state.query_queue.LONGEST_SECONDS", 0.2)
    with pytest.raises(TookTooLong):
        asyncio.run(questions.ask(questions_asked.when_allowed, tmp_path, "late"))
    (tmp_path / "late").touch()
    monkeypatch.undo()
    with pytest.raises(TimeoutError, match="of its own"):
        asyncio.run(questions.ask(questions_asked.timed_out))


def test_questions_that_wait_are_given_up_when_the_queue_closes(tmp_path: Path) -> None:
    async def ask(questions: Questions) -> list[BaseException | object]:
        words = ("first", "second", "third")
        tasks = [asyncio.create_task(questions.ask(questions_asked.when_allowed, tmp_path, word)) for word in words]
        while not (tmp_path / "asked").exists():
            await asyncio.sleep(0.01)
        closing = asyncio.create_task(asyncio.to_thread(questions.close))
        given_up = await asyncio.gather(*tasks, return_exceptions=True)
        await closing
        with pytest.raises(BotStopping):
            await questions.ask(questions_asked.told_back, 1, word="late")
        with pytest.raises(BotStopping):
            await questions.do(questions_asked.where)
        return given_up

    with asking(tmp_path) as (_, questions):
        assert [type(each) for each in asyncio.run(ask(questions))] == [BotStopping] * 3


def test_a_deed_is_done_as_often_as_it_is_asked_for(asked: tuple[AnalyticsManager, Questions]) -> None:
    manager, questions = asked

    async def ask() -> list[Location]:
        return list(await asyncio.gather(*(questions.do(questions_asked.where) for _ in range(3))))

    assert asyncio.run(ask()) == [manager.location] * 3
    with pytest.raises(DiskFull):
        asyncio.run(questions.ask(questions_asked.full_disk))


def workers() -> int:
    return len(psutil.Process().children())


async def has_begun(folder: Path) -> None:
    while not (folder / "asked").exists():
        await asyncio.sleep(0.01)


@pytest.mark.slow
def test_nobody_waits_behind_a_managers_file(
    asked: tuple[AnalyticsManager, Questions], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that makes it is another one; a reset waits for it, so that no file ends half-way."""
    _, questions = asked
    before = workers()

    async def make_files() -> None:
        file = await questions.ask(csv_answer, Period(7), table="commands", most_bytes=9_000_000)
        assert file.name.endswith(".csv")
        assert workers() == before + 1
        await questions.ask(command_answer, Period(7))
        assert workers() == before + 2

    async def ask_meanwhile() -> None:
        long = asyncio.create_task(questions.ask(questions_asked.when_allowed, tmp_path, "long"))
        await has_begun(tmp_path)
        async with asyncio.timeout(20):
            assert (await questions.ask(command_answer, Period(7))).commands == 0
        assert not long.done()
        reset = asyncio.create_task(questions.do(questions_asked.where))
        await asyncio.wait([reset], timeout=0.2)
        assert not reset.done()
        (tmp_path / "long").touch()
        await asyncio.gather(long, reset)

    asyncio.run(make_files())
    monkeypatch.setattr("bot_integration.state.query_queue._LONG", (questions_asked.when_allowed,))
    asyncio.run(ask_meanwhile())


def test_a_long_file_is_given_up_too_when_it_closes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot_integration.state.query_queue._LONG", (questions_asked.when_allowed,))
    before = workers()

    async def close_meanwhile(questions: Questions) -> list[BaseException | object]:
        tasks = [asyncio.create_task(questions.ask(questions_asked.when_allowed, tmp_path, "never"))]
        await has_begun(tmp_path)
        tasks.append(asyncio.create_task(questions.do(questions_asked.where)))
        await asyncio.sleep(0)
        await asyncio.to_thread(questions.close)
        return await asyncio.gather(*tasks, return_exceptions=True)

    with asking(tmp_path) as (_, questions):
        assert [type(each) for each in asyncio.run(close_meanwhile(questions))] == [BotStopping, BotStopping]
    assert workers() == before
