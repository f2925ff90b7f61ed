"""A ComfyUI without models: the real protocol over real sockets, with nodes that only take time, and faults to order.

Its nodes: ``TimedSampler`` (``steps``, ``seconds_per_step``, ``preview``), ``RaiseError`` (``type``, ``message``),
``Hold`` (waits for :meth:`FakeComfyUI.release`), the usual loaders, and nodes that save images, videos and sounds.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import WSMsgType, web

from tests.bot_integration.comfyui.fake.execution import Execution
from tests.bot_integration.comfyui.fake.state import Answer, Faults, Prompt, Store, Times
from tests.bot_integration.comfyui.fake.validation import validate

HOST = "127.0.0.1"


class FakeComfyUI:
    """A server on the loopback, in the caller's event loop.

    Attributes:
        faults: what it does wrong; may be changed at any time.
        asked: every request so far, as "METHOD /path".
        queries: what stood behind the question mark of each.
        posted: every JSON body so far, with its path.
        step_seconds: for a sampler that does not say how long its steps take.
        image_bytes: how large saved images are made.
        too_much: the text in a workflow at which decoding runs out of memory.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        prefix: str = "",
        token: str = "",
        step_seconds: float = 0.01,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.faults, self.store = Faults(), Store()
        self.cache: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.queries: list[str] = []
        self.posted: list[tuple[str, Any]] = []
        self.step_seconds, self.image_bytes, self.too_much = step_seconds, 0, ""
        self.pending: list[Prompt] = []
        self.running: Prompt | None = None
        self.history: dict[str, Any] = {}
        self.asked_to_stop: str | None = None
        self._port, self._prefix, self._token, self._tls = port, prefix.rstrip("/"), token, tls
        self._sockets: dict[str, web.WebSocketResponse] = {}
        self._transports: list[asyncio.BaseTransport] = []
        self._flagged: set[str] = set()
        self._number = 0
        self._released = False
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self._worker: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{HOST}:{self._port}{self._prefix}"

    async def __aenter__(self) -> FakeComfyUI:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        app = web.Application(middlewares=[self._middleware], client_max_size=100_000_000)
        for method, path, handler in (
            ("GET", "/ws", self._ws), ("POST", "/prompt", self._prompt), ("GET", "/prompt", self._remaining),
            ("GET", "/history/{prompt_id}", self._history), ("GET", "/queue", self._queue),
            ("POST", "/queue", self._change_queue), ("POST", "/interrupt", self._interrupt),
            ("POST", "/free", self._free), ("GET", "/view", self._view), ("POST", "/upload/image", self._upload),
            ("GET", "/system_stats", self._system_stats), ("GET", "/times", self._times),
        ):  # fmt: skip
            app.router.add_route(method, self._prefix + path, handler)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=False)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self._port, reuse_address=True, ssl_context=self._tls)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self._worker = asyncio.create_task(self._work(), name="fake comfyui")

    async def stop(self) -> None:
        """End as a killed process does: every connection is cut."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.wait({self._worker})
        self.cut()
        if self._runner is not None:
            await self._runner.cleanup()

    def cut(self) -> None:
        """Cut all connections without a word."""
        for transport in self._transports:
            # Python 3.11.2 fails at aborting what TLS has already closed.
            if isinstance(transport, asyncio.Transport) and not transport.is_closing():
                transport.abort()
        self._transports.clear()
        self._sockets.clear()

    async def crash(self) -> None:
        """Be gone, with history, queue, cache and temporary files; :meth:`start` brings it back on the same port."""
        await self.stop()
        self.pending, self.running, self.history, self.cache = [], None, {}, {}
        self._flagged.clear()
        self.store.forget_temp()

    async def drop_sockets(self) -> None:
        """Close the websockets; everything else goes on."""
        for socket in list(self._sockets.values()):
            await socket.close()

    async def release(self) -> None:
        """Let the prompts that a ``Hold`` node holds go on."""
        self._released = True
        await self.notify()

    async def until(self, condition: Callable[[], bool], within: float = 10.0) -> None:
        """Wait until something is so, looking at every request, message and change of state."""
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(condition)

    async def wait_for_release(self, stopped: Callable[[], bool]) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._released or stopped())

    async def notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def understands_metadata(self, client_id: str | None) -> bool:
        return client_id in self._flagged

    async def send(self, kind: str, data: dict[str, Any], client_id: str | None) -> None:
        """To one socket, or to all."""
        if self.faults.hears(kind, data):
            await self._send_each(json.dumps({"type": kind, "data": data}), client_id)
        for noise in self.faults.noise(data.get("prompt_id", "")) if client_id else ():
            await self._send_each(noise, client_id)
        await self.notify()

    async def send_frame(self, frame: bytes, client_id: str | None) -> None:
        await self._send_each(frame, client_id)

    async def _send_each(self, message: str | bytes, client_id: str | None) -> None:
        for name, socket in list(self._sockets.items()):
            if client_id in (None, name):
                with contextlib.suppress(ConnectionError):
                    await (socket.send_str(message) if isinstance(message, str) else socket.send_bytes(message))

    async def tell_status(self) -> None:
        await self.send("status", self._status(), None)

    def _status(self) -> dict[str, Any]:
        remaining = len(self.pending) + (self.running is not None)
        return {"status": {"exec_info": {"queue_remaining": remaining}}}

    async def _work(self) -> None:
        while True:
            await self.until(lambda: bool(self.pending), within=1e9)
            self.pending.sort(key=lambda prompt: prompt.number)
            self.running = prompt = self.pending.pop(0)
            await self.tell_status()
            execution = Execution(self, prompt)
            await execution.run()
            # The history's entry comes after the outcome was told, and before the null that ends it all.
            self.running = None
            if self.faults.keeps_history:
                self.history[prompt.prompt_id] = self._entry(prompt)
            await self.tell_status()
            if prompt.client_id is not None:
                await self.send("executing", {"node": None, "prompt_id": prompt.prompt_id}, prompt.client_id)
            self.store.times[prompt.prompt_id].ended = time.monotonic()

    def _entry(self, prompt: Prompt) -> dict[str, Any]:
        success = prompt.messages[-1][0] == "execution_success"
        status = {"status_str": "success" if success else "error", "completed": success, "messages": prompt.messages}
        meta = {node: {"node_id": node, "display_node": prompt.shown_as.get(node, node)} for node in prompt.outputs}
        return {"prompt": prompt.entry, "outputs": prompt.outputs, "status": status, "meta": meta}

    @web.middleware
    async def _middleware(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        path = request.path.removeprefix(self._prefix)
        self.asked.append(f"{request.method} {path}")
        self.queries.append(request.query_string)
        if request.transport is not None and request.transport not in self._transports:
            self._transports.append(request.transport)
        if self._token and request.headers.get("Authorization") != f"Bearer {self._token}":
            return web.Response(status=403)
        odd = self.faults.next_answer(request.method, path)
        if odd is None or not odd.before:
            response = await handler(request)
        await self.notify()
        return response if odd is None else await _odd_answer(request, odd)

    async def _ws(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        client_id = request.query.get("clientId") or uuid.uuid4().hex
        self._sockets[client_id] = socket
        hello = json.dumps({"type": "status", "data": {**self._status(), "sid": client_id}})
        await socket.send_str(hello)
        if self.running is not None and self.running.client_id == client_id:
            await socket.send_str(json.dumps({"type": "executing", "data": {"node": "1"}}))
        await self.notify()
        async for message in socket:
            if message.type is WSMsgType.TEXT and "feature_flags" in message.data and self.faults.knows_flags:
                self._flagged.add(client_id)
                answer = {"supports_preview_metadata": True, "max_upload_size": 104_857_600}
                await socket.send_str(json.dumps({"type": "feature_flags", "data": answer}))
        # As the real one: the end of an older socket makes a newer one of the same id deaf.
        self._sockets.pop(client_id, None)
        await self.notify()
        return socket

    async def _prompt(self, request: web.Request) -> web.Response:
        arrived = time.monotonic()
        body = await request.json()
        self.posted.append(("/prompt", body))
        verdict = validate(body["prompt"])
        if verdict.error is not None:
            return web.json_response({"error": verdict.error, "node_errors": verdict.node_errors}, status=400)
        chosen = None if self.faults.ignores_prompt_id else body.get("prompt_id")
        extra = {**body.get("extra_data", {})}
        if "client_id" in body:
            extra["client_id"] = body["client_id"]
        prompt = Prompt(self._number, chosen or str(uuid.uuid4()), body["prompt"], extra, verdict.outputs, arrived)
        self._number += 1
        self.store.times[prompt.prompt_id] = Times(arrived)
        self.pending.append(prompt)
        await self.tell_status()
        told = {"prompt_id": prompt.prompt_id, "number": prompt.number, "node_errors": verdict.node_errors}
        return web.json_response(told)

    async def _remaining(self, request: web.Request) -> web.Response:
        return web.json_response(self._status()["status"])

    async def _history(self, request: web.Request) -> web.Response:
        prompt_id = request.match_info["prompt_id"]
        return web.json_response({prompt_id: self.history[prompt_id]} if prompt_id in self.history else {})

    async def _queue(self, request: web.Request) -> web.Response:
        running = [self.running.entry] if self.running is not None else []
        # A heap in the real one: in no order.
        return web.json_response({"queue_running": running, "queue_pending": [p.entry for p in self.pending[::-1]]})

    async def _change_queue(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.posted.append(("/queue", body))
        self.pending = [each for each in self.pending if each.prompt_id not in body.get("delete", [])]
        await self.tell_status()
        return web.Response()

    async def _interrupt(self, request: web.Request) -> web.Response:
        body = json.loads(await request.text() or "{}")
        self.posted.append(("/interrupt", body))
        if self.running is not None and body.get("prompt_id") in (None, self.running.prompt_id):
            self.asked_to_stop = self.running.prompt_id
        return web.Response()

    async def _free(self, request: web.Request) -> web.Response:
        self.posted.append(("/free", await request.json()))
        self.cache.clear()
        return web.Response()

    async def _upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        picture = form["image"]
        assert isinstance(picture, web.FileField) and form["type"] == "input"
        data, (stem, _, ending) = picture.file.read(), picture.filename.rpartition(".")
        name, number = picture.filename, 0
        while self.store.files.get((name, "", "input"), data) != data:
            number += 1
            name = f"{stem} ({number}).{ending}"
        self.store.files[name, "", "input"] = data
        return web.json_response({"name": name, "subfolder": "", "type": "input"})

    async def _view(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        key = (query["filename"], query.get("subfolder", ""), query.get("type", "output"))
        data = self.store.files.get(key)
        if data is None:
            return web.Response(status=404)
        kinds = {"png": "image/png", "mp4": "video/mp4"}
        kind = kinds.get(key[0].rpartition(".")[2], "application/octet-stream")
        response = web.StreamResponse(headers={"Content-Type": kind, "Content-Length": str(len(data))})
        await response.prepare(request)
        await response.write(data)
        await response.write_eof()
        self.store.served(key[0])
        return response

    async def _system_stats(self, request: web.Request) -> web.Response:
        system = {"os": "posix", "ram_total": 25_276_510_208, "ram_free": 24_467_238_912, "comfyui_version": "0.3.64"}
        device = {
            "name": "cpu",
            "type": "cpu",
            "index": None,
            "vram_total": 25_276_510_208,
            "vram_free": 24_467_238_912,
        }
        return web.json_response({"system": system, "devices": [device]})

    async def _times(self, request: web.Request) -> web.Response:
        """Not ComfyUI's: from each prompt's arrival to its end, and to the last byte of its files, in seconds."""
        times = self.store.times.items()
        return web.json_response(
            {
                prompt_id: {"ended": each.ended - each.arrived, "served": each.served - each.arrived}
                for prompt_id, each in times
                if each.served is not None and each.ended is not None
            }
        )


async def _odd_answer(request: web.Request, odd: Answer) -> web.StreamResponse:
    if not odd.cut:
        return web.Response(status=odd.status, body=odd.body, content_type=odd.content_type)
    response = web.StreamResponse(status=odd.status, headers={"Content-Length": str(len(odd.body) + 1_000)})
    await response.prepare(request)
    await response.write(odd.body)
    if isinstance(request.transport, asyncio.Transport):
        request.transport.abort()
    return response
