"""More failures than usual, and errors that are new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

import pytest

from core.alarms.anomaly import AlarmKind, Anomaly
from core.alarms.detection import Detection
from core.alarms.failures import FEWEST, limit
from core.alarms.observations import Observation, ObservedCommand, ObservedFailure
from core.time_ranges import DAY, HOUR

UTC = ZoneInfo("UTC")
BEGIN = 1_700_006_400.0  # a Wednesday, 00:00


def ordinary(days: float, *, every: float = 120.0, failing: int = 40) -> Iterator[Observation]:
    """A command every two minutes, of which one in ``failing`` fails with the same old error."""
    for number in range(int(days * DAY / every)):
        moment = BEGIN + number * every
        if number % failing == 7:
            yield failed(moment, f"user {number}")
        yield ObservedCommand(moment, f"user {number}", False)


def failed(moment: float, user: str, fingerprint: str = "old") -> ObservedFailure:
    return ObservedFailure(moment, user, fingerprint, "RuntimeError", f"message of {fingerprint}", "comfy")


def anomalies(observations: Iterable[Observation], *kinds: AlarmKind) -> list[Anomaly]:
    detection = Detection(UTC)
    return [each for one in observations for each in detection.observe(one) if each.kind in kinds]


def given(observations: Iterable[Observation], *kinds: AlarmKind) -> list[Anomaly]:
    return [each for each in anomalies(observations, *kinds) if each.score >= 1.0]


def test_ordinary_failures_are_no_alarm() -> None:
    assert not given(ordinary(20), AlarmKind.FAILURES, AlarmKind.NEW_ERROR)


def test_a_burst_is_told_by_its_tenth_failure_with_what_is_usual_beside_it() -> None:
    now = BEGIN + 20 * DAY
    burst = [failed(now + 5.0 * number, f"someone {number}") for number in range(10)]
    first = given([*ordinary(20), *burst], AlarmKind.FAILURES)[0]
    assert first.moment <= now + 50 and first.observed > first.usual * 4
    assert (first.subject, first.fingerprint) == ("RuntimeError", "old")


def test_a_single_user_who_tries_again_and_again_is_no_burst_where_others_are_many() -> None:
    now = BEGIN + 20 * DAY
    stubborn = [failed(now + 5.0 * number, "the same") for number in range(40)]
    assert not given([*ordinary(20, every=20.0), *stubborn], AlarmKind.FAILURES)


def test_as_many_failures_as_a_busy_evening_brings_are_no_burst() -> None:
    now = BEGIN + 20 * DAY
    evening: list[Observation] = []
    for number in range(1_200):
        evening += [ObservedCommand(now + number * 3.0, f"u{number}", False)]
        evening += [failed(now + number * 3.0, f"u{number}")] if number % 40 == 7 else []
    assert not given([*ordinary(20), *evening], AlarmKind.FAILURES)


def test_a_file_without_reasons_counts_its_failed_commands() -> None:
    past = [ObservedCommand(BEGIN + n * 120.0, f"u{n}", n % 40 == 7) for n in range(int(20 * DAY / 120))]
    now = BEGIN + 20 * DAY
    burst = [ObservedCommand(now + n * 5.0, f"v{n}", True) for n in range(12)]
    first = given([*past, *burst], AlarmKind.FAILURES)[0]
    assert first.subject == "" and first.count >= FEWEST


def test_without_history_only_a_bot_of_which_most_fails_is_an_alarm() -> None:
    mostly = [ObservedCommand(BEGIN + n * 10.0, f"u{n}", n % 2 == 0) for n in range(40)]
    seldom = [ObservedCommand(BEGIN + n * 10.0, f"u{n}", n % 4 == 0) for n in range(60)]
    assert given(mostly, AlarmKind.FAILURES) and not given(seldom, AlarmKind.FAILURES)


def test_what_was_a_burst_is_not_usual_the_day_after() -> None:
    noon = BEGIN + 20 * DAY + 12 * HOUR
    past = list(ordinary(24))
    bursts = [failed(noon + day * DAY + n * 5.0, f"d{day} {n}") for day in range(3) for n in range(60)]
    observations = sorted([*past, *bursts], key=lambda each: each.moment)  # type: ignore[union-attr]
    told = {int((each.moment - noon) // DAY) for each in given(observations, AlarmKind.FAILURES)}
    assert told == {0, 1, 2}


@pytest.mark.parametrize(("usual", "least"), [(0.0, 5), (0.2, 5), (1.0, 8), (10.0, 26), (100.0, 150)])
def test_the_limit_grows_with_what_is_usual(usual: float, least: float) -> None:
    assert limit(usual) >= least and limit(usual + 1) > limit(usual) - 1e-9


def test_an_error_that_was_never_met_is_told_the_third_time() -> None:
    now = BEGIN + 20 * DAY
    new = [failed(now + n * 60.0, f"u{n}", "never met") for n in range(4)]
    first = given([*ordinary(20), *new], AlarmKind.NEW_ERROR)[0]
    assert (first.moment, first.since, first.fingerprint) == (now + 120.0, now, "never met")


def test_an_error_that_comes_back_after_more_than_thirty_days_is_new_again() -> None:
    back = [failed(BEGIN + day * DAY + n * 60.0, f"u{n}", "back") for day in (1, 33) for n in range(3)]
    observations = sorted([*ordinary(34), *back], key=lambda each: each.moment)  # type: ignore[union-attr]
    told = given(observations, AlarmKind.NEW_ERROR)
    assert [each.since for each in told] == [BEGIN + 33 * DAY]


def test_where_failures_were_not_recorded_for_a_week_nothing_is_called_new() -> None:
    observations = [*ordinary(3), *(failed(BEGIN + 3 * DAY + n, f"u{n}", "other") for n in range(9))]
    assert not anomalies(observations, AlarmKind.NEW_ERROR)
