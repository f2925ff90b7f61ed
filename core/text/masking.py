"""What users wrote is theirs: prompts and details can be hidden, so that a glance or a screenshot tells nothing."""

from __future__ import annotations

from typing import Any, Final

from core.text.formatting import one_line

MASK: Final = "\N{BULLET}" * 6
"""Stands for any text: it tells neither words nor length."""

PRIVATE_COLUMNS: Final = frozenset({"prompt", "details"})
"""The columns that hold what users wrote, by name, in whatever table."""


_LONG: Final = 12
_END: Final = 4


def masked(text: str) -> str:
    """:data:`MASK` for any text; nothing stays nothing, so that a missing prompt can be told from a hidden one."""
    return MASK if text.strip() else ""


def masked_id(name: str) -> str:
    """A user's id in a picture for others: who it is recognises it by its end, ``…4821``; a short one is hidden."""
    text = one_line(name, 24)
    return f"…{text[-_END:]}" if len(text) >= _LONG else MASK


def masked_value(column: str, value: Any) -> Any:
    """A cell as it may be shown, copied or exported while prompts are masked; other columns and NULL stay."""
    return value if column not in PRIVATE_COLUMNS or value is None else masked(str(value))
