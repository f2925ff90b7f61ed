"""Why a command did not end well, as the statistics keep it: what it was, whose fault, and the original error."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot_integration.comfyui.errors import ClientClosed, Interrupted
from bot_integration.state.query_queue import BotStopping
from core.models import FailureSource, Outcome

_WRAPPERS: Final = (
    app_commands.CommandInvokeError,
    commands.CommandInvokeError,
    commands.HybridCommandError,
    commands.ConversionError,
)
_CANCELLED: Final = (asyncio.CancelledError, ClientClosed, Interrupted, BotStopping)
_DEEPEST: Final = 10
_UNKNOWN_INTERACTION: Final = 10062

_TOO_LATE: Final = "UnknownInteraction"
"""The type of Discord's refusal of a first answer that came after 3 s; for Discord it is a thing not found."""


@dataclass(frozen=True, slots=True)
class FailureReason:
    """How a command ended that did not end well.

    Attributes:
        outcome: error, refused or cancelled.
        error: the original exception, or words; None where nothing is known.
        error_type: what stands in place of the exception's own type; None: that.
        message: what stands in place of the exception's own words; None: these.
        source: delivery, where Discord did not take something, else command.
    """

    outcome: Outcome
    error: BaseException | str | None
    error_type: str | None = None
    message: str | None = None
    source: FailureSource = FailureSource.COMMAND


def reason_of(error: BaseException | str | None, *, refused: str = "", cancelled: bool = False) -> FailureReason:
    """Tell what is kept of an end.

    Args:
        error: what a command ended by, or what it says itself about it.
        refused: what refused it, in a word or two; empty where it ran.
        cancelled: whether it is known to have been cancelled, though no exception tells.
    """
    cause = original(error) if isinstance(error, BaseException) else error
    if refused:
        return _refusal(cause, refused)
    if cancelled or isinstance(cause, _CANCELLED):
        return FailureReason(
            Outcome.CANCELLED, cause, *_named(cause, "CancelledError", "it was cancelled before its end")
        )
    if isinstance(cause, discord.HTTPException | discord.RateLimited):
        return _not_taken(cause)
    if isinstance(cause, TimeoutError):
        return FailureReason(
            Outcome.ERROR, cause, *_named(cause, "TimeoutError", "it waited longer than it was allowed to")
        )
    if cause is None:
        return FailureReason(Outcome.ERROR, None, message="the command said that it failed, and gave no reason")
    return FailureReason(Outcome.ERROR, cause)


def original(error: BaseException) -> BaseException:
    """Return the error that a bot's own code raised, out of what discord.py and asyncio wrap it in.

    Where an error handler failed in its turn, that is the error of the command, not of the handler.
    """
    found = next((each for each in _contexts(error) if isinstance(each, _WRAPPERS)), error)
    for _ in range(_DEEPEST):
        inner: Any = getattr(found, "original", None) if isinstance(found, _WRAPPERS) else None
        if isinstance(found, BaseExceptionGroup) and len(found.exceptions) == 1:
            inner = found.exceptions[0]
        if not isinstance(inner, BaseException):
            break
        found = inner
    return found


def _contexts(error: BaseException) -> Iterator[BaseException]:
    each: BaseException | None = error
    for _ in range(_DEEPEST):
        if each is None:
            return
        yield each
        each = each.__context__


def _refusal(cause: BaseException | str | None, refused: str) -> FailureReason:
    """The host's word or two, else what the check has to say."""
    if isinstance(cause, app_commands.TransformerError):  # its own words begin with the user's
        wanted = type(cause.transformer).__name__
        return FailureReason(Outcome.REFUSED, cause, message=f"Failed to convert a value by {wanted}")
    if not isinstance(cause, BaseException):
        return FailureReason(Outcome.REFUSED, cause, message=cause or refused)
    return FailureReason(Outcome.REFUSED, cause, message=None if refused == type(cause).__name__ else refused)


def _not_taken(cause: discord.HTTPException | discord.RateLimited) -> FailureReason:
    if getattr(cause, "code", None) == _UNKNOWN_INTERACTION:
        words = f"{_words(cause)}: the first answer came later than 3 s, or its message is gone"
        return FailureReason(Outcome.ERROR, cause, _TOO_LATE, words, FailureSource.DELIVERY)
    return FailureReason(Outcome.ERROR, cause, source=FailureSource.DELIVERY)


def _named(cause: BaseException | str | None, kind: str, words: str) -> tuple[str | None, str | None]:
    """Type and message where an exception says nothing by itself."""
    if isinstance(cause, BaseException):
        return None, None if _words(cause) else words
    return kind, cause or words


def _words(cause: BaseException) -> str:
    try:
        return str(cause)
    except Exception:  # a bot's own kind of error
        return ""
