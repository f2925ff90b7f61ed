"""A client of ComfyUI for asyncio: generations with their time, progress, outputs and typed faults."""

from __future__ import annotations

from bot_integration.comfyui.client import DEFAULT_URL, ComfyUI
from bot_integration.comfyui.errors import (
    BadAnswer,
    ClientClosed,
    ComfyUIError,
    ExecutionFailed,
    Interrupted,
    Lost,
    NoOutput,
    NotAPicture,
    OutputGone,
    Refused,
    Rejected,
    TimedOut,
    TooBig,
    Unreachable,
    Untrusted,
)
from bot_integration.comfyui.models import (
    Device,
    Generation,
    ImageFields,
    Kind,
    NodeFault,
    Output,
    Preview,
    Progress,
    Queue,
    QueueEntry,
    Stage,
    SystemStats,
)
from bot_integration.comfyui.reporting import OnProgress
from bot_integration.comfyui.workflow.facts import WorkflowFacts, read_workflow

__all__ = [
    "DEFAULT_URL",
    "BadAnswer",
    "ClientClosed",
    "ComfyUI",
    "ComfyUIError",
    "Device",
    "ExecutionFailed",
    "Generation",
    "ImageFields",
    "Interrupted",
    "Kind",
    "Lost",
    "NoOutput",
    "NodeFault",
    "NotAPicture",
    "OnProgress",
    "Output",
    "OutputGone",
    "Preview",
    "Progress",
    "Queue",
    "QueueEntry",
    "Refused",
    "Rejected",
    "Stage",
    "SystemStats",
    "TimedOut",
    "TooBig",
    "Unreachable",
    "Untrusted",
    "WorkflowFacts",
    "read_workflow",
]
