"""What a benchmark answers, as a table for people and as JSON for machines."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

HEADINGS = ("what", "value", "target", "baseline", "ratio", "met", "note")


@dataclass(frozen=True)
class Row:
    """One number. ``baseline`` is the plain way's number for the same thing in the same run, in the same unit."""

    what: str
    unit: str
    value: float
    target: float | None = None
    baseline: float | None = None
    higher_is_better: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        if self.target is None:
            return None
        return self.value >= self.target if self.higher_is_better else self.value <= self.target

    @property
    def ratio(self) -> float | None:
        """How many times better than the baseline; None where that can't be said."""
        if self.baseline is None:
            return None
        better, worse = (self.value, self.baseline) if self.higher_is_better else (self.baseline, self.value)
        return better / worse if worse else None


def table(rows: Sequence[Row]) -> str:
    """The rows in aligned columns, under headings."""
    lines = [HEADINGS, *map(_cells, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join(_aligned(line, widths) for line in lines)


def as_json(results: dict[str, list[Row]], failures: Sequence[str]) -> dict[str, Any]:
    """Everything measured, by benchmark, with the facts of the machine."""
    return {
        "machine": machine(),
        "failed_to_run": list(failures),
        "results": {
            name: [{**asdict(row), "met": row.met, "ratio": row.ratio} for row in rows]
            for name, rows in results.items()
        },
    }


def machine() -> dict[str, Any]:
    """Where and when this is measured."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpus": os.cpu_count(),
        "platform": platform.platform(),
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
    }


def _cells(row: Row) -> tuple[str, ...]:
    sign = "≥" if row.higher_is_better else "≤"
    return (
        row.what,
        f"{_number(row.value)} {row.unit}",
        "" if row.target is None else f"{sign} {_number(row.target)}",
        "" if row.baseline is None else _number(row.baseline),
        "" if row.ratio is None else f"{_number(row.ratio)}×",
        {True: "yes", False: "NO", None: ""}[row.met],
        row.note,
    )


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Words to the left, numbers to the right."""
    parts = [
        cell.ljust(width) if heading in ("what", "met", "note") else cell.rjust(width)
        for heading, cell, width in zip(HEADINGS, cells, widths, strict=True)
    ]
    return "  ".join(parts).rstrip()


def _number(value: float) -> str:
    """Three digits that matter, thousands apart."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.3g}"
