"""What the answers of the analytics commands show, and what the database says that they should."""

from __future__ import annotations

import re
import time

from core.time_ranges import local_days
from tests.bot_integration.loopback import Posted, Reply
from tests.bot_integration.studio import PICTURE_SIZE, ZONE, Studio, png_size
from tests.core import brute_force

DETAILED = ("command_stats", "image_stats", "user_stats")
"""The commands for managers that show a page of figures and a chart."""


def since(days: int, back: int = 0) -> tuple[float, float]:
    """The span of a period."""
    edges = local_days(days * (back + 1), time.time(), ZONE).edges
    return edges[0], edges[days]


def stored(place: Studio, days: int, back: int = 0) -> brute_force.Stored:
    """The rows of a period, counted plainly."""
    assert place.manager.flush(10) and place.manager.location.path is not None
    return brute_force.span(brute_force.read(place.manager.location.path), *since(days, back))


def words(reply: Reply | Posted) -> str:
    """All that an embed says."""
    (embed,) = reply.embeds
    parts = [embed.get("title", ""), embed.get("description", ""), embed.get("footer", {}).get("text", "")]
    return "\n".join([*parts, *(f"{field['name']}\n{field['value']}" for field in embed.get("fields", []))])


def first_number(text: str) -> int:
    """The first bold number."""
    found = re.search(r"\*\*([\d,]+)", text)
    assert found, text
    return int(found[1].replace(",", ""))


def check_private(reply: Reply) -> None:
    """What holds for every answer."""
    assert reply.deferred and reply.ephemeral and reply.error is None
    assert reply.acknowledged_after < 1.0
    assert reply.message is not None and reply.message.allowed_mentions == {"parse": []}


def check_picture(reply: Reply | Posted) -> None:
    """The chart is attached, is a picture of the expected size, and the embed shows it."""
    assert list(reply.files) == ["chart.png"]
    assert png_size(reply.files["chart.png"]) == PICTURE_SIZE
    assert reply.embeds[0]["image"]["url"].endswith("chart.png")
