"""One alarm for each cause, from its beginning to its end."""

from __future__ import annotations

from core.alarms.anomaly import AlarmKind, Anomaly
from core.alarms.episodes import CALM, Episodes
from core.alarms.trial import alarms_of, thinned
from core.time_ranges import TimeRange


def anomaly(moment: float, score: float, kind: AlarmKind = AlarmKind.FAILURES, fingerprint: str = "") -> Anomaly:
    cause = fingerprint if kind is AlarmKind.NEW_ERROR else ""
    return Anomaly(kind, cause, moment, moment - 5.0, score, 9.0, 1.0, fingerprint=fingerprint)


def test_a_cause_that_goes_on_is_given_once_and_keeps_its_worst() -> None:
    episodes = Episodes()
    alarms = [episodes.add(anomaly(float(n), score)) for n, score in enumerate((0.9, 1.1, 3.0, 1.2))]
    assert [each is not None for each in alarms] == [False, True, False, False]
    (open_,) = episodes.open.values()
    assert (open_.given, open_.last.moment, open_.worst) == (1.0, 3.0, 3.0)


def test_its_end_is_told_once_when_it_has_been_calm() -> None:
    episodes = Episodes()
    episodes.add(anomaly(0.0, 2.0))
    calm = CALM[AlarmKind.FAILURES]
    assert not list(episodes.calm(calm))
    (over,) = episodes.calm(calm + 1)
    assert over.ended == 0.0 and not list(episodes.calm(calm + 1)) and not episodes.open


def test_an_error_that_is_new_and_comes_in_a_burst_is_one_alarm() -> None:
    episodes = Episodes()
    assert episodes.add(anomaly(0.0, 1.0, AlarmKind.NEW_ERROR, "f")) is not None
    assert episodes.add(anomaly(1.0, 2.0, AlarmKind.FAILURES, "f")) is None
    assert episodes.add(anomaly(2.0, 2.0, AlarmKind.FAILURES, "other")) is not None


def test_a_score_of_nought_is_the_end() -> None:
    episodes = Episodes()
    episodes.add(anomaly(0.0, 2.0))
    episodes.add(anomaly(9.0, 0.0))
    assert [each.ended for each in episodes.calm(9.0)] == [9.0]


def test_a_threshold_is_tried_without_reading_again() -> None:
    seen = thinned([anomaly(float(n), score) for n, score in enumerate((0.5, 0.7, 1.4, 2.0, 1.0))])
    span = TimeRange(0.0, 100.0)
    for threshold, first in ((0.5, 0.0), (1.0, 2.0), (1.9, 3.0)):
        (alarm,) = alarms_of(seen, {AlarmKind.FAILURES: threshold}, span)
        assert alarm.given == first and alarm.worst == 2.0
    assert not alarms_of(seen, {AlarmKind.FAILURES: None}, span)
    assert not alarms_of(seen, {AlarmKind.FAILURES: 2.5}, span)
    assert not alarms_of(seen, {}, TimeRange(50.0, 100.0))
