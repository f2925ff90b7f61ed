"""A generation that failed, as the statistics keep it: what kind of failure, at which node, with which model."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from bot_integration.comfyui.errors import BadAnswer, ClientClosed, ExecutionFailed, Interrupted, Rejected
from bot_integration.comfyui.models import NodeFault
from bot_integration.comfyui.request import PromptRequest
from bot_integration.failures import track_once
from bot_integration.origin import RequestOrigin
from core.models import FailureSource, Outcome
from core.text.formatting import one_line

if TYPE_CHECKING:
    from core.manager import AnalyticsManager

OUT_OF_MEMORY: Final = "OutOfMemoryError"
MISSING_MODEL: Final = "MissingModel"
MISSING_LORA: Final = "MissingLora"
MISSING_NODE: Final = "MissingNode"
"""What stands as the error's type, whatever the server calls it."""

_LONGEST: Final = 300
_NO_MEMORY: Final = re.compile(
    r"out ?of ?memory|not enough (?:\w+ ){0,3}memory|allocation on device|failed to allocate|can't allocate memory"
    r"|cublas_status_alloc_failed",
    re.IGNORECASE,
)
"""How CUDA, HIP, MPS, DirectML, PyTorch and ComfyUI say it, in the type or in the message."""

_MODEL_INPUTS: Final = re.compile(r"ckpt|checkpoint|unet|model|gguf|vae|clip|control_net|dit", re.IGNORECASE)
_NUMBER: Final = re.compile(r"-?[0-9][0-9.e+-]{0,30}")
_UNKNOWN_NODE: Final = re.compile(r"because node ['\"]?(.{1,100}?)['\"]? does not exist")
_CANCELLED: Final = (Interrupted, ClientClosed, asyncio.CancelledError)


@dataclass(frozen=True, slots=True)
class FailedGeneration:
    """What is known of a failure.

    Attributes:
        kind: error, or cancelled where somebody stopped it.
        error_type: the type of the exception that the node raised, of the server's complaint, or of our own fault.
        message: one line; it may still hold what people wrote, which is struck before it is stored.
        node: the class of the node that failed; None where none did.
    """

    kind: Outcome
    error_type: str
    message: str
    node: str | None = None


def failure_of(error: BaseException) -> FailedGeneration:
    """Tell what an error means, that :meth:`ComfyUI.get_images` raised."""
    if isinstance(error, ExecutionFailed):
        return _raised(error)
    if isinstance(error, Rejected) and error.node_errors:
        return _rejected(error.node_errors[0], len(error.node_errors) - 1)
    name = type(error).__name__
    unknown = _UNKNOWN_NODE.search(error.detail) if isinstance(error, Rejected) else None
    if unknown is not None:
        return FailedGeneration(Outcome.ERROR, MISSING_NODE, str(error), unknown[1])
    if isinstance(error, asyncio.CancelledError):
        return FailedGeneration(Outcome.CANCELLED, name, "the task that waited for it was cancelled")
    detail = str(error)
    if type(error) is BadAnswer:  # the answer itself follows, which may be anybody's prompt
        detail = detail.partition("): ")[0]
    return FailedGeneration(Outcome.CANCELLED if isinstance(error, _CANCELLED) else Outcome.ERROR, name, detail)


def track_failed(
    manager: AnalyticsManager, error: BaseException, request: PromptRequest, origin: RequestOrigin
) -> None:
    """Have a failed generation remembered, once; it returns in less than a millisecond."""
    failed = failure_of(error)
    track_once(
        manager,
        error,
        FailureSource.GENERATION,
        origin.command,
        origin.user_id,
        guild_id=origin.guild_id,
        channel_id=origin.channel_id,
        kind=failed.kind,
        error_type=failed.error_type,
        message=failed.message,
        node=failed.node,
        model=request.facts.model,
        loras=list(request.facts.loras),
        resolution=request.facts.resolution,
        private=request.texts(),
    )


def _raised(error: ExecutionFailed) -> FailedGeneration:
    told = f"{error.exception_type} {error.message}"
    kind = OUT_OF_MEMORY if _NO_MEMORY.search(told) else error.exception_type.rpartition(".")[2]
    where = f"node {error.node}: " if error.node else ""
    return FailedGeneration(
        Outcome.ERROR, kind or type(error).__name__, f"{where}{error.message}", error.node_type or None
    )


def _rejected(fault: NodeFault, more: int) -> FailedGeneration:
    """Of several complaints the first; where a file is missing it is named, without its folder."""
    kind, said = fault.kind or Rejected.__name__, f"{_given(fault)}{fault.message}"
    kind = MISSING_NODE if kind == "missing_node_type" else kind
    if fault.kind == "value_not_in_list":
        value, lora = fault.value, "lora" in fault.input.lower()
        if lora or _MODEL_INPUTS.search(fault.input):
            kind = MISSING_LORA if lora else MISSING_MODEL
            value = PurePosixPath(value.replace("\\", "/")).name
        said = f"{fault.input} {one_line(value, 100)} is not installed"
    others = f" (and {more} more)" if more else ""
    message = one_line(f"node {fault.node}: {said}{others}", _LONGEST)
    return FailedGeneration(Outcome.ERROR, kind, message, fault.node_type or None)


def _given(fault: NodeFault) -> str:
    """The input, with its value where that is a number: a text may be anybody's words."""
    if not fault.input:
        return ""
    return f"{fault.input} {fault.value}: " if _NUMBER.fullmatch(fault.value) else f"{fault.input}: "
