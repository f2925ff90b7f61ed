"""Generations that are slower than like ones, and a long queue."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from zoneinfo import ZoneInfo

import pytest

from core.alarms.anomaly import AlarmKind, Anomaly
from core.alarms.detection import Detection
from core.alarms.observations import ObservedGeneration
from core.time_ranges import DAY

BEGIN = 1_700_006_400.0
LORAS = ("", '["a.safetensors"]', '["b.safetensors"]', '["a.safetensors", "b.safetensors"]')
SIZES = ("1024x1024", "832x1216")


def generations(
    days: float,
    *,
    start: float = BEGIN,
    every: float = 300.0,
    slower: Callable[[ObservedGeneration], float] = lambda _: 1.0,
    waited: float = 2.0,
) -> Iterator[ObservedGeneration]:
    rng = random.Random(f"{start}")
    for number in range(int(days * DAY / every)):
        size, loras = rng.choice(SIZES), rng.choice(LORAS)
        usual = 10.0 * (1.6 if size == SIZES[1] else 1.0) * rng.lognormvariate(0.0, 0.3)
        wait = waited * rng.uniform(0.5, 1.5)
        bare = ObservedGeneration(start + number * every, usual, wait, "standard", "flux", loras, size, "1/20")
        yield ObservedGeneration(bare.moment, usual * slower(bare), wait, "standard", "flux", loras, size, "1/20")


def given(observations: Iterable[ObservedGeneration], kind: AlarmKind) -> list[Anomaly]:
    detection = Detection(ZoneInfo("UTC"))
    return [e for one in observations for e in detection.observe(one) if e.kind is kind and e.score >= 1.0]


def test_ordinary_generations_are_no_alarm() -> None:
    assert not given(generations(20), AlarmKind.SLOW) and not given(generations(20), AlarmKind.QUEUE)


@pytest.mark.parametrize(
    ("is_slow", "subject", "detail"),
    [
        (lambda _: True, "", "all"),
        (lambda each: "b.safe" in each.loras, "b.safetensors", "lora"),
        (lambda each: each.resolution == SIZES[1], SIZES[1], "resolution"),
    ],
    ids=["all", "one LoRA", "one resolution"],
)
def test_what_is_slow_is_told_as_narrowly_as_it_holds(
    is_slow: Callable[[ObservedGeneration], bool], subject: str, detail: str
) -> None:
    now = BEGIN + 20 * DAY
    slow = generations(0.5, start=now, slower=lambda each: 2.5 if is_slow(each) else 1.0)
    told = given([*generations(20), *slow], AlarmKind.SLOW)
    assert {(each.subject, each.detail) for each in told} == {(subject, detail)}
    assert 1.8 < told[0].observed / told[0].usual < 3.5
    assert told[0].count <= 20 and now <= told[0].since <= told[0].moment


def test_a_larger_picture_is_no_slower_one() -> None:
    now = BEGIN + 20 * DAY
    large = (each for each in generations(1.0, start=now) if each.resolution == SIZES[1])
    assert not given([*generations(20), *large], AlarmKind.SLOW)


def test_what_is_slow_by_less_than_five_seconds_is_no_alarm() -> None:
    def quick(each: ObservedGeneration) -> ObservedGeneration:
        return ObservedGeneration(
            each.moment, each.seconds / 10, each.waited, "standard", "flux", "", "512x512", "1/20"
        )

    past = [quick(each) for each in generations(20)]
    slow = [quick(each) for each in generations(0.5, start=BEGIN + 20 * DAY, slower=lambda _: 3.0)]
    assert not given([*past, *slow], AlarmKind.SLOW)


def test_its_end_is_told_once_and_what_comes_after_is_no_new_alarm() -> None:
    now = BEGIN + 20 * DAY
    detection = Detection(ZoneInfo("UTC"))
    slow = list(generations(0.5, start=now, slower=lambda _: 2.5))
    after = list(generations(2.0, start=now + 0.5 * DAY))
    for each in [*generations(20), *slow]:
        list(detection.observe(each))
    seen = [found for each in after for found in detection.observe(each) if found.kind is AlarmKind.SLOW]
    assert [found.score for found in seen if found.score >= 1.0 or found.score == 0.0][-1:] == [0.0]
    assert sum(found.score == 0.0 for found in seen) == 1
    assert all(found.score < 1.0 for found in seen if found.moment > now + 0.6 * DAY)


def test_a_jam_in_the_queue_is_told_within_ten_generations() -> None:
    now = BEGIN + 20 * DAY
    told = given([*generations(20), *generations(0.2, start=now, waited=200.0)], AlarmKind.QUEUE)
    assert told[0].moment <= now + 10 * 300 and told[0].observed > 30


def test_where_no_wait_is_recorded_the_queue_is_not_known() -> None:
    bare = [ObservedGeneration(BEGIN + n * 60.0, 900.0, None, "standard", "", "", "", "") for n in range(2_000)]
    assert not given(bare, AlarmKind.QUEUE)


@pytest.mark.parametrize("loras", ["not json", '{"a": 1}', "[[[[", "[1, 2]", '["' + "x" * 5_000 + '"]'])
def test_any_text_may_stand_where_loras_should(loras: str) -> None:
    odd = [ObservedGeneration(BEGIN + n * 60.0, 10.0, 1.0, "?", "\x00", loras, "💥", "") for n in range(200)]
    assert not given(odd, AlarmKind.SLOW)
