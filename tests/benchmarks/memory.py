"""How much memory a process took."""

from __future__ import annotations

from pathlib import Path


def peak_memory() -> float:
    """The most that this process ever held, in megabytes.

    Linux hands ``ru_maxrss`` on to a child, so that it may be the parent's; VmHWM begins anew with each program.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return float(status.read_text(encoding="utf-8").partition("VmHWM:")[2].split()[0]) / 1000
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS counts it in bytes
