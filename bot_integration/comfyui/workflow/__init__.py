"""What a workflow says of the picture that it makes: the model, the sampler, the steps, the seed, LoRAs, the size."""

from __future__ import annotations

from bot_integration.comfyui.workflow.facts import WorkflowFacts, read_workflow

__all__ = ["WorkflowFacts", "read_workflow"]
