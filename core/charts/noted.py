"""Charts with the host's notes, and the beginnings of alarms, on their time axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from core.charts.specs import AnyChart, Chart, Marker, Scatter
from core.storage.notes import Note
from core.text.dates import dated_moment
from core.text.formatting import one_line
from core.text.translation import gettext as _

_LONGEST: Final = 60
_TOLD: Final = 5
"""The last ones are told in the sentence that a screen reader reads."""

_PLACES: Final = 120
"""So many marks find room beside each other: notes that are nearer are one."""


def noted(chart: AnyChart, notes: Sequence[Note], alarms: Sequence[Note] = ()) -> AnyChart:
    """The chart with a mark for each note and alarm within its time; several at one place are one, with their number.

    Args:
        chart: any; one without a time axis stays as it is.
        notes: the host's.
        alarms: when each began, and what it is.
    """
    if not isinstance(chart, Chart | Scatter) or len(chart.edges) < 2 or chart.empty is not None:
        return chart
    written, given = _marks(chart, notes, alarm=False), _marks(chart, alarms, alarm=True)
    if not written and not given:
        return chart
    told = [_said(_("Notes: {notes}."), written, chart), _said(_("Alarms: {notes}."), given, chart)]
    summary = " ".join(part for part in (chart.summary, *told) if part)
    return replace(chart, markers=(*chart.markers, *written, *given), summary=summary)


def _marks(chart: Chart | Scatter, notes: Sequence[Note], *, alarm: bool) -> list[Marker]:
    start, end = chart.edges[0], chart.edges[-1]
    seen = [note for note in notes if max(start, chart.coverage.since) <= note.moment <= end]
    width = (end - start) / _PLACES
    places = groupby(sorted(seen, key=lambda note: note.moment), key=lambda note: int((note.moment - start) / width))
    return [_mark(tuple(some), alarm) for _place, some in places]


def _mark(notes: tuple[Note, ...], alarm: bool) -> Marker:
    first = one_line(notes[0].text, _LONGEST)
    more = f" (+{len(notes) - 1})" if len(notes) > 1 else ""
    return Marker(notes[0].moment, f"{first}{more}", note=not alarm, alarm=alarm)


def _said(words: str, marks: Sequence[Marker], chart: Chart | Scatter) -> str:
    told = "; ".join(f"{dated_moment(mark.time, chart.zone)} {mark.label}" for mark in marks[-_TOLD:])
    return words.format(notes=told) if told else ""
