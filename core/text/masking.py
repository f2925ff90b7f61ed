"""A mask in place of what users wrote."""

from __future__ import annotations

from typing import Final

MASK: Final = "\N{BULLET}" * 6
"""Stands for any text: it tells neither words nor length."""


def masked(text: str) -> str:
    """:data:`MASK` for any text; nothing stays nothing, so that a missing prompt can be told from a hidden one."""
    return MASK if text.strip() else ""
