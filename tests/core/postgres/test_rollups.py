"""Cells of a server's rows: the same answers, and no row that is not complete yet is taken for counted."""

from __future__ import annotations

from contextlib import closing
from math import inf
from zoneinfo import ZoneInfo

import pytest

from core.models import CommandUsage
from core.statistics.reports import command_report, image_report, summary, user_report
from core.statistics.rollups.cells import open_rollups
from core.statistics.rollups.upkeep import bring_up_to_date
from core.statistics.window import collect
from core.storage.database import open_for_writing
from core.storage.location import Location, locate
from core.storage.reader import open_for_reading, reading
from core.time_ranges import CHOICES, DAY, TimeRange, local_days, window
from tests.core.brute_force import same
from tests.core.postgres.conftest import Server
from tests.core.postgres.test_same_answers import NOW, ROWS, fill, rows

ZONE = ZoneInfo("Asia/Kathmandu")
INSERT = "INSERT INTO command_usage (id, command_name, user_id, timestamp, success) VALUES (%s, 'new', '1', %s, 1)"


@pytest.fixture
def location(server: Server) -> Location:
    server.run("postgres", "DROP DATABASE IF EXISTS rolled", "CREATE DATABASE rolled")
    url = server.url("rolled")
    open_for_writing(url).close()
    with closing(server.connect("rolled")) as connection:
        fill(connection, "%s", rows())
    return locate(url)


@pytest.mark.slow
def test_answers_are_those_of_the_rows(location: Location) -> None:
    end = local_days(1, NOW, ZONE).edges[-1]
    with closing(open_for_reading(location)) as reader:
        makers = (command_report, image_report, user_report)
        plain = [make(reader, local_days(100, NOW, ZONE)) for make in makers]
        whole = summary(reader, 0.0, end)
        bring_up_to_date(location, ZONE, now=NOW)
        assert open_rollups(reader, ZONE, (CommandUsage,)) is not None
        assert same([make(reader, local_days(100, NOW, ZONE)) for make in makers], plain)
        assert same(summary(reader, 0.0, end, ZONE), whole)
        for key in ("7d", "30d", "all"):
            shown = window(CHOICES[key], NOW, ZONE, TimeRange(NOW - 200 * DAY, NOW))
            ours, theirs = collect(reader, shown, NOW), collect(reader, shown, NOW, by_cells=False)
            assert (ours.cells, ours.previous) == (theirs.cells, theirs.previous)
    assert bring_up_to_date(location, ZONE, compare=True, now=NOW).corrected == 0


@pytest.mark.slow
def test_an_id_that_is_still_to_come_is_not_passed_over(location: Location, server: Server) -> None:
    with closing(server.connect("rolled")) as early, closing(server.connect("rolled")) as late:
        early.execute(INSERT, (100_001, NOW))
        late.execute(INSERT, (100_002, NOW))
        late.commit()
        bring_up_to_date(location, ZONE, now=NOW)
        with reading(location) as reader:
            rollups = open_rollups(reader, ZONE, (CommandUsage,))
            assert rollups is not None
            assert rollups.bound(CommandUsage) <= 100_000
        early.commit()
    with reading(location) as reader:
        assert summary(reader, 0.0, inf, ZONE)["total_commands"] == ROWS + 2
    bring_up_to_date(location, ZONE, now=NOW)
    with reading(location) as reader:
        rollups = open_rollups(reader, ZONE, (CommandUsage,))
        assert rollups is not None
        assert rollups.bound(CommandUsage) == 100_002
