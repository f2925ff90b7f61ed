"""However often strangers are refused, the log gets a few lines a minute, and the count of the others."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from bot_integration.web.few_lines import A_MINUTE, FewLines
from tests.bot_integration.web.posting import run, serving, spoken


def record(moment: float, level: int = logging.INFO) -> logging.LogRecord:
    made = logging.LogRecord("web", level, __file__, 1, "refused: %d", (401,), None)
    made.created = moment
    return made


def test_the_first_of_a_minute_pass_and_the_next_says_how_many_did_not() -> None:
    lines = FewLines()
    assert [lines.filter(record(1_000.0 + number)) for number in range(25)] == [True] * A_MINUTE + [False] * 5
    later = record(1_060.0)
    assert lines.filter(later)
    assert later.getMessage() == "refused: 401 (5 such lines before it were left out)"
    after = record(1_061.0)
    assert lines.filter(after)
    assert after.getMessage() == "refused: 401"


def test_a_clock_that_was_put_back_keeps_nothing_silent_for_long() -> None:
    lines = FewLines()
    assert [lines.filter(record(5_000.0)) for _ in range(A_MINUTE + 1)][-1] is False
    assert lines.filter(record(1_000.0))


def test_warnings_always_pass() -> None:
    lines = FewLines()
    assert all(lines.filter(record(1_000.0, logging.WARNING)) for _ in range(100))


@pytest.mark.parametrize(
    "said",
    [b"POST /send_image HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\r\n\r\n", b"GET / HTTP/1.1\r\nbad\r\n\r\n"],
)
def test_a_flood_of_refused_requests_leaves_few_lines(
    database: Path, caplog: pytest.LogCaptureFixture, said: bytes
) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            for _ in range(A_MINUTE * 3):
                assert (await spoken(bot.port, said))[9:12] in (b"400", b"401")

    with caplog.at_level(logging.INFO):
        run(work())
    ours = [line for line in caplog.records if line.name.startswith("bot_integration.web")]
    assert len(ours) <= 2 * A_MINUTE  # a minute may end within
