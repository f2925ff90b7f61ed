"""Texts for the filter box, and when and where they are typed."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=BERLIN).timestamp()
SIZE = "16:9 [1344x768 landscape]"


def at(*when: int, zone: ZoneInfo = BERLIN) -> float:
    """A time of the wall clocks, as a timestamp."""
    return datetime(*when, tzinfo=zone).timestamp()  # type: ignore[arg-type,misc]


CHUNKS = st.sampled_from(
    ('"', "\\", "-", " ", ":", "slow", ">", "<", "user:", "after:", "before:", "res:", "kind:", "id:", "failed", "2h",
     "2026-11-24", "T14:30", "@", "e9", "9", "<@", "\n", "\0", "\ud800", "usr:", "\\u00", "yesterday")
)  # fmt: skip
"""What texts are put together from that mean something, or nearly."""
