"""Every example of the bot's pages is run as it stands there; only addresses and ports are others."""

from __future__ import annotations

import ast
import asyncio
import inspect
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Awaitable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot_integration.comfyui import ComfyUI, ComfyUIError, Kind, Output, Unreachable
from bot_integration.tracking import mark_failed
from bot_integration.web_handlers import FinalImage, PendingRequests
from core.manager import AnalyticsManager
from gui.pages.welcome import CONNECT_CODE
from tests.bot_integration.comfyui.fake.pictures import MP4, png
from tests.bot_integration.comfyui.fake.running import serving
from tests.bot_integration.comfyui.server import FakeComfyUI, workflow
from tests.bot_integration.host_bot import host_bot, outcomes, tracking, wait_for_commands
from tests.bot_integration.running import running_bot
from tests.bot_integration.studio import Studio
from tests.bot_integration.web.posting import stored

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("start-bot.md", "bot.md", "switching.md", "web-handlers.md")
URL = "http://127.0.0.1:8188"
COMMANDS = {"stats", "command_stats", "image_stats", "user_stats", "reset_stats", "privacy"}

MARKS = {
    "start-bot.md": {"manager_role_id=1234567890": "the first five minutes"},
    "bot.md": {
        "class MyBot": "plugging in",
        "import bot_integration\n": "an extension",
        "async def upscale": "a failure",
        "manager.flush(": "a restart in place",
        '"a fox in the snow"': "an image",
        "import ImageDetails": "the details of an image",
        "for output in generation.outputs": "a generation",
        "upload_image(": "an upload",
        "except ComfyUIError": "a fault",
    },
    "switching.md": {
        "compat.configure": "tests/bot_integration/test_compat.py",
        "await setup(bot, analytics_manager": "tests/bot_integration/test_plug_in.py",
        "async def deliver": "delivering after the switch",
        "BOTPULSE_SHARE_NAMES": "tests/bot_integration/test_shadowing.py",
    },
    "web-handlers.md": {"require_fits": "delivering", "send_final_image": "sending", "PendingRequests(": "waiting"},
}
"""What each example is known by, and the test that runs it."""


def blocks(page: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def example(name: str) -> str:
    for page, marks in MARKS.items():
        for mark, told in marks.items():
            if told == name:
                (found,) = [each for each in blocks(page) if mark in each]
                return found
    raise KeyError(name)


async def executed(code: str, **names: Any) -> dict[str, Any]:
    """What the names are after the lines of an example were run; they may await."""
    compiled = compile(code, "an example", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    result = eval(compiled, names)
    if inspect.isawaitable(result):
        await result
    return names


def run(work: Awaitable[None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60):
            await work

    asyncio.run(bounded())


@pytest.mark.parametrize("page", PAGES)
def test_no_example_is_left_out(page: str) -> None:
    for block in blocks(page):
        assert sum(mark in block for mark in MARKS[page]) == 1, block
    assert len(blocks(page)) == len(MARKS[page])


def test_plugging_in(place: Studio, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tree = ast.parse(example("plugging in"))
    assert isinstance(tree.body[-1], ast.With)
    names: dict[str, Any] = {}
    exec(compile(ast.Module(tree.body[:-1], []), "an example", "exec"), names)
    with running_bot(lambda: names["MyBot"](place.manager), place.discord, sync=False) as running:
        assert {each["name"] for each in place.discord.commands()} == COMMANDS | {"queue_status"}
        assert running.bot.intents.message_content


def test_the_first_five_minutes(place: Studio) -> None:
    tree = ast.parse(example("the first five minutes").replace("1234567890", str(place.role.id)))
    assert isinstance(tree.body[-1], ast.With)
    names: dict[str, Any] = {"manager": place.manager}
    exec(compile(ast.Module(tree.body[:-1], []), "an example", "exec"), names)

    def bot() -> commands.Bot:
        made: commands.Bot = names["MyBot"](commands.when_mentioned, intents=discord.Intents.default())
        return made

    with running_bot(bot, place.discord, sync=False):
        assert {each["name"] for each in place.discord.commands()} == COMMANDS


def test_what_the_welcome_page_copies(place: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host who knows no page of ours pastes this, and has every command tracked, as the pages promise."""
    monkeypatch.chdir(tmp_path)
    code = CONNECT_CODE.replace("1234567890", str(place.role.id))
    names: dict[str, Any] = {}

    class MyBot(commands.Bot):
        async def setup_hook(self) -> None:
            names.update(await executed(code, bot=self))

    def bot() -> commands.Bot:
        return MyBot(commands.when_mentioned, intents=discord.Intents.default())

    with running_bot(bot, place.discord, sync=False):
        assert {each["name"] for each in place.discord.commands()} == COMMANDS
    names["manager"].close()
    assert (tmp_path / "analytics.db").is_file()


def test_an_extension(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = f"from core.manager import AnalyticsManager\nmanager = AnalyticsManager({str(tmp_path / 'a.db')!r})\n"
    (tmp_path / "documented_extension.py").write_text(head + example("an extension"), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    async def work() -> None:
        async with commands.Bot("!", intents=discord.Intents.default()) as bot:
            await bot.load_extension("documented_extension")
            assert {each.name for each in bot.tree.get_commands()} == COMMANDS
            sys.modules["documented_extension"].manager.close()

    run(work())
    sys.modules.pop("documented_extension", None)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows starts another process instead")
def test_a_restart_in_place_takes_no_event_with_it(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    head = f"import os, sys\nfrom core.manager import AnalyticsManager\nmanager = AnalyticsManager({str(path)!r})\n"
    once = "if 'again' in sys.argv: sys.exit()\nfor _ in range(500): manager.track_command('comfy', 1)\n"
    code = example("a restart in place").replace("sys.argv]", "'-c', 'pass']")
    subprocess.run([sys.executable, "-c", head + once + code], cwd=ROOT, check=True, timeout=60)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM command_usage").fetchone() == (500,)


def test_a_failure(place: Studio) -> None:
    names: dict[str, Any] = {"app_commands": app_commands, "discord": discord, "find_image": lambda _: None}
    exec(compile(example("a failure"), "an example", "exec", dont_inherit=True), names)
    with host_bot(place, tracking(names["upscale"])):
        assert (
            place.discord.slash(place.nobody, "upscale", where=place.guild).wait().content == "There is no image here."
        )
        wait_for_commands(place, 1)
    assert outcomes(place.manager) == [("upscale", 0)]


def test_an_image(tmp_path: Path) -> None:
    with AnalyticsManager(tmp_path / "a.db") as manager:
        run(_only(executed(example("an image"), manager=manager, interaction=SimpleNamespace(user=discord.Object(7)))))
        assert stored(manager) == [
            (
                "7",
                "a fox in the snow",
                "16:9 [1344x768 landscape]",
                '["film_grain.safetensors"]',
                1,
                12.75,
                0,
                "standard",
            )
        ]


def test_the_details_of_an_image(tmp_path: Path) -> None:
    place = SimpleNamespace(guild=discord.Object(1), channel=discord.Object(2), id=3)

    async def work(manager: AnalyticsManager) -> None:
        async with serving() as (_, client):
            given: dict[str, Any] = {"manager": manager, "generation": await client.get_images(workflow(seed=4))}
            interaction = SimpleNamespace(user=discord.Object(7))
            code = example("the details of an image")
            await executed(code, interaction=interaction, message=place, prompt="a fox", **given)

    with AnalyticsManager(tmp_path / "a.db") as manager:
        run(work(manager))
        assert [row[:2] for row in stored(manager)] == [("7", "a fox")]
    with closing(sqlite3.connect(tmp_path / "a.db")) as database:
        told = database.execute("SELECT guild_id, channel_id, message_id, seed, outputs FROM image_stats").fetchall()
    assert told == [("1", "2", "3", "4", '["run_00001_.png"]')]


async def _only(work: Awaitable[object]) -> None:
    await work


def test_a_generation(capsys: pytest.CaptureFixture[str]) -> None:
    async def work() -> None:
        told: list[object] = []
        async with FakeComfyUI(step_seconds=0.001) as server:
            code = example("a generation").replace(URL, server.url)
            given: dict[str, Any] = {"ComfyUI": ComfyUI, "workflow": workflow(), "on_progress": told.append}
            names = await executed(code, interaction=SimpleNamespace(user=discord.Object(7)), **given)
            assert names["generation"].outputs and told
            assert server.posted[0][1]["extra_data"] == {"botpulse_owner": "7"}

    run(work())
    assert "run_00001_.png image" in capsys.readouterr().out


def test_an_upload() -> None:
    async def read() -> bytes:
        return png(1)

    async def work() -> None:
        async with serving() as (server, client):
            nodes: dict[str, Any] = {"12": {"class_type": "LoadImage", "inputs": {}}}
            await executed(example("an upload"), comfyui=client, workflow=nodes, attachment=SimpleNamespace(read=read))
            assert server.store.files[nodes["12"]["inputs"]["image"], "", "input"] == png(1)

    run(work())


def test_a_fault() -> None:
    said: list[tuple[str, bool]] = []

    async def send(words: str, *, ephemeral: bool) -> None:
        said.append((words, ephemeral))

    async def work() -> None:
        interaction = SimpleNamespace(user=discord.Object(7), extras={}, followup=SimpleNamespace(send=send))
        async with ComfyUI("http://127.0.0.1:9", reconnect_timeout=0.1) as client:
            given: dict[str, Any] = {"comfyui": client, "workflow": workflow(), "interaction": interaction}
            await executed(example("a fault"), ComfyUIError=ComfyUIError, mark_failed=mark_failed, **given)

    run(work())
    assert said == [(Unreachable.words, True)]


class ChannelStub:
    """A channel that keeps what is sent to it, of a server that takes a megabyte."""

    guild = SimpleNamespace(filesize_limit=2**20)

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    async def send(self, *, file: discord.File, **_: Any) -> None:
        self.sent.append(file.fp.read())


@pytest.mark.parametrize("name", ["delivering", "delivering after the switch"])
def test_delivering_and_sending(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOTPULSE_TOKEN", "a-token")
    channel = ChannelStub()
    bot = SimpleNamespace(get_channel=lambda _id: channel, get_partial_messageable=lambda _id: channel)

    async def work(manager: AnalyticsManager) -> None:
        code = example(name).replace("8080", "0")
        # The examples stop what they have started; here a picture is sent first.
        code = code.replace("await handlers.start", "port = await handlers.start").replace("await handlers.stop()", "")
        import os

        given: dict[str, Any] = {"manager": manager, "analytics_manager": manager, "bot": bot, "discord": discord}
        names = await executed(code, os=os, **given)
        url = f"http://127.0.0.1:{names['port']}"
        generation = SimpleNamespace(cached=False, seconds=9.5, fields={"model": "flux1.sft", "steps": 4})
        for data, kind in ((png(1), Kind.IMAGE), (MP4, Kind.VIDEO)):
            output = Output(data, "x", kind, "9", "")
            ids = {"request_id": f"r-{kind}", "user_id": "7", "channel_id": "8", "token": "a-token"}
            texts = {"prompt": "a fox", "resolution": "1:1", "output": output, "generation": generation}
            await executed(example("sending").replace("http://127.0.0.1:8080", url), **ids, **texts)
        assert channel.sent == [png(1), MP4]
        await names["handlers"].stop()

    with AnalyticsManager(tmp_path / "a.db") as manager:
        run(work(manager))
        assert [(row[5], row[6]) for row in stored(manager)] == [(9.5, 0), (9.5, 1)]


def test_waiting(tmp_path: Path) -> None:
    async def nothing(*_: Any) -> None: ...

    async def work(manager: AnalyticsManager) -> None:
        asked: list[str] = []
        interaction = SimpleNamespace(user=discord.Object(7), channel_id=8)
        names: dict[str, Any] = {}

        async def send_job(request_id: str) -> None:
            asked.append(request_id)
            pending: PendingRequests = names_of["pending"]
            pending.resolve(request_id, FinalImage(data=b"", user_id="7", channel_id="8", request_id=request_id))

        given: dict[str, Any] = {"manager": manager, "token": "t", "deliver": nothing, "progressed": nothing}
        names_of = {"send_job": send_job, "interaction": interaction, **given, **names}
        compiled = compile(example("waiting"), "an example", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        await eval(compiled, names_of)
        assert names_of["image"].request_id == asked[0]

    with AnalyticsManager(tmp_path / "a.db") as manager:
        run(work(manager))


_PAGES_THAT_INSTALL = ("start-windows", "start-server", "start-bot", "bot", "switching", "troubleshooting", "extending")
INSTALLS = [
    (page, line)
    for page in ("README.md", *(f"docs/{name}.md" for name in _PAGES_THAT_INSTALL))
    for line in re.findall(r"pip install [^`#\n]+", (ROOT / page).read_text(encoding="utf-8"))
]


def test_every_line_that_installs_names_a_place_and_no_index() -> None:
    """Botpulse is on no index: its bare name would find nothing, or somebody else's."""
    assert len(INSTALLS) >= 5
    for page, line in INSTALLS:
        assert "/path/to/botpulse[" in line or '".[' in line, (page, line)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_lines_that_install_work_from_a_clone_and_from_a_wheel(tmp_path: Path) -> None:
    def pip(*arguments: str) -> str:
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=300).stdout

    quick = ("--no-deps", "--no-build-isolation")
    clone = tmp_path / "botpulse"
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", ROOT.as_uri(), str(clone)], check=True, timeout=120)
    pip("wheel", str(clone), *quick, "-w", "dist")
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert wheel.name == re.findall(r"dist/(botpulse-[\w.-]+\.whl)", (ROOT / "docs/bot.md").read_text("utf-8"))[0]
    with zipfile.ZipFile(wheel) as packed:
        assert {"core/manager.py", "bot_integration/py.typed"} <= set(packed.namelist())
    for extra in ("[bot]", "[bot,postgres]", "[gui]"):
        assert "Would install botpulse" in pip("install", "--dry-run", "--ignore-installed", *quick, f"{clone}{extra}")
        assert "Would install botpulse" in pip(
            "install", "--dry-run", "--ignore-installed", "--no-deps", f"{wheel}{extra}"
        )
