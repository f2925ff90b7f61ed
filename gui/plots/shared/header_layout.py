"""How a plot's heading shares out its room: title, subtitle, and a legend in which every sample has its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

GAP: Final = 8
"""Pixels between title, subtitle and legend."""

CHIP_GAP: Final = 2
LEAST_HEADING: Final = 40
"""Pixels: less of a title or subtitle says nothing."""


class Slot(NamedTuple):
    """Where a part stands: its left and its width in pixels, and its line from the top."""

    left: int
    line: int
    width: int


class Sizes(NamedTuple):
    """What the parts would take, in pixels; a ``subtitle`` of 0 is none."""

    title: int
    subtitle: int
    chips: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Where the parts stand.

    Attributes:
        title, subtitle: None where the subtitle has to go.
        chips: of as many of the legend's entries as have room for their names, from the first.
        more: of the button behind which the others are, or None where there are no others.
        lines: how many lines that takes.
    """

    title: Slot
    subtitle: Slot | None
    chips: tuple[Slot, ...]
    more: Slot | None
    lines: int


def arrange(sizes: Sizes, width: int, lines: int | None, more: Callable[[int], int]) -> Arrangement:
    """Share out ``lines`` lines of ``width`` pixels; with None, as many as nothing has to be left out for.

    All stands in one line where it fits, else the legend has lines of its own; the subtitle is the first to go.
    ``more`` tells how wide the button is for so many entries.
    """
    whole = lines is None
    if not sizes.chips:
        title, subtitle, used = _heading(sizes, width, whole=whole)
        return Arrangement(title, subtitle, (), None, used)
    subtitle_width = GAP + sizes.subtitle if whole and sizes.subtitle else 0
    if sizes.title + subtitle_width + GAP + _length(sizes.chips) <= width or lines == 1:
        return _beside(sizes, width, more)
    title, subtitle, used = _heading(sizes, width, whole=whole, shortens=True)
    chips, button = _fill(sizes.chips, width, None if lines is None else lines - used, more)
    chips, button = _moved(chips, button, 0, used)
    last = button or chips[-1]
    return Arrangement(title, subtitle, chips, button, last.line + 1)


def _length(chips: Sequence[int]) -> int:
    return sum(chips) + CHIP_GAP * (len(chips) - 1)


def _heading(sizes: Sizes, width: int, *, whole: bool, shortens: bool = False) -> tuple[Slot, Slot | None, int]:
    """Title and subtitle without a legend beside them, and how many lines they take."""
    title = Slot(0, 0, min(sizes.title, width))
    left = title.width + GAP
    if not sizes.subtitle:
        return title, None, 1
    if left + sizes.subtitle <= width:
        return title, Slot(left, 0, sizes.subtitle), 1
    if whole:
        return title, Slot(0, 1, min(sizes.subtitle, width)), 2
    roomy = shortens and width - left >= LEAST_HEADING
    return title, Slot(left, 0, width - left) if roomy else None, 1


def _beside(sizes: Sizes, width: int, more: Callable[[int], int]) -> Arrangement:
    """One line: the title at its left end, the legend at its right one."""
    title = min(sizes.title, max(LEAST_HEADING, width - GAP - more(len(sizes.chips))))
    chips, button = _fill(sizes.chips, max(1, width - title - GAP), 1, more)
    last = button or chips[-1]
    start = width - last.left - last.width
    chips, button = _moved(chips, button, start, 0)
    fits = sizes.subtitle and title + GAP + sizes.subtitle + GAP <= start
    subtitle = Slot(title + GAP, 0, sizes.subtitle) if fits else None
    return Arrangement(Slot(0, 0, title), subtitle, chips, button, 1)


def _fill(
    chips: tuple[int, ...], room: int, lines: int | None, more: Callable[[int], int]
) -> tuple[tuple[Slot, ...], Slot | None]:
    """Put the chips into lines; those that have no room for their name go behind the button."""
    every = _flow(chips, room)
    if lines is None or (every[-1].line < lines and (lines > 1 or len(chips) > 1 or chips[0] <= room)):
        return every, None
    for kept in range(len(chips) - 1, 0, -1):
        flow = _flow((*chips[:kept], more(len(chips) - kept)), room)
        if flow[-1].line < lines:
            return flow[:-1], flow[-1]
    return (), Slot(0, 0, min(more(len(chips)), room))


def _flow(widths: Sequence[int], room: int) -> tuple[Slot, ...]:
    """One after the other, a new line where one is full."""
    places: list[Slot] = []
    left = line = 0
    for width in widths:
        if left and left + width > room:
            left, line = 0, line + 1
        places.append(Slot(left, line, min(width, room)))
        left += width + CHIP_GAP
    return tuple(places)


def _moved(chips: Sequence[Slot], button: Slot | None, right: int, down: int) -> tuple[tuple[Slot, ...], Slot | None]:
    def moved(place: Slot) -> Slot:
        return Slot(place.left + right, place.line + down, place.width)

    return tuple(map(moved, chips)), None if button is None else moved(button)
