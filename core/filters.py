"""Which rows a statistic looks at, beside its time range."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import peewee

from core.models import CommandUsage, EventModel, GenerationType, ImageStats, UserActivity

DIRECT_MESSAGES: Final = ""
"""As ``guild_id`` of a filter: rows that belong to no server."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Every part that is not None must hold.

    A table that does not record what is asked for has no matching rows: nothing is attributed on a guess. So a
    command, server or success leaves only commands (and, for a server, activities), a type only images.
    """

    command: str | None = None
    user_id: str | None = None
    guild_id: str | None = None
    success: bool | None = None
    generation_type: str | None = None

    def __bool__(self) -> bool:
        """Whether it leaves anything out."""
        return any(getattr(self, part.name) is not None for part in fields(self))


EVERYTHING: Final = Filter()


def condition(model: type[EventModel], chosen: Filter) -> peewee.Expression | None:
    """The filter as a condition on a table's rows; None where every row matches."""
    terms = [term for term in _terms(model, chosen) if term is not None]
    if not terms:
        return None
    whole = terms[0]
    for term in terms[1:]:
        whole = whole & term
    return whole


def _terms(model: type[EventModel], chosen: Filter) -> tuple[peewee.Expression | None, ...]:
    return (
        _equals(model, "command_name", chosen.command, CommandUsage),
        _equals(model, "user_id", chosen.user_id, CommandUsage, ImageStats, UserActivity),
        _in_guild(model, chosen.guild_id),
        _succeeded(model, chosen.success),
        _of_type(model, chosen.generation_type),
    )


_NEVER: Final = peewee.Value(1) == 0


def _equals(
    model: type[EventModel], name: str, value: str | None, *tables: type[EventModel]
) -> peewee.Expression | None:
    if value is None:
        return None
    return getattr(model, name) == value if model in tables else _NEVER


def _in_guild(model: type[EventModel], guild_id: str | None) -> peewee.Expression | None:
    if guild_id == DIRECT_MESSAGES and model in (CommandUsage, UserActivity):
        return model.guild_id.is_null()
    return _equals(model, "guild_id", guild_id, CommandUsage, UserActivity)


def _succeeded(model: type[EventModel], success: bool | None) -> peewee.Expression | None:
    if success is None:
        return None
    if model is not CommandUsage:
        return _NEVER
    failed = CommandUsage.success == 0
    return CommandUsage.success.is_null() | ~failed if success else failed


def _of_type(model: type[EventModel], generation_type: str | None) -> peewee.Expression | None:
    if generation_type is None:
        return None
    if model is not ImageStats:
        return _NEVER
    return peewee.fn.COALESCE(ImageStats.generation_type, GenerationType.STANDARD.value) == generation_type
