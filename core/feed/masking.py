"""What users wrote is theirs: prompts and details can be hidden, so that a glance or a screenshot tells nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from core.feed.snapshot import Event

MASK: Final = "\N{BULLET}" * 6
"""Stands for any text: it tells neither words nor length."""

PRIVATE_COLUMNS: Final = frozenset({"prompt", "details"})
"""The columns that hold what users wrote, by name, in whatever table."""


def masked(text: str) -> str:
    """:data:`MASK` for any text; nothing stays nothing, so that a missing prompt can be told from a hidden one."""
    return MASK if text.strip() else ""


def masked_value(column: str, value: Any) -> Any:
    """A cell as it may be shown, copied or exported while prompts are masked; other columns and NULL stay."""
    if column not in PRIVATE_COLUMNS or value is None:
        return value
    return masked(value if isinstance(value, str) else str(value))


def masked_event(event: Event) -> Event:
    """An event without what its user wrote."""
    return replace(event, detail=masked(event.detail))
