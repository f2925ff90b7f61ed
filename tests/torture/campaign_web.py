"""Strangers, and senders that went bad, against the web handlers; beside them a good sender goes on."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Final

from tests.torture.report import Figure
from tests.torture.web_attacks import QUICK, SLOW, Attack, Attempt, End, good_request
from tests.torture.web_server import PREFIX

ROOT: Final = Path(__file__).parents[2]
_AT_ONCE: Final = 24
"""Attackers that come one after the other; as many again hold their connections, eight times over."""

_TRIES_A_SECOND: Final = 4
_ATTEMPT_SECONDS: Final = 10.0
_HOLD_SECONDS: Final = 40.0
_GOOD_EVERY: Final = 0.1
_GOOD_TRIES: Final = 6
_QUIET_WITHIN: Final = 60.0


class WebServer:
    """The handlers in a process of their own, which measures itself."""

    def __init__(self, folder: Path, limits: dict[str, float]) -> None:
        command = [sys.executable, "-m", "tests.torture.web_server", str(folder), json.dumps(limits)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        ports = self._hear()
        self.doors = ((int(ports["own"]), ""), (int(ports["mounted"]), PREFIX))
        """Port and prefix of the handlers' own server, and of those that are mounted in another application."""

    def __enter__(self) -> WebServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if error is not None:
            self._process.kill()
        self.end()

    def measured(self, *, afresh: bool = False) -> dict[str, Any]:
        """What it has measured, since the start or since it was last told to begin ``afresh``."""
        assert self._process.stdin is not None
        self._process.stdin.write("begin\n" if afresh else "report\n")
        self._process.stdin.flush()
        return self._hear()

    def end(self) -> int:
        """Let it stop; its exit code."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        with self._process:
            return self._process.wait(60)

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        values: dict[str, Any] = json.loads(self._process.stdout.readline())
        return values


@dataclass
class Tally:
    """What was tried, and what was wrong in the answers."""

    tried: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    def note(self, name: str, attempt: Attempt, heard: bytes) -> None:
        """One attempt has ended; ``heard`` is the start of the answer."""
        self.tried[name] += 1
        status = heard[9:12].decode("ascii", "replace")
        self.statuses[status] += 1
        if status.startswith("5") or (status == "200" and not attempt.welcome):
            self.wrong[f"{name} {status}"] += 1


async def _attack(port: int, prefix: str, attack: Attack, random: Random, tally: Tally) -> None:
    attempt, heard = attack(random, prefix), bytearray()
    holds = _HOLD_SECONDS if attempt.end is End.HOLD else _ATTEMPT_SECONDS
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4_096)
    except OSError:
        return
    reading = asyncio.create_task(_hear(reader, heard, all_of_it=attempt.end is not End.HOLD))
    try:
        with suppress(ConnectionError):  # the server has heard enough, as it may
            async with asyncio.timeout(holds):
                await _say(writer, attempt, reading)
    except TimeoutError:
        pass
    finally:
        if attempt.end is End.RESET:
            _reset(writer)
        reading.cancel()
        writer.transport.abort()
        tally.note(attack.__name__, attempt, bytes(heard))
    await asyncio.wait((reading,))


async def _say(writer: asyncio.StreamWriter, attempt: Attempt, reading: asyncio.Task[None]) -> None:
    for chunk in attempt.said:
        writer.write(chunk)
        await writer.drain()
        if attempt.pause:
            await asyncio.wait((reading,), timeout=attempt.pause)
            if reading.done():
                return
    if attempt.end in (End.READ, End.HOLD):
        await asyncio.wait((reading,))


async def _hear(reader: asyncio.StreamReader, heard: bytearray, *, all_of_it: bool) -> None:
    """Read the start of the answer; then what follows, or, in no hurry, whether the server has closed."""
    with suppress(ConnectionError):
        heard += await reader.read(400)
        if all_of_it:
            return
        while not reader.at_eof():
            await asyncio.sleep(0.5)  # what is held here fills the buffers: the server's answers wait


def _reset(writer: asyncio.StreamWriter) -> None:
    found: socket.socket | None = writer.get_extra_info("socket")
    if found is not None:
        with suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Attackers:
    """Attack both doors until told to end."""

    def __init__(self, doors: Sequence[tuple[int, str]], seed: int, at_once: int) -> None:
        self.tally = Tally()
        self._doors = doors
        self._seed = seed
        self._at_once = at_once
        self._end = False

    def run(self, seconds: float, least: int) -> None:
        """Attack for so long, and until each kind was tried ``least`` times."""
        asyncio.run(self._run(seconds, least))

    async def _run(self, seconds: float, least: int) -> None:
        quick = [self._go_on(QUICK, number) for number in range(self._at_once)]
        slow = [self._go_on(SLOW, 1_000 + number) for number in range(self._at_once * 8)]
        tasks = [asyncio.create_task(each) for each in (*quick, *slow)]
        end = time.monotonic() + seconds
        while time.monotonic() < end or min(self.tally.tried[each.__name__] for each in QUICK) < least:
            await asyncio.sleep(0.1)
            for task in tasks:
                if task.done():
                    task.result()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    async def _go_on(self, attacks: Sequence[Attack], number: int) -> None:
        random = Random(self._seed * 10_000 + number)
        while True:
            for attack in random.sample(attacks, len(attacks)):
                await _attack(*random.choice(self._doors), attack, random, self.tally)
            await asyncio.sleep(0)


class GoodSender:
    """Posts a finished image every so often at each door, as the sender of a worker does: it tries again."""

    def __init__(self, doors: Sequence[tuple[int, str]]) -> None:
        self.took: list[float] = []
        """Seconds to the answer of each post, with the tries in vain before it."""
        self.tried_again = 0
        self.failed: list[str] = []
        self._doors = doors
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="good sender")

    def __enter__(self) -> GoodSender:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        number = 0
        while not self._ending.wait(_GOOD_EVERY):
            number += 1
            port, prefix = self._doors[number % 2]
            self.post(port, f"good-{number}", prefix)

    def post(self, port: int, request_id: str, prefix: str) -> None:
        """Post a picture, and try again where no answer comes."""
        request, began, reason = good_request(request_id, prefix), time.perf_counter(), ""
        for tries in range(_GOOD_TRIES):
            self.tried_again += tries > 0
            reason = _answer(port, request)
            if reason == "200":
                self.took.append(time.perf_counter() - began)
                return
        self.failed.append(reason)


def _answer(port: int, request: bytes) -> str:
    """The status that a whole request gets, or why there was none."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as speaking:
            speaking.sendall(request)
            return speaking.makefile("rb").readline()[9:12].decode("ascii", "replace")
    except OSError as error:
        return type(error).__name__


def _until_quiet(server: WebServer) -> dict[str, Any]:
    """What is measured once the attackers' connections are gone, or at the latest after so many seconds."""
    end = time.monotonic() + _QUIET_WITHIN
    while (found := server.measured())["descriptors"] > 0 and time.monotonic() < end:
        time.sleep(0.2)
    return found


def run(
    *, seconds: float, seed: int, least: int | None = None, at_once: int = _AT_ONCE, **limits: float
) -> list[Figure]:
    """Attack for so many seconds, and until each quick attack was tried ``least`` times (by default 4 a second)."""
    least = round(seconds * _TRIES_A_SECOND) if least is None else least
    with tempfile.TemporaryDirectory() as folder, WebServer(Path(folder), limits) as server:
        attackers, sender = Attackers(server.doors, seed, at_once), GoodSender(server.doors)
        for number, (port, prefix) in enumerate(server.doors):
            sender.post(port, f"first-{number}", prefix)
        server.measured(afresh=True)
        attackers.run(min(seconds / 10, 10.0), 1)  # what is made once is no growth
        _until_quiet(server)
        server.measured(afresh=True)
        with sender:
            attackers.run(seconds, least)
        during = server.measured()
        after = _until_quiet(server)
        code = server.end()
    _tell(attackers.tally, during)
    return [*_of_attacks(attackers.tally, code), *_of_good(sender, after), *_of_process(during, after)]


def _tell(tally: Tally, during: dict[str, Any]) -> None:
    print(f"  tried {dict(tally.tried)}\n  answers {dict(tally.statuses)}\n  wrong {dict(tally.wrong)}")
    print(f"  log {during['lines']}", *during["complaints"], sep="\n    ")


def _of_attacks(tally: Tally, code: int) -> list[Figure]:
    return [
        Figure("hostile requests", tally.tried.total()),
        Figure("kinds of them", len(tally.tried), at_least=len(QUICK) + len(SLOW)),
        Figure("answered with a fault of ours, or let in", tally.wrong.total(), at_most=0),
        Figure("exit code of the server", code, at_least=0, at_most=0),
    ]


def _of_good(sender: GoodSender, after: dict[str, Any]) -> list[Figure]:
    took = sorted(sender.took)
    return [
        Figure("good pictures", len(took), at_least=1),
        Figure("good pictures not taken", len(sender.failed), at_most=0),
        Figure("good pictures shown twice", after["shown_twice"], at_most=0),
        Figure("good posts tried again", sender.tried_again),
        Figure("a good picture, median", 1000 * took[len(took) // 2], "ms"),
        Figure("a good picture, p99", 1000 * took[int(len(took) * 0.99)], "ms", at_most=2_000),
        Figure("a good picture, slowest", 1000 * took[-1], "ms", at_most=10_000),
    ]


def _of_process(during: dict[str, Any], after: dict[str, Any]) -> list[Figure]:
    lines = during["lines"]
    return [
        Figure("the loop's hold-up, p99", 1000 * during["late_p99"], "ms", at_most=50),
        Figure("the loop's hold-up, longest", 1000 * during["latest"], "ms", at_most=250),
        Figure(
            "the loop's lateness where others have the processor, longest", 1000 * during["latest_with_others"], "ms"
        ),
        Figure("the loop's work between two beats, most", 1000 * during["busiest"], "ms", at_most=100),
        Figure("memory, most above the start", during["memory_peak"] / 2**20, "MiB", at_most=100),
        Figure("memory, left above the start", after["memory"] / 2**20, "MiB", at_most=32),
        Figure("descriptors, most above the start", during["descriptors_peak"]),
        Figure("descriptors, left above the start", after["descriptors"], at_most=0),
        Figure("lines in the log, ours", lines.get("bot_integration", 0) + lines.get("core", 0), at_most=1_000),
        Figure("lines in the log, asyncio's", lines.get("asyncio", 0), at_most=0),
        Figure("lines in the log, the other application's", lines.get("aiohttp", 0)),
    ]
