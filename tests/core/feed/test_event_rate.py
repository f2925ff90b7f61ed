"""Rows a second, from totals that were seen now and then."""

from __future__ import annotations

import pytest

from core.feed.event_rate import Rate


def after(*noted: tuple[float, int]) -> Rate:
    rate = Rate()
    for now, total in noted:
        rate.note(now, total)
    return rate


@pytest.mark.parametrize(
    ("noted", "words"),
    [
        ((), "measuring…"),
        (((0, 10),), "measuring…"),
        (((0, 10), (4, 90)), "measuring…"),
        (((0, 10), (10, 30)), "2.0 a second"),
        (((0, 10), (10, 10)), "none in the last minute"),
        (((0, 0), (60, 3)), "3 a minute"),
        (((0, 0), (10, 20_000)), "2,000 a second"),
        (((0, 50), (10, 100), (11, 5), (20, 5)), "none in the last minute"),
    ],
)
def test_words(noted: tuple[tuple[float, int], ...], words: str) -> None:
    assert after(*noted).words.replace("\N{NO-BREAK SPACE}", " ") == words


def test_only_the_last_minute_counts_and_quiet_lets_it_fall() -> None:
    rate = after(*((float(second), second * 10) for second in range(300)))
    assert rate.per_second() == pytest.approx(10, rel=0.05)
    for second in range(300, 330):
        rate.note(second, 2990)
    assert rate.per_second() == pytest.approx(5, rel=0.1)
    for second in range(330, 400):
        rate.note(second, 2990)
    assert rate.per_second() == 0
