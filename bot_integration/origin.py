"""Who asked for something, and where: what a failure deep within the bot's work can't know by itself."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """Where a request came from; ids of Discord's, None where they are not known.

    Attributes:
        user_id: who asked.
        guild_id: the server; None in direct messages.
        channel_id: the channel.
        command: the full name of the command.
    """

    user_id: int | None = None
    guild_id: int | None = None
    channel_id: int | None = None
    command: str | None = None


current_origin: Final[ContextVar[RequestOrigin]] = ContextVar("botpulse.origin", default=RequestOrigin())  # noqa: B039 (it is frozen)
"""Of the command that runs in this task, or that began it; set by the tracking of commands."""


def origin_of(source: Any) -> RequestOrigin:
    """Read it from an interaction, a context, a message, or whatever else has such attributes; never raises."""
    user = getattr(source, "user", None) or getattr(source, "author", None)
    command = getattr(getattr(source, "command", None), "qualified_name", None)
    return RequestOrigin(
        _id(getattr(user, "id", None)),
        _id(getattr(source, "guild_id", None)) or _id(getattr(getattr(source, "guild", None), "id", None)),
        _id(getattr(source, "channel_id", None)) or _id(getattr(getattr(source, "channel", None), "id", None)),
        command if isinstance(command, str) else None,
    )


def _id(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
