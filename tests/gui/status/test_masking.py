from __future__ import annotations

import time

import pytest
from pytestqt.qtbot import QtBot

from gui.status.masking import Masking


@pytest.fixture
def masking(qtbot: QtBot) -> Masking:
    return Masking(chosen=True)


def heard(masking: Masking) -> list[bool]:
    told: list[bool] = []
    masking.changed.connect(told.append)
    return told


def test_prompts_are_shown_until_the_host_masks_them(qtbot: QtBot) -> None:
    masking = Masking()
    told = heard(masking)
    assert not masking.masked
    masking.choose(True)
    masking.choose(True)
    assert masking.masked
    masking.choose(False)
    assert (told, masking.masked) == ([True, False], False)


@pytest.mark.slow
def test_a_reveal_ends_by_itself(qtbot: QtBot, masking: Masking) -> None:
    told = heard(masking)
    masking.reveal_for(1.2)
    assert (masking.masked, masking.revealing) == (False, True)
    qtbot.waitUntil(lambda: masking.masked and told == [False, True])
    assert masking.chosen


@pytest.mark.slow
def test_another_reveal_prolongs_the_first(qtbot: QtBot, masking: Masking) -> None:
    told = heard(masking)
    masking.reveal_for(0.2)
    began = time.monotonic()
    masking.reveal_for(0.9)
    qtbot.waitUntil(lambda: told == [False, True])
    assert time.monotonic() - began >= 0.85


def test_a_reveal_is_ended_before_its_time(masking: Masking) -> None:
    told = heard(masking)
    masking.reveal_for(30)
    masking.hide_now()
    masking.hide_now()
    assert told == [False, True]
    assert masking.masked


@pytest.mark.parametrize("seconds", [0, -5])
def test_a_reveal_of_no_length_is_none(masking: Masking, seconds: float) -> None:
    told = heard(masking)
    masking.reveal_for(seconds)
    assert (told, masking.masked) == ([], True)


def test_where_nothing_is_masked_there_is_nothing_to_reveal(qtbot: QtBot) -> None:
    masking = Masking()
    told = heard(masking)
    masking.reveal_for(30)
    masking.hide_now()
    assert (told, masking.revealing) == ([], False)


@pytest.mark.parametrize(("chosen", "expected"), [(False, [False]), (True, [False, True])])
def test_choosing_ends_a_reveal(masking: Masking, chosen: bool, expected: list[bool]) -> None:
    told = heard(masking)
    masking.reveal_for(30)
    masking.choose(chosen)
    assert (told, masking.masked, masking.revealing) == (expected, chosen, False)


def test_a_reveal_ends_while_the_machine_sleeps(
    qtbot: QtBot, masking: Masking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steady clock stands still meanwhile, the wall clock does not."""
    told, wake = heard(masking), time.time() + 3600
    masking.reveal_for(30)
    monkeypatch.setattr(time, "time", lambda: wake)
    assert masking.masked
    qtbot.waitUntil(lambda: told == [False, True])
