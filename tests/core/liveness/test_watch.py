from __future__ import annotations

from core.errors import DatabaseLocked, DatabaseMissing
from core.feed.snapshot import Event, EventKind
from core.liveness.verdict import Cause, SilenceWatch
from core.time_ranges import DAY, HOUR, MINUTE
from tests.core.liveness.test_verdict import BERLIN, NOW, moment, office, said


def activity(action: str, when: float | None) -> Event:
    return Event(EventKind.ACTIVITY, 1, when, action, "1", None, "", None, True)


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
