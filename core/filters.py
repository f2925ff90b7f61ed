"""Which rows are looked at, beside the time range: terms that all must hold, as a condition on each table."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial, reduce
from operator import and_, or_
from typing import Any, Final, TypeAlias

import peewee

from core.models import (
    DISCORD_EPOCH,
    END_OF_TIME,
    LONGEST_DURATION,
    NEVER,
    CommandUsage,
    DailyStats,
    EventModel,
    Failure,
    GenerationType,
    ImageStats,
    UserActivity,
    balanced,
    is_stored,
    is_unicode,
    like,
    stored_forms,
)

DIRECT_MESSAGES: Final = ""
"""As the value of a server's term: rows that belong to no server."""

ENDING: Final = "…"
"""Before the value of a term about an id: ids that end so are meant, as tables and chips show them ("…4821")."""

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
    ERROR = "error"
    REASON = "reason"
    SOURCE = "source"
    NODE = "node"
    MODEL = "model"
    SAMPLER = "sampler"
    STEPS = "steps"
    TEXT = "text"
    SLOWER = "slow>"
    FASTER = "slow<"
    AFTER = "after"
    BEFORE = "before"
    ID = "id"


LIMITS: Final = frozenset({Field.SLOWER, Field.FASTER, Field.AFTER, Field.BEFORE})
"""The fields whose values are numbers."""

ID_FIELDS: Final = frozenset({Field.USER, Field.GUILD, Field.CHANNEL})
"""Those whose values are Discord's ids."""

_CHOICES: Final = {Field.OUTCOME: (FAILED, SUCCEEDED), Field.KIND: (IMAGE, VIDEO)}
_SAMPLES: Final = {Field.OUTCOME: FAILED, Field.KIND: VIDEO}
"""A value for each field that does not take any."""


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a filter. Values are brought into one form: numbers for limits, text for everything else.

    Attributes:
        field: what it is about.
        value: text, or for SLOWER, FASTER (seconds), AFTER and BEFORE (epoch seconds, ``[after, before)``) a number.
        excluded: whether rows that match are left out instead.

    Raises:
        ValueError: a limit that is no finite number; an outcome or a kind that there is not.
    """

    field: Field
    value: str | float
    excluded: bool = False

    def __post_init__(self) -> None:
        value = float(self.value) if self.field in LIMITS else _as_text(self.value)
        if self.field in LIMITS and not math.isfinite(float(value)):
            raise ValueError(f"{self.field}: {value} is no limit")
        if value not in _CHOICES.get(self.field, (value,)):
            raise ValueError(f"{self.field}: {value!r} is none of {_CHOICES[self.field]}")
        object.__setattr__(self, "value", value)


def _as_text(value: str | float) -> str:
    """Whole numbers without a point: ids and factors come as text or as numbers."""
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)


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
        """This filter, narrowed down to the time ``[start, end)`` in epoch seconds; infinite ends limit nothing."""
        ends = ((Field.AFTER, start), (Field.BEFORE, end))
        return self.plus(*(Term(field, moment) for field, moment in ends if math.isfinite(moment)))


EVERYTHING: Final = Filter()

Model: TypeAlias = type[peewee.Model]
Match: TypeAlias = Callable[[Model, str], Any]
"""Makes a condition on a model's rows, or None where the table does not record such a thing."""


def condition(model: Model, *filters: Filter) -> peewee.Expression | None:
    """Filters as one condition on a table's rows; all of them must hold. None where every row matches.

    Rows without a usable time or duration meet no limit on it, and no exclusion by it takes them away. Upper and
    lower case of words are the same at least for ASCII letters. A table of days knows no field but its text.
    """
    limits = [term for chosen in filters for term in chosen.terms if term.field in LIMITS and not term.excluded]
    parts = [*_within_limits(model, limits), *(part for chosen in filters for part in _parts(model, chosen))]
    return balanced(and_, parts) if parts else None


def _within_limits(model: Model, limits: Sequence[Term]) -> Iterator[Any]:
    """Limits of all filters together are one range a column: an index serves only one."""
    for within in (_times, _durations):
        mine = [term for term in limits if _RANGES[term.field] is within]
        if mine:
            yield _or_never(within(model, mine))


def _parts(model: Model, chosen: Filter) -> Iterator[Any]:
    alternatives: dict[Field, list[Any]] = {}
    for term in chosen.terms:
        if term.excluded:
            match = _match(model, term)
            if match is not None:
                yield peewee.Case(None, [(match, 0)], 1) == 1  # what is NULL is kept; not every SQLite knows FALSE
        elif term.field is Field.TEXT:
            yield _match(model, term)
        elif term.field not in LIMITS:
            alternatives.setdefault(term.field, []).append(_or_never(_match(model, term)))
    for matches in alternatives.values():
        yield balanced(or_, matches)


def _match(model: Model, term: Term) -> Any:
    if term.field in LIMITS:
        return _RANGES[term.field](model, (term,))
    value = str(term.value)
    if not is_unicode(value):
        return NEVER
    if term.field in _OF_ONE_TABLE:
        owner, match = _OF_ONE_TABLE[term.field]
        return match(value) if model is owner else None
    special = _MATCHES.get(term.field)
    return special(model, value) if special is not None else _recorded(model, term.field, value)


_SNOWFLAKE: Final = range(15, 21)
"""So many digits make a Discord id."""

_ENDING_ID: Final = re.compile(rf"{ENDING}[0-9]{{1,20}}")

_WHOLE_NAME: Final = re.compile(r"\.[A-Za-z]\w{1,11}\Z")
"""How a LoRA ends that is named with its file's extension."""

_VIDEO_RESOLUTION: Final = "video"  # as in core.storage.values: a table shows none
_SEPARATORS: Final = ("\\\\", "\\/")  # as JSON writes what stands between folders, where it is not a plain /


def _or_never(match: Any) -> Any:
    return NEVER if match is None else match


def _recorded(model: Model, field: Field, value: str) -> Any:
    term, name = Term(field, value), RECORDED[model].columns.get(field)
    if name is not None and _is_ending(term):
        return like(getattr(model, name), value.removeprefix(ENDING), "%", "")
    ways = clues(model, term)
    return None if ways is None else reduce(or_, ways)


def clues(model: Model, term: Term) -> tuple[Any, ...] | None:
    """What a term asks of the one column that records it, as alternatives that an index may answer; else None."""
    name, value = RECORDED[model].columns.get(term.field), str(term.value)
    if name is None:
        return None
    column = getattr(model, name)
    if _is_ending(term):
        return None
    if term.field is Field.GUILD and value == DIRECT_MESSAGES:
        ways = (column.is_null(), *stored_forms(column, ""))
        channel = getattr(model, RECORDED[model].columns.get(Field.CHANNEL, name)).cast("TEXT")
        return tuple(way & (channel != "") for way in ways) if model in _MAY_NOT_SAY_WHERE else ways
    if term.field is Field.RESOLUTION and value in ("", _VIDEO_RESOLUTION):
        return (NEVER,) if value else (column.is_null(), *stored_forms(column, value))
    return stored_forms(column, value)


def _is_ending(term: Term) -> bool:
    """Whether it asks for ids that end so."""
    value = str(term.value)
    return term.field in ID_FIELDS and value.startswith(ENDING) and value != ENDING


def _type(value: str) -> Any:
    recorded = peewee.fn.NULLIF(ImageStats.generation_type.cast("TEXT"), "")
    return is_stored(peewee.fn.COALESCE(recorded, GenerationType.STANDARD.value), value)


def _lora(model: Model, value: str) -> Any:
    """A file's name with its extension, or a part of names; as JSON writes it, escaped or not, with any separator."""
    quote = '"' if _WHOLE_NAME.search(value) else ""
    if model not in (ImageStats, Failure):
        return None
    stored: Any = model.loras
    for written in _SEPARATORS:
        stored = peewee.fn.REPLACE(stored, written, "/")
    wanted = value.replace("\\", "/")
    forms = sorted({json.dumps(wanted, ensure_ascii=escaped)[1:-1] for escaped in (False, True)})
    return reduce(or_, [like(stored, f"{quote}{form}{quote}", "%") for form in forms])


def _is_number(column: Any, value: str) -> Any:
    number = re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value)
    return column == peewee.Value(float(value), converter=False) if number else NEVER


def _id(model: Model, value: str) -> Any:
    if not issubclass(model, EventModel):
        return None
    known = re.fullmatch(r"-?[0-9]{1,19}", value) is not None and -(2**63) <= int(value) < 2**63
    return model.id == int(value) if known else NEVER


def _outcome(value: str) -> Any:
    failed = peewee.fn.COALESCE(CommandUsage.success, 1) == 0
    return failed if value == FAILED else ~failed


def _kind(value: str) -> Any:
    picture = peewee.fn.COALESCE(ImageStats.is_video, 0) == 0
    return ~picture if value == VIDEO else picture


def _text(model: Model, value: str) -> Any:
    recorded = RECORDED[model]
    texts = [like(getattr(model, name), value, "%") for name in recorded.texts]
    if value.isascii() and value.isdecimal() and len(value) in _SNOWFLAKE:
        texts += [is_stored(getattr(model, name), value) for name in recorded.ids]
    if _ENDING_ID.fullmatch(value):
        texts += [like(getattr(model, name), value.removeprefix(ENDING), "%", "") for name in recorded.ids]
    return reduce(or_, texts) if texts else NEVER


def _times(model: Model, limits: Iterable[Term]) -> Any:
    if not issubclass(model, EventModel):
        return None
    low = max([DISCORD_EPOCH, *_values(limits, Field.AFTER)])
    high = min([END_OF_TIME, *_values(limits, Field.BEFORE)])
    return (model.timestamp >= low) & (model.timestamp < high)


def answers(model: Model, field: Field) -> bool:
    """Whether a table records what terms of this field ask for; where not, they choose, and leave out, none of it."""
    return _match(model, Term(field, _SAMPLES.get(field, "0"))) is not None


def _durations(model: Model, limits: Iterable[Term]) -> Any:
    """Of known durations. Text is greater than any number in SQLite, so there is an upper bound always."""
    if model not in (CommandUsage, ImageStats):
        return None
    took = ImageStats.generation_time if model is ImageStats else CommandUsage.execution_time
    known = (took > 0 if model is ImageStats else took >= 0) & (took <= LONGEST_DURATION)
    slower, faster = _values(limits, Field.SLOWER), _values(limits, Field.FASTER)
    parts = [*([took > max(slower)] if slower else []), *([took < min(faster)] if faster else [])]
    return reduce(and_, parts, known)


def _values(limits: Iterable[Term], field: Field) -> list[float]:
    return [float(term.value) for term in limits if term.field is field]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a table records that can be asked for.

    Attributes:
        columns: by the field of a term, the column that its value is compared with.
        texts: the columns in which words are searched; ids: those that may hold a whole Discord id.
    """

    columns: Mapping[Field, str]
    texts: tuple[str, ...]
    ids: tuple[str, ...] = ()


_WHO_AND_WHERE: Final = {Field.USER: "user_id", Field.GUILD: "guild_id", Field.CHANNEL: "channel_id"}

RECORDED: Final[dict[Model, Recorded]] = {
    CommandUsage: Recorded(
        {Field.COMMAND: "command_name", **_WHO_AND_WHERE},
        ("command_name",),
        ("user_id", "guild_id", "channel_id"),
    ),
    ImageStats: Recorded(
        {**_WHO_AND_WHERE, Field.RESOLUTION: "resolution", Field.MODEL: "model", Field.SAMPLER: "sampler"},
        ("prompt",),
        ("user_id", "guild_id", "channel_id"),
    ),
    Failure: Recorded(
        {
            Field.COMMAND: "name",
            **_WHO_AND_WHERE,
            Field.RESOLUTION: "resolution",
            Field.ERROR: "fingerprint",
            Field.REASON: "kind",
            Field.SOURCE: "source",
            Field.NODE: "node",
            Field.MODEL: "model",
        },
        ("name", "error_type", "message", "node"),
        ("user_id", "guild_id", "channel_id"),
    ),
    UserActivity: Recorded(
        {Field.USER: "user_id", Field.GUILD: "guild_id", Field.ACTION: "action_type"},
        ("action_type", "details"),
        ("user_id", "guild_id"),
    ),
    DailyStats: Recorded({}, ("date", "popular_commands", "popular_resolutions")),
}
"""Every table that can be filtered. Metrics add theirs."""

_MAY_NOT_SAY_WHERE: Final = (ImageStats, Failure)
"""The tables in which no server means a direct message only where there is a channel."""

_OF_ONE_TABLE: Final[dict[Field, tuple[Model, Callable[[str], Any]]]] = {
    Field.TYPE: (ImageStats, _type),
    Field.UPSCALE: (ImageStats, partial(_is_number, ImageStats.upscale_factor)),
    Field.STEPS: (ImageStats, partial(_is_number, ImageStats.steps)),
    Field.OUTCOME: (CommandUsage, _outcome),
    Field.KIND: (ImageStats, _kind),
}
_MATCHES: Final[dict[Field, Match]] = {Field.TEXT: _text, Field.ID: _id, Field.LORA: _lora}
"""What is more than a comparison with a column, of the one table that records it, or of several."""

_RANGES: Final[dict[Field, Callable[[Model, Sequence[Term]], Any]]] = {
    Field.SLOWER: _durations,
    Field.FASTER: _durations,
    Field.AFTER: _times,
    Field.BEFORE: _times,
}
