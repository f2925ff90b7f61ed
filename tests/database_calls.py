"""Calls into the database that a thread makes: where it must never wait for one, there are none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any


@contextmanager
def database_calls() -> Iterator[list[str]]:
    """Every call into sqlite3 or peewee that this thread makes meanwhile."""
    found: list[str] = []

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call":
            owner = getattr(argument, "__self__", None)
            module = f"{getattr(argument, '__module__', '')} {type(owner).__module__} {getattr(owner, '__name__', '')}"
            if "sqlite3" in module:
                found.append(argument.__qualname__)
        elif event == "call" and Path(frame.f_code.co_filename).name in ("peewee.py", "dbapi2.py"):
            found.append(frame.f_code.co_qualname)

    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(None)
