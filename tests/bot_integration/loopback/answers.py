"""How the server puts its answers: as Discord does, down to the content type."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from aiohttp import web

from tests.bot_integration.loopback.world import Fault

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
Route: TypeAlias = tuple[str, str, Handler]
"""Method, path below /api/v10, handler."""


def answer(payload: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON whose content type has no charset, as Discord sends it: discord.py reads anything else as text."""
    return web.Response(
        body=json.dumps(payload).encode(), status=status, content_type="application/json", headers=headers
    )


def nothing() -> web.Response:
    """204."""
    return web.Response(status=204)


def failed(fault: Fault) -> web.Response:
    """What a fault answers: Discord's JSON for a 429, a proxy's page for a 5xx."""
    if fault.status != 429:
        return web.Response(text="upstream connect error", status=fault.status)
    headers = {
        "Via": "1.1 google",
        "Retry-After": str(fault.retry_after),
        "X-RateLimit-Scope": "global" if fault.everywhere else "user",
    }
    body = {"message": "You are being rate limited.", "retry_after": fault.retry_after, "global": fault.everywhere}
    return answer(body, 429, headers)
