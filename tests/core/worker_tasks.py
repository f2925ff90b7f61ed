"""What the tests let a worker process do."""

from __future__ import annotations

import logging
import os
import sys
import threading
from pathlib import Path
from typing import Any

from core.errors import DatabaseLocked, NoAccess
from core.tasks import Progress, Task


def add(left: int, right: int = 1) -> int:
    return left + right


def pid() -> int:
    return os.getpid()


def folder() -> str:
    return str(Path.cwd())


def whereabouts() -> dict[str, Any]:
    """What the process is made of."""
    import core.charts.png.renderer
    from resources import design

    return {
        "core": str(Path(core.charts.png.renderer.__file__).parents[2]),
        "resources": str(Path(design.__file__).parent),
        "argv": sys.argv,
        "main": getattr(sys.modules["__main__"], "__file__", None),
    }


def chatter(byte_size: int) -> str:
    """Print more than a pipe holds, on everything that there is, and read what there is to read."""
    print("x" * byte_size, flush=True)
    print("y" * byte_size, file=sys.stderr, flush=True)
    os.write(1, b"z" * byte_size)
    return sys.stdin.read()


def speak(level: int, words: str) -> None:
    logging.getLogger("core.spoken").log(level, words)


def locked() -> None:
    raise DatabaseLocked("analytics.db", "database is locked")


def no_access(subject: str) -> None:
    raise NoAccess(subject)


def divide(left: int, right: int) -> float:
    return left / right


class Odd(Exception):
    """Can't be unpickled: its constructor wants more than the words."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"{first} and {second}")


def odd() -> None:
    raise Odd(1, 2)


def unsendable() -> Any:
    return threading.Lock()


def die(code: int = 3) -> None:
    os.write(2, b"out of coffee\n")
    os._exit(code)


def die_once(mark: Path) -> str:
    if mark.exists():
        return "second try"
    mark.touch()
    os._exit(1)


def wait_for(began: Path, go_on: Path) -> str:
    """Say that it began, and wait for the word to go on."""
    began.touch()
    wait_until(go_on)
    return "done"


def wait_until(mark: Path) -> None:
    """Look for a file until it is there: two processes have no event in common."""
    pause = threading.Event()
    while not mark.exists():
        pause.wait(0.002)


def big(byte_size: int) -> bytes:
    return b"\x89" * byte_size


def count_up(most: float) -> Task[int]:
    """Tells, again and again, where it runs."""
    number = 0
    while number < most:
        number += 1
        yield Progress(0.5, str(os.getpid()))
    return os.getpid()


def leave_mark(path: Path) -> Task[None]:
    """Leaves a file behind for as long as it runs."""
    path.touch()
    try:
        while True:
            yield Progress(0.5)
    finally:
        path.unlink()
