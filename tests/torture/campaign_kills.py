"""Kills: writers and deeds of maintenance on SQLite, each ended by SIGKILL at a random moment.

An event that was accepted more than 250 ms before the kill, or flushed, is there exactly once when the next writer has
brought in what waits. A deed is wholly done or not at all, and its notes say what is so.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.core import deployed
from tests.torture.kill_deeds import DEEDS, MANY, Prepared, killed
from tests.torture.kill_processes import Heart, beat_by_disk, disk_heart, fork
from tests.torture.kill_writers import ROUNDS, Place, Tally, on_a_full_disk
from tests.torture.report import Figure

Round = Callable[[random.Random, Tally], None]


def run(seconds: float, seed: int) -> list[Figure]:
    """Kill for so many seconds."""
    if not hasattr(os, "fork"):
        print("kills: left out, as they need fork and SIGKILL")
        return []
    rng, tally, began = random.Random(seed), Tally(), time.monotonic()
    with _work() as work, _small_disk(work) as disk:
        heart = disk_heart()
        beating = fork(work / "home", partial(beat_by_disk, heart, work))
        try:
            rounds = [*_rounds(work, disk, heart)]
            began = time.monotonic()
            _until(began + seconds, rounds, rng, tally)
        finally:
            beating.kill()
    return _figures(tally, time.monotonic() - began)


def _until(end: float, rounds: list[Round], rng: random.Random, tally: Tally) -> None:
    while time.monotonic() < end:
        for each in rng.sample(rounds, len(rounds)):
            if time.monotonic() < end:
                each(rng, tally)


def _figures(tally: Tally, seconds: float) -> list[Figure]:
    return [
        Figure("kills", tally.kills, at_least=1),
        Figure("kills a minute", round(60 * tally.kills / seconds)),
        Figure("events accepted", tally.accepted, at_least=1),
        Figure("of these due on the disk at the kill", tally.due),
        Figure("lost", tally.lost, "events", at_most=0),
        Figure("doubled", tally.doubled, "events", at_most=0),
        Figure("half done", tally.half_done, "deeds", at_most=0),
        Figure("notes that say what is not so", tally.untrue, at_most=0),
        Figure("files left behind", tally.left_behind, at_most=0),
        Figure("starts that did not bring everything in", tally.unsettled, at_most=0),
        Figure("slowest start", round(tally.slowest, 2), "s"),
    ]


def _rounds(work: Path, disk: Path | None, heart: Heart) -> Iterator[Round]:
    """Every kind of round; those of writers come twice, as most is promised of events."""
    template = _template(work / "template.db", 500)
    place = Place(work / "bot", work / "home", template, heart)
    for _ in range(2):
        yield from (partial(each, place) for each in ROUNDS)
        if disk is not None:
            yield partial(on_a_full_disk, disk, place)
    many = _template(work / "many.db", MANY)
    for deed in DEEDS:
        at = Place(work / "deed", work / "home", many if deed.rows == MANY else template, heart)
        at.begin()
        prepared = Prepared(deed, work / f"kept {deed.name}", at)
        prepared.prepare()
        yield partial(killed, prepared)


def _template(path: Path, rows: int) -> Path:
    deployed.create(path, "seed")
    deployed.fill(path, commands=rows // 2, images=rows // 2, start=1.78e9, step=60.0)
    if not deployed.Bot(path).daily():
        raise RuntimeError("a template could not be made")
    return path


@contextmanager
def _work() -> Iterator[Path]:
    work = Path(tempfile.mkdtemp(prefix="botpulse-kills-"))
    work.chmod(0o755)  # a user without rights comes in, too
    before = os.environ.get("XDG_DATA_HOME")
    os.environ["XDG_DATA_HOME"] = str(work / "home")
    try:
        yield work
    finally:
        os.environ.pop("XDG_DATA_HOME")
        if before is not None:
            os.environ["XDG_DATA_HOME"] = before
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _small_disk(work: Path) -> Iterator[Path | None]:
    """A file system of two megabytes; None, in words, where this user may not mount one."""
    disk = work / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        print("kills: full disks are left out, as only root may mount a small one")
        yield None
        return
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
