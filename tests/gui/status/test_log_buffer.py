"""The session's log in memory: bounded, plain, without secrets, from whatever thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest

from gui.status.log_buffer import LONGEST_LINE, SessionLog, session_log

pytestmark = pytest.mark.expect_log


@pytest.fixture
def kept() -> Iterator[SessionLog]:
    handler = SessionLog(most=50)
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def test_lines_are_numbered_and_asked_for_once(kept: SessionLog) -> None:
    log = logging.getLogger("core.feed.change_feed")
    log.warning("the file %s is odd", "a.db")
    (first,) = kept.lines()
    assert first.text.endswith("  warning  core.feed.change_feed  the file a.db is odd")
    log.error("again")
    assert [line.message for line in kept.lines(first.number)] == ["again"]
    assert kept.lines(kept.lines()[-1].number) == ()


def test_only_the_last_lines_are_kept_and_each_is_bounded(kept: SessionLog) -> None:
    for number in range(200):
        logging.getLogger("core").warning("%d %s", number, "x" * 100_000)
    lines = kept.lines()
    assert len(lines) == 50
    assert lines[0].message.startswith("150 ")
    assert max(len(line.message) for line in lines) == LONGEST_LINE


def test_log_has_no_secret_no_forged_line_and_no_traceback(kept: SessionLog) -> None:
    log = logging.getLogger("gui")
    log.warning("postgresql://me:hunter2@host/bot\nERROR forged \u202e\x1b[31m")
    try:
        raise ValueError("a red fox in the snow")
    except ValueError:
        log.exception("it broke")
    first, second = kept.lines()
    assert "hunter2" not in first.message
    assert "\n" not in first.text
    assert "\u202e" not in first.text
    assert "\x1b" not in first.text
    assert second.message == "it broke (ValueError)"


def test_a_message_that_does_not_fit_its_arguments_harms_nobody(
    kept: SessionLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    logger = logging.Logger("core.apart")
    logger.addHandler(kept)
    logger.warning("%d rows", "no number")
    logger.warning("fine")
    assert [line.message for line in kept.lines()] == ["fine"]


def test_threads_may_log_while_it_is_read(kept: SessionLog) -> None:
    def work() -> None:
        for number in range(300):
            logging.getLogger("core").warning("line %d", number)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    seen = 0
    while any(thread.is_alive() for thread in threads):
        seen = max(seen, len(kept.lines()))
    assert seen <= 50
    assert kept.lines()[-1].number == 899


def test_log_is_one_for_the_session() -> None:
    assert session_log() is session_log()
    assert sum(isinstance(each, SessionLog) for each in logging.getLogger().handlers) == 1
