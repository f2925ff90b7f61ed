"""What the sub-commands of ``botpulse-db`` share at the terminal: a line of progress, signals, numbers."""

from __future__ import annotations

import argparse
import queue
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import nan
from typing import Any, Final, TypeAlias

from core.tasks import Progress
from core.text import formatting
from core.text.terminal_output import say
from core.text.translation import gettext as _

Subparsers: TypeAlias = Any
"""What :meth:`argparse.ArgumentParser.add_subparsers` returns; argparse gives it no public name."""

_SHOW_EVERY: Final = 0.2


class TerminalLine:
    """One calm line on standard error that is written over, where that is a terminal; nothing elsewhere.

    What a program prints stays free of it. Used as a context it leaves an empty line behind.
    """

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._shown = time.monotonic()
        self._dirty = False

    def __enter__(self) -> TerminalLine:
        return self

    def __exit__(self, *_n: object) -> None:
        self.clear()

    def show(self, text: str) -> None:
        """Write over the line, unless that was done a moment ago: what is short needs no line."""
        now = time.monotonic()
        if self._terminal and now - self._shown >= _SHOW_EVERY:
            self._shown, self._dirty = now, True
            self._write(text)

    def show_progress(self, progress: Progress) -> None:
        """Say how far a task is."""
        self.show(f"{formatting.percent(progress.share, 0)} {progress.words}")

    def clear(self) -> None:
        """Leave an empty line behind."""
        if self._dirty:
            self._dirty = False
            self._write("")

    def _write(self, text: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        say("\r" + text[:width].ljust(width), error=True, end="\r")


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C, Ctrl-Break and a request to terminate set, instead of ending the process.

    A handler runs between any two steps of the main thread, which may be within the event and hold its lock: so a
    thread of its own sets it, told by a queue whose ``put`` may be entered anew.
    """
    stop, asked = threading.Event(), queue.SimpleQueue[bool]()

    def tell() -> None:
        if asked.get():
            stop.set()

    teller = threading.Thread(target=tell, name="told by a signal", daemon=True)
    teller.start()
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]
    previous = {number: signal.signal(number, lambda *_n: asked.put(True)) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        asked.put(False)
        teller.join()


@contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """A request to terminate raises KeyboardInterrupt, as Ctrl-C does. Only the main thread is asked."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def number(convert: Callable[[str], float], accept: Callable[[float], bool], wanted: str) -> Callable[[str], float]:
    """A type for argparse that says what it wants (``a whole number above 0``) instead of naming a function."""

    def parse(text: str) -> float:
        try:
            value = convert(text)
        except ValueError:
            value = nan
        if not accept(value):
            raise argparse.ArgumentTypeError(_("{text} is not {wanted}").format(text=f"{text!r}", wanted=wanted))
        return value

    return parse
