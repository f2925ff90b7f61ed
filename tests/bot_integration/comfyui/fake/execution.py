"""Running a prompt, node by node, with the messages that the real server sends, in its order."""

from __future__ import annotations

import asyncio
import json
import struct
import time
from typing import TYPE_CHECKING, Any

from tests.bot_integration.comfyui.fake.pictures import JPEG, MP4, png
from tests.bot_integration.comfyui.fake.state import Prompt, signature
from tests.bot_integration.comfyui.fake.validation import ancestors

if TYPE_CHECKING:
    from tests.bot_integration.comfyui.fake.server import FakeComfyUI

_UNCACHED = ("SaveImageWebsocket",)


class Stopped(Exception):
    """The prompt was interrupted."""


class NodeRaised(Exception):
    """A node raised."""


class Execution:
    """One run of one prompt."""

    def __init__(self, server: FakeComfyUI, prompt: Prompt) -> None:
        self.server, self.prompt = server, prompt
        self.node: str | None = None
        self.states: dict[str, Any] = {}
        self.executed: list[str] = []

    async def run(self) -> None:
        """All of it, up to the outcome; ``executing`` null is the server's to send."""
        prompt = self.prompt
        await self.tell("execution_start", {}, kept=True)
        order = list(dict.fromkeys(node for output in prompt.wanted for node in ancestors(prompt.workflow, output)))
        cached = [node for node in order if signature(prompt.workflow, node) in self.server.cache]
        await self.tell("execution_cached", {"nodes": cached}, kept=True)
        try:
            for node in order:
                await (self._reuse(node) if node in cached else self._work(node))
        except Stopped:
            where = {"node_id": self.node, "node_type": self._class(self.node), "executed": self.executed}
            await self.tell("execution_interrupted", where, kept=True)
        except NodeRaised as error:
            await self.tell("execution_error", self._failure(error), kept=True)
        else:
            await self.tell("execution_success", {}, kept=True)

    async def tell(self, kind: str, data: dict[str, Any], kept: bool = False) -> None:
        data = {**data, "prompt_id": self.prompt.prompt_id}
        if kept:
            data["timestamp"] = int(time.time() * 1_000)
            self.prompt.messages.append([kind, data])
        await self.server.send(kind, data, self.prompt.client_id)

    async def _reuse(self, node: str) -> None:
        output = self.server.cache[signature(self.prompt.workflow, node)]
        if output:
            self.server.store.reused(self.prompt.prompt_id, output)
            await self._made(node, output)

    async def _work(self, node: str) -> None:
        self.node = node
        await self._state(node, 0, 1, "running")
        await self.tell("executing", {"node": node, "display_node": node})
        self._stop_if_asked()
        told = self.prompt.workflow[node]
        output = await self._result(node, told["class_type"], told.get("inputs", {}))
        if output:
            await self._made(node, output)
        await self._state(node, 1, 1, "finished")
        self.executed.append(node)
        if told["class_type"] not in _UNCACHED:
            self.server.cache[signature(self.prompt.workflow, node)] = output

    async def _made(self, node: str, output: dict[str, Any]) -> None:
        self.prompt.outputs[node] = output
        shown_as = self.prompt.shown_as.get(node, node)
        await self.tell("executed", {"node": node, "display_node": shown_as, "output": output})

    async def _result(self, node: str, kind: str, inputs: dict[str, Any]) -> dict[str, Any]:
        match kind:
            case "TimedSampler" | "KSampler":
                await self._sample(node, inputs)
            case "Hold":
                await self.server.wait_for_release(lambda: self.server.asked_to_stop == self.prompt.prompt_id)
                self._stop_if_asked()
            case "RaiseError":
                raise NodeRaised(inputs.get("type", "ValueError"), inputs.get("message", "no reason"))
            case "VAEDecode" if self.server.too_much and self.server.too_much in str(self.prompt.workflow):
                raise NodeRaised("torch.OutOfMemoryError", "Allocation on device 0 would exceed allowed memory.")
            case "SaveImage" | "PreviewImage":
                return self._save(inputs, "temp" if kind == "PreviewImage" else "output")
            case "VHS_VideoCombine":
                entry = self._file(inputs, "output", "mp4", MP4)
                return {"gifs": [{**entry, "format": "video/h264-mp4", "frame_rate": 16.0}]}
            case "SaveAudio":
                return {"audio": [self._file(inputs, "output", "flac", b"fLaC")], "text": ["a sound"]}
            case "SaveLatent":
                return {"latents": [self._file(inputs, "output", "latent", b"\x10\0\0\0\0\0\0\0{}")]}
            case "PreviewAny":
                return {"text": [inputs.get("text", "a text")]}
            case "PartnerNode" if not self.prompt.extra.get("api_key_comfy_org"):
                raise NodeRaised("Exception", "Unauthorized: Please login first to use this node.")
            case "SaveImageWebsocket":
                await self._stream(node, node)
            case "LoopEnd":
                await self._expand(node, inputs)
        return {}

    async def _expand(self, node: str, inputs: dict[str, Any]) -> None:
        """As loops do: the nodes of the body run again as clones, whose ids are longer."""
        target = inputs["body"]
        told = self.prompt.workflow[target]
        for number in range(inputs["times"]):
            clone = f"{node}.0.{number}.{target}"
            self.prompt.shown_as[clone] = target
            await self.tell("executing", {"node": clone, "display_node": target})
            if told["class_type"] == "SaveImageWebsocket":
                await self._stream(clone, target)
            else:
                await self._made(clone, self._save(told.get("inputs", {}), "output"))

    async def _sample(self, node: str, inputs: dict[str, Any]) -> None:
        steps = inputs.get("steps", 4)
        for step in range(1, steps + 1):
            await asyncio.sleep(inputs.get("seconds_per_step", self.server.step_seconds))
            self._stop_if_asked()
            await self._state(node, step, steps, "running")
            await self.tell("progress", {"value": step, "max": steps, "node": node})
            if inputs.get("preview"):
                await self._image(node, JPEG, 1, "image/jpeg")

    async def _stream(self, node: str, shown_as: str) -> None:
        batch = self._batch()
        for number in range(batch):
            self.server.store.counter += 1
            await self.tell("progress", {"value": number, "max": batch, "node": node})
            await self._image(node, png(self.server.store.counter), 2, "image/png", shown_as)

    async def _image(self, node: str, data: bytes, number: int, content_type: str, shown_as: str = "") -> None:
        """A binary frame; with metadata for a client that understands them."""
        if self.server.understands_metadata(self.prompt.client_id):
            told = {
                "node_id": node,
                "prompt_id": self.prompt.prompt_id,
                "display_node_id": shown_as or node,
                "parent_node_id": None,
            }
            metadata = json.dumps({**told, "real_node_id": node, "image_type": content_type}).encode()
            frame = struct.pack(">II", 4, len(metadata)) + metadata + data
        else:
            frame = struct.pack(">II", 1, number) + data
        await self.server.send_frame(frame, self.prompt.client_id)

    def _save(self, inputs: dict[str, Any], place: str) -> dict[str, Any]:
        images = []
        for _ in range(self._batch()):
            data = png(self.server.store.counter + 1, byte_size=self.server.image_bytes)
            images.append(self._file(inputs, place, "png", data))
        return {"images": images}

    def _file(self, inputs: dict[str, Any], place: str, ending: str, data: bytes) -> dict[str, str]:
        prefix = inputs.get("filename_prefix", "ComfyUI_temp" if place == "temp" else "ComfyUI")
        return self.server.store.save(self.prompt.prompt_id, prefix, place, ending, data)

    def _batch(self) -> int:
        sizes = (told.get("inputs", {}).get("batch_size", 1) for told in self.prompt.workflow.values())
        return int(max(sizes, default=1))

    async def _state(self, node: str, value: float, most: float, state: str) -> None:
        self.states[node] = {"value": value, "max": most, "state": state, "node_id": node}
        await self.tell("progress_state", {"nodes": self.states})

    def _stop_if_asked(self) -> None:
        if self.server.asked_to_stop == self.prompt.prompt_id:
            self.server.asked_to_stop = None
            raise Stopped

    def _class(self, node: str | None) -> str:
        return str(self.prompt.workflow[node]["class_type"]) if node else ""

    def _failure(self, error: NodeRaised) -> dict[str, Any]:
        kind, message = error.args
        return {
            "node_id": self.node, "node_type": self._class(self.node), "executed": self.executed,
            "exception_message": f"{message}\n", "exception_type": kind,
            "traceback": ['  File "/srv/comfyui/execution.py", line 496, in execute\n'],
            "current_inputs": {}, "current_outputs": [],
        }  # fmt: skip
