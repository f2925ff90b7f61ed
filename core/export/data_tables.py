"""A chart's numbers to a file: the twin that stands beside the drawing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from core.charts.specs import DataTable
from core.export.faults import check_target, target_faults
from core.export.formats import Format, sheet_on
from core.export.rows import Exported
from core.export.sheet import Heading
from core.storage.files import replacing
from core.tasks import Progress, Task
from core.text.formatting import count

_STEP: Final = 500
_WIDEST: Final = 60
_UTC: Final = ZoneInfo("UTC")
"""A chart's table has its times as text, in the chart's own zone."""


def write_data_table(table: DataTable, target: Path, kind: Format) -> Task[Exported]:
    """Write a chart's numbers. As with :func:`core.export.export_rows` the target appears whole, or stays as it was.

    Raises:
        ExportFailed: the target can't be written.
    """
    began = time.perf_counter()
    check_target(target)
    headings = [Heading(name, name, width=width) for name, width in zip(table.columns, _widths(table), strict=True)]
    with target_faults(target), replacing(target) as file:
        with sheet_on(file, kind, table.title, headings, _UTC) as sheet:
            for first in range(0, len(table.rows), _STEP):
                sheet.write(table.rows[first : first + _STEP])
                yield Progress(first / len(table.rows), f"{count(first)} of {count(len(table.rows))} rows")
        data = file.tell()
    return Exported(target, len(table.rows), data, time.perf_counter() - began)


def _widths(table: DataTable) -> Iterator[int]:
    """As wide as what stands in the first rows."""
    for place, name in enumerate(table.columns):
        longest = max((len(str(row[place])) for row in table.rows[:_STEP] if isinstance(row[place], str)), default=0)
        yield min(max(len(name), longest, 10) + 1, _WIDEST)
