"""A PostgreSQL server that is cut, stopped, frozen and restarted under writers that are killed.

The promise: an event that was accepted more than 250 ms ago, or flushed, is there exactly once after the next writer
has replayed what was left, beside a frozen server, too.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import count, pairwise
from pathlib import Path

import psycopg

from core.storage.location import locate
from core.tracking.records import command_record
from core.tracking.spool_places import spool_files
from core.tracking.tracker import Tracker
from tests.core.postgres.conftest import PASSWORD_IN_URL, Server, free_port, make, programs_of_server
from tests.core.postgres.standby import Node
from tests.core.postgres.test_frozen import frozen
from tests.torture.cutting_proxy import ANSWER, QUESTION, Cut, CuttingProxy, cutting_proxy
from tests.torture.report import Figure

ROOT = Path(__file__).resolve().parents[2]
PROMISED = 0.25
WRITERS = 2
RATE = 150
NOBODY = "nobody"
"""The name of the events that only let a writer look for what was left behind."""

_SPACE = 0.02
_ENDING = 60.0


@dataclass
class Life:
    """A writer's process, and what became of it.

    Attributes:
        killed: the monotonic moment at which it was killed; None where it ended by itself.
    """

    name: str
    log: Path
    process: subprocess.Popen[bytes]
    killed: float | None = None

    def accepted(self) -> tuple[set[str], set[str]]:
        """The names of the events that must be there, and of all that were accepted."""
        moments: dict[int, float] = {}
        flushed = 0
        for line in self.log.read_text().splitlines():
            number, _, moment = line.partition(" ")
            if moment == "flushed":
                flushed = int(number)
            else:
                moments[int(number)] = float(moment)
        if self.killed is None:
            bound = float("inf")
        else:
            bound = self.killed - PROMISED - _starved([*moments.values()], self.killed)
        due = {f"{self.name}-{number}" for number, moment in moments.items() if moment <= bound or number <= flushed}
        return due, {f"{self.name}-{number}" for number in moments}


def _starved(moments: list[float], until: float) -> float:
    """The longest time at the end of its life that a writer got no processor: no promise of ours."""
    late = [moment for moment in moments if moment > until - 1.0]
    return max((after - before for before, after in pairwise([*late, until])), default=0.0) if late else 1.0


@dataclass
class Bench:
    """The server, the proxy before it, and the writers."""

    node: Node
    proxy: CuttingProxy
    folder: Path
    chance: random.Random
    lives: list[Life] = field(default_factory=list)
    running: list[Life] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    numbers: Iterator[int] = field(default_factory=count)

    @property
    def url(self) -> str:
        """The way through the proxy."""
        return f"postgresql://postgres:{PASSWORD_IN_URL}@127.0.0.1:{self.proxy.port}/postgres"

    def begin(self) -> None:
        """Start a writer."""
        name = f"w{next(self.numbers)}"
        log = self.folder / name
        command = [sys.executable, "-m", "tests.torture.tracking_process", self.url, str(log), name, str(RATE)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        life = Life(name, log, subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, **quiet))  # type: ignore[call-overload]
        self.lives.append(life)
        self.running.append(life)

    def kill(self) -> None:
        """Kill a writer that has begun to track, and start the next."""
        begun = [life for life in self.running if life.log.exists()]
        if not begun:
            return
        life = self.chance.choice(begun)
        life.killed = time.monotonic()
        life.process.kill()
        self._bury(life)
        self.done["kills"] += 1
        self.begin()

    def cut(self) -> None:
        """Cut a commit at some byte of its question or its answer."""
        answer = self.chance.random() < 0.7
        where = Cut(answer, self.chance.randrange((ANSWER if answer else QUESTION) + 1))
        self.done["cuts"] += self.proxy.cut(where, 0.6)

    def terminate(self) -> None:
        """End the server's side of every session of the writers."""
        ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'botpulse'"
        self.node.run("postgres", ending)
        self.done["terminations"] += 1

    def restart(self) -> None:
        """What pg_ctl -m immediate restart does: the server recovers as after a crash."""
        self.node.end(signal.SIGQUIT)
        time.sleep(self.chance.choice((0.0, 0.3)))
        self.node.start()
        self.done["restarts"] += 1

    def freeze(self) -> None:
        """Let the server stand still for a while; now and then a writer is killed meanwhile."""
        with frozen(self.node.process.pid):
            time.sleep(self.chance.choice((0.2, 1.0, 3.5)))
            if self.chance.random() < 0.5:
                self.kill()
        self.done["freezes"] += 1

    def finish(self) -> None:
        """Let the writers end by themselves, and another one replay what was left behind."""
        for life in [*self.running]:
            assert life.process.stdin is not None
            life.process.stdin.close()
            life.process.wait(_ENDING)
            self._bury(life)
        until = time.monotonic() + _ENDING
        while spool_files(locate(self.url)) and time.monotonic() < until:
            with Tracker(self.url) as tracker:
                tracker.track(command_record(NOBODY, 1))
                tracker.flush(5.0)
                time.sleep(0.2)

    def _bury(self, life: Life) -> None:
        life.process.wait(20)
        if life.process.stdin is not None:
            life.process.stdin.close()
        self.running.remove(life)


def run(seconds: float, seed: int) -> list[Figure]:
    """Disturb the server and its writers for so long; then count."""
    if programs_of_server() is None:
        return [Figure("no PostgreSQL server is installed: nothing was tried", 0, at_least=1)]
    with _bench(seed) as bench:
        kinds = _deck(bench)
        until = time.monotonic() + seconds
        for _ in range(WRITERS):
            bench.begin()
        while time.monotonic() < until:
            bench.chance.choice(kinds)()
            time.sleep(bench.chance.random() * _SPACE)
        bench.finish()
        return _figures(bench, at_least=seconds)


def _deck(bench: Bench) -> list[Callable[[], None]]:
    weights = ((bench.cut, 14), (bench.kill, 6), (bench.terminate, 4), (bench.restart, 1), (bench.freeze, 1))
    return [kind for kind, weight in weights for _ in range(weight)]


def _figures(bench: Bench, at_least: float) -> list[Figure]:
    stored = _stored(bench.node)
    due, accepted = (set[str]().union(*each) for each in zip(*(life.accepted() for life in bench.lives), strict=True))
    doubled = sum(number - 1 for number in stored.values())
    strangers = stored.keys() - accepted - {NOBODY}
    return [
        *(Figure(kind, bench.done[kind]) for kind in ("cuts", "kills", "terminations", "restarts", "freezes")),
        Figure("cuts, kills and the like in all", bench.done.total(), at_least=at_least),
        Figure("events accepted", len(accepted), at_least=at_least * 20),
        Figure("events that must be there and are lost", len(due - stored.keys()), at_most=0),
        Figure("events written twice", doubled - max(0, stored[NOBODY] - 1), at_most=0),
        Figure("events within the last 250 ms of a killed writer that are not there", len(accepted - stored.keys())),
        Figure("events accepted and killed before they were written down", len(strangers)),
        Figure("spools left", len(spool_files(locate(bench.url))), at_most=0),
        Figure("notes left", _notes(bench.node)),
    ]


def _stored(node: Server) -> Counter[str]:
    with closing(psycopg.connect(node.url("postgres"))) as connection:
        query = "SELECT command_name, count(*) FROM command_usage GROUP BY 1"
        return Counter(dict(connection.execute(query).fetchall()))


def _notes(node: Node) -> int:
    return int(node.value("SELECT count(*) FROM botpulse_spool"))


@contextmanager
def _bench(seed: int) -> Iterator[Bench]:
    """A server of its own, and a home of its own for the spools."""
    programs = programs_of_server()
    assert programs is not None
    with ExitStack() as stack:
        home, folder = (Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="botpulse-"))) for _ in range(2))
        stack.enter_context(_home(home))
        make(programs, folder)
        node = Node(free_port(), folder, programs)
        stack.callback(node.end)
        node.start()
        proxy = stack.enter_context(cutting_proxy(node.port))
        bench = Bench(node, proxy, home, random.Random(seed))
        stack.callback(_kill_all, bench)
        yield bench


def _kill_all(bench: Bench) -> None:
    for life in [*bench.running]:
        life.process.kill()
        bench._bury(life)


@contextmanager
def _home(place: Path) -> Iterator[None]:
    before = os.environ.get("XDG_DATA_HOME")
    os.environ["XDG_DATA_HOME"] = str(place / "data")
    try:
        yield
    finally:
        if before is None:
            del os.environ["XDG_DATA_HOME"]
        else:
            os.environ["XDG_DATA_HOME"] = before
