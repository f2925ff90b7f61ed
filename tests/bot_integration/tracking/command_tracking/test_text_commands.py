"""Prefix and hybrid commands are tracked, and what is none is not."""

from __future__ import annotations

import pytest
from discord.ext import commands

from tests.bot_integration.host_bot import REFUSED, host_bot, outcomes, tracking, wait_for_commands
from tests.bot_integration.studio import Studio
from tests.bot_integration.tracking.command_tracking.tracked_commands import Texts, last, run_last


@pytest.mark.parametrize(
    ("text", "recorded"),
    [
        ("!hi", ("!hi", 1)),
        ("!hello", ("!hi", 1)),
        ("!bad", ("!bad", 0)),
        ("!number 5", ("!number", 1)),
        ("!number five", ("!number", REFUSED)),
        ("!never", ("!never", REFUSED)),
        ("!odd", ("!odd", 0)),
        ("!marked", ("!marked", 0)),
        ("!outer inner", ("!outer inner", 1)),
        ("!outer", ("!outer", 1)),
        ("!both yes", ("!both", 1)),
        ("!both no", ("!both", 0)),
        ("!closed", ("!closed", REFUSED)),
    ],
)
def test_prefix_commands(place: Studio, text: str, recorded: tuple[str, int]) -> None:
    with host_bot(place, tracking(Texts(), last()), expect_errors=True):
        place.discord.say(place.nobody, text, where=place.guild)
        wait_for_commands(place, 1)
        run_last(place)
    assert outcomes(place.manager) == [recorded, ("last", 1)]


@pytest.mark.parametrize(
    ("name", "options", "recorded"),
    [
        ("both", {"good": True}, ("both", 1)),
        ("both", {"good": False}, ("both", 0)),
        ("marks", {}, ("marks", 0)),
        ("closed", {}, ("closed", REFUSED)),
    ],
)
def test_hybrid_commands_as_slash_commands(
    place: Studio, name: str, options: dict[str, bool], recorded: tuple[str, int]
) -> None:
    with host_bot(place, tracking(Texts(), last()), expect_errors=True):
        place.discord.slash(place.nobody, name, where=place.guild, options=options)
        wait_for_commands(place, 1)
        run_last(place)
    assert outcomes(place.manager) == [recorded, ("last", 1)]


def test_words_that_strangers_type_are_not_tracked(place: Studio) -> None:
    with host_bot(place, tracking(Texts(), last()), expect_errors=True) as running:
        for text in ("!nosuchthing", "!", "hi", "!!!"):
            place.discord.say(place.nobody, text, where=place.guild)
        place.discord.answer_to(place.discord.say(place.nobody, "!hi", where=place.guild))
        wait_for_commands(place, 1)
        run_last(place)
        assert any("is not found" in each for each in running.errors)
    assert outcomes(place.manager) == [("!hi", 1), ("last", 1)]


def test_a_mention_in_place_of_a_prefix_is_shown_as_an_at_sign(place: Studio) -> None:
    with host_bot(place, tracking(Texts(), last()), command_prefix=commands.when_mentioned):
        place.discord.say(place.nobody, f"<@{place.discord.bot.id}> hi", where=place.guild)
        wait_for_commands(place, 1)
    assert outcomes(place.manager) == [("@hi", 1)]
