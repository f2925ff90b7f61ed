"""Pictures that Discord will never take: told with their sizes, tried once, counted once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import discord
import pytest

from bot_integration.web.sender import DeliveryFailed, DeliveryRefused, send_final_image
from bot_integration.web.upload import Upload
from bot_integration.web_handlers import FinalImage, require_fits
from tests.bot_integration.web.posting import PNG, TOKEN, run, serving


class _Response:
    """What discord.py makes a fault of."""

    reason = "refused"

    def __init__(self, status: int) -> None:
        self.status = status


def refusal_by_discord(status: int, code: int) -> discord.HTTPException:
    response: Any = _Response(status)
    return discord.HTTPException(response, {"code": code, "message": "refused"})


@pytest.mark.expect_log
@pytest.mark.parametrize(
    ("status", "code", "answered", "worded"),
    [
        (413, 40005, 410, True),
        (400, 40005, 410, True),
        (403, 50001, 410, False),
        (404, 10003, 410, False),
        (401, 50027, 410, False),
        (429, 0, 502, False),
        (408, 0, 502, False),
        (500, 0, 502, False),
    ],
)
def test_delivery_that_discord_refuses_for_good_is_not_tried_again(
    status: int, code: int, answered: int, worded: bool, tmp_path: Path
) -> None:
    tried: list[str] = []

    async def deliver(image: FinalImage) -> None:
        tried.append(image.request_id)
        raise refusal_by_discord(status, code)

    async def work() -> None:
        async with serving(tmp_path / "analytics.db", deliver) as bot:
            image = FinalImage(data=PNG, user_id="1", channel_id="2")
            with pytest.raises(DeliveryFailed) as failed:
                await send_final_image(bot.url, TOKEN, image, attempts=2, first_pause=0.01)
            assert isinstance(failed.value, DeliveryRefused) is (answered == 410)
            assert len(tried) == (1 if answered == 410 else 2)
            assert ("0.0 MB" in failed.value.words) is worded
            assert len(await bot.rows()) == 1

    run(work())


@pytest.mark.expect_log
def test_the_words_of_what_can_not_be_delivered_reach_the_sender(tmp_path: Path) -> None:
    async def deliver(image: FinalImage) -> None:
        require_fits(image, len(PNG))
        require_fits(image, 3)

    async def work() -> None:
        async with serving(tmp_path / "analytics.db", deliver) as bot:
            for data in (PNG, _file(tmp_path, PNG)):
                with pytest.raises(DeliveryRefused) as refused:
                    await send_final_image(bot.url, TOKEN, FinalImage(data=data, user_id="1", channel_id="2"))
                assert refused.value.status == 410 and "Discord takes 0.0 MB here" in refused.value.words

    run(work())


def _file(folder: Path, data: bytes) -> Path:
    path = folder / "picture.png"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("size", [10, 2**21])
def test_a_picture_knows_its_size_wherever_it_lies(size: int, tmp_path: Path) -> None:
    async def work() -> None:
        upload = Upload(2**20)
        await upload.write(bytes(size))
        held = await upload.finish()
        for data in (bytes(size), _file(tmp_path, bytes(size)), held):
            assert FinalImage(data=data, user_id="1", channel_id="2").size == size
        await upload.close()

    run(work())
