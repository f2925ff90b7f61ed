"""Commands of a host's own that ask something, and what can go wrong with the answer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands

from bot_integration.commands.permissions import has_analytics_permission
from bot_integration.commands.responses import answer
from bot_integration.tracking import track_command_usage
from tests.bot_integration import questions_asked
from tests.bot_integration.commands.analytics_commands.shown_statistics import check_private
from tests.bot_integration.loopback import DM
from tests.bot_integration.studio import Studio


def told(found: questions_asked.Told) -> discord.Embed:
    return discord.Embed(title=found.word)


def asking(folder: Path) -> app_commands.Command[Any, ..., Any]:
    """A host's command that waits until it is allowed to answer."""

    @app_commands.command(name="ask", description="Asks something that takes a while")
    @has_analytics_permission()
    @track_command_usage
    async def ask(interaction: discord.Interaction, word: str) -> None:
        await answer(interaction, questions_asked.when_allowed, folder, word, embed=told)

    return ask


def failing(question: Callable[..., questions_asked.Told]) -> app_commands.Command[Any, ..., Any]:
    """A host's command whose question fails."""

    @app_commands.command(name="fail", description="Fails")
    @track_command_usage
    async def fail(interaction: discord.Interaction) -> None:
        await answer(interaction, question, embed=told)

    return fail


def asked(folder: Path) -> list[str]:
    notes = folder / "asked"
    return notes.read_text().split() if notes.exists() else []


@pytest.mark.slow
def test_many_questions_are_deferred_at_once_and_answered_in_order(place: Studio, tmp_path: Path) -> None:
    with place.bot(extra=[asking(tmp_path)]):
        first = place.discord.slash(place.admin, "ask", where=place.guild, options={"word": "first"})
        place.discord.wait_for(lambda: asked(tmp_path) == ["first"], 60)
        others = [
            place.discord.slash(place.admin, "ask", where=place.guild, options={"word": word})
            for word in ("second", "third", "second", "second", "third")
        ]
        more = place.discord.slash(place.admin, "stats", where=place.guild)
        assert max(each.wait_acknowledged(10) for each in (first, *others, more)) < 1.0
        for word in ("third", "second", "first"):
            (tmp_path / word).touch()
        replies = [each.wait(60) for each in (first, *others)]
        titles = [reply.embeds[0]["title"] for reply in replies]
        assert titles == ["first", "second", "third", "second", "second", "third"]
        assert asked(tmp_path) == ["first", "second", "third"], "equal questions that wait are asked once"
        check_private(more.wait(60))


@pytest.mark.slow
def test_a_question_under_way_is_asked_anew(place: Studio, tmp_path: Path) -> None:
    with place.bot(extra=[asking(tmp_path)]):
        invocations = [place.discord.slash(place.admin, "ask", where=place.guild, options={"word": "same"})]
        place.discord.wait_for(lambda: asked(tmp_path) == ["same"], 60)
        invocations.append(place.discord.slash(place.admin, "ask", where=place.guild, options={"word": "same"}))
        invocations[1].wait_acknowledged(10)
        (tmp_path / "same").touch()
        assert [each.wait(60).embeds[0]["title"] for each in invocations] == ["same", "same"]
        assert asked(tmp_path) == ["same", "same"], "what was tracked since the first began is in the second"


@pytest.mark.parametrize("how", ["the token has run out", "the message was dismissed"])
def test_an_answer_that_nobody_waits_for_is_logged_quietly(
    place: Studio, tmp_path: Path, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    caplog.set_level(logging.INFO, "bot_integration")
    with place.bot(extra=[asking(tmp_path)]):
        late = place.discord.slash(place.admin, "ask", where=place.guild, options={"word": "late"})
        place.discord.wait_for(lambda: asked(tmp_path) == ["late"], 60)
        if how == "the token has run out":
            place.discord.advance(16 * 60)
        else:
            assert late.original is not None
            late.original.deleted = True
        (tmp_path / "late").touch()
        late.wait_refused(30)
        place.discord.wait_for(lambda: place.tracked("ask"), 10)
    check_quiet(place, caplog, "ask")


def test_an_interaction_that_discord_gave_up_is_logged_quietly(place: Studio, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bot_integration")
    with place.bot():
        place.discord.fail_next("POST", r"/interactions/\d+/.+/callback", 429, retry_after=0.2)
        lost = place.discord.slash(place.admin, "command_stats", where=place.guild)
        place.discord.wait_for(lambda: place.discord.failures, 10)
        place.discord.advance(4)
        lost.wait_refused(30)
        place.discord.wait_for(lambda: place.tracked("command_stats"), 10)
    check_quiet(place, caplog, "command_stats")


def check_quiet(place: Studio, caplog: pytest.LogCaptureFixture, command: str) -> None:
    """The command counts as failed, and the log says why without making a fuss."""
    assert place.tracked(command) == [(str(place.admin.id), str(place.guild.id), 0)]
    ours = [each for each in caplog.records if each.name.startswith("bot_integration")]
    assert [each.levelname for each in ours if "too late" in each.getMessage()] == ["INFO"]
    assert all(each.levelno < logging.WARNING for each in ours)
    assert len(place.discord.violations) <= 1
    place.discord.violations.clear()


@pytest.mark.expect_log
def test_an_expected_fault_is_told_in_its_words_and_counts_as_failed(place: Studio) -> None:
    with place.bot(extra=[failing(questions_asked.full_disk)]):
        reply = place.discord.slash(place.nobody, "fail", where=place.guild).wait(60)
        assert reply.ephemeral and reply.content.startswith("**The disk is full.**")
        assert "SQLITE_FULL" not in reply.content and str(place.manager.location) not in reply.content
    assert place.tracked("fail") == [(str(place.nobody.id), str(place.guild.id), 0)]


def test_a_mistake_is_logged_with_its_traceback_and_told_kindly(
    place: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    with place.bot(extra=[failing(questions_asked.broken)]):
        reply = place.discord.slash(place.nobody, "fail", where=DM).wait(60)
        assert reply.ephemeral and "a mistake" not in reply.content and "log" in reply.content
    (logged,) = [each for each in caplog.records if each.name == "bot_integration.commands.responses"]
    assert logged.levelname == "ERROR" and logged.exc_info is not None
    assert isinstance(logged.exc_info[1], ZeroDivisionError)
    assert place.tracked("fail") == [(str(place.nobody.id), None, 0)]


@pytest.mark.slow
def test_a_bot_that_stops_says_so_to_whoever_waits(place: Studio, tmp_path: Path) -> None:
    with place.bot(extra=[asking(tmp_path)]):
        first = place.discord.slash(place.admin, "ask", where=place.guild, options={"word": "first"})
        place.discord.wait_for(lambda: asked(tmp_path) == ["first"], 60)
        second = place.discord.slash(place.admin, "ask", where=place.guild, options={"word": "second"})
        second.wait_acknowledged(10)
    assert all("just stopping" in each.reply.content for each in (first, second))
    assert [success for *_, success in place.tracked("ask")] == [0, 0]
