"""Generations that run until the fake ComfyUI releases them."""

from __future__ import annotations

import asyncio
from typing import Any

from bot_integration.comfyui import ComfyUI, Generation
from tests.bot_integration.comfyui.fake.server import FakeComfyUI
from tests.bot_integration.comfyui.server import workflow


def held(seed: int = 1) -> dict[str, Any]:
    """A workflow that runs until the server releases it."""
    nodes = workflow(seed=seed, steps=1)
    nodes["7"] = {"class_type": "Hold", "inputs": {"image": ["5", 0], "seed": seed}}
    nodes["9"]["inputs"]["images"] = ["7", 0]
    return nodes


async def runs(server: FakeComfyUI) -> None:
    """Until a held prompt has come to its hold."""
    await server.until(lambda: any(kind == "execution_cached" for kind, _ in server.running.messages)
                       if server.running else False)  # fmt: skip


async def begun(server: FakeComfyUI, client: ComfyUI, seed: int = 1, **options: Any) -> asyncio.Task[Generation]:
    """A generation that has come to its hold; ``options`` are those of ``get_images``."""
    job = asyncio.create_task(client.get_images(held(seed), **options))
    await runs(server)
    return job
