"""A column of moments as texts: what a clock showed, by whole minutes that are looked up once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.text.zone_offsets import offsets_of

_START: Final = datetime(1970, 1, 1)
_QUARTER: Final = 900.0
_SECONDS: Final = tuple(f":{second:02d}" for second in range(60))


@lru_cache(maxsize=65_536)
def _minute(number: int) -> str:
    """``2026-11-24 10:35``, by the minutes since 1970 on the same clock."""
    return str(_START + timedelta(minutes=number))[:16]


@lru_cache(maxsize=65_536)
def _iso_minute(number: int) -> str:
    return _minute(number).replace(" ", "T")


@lru_cache(maxsize=256)
def offset_text(offset: float) -> str:
    """``+01:00``."""
    minutes = round(abs(offset) / 60)
    return f"{'-' if offset < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"


class ClockColumn:
    """Moments (epoch seconds) of one column, on the clock of a zone."""

    def __init__(self, zone: tzinfo) -> None:
        self._offset = offsets_of(zone)

    def offsets(self, moments: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far the clock is from UTC at each moment, in seconds; asked once a quarter of an hour."""
        quarters, places = np.unique(moments // _QUARTER, return_inverse=True)
        found: NDArray[np.float64] = np.array([self._offset(each * _QUARTER) for each in quarters.tolist()])[places]
        return found

    def local(self, moments: NDArray[np.float64], offsets: NDArray[np.float64]) -> list[str]:
        """``2026-11-24 10:35:07``, each."""
        minutes, seconds = np.divmod(np.floor(moments + offsets).astype(np.int64), 60)
        texts = zip(map(_minute, minutes.tolist()), seconds.tolist(), strict=True)
        return [minute + _SECONDS[second] for minute, second in texts]

    def iso(self, moments: NDArray[np.float64], offsets: NDArray[np.float64]) -> list[str]:
        """``2026-11-24T10:35:07.125+01:00``, each."""
        minutes, rest = np.divmod(np.floor((moments + offsets) * 1000).astype(np.int64), 60_000)
        texts = zip(map(_iso_minute, minutes.tolist()), rest.tolist(), map(offset_text, offsets.tolist()), strict=True)
        return [f"{minute}{_SECONDS[ms // 1000]}.{ms % 1000:03d}{offset}" for minute, ms, offset in texts]


def known(column: Sequence[Any]) -> NDArray[np.float64]:
    """The moments that are known."""
    return np.array([value for value in column if value is not None], dtype=np.float64)


def placed(column: Sequence[Any], texts: Sequence[str], nothing: str) -> Sequence[str]:
    """The texts of the known moments of a column, each in its place; ``nothing`` stands for the others."""
    if len(texts) == len(column):
        return texts
    following = iter(texts)
    return [nothing if value is None else next(following) for value in column]
