from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core.maintenance.transfer.values import Holds, Target, fitted

INFINITE = float("inf")
NAN = float("nan")


def fit(holds: Holds, value: Any, *, strict: bool = True, mend: bool = False, bits: int = 32) -> Any:
    """What a column makes of a value, in a row beside a good one; what is said where it is left out."""
    said: list[str] = []
    columns = (Target("id", Holds.WHOLE), Target("it", holds, bits, strict))
    rows = fitted(columns, [(1, None), (2, value)], mend=mend, tell=lambda row, reason: said.append(reason))
    assert rows[0] == (1, None)
    return said[0] if said else rows[1][1]


@pytest.mark.parametrize(
    ("holds", "value", "stored"),
    [
        (Holds.TEXT, "a fox 🦊", "a fox 🦊"),
        (Holds.TEXT, 41771983423143937, "41771983423143937"),
        (Holds.TEXT, "ä".encode(), "ä"),
        (Holds.TEXT, "a\0b", "it holds a NUL byte"),
        (Holds.TEXT, "a\udcffb", "it holds bytes that are no text in UTF-8"),
        (Holds.TEXT, b"a\xffb", "it holds bytes that are no text in UTF-8"),
        (Holds.TEXT, Decimal(1), "it is no text but of the kind Decimal"),
        (Holds.WHOLE, 2**31 - 1, 2**31 - 1),
        (Holds.WHOLE, 2**31, "it is too large for a number of 32 bits"),
        (Holds.WHOLE, -(2**31) - 1, "it is too large for a number of 32 bits"),
        (Holds.WHOLE, 3.0, 3),
        (Holds.WHOLE, "12", 12),
        (Holds.WHOLE, 1.5, "it is no whole number"),
        (Holds.WHOLE, INFINITE, "it is no whole number"),
        (Holds.WHOLE, "yes", "it is text, not a number"),
        (Holds.WHOLE, b"\1", "it is no number but bytes"),
        (Holds.NUMBER, 7, 7.0),
        (Holds.NUMBER, Decimal("1.5"), 1.5),
        (Holds.NUMBER, "1.78e9", 1.78e9),
        (Holds.NUMBER, INFINITE, INFINITE),
        (Holds.NUMBER, "yesterday", "it is text, not a number"),
    ],
)
def test_what_a_server_takes(holds: Holds, value: Any, stored: Any) -> None:
    made = fit(holds, value)
    assert (made, type(made)) == (stored, type(stored))


@pytest.mark.parametrize(
    ("holds", "value", "stored"),
    [
        (Holds.TEXT, "a\0b", "a\0b"),
        (Holds.TEXT, b"a\xffb", b"a\xffb"),
        (Holds.TEXT, "a\udcffb", "it holds bytes that are no text in UTF-8"),
        (Holds.WHOLE, "yes", "yes"),
        (Holds.WHOLE, 1.5, 1.5),
        (Holds.NUMBER, "yesterday", "yesterday"),
        (Holds.NUMBER, NAN, None),
        (Holds.NUMBER, "a\udcff", "it is text, not a number"),
    ],
)
def test_an_sqlite_file_takes_nearly_everything_as_it_is(holds: Holds, value: Any, stored: Any) -> None:
    assert fit(holds, value, strict=False, bits=64) == stored


@pytest.mark.parametrize(
    ("strict", "value", "stored"),
    [(True, "a\0b\udcffc", "a\ufffdb\ufffdc"), (False, "a\0b\udcffc", "a\0b\ufffdc"), (True, b"a\xff", "a\ufffd")],
)
def test_text_is_mended_where_that_was_asked_for(strict: bool, value: Any, stored: str) -> None:
    assert fit(Holds.TEXT, value, strict=strict, mend=True) == stored
