"""Discord's ids at the doors of the bot's side: as numbers or digits they mean the same, anything else is refused."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot_integration import setup
from bot_integration.comfyui import ComfyUI, Queue, QueueEntry
from bot_integration.comfyui.request import make_request
from bot_integration.discord_ids import NotAnId, id_number, id_numbers, id_text
from bot_integration.plug_in import SetupFault
from bot_integration.state.bot_state import installation_of
from bot_integration.web.final_image import FinalImage
from bot_integration.web.pending import PendingRequests
from bot_integration.web_handlers import TokenMissing, WebHandlers
from core.manager import AnalyticsManager

ID = 157_000_000_000_000_001
WRONG: list[Any] = [
    None, True, 1.5, "", "anna", " 7", "-7", "0", 0, -7, 2**64, str(2**64), "\u0667", [ID], discord.Object(ID), b"7",
]  # fmt: skip
NODES = {"9": {"class_type": "SaveImage", "inputs": {}}, "2": {"class_type": "Other", "inputs": {}}}


@pytest.mark.parametrize("given", [ID, str(ID)])
def test_a_number_and_its_digits_mean_the_same(given: int | str) -> None:
    assert (id_number(given, "x"), id_text(given, "x"), id_numbers([given], "x")) == (ID, str(ID), {ID})
    image = FinalImage(data=b"", user_id=given, channel_id=given, interaction_id=given)  # type: ignore[arg-type]
    assert (image.user_id, image.channel_id, image.interaction_id) == (str(ID),) * 3
    assert image.original_message_id == ""


@pytest.mark.parametrize("given", WRONG)
def test_anything_else_is_refused_in_words(given: Any) -> None:
    with pytest.raises(NotAnId, match="owner_id takes an id of Discord's"):
        id_number(given, "owner_id")
    for field in ("user_id", "channel_id"):
        with pytest.raises(NotAnId, match=field):
            FinalImage(data=b"", **{"user_id": "1", "channel_id": "1", field: given})


@pytest.mark.parametrize("given", ["123", b"123", 123, None, discord.Object(1), [discord.Object(1)], [None]])
def test_list_of_ids_that_is_none_is_refused(given: Any) -> None:
    with pytest.raises(NotAnId, match="servers"):
        id_numbers(given, "servers")


def test_an_object_in_place_of_its_id_is_told_how_to_write_it() -> None:
    with pytest.raises(NotAnId, match=r"something of the type Object. Write its .id instead"):
        id_number(discord.Object(1), "x")


def with_bot(work: Any) -> None:
    async def run() -> None:
        async with commands.Bot(commands.when_mentioned, intents=discord.Intents.default()) as bot:
            await work(bot)

    asyncio.run(run())


def test_setup_takes_ids_as_texts(tmp_path: Path) -> None:
    async def work(bot: commands.Bot) -> None:
        with AnalyticsManager(tmp_path / "a.db") as manager:
            await setup(bot, manager, manager_role_id=str(ID), manager_guilds=[str(ID), 5])
            assert installation_of(bot).manager_role_id == ID
            assert installation_of(bot).manager_guilds == {ID, 5}

    with_bot(work)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"manager_guilds": "123"}, "manager_guilds=\\[…\\] takes a list"),
        ({"manager_guilds": ID}, "manager_guilds=\\[…\\] takes a list"),
        ({"manager_guilds": [discord.Object(ID)]}, "Write its .id"),
        ({"manager_role_id": "the managers"}, "manager_role_id takes an id"),
        ({"comfyui": "http://127.0.0.1:8188"}, "comfyui=….*ComfyUI\\("),
        ({"extra": ["votes"]}, "extra="),
        ({"extra": [len]}, "extra="),
        ({"manager": "analytics.db"}, "a manager.*AnalyticsManager"),
        ({"bot": "bot"}, "a bot.*commands.Bot"),
        ({"bot": "client"}, "something of the type Client as a bot"),
    ],
)
def test_setup_refuses_what_it_was_not_made_for_and_adds_nothing(
    given: dict[str, Any], said: str, tmp_path: Path
) -> None:
    async def work(bot: commands.Bot) -> None:
        with AnalyticsManager(tmp_path / "a.db") as manager:
            client = discord.Client(intents=discord.Intents.default())
            app_commands.CommandTree(client)
            arguments: dict[str, Any] = {"bot": bot, "manager": manager} | given
            if arguments["bot"] == "client":
                arguments["bot"] = client
            with pytest.raises(SetupFault, match=said):
                await setup(**arguments)
            assert not bot.cogs and not bot.tree.get_commands()
            await setup(bot, manager)

    with_bot(work)


def test_a_pending_request_knows_its_user_by_the_id(tmp_path: Path) -> None:
    async def work() -> None:
        pending = PendingRequests()
        for given in (ID, str(ID)):
            request = pending.register(given, given)
            assert (request.user_id, request.channel_id) == (str(ID), str(ID))
        for wrong in ("anna", discord.Object(ID), 0):
            with pytest.raises(NotAnId):
                pending.register(wrong, ID)  # type: ignore[arg-type]
        assert len(pending) == 2
        await pending.close()

    asyncio.run(work())


@pytest.mark.parametrize("wanted", [[2], ["2"], {2}, (2,)])
def test_wanted_nodes_are_the_same_as_numbers_and_as_texts(wanted: Any) -> None:
    assert make_request(NODES, None, wanted).wanted == {"2"}
    numbered: Any = {int(node): told for node, told in NODES.items()}
    assert make_request(numbered, None, wanted).nodes == {"9": "SaveImage", "2": "Other"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"wanted": "2"}, "wanted=.* takes a list"),
        ({"wanted": 2}, "wanted=.* takes a list"),
        ({"wanted": [None]}, "node's id"),
        ({"owner": discord.Object(ID)}, r"interaction\.user\.id"),
        ({"owner": True}, r"interaction\.user\.id"),
        ({"workflow": '{"9": {}}'}, r"json\.loads"),
        ({"workflow": [NODES]}, "no mapping"),
        ({"workflow": {None: NODES["9"]}}, "node's id"),
        ({"workflow": {"3": {"class_type": "K", "inputs": {"image": b"png"}}}}, "input image of node 3 \\(K\\)"),
    ],
)
def test_a_request_of_another_kind_is_refused_in_words(arguments: dict[str, Any], said: str) -> None:
    given: dict[str, Any] = {"workflow": NODES, "owner": None, "wanted": None} | arguments
    with pytest.raises(TypeError, match=said):
        make_request(**given)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_named_by_its_input(number: float) -> None:
    broken = NODES | {"3": {"class_type": "KSampler", "inputs": {"seed": 1, "cfg": number}}}
    with pytest.raises(ValueError, match=r"input cfg of node 3 \(KSampler\)"):
        make_request(broken, None, None)


def test_a_queue_finds_an_owner_by_number_and_by_text() -> None:
    queue = Queue((QueueEntry("p", 1.0, "", str(ID)),))
    assert queue.of(ID) == queue.of(str(ID)) == queue.running
    assert b"157000000000000001" in make_request(NODES, ID, None).body


def test_web_handlers_refuse_what_is_no_function_and_no_token(tmp_path: Path) -> None:
    async def deliver(image: FinalImage) -> None: ...

    with AnalyticsManager(tmp_path / "a.db") as manager:
        wrong: Any = None
        with pytest.raises(TypeError, match="deliver takes a coroutine function"):
            WebHandlers(manager, token="t", deliver=wrong)
        for token in (b"token", None, 5):
            with pytest.raises(TokenMissing):
                WebHandlers(manager, token=token, deliver=deliver)  # type: ignore[arg-type]


def test_a_client_takes_a_url_that_is_no_text() -> None:
    from yarl import URL

    ComfyUI(URL("http://127.0.0.1:8188/"))  # type: ignore[arg-type]
