"""What the HTTP server logs: its own faults, and one line for a request that is no HTTP, without a traceback."""

from __future__ import annotations

import logging

from aiohttp.http import HttpProcessingError

log = logging.getLogger(__name__)


def server_log() -> logging.Logger:
    """A logger for :class:`aiohttp.web.AppRunner`, whose own lets anybody who reaches the port fill it with traces."""
    log.addFilter(_shorten)  # a filter is added once, however often
    return log


def _shorten(record: logging.LogRecord) -> bool:
    fault = record.exc_info[1] if record.exc_info else None
    if not isinstance(fault, HttpProcessingError):
        return True
    log.info("a request that is no HTTP was refused: %d %s", fault.code, type(fault).__name__)
    return False
