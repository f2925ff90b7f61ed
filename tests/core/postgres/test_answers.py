"""The commands' answers, and the reset, on a server: the same numbers, asked from a process of its own."""

from __future__ import annotations

import time
from zoneinfo import ZoneInfo

from core.answers.breakdown import Question, breakdown
from core.answers.commands import command_answer
from core.answers.dimensions import dimension_named
from core.answers.files import csv_answer
from core.answers.images import image_answer
from core.answers.period import Period
from core.answers.reset import reset_answer
from core.answers.summary import summary_answer
from core.answers.users import user_answer
from core.manager import AnalyticsManager
from core.storage.location import locate
from core.tasks import finish
from core.text.typed_ranges import TypedRange
from core.time_ranges import CHOICES
from core.worker.process import WorkerProcess
from tests.core.postgres.conftest import Database


def test_answers_and_reset_on_a_server(database: Database) -> None:
    worker = WorkerProcess()
    with AnalyticsManager(database.url, timezone="Europe/Berlin") as manager:
        for number in range(8):
            manager.track_command("comfy", str(number % 3), execution_time=0.5, success=number != 3)
            manager.track_image_generation("1", "a fox", "1:1", ["a.safetensors"], 1, 8.0, is_video=number > 5)
        assert manager.flush(10)
        location, now = locate(database.url), time.time()
        asked = (location, "Europe/Berlin", Period(7), now)
        commands, images = worker.call(command_answer, *asked), worker.call(image_answer, *asked)
        people, everything = worker.call(user_answer, *asked), worker.call(summary_answer, location, "UTC", now, 1.0)
        rows = worker.call(csv_answer, *asked, "images", 1_000_000)
        with manager.resting():
            done = worker.call(reset_answer, location, now)
        left = manager.get_summary_stats()
    worker.close()
    assert (commands.commands, commands.failures, commands.execution.mean) == (8, 1, 0.5)
    assert (images.images, images.videos, images.loras) == (6, 2, (("a.safetensors", 8),))
    assert (people.users, people.new, people.top[0].total) == (3, 3, 11)
    assert (everything.commands, everything.failures, everything.images.mean) == (8, 1, 8.0)
    assert (rows.rows, done.backup) == (8, None)
    assert done.rows in (16, 17), "events, and the day's summary if it was quicker"
    assert "on a server" in done.words
    assert (left["total_commands"], left["total_images"]) == (0, 0)


def test_a_breakdown_on_a_server(database: Database) -> None:
    with AnalyticsManager(database.url, timezone="Europe/Berlin") as manager:
        for number in range(8):
            manager.track_command("comfy" if number % 4 else "redux", str(number % 3), success=number != 3)
            manager.track_image_generation("7", "a fox", "1:1", ["a.safetensors"], 1, 8.0, is_video=number > 5)
        assert manager.flush(10)
    asked = ("commands", "images"), (dimension_named("user"),), TypedRange(CHOICES["24h"]), ZoneInfo("UTC")
    found = finish(breakdown(locate(database.url), Question(*asked), time.time()))
    assert {group.names[0]: (group.values[0], group.values[1], group.values[4]) for group in found.groups} == {
        "0": (3, 1, 0),
        "1": (3, 0, 0),
        "2": (2, 0, 0),
        "7": (0, 0, 8),
    }
