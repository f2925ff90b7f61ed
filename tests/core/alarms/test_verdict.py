from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from core.alarms.verdict import Cause, Signs, Verdict, explain
from core.errors import (
    BotpulseError,
    DatabaseLocked,
    DatabaseMissing,
    NoSuchDatabase,
    QueryCancelled,
    ServerAway,
    StandbyConflict,
    StorageFault,
    TableLocked,
)
from core.statistics.usage_pattern import Rhythm, rhythm_of
from core.tasks import finish
from core.time_ranges import DAY, HOUR, MINUTE

BERLIN = ZoneInfo("Europe/Berlin")


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


NOW = moment("2026-11-24T15:00")
"""A Tuesday."""


def steady(gap: float, days: float = 28) -> Rhythm:
    """An event every ``gap`` seconds, day and night."""
    count = int(days * DAY / gap)
    return finish(rhythm_of([NOW - days * DAY + n * gap for n in range(count)], BERLIN))


def office(gap: float) -> Rhythm:
    """An event every ``gap`` seconds from 08:00 to 20:00, and none by night."""
    whole = [NOW - 28 * DAY + n * gap for n in range(int(28 * DAY / gap))]
    return finish(rhythm_of([each for each in whole if 8 <= datetime.fromtimestamp(each, BERLIN).hour < 20], BERLIN))


def signs(quiet: float, now: float = NOW, **known: object) -> Signs:
    return replace(Signs(now, BERLIN, now - quiet), **known)  # type: ignore[arg-type]


def said(verdict: Verdict) -> str:
    return " ".join((verdict.headline, verdict.evidence, verdict.advice)).replace("\N{NO-BREAK SPACE}", " ")


def test_an_event_within_the_last_minute_is_no_silence() -> None:
    assert explain(signs(59)).cause is Cause.LIVELY
    assert not explain(signs(59)).alarming


def test_a_gap_that_is_usual_is_nobody_asking() -> None:
    verdict = explain(signs(5 * MINUTE, rhythm=steady(4 * MINUTE)))
    assert verdict.cause is Cause.UNASKED
    assert not verdict.alarming
    assert "Probably nobody used the bot: at this hour something comes every 4 min or so" in said(verdict)


def test_a_gap_that_is_far_from_usual_is_a_bot_that_stopped_writing() -> None:
    verdict = explain(signs(2 * HOUR, rhythm=steady(4 * MINUTE)))
    assert verdict.cause is Cause.STOPPED
    assert verdict.alarming
    assert "Usually something comes every 4 min or so; nothing has come for 2 h." in said(verdict)
    assert "probably" in verdict.headline
    assert verdict.advice


def test_in_between_it_is_only_quieter_than_usual() -> None:
    verdict = explain(signs(30 * MINUTE, rhythm=steady(4 * MINUTE)))
    assert verdict.cause is Cause.UNCLEAR
    assert "Quieter than usual" in verdict.headline
    assert not verdict.alarming


def test_a_quiet_night_is_no_alarm_and_a_quiet_afternoon_is_one() -> None:
    rhythm = office(5 * MINUTE)
    by_night = explain(signs(9 * HOUR, moment("2026-11-24T05:00"), rhythm=rhythm))
    by_day = explain(signs(3 * HOUR, moment("2026-11-24T15:00"), rhythm=rhythm))
    assert (by_night.cause, by_day.cause) == (Cause.UNASKED, Cause.STOPPED)
    assert "hardly anything comes at this hour" in by_night.evidence


@pytest.mark.parametrize("rhythm", [None, steady(HOUR, days=1), steady(MINUTE, days=0.5)])
def test_too_little_history_gives_no_opinion(rhythm: Rhythm | None) -> None:
    verdict = explain(signs(3 * HOUR, rhythm=rhythm))
    assert verdict.cause is Cause.UNCLEAR
    assert "too little history" in verdict.evidence
    assert not verdict.alarming


def test_nobody_is_called_within_ten_minutes_however_busy_the_bot_is() -> None:
    busy = steady(5.0, days=6)
    assert explain(signs(9 * MINUTE, rhythm=busy)).cause is Cause.UNCLEAR
    assert explain(signs(11 * MINUTE, rhythm=busy)).cause is Cause.STOPPED


def test_a_shutdown_that_was_the_last_thing_is_named() -> None:
    down = NOW - 57 * MINUTE
    verdict = explain(signs(57 * MINUTE, shut_down=down, started=NOW - DAY, rhythm=steady(4 * MINUTE)))
    assert verdict.cause is Cause.SHUT_DOWN
    assert verdict.headline == "The bot shut down at 14:03"
    assert verdict.alarming


def test_a_shutdown_on_another_day_is_named_with_its_day() -> None:
    verdict = explain(signs(2 * DAY, shut_down=NOW - 2 * DAY))
    assert verdict.headline.replace("\N{NO-BREAK SPACE}", " ") == "The bot shut down on Sun 22 Nov at 15:00"
    long_ago = explain(signs(700 * DAY, shut_down=NOW - 700 * DAY))
    assert "2024" in long_ago.headline


@pytest.mark.parametrize(
    "known", [{"started": NOW - 20 * MINUTE}, {"last_seen": NOW - 20 * MINUTE}], ids=["it started", "events came"]
)
def test_a_shutdown_that_was_not_the_last_thing_explains_nothing(known: dict[str, object]) -> None:
    verdict = explain(signs(20 * MINUTE, shut_down=NOW - 50 * MINUTE, rhythm=steady(HOUR), **known))
    assert verdict.cause is Cause.UNASKED


def test_empty_database_is_told_from_silence() -> None:
    verdict = explain(Signs(NOW, BERLIN, None, started=NOW - HOUR))
    assert verdict.cause is Cause.NO_EVENTS
    assert "The bot started at 14:00." in verdict.evidence


@pytest.mark.parametrize(
    ("fault", "on_server", "cause", "words"),
    [
        (DatabaseLocked("a.db"), False, Cause.LOCKED, "since 14:30 (30 min)"),
        (DatabaseMissing("a.db"), False, Cause.MOVED, "nothing at the path since 14:30 (30 min)"),
        (NoSuchDatabase("bot"), True, Cause.AWAY, "since 14:30 (30 min)"),
        (ServerAway("bot"), True, Cause.AWAY, "The server is out of reach"),
        (StorageFault("a.db"), False, Cause.AWAY, StorageFault.what_happened),
    ],
)
def test_a_fault_comes_before_everything_else(fault: BotpulseError, on_server: bool, cause: Cause, words: str) -> None:
    known = signs(3 * HOUR, fault=fault, fault_since=NOW - 30 * MINUTE, on_server=on_server, rhythm=steady(MINUTE))
    verdict = explain(known)
    assert verdict.cause is cause
    assert words in said(verdict)
    assert verdict.advice
    assert said(explain(replace(known, fault_since=None)))


def test_a_file_that_was_replaced_after_the_last_event_is_named() -> None:
    verdict = explain(signs(HOUR, replaced=NOW - 30 * MINUTE, rhythm=steady(MINUTE)))
    assert verdict.cause is Cause.REPLACED
    assert verdict.headline == "The file was replaced at 14:30"
    assert "may still be writing" in verdict.evidence
    written_since = explain(signs(2 * MINUTE, replaced=NOW - 30 * MINUTE, rhythm=steady(HOUR)))
    assert written_since.cause is Cause.UNASKED


def test_a_file_that_was_written_later_than_its_last_event_is_worth_a_word() -> None:
    words = "The file itself was last written at 14:59, so something still writes to it."
    assert words in said(explain(signs(2 * HOUR, rhythm=steady(4 * MINUTE), modified=NOW - 60)))
    assert "file itself" not in said(explain(signs(2 * HOUR, rhythm=steady(4 * MINUTE), modified=NOW - 2 * HOUR + 30)))


@pytest.mark.parametrize("quiet", [2 * MINUTE, 2 * HOUR])
def test_a_bot_whose_events_wait_in_a_spool_can_not_write(quiet: float) -> None:
    verdict = explain(signs(quiet, rhythm=steady(4 * MINUTE), spooled=NOW - 30))
    assert verdict.cause is Cause.HELD_UP
    assert verdict.alarming
    assert "the latest since 14:59. None of them is lost" in said(verdict)


def test_a_spool_from_before_the_last_event_says_nothing() -> None:
    verdict = explain(signs(5 * MINUTE, rhythm=steady(4 * MINUTE), spooled=NOW - HOUR))
    assert verdict.cause is Cause.UNASKED


def test_an_empty_database_beside_a_spool_is_one_that_can_not_be_written() -> None:
    assert explain(Signs(NOW, BERLIN, None, spooled=NOW - HOUR)).cause is Cause.HELD_UP


def test_a_lock_names_the_events_that_wait() -> None:
    verdict = explain(signs(HOUR, fault=DatabaseLocked("a.db"), fault_since=NOW - 600, spooled=NOW - 300))
    assert verdict.cause is Cause.LOCKED
    assert "Events of the bot wait in a file, the latest since 14:55." in said(verdict)


@pytest.mark.parametrize("kind", [TableLocked, StandbyConflict, QueryCancelled])
def test_what_is_in_the_way_on_a_server_is_told_as_such(kind: type[DatabaseLocked]) -> None:
    verdict = explain(signs(5 * MINUTE, fault=kind("it"), on_server=True, fault_since=NOW - 90))
    assert (verdict.cause, verdict.headline, verdict.advice) == (Cause.LOCKED, kind.title, kind.what_to_do)
    assert kind.what_happened in verdict.evidence
    assert "file" not in said(verdict)
