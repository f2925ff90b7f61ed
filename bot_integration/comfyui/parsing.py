"""Reading values that come from the server: of the expected type and size, or nothing; never an exception."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final

from bot_integration.comfyui.errors import BadAnswer

LARGEST_WHOLE: Final = 2**63 - 1
_PROMPT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")


def parse_json(data: str | bytes) -> Any:
    """Parse an answer or a message.

    Raises:
        BadAnswer: it is no JSON, or nested too deeply.
    """
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadAnswer(f"not JSON ({error}): {data[:100]!r}") from error


def mapping(value: object) -> Mapping[str, Any]:
    """``value`` where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object, most: int) -> list[Any]:
    """The first ``most`` elements of a list; nothing of anything else."""
    return value[:most] if isinstance(value, list) else []


def text(value: object, most: int = 200) -> str:
    """At most ``most`` characters of a string, without half surrogates; nothing of anything else."""
    return value[:most].encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def name(value: object) -> str | None:
    """A node's id: a string, or a whole number as one; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_WHOLE:
        return str(value)
    return text(value, 100) or None


def prompt_id(value: object) -> str | None:
    """An id that may stand in a URL's path; None for anything else."""
    return value if isinstance(value, str) and _PROMPT_ID.fullmatch(value) else None


def number(value: object) -> float | None:
    """A finite number as a float; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def whole(value: object) -> int | None:
    """A whole number from 0 to 2⁶³ − 1; None for anything else."""
    found = number(value)
    return int(found) if found is not None and 0 <= found <= LARGEST_WHOLE else None
