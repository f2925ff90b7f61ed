"""Whose start and whose shutdown it was: several bots, several processes of one, crashes and take-overs."""

from __future__ import annotations

import json

import pytest

from core.statistics.lives import LifeEvent, life_event, lives_of

START, END = "bot_start", "bot_shutdown"


def event(at: float, action: str, bot: str = "1", shards: str = "", life: str = "") -> LifeEvent:
    return LifeEvent(at, action, bot, shards, life)


def test_a_row_tells_bot_shards_and_life() -> None:
    details = json.dumps({"life": "ab12", "shard_ids": [0, 1], "python": "3.11"})
    assert life_event(5.0, START, "77", details) == LifeEvent(5.0, START, "77", "[0, 1]", "ab12")


@pytest.mark.parametrize(
    "details", [None, "", "{}", "[]", "nonsense", '{"life": 5, "shard_ids": "x"}', '{"life": "cut', "[" * 9_000]
)
def test_a_row_that_tells_nothing_is_the_bots(details: str | None) -> None:
    assert life_event(5.0, END, "77", details) == LifeEvent(5.0, END, "77")


@pytest.mark.parametrize("action", ["bot_reconnect", "guild_join", "", "BOT_START"])
def test_another_row_is_none(action: str) -> None:
    assert life_event(5.0, action, "77", "{}") is None


def test_one_process_stops_and_the_other_runs() -> None:
    one, other = event(1, START, shards="[0]", life="a"), event(2, START, shards="[1]", life="b")
    found = lives_of([one, other, event(3, END, shards="[0]", life="a")])
    assert found.running == (other,) and found.unclean == set()


def test_one_bot_stops_and_the_other_runs() -> None:
    one, other = event(1, START, bot="1"), event(2, START, bot="2")
    found = lives_of([one, other, event(3, END, bot="1")])
    assert found.running == (other,) and found.unclean == set()


def test_a_take_over_is_no_crash_and_the_new_process_runs() -> None:
    new = event(2, START, life="b")
    found = lives_of([event(1, START, life="a"), new, event(3, END, life="a")])
    assert found.running == (new,) and found.unclean == set()


@pytest.mark.parametrize("named", [True, False])
def test_a_crash_is_told_by_the_next_start_of_the_same_place(named: bool) -> None:
    second, third = event(2, START, life="b" if named else ""), event(4, START, life="c" if named else "")
    events = [event(1, START, life="a" if named else ""), second, event(3, END, life=second.life), third]
    found = lives_of(events)
    assert found.unclean == {second} and found.running == (third,)
    assert lives_of(events[:3]).running == ()


def test_a_shutdown_of_what_nobody_saw_starting_ends_nobody_else() -> None:
    running = event(1, START, life="a")
    assert lives_of([running, event(2, END, life="z")]).running == (running,)
    assert lives_of([event(2, END)]) == lives_of([])
