"""What a bot needs to receive finished images and progress over HTTP (the seed's "Web Handlers").

The parts are in :mod:`bot_integration.web`; ``docs/web-handlers.md`` tells how to mount and run them.
"""

from __future__ import annotations

from bot_integration.web.deliveries import Deliver, Undeliverable, require_fits
from bot_integration.web.final_image import FinalImage
from bot_integration.web.handlers import DEFAULT_PORT, OnProgress, TokenMissing, WebHandlers, web_app
from bot_integration.web.limits import Limits
from bot_integration.web.pending import OnTimeout, PendingRequest, PendingRequests, TooManyPending
from bot_integration.web.progress import ProgressReport

__all__ = [
    "DEFAULT_PORT",
    "Deliver",
    "FinalImage",
    "Limits",
    "OnProgress",
    "OnTimeout",
    "PendingRequest",
    "PendingRequests",
    "ProgressReport",
    "TokenMissing",
    "TooManyPending",
    "Undeliverable",
    "WebHandlers",
    "require_fits",
    "web_app",
]
