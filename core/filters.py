"""Which rows are looked at, beside the time range: terms that all must hold, as a condition on each table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import and_, or_
from typing import Any, Final, TypeAlias

import peewee

from core.models import CommandUsage, EventModel, GenerationType, ImageStats, UserActivity

DIRECT_MESSAGES: Final = ""
"""As the value of a server's term: rows that belong to no server."""

FAILED: Final = "failed"
SUCCEEDED: Final = "succeeded"
IMAGE: Final = "image"
VIDEO: Final = "video"


class Field(StrEnum):
    """What a term is about, by the word that the filter box knows it by."""

    COMMAND = "command"
    USER = "user"
    GUILD = "guild"
    CHANNEL = "channel"
    TYPE = "type"
    RESOLUTION = "res"
    LORA = "lora"
    UPSCALE = "upscale"
    ACTION = "action"
    OUTCOME = "outcome"
    KIND = "kind"
    TEXT = "text"
    SLOWER = "slow>"
    FASTER = "slow<"
    AFTER = "after"
    BEFORE = "before"
    ID = "id"


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a filter.

    Attributes:
        field: what it is about.
        value: text, or for SLOWER, FASTER (seconds), AFTER and BEFORE (epoch seconds, ``[after, before)``) a number.
        excluded: whether rows that match are left out instead.
    """

    field: Field
    value: str | float
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """Terms. Those of one field are alternatives; different fields, words and limits must all hold.

    Excluded terms take matching rows away. A table that does not record what is asked for has no matching rows:
    nothing is attributed on a guess. So a command leaves only commands, a type only images.
    """

    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.terms)

    @classmethod
    def of(cls, **values: str | float) -> Filter:
        """A filter by fields' names: ``Filter.of(command="comfy", outcome="failed")``."""
        return cls(tuple(Term(Field[name.upper()], value) for name, value in values.items()))

    def plus(self, *terms: Term) -> Filter:
        """This filter with further terms; what is in it already is not added again."""
        return Filter((*self.terms, *(term for term in dict.fromkeys(terms) if term not in self.terms)))

    def minus(self, term: Term) -> Filter:
        """This filter without a term."""
        return Filter(tuple(other for other in self.terms if other != term))

    def within(self, start: float, end: float) -> Filter:
        """This filter, narrowed down to the time ``[start, end)`` in epoch seconds."""
        return self.plus(Term(Field.AFTER, start), Term(Field.BEFORE, end))


EVERYTHING: Final = Filter()

Model: TypeAlias = type[EventModel]
Match: TypeAlias = Callable[[Model, Any], Any]
"""Makes a condition on a model's rows, or None where the table does not record such a thing."""


def condition(model: Model, *filters: Filter) -> peewee.Expression | None:
    """Filters as one condition on a table's rows; all of them must hold. None where every row matches."""
    parts = [part for chosen in filters for part in _parts(model, chosen)]
    return reduce(and_, parts) if parts else None


def _parts(model: Model, chosen: Filter) -> Iterable[Any]:
    alternatives: dict[Field, list[Any]] = {}
    for term in chosen.terms:
        match = _MATCHES[term.field](model, term.value)
        if term.excluded:
            if match is not None:
                yield ~peewee.fn.COALESCE(match, peewee.SQL("FALSE"))
        elif term.field in _ALL_MUST_HOLD:
            yield _NEVER if match is None else match
        else:
            alternatives.setdefault(term.field, []).append(_NEVER if match is None else match)
    for matches in alternatives.values():
        yield reduce(or_, matches)


_NEVER: Final = peewee.Value(1) == 0
_ALL_MUST_HOLD: Final = frozenset({Field.TEXT, Field.SLOWER, Field.FASTER, Field.AFTER, Field.BEFORE})
_SNOWFLAKE: Final = range(15, 21)
"""So many digits make a Discord id."""


def _column(name: str, *models: Model) -> Match:
    return lambda model, value: getattr(model, name) == value if model in models else None


def _guild(model: Model, value: Any) -> Any:
    if model is ImageStats:
        return None
    return model.guild_id.is_null() if value == DIRECT_MESSAGES else model.guild_id == value  # type: ignore[attr-defined]


def _type(model: Model, value: Any) -> Any:
    kind = peewee.fn.COALESCE(ImageStats.generation_type, GenerationType.STANDARD.value)
    return kind == value if model is ImageStats else None


def _lora(model: Model, value: Any) -> Any:
    """The name as JSON writes it: the file may hold it escaped or not."""
    if model is not ImageStats:
        return None
    forms = {json.dumps(value, ensure_ascii=escaped)[1:-1] for escaped in (False, True)}
    return reduce(or_, [ImageStats.loras.contains(form) for form in sorted(forms)])


def _upscale(model: Model, value: Any) -> Any:
    return ImageStats.upscale_factor == value if model is ImageStats else None


def _outcome(model: Model, value: Any) -> Any:
    if model is not CommandUsage:
        return None
    failed = peewee.fn.COALESCE(CommandUsage.success, 1) == 0
    return failed if value == FAILED else ~failed


def _kind(model: Model, value: Any) -> Any:
    if model is not ImageStats:
        return None
    picture = peewee.fn.COALESCE(ImageStats.is_video, 0) == 0
    return ~picture if value == VIDEO else picture


def _text(model: Model, value: Any) -> Any:
    texts = [getattr(model, name).contains(value) for name in _TEXTS[model]]
    if str(value).isdecimal() and len(str(value)) in _SNOWFLAKE:
        texts += [getattr(model, name) == value for name in _IDS[model]]
    return reduce(or_, texts)


def _duration(model: Model) -> Any:
    return {CommandUsage: CommandUsage.execution_time, ImageStats: ImageStats.generation_time}.get(model)


def _slower(model: Model, value: Any) -> Any:
    duration = _duration(model)
    return None if duration is None else duration > value


def _faster(model: Model, value: Any) -> Any:
    """Unknown times are not short ones."""
    duration = _duration(model)
    return None if duration is None else (duration < value) & (duration > 0)


_TEXTS: Final[dict[Model, tuple[str, ...]]] = {
    CommandUsage: ("command_name",),
    ImageStats: ("prompt",),
    UserActivity: ("action_type", "details"),
}
_IDS: Final[dict[Model, tuple[str, ...]]] = {
    CommandUsage: ("user_id", "guild_id", "channel_id"),
    ImageStats: ("user_id",),
    UserActivity: ("user_id", "guild_id"),
}
_MATCHES: Final[dict[Field, Match]] = {
    Field.COMMAND: _column("command_name", CommandUsage),
    Field.USER: _column("user_id", CommandUsage, ImageStats, UserActivity),
    Field.GUILD: _guild,
    Field.CHANNEL: _column("channel_id", CommandUsage),
    Field.TYPE: _type,
    Field.RESOLUTION: _column("resolution", ImageStats),
    Field.LORA: _lora,
    Field.UPSCALE: _upscale,
    Field.ACTION: _column("action_type", UserActivity),
    Field.OUTCOME: _outcome,
    Field.KIND: _kind,
    Field.TEXT: _text,
    Field.SLOWER: _slower,
    Field.FASTER: _faster,
    Field.AFTER: lambda model, value: model.timestamp >= value,
    Field.BEFORE: lambda model, value: model.timestamp < value,
    Field.ID: lambda model, value: model.id == value,
}
