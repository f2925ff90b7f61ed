"""Silences of the past, and starts that follow one another."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from core.alarms.anomaly import AlarmKind, Anomaly
from core.alarms.detection import Detection
from core.alarms.observations import Observation, ObservedCommand
from core.models import ActionType
from core.statistics.lives import LifeEvent
from core.time_ranges import DAY, HOUR

BERLIN = ZoneInfo("Europe/Berlin")
BEGIN = 1_700_006_400.0


def commands(days: float, start: float = BEGIN, *, share: float = 1.0) -> Iterator[ObservedCommand]:
    """One a minute by day, one in twenty minutes at night, by chance."""
    rng, moment = random.Random(f"{start}"), start
    while moment < start + days * DAY:
        moment += rng.expovariate(share / 60.0)
        if (moment % DAY) >= 8 * HOUR or rng.random() < 0.05:
            yield ObservedCommand(moment, "someone", False)


def given(observations: Iterable[Observation], kind: AlarmKind) -> list[Anomaly]:
    detection = Detection(BERLIN)
    return [e for one in observations for e in detection.observe(one) if e.kind is kind and e.score >= 1.0]


def test_nights_are_quiet_and_no_alarm() -> None:
    assert not given(commands(28), AlarmKind.SILENCE)


def test_a_silence_at_noon_is_told_while_it_lasts() -> None:
    noon = BEGIN + 20 * DAY + 12 * HOUR
    before = [each for each in commands(21) if each.moment < noon]
    after = commands(1, noon + 3 * HOUR)
    told = given([*before, *after], AlarmKind.SILENCE)
    assert noon + 600 <= told[0].moment <= noon + 2_400
    assert told[0].since == before[-1].moment and told[0].usual >= 12


def test_a_holiday_makes_silences_usual() -> None:
    holiday = commands(6, BEGIN + 20 * DAY, share=0.15)
    told = given([*commands(20), *holiday], AlarmKind.SILENCE)
    assert not [each for each in told if each.moment > BEGIN + 21 * DAY]


def test_three_starts_within_a_quarter_of_an_hour_are_told() -> None:
    def starts(*moments: float) -> list[Observation]:
        return [LifeEvent(BEGIN + each, ActionType.BOT_START, "7") for each in moments]

    assert not given(starts(0, 600, 1_200, 1_800), AlarmKind.RESTARTS)
    (told,) = given(starts(0, 300, 600), AlarmKind.RESTARTS)
    assert (told.moment, told.since, told.observed) == (BEGIN + 600, BEGIN, 3)


def test_two_bots_that_start_at_once_are_no_loop() -> None:
    both: list[Observation] = [
        LifeEvent(BEGIN + n, ActionType.BOT_START, bot) for n in range(2) for bot in ("7", "8", "9")
    ]
    assert not given(both, AlarmKind.RESTARTS)
