"""What a user wrote to a command, prompts most of all: it is struck from the message of a failure that is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

import discord
from discord.ext import commands

_MOST_TEXTS: Final = 100
_DEEPEST: Final = 4
"""A group, a group within, a command, its options."""


def private_texts(invocation: discord.Interaction[Any] | commands.Context[Any], error: object = None) -> list[str]:
    """Return the texts of a command's user, and what an error quotes of them; longer ones in full."""
    return list(islice(_texts(invocation, error), _MOST_TEXTS))


def _texts(invocation: discord.Interaction[Any] | commands.Context[Any], error: object) -> Iterator[str]:
    context = invocation if isinstance(invocation, commands.Context) else None
    interaction = context.interaction if context is not None else invocation
    if isinstance(interaction, discord.Interaction):
        data: Mapping[str, Any] = interaction.data or {}
        yield from _options(data.get("options"), _DEEPEST)
        yield from _said(data.get("resolved"))
    elif context is not None:
        said = context.message.content
        yield said
        yield said.partition(context.invoked_with or "\0")[2].strip()
    if context is not None:
        yield from (each for each in (*context.args, *context.kwargs.values()) if isinstance(each, str))
    quoted = (
        getattr(error, "argument", None),
        getattr(error, "value", None),
        getattr(context, "current_argument", None),
    )
    yield from (each for each in quoted if isinstance(each, str))


def _options(options: Any, deepest: int) -> Iterator[str]:
    if not isinstance(options, list) or not deepest:
        return
    for each in options:
        value = each.get("value") if isinstance(each, dict) else None
        if isinstance(value, str):
            yield value
        elif isinstance(each, dict):
            yield from _options(each.get("options"), deepest - 1)


def _said(resolved: Any) -> Iterator[str]:
    """The message that a context menu was opened on."""
    messages = resolved.get("messages") if isinstance(resolved, dict) else None
    for message in messages.values() if isinstance(messages, dict) else ():
        content = message.get("content") if isinstance(message, dict) else None
        if isinstance(content, str):
            yield content
