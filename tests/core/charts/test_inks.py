"""A name keeps its colour: it follows from the name alone."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations, permutations

import pytest

from core.charts.inks import NAMED, OTHERS, inks_of
from core.charts.specs import Ink

NAMES = ("imagine", "video", "upscale", "redux", "help", "queue")


@pytest.mark.parametrize(
    ("name", "ink"),
    [("imagine", Ink.SERIES_1), ("video", Ink.SERIES_3), ("upscale", Ink.SERIES_5), ("redux", Ink.SERIES_3)],
)
def test_a_names_colour_is_the_same_in_every_version_and_on_every_machine(name: str, ink: Ink) -> None:
    assert inks_of([name]) == {name: ink}


def test_another_process_gives_the_same_colours() -> None:
    code = f"from core.charts.inks import inks_of; print(*inks_of({NAMES!r}).values())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == list(inks_of(NAMES).values())


def test_the_order_of_names_means_nothing() -> None:
    wanted = inks_of(NAMES[:4])
    assert all(inks_of(order) == wanted for order in permutations(NAMES[:4]))


def test_of_two_names_with_one_colour_the_first_in_the_alphabet_keeps_it() -> None:
    assert inks_of(["redux"])["redux"] is inks_of(["video"])["video"]
    both = inks_of(["video", "redux"])
    assert both["redux"] is inks_of(["redux"])["redux"]
    assert both["video"] is not both["redux"]


def test_names_of_one_chart_have_colours_of_their_own_as_far_as_there_are_any() -> None:
    for several in combinations((f"command{n}" for n in range(12)), len(NAMED)):
        assert set(inks_of(several).values()) == set(NAMED)
    assert list(inks_of(f"command{n:02d}" for n in range(8)).values()).count(OTHERS) == 2


def test_a_name_that_comes_later_in_the_alphabet_changes_no_colour() -> None:
    before = inks_of(["imagine", "redux"])
    assert {name: inks_of(["imagine", "redux", "video"])[name] for name in before} == before


def test_no_name_is_red_or_grey_and_no_stranger_can_break_it() -> None:
    strange = ["", "\ud800", "\x00", "🦊" * 1_000, "failed", "other"]
    assert set(inks_of(strange).values()) <= set(NAMED)
    assert not {Ink.BAD, Ink.SERIES_7, OTHERS} & set(NAMED)
