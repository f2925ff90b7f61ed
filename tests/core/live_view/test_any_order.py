"""Whatever happens to the file in whatever order, a live view shows what is in it."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core import errors, live_view
from core.feed.snapshot import Condition, Snapshot
from core.live_view import LiveView
from core.storage.database import open_for_writing
from tests.core import deployed
from tests.core.deployed import Bot
from tests.core.feed.test_change_feed import back_up, run
from tests.core.live_views import ALL, ZONE, settle, totals
from tests.core.storage.test_database import ask
from tests.platforms import ON_WINDOWS

pytestmark = pytest.mark.slow


class AnyOrder(RuleBasedStateMachine):
    """Whatever is done to the file, and in whatever order: after a look the totals are those in the file."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(live_view, "REFRESH_SECONDS", 0.0)
        self.patch.setattr("core.feed.change_feed.LOCK_TIMEOUT", 0.01)
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "analytics.db"
        self.moment = time.time() - 1_000_000.0
        self.backups: list[tuple[Path, tuple[int, int]]] = []
        self.writer: sqlite3.Connection | None = None
        self.wal = False
        self.there = True
        self.latest: Snapshot | None = None

    @initialize(variant=st.sampled_from(sorted(deployed.SCHEMAS)), rows=st.integers(0, 9), wal=st.booleans())
    def begin(self, variant: str, rows: int, wal: bool) -> None:
        deployed.create(self.path, variant)
        self.truth = (0, 0)
        self.add(rows, rows // 2)
        if wal:
            self.switch()
        self.view = LiveView(self.path, ZONE, ALL)

    def teardown(self) -> None:
        if self.writer is not None:
            self.writer.close()
        if hasattr(self, "view"):
            self.view.close()
        shutil.rmtree(self.folder)
        self.patch.undo()

    def add(self, commands: int, images: int, path: Path | None = None) -> None:
        deployed.fill(path or self.path, commands, images, start=self.moment)
        self.moment += 50
        self.truth = (self.truth[0] + commands, self.truth[1] + images)

    def switch(self) -> None:
        run(self.path, "PRAGMA journal_mode = wal")
        self.wal = True

    @precondition(lambda self: self.there)
    @rule(commands=st.integers(0, 5), images=st.integers(0, 5))
    def rows_come(self, commands: int, images: int) -> None:
        self.add(commands, images)

    @precondition(lambda self: self.there)
    @rule(after=st.integers(0, 30))
    def reset(self, after: int) -> None:
        assert Bot(self.path).reset()
        self.truth = (0, 0)
        if after:
            self.add(after, after // 2)

    @precondition(lambda self: self.there)
    @rule(oldest=st.integers(1, 6))
    def old_rows_go(self, oldest: int) -> None:
        for table in ("command_usage", "image_stats"):
            run(self.path, f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} ORDER BY id LIMIT {oldest})")
        self.truth = (max(0, self.truth[0] - oldest), max(0, self.truth[1] - oldest))

    @precondition(lambda self: self.there and len(self.backups) < 4)
    @rule()
    def back_up(self) -> None:
        target = self.folder / f"backup{len(self.backups)}.db"
        back_up(self.path, target)
        self.backups.append((target, self.truth))

    @precondition(lambda self: self.there and self.backups)
    @rule(which=st.integers(0, 3), more=st.integers(0, 5))
    def restore(self, which: int, more: int) -> None:
        source, self.truth = self.backups[which % len(self.backups)]
        back_up(source, self.path)
        self.wal |= ask(self.path, "PRAGMA journal_mode") == [("wal",)]
        self.add(more, more)

    @precondition(lambda self: self.there and self.writer is None and not ON_WINDOWS)  # it moves no open file
    @rule(variant=st.sampled_from(sorted(deployed.SCHEMAS)), rows=st.integers(0, 9))
    def replace(self, variant: str, rows: int) -> None:
        other = deployed.create(self.folder / "other.db", variant)
        self.truth, self.wal = (0, 0), False
        self.add(rows, rows, other)
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        other.replace(self.path)

    @precondition(lambda self: self.there and self.writer is None and not ON_WINDOWS)  # it moves no open file
    @rule()
    def vanish(self) -> None:
        self.move(self.path, self.folder / "elsewhere.db")
        self.there = False

    @precondition(lambda self: not self.there)
    @rule()
    def come_back(self) -> None:
        self.move(self.folder / "elsewhere.db", self.path)
        self.there = True

    def move(self, source: Path, target: Path) -> None:
        for suffix in ("-shm", "-wal", ""):
            part = source.with_name(source.name + suffix)
            if part.exists():
                part.rename(target.with_name(target.name + suffix))

    @precondition(lambda self: self.there and self.writer is None)
    @rule()
    def vacuum(self) -> None:
        run(self.path, "VACUUM")

    @precondition(lambda self: self.there)
    @rule()
    def migrate(self) -> None:
        open_for_writing(self.path).close()
        self.wal = True

    @precondition(lambda self: self.there and self.writer is None)
    @rule()
    def a_writer_comes_to_stay(self) -> None:
        self.writer = sqlite3.connect(self.path)
        self.writer.execute("SELECT COUNT(*) FROM command_usage").fetchone()

    @precondition(lambda self: self.writer is not None)
    @rule()
    def the_writer_goes(self) -> None:
        assert self.writer is not None
        self.writer.close()
        self.writer = None

    @precondition(lambda self: self.there and not self.wal)
    @rule()
    def use_a_write_ahead_log(self) -> None:
        self.switch()

    @precondition(lambda self: self.there and not self.wal)
    @rule()
    def locked_for_a_while(self) -> None:
        self.look()
        with closing(sqlite3.connect(self.path)) as holder:
            holder.execute("BEGIN EXCLUSIVE")
            self.view.advance()
            assert isinstance(self.view.fault, errors.DatabaseLocked)

    @rule()
    def look(self) -> None:
        self.latest = settle(self.view) or self.latest
        if not self.there:
            assert isinstance(self.view.fault, errors.DatabaseMissing)
            return
        assert self.view.fault is None
        assert totals(self.latest) == self.truth
        assert self.latest is not None
        assert self.latest.condition is Condition.LIVE
        assert len(self.latest.events) == min(200, sum(self.truth))

    @invariant()
    def no_journal_of_ours(self) -> None:
        assert not self.path.with_name("analytics.db-journal").exists()


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=25,
    stateful_step_count=15,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),  # shrinking works on real files, and takes minutes
    suppress_health_check=list(HealthCheck),
)
