from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core import errors, live
from core.database import open_for_writing
from core.filters import Filter
from core.live import LiveView, take_snapshot
from core.periods import CHOICES, TimeRange
from core.snapshot import Condition, Snapshot
from tests.core import deployed
from tests.core.deployed import Bot
from tests.core.test_database import ask
from tests.core.test_feed import back_up, run

ZONE = ZoneInfo("Europe/Berlin")
ALL = CHOICES["all"]
PATIENCE = 30.0


@pytest.fixture(autouse=True)
def _no_folding_of_bursts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every change is shown at once: what is folded in between is the monitor's own test."""
    monkeypatch.setattr(live, "REFRESH_SECONDS", 0.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return deployed.create(tmp_path / "analytics.db", "seed")


@pytest.fixture
def open_view() -> Iterator[Callable[..., LiveView]]:
    views: list[LiveView] = []

    def make(path: Path, **options: object) -> LiveView:
        views.append(LiveView(path, ZONE, **{"choice": ALL} | options))  # type: ignore[arg-type]
        return views[-1]

    yield make
    for view in views:
        view.close()


def settle(view: LiveView) -> Snapshot | None:
    """Go on until history is loaded and nothing more is new; the last snapshot there was."""
    latest = None
    for _ in range(10_000):
        snapshot = view.advance()
        latest = snapshot or latest
        if snapshot is None and not view.loading:
            return latest
    raise AssertionError("it never comes to rest")


def totals(snapshot: Snapshot | None) -> tuple[int, int]:
    assert snapshot is not None
    return snapshot.content.totals.commands, snapshot.content.totals.images


def test_from_missing_to_live(tmp_path: Path, open_view: Callable[..., LiveView]) -> None:
    path = tmp_path / "analytics.db"
    view = open_view(path)
    assert view.advance() is None
    assert isinstance(view.fault, errors.DatabaseMissing)
    deployed.create(path)
    deployed.fill(path, commands=5, images=7)
    snapshot = settle(view)
    assert totals(snapshot) == (5, 7)
    assert snapshot is not None
    assert snapshot.condition is Condition.LIVE
    assert snapshot.fault is None
    assert len(snapshot.events) == 12
    assert snapshot.source.rows == {"command_usage": 5, "image_stats": 7, "user_activity": 0}
    assert snapshot.source.journal_mode == "rollback"
    assert snapshot.source.octets == path.stat().st_size


def test_nothing_new_shows_nothing(path: Path, open_view: Callable[..., LiveView]) -> None:
    view = open_view(path)
    settle(view)
    assert view.advance() is None


def test_rows_events_and_the_bot_last_seen(path: Path, open_view: Callable[..., LiveView]) -> None:
    deployed.fill(path, commands=3, start=time.time() - 3600)
    view = open_view(path)
    settle(view)
    moment = time.time()
    Bot(path).track_command("redux", at=moment)
    Bot(path).track_image(prompt="two foxes", at=moment - 1)
    snapshot = settle(view)
    assert totals(snapshot) == (4, 1)
    assert snapshot is not None
    assert [(e.title, e.detail) for e in snapshot.events[:2]] == [("redux", ""), ("image", "two foxes")]
    assert snapshot.last_seen == moment


def test_every_event_is_listed_once(path: Path, open_view: Callable[..., LiveView]) -> None:
    """Whatever comes in between measuring the file, choosing a range and loading."""
    view = open_view(path)
    bot = Bot(path)
    for i in range(40):
        bot.track_command(str(i))
        if i % 7 == 0:
            view.choose(CHOICES["24h"] if i % 2 else ALL)
        view.advance()
    snapshot = settle(view)
    view.choose(CHOICES["24h"])
    bot.track_command("40")
    snapshot = settle(view)
    assert snapshot is not None
    assert sorted(int(event.title) for event in snapshot.events) == list(range(41))
    assert totals(snapshot) == (41, 0)


def test_rows_that_come_while_it_opens_are_listed_once(
    path: Path, open_view: Callable[..., LiveView], monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed.fill(path, commands=3)
    measured = live.Feed.look

    def look_and_be_late(feed: live.Feed) -> live.Look:
        look = measured(feed)
        Bot(path).track_command()
        return look

    view = open_view(path)
    monkeypatch.setattr(live.Feed, "look", look_and_be_late)
    view.advance()
    monkeypatch.setattr(live.Feed, "look", measured)
    snapshot = settle(view)
    assert snapshot is not None
    assert sorted(event.id for event in snapshot.events) == [1, 2, 3, 4]
    assert totals(snapshot) == (4, 0)


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_following_a_writer_in_another_process(path: Path, open_view: Callable[..., LiveView], mode: str) -> None:
    run(path, f"PRAGMA journal_mode = {mode}")
    deployed.fill(path, commands=2_000, images=2_000)
    view = open_view(path)
    seen = []
    with writing(path, rows_per_second=100, seconds=1) as process:
        while process.poll() is None:
            snapshot = view.advance()
            if snapshot is not None and not view.loading:
                seen.append(totals(snapshot)[0])
        lines = process.stdout.read().splitlines() if process.stdout else []
    settle(view)
    last = take_snapshot(path, ZONE, ALL)
    written = sum(line.startswith("ok") for line in lines)
    assert written == 100
    assert totals(last) == (2_100, 2_000)
    assert seen == sorted(seen)
    assert len(set(seen)) > 2
    view.choose(CHOICES["24h"])
    assert totals(settle(view))[0] == 2_100


def writing(path: Path, rows_per_second: float, seconds: float) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        deployed.__file__,
        str(path),
        "--rows-per-second",
        str(rows_per_second),
        "--seconds",
        str(seconds),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_beside_the_deployed_bot_in_rollback_mode(path: Path, open_view: Callable[..., LiveView]) -> None:
    """It knows nothing of us, waits five seconds for a lock, and then forgets the event."""
    deployed.fill(path, commands=60_000, images=40_000, step=60)
    with writing(path, rows_per_second=200, seconds=60) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        view = open_view(path)
        began = time.monotonic()
        loads = 0
        while time.monotonic() < began + 2:
            view.advance()
            if not view.loading:
                loads += 1
                view.choose(ALL if loads % 2 else CHOICES["90d"])
        process.terminate()
        lines = [first, *process.stdout.read().splitlines()]
    written = [float(line.split()[1]) for line in lines if line.startswith("ok")]
    assert len(written) == len(lines), [line for line in lines if not line.startswith("ok")]
    assert loads >= 1
    print(f"{len(written)} commits beside {loads} loads, the slowest took {max(written):.0f} ms")
    assert max(written) < 2_000
    view.choose(ALL)
    assert totals(settle(view)) == (60_000 + len(written), 40_000)


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_nothing_is_held_between_calls(
    path: Path, open_view: Callable[..., LiveView], mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LOADING_SECONDS", 0.0)
    run(path, f"PRAGMA journal_mode = {mode}")
    deployed.fill(path, commands=30_000, images=30_000)
    view = open_view(path)
    calls = 0
    with closing(sqlite3.connect(path, timeout=0)) as other:
        other.execute("UPDATE daily_stats SET total_images = 0")
        other.commit()
        while calls < 3 or view.loading:
            view.advance()
            calls += 1
            other.execute("BEGIN EXCLUSIVE")
            other.execute("INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'x', 1.8e9)")
            other.commit()
            if mode == "wal":
                assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
    assert calls > 3


def test_another_range(path: Path, open_view: Callable[..., LiveView]) -> None:
    now = time.time()
    deployed.fill(path, commands=1, start=now - 86_400 * 40)
    deployed.fill(path, commands=2, start=now - 86_400 * 3)
    deployed.fill(path, commands=4, start=now - 120)
    view = open_view(path)
    assert totals(settle(view)) == (7, 0)
    for key, expected in (("1h", 4), ("7d", 6), ("90d", 7), ("all", 7)):
        view.choose(CHOICES[key])
        assert totals(settle(view)) == (expected, 0), key
    view.choose(CHOICES["custom"], TimeRange(now - 86_400 * 41, now - 86_400))
    assert totals(settle(view)) == (3, 0)


def test_some_rows_only(path: Path, open_view: Callable[..., LiveView]) -> None:
    deployed.fill(path, commands=40, images=40)
    view = open_view(path)
    settle(view)
    view.filter_by(Filter.of(command="redux"))
    assert totals(settle(view)) == (10, 0)
    Bot(path).track_command("redux")
    Bot(path).track_command("comfy")
    assert totals(settle(view)) == (11, 0)


def test_reset_is_seen_and_remembered(path: Path, open_view: Callable[..., LiveView]) -> None:
    deployed.fill(path, commands=10, images=10)
    view = open_view(path)
    settle(view)
    before = time.time()
    Bot(path).reset()
    Bot(path).track_command("first")
    snapshot = settle(view)
    assert totals(snapshot) == (1, 0)
    assert snapshot is not None
    assert [event.title for event in snapshot.events] == ["first"]
    assert len(snapshot.resets) == 1
    assert before <= snapshot.resets[0] <= time.time()


def test_gone_and_back(path: Path, open_view: Callable[..., LiveView], tmp_path: Path) -> None:
    deployed.fill(path, commands=10)
    view = open_view(path)
    settle(view)
    path.rename(tmp_path / "elsewhere.db")
    snapshot = settle(view)
    assert snapshot is not None
    assert snapshot.condition is Condition.GONE
    assert isinstance(snapshot.fault, errors.DatabaseMissing)
    assert totals(snapshot) == (10, 0)
    (tmp_path / "elsewhere.db").rename(path)
    snapshot = settle(view)
    assert snapshot is not None
    assert (snapshot.condition, snapshot.fault) == (Condition.LIVE, None)


def test_locked_and_unlocked(path: Path, open_view: Callable[..., LiveView]) -> None:
    deployed.fill(path, commands=10)
    view = open_view(path)
    settle(view)
    with closing(sqlite3.connect(path)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        snapshot = view.advance()
        assert snapshot is not None
        assert snapshot.condition is Condition.LOCKED
        assert totals(snapshot) == (10, 0)
    snapshot = settle(view)
    assert snapshot is not None
    assert snapshot.condition is Condition.LIVE


def test_damaged_while_it_loads(path: Path, open_view: Callable[..., LiveView]) -> None:
    deployed.fill(path, commands=5_000)
    with path.open("r+b") as file:
        file.seek(4096 * 8)
        file.write(b"\xa5" * 4096 * 20)
    view = open_view(path)
    view.advance()
    assert isinstance(view.fault, errors.DatabaseCorrupt)
    with pytest.raises(errors.DatabaseCorrupt):
        take_snapshot(path, ZONE, ALL)


@pytest.mark.parametrize("happening", ["migrated", "vacuumed", "a log appears"])
def test_history_goes_on_loading_over_a_connection_that_is_opened_again(
    path: Path, open_view: Callable[..., LiveView], happening: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LOADING_SECONDS", 0.0)
    deployed.fill(path, commands=20_000, images=20_000)
    if happening == "a log appears":
        run(path, "PRAGMA journal_mode = wal")
    view = open_view(path)
    view.advance()
    assert view.loading
    connection = sqlite3.connect(path)
    if happening == "migrated":
        for statement in deployed.APPENDED:
            connection.execute(statement)
    elif happening == "vacuumed":
        connection.execute("VACUUM")
    else:
        connection.execute("UPDATE image_stats SET generation_time = 1 WHERE id = 20000")
    connection.commit()
    snapshot = settle(view)
    connection.close()
    assert view.fault is None
    assert totals(snapshot) == (20_000, 20_000)
    assert snapshot is not None
    assert snapshot.source.journal_mode == ("WAL" if happening == "a log appears" else "rollback")


def test_reload_reads_what_no_look_can_find_out(path: Path, open_view: Callable[..., LiveView]) -> None:
    """A row removed from the middle leaves the ends of its table as they were."""
    deployed.fill(path, commands=10)
    view = open_view(path)
    settle(view)
    run(path, "DELETE FROM command_usage WHERE id = 5")
    view.reload()
    assert totals(settle(view)) == (9, 0)


def test_take_snapshot_of_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(errors.DatabaseMissing):
        take_snapshot(tmp_path / "none.db", ZONE)


class AnyOrder(RuleBasedStateMachine):
    """Whatever is done to the file, and in whatever order: after a look the totals are those in the file."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(live, "REFRESH_SECONDS", 0.0)
        self.patch.setattr("core.feed.PATIENCE", 0.01)
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

    @precondition(lambda self: self.there and self.writer is None)
    @rule(variant=st.sampled_from(sorted(deployed.SCHEMAS)), rows=st.integers(0, 9))
    def replace(self, variant: str, rows: int) -> None:
        other = deployed.create(self.folder / "other.db", variant)
        self.truth, self.wal = (0, 0), False
        self.add(rows, rows, other)
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        other.replace(self.path)

    @precondition(lambda self: self.there and self.writer is None)
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


def test_a_lock_that_comes_in_the_middle_of_a_read_leaves_the_numbers_standing(
    path: Path, open_view: Callable[..., LiveView], monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = Bot(path)
    bot.track_command("comfy", "1")
    view = open_view(path)
    settle(view)
    bot.track_command("comfy", "1")
    read = live.newest_events
    with closing(sqlite3.connect(path, isolation_level=None)) as other:

        def interrupted(*arguments: object) -> object:
            other.execute("BEGIN EXCLUSIVE")
            return read(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(live, "newest_events", interrupted)
        locked = view.advance()
        monkeypatch.setattr(live, "newest_events", read)
        other.execute("ROLLBACK")
    assert locked is not None and locked.condition is Condition.LOCKED
    assert isinstance(view.fault, errors.DatabaseLocked)
    assert view.has_data
    again = settle(view)
    assert again is not None and again.condition is Condition.LIVE
    assert again.content.totals.commands == 2
    assert len(again.events) == 2
