"""Writers that are killed: beside each other, a foreign program's locks, a read-only folder, a full disk."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from core.storage.location import locate
from core.tracking.records import command_record
from core.tracking.spool_places import spool_files
from core.tracking.tracker import Tracker
from tests.torture.kill_processes import MOST_EVENTS, Child, Heart, Ledger, fork

SETTLING: Final = 30.0


@dataclass(slots=True)
class Tally:
    """What was found so far."""

    kills: int = 0
    accepted: int = 0
    due: int = 0
    lost: int = 0
    doubled: int = 0
    half_done: int = 0
    untrue: int = 0
    left_behind: int = 0
    unsettled: int = 0
    slowest: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a round happens.

    Attributes:
        folder: the database's; home: the user's own data; template: a database to begin with.
        disk: tells whether the disk answered in time.
    """

    folder: Path
    home: Path
    template: Path
    disk: Heart

    @property
    def path(self) -> Path:
        """The database."""
        return self.folder / "analytics.db"

    def begin(self) -> None:
        """Empty the folders, and put the database there."""
        for each in (self.folder, self.home):
            shutil.rmtree(each, ignore_errors=True)
            each.mkdir(exist_ok=True)
            each.chmod(0o755)
        shutil.copy(self.template, self.path)


def write(path: Path, name: str, ledger: Ledger, seed: int) -> None:
    """A writer's whole life: until it is killed."""
    rng, tracker = random.Random(seed), Tracker(path, busy_timeout=0.02)
    threading.Thread(target=ledger.heart.beat, daemon=True).start()
    for number in range(MOST_EVENTS):
        tracker.track(command_record(f"{name}:{number}", 1))
        ledger.accept(time.monotonic())
        if rng.random() < 0.03 and tracker.flush(0.05):
            ledger.flush(number + 1)
        time.sleep(rng.choice((0.0, 0.0, 0.001, 0.01)))


def lock(path: Path, seed: int) -> None:
    """A foreign program that locks the file again and again, for up to half a second."""
    rng = random.Random(seed)
    while True:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=5)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(rng.uniform(0.01, 0.5))
            connection.execute("ROLLBACK")
        time.sleep(rng.uniform(0.0, 0.1))


def settle(path: Path) -> None:
    """The next start: a writer that brings in what waits."""
    with Tracker(path) as tracker:
        tracker.track(command_record("settle", 1))
        tracker.flush(SETTLING)
        while spool_files(locate(path)):
            time.sleep(0.005)


@dataclass(slots=True)
class Writers:
    """Some writers at work on a place, and what becomes of their events.

    Attributes:
        ledgers: what each says, by its name.
        children: the processes, in the same order.
    """

    place: Place
    ledgers: dict[str, Ledger]
    children: list[Child]

    @classmethod
    def start(cls, place: Place, number: int, rng: random.Random, *, nobody: bool = False) -> Writers:
        """So many writers."""
        ledgers = {f"w{each}": Ledger() for each in range(number)}
        works = [partial(write, place.path, name, ledger, rng.getrandbits(32)) for name, ledger in ledgers.items()]
        return cls(place, ledgers, [fork(place.home, work, nobody=nobody) for work in works])

    def kill(self, rng: random.Random, longest: float) -> int:
        """Kill all, in any order, at moments up to so many seconds from now; return how many were killed."""
        end, killed = time.monotonic() + longest, 0
        moments = sorted(rng.uniform(0.02, longest) for _ in self.children)
        for moment, child in zip(moments, rng.sample(self.children, len(self.children)), strict=True):
            time.sleep(max(0.0, end - longest + moment - time.monotonic()))
            killed += child.kill()
        return killed

    def judge(self, tally: Tally, *, losable: bool = False) -> None:
        """Look into the store: what was due is there, and nothing twice. ``losable``: a reset may have deleted it."""
        with closing(sqlite3.connect(self.place.path)) as connection:
            stored = Counter(dict(connection.execute("SELECT command_name, count(*) FROM command_usage GROUP BY 1")))
        for (name, ledger), child in zip(self.ledgers.items(), self.children, strict=True):
            accepted, due = ledger.due(child.killed, self.place.disk)
            tally.accepted += accepted
            tally.due += 0 if losable else due
            numbers = [stored[f"{name}:{number}"] for number in range(accepted + 1)]
            tally.lost += 0 if losable else sum(not there for there in numbers[:due])
            tally.doubled += sum(max(0, there - 1) for there in numbers)
            ledger.close()


def settled(place: Place, tally: Tally) -> None:
    """Let the next writer bring in what waits, and see that nothing is left behind."""
    began = time.monotonic()
    child = fork(place.home, partial(settle, place.path))
    if not child.wait(SETTLING) or not child.well:
        tally.unsettled += 1
    tally.slowest = max(tally.slowest, time.monotonic() - began)
    names = (each.name for folder in (place.folder, place.home) for each in folder.rglob("*"))
    tally.left_behind += sum(".spool-" in name or ".refused-" in name for name in names)


def side_by_side(place: Place, rng: random.Random, tally: Tally) -> None:
    """One to four writers."""
    place.begin()
    writers = Writers.start(place, rng.randint(1, 4), rng)
    tally.kills += writers.kill(rng, rng.uniform(0.1, 0.8))
    settled(place, tally)
    writers.judge(tally)


def beside_locks(place: Place, rng: random.Random, tally: Tally) -> None:
    """The same beside a program that locks the file again and again; it is killed, too."""
    place.begin()
    locker = fork(place.home, partial(lock, place.path, rng.getrandbits(32)))
    writers = Writers.start(place, rng.randint(1, 3), rng)
    tally.kills += writers.kill(rng, rng.uniform(0.3, 0.9))
    tally.kills += locker.kill()
    settled(place, tally)
    writers.judge(tally)


def killed_in_replay(place: Place, rng: random.Random, tally: Tally) -> None:
    """Events wait behind a long lock; those that bring them in are killed at it, again and again."""
    place.begin()
    with closing(sqlite3.connect(place.path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = wal")
    locker = fork(place.home, partial(_hold, place.path))
    writers = Writers.start(place, rng.randint(1, 3), rng)
    tally.kills += writers.kill(rng, rng.uniform(0.3, 0.8))
    tally.kills += locker.kill()
    for _ in range(rng.randint(1, 4)):
        replaying = fork(place.home, partial(settle, place.path))
        time.sleep(rng.uniform(0.0, 0.12))
        tally.kills += replaying.kill()
    settled(place, tally)
    writers.judge(tally)


def _hold(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=5)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        time.sleep(SETTLING)


def moved_away_and_back(place: Place, rng: random.Random, tally: Tally) -> None:
    """Somebody moves the file away and back again and again, within milliseconds, once the writers have it open."""
    place.begin()
    writers = Writers.start(place, rng.randint(1, 3), rng)
    away, give_up = place.path.with_name("away.db"), time.monotonic() + SETTLING
    while not all(ledger.flushed for ledger in writers.ledgers.values()) and time.monotonic() < give_up:
        time.sleep(0.005)
    for _ in range(rng.randint(1, 8)):
        time.sleep(rng.uniform(0.02, 0.15))
        place.path.rename(away)
        time.sleep(rng.uniform(0.0, 0.02))
        away.rename(place.path)
    tally.kills += writers.kill(rng, rng.uniform(0.1, 0.4))
    settled(place, tally)
    writers.judge(tally)


def in_a_read_only_folder(place: Place, rng: random.Random, tally: Tally) -> None:
    """Neither the file nor its folder may be written for a while."""
    place.begin()
    if os.geteuid() == 0:
        os.chown(place.home, 65534, 65534)
    place.path.chmod(0o444)
    place.folder.chmod(0o555)
    writers = Writers.start(place, rng.randint(1, 3), rng, nobody=True)
    tally.kills += writers.kill(rng, rng.uniform(0.3, 0.8))
    place.folder.chmod(0o755)
    place.path.chmod(0o644)
    settled(place, tally)
    writers.judge(tally)


def on_a_full_disk(disk: Path, place: Place, rng: random.Random, tally: Tally) -> None:
    """The disk of the database has no room for a while; the user's own data are on another."""
    here = Place(disk / "bot", place.home, place.template, place.disk)
    here.begin()
    ballast = disk / "ballast"
    _fill(ballast)
    writers = Writers.start(here, rng.randint(1, 2), rng)
    tally.kills += writers.kill(rng, rng.uniform(0.3, 0.8))
    ballast.unlink()
    settled(here, tally)
    writers.judge(tally)


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        for size in (65_536, 4_096, 1):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                continue


ROUNDS: Final[Sequence[Callable[[Place, random.Random, Tally], None]]] = (
    side_by_side,
    beside_locks,
    killed_in_replay,
    moved_away_and_back,
    in_a_read_only_folder,
)
