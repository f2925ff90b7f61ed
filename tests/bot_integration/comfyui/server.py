"""The fake ComfyUI as a process: ``python -m tests.bot_integration.comfyui.server --port 0``.

Prints its URL on a line of its own, flushed, and serves until it is ended. A generation lasts as long as its samplers'
``steps`` times their ``seconds_per_step``, or ``--step-seconds`` where they do not say.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from tests.bot_integration.comfyui.fake.server import FakeComfyUI

__all__ = ["FakeComfyUI", "main", "workflow"]


def workflow(*, steps: int = 2, seconds_per_step: float = 0.01, seed: int = 1, **sampler: Any) -> dict[str, Any]:
    """A small workflow: an image, a sampler, a node that saves."""
    inputs = {"image": ["1", 0], "seed": seed, "steps": steps, "seconds_per_step": seconds_per_step, **sampler}
    return {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 1}},
        "5": {"class_type": "TimedSampler", "inputs": inputs},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["5", 0], "filename_prefix": "run"}},
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--step-seconds", type=float, default=0.05, help="of a sampler that does not say")
    parser.add_argument("--image-bytes", type=int, default=0, help="how large saved images are made")
    parser.add_argument("--too-much", default="", help="the text in a workflow at which memory runs out")
    options = parser.parse_args(arguments)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(options))


async def _serve(options: argparse.Namespace) -> None:
    server = FakeComfyUI(port=options.port, step_seconds=options.step_seconds)
    server.image_bytes, server.too_much = options.image_bytes, options.too_much
    async with server:
        print(server.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    main()
