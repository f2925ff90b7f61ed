"""Starts the process that looks at the database. Nothing else is imported for it, so it can come before all else."""

from __future__ import annotations

from core.worker.process import Link, NoProcess


def started() -> Link | NoProcess:
    """The process, which is told later what to look at; or why there is none."""
    try:
        return Link("core.worker.live.child", "")
    except NoProcess as reason:
        return reason
