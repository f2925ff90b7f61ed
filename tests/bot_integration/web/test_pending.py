"""Requests that the bot waits for, their progress, and the handlers' own start and end."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot_integration.web_handlers import (
    FinalImage,
    PendingRequest,
    PendingRequests,
    ProgressReport,
    WebHandlers,
    web_app,
)
from core.manager import AnalyticsManager
from tests.bot_integration.web.posting import AUTHORIZED, FIELDS, JPEG, PNG, TOKEN, form, run, serving


def test_a_waiting_request_is_resolved_by_its_picture(database: Path) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            waiting = bot.handlers.pending.register(
                int(FIELDS["user_id"]), FIELDS["channel_id"], request_id=FIELDS["request_id"], context="message"
            )
            status, answer = await bot.post(form(user_id="42"))
            assert (status, answer["field"]) == (422, "user_id")
            status, answer = await bot.post(form(channel_id="42"))
            assert (status, answer["field"]) == (422, "channel_id")
            assert not waiting.outcome.done()
            assert (await bot.post(form()))[0] == 200
            image = await waiting.outcome
            assert image is not None
            assert (image.request_id, image.data) == (FIELDS["request_id"], b"")
            assert len(bot.handlers.pending) == 0

    run(work())


def test_a_request_without_a_picture_times_out(database: Path) -> None:
    async def work() -> None:
        told: asyncio.Queue[PendingRequest] = asyncio.Queue()
        pending = PendingRequests(timeout=600, on_timeout=told.put)
        lost = pending.register("1", "2", context="interaction", timeout=0.01)
        kept = pending.register("1", "2")
        assert lost.request_id != kept.request_id
        with pytest.raises(ValueError, match="waits already"):
            pending.register("1", "2", request_id=kept.request_id)
        assert (await told.get()).context == "interaction"
        assert await lost.outcome is None
        assert pending.get(kept.request_id) is kept
        pending.withdraw(kept.request_id)
        assert await kept.outcome is None
        await pending.close()
        assert told.empty()

    run(work())


@pytest.mark.expect_log
def test_a_fault_in_the_time_out_callback_is_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def on_timeout(_: PendingRequest) -> None:
        raise RuntimeError("the message is gone")

    async def work() -> None:
        pending = PendingRequests(timeout=0.0, on_timeout=on_timeout)
        assert await pending.register("1", "2").outcome is None
        await pending.close()

    run(work())
    assert "the message is gone" in caplog.text


def test_progress_reaches_the_bot_in_every_form(database: Path) -> None:
    async def work() -> None:
        reports: list[tuple[ProgressReport, Any]] = []

        async def on_progress(report: ProgressReport, request: PendingRequest) -> None:
            reports.append((report, request.context))

        async with serving(database, on_progress=on_progress) as bot:
            bot.handlers.pending.register("1", "2", request_id="r", context="message")
            json_type = {**AUTHORIZED, "Content-Type": "application/json; charset=utf-8"}
            flat = json.dumps({"request_id": "r", "progress": 42.5, "message": "20 of 47", "preview": "iVBORw0KGgo="})
            assert await bot.post(flat, "/update_progress", json_type) == (200, {"status": "noted"})
            deployed = {"status": "generating", "message": "Generating", "progress": 50}
            nested = json.dumps({"request_id": "r", "progress_data": deployed})
            assert (await bot.post(nested, "/update_progress", json_type))[0] == 200
            assert (await bot.post({"request_id": "r", "progress": "99"}, "/update_progress"))[0] == 200
            parts = aiohttp.FormData({"request_id": "r", "progress": "100"}, default_to_multipart=True)
            parts.add_field("preview", JPEG, filename="p")
            assert (await bot.post(parts, "/update_progress"))[0] == 200
        assert [context for _, context in reports] == ["message"] * 4
        assert [report for report, _ in reports] == [
            ProgressReport("r", 42.5, "20 of 47", preview=PNG[:8]),
            ProgressReport("r", 50.0, "Generating", "generating"),
            ProgressReport("r", 99.0),
            ProgressReport("r", 100.0, preview=JPEG),
        ]

    run(work())


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"request_id": "other", "progress": 1}, 404, "request_id"),
        ({"progress": 1}, 422, "request_id"),
        ({"request_id": ["r"]}, 422, "request_id"),
        ({"request_id": "r", "progress": 101}, 422, "progress"),
        ({"request_id": "r", "progress": -1}, 422, "progress"),
        ({"request_id": "r", "progress": float("nan")}, 422, "progress"),
        ({"request_id": "r", "progress": True}, 422, "progress"),
        ({"request_id": "r", "progress": 10**4000}, 422, "progress"),
        ({"request_id": "r", "message": "a\nb"}, 422, "message"),
        ({"request_id": "r", "preview": "!"}, 422, "preview"),
        ({"request_id": "r", "preview": {}}, 422, "preview"),
        ({"request_id": "r", "preview": "aGVsbG8="}, 422, "preview"),
        ([], 400, None),
        ("text", 400, None),
        ("x" * 500_000, 413, None),
    ],
)
def test_a_wrong_report_of_progress_is_refused(database: Path, body: Any, status: int, field: str | None) -> None:
    async def work() -> None:
        reports: list[ProgressReport] = []

        async def on_progress(report: ProgressReport, _: PendingRequest) -> None:
            reports.append(report)

        async with serving(database, on_progress=on_progress) as bot:
            bot.handlers.pending.register("1", "2", request_id="r")
            headers = {**AUTHORIZED, "Content-Type": "application/json"}
            answered, answer = await bot.post(json.dumps(body), "/update_progress", headers)
            assert (answered, answer.get("field")) == (status, field)
        assert reports == []

    run(work())


@pytest.mark.slow
def test_progress_keeps_a_request_alive(database: Path) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            waiting = bot.handlers.pending.register("1", "2", request_id="r", timeout=0.4)
            loop = asyncio.get_running_loop()
            started = loop.time()
            while loop.time() < started + 0.6:
                assert (await bot.post({"request_id": "r", "progress": "5"}, "/update_progress"))[0] == 200
            assert not waiting.outcome.done()
            assert await waiting.outcome is None
            assert (await bot.post({"request_id": "r", "progress": "5"}, "/update_progress"))[0] == 404

    run(work())


def test_they_can_be_mounted_into_an_application_of_the_bots_own(database: Path) -> None:
    async def work() -> None:
        shown = asyncio.Event()

        async def deliver(_: FinalImage) -> None:
            shown.set()

        with AnalyticsManager(database) as manager:
            app = web.Application()
            WebHandlers(manager, token=TOKEN, deliver=deliver).add_to(app, prefix="/botpulse")
            app.add_subapp("/other", web_app(manager, token=TOKEN, deliver=deliver, journal=database.with_name("j")))
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            async with aiohttp.ClientSession(headers=AUTHORIZED) as session:
                async with session.post(f"{url}/botpulse/send_image", data=form()) as response:
                    assert response.status == 200
                async with session.post(f"{url}/other/send_image", data=form(request_id="2")) as response:
                    assert response.status == 200
                async with session.get(f"{url}/other/healthz") as response:
                    assert response.status == 200
                async with session.post(f"{url}/send_image", data=form()) as response:
                    assert response.status == 404
            assert shown.is_set()
            await runner.cleanup()

    run(work())


def test_starting_twice_and_a_taken_port_are_refused(database: Path) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            with pytest.raises(RuntimeError, match="started before"):
                await bot.handlers.start(port=0)
            other = WebHandlers(bot.manager, token=TOKEN, deliver=lambda _: asyncio.sleep(0))
            with pytest.raises(OSError, match=str(bot.port)):
                await other.start(port=bot.port)
            bot.url = f"http://127.0.0.1:{await other.start(port=0)}"
            assert (await bot.post(form()))[0] == 200
            await other.stop()
            await bot.handlers.stop()
            await bot.handlers.stop()

    run(work())
