"""Cost against size as a picture: both axes logarithmic, a line for each figure, named where it ends."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from core.charts.png.fonts import SEMIBOLD, font_for
from resources.design import Palette, Theme, palette

_INCHES: Final = (10.0, 5.4)
_PLACE: Final = (0.07, 0.1, 0.62, 0.78)
"""Left, bottom, width, height of the axes, as shares of the picture."""

_APART: Final = 0.055
"""The least distance between two names, as a share of the axes' height."""

_TITLE, _SMALL = 15.0, 11.0
_DECADES: Final = {-3: "1 ms", -2: "10 ms", -1: "0.1 s", 0: "1 s", 1: "10 s", 2: "100 s"}
_SIZES: Final = {3: "1 k", 4: "10 k", 5: "100 k", 6: "1 M", 7: "10 M", 8: "100 M"}

Lines = Mapping[str, Mapping[int, float]]
"""Seconds by number of rows, by what they are for."""


def draw(lines: Lines, target: Path) -> None:
    """Draw an SVG that looks alike in every viewer: its letters are outlines."""
    colours = palette(Theme.LIGHT)
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": target.name}):
        figure = Figure(figsize=_INCHES, facecolor=colours.surface)
        FigureCanvasSVG(figure)
        axes = figure.add_axes(_PLACE, facecolor=colours.surface)
        _dress(axes, lines, colours)
        for number, (name, costs) in enumerate(lines.items()):
            axes.plot(list(costs), list(costs.values()), color=colours.series[number % len(colours.series)],
                      linewidth=2, marker="o", markersize=4.5, label=name)  # fmt: skip
        _name_ends(axes, lines, colours)
        figure.text(_PLACE[0], 0.93, "What it costs, by the rows of a year", color=colours.text,
                    fontproperties=font_for("A", _TITLE, SEMIBOLD))  # fmt: skip
        target.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(target, metadata={"Date": None, "Creator": None})


def _dress(axes: Axes, lines: Lines, colours: Palette) -> None:
    sizes = sorted({size for costs in lines.values() for size in costs})
    costs = [cost for each in lines.values() for cost in each.values()]
    axes.set_xscale("log")
    axes.set_yscale("log")
    least, most = math.floor(math.log10(min(costs))), math.ceil(math.log10(max(costs)))
    axes.set_ylim(10.0**least, 10.0**most)
    axes.set_xlim(sizes[0] / 1.25, sizes[-1] * 1.1)
    axes.set_xticks(sizes, [_SIZES.get(round(math.log10(size)), f"{size:,}") for size in sizes])
    decades = range(least, most + 1)
    axes.set_yticks([10.0**decade for decade in decades], [_DECADES.get(decade, f"1e{decade} s") for decade in decades])
    axes.minorticks_off()
    axes.tick_params(length=0, colors=colours.muted, pad=6)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(font_for("A", _SMALL))
    axes.grid(axis="y", color=colours.grid, linewidth=1)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)


def _name_ends(axes: Axes, lines: Lines, colours: Palette) -> None:
    """Name each line to the right of its end, from the lowest up, none closer to the next than can be read."""
    low, high = (math.log10(limit) for limit in axes.get_ylim())
    ends = {name: (math.log10(costs[max(costs)]) - low) / (high - low) for name, costs in lines.items()}
    inks = {name: colours.series[number % len(colours.series)] for number, name in enumerate(lines)}
    ordered = sorted(ends, key=ends.__getitem__)
    places = [ends[name] for name in ordered]
    for number in range(1, len(places)):
        places[number] = max(places[number], places[number - 1] + _APART)
    too_high = max(0.0, places[-1] - 1.0)
    for name, place in zip(ordered, places, strict=True):
        costs = lines[name]
        words = f"{name}, {_in_words(costs[max(costs)])}"
        leader = {
            "arrowstyle": "-",
            "color": inks[name],
            "linewidth": 1,
            "shrinkA": 2,
            "shrinkB": 6,
            "relpos": (0.0, 0.5),
        }
        axes.annotate(words, (1.0, ends[name]), (1.04, place - too_high), xycoords="axes fraction", va="center",
                      color=colours.text, fontproperties=font_for(words, _SMALL), annotation_clip=False,
                      arrowprops=leader)  # fmt: skip


def _in_words(cost: float) -> str:
    return f"{cost * 1e3:.0f} ms" if cost < 0.1 else f"{cost:.2f} s" if cost < 10 else f"{cost:.0f} s"
