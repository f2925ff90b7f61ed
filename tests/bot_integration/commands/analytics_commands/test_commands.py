"""The commands, run by the real discord.py against the loopback Discord: who gets what, and when Discord falters."""

from __future__ import annotations

from pathlib import Path

import discord
import pytest
from discord import app_commands

from bot_integration.commands.analytics_commands import offered_days
from bot_integration.commands.permissions import NOT_A_MANAGER
from core.storage.labels import host_label, write_labels
from tests.bot_integration.commands.analytics_commands.shown_statistics import (
    DETAILED,
    check_picture,
    check_private,
    first_number,
    stored,
    words,
)
from tests.bot_integration.host_bot import REFUSED
from tests.bot_integration.loopback import DM, NotOffered
from tests.bot_integration.studio import Studio, studio
from tests.core import brute_force
from tests.parameters import slow_after


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_managers_role_is_enough(place: Studio) -> None:
    with place.bot():
        for name in DETAILED:
            check_picture(place.discord.slash(place.helper, name, where=place.guild, options={"days": 30}).wait(60))
        asked = place.discord.slash(place.helper, "reset_stats", where=place.guild).wait(60)
        assert "Delete all statistics?" in asked.content


def test_nobody_else_may_and_it_counts_as_refused(place: Studio) -> None:
    with place.bot():
        for name in (*DETAILED, "reset_stats"):
            reply = place.discord.slash(place.nobody, name, where=place.guild).wait(30)
            assert reply.ephemeral and reply.content == NOT_A_MANAGER
            with pytest.raises(NotOffered):
                place.discord.slash(place.admin, name, where=DM)
            assert place.tracked(name) == [(str(place.nobody.id), str(place.guild.id), REFUSED)]


def test_a_refusal_is_the_only_answer_beside_the_bots_own_error_handler(place: Studio) -> None:
    heard: list[str] = []

    async def apologise(interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        """As the deployed bot has it."""
        heard.append(str(error))
        words = f"An error occurred: {error}"
        if interaction.response.is_done():
            await interaction.followup.send(words, ephemeral=True)
        else:
            await interaction.response.send_message(words, ephemeral=True)

    with place.bot() as running:
        running.call(lambda: running.bot.tree.error(apologise))
        for name in (*DETAILED, "reset_stats"):
            asked = place.discord.slash(place.nobody, name, where=place.guild)
            assert asked.wait(30).content == NOT_A_MANAGER
            running.settle()
            assert asked.reply.followups == ()
    assert heard == []


@pytest.mark.parametrize("days", slow_after(1, [1, 30, 365]))
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
def test_choices_offered_are_always_in_range(typed: str) -> None:
    offered = offered_days(typed)
    assert all(1 <= choice.value <= 365 for choice in offered)
    assert len({choice.value for choice in offered}) == len(offered)


@pytest.mark.slow
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


@pytest.mark.slow
def test_names_of_who_left_are_stored_ones_and_discord_is_not_asked(place: Studio) -> None:
    left, labelled = "123456789012345678", "123456789012345679"
    for user in (left, labelled):
        for _ in range(500):
            place.manager.track_command("comfy", user, place.guild.id, 1, 1.0)
        place.manager.note_name("user", user, "Zoë **bold** @everyone\n" + "x" * 300)
    write_labels([host_label("user", labelled, "The one with the cats")])
    with place.bot():
        text = words(place.discord.slash(place.admin, "user_stats", where=place.guild).wait(60))
    assert r"Zoë \*\*bold\*\*" in text and "@everyone" not in text and "x" * 40 not in text
    assert "The one with the cats" in text
    assert not [each for each in place.discord.requests if each.endswith((left, labelled))]


@pytest.mark.slow
def test_an_empty_database_gets_an_answer_without_a_picture(tmp_path: Path) -> None:
    with studio(tmp_path / "analytics.db") as place, place.bot():
        for name in DETAILED:
            reply = place.discord.slash(place.admin, name, where=place.guild, options={"days": 1}).wait(60)
            check_private(reply)
            assert len(reply.embeds) == 1


@pytest.mark.slow
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


@pytest.mark.slow
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
