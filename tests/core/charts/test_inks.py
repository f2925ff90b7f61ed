"""A name keeps its colour: it follows from the name alone."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from itertools import combinations, permutations

import pytest

from core.charts.inks import NAMED, OTHERS, SHADES, inks_of
from core.charts.specs import Ink

NAMES = ("imagine", "video", "upscale", "redux", "help", "queue")
MANY = tuple(f"command{n:02d}" for n in range(30))


def colour_of(ink: Ink) -> Ink:
    """The colour that an ink is a shade of, or itself."""
    return next((colour for colour, shades in SHADES.items() if ink in shades), ink)


def alike(count: int) -> list[str]:
    """Names of one colour, in the alphabet's order."""
    same = [name for name in MANY if inks_of([name])[name] is inks_of([MANY[0]])[MANY[0]]]
    return same[:count]


@pytest.mark.parametrize(
    ("name", "ink"),
    [("comfy", Ink.SERIES_1), ("reduxprompt", Ink.SERIES_6), ("video", Ink.SERIES_4), ("stats", Ink.SERIES_3)],
)
def test_a_names_colour_is_the_same_in_every_version_and_on_every_machine(name: str, ink: Ink) -> None:
    assert inks_of([name]) == {name: ink}


@pytest.mark.parametrize(
    "together",
    [
        ("stats", "command_stats", "image_stats", "user_stats", "reset_stats"),  # all that the deployed bot records
        ("comfy", "redux", "reduxprompt", "pulid", "video"),
        ("bot_start", "upscale_button", "regenerate_button", "options_button"),
    ],
)
def test_names_that_are_usually_seen_together_have_colours_of_their_own(together: tuple[str, ...]) -> None:
    assert set(inks_of(together).values()) <= set(NAMED)
    assert len({colour_of(ink) for ink in inks_of(together).values()}) == len(together)


def test_another_process_gives_the_same_colours() -> None:
    code = f"from core.charts.inks import inks_of; print(*inks_of({NAMES!r}).values())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == list(inks_of(NAMES).values())


def test_the_order_of_names_means_nothing() -> None:
    wanted = inks_of(NAMES[:4])
    assert all(inks_of(order) == wanted for order in permutations(NAMES[:4]))


@pytest.mark.parametrize("several", list(combinations(MANY[:12], 5))[::20])
def test_a_name_has_its_colour_beside_any_others(several: tuple[str, ...]) -> None:
    together = inks_of(several)
    assert len(set(together.values())) == len(several)
    crowds = Counter(colour_of(inks_of([name])[name]) for name in several)
    for name, ink in together.items():
        own = inks_of([name])[name]
        assert colour_of(ink) is own or crowds[own] > 1 + len(SHADES[own])


def test_of_names_with_one_colour_the_first_in_the_alphabet_has_it_and_the_next_ones_its_shades() -> None:
    first, second, third = alike(3)
    own = inks_of([second])[second]
    assert inks_of([third, first, second]) == {first: own, second: SHADES[own][0], third: SHADES[own][1]}
    assert inks_of([second, third]) == {second: own, third: SHADES[own][0]}


def test_a_fourth_name_of_one_colour_borrows_another_and_takes_none_away() -> None:
    crowd = alike(4)
    own = inks_of(crowd[:1])[crowd[0]]
    neighbour = next(name for name in MANY if inks_of([name])[name] is next(ink for ink in NAMED if ink is not own))
    together = inks_of([*crowd, neighbour])
    assert together[neighbour] is inks_of([neighbour])[neighbour]
    assert colour_of(together[crowd[3]]) is not own
    assert len(set(together.values())) == 5


def test_more_names_than_colours_and_shades_are_grey() -> None:
    inks = list(inks_of(f"command{n:02d}" for n in range(20)).values())
    assert inks.count(OTHERS) == 2
    assert len(set(inks)) == 19


def test_a_name_that_comes_later_in_the_alphabet_changes_no_colour() -> None:
    first, second, third = alike(3)
    before = inks_of([first, second])
    assert {name: inks_of([first, second, third])[name] for name in before} == before


def test_no_name_is_red_or_grey_and_no_stranger_can_break_it() -> None:
    strange = ["", "\ud800", "\x00", "🦊" * 1_000, "failed", "other"]
    assert set(map(colour_of, inks_of(strange).values())) <= set(NAMED)
    assert not {Ink.BAD, Ink.SERIES_7, OTHERS} & set(NAMED)
