"""What is counted once into cells equals what every row says, whatever happens to the rows in between."""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.filters import EVERYTHING, Filter
from core.maintenance import plain_reset
from core.models import CommandUsage
from core.statistics import reports
from core.statistics.counting import ACTIVITY, COMMANDS, COUNTERS, RowCounter
from core.statistics.image_counting import IMAGE_DETAILS, IMAGES_AND_LORAS
from core.statistics.people_counting import COMMAND_USERS, IMAGE_USERS
from core.statistics.rollups.cells import open_rollups
from core.statistics.rollups.upkeep import bring_up_to_date
from core.statistics.server_counting import SERVER_COMMANDS, SERVER_IMAGES
from core.statistics.window import collect
from core.storage.database import writing
from core.storage.location import locate
from core.storage.reader import Reader, reading
from core.time_ranges import CHOICES, DAY, HOUR, TimeRange, local_days, window
from tests.core import brute_force
from tests.core.rows import BOT, OURS, SEED, create, insert, lots, quick, times_around

ZONES = tuple(
    map(ZoneInfo, ("UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/Havana", "Asia/Beirut"))
)
TABLES = ("command_usage", "image_stats", "user_activity")
CHANGES = (
    datetime(2025, 3, 30, 12, tzinfo=UTC).timestamp(),
    datetime(2025, 4, 5, 20, tzinfo=UTC).timestamp(),
    datetime(2025, 10, 26, 3, tzinfo=UTC).timestamp(),
    datetime(2025, 11, 2, 9, tzinfo=UTC).timestamp(),
)
Counters = tuple[RowCounter, ...]
COUNTED: tuple[Counters, ...] = (
    COUNTERS,
    COUNTERS,
    (COMMANDS, IMAGES_AND_LORAS, ACTIVITY),
    (IMAGE_DETAILS,),
    (COMMAND_USERS, IMAGE_USERS),
    (SERVER_COMMANDS, SERVER_IMAGES, ACTIVITY),
)
FILTERS = (EVERYTHING, EVERYTHING, EVERYTHING, Filter.of(user="111111111111111111"), Filter.of(outcome="failed"))


def alter(path: Path, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


def ids_of(path: Path, table: str) -> list[int]:
    with closing(sqlite3.connect(path)) as connection:
        return [row_id for (row_id,) in connection.execute(f"SELECT id FROM {table} ORDER BY id")]


def is_rolled(reader: Reader, zone: ZoneInfo) -> bool:
    return open_rollups(reader, zone, [CommandUsage]) is not None


class Host(RuleBasedStateMachine):
    """A host's file, what happens to it, and the questions that are asked of it."""

    @initialize(
        zone=st.sampled_from(ZONES), now=st.sampled_from(CHANGES), schema=st.sampled_from((OURS, OURS, BOT, SEED))
    )
    def begin(self, zone: ZoneInfo, now: float, schema: Any) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="botpulse-"))
        self.path, self.zone, self.now, self.schema = self.folder / "analytics.db", zone, now, schema
        create(self.path, schema)
        self.doubtful = False
        """Whether a row was altered of which nobody was told."""

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    @rule(data=st.data(), ahead=st.sampled_from((0.0, 0.0, 0.0, 3 * DAY)))
    def rows_come_in(self, data: st.DataObject, ahead: float) -> None:
        lot = data.draw(lots(times_around(self.now + ahead), most=40, disorder=None))
        insert(self.path, lot, self.schema)

    @rule(step=st.sampled_from((600.0, 5 * HOUR, DAY, 40 * DAY, -3 * HOUR)))
    def clock_goes_on(self, step: float) -> None:
        self.now += step

    def upkeep(self) -> None:
        bring_up_to_date(locate(self.path), self.zone, compare=self.doubtful, own=True, now=self.now)
        self.doubtful = False

    @rule(table=st.sampled_from(TABLES), seed=st.integers(0, 9))
    def rows_are_deleted_by_hand(self, table: str, seed: int) -> None:
        known = ids_of(self.path, table)
        for row_id in random.Random(seed).sample(known, min(len(known), seed)):
            alter(self.path, f"DELETE FROM {table} WHERE id = ?", row_id)

    @rule(table=st.sampled_from(TABLES), seed=st.integers(1, 9), when=st.sampled_from((-DAY, -40 * DAY, None)))
    def rows_are_altered_by_hand(self, table: str, seed: int, when: float | None) -> None:
        known = ids_of(self.path, table)
        for row_id in random.Random(seed).sample(known, min(len(known), seed)):
            moment = "yesterday" if when is None else self.now + when
            alter(self.path, f"UPDATE {table} SET timestamp = ?, user_id = '7' WHERE id = ?", moment, row_id)
            self.doubtful = True

    @rule()
    def statistics_are_reset(self) -> None:
        with writing(self.path) as database:
            plain_reset.reset(database)

    @rule()
    def backup_is_taken(self) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            (self.folder / "backup.db").unlink(missing_ok=True)
            connection.execute("VACUUM INTO ?", (str(self.folder / "backup.db"),))

    @precondition(lambda self: (self.folder / "backup.db").exists())
    @rule()
    def backup_takes_its_place(self) -> None:
        for suffix in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                self.path.with_name(self.path.name + suffix).unlink()
        shutil.copy(self.folder / "backup.db", self.path)
        self.doubtful = True

    @rule(
        kept=st.sampled_from((True, True, False)),
        behind=st.sampled_from((0, 0, 8)),
        data=st.data(),
        days=st.sampled_from((1, 7, 30, 100)),
        key=st.sampled_from(("24h", "7d", "30d", "90d", "all", "last_month", "custom", "custom", "custom")),
        reach=st.sampled_from((1_500.0, 3 * DAY + 77.0, 30 * DAY + 0.5, 40 * DAY + 0.5, 200 * DAY + 0.5)),
        chosen=st.sampled_from(FILTERS),
        counters=st.sampled_from(COUNTED),
    )
    def everything_is_asked_for(
        self,
        kept: bool,
        behind: int,
        data: st.DataObject,
        days: int,
        key: str,
        reach: float,
        chosen: Filter,
        counters: Counters,
    ) -> None:
        if kept or self.doubtful:
            self.upkeep()
        if behind:
            lot = data.draw(lots(times_around(self.now), most=behind, disorder=None))
            insert(self.path, lot, self.schema)
        rows = brute_force.read(self.path)
        shown = window(CHOICES[key], self.now, self.zone, TimeRange(self.now - reach, self.now))
        later = window(CHOICES[key], self.now + 5 * DAY, self.zone, TimeRange(self.now - reach, self.now))
        with reading(self.path, own=True) as reader:
            self.compare_reports(reader, rows, days)
            self.compare_summary(reader, rows)
            found = collect(reader, shown, self.now, chosen, counters)
            plain = collect(reader, shown, self.now, chosen, counters, by_cells=False)
        assert found.cells == plain.cells
        assert (found.whole, found.previous) == (plain.whole, plain.previous)
        assert found.move_to(later, self.now + 5 * DAY) == plain.move_to(later, self.now + 5 * DAY)
        assert found.cells == plain.cells
        assert (found.whole, found.previous) == (plain.whole, plain.previous)

    def compare_reports(self, reader: Reader, rows: brute_force.Stored, days: int) -> None:
        buckets = local_days(days, self.now, self.zone)
        makers = (reports.command_report, reports.image_report, reports.user_report)
        wanted = (brute_force.command_stats, brute_force.image_stats, brute_force.user_stats)
        for make, count in zip(makers, wanted, strict=True):
            assert brute_force.same(make(reader, buckets), count(rows, days, self.now, self.zone))

    def compare_summary(self, reader: Reader, rows: brute_force.Stored) -> None:
        end = local_days(1, self.now, self.zone).edges[-1]
        found = reports.summary(reader, 0.0, end, self.zone)
        del found["uptime"]
        assert brute_force.same(found, brute_force.summary_stats(brute_force.until(rows, end)))


@pytest.mark.slow
def test_cells_equal_brute_force_whatever_happens() -> None:
    run_state_machine_as_test(Host, settings=quick(40))
