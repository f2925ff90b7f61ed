"""How true the measured generation time is, against the server's own clock; beside the plain way to wait for an image.

The server is a process of its own: it notes when a prompt's request arrived, when it was over, and when the last byte
of its image went out. The plain way reads the socket and reports the progress in one loop, then asks the history, as
ComfyUI's own example does.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bot_integration.comfyui import ComfyUI
from tests.benchmarks.report import Row
from tests.bot_integration.comfyui.server import workflow

ROOT = Path(__file__).resolve().parents[2]
IMAGE_BYTES = 2_000_000
EDIT_SECONDS = 0.2
"""What an edit of a Discord message takes."""

_TICK = 0.001


def run(quick: bool = False) -> list[Row]:
    """Measure; ``quick`` makes fewer images."""
    rounds = 6 if quick else 30
    with _server() as url:
        return [*asyncio.run(_truth(url, rounds)), *asyncio.run(_held_up(url, 60 if quick else 200))]


async def _truth(url: str, rounds: int) -> list[Row]:
    async with ComfyUI(url) as client, aiohttp.ClientSession() as session:

        async def ours(nodes: dict[str, Any], report: Callable[[Any], Awaitable[None]] | None) -> tuple[str, float]:
            made = await client.get_images(nodes, report)
            return made.prompt_id, made.seconds

        async def plain(nodes: dict[str, Any], report: Callable[[Any], Awaitable[None]] | None) -> tuple[str, float]:
            return await _plain(session, url, nodes, report)

        results = {
            (name, slow): await _differences(session, url, way, rounds, slow)
            for name, way in (("ours", ours), ("plain", plain))
            for slow in (False, True)
        }
        cached = [await ours(workflow(seed=1), None) for _ in range(rounds)][1:]
    quiet, busy = results["ours", False], results["ours", True]
    note = f"{rounds} images of {IMAGE_BYTES // 1_000_000} MB"
    return [
        Row("generation time off the server's, largest", "ms", max(quiet), 20, max(results["plain", False]), note=note),
        Row("generation time off the server's, median", "ms", statistics.median(quiet), 20,
            statistics.median(results["plain", False])),
        Row("added to the server's run while a progress report takes 200 ms", "ms", statistics.median(busy), 50,
            statistics.median(results["plain", True]), note="median; the transfer of the image included"),
        Row("a cached run, from sent to received, median", "ms",
            statistics.median(seconds for _, seconds in cached) * 1_000),
    ]  # fmt: skip


async def _differences(
    session: aiohttp.ClientSession,
    url: str,
    way: Callable[[dict[str, Any], Any], Awaitable[tuple[str, float]]],
    rounds: int,
    slow: bool,
) -> list[float]:
    """By how many milliseconds the client's seconds were off the server's, each time.

    Slow reports make a client ask late for the image, which the server then serves late: what it knows for itself is
    when the run was over.
    """
    measured = {}
    for _ in range(rounds):
        nodes = workflow(steps=4, seconds_per_step=0.03, seed=uuid.uuid4().int)
        prompt_id, seconds = await way(nodes, _edit if slow else None)
        measured[prompt_id] = seconds
    async with session.get(f"{url}/times") as answer:
        times = await answer.json()
    until = "ended" if slow else "served"
    return [abs(seconds - times[prompt_id][until]) * 1_000 for prompt_id, seconds in measured.items()]


async def _edit(progress: object) -> None:
    await asyncio.sleep(EDIT_SECONDS)


async def _plain(
    session: aiohttp.ClientSession, url: str, nodes: dict[str, Any], report: Callable[[Any], Awaitable[None]] | None
) -> tuple[str, float]:
    client_id = uuid.uuid4().hex
    async with session.ws_connect(f"{url}/ws?clientId={client_id}") as socket:
        started = time.monotonic()
        async with session.post(f"{url}/prompt", json={"prompt": nodes, "client_id": client_id}) as answer:
            prompt_id = (await answer.json())["prompt_id"]
        async for message in socket:
            told = json.loads(message.data)
            if report is not None and told["type"] == "progress":
                await report(told)
            if told["type"] == "executing" and told["data"]["node"] is None:
                break
        async with session.get(f"{url}/history/{prompt_id}") as answer:
            outputs = (await answer.json())[prompt_id]["outputs"]
        for image in (image for output in outputs.values() for image in output["images"]):
            async with session.get(f"{url}/view", params=image) as answer:
                await answer.read()
        return prompt_id, time.monotonic() - started


async def _held_up(url: str, waiting: int) -> list[Row]:
    """How long the bot's loop stands still while a long queue is read: the answer holds every workflow whole."""
    inputs = {"text": "a prompt " * 30, "clip": ["4", 1], "seed": 123_456_789, "steps": 20, "cfg": 7.5, "denoise": 1.0}
    nodes: dict[str, Any] = {str(number): {"class_type": "KSampler", "inputs": inputs} for number in range(10, 90)}
    nodes |= {
        "1": {"class_type": "Hold", "inputs": {}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}},
    }
    async with ComfyUI(url) as client, aiohttp.ClientSession() as session:
        for _ in range(waiting):
            async with session.post(f"{url}/prompt", json={"prompt": nodes}) as answer:
                answer.raise_for_status()

        async def plain() -> None:
            async with session.get(f"{url}/queue") as answer:
                await answer.json()

        assert len((await client.queue()).entries) == waiting
        ours = [await _longest_hold(client.queue()) for _ in range(9)]
        at_once = [await _longest_hold(plain()) for _ in range(9)]
        idle = [await _longest_hold(asyncio.sleep(0.3)) for _ in range(9)]
    note = f"{len(json.dumps(nodes)) * waiting / 1e6:.0f} MB; idle loop: {statistics.median(idle):.2f} ms"
    return [
        Row(f"event loop held up by reading a queue of {waiting}", "ms", statistics.median(ours),
            5 + statistics.median(idle), statistics.median(at_once), note=note)
    ]  # fmt: skip


async def _longest_hold(work: Any) -> float:
    """How late a loop that wants to wake every millisecond was at worst, in milliseconds."""
    task = asyncio.ensure_future(work)
    late = [0.0]
    while not task.done():
        start = time.perf_counter()
        await asyncio.sleep(_TICK)
        late.append(time.perf_counter() - start - _TICK)
    await task
    return max(late) * 1_000


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bot_integration.comfyui.server", "--image-bytes", str(IMAGE_BYTES)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()
