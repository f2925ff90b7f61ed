"""What the web handlers keep of a picture beside its count, and of one that could not be shown."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot_integration.failures import track_once
from bot_integration.web import deliveries
from bot_integration.web.sender import DeliveryFailed, send_final_image
from bot_integration.web_handlers import FinalImage, PendingRequests, require_fits
from core.manager import AnalyticsManager
from tests.bot_integration.comfyui.workflow.graphs import flux
from tests.bot_integration.web.posting import FIELDS, PNG, TOKEN, form, run, serving
from tests.bot_integration.web.test_undeliverable import refusal_by_discord

DETAILS = "guild_id, channel_id, message_id, queue_time, execution_time, model, sampler, steps, seed, outputs"
MESSAGE = SimpleNamespace(id=77, guild=SimpleNamespace(id=88), channel=SimpleNamespace(id=99))
MADE = {
    "guild_id": "5",
    "queue_time": "1.5",
    "execution_time": "10.25",
    "model": "flux1.sft",
    "sampler": "euler",
    "steps": "20",
    "outputs": '["sub/a.png", "b.png [temp]"]',
}
FACTS = ("flux1.sft", "euler", 20, FIELDS["seed"], '["sub/a.png", "b.png [temp]"]')


def kept(manager: AnalyticsManager, query: str) -> list[tuple[Any, ...]]:
    assert manager.flush(10) and manager.location.path is not None
    with closing(sqlite3.connect(manager.location.path)) as connection:
        return connection.execute(query).fetchall()


def details(manager: AnalyticsManager) -> list[tuple[Any, ...]]:
    return kept(manager, f"SELECT {DETAILS} FROM image_stats ORDER BY id")


def failures(manager: AnalyticsManager) -> list[tuple[Any, ...]]:
    return kept(manager, "SELECT source, kind, error_type, message FROM failures ORDER BY id")


def test_what_the_worker_tells_is_kept(database: Path) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            assert (await bot.post(form(**MADE)))[0] == 200
            row = ("5", FIELDS["channel_id"], None, 1.5, 10.25, *FACTS)
            assert await asyncio.to_thread(details, bot.manager) == [row]

    run(work())


def test_the_message_that_shows_it_is_kept_where_deliver_tells_it(database: Path) -> None:
    async def work() -> None:
        async with serving(database, returned=MESSAGE) as bot:
            assert (await bot.post(form(**MADE)))[0] == 200
            row = ("88", "99", "77", 1.5, 10.25, *FACTS)
            assert await asyncio.to_thread(details, bot.manager) == [row]

    run(work())


def test_a_picture_that_takes_long_to_show_is_counted_meanwhile(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "MESSAGE_WITHIN", 0.01)

    async def work() -> None:
        go_on = asyncio.Event()

        async def deliver(_: FinalImage) -> None:
            await go_on.wait()

        async with serving(database, deliver, returned=MESSAGE) as bot:
            post = asyncio.create_task(bot.post(form()))
            while bot.manager.counters().accepted < 1:
                await asyncio.sleep(0.01)
            go_on.set()
            assert (await post)[0] == 200
            assert [row[2] for row in await asyncio.to_thread(details, bot.manager)] == [None]

    run(work())


def test_what_the_worker_does_not_tell_is_read_from_the_workflow(database: Path) -> None:
    """As the deployed bot's worker posts it."""

    async def work() -> None:
        async with serving(database) as bot:
            body = form(workflow=json.dumps(flux()), seed="", loras="", resolution="")
            assert (await bot.post(body))[0] == 200
            ((*_, model, sampler, steps, seed, outputs),) = await asyncio.to_thread(details, bot.manager)
            assert (model, sampler, steps, seed, outputs) == ("flux1-dev.sft", "euler", 4, "660124690620460", None)
            ((_, _, resolution, loras, *_),) = await bot.rows()
            assert resolution == "16:9 [1344x768 landscape]"
            assert json.loads(loras) == ["metal.safetensors", "grain.safetensors"]
            ((image, _),) = bot.shown
            assert image.model == "flux1-dev.sft"

    run(work())


def test_what_the_form_says_goes_before_the_workflow(database: Path) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            assert (await bot.post(form(workflow=json.dumps(flux()), loras="[]", **MADE)))[0] == 200
            ((*_, model, sampler, steps, seed, _),) = await asyncio.to_thread(details, bot.manager)
            assert (model, sampler, steps, seed) == ("flux1.sft", "euler", 20, FIELDS["seed"])
            assert [row[2:4] for row in await bot.rows()] == [(FIELDS["resolution"], "[]")]

    run(work())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("guild_id", "no id"),
        ("queue_time", "-1"),
        ("queue_time", "nan"),
        ("execution_time", "1e400"),
        ("steps", "2.5"),
        ("steps", "99999999999"),
        ("model", "two\nlines"),
        ("model", "x" * 501),
        ("sampler", "a\0b"),
        ("outputs", "a.png"),
        ("outputs", '{"a": 1}'),
        ("outputs", '["two\\nlines"]'),
        ("outputs", json.dumps(["a.png"] * 101)),
    ],
)
def test_a_field_that_makes_no_sense_is_named(name: str, value: str, database: Path) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            status, answer = await bot.post(form(**{name: value}))
            assert (status, answer["field"]) == (422, name)
            assert bot.shown == []

    run(work())


def test_a_sender_tells_what_it_knows_and_the_handlers_understand_it(database: Path) -> None:
    async def work() -> None:
        image = FinalImage(
            data=PNG,
            user_id="1",
            channel_id="2",
            guild_id="3",
            queue_time=0.0,
            execution_time=12.5,
            model="größe.safetensors",
            sampler="heun",
            steps=8,
            seed=2**64 - 1,
            outputs=("sub/ä.png",),
        )
        async with serving(database) as bot:
            await send_final_image(bot.url, TOKEN, image)
            row = ("3", "2", None, 0.0, 12.5, "größe.safetensors", "heun", 8, str(2**64 - 1))
            ((*told, outputs),) = await asyncio.to_thread(details, bot.manager)
            assert tuple(told) == row and json.loads(outputs) == ["sub/ä.png"]

    run(work())


@pytest.mark.expect_log
@pytest.mark.parametrize(
    ("error", "told"),
    [
        (refusal_by_discord(413, 40005), ("TooLarge", "Discord refuses it: 413 refused (error code: 40005): refused")),
        (
            refusal_by_discord(403, 50013),
            ("HTTPException", "Discord refuses it: 403 refused (error code: 50013): refused"),
        ),
        (refusal_by_discord(500, 0), ("HTTPException", "500 refused (error code: 0): refused")),
        (RuntimeError("no: a lighthouse at dusk"), ("RuntimeError", "no: …")),
        (TimeoutError(), ("TimeoutError", "the bot did not show it within 60 s")),
    ],
)
def test_a_picture_that_is_not_shown_is_a_failure_once(error: Exception, told: tuple[str, str], database: Path) -> None:
    async def deliver(_: FinalImage) -> None:
        raise error

    async def work() -> None:
        async with serving(database, deliver) as bot:
            image = FinalImage(data=PNG, user_id="1", channel_id="2", guild_id="3", prompt="a lighthouse at dusk")
            with pytest.raises(DeliveryFailed) as failed:
                await send_final_image(bot.url, TOKEN, image, attempts=3, first_pause=0.01)
            assert not track_once(bot.manager, failed.value, "command", "imagine", 1), "it is remembered already"
            assert await asyncio.to_thread(failures, bot.manager) == [("delivery", "error", *told)]
            where = await asyncio.to_thread(kept, bot.manager, "SELECT user_id, guild_id, channel_id FROM failures")
            assert where == [("1", "3", "2")]

    run(work())


@pytest.mark.expect_log
def test_a_picture_that_is_too_large_beforehand_is_a_failure_of_delivery(database: Path) -> None:
    async def deliver(image: FinalImage) -> None:
        require_fits(image, 3)

    async def work() -> None:
        async with serving(database, deliver) as bot:
            assert (await bot.post(form(**MADE)))[0] == 410
            assert [row[:3] for row in await asyncio.to_thread(failures, bot.manager)] == [
                ("delivery", "error", "TooLarge")
            ]
            about = await asyncio.to_thread(kept, bot.manager, "SELECT name, model, loras, resolution FROM failures")
            assert about == [("redux", "flux1.sft", FIELDS["loras"], FIELDS["resolution"])]

    run(work())


def test_a_picture_that_the_bot_does_not_remember_is_left_to_the_sender(database: Path) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            image = FinalImage(data=PNG, user_id="1", channel_id="2", is_video=True)
            with pytest.raises(DeliveryFailed) as failed:
                await send_final_image(bot.url, TOKEN, image)
            assert track_once(bot.manager, failed.value, "command", "imagine", 1)

    run(work())


def test_a_request_that_nobody_answers_is_a_failure_of_generation(database: Path) -> None:
    context = SimpleNamespace(
        user=SimpleNamespace(id=1), guild_id=3, channel_id=2, command=SimpleNamespace(qualified_name="imagine")
    )

    async def work() -> None:
        pending = PendingRequests()
        async with serving(database, pending=pending) as bot:
            request = pending.register(1, 2, context=context, timeout=0.01)
            assert await request.outcome is None
            query = "SELECT source, name, user_id, guild_id, channel_id, error_type, message FROM failures"
            told = ("generation", "imagine", "1", "3", "2", "TimedOut", "no sign of life within 0.01 s")
            assert await asyncio.to_thread(kept, bot.manager, query) == [told]

    run(work())


def test_the_server_of_whoever_waits_is_kept(database: Path) -> None:
    async def work() -> None:
        pending = PendingRequests()
        async with serving(database, pending=pending) as bot:
            told = (FIELDS["user_id"], FIELDS["channel_id"])
            pending.register(*told, request_id=FIELDS["request_id"], context=SimpleNamespace(guild_id=6), timeout=60)
            assert (await bot.post(form()))[0] == 200
            assert [row[:2] for row in await asyncio.to_thread(details, bot.manager)] == [("6", FIELDS["channel_id"])]

    run(work())
