"""What comes in is counted once and shown once: retries, kills, hang-ups, the journal."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from bot_integration.web import receipts
from bot_integration.web_handlers import (
    FinalImage,
    Limits,
    Undeliverable,
    WebHandlers,
)
from core.manager import AnalyticsManager
from tests.bot_integration.noted import names_in
from tests.bot_integration.web.posting import (
    AUTHORIZED,
    FIELDS,
    ROW,
    TOKEN,
    form,
    run,
    serving,
    spoken,
    stored,
)

ROOT = Path(__file__).resolve().parents[3]


class HeldUp:
    """A delivery that begins, and goes on when it may."""

    def __init__(self) -> None:
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()

    async def __call__(self, _: FinalImage) -> None:
        self.begun.set()
        await self.go_on.wait()


def test_a_retry_is_answered_alike_and_counted_once(database: Path) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            assert (await bot.post(form()))[1]["repeated"] is False
            assert (await bot.post(form()))[1]["repeated"] is True
            assert (await bot.post(form(request_id="another")))[1]["repeated"] is False
            assert len(bot.shown) == 2
            assert await bot.rows() == [ROW, ROW]
        async with serving(database) as bot:  # the bot was started anew
            assert (await bot.post(form()))[1]["repeated"] is True
            assert bot.shown == []
            assert await bot.rows() == [ROW, ROW]

    run(work())


@pytest.mark.parametrize("context", [None, "asked"])
def test_who_waits_for_a_picture_is_noted_by_name(database: Path, context: str | None) -> None:
    user, channel = int(FIELDS["user_id"]), int(FIELDS["channel_id"])
    guild = SimpleNamespace(id=381870553235193850, name="Studio", icon=None)
    interaction = SimpleNamespace(
        user=SimpleNamespace(id=user, name="anna_77", global_name="Anna"),
        guild=guild,
        channel=SimpleNamespace(id=channel, name="general"),
    )

    async def work() -> None:
        async with serving(database) as bot:
            asked = interaction if context is None else context
            bot.handlers.pending.register(user, channel, request_id=FIELDS["request_id"], context=asked)
            assert (await bot.post(form()))[0] == 200
            found = await asyncio.to_thread(names_in, bot.manager)
            wanted = {
                ("user", str(user)): "Anna",
                ("guild", str(guild.id)): "Studio",
                ("channel", str(channel)): "#general",
            }
            assert found == (wanted if context is None else {})

    run(work())


def test_duplicates_at_the_same_time_wait_for_the_first(database: Path) -> None:
    async def work() -> None:
        delivery = HeldUp()
        async with serving(database, delivery) as bot:
            posts = [asyncio.create_task(bot.post(form())) for _ in range(5)]
            await delivery.begun.wait()
            while bot.handlers.waiting < 5:
                await asyncio.sleep(0.01)
            delivery.go_on.set()
            answers = await asyncio.gather(*posts)
            assert [status for status, _ in answers] == [200] * 5
            assert sorted(answer["repeated"] for _, answer in answers) == [False, True, True, True, True]
            assert len(bot.shown) == 1
            assert await bot.rows() == [ROW]

    run(work())


@pytest.mark.expect_log
def test_a_failed_delivery_is_tried_again_and_counted_once(database: Path) -> None:
    faults: list[Exception | float] = [RuntimeError("Discord is down"), 60.0]

    async def deliver(_: FinalImage) -> None:
        if faults:
            fault = faults.pop(0)
            if isinstance(fault, float):
                await asyncio.sleep(fault)
            else:
                raise fault

    async def work() -> None:
        async with serving(database, deliver, deliver_seconds=0.2) as bot:
            status, answer = await bot.post(form())
            assert status == 502
            assert "Discord is down" not in answer["error"]
            assert (await bot.post(form()))[0] == 504
            assert await bot.rows() == [ROW]
        faults.append(RuntimeError("still"))
        async with serving(database, deliver) as bot:
            assert (await bot.post(form()))[0] == 502
            assert await bot.post(form()) == (
                200,
                {"status": "delivered", "request_id": FIELDS["request_id"], "repeated": False},
            )
            assert len(bot.shown) == 1
            assert await bot.rows() == [ROW]

    run(work())


@pytest.mark.expect_log
def test_a_deliver_that_is_no_coroutine_function_does_no_harm(database: Path) -> None:
    def deliver(_: FinalImage) -> Any:
        raise KeyError("channel")

    async def work() -> None:
        async with serving(database) as bot:
            other = WebHandlers(bot.manager, token=TOKEN, deliver=deliver, journal=database.with_name("other"))
            bot.url = f"http://127.0.0.1:{await other.start(port=0)}"
            assert (await bot.post(form()))[0] == 502
            await other.stop()

    run(work())


BOT = """
import asyncio, sys
from bot_integration.web_handlers import WebHandlers
from core.manager import AnalyticsManager

database, token, works = sys.argv[1:]

async def deliver(image):
    if works == "no":
        raise RuntimeError("Discord is down")
    print("shown", image.request_id, flush=True)

async def main():
    handlers = WebHandlers(AnalyticsManager(database), token=token, deliver=deliver)
    print(await handlers.start(port=0), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.slow
def test_a_bot_that_was_killed_counts_nothing_twice_and_loses_nothing(database: Path) -> None:
    async def life(works: str, posts: int) -> list[tuple[int, Any]]:
        command = (sys.executable, "-c", BOT, str(database), TOKEN, works)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, cwd=ROOT)
        assert process.stdout is not None
        try:
            url = f"http://127.0.0.1:{int(await process.stdout.readline())}/send_image"
            answers = []
            async with aiohttp.ClientSession(headers=AUTHORIZED) as session:
                for _ in range(posts):
                    async with session.post(url, data=form()) as response:
                        answers.append((response.status, (await response.json()).get("repeated")))
            return answers
        finally:
            process.kill()
            await process.communicate()

    async def work() -> None:
        assert await life("no", 2) == [(502, None), (502, None)]
        assert await life("yes", 2) == [(200, False), (200, True)]
        assert await life("yes", 1) == [(200, True)]
        with AnalyticsManager(database) as manager:
            assert stored(manager) == [ROW]

    run(work())


@pytest.mark.expect_log
def test_delivery_that_cannot_be_made_is_not_to_be_tried_again(database: Path) -> None:
    async def deliver(_: FinalImage) -> None:
        raise Undeliverable("the channel is gone")

    async def work() -> None:
        async with serving(database, deliver) as bot:
            assert (await bot.post(form()))[0] == 410
            assert await bot.rows() == [ROW]

    run(work())


def test_a_sender_that_hangs_up_early_does_not_stop_the_delivery(database: Path) -> None:
    async def work() -> None:
        delivery = HeldUp()
        async with serving(database, delivery) as bot:
            post = asyncio.create_task(bot.post(form()))
            await delivery.begun.wait()
            post.cancel()
            await asyncio.gather(post, return_exceptions=True)
            retry = asyncio.create_task(bot.post(form()))
            while bot.handlers.waiting < 2:
                await asyncio.sleep(0.01)
            delivery.go_on.set()
            assert (await retry)[1]["repeated"] is True
            assert len(bot.shown) == 1

    run(work())


def test_a_delivery_that_runs_when_the_bot_stops_is_finished(database: Path) -> None:
    async def work() -> None:
        delivery = HeldUp()
        async with serving(database, delivery) as bot:
            post = asyncio.create_task(bot.post(form()))
            await delivery.begun.wait()
            stopping = asyncio.create_task(bot.handlers.stop())
            await asyncio.sleep(0)
            delivery.go_on.set()
            await stopping
            assert (await post)[0] == 200
            assert len(bot.shown) == 1

    run(work())


def test_the_journal_holds_ids_only_survives_a_cut_off_write_and_stays_small(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = database.with_name("analytics.db.receipts")
    monkeypatch.setattr(receipts, "MOST", 3)

    async def work() -> None:
        async with serving(database) as bot:
            for number in range(10):
                assert (await bot.post(form(request_id=f"r{number}")))[0] == 200
        kept = [(f"r{number}", "D") for number in (7, 8, 9)]
        with closing(sqlite3.connect(journal)) as connection:
            assert connection.execute("SELECT request_id, stage FROM receipt ORDER BY moment").fetchall() == kept
        assert FIELDS["user_id"].encode() not in journal.read_bytes()
        if os.name == "posix":
            assert journal.stat().st_mode & 0o777 == 0o600
        cut_off_write(journal)
        async with serving(database) as bot:
            assert (await bot.post(form(request_id="r9")))[1]["repeated"] is True
            assert (await bot.post(form(request_id="r1")))[1]["repeated"] is False
            assert (await bot.post(form(request_id="cut")))[1]["repeated"] is False
        async with serving(database) as bot:
            assert (await bot.post(form(request_id="cut")))[1]["repeated"] is True

    run(work())


def cut_off_write(journal: Path) -> None:
    """Kill a process that has written a receipt, but not yet committed it."""
    script = (
        "import os, sqlite3, sys; connection = sqlite3.connect(sys.argv[1]); "
        "connection.execute('PRAGMA cache_spill = 1'); "
        "connection.execute(\"INSERT INTO receipt VALUES ('cut', 'D', 9e9)\"); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", script, str(journal)], check=False)


@pytest.mark.expect_log
@pytest.mark.parametrize("content", [b"1732000000.000 D old .\n", b"\xff" * 4096])
def test_journal_that_is_something_else_does_no_harm(database: Path, content: bytes) -> None:
    journal = database.with_name("analytics.db.receipts")
    journal.write_bytes(content)

    async def work() -> None:
        async with serving(database) as bot:
            assert (await bot.post(form()))[1]["repeated"] is False
            assert (await bot.post(form()))[1]["repeated"] is True
            assert await bot.rows() == [ROW]

    run(work())
    assert journal.read_bytes() == content


@pytest.mark.expect_log
def test_without_a_journal_memory_is_left(database: Path, tmp_path: Path) -> None:
    async def work() -> None:
        async with serving(database, journal=tmp_path) as bot:  # a folder can't be written to
            assert (await bot.post(form()))[1]["repeated"] is False
            assert (await bot.post(form()))[1]["repeated"] is True
            assert await bot.rows() == [ROW]

    run(work())


def test_a_slow_sender_is_given_up(database: Path) -> None:
    head = (
        f"POST /send_image HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000\r\n\r\n--b\r\n"
    )

    async def work() -> None:
        async with serving(database, limits=Limits(upload_seconds=0.2)) as bot:
            answer = await spoken(bot.port, head.encode())
            assert answer.startswith(b"HTTP/1.1 408")
            assert b'{"error": "the body did not arrive within 0.2 s"}' in answer
            assert await bot.rows() == []

    run(work())


def test_a_sender_that_goes_away_does_no_harm(database: Path) -> None:
    head = (
        f"POST /send_image HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000\r\n\r\n--b\r\nContent-Disp"
    )

    async def work() -> None:
        async with serving(database) as bot:
            _, writer = await asyncio.open_connection("127.0.0.1", bot.port)
            writer.write(head.encode())
            await writer.drain()
            writer.transport.abort()
            await spoken(bot.port, head.encode(), hang_up=True)
            assert (await bot.post(form()))[0] == 200

    run(work())
