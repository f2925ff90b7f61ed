"""What the loopback Discord refuses, as the real one does: the real discord.py sends it, and it is recorded."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import discord
import pytest
from discord import app_commands

from tests.bot_integration.loopback import LoopbackDiscord, Unanswered
from tests.bot_integration.loopback.limits import NEW_LAYOUT, message_problems
from tests.bot_integration.plain_bot import Form, Interaction, PageInput, PlainBot, Step, plain_scene, send
from tests.bot_integration.running import running_bot


@pytest.fixture
def page() -> Iterator[PageInput]:
    with plain_scene() as made:
        yield made


def test_interaction_without_an_answer_within_three_seconds_fails(page: PageInput) -> None:
    async def step(interaction: Interaction) -> None:
        page.loopback.wait_for(lambda: waited, what="the test did not go on")
        await interaction.response.send_message("too late")

    waited: list[bool] = []
    invocation = page.do(step)
    page.loopback.advance(3.1)
    with pytest.raises(Unanswered, match="do by anna was not acknowledged"):
        invocation.wait()
    waited.append(True)
    assert invocation.wait_refused().code == 10062


def refuse_second_callback() -> Step:
    async def step(interaction: Interaction) -> None:
        await interaction.response.defer()
        interaction.response._response_type = None
        await interaction.response.send_message("again")

    return step


def refuse_early_follow_up() -> Step:
    async def step(interaction: Interaction) -> None:
        await interaction.followup.send("before any answer")

    return step


def fields(count: int, name: int = 1, value: int = 1) -> Callable[[], discord.Embed]:
    def make() -> discord.Embed:
        embed = discord.Embed()
        for _ in range(count):
            embed.add_field(name="n" * name, value="v" * value)
        return embed

    return make


def button(**settings: Any) -> Callable[[], discord.ui.View]:
    def make() -> discord.ui.View:
        return discord.ui.View().add_item(discord.ui.Button(**settings))

    return make


def two_alike() -> discord.ui.View:
    return discord.ui.View().add_item(discord.ui.Button(custom_id="a", label="a")).add_item(
        discord.ui.Button(custom_id="a", label="b")
    )  # fmt: skip


def long_modal() -> Step:
    async def step(interaction: Interaction) -> None:
        await interaction.response.send_modal(Form(title="t" * 46))

    return step


REFUSALS: dict[str, tuple[Callable[[], Step], tuple[int, int]]] = {
    "second answer": (refuse_second_callback, (400, 40060)),
    "early follow-up": (refuse_early_follow_up, (404, 10015)),
    "long content": (send(content="x" * 2001), (400, 50035)),
    "nothing": (send(content=" "), (400, 50006)),
    "long title": (send(embed=discord.Embed(title="x" * 257)), (400, 50035)),
    "long description": (send(embed=discord.Embed(description="x" * 4097)), (400, 50035)),
    "many fields": (send(embed=fields(26)), (400, 50035)),
    "empty field": (send(embed=fields(1, value=0)), (400, 50035)),
    "long name": (send(embed=fields(1, name=257)), (400, 50035)),
    "long value": (send(embed=fields(1, value=1025)), (400, 50035)),
    "long altogether": (send(embed=fields(6, value=1024)), (400, 50035)),
    "strange address": (send(embed=discord.Embed(title="x", url="file:///etc/passwd")), (400, 50035)),
    "long label": (send(view=button(label="x" * 81), content="x"), (400, 50035)),
    "long custom id": (send(view=button(label="x", custom_id="x" * 101), content="x"), (400, 50035)),
    "custom ids alike": (send(view=two_alike, content="x"), (400, 50035)),
    "long modal": (long_modal, (400, 50035)),
    "large file": (
        send(file=lambda: discord.File(io.BytesIO(bytes(10 * 1024 * 1024 + 1)), "large.bin")),
        (413, 40005),
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_requests_that_discord_refuses_are_refused_and_recorded(page: PageInput, name: str) -> None:
    make, expected = REFUSALS[name]
    assert page.refused(make()) == expected


def test_a_message_at_its_limits_is_taken(page: PageInput) -> None:
    embed = discord.Embed(title="t" * 256, description="d" * (4096 - 256))
    embed.add_field(name="n" * 256, value="v" * 1024).add_field(name="n" * 256, value="v" * (6000 - 256 - 3840 - 1536))
    reply = page.do(send(content="c" * 2000, embed=embed, view=button(label="l" * 80, custom_id="i" * 100))()).wait()
    assert len(reply.content) == 2000
    assert page.loopback.violations == []


def test_a_token_ends_after_a_quarter_of_an_hour(page: PageInput) -> None:
    async def step(interaction: Interaction) -> None:
        await interaction.response.defer()
        page.loopback.wait_for(lambda: late)
        await interaction.followup.send("too late")

    late: list[bool] = []
    invocation = page.do(step)
    invocation.wait_acknowledged()
    page.loopback.advance(15 * 60)
    late.append(True)
    refusal = invocation.wait_refused()
    assert (refusal.status, refusal.code) == (401, 50027)


def test_a_picture_that_was_not_sent_is_recorded(page: PageInput) -> None:
    picture = discord.Embed(title="x").set_image(url="attachment://chart.png")
    page.do(send(embed=picture)()).wait()
    assert page.loopback.violations == [
        "picture missing: embeds.0.image.url: attachment://chart.png is not among the files []."
    ]


def test_commands_that_discord_would_not_take() -> None:
    class Odd(PlainBot):
        async def setup_hook(self) -> None:
            command = self.tree.get_command("stats")
            assert isinstance(command, app_commands.Command)
            command.description = "d" * 101

    with LoopbackDiscord() as loopback:
        with pytest.raises(discord.HTTPException) as refusal, running_bot(Odd, loopback):
            pass
        assert refusal.value.code == 50035
        assert "description" in loopback.violations[0]


def test_more_choices_than_a_client_shows(page: PageInput) -> None:
    page.bot.colours = [f"colour {number}" for number in range(26)]
    typed = page.loopback.autocomplete(page.anna, "paint", "colour", "", where=page.guild)
    assert typed.wait_refused().code == 50035
    assert "Must be between 0 and 25 in length" in page.loopback.violations[0]
    page.running.settle()
    assert any("autocomplete" in line for line in page.running.errors)
    page.running.errors.clear()


def row(*children: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(children)}


BUTTON = {"type": 2, "style": 1, "label": "x"}
OPTION = {"label": "x", "value": "x"}

TAKEN_AND_NOT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "rows": (
        {"components": [row(BUTTON | {"custom_id": str(each)}) for each in range(5)]},
        {"components": [row(BUTTON | {"custom_id": str(each)}) for each in range(6)]},
    ),
    "buttons in a row": (
        {"components": [row(*(BUTTON | {"custom_id": str(each)} for each in range(5)))]},
        {"components": [row(*(BUTTON | {"custom_id": str(each)} for each in range(6)))]},
    ),
    "options of a select": (
        {"components": [row({"type": 3, "custom_id": "x", "options": [OPTION] * 25})]},
        {"components": [row({"type": 3, "custom_id": "x", "options": [OPTION] * 26})]},
    ),
    "embeds": ({"embeds": [{"title": "x"}] * 10}, {"embeds": [{"title": "x"}] * 11}),
    "embeds together": (
        {"embeds": [{"description": "x" * 3000}, {"description": "x" * 2900}, {"footer": {"text": "x" * 100}}]},
        {"embeds": [{"description": "x" * 3000}, {"description": "x" * 2900}, {"footer": {"text": "x" * 101}}]},
    ),
    "a layout": (
        {"flags": NEW_LAYOUT, "components": [{"type": 10, "content": "x" * 4000}]},
        {"flags": NEW_LAYOUT, "components": [{"type": 10, "content": "x" * 4001}]},
    ),
    "a layout with content": (
        {"flags": NEW_LAYOUT, "components": [{"type": 10, "content": "x"}]},
        {"flags": NEW_LAYOUT, "components": [{"type": 10, "content": "x"}], "content": "x"},
    ),
}
"""Payloads at a limit and over it, that discord.py itself would not let through."""


@pytest.mark.parametrize("name", TAKEN_AND_NOT)
def test_limits_that_discord_py_guards_itself(name: str) -> None:
    taken, refused = TAKEN_AND_NOT[name]
    assert list(message_problems(taken)) == []
    assert len(list(message_problems(refused))) == 1
