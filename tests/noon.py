"""A zone in which it is noon now: no midnight and no change of the clocks comes in a test's way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo


def _zone_at_noon() -> ZoneInfo:
    """Return a zone without changes of the clocks, ahead of UTC or behind it; POSIX turns the sign round."""
    ahead = 12 - datetime.now(UTC).hour
    return ZoneInfo(f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT")


NOON_ZONE: Final = _zone_at_noon()
