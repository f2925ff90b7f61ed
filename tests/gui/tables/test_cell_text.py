"""What a cell says of a value has room in its column."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from gui.tables.shared.cell_text import Wording
from tests.gui.snapshot_samples import ZONE


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 11, 30, 4, 5, 6, tzinfo=ZONE), "04:05:06"),
        (datetime(2026, 1, 2, 4, 5, 6, tzinfo=ZONE), "2 Jan 04:05:06"),
        (datetime(2025, 12, 31, 23, 59, 58, tzinfo=ZONE), "2025-12-31 23:59"),
    ],
)
def test_a_time_says_as_much_of_its_date_as_is_needed(moment: datetime, words: str) -> None:
    said = Wording(zone=ZONE, today=date(2026, 11, 30)).clock(moment.timestamp())
    assert said.replace("\N{NO-BREAK SPACE}", " ") == words
