from __future__ import annotations

from dataclasses import replace

import pytest

from core.alarms.verdict import Cause, SilenceWatch
from core.errors import DatabaseLocked, DatabaseMissing
from core.feed.snapshot import Event, EventKind
from core.statistics.lives import life_event
from core.time_ranges import DAY, HOUR, MINUTE
from tests.core.alarms.test_verdict import BERLIN, NOW, moment, office, said


def activity(action: str, when: float | None, bot: str = "1", detail: str = "") -> Event:
    return Event(EventKind.ACTIVITY, 1, when, action, bot, None, detail, None, True)


def test_the_watch_finds_the_shutdown_among_the_events() -> None:
    watch = SilenceWatch(BERLIN)
    events = (activity("bot_shutdown", NOW - HOUR), activity("bot_start", NOW - DAY), activity("bot_shutdown", None))
    watch.note(NOW, NOW - HOUR, events)
    assert watch.verdict(NOW).cause is Cause.SHUT_DOWN
    watch.note(NOW, NOW, (activity("bot_start", NOW), *events))
    assert watch.verdict(NOW).cause is Cause.LIVELY


def test_the_watch_knows_since_when_a_fault_stands() -> None:
    watch = SilenceWatch(BERLIN)
    watch.note(NOW - HOUR, NOW - HOUR, ())
    for ago in (30, 20, 10):
        watch.note(NOW - ago * MINUTE, NOW - HOUR, (), DatabaseLocked("a.db"))
    assert "since 14:30 (30 min)" in said(watch.verdict(NOW))
    watch.note(NOW, NOW - HOUR, (), DatabaseMissing("a.db"))
    assert "since 15:00 (0 s)" in said(watch.verdict(NOW))
    watch.note(NOW, NOW, ())
    assert watch.verdict(NOW).cause is Cause.LIVELY


def test_time_alone_clears_no_suspicion_but_an_event_does() -> None:
    """A silence that goes on into the quiet night is still the silence that began in the busy afternoon."""
    watch, began = SilenceWatch(BERLIN), moment("2026-11-24T15:00")
    watch.learn(office(5 * MINUTE))
    watch.note(began, began, ())
    assert watch.verdict(began + 3 * HOUR).cause is Cause.STOPPED
    assert watch.verdict(began + 14 * HOUR).cause is Cause.STOPPED
    watch.note(began + 14 * HOUR, began + 14 * HOUR, ())
    assert watch.verdict(began + 14 * HOUR + 10 * MINUTE).cause is Cause.UNASKED


def test_the_watch_knows_of_a_file_that_was_replaced() -> None:
    watch = SilenceWatch(BERLIN)
    watch.note(NOW - HOUR, NOW - HOUR, ())
    watch.note_replaced(NOW - 30 * MINUTE)
    assert watch.verdict(NOW).cause is Cause.REPLACED


@pytest.mark.parametrize("kind", ["two bots", "two processes"])
@pytest.mark.parametrize("known", ["from history", "from the events"])
def test_a_shutdown_beside_a_bot_that_runs_is_none_of_all(kind: str, known: str) -> None:
    other = "2" if kind == "two bots" else "1"
    mine, theirs = ('{"life": "a", "shard_ids": [0]}', '{"life": "b", "shard_ids": [1]}')
    starts = (activity("bot_start", NOW - 20 * DAY, "1", mine), activity("bot_start", NOW - 19 * DAY, other, theirs))
    stop = activity("bot_shutdown", NOW - 20, "1", mine)
    watch = SilenceWatch(BERLIN)
    if known == "from history":
        events = [life_event(each.timestamp or 0.0, each.title, each.user_id, each.detail) for each in starts]
        watch.learn(replace(office(5 * MINUTE), lives=tuple(each for each in events if each is not None)))
        watch.note(NOW, NOW - 20, (stop,))
    else:
        watch.note(NOW - DAY, NOW - DAY, starts)
        watch.note(NOW, NOW - 20, (stop,))
    assert watch.verdict(NOW).cause is Cause.LIVELY
    watch.note(NOW + 5, NOW + 5, (activity("bot_shutdown", NOW + 5, other, theirs), stop))
    assert watch.verdict(NOW + 6).cause is Cause.SHUT_DOWN
