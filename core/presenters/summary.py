"""A range in a few lines, to be pasted into a channel of Discord."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from core.charts.specs import BarChart
from core.feed.snapshot import Snapshot
from core.presenters.caption import caption, origin_of
from core.text.formatting import count
from core.text.markdown import escaped, units
from core.text.translation import gettext as _

LONGEST: Final = 2_000
"""UTF-16 units of a message."""

TOP: Final = "top_commands"
"""The key of the Overview's chart that a summary is made of, too."""

_TOP_FEW: Final = 5
_LONGEST_NAME: Final = 60


def summary_of(snapshot: Snapshot) -> str:
    """What the Overview says, as Markdown of at most :data:`LONGEST` units that mentions nobody; names no user."""
    lines = ""
    for line in _lines(snapshot):
        if units(lines) + units(line) + 1 > LONGEST:
            break
        lines += f"{line}\n"
    return lines.rstrip("\n")


def _lines(snapshot: Snapshot) -> Iterator[str]:
    origin = origin_of(snapshot)
    name, *about = caption(origin.name, origin.span, origin.zone, time.time(), origin.chosen, ids_shown=False)
    yield f"**{escaped(name, _LONGEST_NAME)}** · {escaped(' · '.join(about), 3 * _LONGEST_NAME)}"
    for tile in snapshot.content.tiles.values():
        change = " ".join(part for part in (tile.change, tile.comparison) if part)
        yield f"- {tile.label}: **{escaped(tile.value, _LONGEST_NAME)}**" + (f" ({change})" if change else "")
    chart = snapshot.content.charts.get(TOP)
    if isinstance(chart, BarChart) and chart.bars:
        few = [f"{escaped(bar.name, _LONGEST_NAME)} {count(round(bar.value))}" for bar in chart.bars[:_TOP_FEW]]
        yield "- " + _("Most used: {commands}").format(commands=", ".join(few))
