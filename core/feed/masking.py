"""What users wrote is theirs: prompts and details can be hidden, so that a glance or a screenshot tells nothing."""

from __future__ import annotations

from dataclasses import replace

from core.feed.snapshot import Event
from core.text.masking import masked


def masked_event(event: Event) -> Event:
    """An event without what its user wrote."""
    return replace(event, detail=masked(event.detail))
