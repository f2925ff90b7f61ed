"""What a host did about alarms, and what follows from it for telling."""

from __future__ import annotations

import pytest

from core.alarms.anomaly import AlarmKind, Anomaly
from core.alarms.answers import MOST_ANSWERS, AnswerBook
from core.alarms.episodes import Alarm
from core.storage.location import locate

HERE, ELSEWHERE = locate("/srv/a.db"), locate("/srv/b.db")


def alarm(since: float = 100.0, cause: str = "lora:x") -> Alarm:
    anomaly = Anomaly(AlarmKind.SLOW, cause, since + 10.0, since, 1.2, 30.0, 10.0)
    return Alarm(anomaly, anomaly, 1.2)


def reopened(book: AnswerBook) -> AnswerBook:
    again = AnswerBook(book.lines)
    again.turn_to(HERE)
    return again


@pytest.fixture
def book() -> AnswerBook:
    book = AnswerBook()
    book.turn_to(HERE)
    return book


def test_an_alarm_is_told_once_also_after_a_new_start(book: AnswerBook) -> None:
    assert book.to_tell(alarm(), 120.0)
    book.tell(alarm(), 120.0)
    assert not book.to_tell(alarm(), 130.0) and not reopened(book).to_tell(alarm(), 140.0)
    assert book.to_tell(alarm(cause="lora:y"), 130.0)


def test_what_was_acknowledged_is_quiet_until_it_begins_anew(book: AnswerBook) -> None:
    book.acknowledge(alarm(), 120.0)
    again = reopened(book)
    assert again.acknowledged(alarm()) and not again.to_tell(alarm(), 9_000.0)
    assert not again.acknowledged(alarm(since=121.0)) and again.to_tell(alarm(since=121.0), 9_000.0)


def test_what_was_put_off_is_told_once_more_when_it_still_goes_on(book: AnswerBook) -> None:
    book.tell(alarm(), 120.0)
    book.snooze(alarm(), 130.0, 3_730.0)
    assert not book.to_tell(alarm(), 3_729.0) and reopened(book).to_tell(alarm(), 3_730.0)
    assert not book.acknowledged(alarm())
    book.tell(alarm(), 3_731.0)
    assert not book.to_tell(alarm(), 3_732.0)


def test_databases_have_answers_of_their_own(book: AnswerBook) -> None:
    book.acknowledge(alarm(), 120.0)
    book.turn_to(ELSEWHERE)
    assert not book.acknowledged(alarm())
    book.turn_to(HERE)
    assert book.acknowledged(alarm())


def test_lines_that_are_damaged_are_left_out_and_old_ones_go(book: AnswerBook) -> None:
    for number in range(MOST_ANSWERS + 20):
        book.acknowledge(alarm(cause=f"lora:{number}"), 200.0 + number)
    damaged = ("", "[]", '["d", "no kind", "", 1, true, true, 0]', "[" * 50_000, '["d", "slow", "", {}, 1, 1, 1]')
    again = AnswerBook((*damaged, *book.lines))
    again.turn_to(HERE)
    assert len(again.lines) == MOST_ANSWERS
    assert again.acknowledged(alarm(cause=f"lora:{MOST_ANSWERS + 19}")) and not again.acknowledged(
        alarm(cause="lora:0")
    )
