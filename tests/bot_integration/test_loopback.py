"""The loopback Discord by itself: the real discord.py with a small plain bot, none of Botpulse."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterator
from typing import Any

import discord
import pytest
from discord.ext import commands

from tests.bot_integration.loopback import (
    ADMINISTRATOR,
    DM,
    MANAGE_GUILD,
    LoopbackDiscord,
    NotOffered,
    Unanswered,
)
from tests.bot_integration.plain_bot import PICTURE, Interaction, PageInput, PlainBot, plain_scene, send
from tests.bot_integration.running import running_bot


@pytest.fixture
def loopback() -> Iterator[LoopbackDiscord]:
    with LoopbackDiscord() as server:
        yield server


@pytest.fixture
def page() -> Iterator[PageInput]:
    with plain_scene() as made:
        yield made


def test_a_deferred_answer_is_filled_in_and_stays_private(page: PageInput) -> None:
    reply = page.loopback.slash(page.anna, "stats", where=page.guild, options={"days": 30}).wait()
    assert reply.deferred and reply.ephemeral and reply.edits == 0 and reply.followups == ()
    assert reply.embeds[0]["title"] == "30 days"
    assert reply.files == {"chart.png": PICTURE}
    assert reply.acknowledged_after < 3
    assert page.loopback.messages(page.guild) == []
    assert page.loopback.violations == []


def test_the_first_follow_up_cannot_change_what_deferring_said(page: PageInput) -> None:
    async def step(interaction: Interaction) -> None:
        await interaction.response.defer()
        await interaction.followup.send("first", ephemeral=True)
        await interaction.followup.send("second", ephemeral=True)

    invocation = page.do(step)
    reply = invocation.wait_for(lambda reply: len(reply.followups) == 1)
    assert (reply.content, reply.ephemeral) == ("first", False)
    assert [(each.content, each.ephemeral) for each in reply.followups] == [("second", True)]


def test_buttons_change_the_message_they_are_on(page: PageInput) -> None:
    first = page.loopback.slash(page.anna, "stats", where=page.guild)
    first.wait()
    reply = page.loopback.click(page.anna, first, "Next").wait()
    assert (reply.content, reply.edits, reply.ephemeral, reply.deferred) == ("page 2", 1, True, False)
    assert reply.files == {"chart.png": PICTURE}
    reply = page.loopback.click(page.anna, reply, "later").wait()
    assert (reply.content, reply.files, reply.embeds, reply.deferred) == ("later", {}, (), True)
    assert page.loopback.click(page.anna, first, "Next").wait().content == "page 3"
    for which, words in (("Next", "disabled"), ("Help", "link"), ("Nothing", "there is no Nothing")):
        with pytest.raises(NotOffered, match=words):
            page.loopback.click(page.anna, first, which)
    with pytest.raises(NotOffered, match="can't see"):
        page.loopback.click(page.guild.owner, first, "later")


def test_selects_modals_and_completions(page: PageInput) -> None:
    pages = page.loopback.slash(page.anna, "stats", where=page.guild)
    pages.wait()
    assert page.loopback.select(page.anna, pages, "Colour", "green").wait().content == "chose green"
    form = page.loopback.slash(page.anna, "queue status", where=page.guild)
    modal = form.wait().modal
    assert modal is not None and modal["title"] == "Form"
    assert page.loopback.submit(form, {"Word": "hello"}).wait().content == "wrote hello"
    with pytest.raises(NotOffered, match="too long"):
        page.loopback.submit(form, {"Word": "longer"})
    typed = page.loopback.autocomplete(page.anna, "paint", "colour", "gr", where=page.guild).wait()
    assert [choice["value"] for choice in typed.choices] == ["green"]


def test_options_are_those_that_a_client_would_send(page: PageInput) -> None:
    options: dict[str, Any] = {"colour": "red", "size": "Large", "who": page.anna}
    reply = page.loopback.slash(page.anna, "paint", where=page.guild, options=options).wait()
    assert reply.content == "red l Anna *bold*"


@pytest.mark.parametrize(
    ("command", "options", "words"),
    [
        ("nothing", {}, "not been synchronised"),
        ("paint", {}, "required"),
        ("paint", {"colour": "red", "size": "small"}, "not among the choices"),
        ("paint", {"colour": 7}, "can't be entered"),
        ("paint", {"colour": "red", "shape": "round"}, "no option shape"),
        ("stats", {"days": 0}, "out of 1 to 365"),
        ("stats", {"days": 366}, "out of 1 to 365"),
        ("stats", {"days": True}, "can't be entered"),
        ("manage", {}, "hidden from anna"),
        ("queue", {}, "choose one"),
        ("queue nothing", {}, "no subcommand"),
    ],
)
def test_a_client_does_not_offer_what_discord_would_not_take(
    page: PageInput, command: str, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(NotOffered, match=words):
        page.loopback.slash(page.anna, command, where=page.guild, options=options)


def test_commands_are_for_those_who_may_use_them(page: PageInput) -> None:
    loopback, guild = page.loopback, page.guild
    manager, admin, favoured = (loopback.person(name) for name in ("manager", "admin", "favoured"))
    loopback.join(guild, manager, loopback.role(guild, "managers", permissions=MANAGE_GUILD))
    loopback.join(guild, admin, loopback.role(guild, "admins", permissions=ADMINISTRATOR))
    role = loopback.role(guild, "favoured")
    loopback.join(guild, favoured, role)
    assert "manage" not in loopback.offered(favoured, guild)
    loopback.allow(guild, "manage", role)
    for person in (manager, admin, favoured, guild.owner):
        assert loopback.slash(person, "manage", where=guild).wait().content == "managed"
    loopback.allow(guild, "manage", manager, allowed=False)
    assert loopback.offered(manager, guild) == ["do", "paint", "queue", "stats"]
    assert loopback.offered(admin, DM) == ["do", "paint", "queue", "stats"]
    with pytest.raises(NotOffered, match="not in Studio"):
        loopback.slash(loopback.person("stranger"), "stats", where=guild)


def test_direct_messages(page: PageInput) -> None:
    async def step(interaction: Interaction) -> None:
        assert interaction.guild is None and isinstance(interaction.user, discord.User)
        await interaction.response.send_message("here")
        await interaction.user.send("by the bot itself")

    page.bot.step = step
    assert page.loopback.slash(page.anna, "do", where=DM).wait().content == "here"
    channel = page.loopback.direct(page.anna)
    said = page.loopback.wait_for(lambda: [each.content for each in page.loopback.messages(channel)][1:])
    assert said == ["by the bot itself"]


def test_a_person_who_takes_no_messages(page: PageInput) -> None:
    shy = page.loopback.person("shy", accepts_messages=False)

    async def write() -> None:
        await (await page.bot.fetch_user(shy.id)).send("hello")

    with pytest.raises(discord.Forbidden) as refusal:
        page.running.run(write())
    assert refusal.value.code == 50007
    assert page.loopback.violations == []


@pytest.mark.parametrize("where", ["server", "direct"])
def test_prefix_commands_are_answered_in_the_channel(page: PageInput, where: str) -> None:
    said = page.loopback.say(page.anna, "!ping", where=page.guild if where == "server" else DM)
    answer = page.loopback.answer_to(said)
    assert (answer.content, answer.files) == ("pong", {"pong.txt": b"text"})


def test_without_the_intent_a_message_has_no_content(loopback: LoopbackDiscord) -> None:
    anna = loopback.person("anna")
    guild = loopback.guild("Studio", anna)
    heard: list[str] = []

    class Listener(PlainBot):
        async def on_message(self, message: discord.Message) -> None:
            heard.append(message.content)

    with running_bot(lambda: Listener(discord.Intents.default()), loopback):
        loopback.say(anna, "!ping", where=guild)
        loopback.say(anna, "private", where=DM)
        loopback.say(anna, f"{loopback.bot.mention} hello", where=guild)
        loopback.wait_for(lambda: len(heard) == 3)
    assert heard == ["", "private", f"{loopback.bot.mention} hello"]


def test_a_person_is_known_only_with_the_members_intent(loopback: LoopbackDiscord) -> None:
    anna = loopback.person("anna")
    guild_id = loopback.guild("Studio", anna).id

    async def look(bot: commands.Bot) -> tuple[bool, str, list[str]]:
        guild = bot.get_guild(guild_id)
        assert guild is not None
        known = guild.get_member(anna.id) is not None
        fetched = await guild.fetch_member(anna.id)
        queried = await guild.query_members(user_ids=[anna.id, 1])
        return known, fetched.name, [member.name for member in queried]

    with running_bot(lambda: PlainBot(discord.Intents.default()), loopback) as running:
        assert running.run(look(running.bot)) == (False, "anna", ["anna"])
    without_presences = discord.Intents(guilds=True, members=True, guild_messages=True, message_content=True)
    for intents in (without_presences, discord.Intents.all()):
        with running_bot(functools.partial(PlainBot, intents), loopback) as running:
            assert running.run(look(running.bot)) == (True, "anna", ["anna"])
    assert loopback.gateway_log.count("MEMBERS") == 4


@pytest.mark.slow
def test_a_bot_that_is_limited_or_meets_a_fault_tries_again(page: PageInput) -> None:
    page.loopback.fail_next("POST", "/callback$", 429, retry_after=0.02)
    page.loopback.fail_next("POST", "^/webhooks/", 500)
    page.loopback.fail_next("POST", "^/webhooks/", 429, times=2, retry_after=0.02)
    reply = page.loopback.slash(page.anna, "stats", where=page.guild).wait()
    assert reply.files == {"chart.png": PICTURE}
    assert [line.rpartition(" ")[2] for line in page.loopback.failures] == ["429", "500", "429", "429"]
    page.loopback.fail_next("POST", "^/channels/", 429, retry_after=0.02, everywhere=True)
    said = page.loopback.say(page.anna, "!ping", where=page.guild)
    assert page.loopback.answer_to(said).content == "pong"
    assert page.loopback.violations == []


@pytest.mark.parametrize("politely", [False, True])
def test_a_dropped_bot_resumes_and_misses_nothing(page: PageInput, politely: bool) -> None:
    page.loopback.drop_gateway(politely=politely)
    page.loopback.guild("Meanwhile")
    page.loopback.wait_for(lambda: {"resumed", "join Meanwhile"} <= set(page.bot.heard))
    assert page.bot.heard[:2] == ["available Studio", "ready"]
    assert sorted(page.bot.heard[2:]) == ["join Meanwhile", "resumed"]
    assert [line for line in page.loopback.gateway_log if not line.startswith("CLOSED")] == ["IDENTIFY", "RESUME"]
    assert page.loopback.slash(page.anna, "stats", where=page.guild).wait().ephemeral


def test_a_bot_whose_session_is_gone_identifies_anew(page: PageInput) -> None:
    page.loopback.drop_gateway(resumable=False)
    page.loopback.wait_for(lambda: page.bot.heard.count("ready") == 2)
    assert [line for line in page.loopback.gateway_log if not line.startswith("CLOSED")] == [
        "IDENTIFY",
        "INVALID SESSION",
        "IDENTIFY",
    ]
    assert page.bot.heard == ["available Studio", "ready"] * 2
    assert page.loopback.slash(page.anna, "stats", where=page.guild).wait().ephemeral


def test_servers_come_and_go(page: PageInput) -> None:
    late = page.loopback.guild("Late", page.anna)
    page.loopback.wait_for(lambda: "join Late" in page.bot.heard)
    assert page.loopback.slash(page.anna, "stats", where=late).wait().ephemeral
    page.loopback.outage(late)
    page.loopback.outage_over(late)
    page.loopback.leave(late)
    page.loopback.wait_for(lambda: "remove Late" in page.bot.heard)
    assert page.bot.heard[2:] == ["join Late", "unavailable Late", "available Late", "remove Late"]


def test_an_answer_that_was_promised_and_never_came(page: PageInput) -> None:
    async def step(interaction: Interaction) -> None:
        await interaction.response.defer()

    with pytest.raises(TimeoutError, match="was deferred, but has no answer"):
        page.do(step).wait(timeout=0.2)


def test_a_wrong_token_does_not_log_in(loopback: LoopbackDiscord) -> None:
    loopback.world.token = "another"
    bot = PlainBot()

    async def log_in() -> None:
        async with bot:
            await bot.login("wrong")

    with loopback.patch(), pytest.raises(discord.LoginFailure):
        asyncio.run(log_in())


def test_errors_that_discord_py_only_logs_fail_the_test(loopback: LoopbackDiscord) -> None:
    anna = loopback.person("anna")
    guild = loopback.guild("Studio", anna)

    async def step(_interaction: Interaction) -> None:
        raise ValueError("oops")

    with pytest.raises(AssertionError, match="oops"), running_bot(PlainBot, loopback) as running:
        running.bot.step = step
        loopback.slash(anna, "do", where=guild)
        loopback.wait_for(lambda: running.errors)


def test_files_are_served_and_members_found(page: PageInput) -> None:
    said = page.loopback.say(page.anna, "!ping", where=page.guild)
    answer = page.loopback.answer_to(said)

    async def read() -> tuple[bytes, str]:
        channel = page.bot.get_channel(page.guild.channel.id)
        assert isinstance(channel, discord.TextChannel)
        message = await channel.fetch_message(answer.id)
        edited = await message.edit(content="changed")
        return await message.attachments[0].read(), edited.content

    assert page.running.run(read()) == (b"text", "changed")
    assert page.loopback.messages(page.guild)[-1].edits == 1


def test_heartbeats_go_on(loopback: LoopbackDiscord) -> None:
    with LoopbackDiscord(heartbeat_seconds=0.02) as quick, running_bot(PlainBot, quick):
        quick.wait_for(lambda: quick.gateway.heartbeats > 3)


def test_a_sharded_bot(loopback: LoopbackDiscord) -> None:
    anna = loopback.person("anna")
    guild = loopback.guild("Studio", anna)

    def make_bot() -> commands.AutoShardedBot:
        bot = commands.AutoShardedBot("!", intents=discord.Intents.default(), help_command=None)

        @bot.tree.command(description="Says its shard")
        async def shard(interaction: discord.Interaction[commands.AutoShardedBot]) -> None:
            assert interaction.guild is not None
            await interaction.response.send_message(f"{interaction.guild.shard_id} of {bot.shard_count}")

        return bot

    with running_bot(make_bot, loopback):
        assert loopback.slash(anna, "shard", where=guild).wait().content == "0 of 1"


def test_public_answers_are_announced_as_messages(page: PageInput) -> None:
    heard: list[str] = []

    async def keep(message: discord.Message) -> None:
        heard.append(message.content)

    page.bot.add_listener(keep, "on_message")
    page.do(send(content="for all")()).wait()
    page.do(send(content="for one", ephemeral=True)()).wait()
    page.loopback.say(page.anna, "said", where=page.guild)
    page.loopback.wait_for(lambda: len(heard) == 2)
    assert heard == ["for all", "said"]


def test_a_bot_that_has_gone_does_not_answer(page: PageInput) -> None:
    page.running.run(page.bot.close())
    page.loopback.wait_for(lambda: not page.loopback.connected)
    invocation = page.loopback.slash(page.anna, "stats", where=page.guild)
    page.loopback.advance(3.1)
    with pytest.raises(Unanswered):
        invocation.wait()


def test_before_a_bot_has_come_there_is_nobody_to_ask(loopback: LoopbackDiscord) -> None:
    anna = loopback.person("anna")
    with pytest.raises(NotOffered, match="not been synchronised"):
        loopback.slash(anna, "stats", where=DM)
