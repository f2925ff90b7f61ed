"""What the server says of a workflow before it runs it, in ComfyUI's words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

OUTPUTS = (
    "SaveImage",
    "PreviewImage",
    "SaveImageWebsocket",
    "VHS_VideoCombine",
    "SaveAudio",
    "SaveLatent",
    "PreviewAny",
    "LoopEnd",
)
OTHERS = (
    "EmptyImage", "ImageScale", "ImageInvert", "ImageBlur", "TimedSampler", "KSampler", "RaiseError", "Hold",
    "CheckpointLoaderSimple", "CLIPTextEncode", "EmptyLatentImage", "VAEDecode", "LoraLoader", "PartnerNode",
)  # fmt: skip
MODELS = ("sd15.safetensors", "folder/flux.safetensors")


@dataclass
class Verdict:
    """Which outputs can run, and what is wrong with the others; ``error`` where none can."""

    outputs: list[str] = field(default_factory=list)
    node_errors: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] | None = None


def validate(workflow: dict[str, Any]) -> Verdict:
    for node, told in workflow.items():
        if told.get("class_type") not in OUTPUTS + OTHERS:
            message = f"Cannot execute because node {told.get('class_type')} does not exist."
            return Verdict(error=_error("invalid_prompt", message, f"Node ID '#{node}'"))
    outputs = [node for node, told in workflow.items() if told["class_type"] in OUTPUTS]
    if not outputs:
        return Verdict(error=_error("prompt_no_outputs", "Prompt has no outputs"))
    verdict = Verdict()
    for output in outputs:
        wrong = {node: errors for node in ancestors(workflow, output) if (errors := list(_faults(workflow[node])))}
        for node, errors in wrong.items():
            entry = {"errors": errors, "dependent_outputs": [], "class_type": workflow[node]["class_type"]}
            verdict.node_errors.setdefault(node, entry)["dependent_outputs"].append(output)
        if not wrong:
            verdict.outputs.append(output)
    if not verdict.outputs:
        verdict.error = _error("prompt_outputs_failed_validation", "Prompt outputs failed validation")
    return verdict


def ancestors(workflow: dict[str, Any], node: str) -> list[str]:
    """The node and all that it needs, in the order of execution."""
    order: list[str] = []

    def visit(each: str) -> None:
        if each in order or each not in workflow:
            return
        for value in workflow[each].get("inputs", {}).values():
            if isinstance(value, list) and len(value) == 2:
                visit(str(value[0]))
        order.append(each)

    visit(node)
    return order


def _error(kind: str, message: str, details: str = "") -> dict[str, Any]:
    return {"type": kind, "message": message, "details": details, "extra_info": {}}


def _faults(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    inputs = told.get("inputs", {})
    for name, known in (("ckpt_name", MODELS), ("lora_name", ("detail.safetensors",))):
        value = inputs.get(name)
        if value is not None and value not in known:
            extra = {"input_name": name, "input_config": [list(known), {}], "received_value": value}
            details = f"{name}: '{value}' not in {list(known)}"
            yield {"type": "value_not_in_list", "message": "Value not in list", "details": details, "extra_info": extra}
    steps = inputs.get("steps")
    if isinstance(steps, int) and steps < 1:
        extra = {"input_name": "steps", "input_config": ["INT", {"min": 1}], "received_value": steps}
        message = "Value 0 smaller than min of 1"
        yield {"type": "value_smaller_than_min", "message": message, "details": "steps", "extra_info": extra}
