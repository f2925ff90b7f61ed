"""Stands in for the deployed bot's own analytics module: one line of the bot changes, everything else stays.

``from Main.analytics import analytics_manager`` becomes ``from bot_integration.compat import analytics_manager``.
Names, arguments, results and the file are the same (docs/switching.md).

The manager is made when it is first asked for, which that import does, and opens nothing before the first event. Where
its database is and whose days count is said by the environment variables ``BOTPULSE_DATABASE`` (a path or a URL;
``analytics.db`` in the working directory otherwise) and ``BOTPULSE_TIMEZONE`` (``Europe/Berlin``; the machine's
otherwise), or by :func:`configure` before that import.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any, Final

from core.manager import AnalyticsManager

__all__ = ["AnalyticsManager", "AnalyticsManagerInUse", "analytics_manager", "configure"]

DEFAULT_DATABASE: Final = "analytics.db"

analytics_manager: AnalyticsManager

_making: Final = threading.Lock()
_choices: Final[dict[str, Any]] = {}


class AnalyticsManagerInUse(RuntimeError):
    """:func:`configure` came after the manager was made: its events go where it was told then."""


def configure(database: str | Path | None = None, timezone: str | None = None) -> None:
    """Say where the database is (a path, or a ``postgresql://`` URL) and whose days count; None changes nothing.

    Raises:
        AnalyticsManagerInUse: the manager was made already. Call this before anything imports ``analytics_manager``.
    """
    with _making:
        if "analytics_manager" in globals():
            raise AnalyticsManagerInUse(
                "bot_integration.compat.configure(…) has to come before the first "
                "'from bot_integration.compat import analytics_manager' of any module of the bot."
            )
        _choices.update({"database": database} if database is not None else {})
        _choices.update({"timezone": timezone} if timezone is not None else {})


def __getattr__(name: str) -> Any:
    """Make the manager when it is first asked for; there is one, however often it is imported."""
    if name != "analytics_manager":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with _making:
        if name not in globals():
            globals()[name] = _made()
        return globals()[name]


def _made() -> AnalyticsManager:
    database = _choices.get("database") or os.environ.get("BOTPULSE_DATABASE") or DEFAULT_DATABASE
    return AnalyticsManager(database, timezone=_choices.get("timezone") or os.environ.get("BOTPULSE_TIMEZONE") or None)
