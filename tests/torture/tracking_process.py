"""``python -m tests.torture.tracking_process URL LOG NAME RATE``: track events, and write down which were accepted.

Each line of the log is a number and the monotonic moment at which its event had been accepted; ``flushed`` in place of
the moment says that all up to it are on disk. It ends, with everything written, when its standard input does.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from itertools import count

from core.tracking.records import command_record
from core.tracking.tracker import Tracker

_FLUSH_EVERY = 97


def main() -> None:
    """Track until there is no more standard input."""
    url, path, name, rate = sys.argv[1:5]
    log = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    ended = threading.Event()
    threading.Thread(target=_await_end, args=(ended,), daemon=True).start()
    with Tracker(url) as tracker:
        for number in count(1):
            if tracker.track(command_record(f"{name}-{number}", 1)):
                os.write(log, f"{number} {time.monotonic():.6f}\n".encode())
            if number % _FLUSH_EVERY == 0 and tracker.flush(0.2):
                os.write(log, f"{number} flushed\n".encode())
            if ended.wait(1 / float(rate)):
                break


def _await_end(ended: threading.Event) -> None:
    sys.stdin.buffer.read()
    ended.set()


if __name__ == "__main__":
    main()
