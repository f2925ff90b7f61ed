"""Alarms in words: what, since when, how sure, compared with what; hostile text stays text."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from core.alarms.anomaly import AlarmKind, Anomaly
from core.alarms.episodes import Alarm
from core.alarms.words import alarm_words, end_words
from core.filters import Field

BERLIN = ZoneInfo("Europe/Berlin")
NOW = 1_764_590_400.0  # 1 December 2025, 13:00 in Berlin
SEEN = Anomaly(AlarmKind.FAILURES, "", NOW - 60, NOW - 600, 2.0, 12.0, 1.3, 600.0, 12, "KeyError", "no such key", "f00")


def alarm(**changes: object) -> Alarm:
    seen = replace(SEEN, **changes)  # type: ignore[arg-type]
    return Alarm(seen, seen, seen.score)


def test_a_burst_says_what_is_usual_since_when_and_how_sure() -> None:
    words = alarm_words(alarm(), NOW, BERLIN)
    assert words.headline == "More failures than usual"
    assert "12 failures in 10\u00a0min since 12:50; 1.3 are usual" in words.evidence
    assert "KeyError: no such key" in words.evidence and "all but certainly" in words.evidence
    assert words.opens is not None and words.opens.table == "failures"


def test_without_reasons_it_opens_the_failed_commands() -> None:
    words = alarm_words(alarm(subject="", detail="", fingerprint=""), NOW, BERLIN)
    assert words.opens is not None and words.opens.table == "commands"


def test_a_new_error_opens_its_own_failures() -> None:
    words = alarm_words(alarm(kind=AlarmKind.NEW_ERROR, cause="f00"), NOW, BERLIN)
    assert words.headline == "A new error: KeyError" and words.opens is not None
    assert words.opens.chosen.terms[0].field is Field.ERROR


@pytest.mark.parametrize(
    ("detail", "subject", "field"),
    [
        ("all", "", None),
        ("lora", "a.safetensors", Field.LORA),
        ("model", "flux", Field.MODEL),
        ("type", "video", Field.TYPE),
    ],
)
def test_slowness_names_what_is_slow(detail: str, subject: str, field: Field | None) -> None:
    words = alarm_words(alarm(kind=AlarmKind.SLOW, detail=detail, subject=subject), NOW, BERLIN)
    assert subject in words.headline and words.opens is not None
    assert (words.opens.chosen.terms[0].field if field else None) == field


@pytest.mark.parametrize("kind", list(AlarmKind))
def test_every_kind_has_words_whatever_is_in_it(kind: AlarmKind) -> None:
    hostile = "{count} %s\n<b>\u202e" + "x" * 5_000
    words = alarm_words(
        alarm(kind=kind, subject=hostile if kind is not AlarmKind.SLOW else "x", detail="all"), NOW, BERLIN
    )
    for text in (words.headline, words.evidence, words.advice):
        assert text.strip() and "{" not in text.replace("{count}", "")
    if kind is not AlarmKind.SILENCE:
        assert "\n" not in words.headline + words.evidence


def test_an_end_says_since_when_and_after_how_long() -> None:
    over = replace(alarm(), ended=NOW)
    assert end_words(over, BERLIN) == "Over since 13:00, after 10\u00a0min."
