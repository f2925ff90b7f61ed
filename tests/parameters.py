"""Parameters of tests of which a few stand for all in the quick run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def slow_after(quick: int, values: Iterable[Any]) -> list[Any]:
    """The values for ``pytest.mark.parametrize``; all but the first ones are slow."""
    cases = list(values)
    return [*cases[:quick], *(_slow(each) for each in cases[quick:])]


def _slow(value: Any) -> Any:
    return pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=pytest.mark.slow)
