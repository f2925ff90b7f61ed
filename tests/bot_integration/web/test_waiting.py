"""The time-out of a waiting request against its picture, and callbacks that do not end against the stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot_integration.web import handlers
from bot_integration.web import pending as pending_module
from bot_integration.web_handlers import FinalImage, PendingRequest, PendingRequests
from tests.bot_integration.web.posting import AUTHORIZED, FIELDS, PNG, Served, form, run, serving

TIMEOUT = 0.2


def registered(pending: PendingRequests, timeout: float = TIMEOUT) -> PendingRequest:
    """The request that the usual form is about."""
    ids = FIELDS["user_id"], FIELDS["channel_id"]
    return pending.register(*ids, request_id=FIELDS["request_id"], context="asked", timeout=timeout)


async def time_outs_have_passed(pending: PendingRequests) -> None:
    """Wait until a request that was registered after the others, and waits longer, was given up."""
    assert await pending.register("1", "2", context="clock", timeout=2 * TIMEOUT).outcome is None


class Told:
    """Keeps whom the bot told that no answer came."""

    def __init__(self) -> None:
        self.contexts: list[str] = []

    async def __call__(self, request: PendingRequest) -> None:
        self.contexts.append(request.context)


def test_a_request_does_not_time_out_while_its_picture_is_shown(database: Path) -> None:
    async def work() -> None:
        begun, go_on, told = asyncio.Event(), asyncio.Event(), Told()

        async def deliver(_: FinalImage) -> None:
            begun.set()
            await go_on.wait()

        pending = PendingRequests(on_timeout=told)
        async with serving(database, deliver, pending=pending) as bot:
            waiting = registered(pending)
            post = asyncio.create_task(bot.post(form()))
            await begun.wait()
            assert (await bot.post({"request_id": FIELDS["request_id"], "progress": "99"}, "/update_progress"))[
                0
            ] == 200
            await time_outs_have_passed(pending)
            assert pending.get(FIELDS["request_id"]) is waiting
            go_on.set()
            assert (await post)[0] == 200
            image = await waiting.outcome
            assert image is not None
            assert image.request_id == FIELDS["request_id"]
            assert told.contexts == ["clock"]

    run(work())


def test_a_request_does_not_time_out_while_its_picture_is_uploaded(database: Path) -> None:
    async def work() -> None:
        told = Told()
        pending = PendingRequests(on_timeout=told)

        async def slow() -> AsyncIterator[bytes]:
            for name in ("request_id", "user_id", "channel_id"):
                yield f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{FIELDS[name]}\r\n'.encode()
            yield b'--b\r\nContent-Disposition: form-data; name="image_data"; filename="x"\r\n\r\n' + PNG
            await time_outs_have_passed(pending)
            yield b"\r\n--b--\r\n"

        headers = {**AUTHORIZED, "Content-Type": "multipart/form-data; boundary=b"}
        async with serving(database, pending=pending) as bot:
            waiting = registered(pending)
            assert (await bot.post(slow(), headers=headers))[0] == 200
            assert await waiting.outcome is not None
            assert told.contexts == ["clock"]

    run(work())


@pytest.mark.expect_log
def test_after_a_failed_delivery_the_time_out_starts_afresh(database: Path) -> None:
    async def work() -> None:
        begun, go_on, told = asyncio.Event(), asyncio.Event(), Told()

        async def deliver(_: FinalImage) -> None:
            begun.set()
            await go_on.wait()
            raise RuntimeError("Discord is down")

        pending = PendingRequests(on_timeout=told)
        async with serving(database, deliver, pending=pending) as bot:
            waiting = registered(pending)
            post = asyncio.create_task(bot.post(form()))
            await begun.wait()
            await time_outs_have_passed(pending)
            go_on.set()
            assert (await post)[0] == 502
            assert not waiting.outcome.done()
            assert await waiting.outcome is None
            await pending.close()
            assert told.contexts == ["clock", "asked"]

    run(work())


def test_a_refused_picture_leaves_the_time_out_running(database: Path) -> None:
    async def work() -> None:
        told = Told()
        pending = PendingRequests(on_timeout=told)
        async with serving(database, pending=pending) as bot:
            waiting = registered(pending)
            assert (await bot.post(form(channel_id="42")))[0] == 422
            assert await waiting.outcome is None
            await pending.close()
            assert told.contexts == ["asked"]

    run(work())


class Stubborn:
    """The bot's own code that never ends by itself; ``resists`` cancellation until it is let go."""

    def __init__(self, *, resists: bool) -> None:
        self._resists = resists
        self.begun, self.let_go, self.over = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def __call__(self, _: object) -> None:
        self.begun.set()
        try:
            while not self.let_go.is_set():
                try:
                    await self.let_go.wait()
                except asyncio.CancelledError:
                    if not self._resists:
                        raise
        finally:
            self.over.set()


@pytest.mark.expect_log
@pytest.mark.parametrize("resists", [False, True])
def test_the_stop_does_not_wait_for_ever_for_a_time_out_callback(
    database: Path, monkeypatch: pytest.MonkeyPatch, resists: bool
) -> None:
    _hurry(monkeypatch)

    async def work() -> None:
        callback = Stubborn(resists=resists)
        pending = PendingRequests(on_timeout=callback, timeout=0.0)
        async with serving(database, pending=pending) as bot:
            pending.register("1", "2")
            await callback.begun.wait()
            await _stopped(bot)
            assert callback.over.is_set() is not resists
            callback.let_go.set()
            await callback.over.wait()

    run(work())


@pytest.mark.expect_log
@pytest.mark.parametrize("resists", [False, True])
def test_the_stop_does_not_wait_for_ever_for_a_delivery(
    database: Path, monkeypatch: pytest.MonkeyPatch, resists: bool
) -> None:
    _hurry(monkeypatch)

    async def work() -> None:
        delivery = Stubborn(resists=resists)
        async with serving(database, delivery) as bot:
            post = asyncio.create_task(bot.post(form()))
            await delivery.begun.wait()
            await _stopped(bot)
            assert delivery.over.is_set() is not resists
            delivery.let_go.set()
            await delivery.over.wait()
            await asyncio.gather(post, return_exceptions=True)

    run(work())


@pytest.mark.expect_log
@pytest.mark.parametrize("resists", [False, True])
def test_the_stop_does_not_wait_for_ever_for_a_progress_callback(
    database: Path, monkeypatch: pytest.MonkeyPatch, resists: bool
) -> None:
    _hurry(monkeypatch)

    async def work() -> None:
        callback = Stubborn(resists=resists)

        async def on_progress(report: object, _: PendingRequest) -> None:
            await callback(report)

        async with serving(database, on_progress=on_progress) as bot:
            bot.handlers.pending.register("1", "2", request_id="r")
            post = asyncio.create_task(bot.post({"request_id": "r", "progress": "5"}, "/update_progress"))
            await callback.begun.wait()
            await _stopped(bot)
            callback.let_go.set()
            await callback.over.wait()
            await asyncio.gather(post, return_exceptions=True)

    run(work())


def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "_GRACE_SECONDS", 0.1)
    monkeypatch.setattr(pending_module, "_CANCEL_SECONDS", 0.1)


async def _stopped(bot: Served) -> None:
    async with asyncio.timeout(10):
        await bot.handlers.stop()
