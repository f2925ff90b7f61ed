"""The commands, run by the real discord.py against the loopback Discord."""

from __future__ import annotations

import csv
import io
import logging
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands

from bot_integration.analytics_commands import offered_days
from bot_integration.answering import answer
from bot_integration.permissions import NOT_A_MANAGER, has_analytics_permission
from bot_integration.tracking import track_command_usage
from core.periods import local_days
from core.simulation import write_history
from tests.bot_integration import questions_asked
from tests.bot_integration.loopback import DM, NotOffered, Posted, Reply
from tests.bot_integration.studio import PICTURE_SIZE, ZONE, Studio, png_size, studio
from tests.core import brute_force

DETAILED = ("command_stats", "image_stats", "user_stats")


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with five weeks in it, to be copied."""
    path = tmp_path_factory.mktemp("past") / "analytics.db"
    write_history(path, days=35, rows=3_000, zone=ZONE)
    return path


@pytest.fixture
def place(past: Path, tmp_path: Path) -> Iterator[Studio]:
    """A studio whose bot has those five weeks behind it."""
    target = tmp_path / "analytics.db"
    with closing(sqlite3.connect(past)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    with studio(target) as made:
        yield made


def since(days: int, back: int = 0) -> tuple[float, float]:
    """The span of a period."""
    edges = local_days(days * (back + 1), time.time(), ZONE).edges
    return edges[0], edges[days]


def stored(place: Studio, days: int, back: int = 0) -> brute_force.Stored:
    """The rows of a period, counted plainly."""
    assert place.manager.flush(10) and place.manager.location.path is not None
    return brute_force.span(brute_force.read(place.manager.location.path), *since(days, back))


def words(reply: Reply | Posted) -> str:
    """All that an embed says."""
    (embed,) = reply.embeds
    parts = [embed.get("title", ""), embed.get("description", ""), embed.get("footer", {}).get("text", "")]
    return "\n".join([*parts, *(f"{field['name']}\n{field['value']}" for field in embed.get("fields", []))])


def first_number(text: str) -> int:
    """The first bold number."""
    found = re.search(r"\*\*([\d,]+)", text)
    assert found, text
    return int(found[1].replace(",", ""))


def check_private(reply: Reply) -> None:
    """What holds for every answer."""
    assert reply.deferred and reply.ephemeral and reply.error is None
    assert reply.acknowledged_after < 1.0
    assert reply.message is not None and reply.message.allowed_mentions == {"parse": []}


def check_picture(reply: Reply | Posted) -> None:
    """The chart is attached, is a picture of the expected size, and the embed shows it."""
    assert list(reply.files) == ["chart.png"]
    assert png_size(reply.files["chart.png"]) == PICTURE_SIZE
    assert reply.embeds[0]["image"]["url"].endswith("chart.png")


def test_an_administrator_uses_all_commands(place: Studio) -> None:
    with place.bot():
        expected = stored(place, 7)
        commands = len(expected.commands)
        for name in DETAILED:
            reply = place.discord.slash(place.admin, name, where=place.guild).wait(60)
            check_private(reply)
            check_picture(reply)
            if name == "command_stats":
                assert first_number(words(reply)) == commands
            elif name == "image_stats":
                images = [row for row in expected.images if not brute_force.is_video(row)]
                assert first_number(words(reply)) == len(images)
            else:
                assert first_number(words(reply)) == len(set(brute_force.users(stored(place, 7))))
            assert [each["label"] for each in reply.buttons][:2] == ["◀ Previous 7 days", "Next 7 days ▶"]
    assert [place.tracked(name) for name in DETAILED] == [[(str(place.admin.id), str(place.guild.id), 1)]] * 3


def test_everybody_may_see_the_summary_also_in_direct_messages(place: Studio) -> None:
    with place.bot():
        total = len(brute_force.read(place.manager.location.path or Path()).commands)
        reply = place.discord.slash(place.nobody, "stats", where=place.guild).wait(60)
        check_private(reply)
        assert reply.embeds[0]["title"] == "loopback-bot Statistics"
        fields = [field["name"] for field in reply.embeds[0]["fields"]]
        assert fields == ["Summary", "Generation Times", "Top Resolutions", "Content Types", "Uptime"]
        assert f"**Commands:** {total:,}" in words(reply)
        direct = place.discord.slash(place.nobody, "stats", where=DM).wait(60)
        check_private(direct)
        assert f"**Commands:** {total + 1:,}" in words(direct), "what was just tracked is counted"
    assert place.tracked("stats") == [
        (str(place.nobody.id), str(place.guild.id), 1),
        (str(place.nobody.id), None, 1),
    ]


def test_the_managers_role_is_enough(place: Studio) -> None:
    with place.bot():
        for name in DETAILED:
            check_picture(place.discord.slash(place.helper, name, where=place.guild, options={"days": 30}).wait(60))
        asked = place.discord.slash(place.helper, "reset_stats", where=place.guild).wait(60)
        assert "Delete all statistics?" in asked.content


def test_nobody_else_may_and_it_counts_as_failed(place: Studio) -> None:
    with place.bot():
        for name in (*DETAILED, "reset_stats"):
            reply = place.discord.slash(place.nobody, name, where=place.guild).wait(30)
            assert reply.ephemeral and reply.content == NOT_A_MANAGER
            with pytest.raises(NotOffered):
                place.discord.slash(place.admin, name, where=DM)
            assert place.tracked(name) == [(str(place.nobody.id), str(place.guild.id), 0)]


@pytest.mark.parametrize("days", [1, 30, 365])
def test_any_number_of_days_up_to_a_year(place: Studio, days: int) -> None:
    with place.bot():
        expected = len(stored(place, days).commands)
        reply = place.discord.slash(place.admin, "command_stats", where=place.guild, options={"days": days}).wait(60)
        assert first_number(words(reply)) == expected
        for wrong in (0, 366):
            with pytest.raises(NotOffered):
                place.discord.slash(place.admin, "command_stats", where=place.guild, options={"days": wrong})


def test_the_usual_numbers_are_offered_while_one_is_typed(place: Studio) -> None:
    with place.bot():
        for typed, first in (("", 1), ("3", 3), ("36", 36)):
            reply = place.discord.autocomplete(place.admin, "user_stats", "days", typed, where=place.guild).wait(10)
            assert reply.choices[0]["value"] == first
            assert len(reply.choices) <= 25


@pytest.mark.parametrize("typed", ["", "1", "3", "30", "365", "366", "0", "007", "a", " ", "٣", "9" * 500])
def test_what_is_offered_is_always_in_range(typed: str) -> None:
    offered = offered_days(typed)
    assert all(1 <= choice.value <= 365 for choice in offered)
    assert len({choice.value for choice in offered}) == len(offered)


def test_the_buttons_turn_the_pages_of_the_same_message(place: Studio) -> None:
    with place.bot():
        expected = {back: len(stored(place, 7, back).commands) for back in (0, 1, 2)}
        reply = place.discord.slash(place.admin, "command_stats", where=place.guild).wait(60)
        with pytest.raises(NotOffered, match="disabled"):
            place.discord.click(place.admin, reply, "Next 7 days ▶")
        earlier = place.discord.click(place.admin, reply, "◀ Previous 7 days").wait(30)
        assert earlier.deferred and earlier.message is not None and reply.message is not None
        assert earlier.message.id == reply.message.id
        assert first_number(words(earlier)) == expected[1]
        check_picture(earlier)
        assert earlier.files["chart.png"] != reply.files["chart.png"]
        still_earlier = place.discord.click(place.admin, earlier, "◀ Previous 7 days").wait(30)
        assert first_number(words(still_earlier)) == expected[2]
        back = place.discord.click(place.admin, still_earlier, "Next 7 days ▶").wait(30)
        assert first_number(words(back)) == expected[1]


def test_a_button_from_before_a_restart_works(place: Studio) -> None:
    with place.bot():
        reply = place.discord.slash(place.admin, "image_stats", where=place.guild, options={"days": 14}).wait(60)
    with place.bot():
        earlier = place.discord.click(place.admin, reply, "◀ Previous 14 days").wait(60)
        assert earlier.message is not None and reply.message is not None and earlier.message.id == reply.message.id
        images = [row for row in stored(place, 14, 1).images if not brute_force.is_video(row)]
        assert first_number(words(earlier)) == len(images)


def test_a_button_pressed_on_a_later_day_shows_the_days_that_it_says(place: Studio) -> None:
    from bot_integration.paging_view import Page, _moment
    from core.answers import Period

    yesterday_start, yesterday_end = since(1, 1)
    day = brute_force.local_date(yesterday_start, ZONE).isoformat()
    assert _moment(day, ZONE) == {"now": yesterday_end - 1.0}
    assert _moment(brute_force.local_date(time.time(), ZONE).isoformat(), ZONE) == {}
    assert len(f"botpulse:page:{Page('commands', Period(365, 9999), day).code}:earlier") <= 100


def test_a_manager_who_is_none_any_more_can_press_nothing(place: Studio) -> None:
    with place.bot():
        reply = place.discord.slash(place.helper, "command_stats", where=place.guild).wait(60)
        place.discord.join(place.guild, place.helper)  # without the role
        for button in ("◀ Previous 7 days", "Commands as CSV"):
            pressed = place.discord.click(place.helper, reply, button)
            refused = pressed.wait_for(lambda seen: bool(seen.followups) or NOT_A_MANAGER in seen.content, 20)
            private = refused.followups[-1] if refused.followups else refused.message
            assert private is not None and private.ephemeral and private.content == NOT_A_MANAGER
            assert private.files == {}


@pytest.mark.parametrize(
    ("command", "button", "table"),
    [
        ("command_stats", "Commands as CSV", "commands"),
        ("image_stats", "Images as CSV", "images"),
        ("user_stats", "Images as CSV", "images"),
    ],
)
def test_the_csv_button_hands_out_the_rows(place: Studio, command: str, button: str, table: str) -> None:
    with place.bot():
        expected = stored(place, 30)
        reply = place.discord.slash(place.admin, command, where=place.guild, options={"days": 30}).wait(60)
        handed = place.discord.click(place.admin, reply, button).wait(30)
        assert handed.ephemeral and handed.message is not None and reply.message is not None
        assert handed.message.id != reply.message.id
        ((name, data),) = handed.files.items()
        assert name.startswith(f"{table}-") and name.endswith(".csv")
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
        wanted = len(expected.images) if table == "images" else len(expected.commands)
        # The command that showed the page was tracked before its button was pressed.
        assert len(rows) - 1 == wanted + (table == "commands")
        assert f"{len(rows) - 1:,} rows" in handed.content


def test_names_come_from_the_bot_s_cache_from_discord_or_not_at_all(place: Studio) -> None:
    stranger = "123456789012345678"
    somebody = place.discord.person("dora", "Dora **bold** @everyone")
    place.discord.join(place.guild, somebody)
    for user in (place.admin.id, somebody.id, stranger):
        for _ in range(500):
            place.manager.track_command("comfy", user, place.guild.id, 1, 1.0)
    with place.bot():
        invocation = place.discord.slash(place.admin, "user_stats", where=place.guild)
        reply = invocation.wait_for(lambda seen: seen.message is not None and seen.edits > 0, 60)
        text = words(reply)
        assert "…5678" in text
        assert r"Dora \*\*bold\*\*" in text and "@everyone" not in text
        check_picture(reply)
        asked = [each for each in place.discord.requests if "/members/" in each]
        assert 0 < len(asked) <= 5
        again = place.discord.slash(place.admin, "user_stats", where=place.guild).wait(30)
        assert r"Dora \*\*bold\*\*" in words(again), "remembered"
        members = [each for each in place.discord.requests if f"/members/{somebody.id}" in each]
        assert len(members) == 1


def test_an_empty_database_gets_an_answer_without_a_picture(tmp_path: Path) -> None:
    with studio(tmp_path / "analytics.db") as place, place.bot():
        for name in DETAILED:
            reply = place.discord.slash(place.admin, name, where=place.guild, options={"days": 1}).wait(60)
            check_private(reply)
            assert len(reply.embeds) == 1


def test_429_and_500_answers_are_waited_out(place: Studio) -> None:
    with place.bot():
        place.discord.fail_next("POST", r"/interactions/\d+/.+/callback", 429)
        place.discord.fail_next("PATCH", r"/webhooks/.+/messages/@original", 500)
        reply = place.discord.slash(place.admin, "command_stats", where=place.guild).wait(60)
        check_private(reply)
        check_picture(reply)
        place.discord.fail_next("PATCH", r"/webhooks/.+/messages/@original", 429)
        check_private(place.discord.slash(place.admin, "stats", where=place.guild).wait(60))
        assert len(place.discord.failures) == 3
    assert place.tracked("command_stats") == [(str(place.admin.id), str(place.guild.id), 1)]


def test_the_bot_reconnects_in_between(place: Studio) -> None:
    with place.bot():
        reply = place.discord.slash(place.admin, "command_stats", where=place.guild).wait(60)
        for resumable in (True, False):
            before = len(place.discord.gateway_log)
            place.discord.drop_gateway(resumable=resumable)
            place.discord.wait_for(
                lambda count=before: place.discord.connected and len(place.discord.gateway_log) > count, 20
            )
            check_private(place.discord.slash(place.helper, "stats", where=place.guild).wait(60))
            check_picture(place.discord.click(place.admin, reply, "◀ Previous 7 days").wait(30))


# Commands of a host's own, and what can go wrong


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
    (logged,) = [each for each in caplog.records if each.name == "bot_integration.answering"]
    assert logged.levelname == "ERROR" and logged.exc_info is not None
    assert isinstance(logged.exc_info[1], ZeroDivisionError)
    assert place.tracked("fail") == [(str(place.nobody.id), None, 0)]


def test_a_bot_that_stops_says_so_to_whoever_waits(place: Studio, tmp_path: Path) -> None:
    with place.bot(extra=[asking(tmp_path)]):
        first = place.discord.slash(place.admin, "ask", where=place.guild, options={"word": "first"})
        place.discord.wait_for(lambda: asked(tmp_path) == ["first"], 60)
        second = place.discord.slash(place.admin, "ask", where=place.guild, options={"word": "second"})
        second.wait_acknowledged(10)
    assert all("just stopping" in each.reply.content for each in (first, second))
    assert [success for *_, success in place.tracked("ask")] == [0, 0]
