"""A guard against work that never ends, or grows with the square of its input; no measure of speed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

HANG_SECONDS: Final = 60.0
"""Far more than a busy machine needs, far less than what hangs."""


@contextmanager
def hang_guard() -> Iterator[None]:
    """Fail where the block took so long that it must be called a hang."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < HANG_SECONDS, "took far too long"
