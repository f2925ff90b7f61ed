"""What became of tracked events, in numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrackingCounters:
    """What became of the events of this process, at any time:

    ``accepted == written + pending + spooled + (failed - refused)``.

    Attributes:
        accepted: events that ``track`` took.
        written: events that are on disk.
        pending: events that wait to be written.
        failed: events that are not stored and never will be.
        refused: those of the failed that ``track`` did not take: the queue was full, or the tracker closed.
        spooled: events that were left in a spool file when the tracker ended: the next one there writes them.
    """

    accepted: int
    written: int
    pending: int
    failed: int
    refused: int
    spooled: int = 0
