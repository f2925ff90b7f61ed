"""A column of moments as texts: what a clock showed, by days and minutes that are written out once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.text.zone_offsets import offsets_of

_START: Final = date(1970, 1, 1)
_QUARTER: Final = 900.0
_SECONDS: Final = tuple(f":{second:02d}" for second in range(60))
_MINUTES: Final = tuple(f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(24 * 60))
_MILLISECONDS: Final = tuple(f".{ms:03d}" for ms in range(1000))


@lru_cache(maxsize=65_536)
def _day(number: int) -> str:
    """``2026-11-24``, by the days since 1970 on the same clock."""
    return str(_START + timedelta(days=number))


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
        return [f"{day} {_MINUTES[minute]}{_SECONDS[second]}" for day, minute, second in _parts(minutes, seconds)]

    def iso(self, moments: NDArray[np.float64], offsets: NDArray[np.float64], quote: str = "") -> list[str]:
        """``2026-11-24T10:35:07.125+01:00``, each between ``quote``."""
        minutes, rest = np.divmod(np.floor((moments + offsets) * 1000).astype(np.int64), 60_000)
        parts = zip(_parts(minutes, rest), offset_texts(offsets, f"{{}}{quote}"), strict=True)
        return [
            f"{quote}{day}T{_MINUTES[minute]}{_SECONDS[ms // 1000]}{_MILLISECONDS[ms % 1000]}{offset}"
            for (day, minute, ms), offset in parts
        ]


def _parts(minutes: NDArray[np.int64], rest: NDArray[np.int64]) -> Iterator[tuple[str, int, int]]:
    """Each one's day in words, the minute of that day, and what is left of the minute."""
    days, of_day = np.divmod(minutes, 24 * 60)
    return zip(map(_day, days.tolist()), of_day.tolist(), rest.tolist(), strict=True)


def offset_texts(offsets: NDArray[np.float64], form: str = "{}") -> list[str]:
    """:func:`offset_text` of each, within ``form``."""
    found = offsets.tolist()
    texts = {offset: form.format(offset_text(offset)) for offset in set(found)}
    return [texts[offset] for offset in found]


def known(column: Sequence[Any]) -> NDArray[np.float64]:
    """The moments that are known."""
    return np.array([value for value in column if value is not None], dtype=np.float64)


def placed(column: Sequence[Any], texts: Sequence[str], nothing: str) -> Sequence[str]:
    """The texts of the known moments of a column, each in its place; ``nothing`` stands for the others."""
    if len(texts) == len(column):
        return texts
    following = iter(texts)
    return [nothing if value is None else next(following) for value in column]
