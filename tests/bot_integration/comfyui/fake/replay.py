"""A server that plays back one prompt of a recording of the real one.

The prompt's socket messages go out in their recorded order without their pauses, up to where the recording's socket
closed; reconnections of the recording follow on the client's next socket. While messages are left, the prompt is in the
queue and not in the history; then history and queue answer as they did in the recording at the last.
"""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

RECORDINGS = Path(__file__).resolve().parents[1] / "recordings"


@dataclass
class Recorded:
    """One prompt of a recording.

    Attributes:
        name: the recording's file, and the number of the prompt in it.
        prompt_id: the real server's id.
        workflow: what was posted.
        answer: the answer to that.
        sockets: the messages of each of the poster's sockets since then, and whether the recording goes on after it.
        history: the last answer of the history about it; None where it was never asked.
        queue: the last answer of the queue.
        sizes: bytes and first bytes of the files that were read.
    """

    name: str
    prompt_id: str
    workflow: dict[str, Any]
    answer: dict[str, Any]
    sockets: list[list[str | bytes]] = field(default_factory=list)
    history: dict[str, Any] | None = None
    queue: dict[str, Any] = field(default_factory=lambda: {"queue_running": [], "queue_pending": []})

    def told(self, kind: str) -> dict[str, Any]:
        """The data of a message about the prompt, from its history or its socket; empty where there was none."""
        entry = (self.history or {}).get(self.prompt_id, {})
        kept = [data for name, data in entry.get("status", {}).get("messages", []) if name == kind]
        return next(iter(kept + self._heard(kind)), {})

    @property
    def outputs(self) -> dict[str, Any]:
        """What the nodes made."""
        kept: dict[str, Any] = (self.history or {}).get(self.prompt_id, {}).get("outputs", {})
        return kept or {data["node"]: data["output"] for data in self._heard("executed")}

    def _heard(self, kind: str) -> list[dict[str, Any]]:
        texts = [json.loads(message) for socket in self.sockets for message in socket if isinstance(message, str)]
        ours = [text["data"] for text in texts if text["type"] == kind]
        return [data for data in ours if data.get("prompt_id") == self.prompt_id]


def recorded() -> Iterator[Recorded]:
    """Every prompt of every recording."""
    for path in sorted(RECORDINGS.glob("*.jsonl")):
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        posts = [number for number, line in enumerate(lines) if _is_taken(line)]
        for number, at in enumerate(posts):
            yield _recorded(f"{path.stem}-{number}", lines, at)


def _is_taken(line: dict[str, Any]) -> bool:
    return (line["dir"], line.get("path"), line.get("method"), line.get("status")) == ("http<", "/prompt", "POST", 200)


def _recorded(name: str, lines: list[dict[str, Any]], at: int) -> Recorded:
    who, answer = lines[at]["who"], lines[at]["json"]
    asked = next(n for n in range(at, -1, -1) if lines[n]["dir"] == "http>" and lines[n].get("path") == "/prompt"
                 and lines[n]["who"] == who)  # fmt: skip
    found = Recorded(name, answer["prompt_id"], lines[asked]["json"]["prompt"], answer)
    current: dict[str, list[str | bytes]] = {}
    for line in lines[asked:]:
        if line["dir"] == "http<" and line.get("path") == f"/history/{found.prompt_id}":
            found.history = line["json"]
        elif line["dir"] == "http<" and line.get("path") == "/queue" and line.get("method") == "GET":
            found.queue = line["json"]
        elif line["dir"] == "ws>" and line.get("event") == "connect" and line["who"].startswith(who):
            current.setdefault(line["who"], [])
        elif line["dir"] == "ws<" and line["who"].startswith(who):
            messages = current.setdefault(line["who"], [])
            if message := _message(line):
                messages.append(message)
        if _is_end(line, found.prompt_id) or (line["dir"], line.get("event"), line.get("who")) == (
            "ws<",
            "closed",
            who,
        ):
            break
    # The history may have been asked only after the end.
    for line in lines[asked:]:
        if line["dir"] == "http<" and line.get("path") == f"/history/{found.prompt_id}":
            found.history = line["json"]
    found.sockets = [messages for messages in current.values() if messages]
    return found


def _is_end(line: dict[str, Any], prompt_id: str) -> bool:
    text = line.get("text")
    if not isinstance(text, dict) or text.get("type") != "executing":
        return False
    return bool(text["data"].get("node") is None and text["data"].get("prompt_id") == prompt_id)


def _message(line: dict[str, Any]) -> str | bytes | None:
    if "text" in line:
        return json.dumps(line["text"])
    told = line.get("binary")
    if told is None:
        return None
    if told["event_type"] == 4:
        metadata = json.dumps(told["metadata"]).encode()
        head = struct.pack(">II", 4, len(metadata)) + metadata + bytes.fromhex(told["image_magic_hex"])
    else:
        head = bytes.fromhex(told["first16_hex"])
    return head.ljust(told["len"], b"\0")


class Replay:
    """Plays one prompt to one client; a context."""

    def __init__(self, recorded: Recorded) -> None:
        self.recorded = recorded
        self.url = ""
        self._left = [list(messages) for messages in recorded.sockets]
        self._posted = asyncio.Event()
        self._runner: web.AppRunner | None = None

    @property
    def _over(self) -> bool:
        return self._posted.is_set() and not self._left

    async def __aenter__(self) -> Replay:
        app = web.Application()
        app.router.add_get("/ws", self._ws)
        app.router.add_post("/prompt", self._prompt)
        app.router.add_get("/history/{prompt_id}", self._history)
        app.router.add_get("/queue", self._queue)
        app.router.add_post("/queue", self._nothing)
        app.router.add_post("/interrupt", self._nothing)
        app.router.add_get("/view", self._view)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _ws(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "status", "data": {"status": {}, "sid": request.query["clientId"]}})
        await self._posted.wait()
        messages = self._left[0] if self._left else []
        for message in messages:
            await (socket.send_str(message) if isinstance(message, str) else socket.send_bytes(message))
        if self._left:
            self._left.pop(0)
        if self._left:
            await socket.close()
        else:
            async for _ in socket:
                pass
        return socket

    async def _prompt(self, request: web.Request) -> web.Response:
        self._posted.set()
        return web.json_response(self.recorded.answer)

    async def _history(self, request: web.Request) -> web.Response:
        known = self._over and request.match_info["prompt_id"] == self.recorded.prompt_id
        return web.json_response((self.recorded.history or {}) if known else {})

    async def _queue(self, request: web.Request) -> web.Response:
        running = [[0, self.recorded.prompt_id, self.recorded.workflow, {}, []]]
        return web.json_response(self.recorded.queue if self._over else {"queue_running": running, "queue_pending": []})

    async def _view(self, request: web.Request) -> web.Response:
        return web.Response(body=b"\x89PNG\r\n\x1a\n" + request.query["filename"].encode(), content_type="image/png")

    async def _nothing(self, request: web.Request) -> web.Response:
        return web.Response()
