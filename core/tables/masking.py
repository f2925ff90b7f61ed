"""What users wrote is theirs: prompts and details can be hidden, so that a glance or a screenshot tells nothing."""

from __future__ import annotations

from typing import Any, Final

from core.text.masking import masked

PRIVATE_COLUMNS: Final = frozenset({"prompt", "details"})
"""The columns that hold what users wrote, by name, in whatever table."""


def masked_value(column: str, value: Any) -> Any:
    """A cell as it may be shown, copied or exported while prompts are masked; other columns and NULL stay."""
    if column not in PRIVATE_COLUMNS or value is None:
        return value
    return masked(value if isinstance(value, str) else str(value))
