"""A process that tries cases by their numbers: ``python -m tests.torture.files.worker SEED [NUMBER]``.

With a number it tries that one, and tells; else it says "ready", takes numbers from standard input, a line each, and
answers each with a line of JSON.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.torture.files.cases import build
from tests.torture.files.looks import look_at

_MEMORY = 2_000_000_000


def try_case(place: Path, seed: int, number: int) -> dict[str, Any]:
    """Make a case in an empty folder, look at it in every way, and tell what came of it."""
    shutil.rmtree(place, ignore_errors=True)
    folder, aside, scratch = place / "bot", place / "aside", place / "scratch"
    for each in (folder, aside, scratch):
        each.mkdir(parents=True)
    tempfile.tempdir = str(scratch)
    case = build(folder, seed, number)
    before, began = _contents(folder), time.perf_counter() - seconds_waited(os.getpid())
    outcome = look_at(case.path, aside, is_whole=case.is_whole)
    seconds, after = time.perf_counter() - seconds_waited(os.getpid()) - began, _contents(folder)
    return {
        "number": number,
        "kind": case.kind,
        "seconds": seconds,
        "ended": outcome.ended,
        "unexpected": outcome.unexpected,
        "not_found": outcome.not_found,
        "changed": sorted(name for name in before if after.get(name) != before[name] and name not in _shared(before)),
        "left": sorted(
            [*(after.keys() - before.keys()), *(each.name for each in aside.iterdir() if each.name != "backup.db")]
        )
        + sorted(each.name for each in scratch.iterdir()),
    }


def seconds_waited(process: int) -> float:
    """How long a process could have run and had no processor, so far; 0 where the system does not tell."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def _shared(names: Iterable[str]) -> set[str]:
    """The index of a log is memory that all who have the file open share: a reader notes there that it reads."""
    return {name for name in names if name.endswith("-shm") and name.removesuffix("-shm") + "-wal" in set(names)}


def _contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def main(arguments: list[str]) -> int:
    """Try one case, or those that are asked for."""
    import resource  # POSIX's; the cases alone need it not

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    logging.disable(logging.CRITICAL)
    place = Path(tempfile.mkdtemp(prefix="botpulse-torture-"))
    os.environ["XDG_DATA_HOME"] = os.environ["HOME"] = str(place.parent)
    try:
        if len(arguments) > 1:
            print(json.dumps(try_case(place, int(arguments[0]), int(arguments[1])), indent=1))
            return 0
        print("ready", flush=True)
        for line in sys.stdin:
            print(json.dumps(try_case(place, int(arguments[0]), int(line))), flush=True)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
