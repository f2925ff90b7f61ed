"""Zoom and pan of a time range, within limits, as plain arithmetic."""

from __future__ import annotations

from core.time_ranges import TimeRange


def zoomed(view: TimeRange, factor: float, anchor: float, whole: TimeRange, shortest: float) -> TimeRange:
    """``view`` made ``factor`` times as wide (below 1: closer), with the moment ``anchor`` staying in its place.

    The result is at least ``shortest`` seconds wide and stays within ``whole``.
    """
    width = view.end - view.start
    wanted = min(max(width * factor, shortest), whole.end - whole.start)
    start = anchor - (anchor - view.start) * (wanted / width if width > 0 else 1.0)
    return within(TimeRange(start, start + wanted), whole)


def moved(view: TimeRange, seconds: float, whole: TimeRange) -> TimeRange:
    """``view`` shifted by ``seconds``, its width kept, within ``whole``."""
    return within(TimeRange(view.start + seconds, view.end + seconds), whole)


def within(view: TimeRange, whole: TimeRange) -> TimeRange:
    """``view`` shifted so that it lies in ``whole``, and cut where it is wider."""
    width = min(view.end - view.start, whole.end - whole.start)
    start = min(max(view.start, whole.start), whole.end - width)
    return TimeRange(start, start + width)


def including(view: TimeRange, part: TimeRange, whole: TimeRange) -> TimeRange:
    """``view`` shifted as little as needed to show ``part``."""
    if part.start < view.start:
        return moved(view, part.start - view.start, whole)
    return moved(view, max(0.0, part.end - view.end), whole)


def survives(view: TimeRange, before: TimeRange, whole: TimeRange) -> bool:
    """Whether a user's ``view`` of the range ``before`` still makes sense when the data now covers ``whole``.

    A range that moves or grows keeps it; another choice of range (half as wide, twice as wide) does not.
    """
    widths = (before.end - before.start, whole.end - whole.start)
    return min(widths) * 2 > max(widths) and view.start < whole.end and view.end > whole.start
