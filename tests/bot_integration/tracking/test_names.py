"""Names come by themselves: with what is tracked, at the start, and when something is called otherwise."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot_integration import names
from bot_integration.tracking.name_tracking import NameTracking
from tests.bot_integration.host_bot import add, fine, having, host_bot, slash_command, tracking, use_menu
from tests.bot_integration.loopback import DM
from tests.bot_integration.noted import names_in
from tests.bot_integration.studio import Studio
from tests.bot_integration.tracking.command_tracking.tracked_commands import Texts

NASTY = "‮evil\n**bold** z̷̢̛͎a\0" + "x" * 300


def everything(*things: Any) -> Any:
    """The tracking of commands and of names, and what else."""

    async def prepare(bot: Any) -> None:
        await tracking(*things)(bot)
        await add(bot, NameTracking(bot))

    return prepare


def wait_for_name(place: Studio, kind: str, number: int, name: str) -> None:
    place.discord.wait_for(
        lambda: names_in(place.manager).get((kind, str(number))) == name, what=f"{kind} {number} is not {name}"
    )


def test_a_command_names_whom_it_came_from(place: Studio) -> None:
    eve = place.discord.person("eve_1987", "Eve of the Studio")
    place.discord.join(place.guild, eve, nick="Boss")
    with host_bot(place, tracking(slash_command("try", fine))) as running:
        place.discord.slash(eve, "try", where=place.guild).wait()
        running.settle()
    assert names_in(place.manager) == {
        ("user", str(eve.id)): "Eve of the Studio",
        ("guild", str(place.guild.id)): "Studio",
        ("channel", str(place.guild.channel.id)): "#general",
    }


def test_direct_messages_name_the_user_alone(place: Studio) -> None:
    with host_bot(place, tracking(slash_command("try", fine))) as running:
        place.discord.slash(place.nobody, "try", where=DM).wait()
        running.settle()
    assert names_in(place.manager) == {("user", str(place.nobody.id)): "cleo"}


@pytest.mark.parametrize("way", ["!hi", "!never", "!bad", "slash", "menu"])
def test_every_kind_of_command_names(place: Studio, way: str) -> None:
    @discord.app_commands.context_menu(name="Look at")
    async def menu(interaction: discord.Interaction, user: discord.User) -> None:
        await interaction.response.send_message("seen")

    with host_bot(place, tracking(Texts(), menu), expect_errors=True) as running:
        if way == "slash":
            place.discord.slash(place.nobody, "both", where=place.guild, options={"good": True}).wait()
        elif way == "menu":
            use_menu(place.discord, place.nobody, "Look at", place.admin, place.guild).wait()
        else:
            place.discord.say(place.nobody, way, where=place.guild)
        wait_for_name(place, "user", place.nobody.id, "cleo")
        running.settle()
    assert {kind for kind, _ in names_in(place.manager)} == {"user", "guild", "channel"}
    assert ("user", str(place.admin.id)) not in names_in(place.manager), "who was only looked at is not noted"


def test_servers_are_noted_at_the_start_and_when_they_come(place: Studio) -> None:
    second = place.discord.guild("Second", place.admin)
    with host_bot(place, everything()) as running:
        wait_for_name(place, "guild", second.id, "Second")
        third = place.discord.guild("Third", place.admin)
        wait_for_name(place, "guild", third.id, "Third")
        place.discord.rename(second, "Second to none")
        wait_for_name(place, "guild", second.id, "Second to none")
        place.discord.leave(second)
        running.settle()
    assert {kind for kind, _ in names_in(place.manager)} == {"guild"}
    assert names_in(place.manager)["guild", str(second.id)] == "Second to none"


def test_a_new_name_is_noted_of_whom_the_bot_has_met_only(place: Studio) -> None:
    intents = discord.Intents.default()
    intents.members = True
    other = place.discord.channel(place.guild, "other")
    with host_bot(place, everything(slash_command("try", fine)), intents=intents) as running:
        place.discord.slash(place.nobody, "try", where=place.guild).wait()
        running.settle()
        place.discord.rename(place.admin, "Never met")
        place.discord.rename(other, "never-used")
        place.discord.rename(place.nobody, "Cleopatra")
        place.discord.rename(place.guild.channel, "welcome")
        wait_for_name(place, "user", place.nobody.id, "Cleopatra")
        wait_for_name(place, "channel", place.guild.channel.id, "#welcome")
    found = names_in(place.manager)
    assert {("user", str(place.admin.id)), ("channel", str(other.id))}.isdisjoint(found)


def test_without_the_intent_a_new_name_comes_with_the_next_command(place: Studio) -> None:
    with host_bot(place, everything(slash_command("try", fine))) as running:
        for name in ("cleo", "Cleopatra"):
            place.discord.rename(place.nobody, name)
            place.discord.slash(place.nobody, "try", where=place.guild).wait()
            running.settle()
            wait_for_name(place, "user", place.nobody.id, name)


def test_a_button_names_who_presses_it(place: Studio) -> None:
    async def show(interaction: discord.Interaction) -> None:
        view = discord.ui.View()
        button: discord.ui.Button[discord.ui.View] = discord.ui.Button(label="More")
        button.callback = fine  # type: ignore[method-assign]
        view.add_item(button)
        await interaction.response.send_message("press", view=view)

    with host_bot(place, everything(slash_command("try", show))):
        shown = place.discord.slash(place.nobody, "try", where=place.guild).wait()
        place.discord.click(place.helper, shown, "More").wait()
        wait_for_name(place, "user", place.helper.id, "ben")


def test_a_name_is_any_text(place: Studio) -> None:
    eve = place.discord.person("eve", NASTY)
    place.discord.join(place.guild, eve)
    with host_bot(place, tracking(slash_command("try", fine))) as running:
        place.discord.slash(eve, "try", where=place.guild).wait()
        running.settle()
    kept = names_in(place.manager)["user", str(eve.id)]
    assert kept.startswith("‮evil") and "\0" not in kept and len(kept) <= len(NASTY)


def test_removal_ends_it(place: Studio) -> None:
    with host_bot(place, having()) as running:
        running.run(add(running.bot, NameTracking(running.bot)))
        wait_for_name(place, "guild", place.guild.id, "Studio")
        running.run(running.bot.remove_cog("NameTracking"))
        place.discord.rename(place.guild, "Other")
        running.settle()
    assert names_in(place.manager) == {("guild", str(place.guild.id)): "Studio"}


def test_an_event_of_a_bots_own_kind_notes_nothing_and_does_no_harm(place: Studio) -> None:
    class Odd:
        @property
        def user(self) -> object:
            raise RuntimeError("not even this")

    for source in (
        Odd(),
        None,
        "text",
        SimpleNamespace(user=SimpleNamespace(id="5", name="five"), guild=5, channel=[]),
    ):
        names.note_names(place.manager, source)
    assert names_in(place.manager) == {}


def test_thousands_of_servers_leave_the_loop_to_others(place: Studio) -> None:
    """Between two turns of everybody else only some servers are noted, however many there are."""
    guilds = [SimpleNamespace(id=10**17 + number, name=f"server {number}", icon=None) for number in range(3_000)]
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def run() -> None:
        counting = asyncio.create_task(count())
        await names.note_guilds(place.manager, guilds)
        counting.cancel()

    asyncio.run(run())
    assert turns > 5
    assert len(names_in(place.manager)) == 3_000


def test_more_servers_than_anybody_has_are_left_to_their_events(place: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "MOST_GUILDS", 3)
    guilds = [SimpleNamespace(id=10**17 + number, name=f"server {number}", icon=None) for number in range(5)]
    asyncio.run(names.note_guilds(place.manager, guilds))
    assert len(names_in(place.manager)) == 3
