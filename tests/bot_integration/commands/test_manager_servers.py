"""A bot on several servers: whose administrators are managers, and what the others hear."""

from __future__ import annotations

import logging
from typing import Any

import discord
import pytest
from discord.ext import commands

from bot_integration import setup, teardown
from bot_integration.commands.permissions import NOT_AN_OWNER, NOT_ON_THIS_SERVER
from tests.bot_integration.host_bot import REFUSED, commands_in
from tests.bot_integration.loopback import ADMINISTRATOR, Guild, LoopbackDiscord, NotOffered, Person, Reply
from tests.bot_integration.running import running_bot
from tests.bot_integration.studio import Studio

SECRET = "a private prompt of the studio"


def stranger(loopback: LoopbackDiscord, name: str = "eve") -> tuple[Person, Guild]:
    """Somebody who has added the bot to a server where they are the administrator."""
    eve = loopback.person(name)
    theirs = loopback.guild(f"The server of {name}", eve)
    loopback.role(theirs, "Admins", eve, permissions=ADMINISTRATOR)
    return eve, theirs


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        each.getMessage()
        for each in caplog.records
        if each.name == "bot_integration.commands.manager_servers" and each.levelno == logging.WARNING
    ]


def check_refused(reply: Reply) -> None:
    assert (reply.content, reply.ephemeral, reply.files) == (NOT_ON_THIS_SERVER, True, {})


@pytest.mark.slow
@pytest.mark.parametrize("named", [False, True])
def test_an_administrator_of_another_server_is_refused(
    place: Studio, named: bool, caplog: pytest.LogCaptureFixture
) -> None:
    eve, theirs = stranger(place.discord)
    place.manager.track_image_generation(place.nobody.id, SECRET, "1:1", [], 1, 3.0)
    restriction: dict[str, Any] = {"with_role": False, "manager_guilds": [place.guild.id]} if named else {}
    tries: list[tuple[str, dict[str, bool]]] = [("image_stats", {}), ("reset_stats", {"confirm": True})]
    with place.bot(expect_errors=True, **restriction) as running:
        for command, options in tries:
            refused = place.discord.slash(eve, command, where=theirs, options=options).wait(30)
            check_refused(refused)
        assert place.discord.slash(eve, "stats", where=theirs).wait(30).embeds
        running.settle()
        reply = place.discord.slash(place.admin, "image_stats", where=place.guild).wait(30)
        rows = place.discord.click(place.admin, reply, "Images as CSV").wait(30).files
        assert SECRET in next(iter(rows.values())).decode("utf-8-sig")
    found = [(each.name, each.success) for each in commands_in(place.manager) if each.user == str(eve.id)]
    assert found == [("image_stats", REFUSED), ("reset_stats", REFUSED), ("stats", 1)]
    assert warnings(caplog) == []


@pytest.mark.slow
def test_both_the_role_and_administrators_are_kept_to_the_named_servers(place: Studio) -> None:
    eve, theirs = stranger(place.discord)
    with place.bot(expect_errors=True, manager_guilds=[theirs.id]):
        for person in (place.admin, place.helper):
            check_refused(place.discord.slash(person, "image_stats", where=place.guild).wait(30))
        assert place.discord.slash(eve, "image_stats", where=theirs).wait(30).embeds


@pytest.mark.slow
def test_a_button_from_before_the_restriction_is_refused(place: Studio) -> None:
    eve, theirs = stranger(place.discord)
    with place.bot(with_role=False, manager_guilds=[theirs.id]):
        before = place.discord.slash(eve, "image_stats", where=theirs).wait(30)
        assert before.embeds
    with place.bot():
        check_refused(place.discord.click(eve, before, "Images as CSV").wait(30))


@pytest.mark.slow
def test_where_nothing_is_said_only_the_owner_may_and_the_log_says_so_once(
    place: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    owner = place.discord.world.owner
    place.discord.join(place.guild, owner)
    place.discord.role(place.guild, "Owner", owner, permissions=ADMINISTRATOR)
    with place.bot(with_role=False, expect_errors=True) as running:
        running.settle()
        (warning,) = warnings(caplog)
        assert "owner" in warning and "manager_guilds" in warning
        eve, theirs = stranger(place.discord)
        place.discord.wait_for(lambda: running.bot.get_guild(theirs.id))
        for person, where in [(eve, theirs), (place.admin, place.guild)]:
            for command in ("image_stats", "reset_stats"):
                assert place.discord.slash(person, command, where=where).wait(30).content == NOT_AN_OWNER
        assert place.discord.slash(owner, "image_stats", where=place.guild).wait(30).embeds
    assert len(warnings(caplog)) == 1


@pytest.mark.parametrize("who", ["the role", "the servers", "nobody"])
def test_an_app_in_a_users_account_brings_no_command_to_servers_without_the_bot(
    place: Studio, who: str, caplog: pytest.LogCaptureFixture
) -> None:
    given: dict[str, Any] = {"manager_guilds": [place.guild.id]} if who == "the servers" else {}
    mallory = place.discord.person("mallory")
    theirs = place.discord.strange_guild("Mallory's own", mallory)
    place.discord.add_app(mallory)
    with place.bot(with_role=who == "the role", **given):
        kinds = {each["name"]: (each["integration_types"], each["contexts"]) for each in place.discord.commands()}
        assert [name for name, (installs, _) in kinds.items() if installs != [0]] == []
        assert {name for name, (_, contexts) in kinds.items() if contexts != [0]} == {"privacy", "stats"}
        assert place.discord.offered(mallory, theirs) == []
        for command in kinds:
            with pytest.raises(NotOffered):
                place.discord.slash(mallory, command, where=theirs)


@pytest.mark.parametrize("who", ["the role", "their server", "nobody"])
def test_a_command_registered_for_users_by_an_earlier_version_is_refused(
    place: Studio, who: str, caplog: pytest.LogCaptureFixture
) -> None:
    mallory, owner = place.discord.person("mallory"), place.discord.world.owner
    theirs = place.discord.strange_guild("Mallory's own", mallory)
    place.discord.join(theirs, owner)
    place.discord.role(theirs, "Admins", owner, permissions=ADMINISTRATOR)
    for person in (mallory, owner):
        place.discord.add_app(person)
    given: dict[str, Any] = {"manager_guilds": [theirs.id]} if who == "their server" else {}
    place.manager.track_image_generation(place.nobody.id, SECRET, "1:1", [], 1, 3.0)
    with place.bot(with_role=who == "the role", expect_errors=True, **given) as running:
        for command in place.discord.registry.all(None):
            command["integration_types"] = [0, 1]
        for person in (mallory, owner):
            check_refused(place.discord.slash(person, "image_stats", where=theirs).wait(30))
            reply = place.discord.slash(person, "reset_stats", where=theirs, options={"confirm": True}).wait(30)
            check_refused(reply)
        running.settle()
    assert place.manager.get_summary_stats()["total_images"] == 1


@pytest.mark.parametrize("wrong", [{"manager_role_id": 1234567890}, {"manager_guilds": [1234567890]}])
@pytest.mark.parametrize("when", ["in its setup_hook", "later"])
def test_a_role_or_server_that_the_bot_does_not_have_is_warned_of(
    place: Studio, wrong: dict[str, Any], when: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def make() -> commands.Bot:
        bot = commands.Bot(commands.when_mentioned, intents=discord.Intents.default())
        if when != "later":
            await setup(bot, place.manager, **wrong)
        return bot

    with running_bot(make, place.discord) as running:
        if when == "later":
            running.run(setup(running.bot, place.manager, **wrong))
        running.settle()
        (warning,) = warnings(caplog)
        running.run(teardown(running.bot))
        assert not any("look" in repr(each) for each in running.bot.extra_events.get("on_ready", []))
    assert "1234567890" in warning
