"""A metric of one's own: what it records, declared once. Table, tracking, statistic and page follow from that.

A file that declares one needs nothing but this module::

    VOTES = Metric("votes", "Votes", "vote", (MetricColumn("vote", "Vote", Kind.ACTION), …))

See docs/extending.md, and :mod:`core.tables.extensions` for how the monitor gets to know it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import new_class
from typing import Any, Final

import peewee

from core.filters import Field, Recorded
from core.models import METRIC_PREFIX, EventModel
from core.storage.values import Kind
from core.tables.definitions import Column, TableDefinition
from core.text.masking import PRIVATE_COLUMNS
from core.tracking import records, storable
from core.tracking.records import EventRow

__all__ = ["Kind", "Metric", "MetricColumn"]

MOST_RANKED: Final = 3
"""So many columns have bars of their own."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_OURS: Final = frozenset({"id", "time", "timestamp", "record", "rowid"})

_WORDS: Final = {
    Kind.USER: Field.USER,
    Kind.GUILD: Field.GUILD,
    Kind.CHANNEL: Field.CHANNEL,
    Kind.COMMAND: Field.COMMAND,
    Kind.ACTION: Field.ACTION,
    Kind.RESOLUTION: Field.RESOLUTION,
}
"""The word of the filter box that chooses rows by such a column."""

_IDS: Final = frozenset({Kind.USER, Kind.GUILD, Kind.CHANNEL})

_NUMBERS: Final[dict[Kind, tuple[Callable[[object], Any], type[peewee.Field]]]] = {
    Kind.SECONDS: (storable.duration, peewee.DoubleField),
    Kind.NUMBER: (storable.finite, peewee.DoubleField),
    Kind.COUNT: (storable.whole_number, peewee.IntegerField),
}
_TEXTS: Final[dict[Kind, Callable[[object], Any]]] = {
    Kind.TEXT: storable.long_text,
    **dict.fromkeys(_WORDS, storable.short_text),
    **dict.fromkeys(_IDS, storable.short_id),
}


@dataclass(frozen=True, slots=True)
class MetricColumn:
    """One thing that an event of a metric records; it may be missing.

    Attributes:
        key: its name in the table, in exports and in :meth:`Metric.record`.
        title: its heading.
        kind: what its values are: ``Kind.USER``, ``GUILD`` and ``CHANNEL`` for ids, ``ACTION`` for one of a few words
            (the filter box finds it by ``action:``), ``COMMAND``, ``RESOLUTION``, ``TEXT`` for anything in words,
            ``SECONDS``, ``COUNT`` and ``NUMBER`` for what can be averaged.

    A column with the key ``prompt`` or ``details`` is hidden where prompts are masked.
    """

    key: str
    title: str
    kind: Kind = Kind.TEXT

    @property
    def is_number(self) -> bool:
        """Whether its values can be averaged."""
        return self.kind in _NUMBERS


@dataclass(frozen=True, slots=True)
class Metric:
    """Events of one kind, each a row of a table of its own, ``botpulse_metric_<key>``.

    The declaration is all there is: it compares equal to another one that says the same, and can be sent to another
    process, where it means the same table.

    Attributes:
        key: its name in the code, in orders and exports: "votes".
        title: for people, of its page and its table: "Votes".
        noun: one of its events: "vote".
        columns: what an event records; each event has a time and a number (``id``) besides.
        split: the key of the column by whose values the chart over time is stacked; by default the first in words.
        ranked: the keys of the columns whose most frequent values are compared, three at most; by default ``split``.
        icon: one of the monitor's icons, by name (docs/extending.md lists them).
        recorded_when: the end of a sentence for an empty page: "somebody votes under an image".

    Raises:
        ValueError: a declaration that means nothing; it says why.
    """

    key: str
    title: str
    noun: str
    columns: tuple[MetricColumn, ...]
    split: str = ""
    ranked: tuple[str, ...] = ()
    icon: str = "metric"
    recorded_when: str = ""
    model: type[EventModel] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        columns, words = tuple(self.columns), [each.key for each in self.columns if not each.is_number]
        split = self.split or next(iter(words), "")
        for name, value in (("columns", columns), ("split", split), ("ranked", tuple(self.ranked) or (split,))):
            object.__setattr__(self, name, value)
        problem = _problem(self)
        if problem:
            raise ValueError(f"metric {self.key!r}: {problem}")
        object.__setattr__(self, "model", _model(self.key, columns))

    def __reduce__(self) -> tuple[Any, ...]:
        """What another process makes the same metric of: the model's class is made there."""
        said = (self.title, self.noun, self.columns, self.split, self.ranked, self.icon, self.recorded_when)
        return type(self), (self.key, *said)

    def record(self, **values: object) -> EventRow:
        """An event that happened just now, for ``AnalyticsManager.track``; what is not given is not known.

        Values are made storable, whatever they are: text is bounded, a number that makes no sense becomes None.

        Raises:
            TypeError: there is no such column.
        """
        stored = tuple([_stored(column.kind, values.pop(column.key, None)) for column in self.columns])
        if values:
            raise TypeError(f"metric {self.key!r} has no column {', '.join(map(repr, values))}")
        return EventRow(self.model, (*stored, time.time()))

    def column(self, key: str) -> MetricColumn:
        """The column with this key; an unknown one is a KeyError."""
        return {column.key: column for column in self.columns}[key]

    @property
    def table(self) -> TableDefinition:
        """Its rows, as ``core.tables.definitions`` declares every table."""
        model, chosen = self.model, self.recorded.columns
        fields = model._meta.fields
        own = tuple(
            Column(each.key, each.title, each.kind, fields[each.key], _field_of(each, chosen)) for each in self.columns
        )
        time_column = Column("time", "Time", Kind.TIME, model.timestamp)
        columns = (time_column, *own, Column("id", "Id", Kind.ID, model.id, Field.ID))
        return TableDefinition(self.key, self.title, model, columns, ("time", *(each.key for each in own)))

    @property
    def recorded(self) -> Recorded:
        """What filters can ask of it. Of several columns of one kind the first is meant."""
        columns: dict[Field, str] = {}
        for each in self.columns:
            if each.kind in _WORDS:
                columns.setdefault(_WORDS[each.kind], each.key)
        ids = tuple(each.key for each in self.columns if each.kind in _IDS)
        texts = tuple(each.key for each in self.columns if not each.is_number and each.kind not in _IDS)
        return Recorded(columns, texts, ids)


def _problem(metric: Metric) -> str:
    """What is wrong with a declaration; empty where nothing is."""
    keys = [each.key for each in metric.columns]
    words = {each.key for each in metric.columns if not each.is_number}
    names = next((name for name in (metric.key, *keys) if not _NAME.fullmatch(name) or name in _OURS), None)
    unknown = next((each for each in metric.columns if each.kind not in {**_TEXTS, **_NUMBERS}), None)
    if names is not None:
        return f"{names!r} can't be a key: small letters, digits and _ make one; {', '.join(sorted(_OURS))} are taken"
    if len(set(keys)) < len(keys):
        return "two columns have the same key"
    if unknown is not None:
        return f"a column can't be of kind {unknown.kind!r}"
    if metric.split not in words or not words.issuperset(metric.ranked):
        return "split and ranked name columns in words; a number is averaged"
    if not PRIVATE_COLUMNS.isdisjoint((metric.split, *metric.ranked)):
        return f"{' and '.join(sorted(PRIVATE_COLUMNS))} can be masked, so no chart may name their values"
    if len(metric.ranked) > MOST_RANKED:
        return f"at most {MOST_RANKED} columns can be ranked"
    return "" if metric.title.strip() and metric.noun.strip() else "it needs a title and a noun"


def _field_of(column: MetricColumn, chosen: Mapping[Field, str]) -> Field | None:
    word = _WORDS.get(column.kind)
    return word if word is not None and chosen[word] == column.key else None


def _stored(kind: Kind, value: object) -> Any:
    return _NUMBERS[kind][0](value) if kind in _NUMBERS else _TEXTS[kind](value)


@cache
def _model(key: str, columns: tuple[MetricColumn, ...]) -> type[EventModel]:
    """The table of a metric. Equal declarations have the same, so a module that is loaded twice does no harm."""
    fields: dict[str, Any] = {"id": peewee.AutoField()}
    for column in columns:
        make = _NUMBERS[column.kind][1] if column.is_number else peewee.TextField
        fields[column.key] = make(null=True)  # so that a column can be added to a table that has rows
    fields["timestamp"] = peewee.DoubleField(index=True)
    fields["Meta"] = type("Meta", (), {"table_name": METRIC_PREFIX + key})
    fields["__module__"] = __name__
    name = "".join(part.title() for part in key.split("_"))
    model: type[EventModel] = new_class(name, (EventModel,), exec_body=lambda body: body.update(fields))
    records.FIELDS[model] = (*(column.key for column in columns), "timestamp")
    return model
