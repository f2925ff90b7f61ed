"""Charts with the host's notes on their time axes."""

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


def noted(chart: AnyChart, notes: Sequence[Note]) -> AnyChart:
    """The chart with a mark for each note within its time; several at one place are one mark, which counts them."""
    if not notes or not isinstance(chart, Chart | Scatter) or len(chart.edges) < 2 or chart.empty is not None:
        return chart
    start, end = chart.edges[0], chart.edges[-1]
    seen = [note for note in notes if start <= note.moment <= end and note.moment >= chart.coverage.since]
    if not seen:
        return chart
    width = (end - start) / _PLACES
    places = groupby(sorted(seen, key=lambda note: note.moment), key=lambda note: int((note.moment - start) / width))
    marks = tuple(_mark(tuple(some)) for _place, some in places)
    told = "; ".join(f"{dated_moment(mark.time, chart.zone)} {mark.label}" for mark in marks[-_TOLD:])
    summary = f"{chart.summary} " + _("Notes: {notes}.").format(notes=told)
    return replace(chart, markers=(*chart.markers, *marks), summary=summary)


def _mark(notes: tuple[Note, ...]) -> Marker:
    first = one_line(notes[0].text, _LONGEST)
    more = f" (+{len(notes) - 1})" if len(notes) > 1 else ""
    return Marker(notes[0].moment, f"{first}{more}", note=True)
