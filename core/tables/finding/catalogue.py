"""What may be meant by a few letters: everybody and everything that the database names, read once, in short steps.

Letters are compared with what is in memory. What is read for it is bounded: the cells of :mod:`core.statistics.rollups`
where they may be believed, the newest rows, and the table of names by its key.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from time import perf_counter
from typing import Any, Final
from zoneinfo import ZoneInfo

import peewee

from core.filters import Field
from core.models import CommandUsage, EventModel, ImageStats, Name, NameKind, table_name
from core.statistics.rollups.cells import open_rollups
from core.statistics.rollups.packing import Part
from core.storage.labels import all_labels
from core.storage.names import has_names, names_of
from core.storage.reader import Reader
from core.storage.values import moment_or_none, text_of
from core.storage.values import names_of as loras_in
from core.tables.reading.messages import FoundTerm
from core.text.formatting import one_line, short_id
from core.text.matching import Query, Rank, TextIndex, query_of

MOST_ROWS: Final = 5_000
"""So many of the newest commands and images are read."""

MOST_PROMPTS: Final = 2_000
"""In so many of the newest images a prompt is looked for."""

MOST_NAMES: Final = 50_000
"""So many names are held in memory while something is looked for, besides those of the newest rows."""

MOST_OF_A_KIND: Final = 8
"""So many users, so many commands, … are found at once."""

_CHUNK: Final = 1_000
_NAMES_AT_ONCE: Final = 2_000
_MOST_KEYS: Final = 400
_LONGEST: Final = 200
"""Characters of a value; a longer one is not found."""

_LEAST_OF_PROMPT: Final = 2
_PROMPT: Final = 300
"""Characters of a prompt that are looked at."""

_SNOWFLAKE: Final = range(15, 21)
_KINDS: Final[Mapping[str, Field]] = {
    NameKind.USER: Field.USER,
    NameKind.GUILD: Field.GUILD,
    NameKind.CHANNEL: Field.CHANNEL,
}
_PLAIN: Final = (Field.COMMAND, Field.LORA, Field.MODEL)

_Step = Callable[[Reader], None]


class Catalogue:
    """What can be found in one database.

    Args:
        zone: whose days the cells are of.
        names: whether names may be found; else the ends of ids.
        prompts: whether prompts may be found.
    """

    def __init__(self, zone: ZoneInfo, *, names: bool = True, prompts: bool = True) -> None:
        self._zone, self._with_names, self._with_prompts = zone, names, prompts
        self._terms: dict[Field, TextIndex[str]] = {field: TextIndex() for field in (*_PLAIN, *_KINDS.values())}
        self._names: dict[tuple[str, str], str] = {}
        self._images: dict[str, tuple[int, float | None]] = {}
        self._prompts: TextIndex[str] = TextIndex()
        self._names_read = 0
        first: list[_Step] = [self._newest_commands(None, 0), self._newest_images(None, 0), self._ever]
        self._steps: deque[_Step] = deque([*first, self._stored_names(None)] if names else first)

    @property
    def whole(self) -> bool:
        """Whether all is read that is ever looked at."""
        return not self._steps

    def read_on(self, reader: Reader, seconds: float) -> None:
        """Read for about so long, at least one step; a step that fails is taken again with the next call."""
        until = perf_counter() + seconds
        while self._steps:
            step = self._steps[0]
            step(reader)
            self._steps.remove(step)
            if perf_counter() >= until:
                return

    def find(self, typed: str) -> tuple[FoundTerm, ...]:
        """What fits the typed letters, a few of each kind; an id that is typed as a whole is one, known or not."""
        query = query_of(typed)
        if not query.words:
            return ()
        found = [
            FoundTerm(field, fit.key, fit.rank)
            for field, index in self._terms.items()
            for fit in index.best(query, MOST_OF_A_KIND)
        ]
        whole = typed.strip()
        if whole.isascii() and whole.isdecimal() and len(whole) in _SNOWFLAKE:
            known = [each for each in _KINDS.values() if whole in self._terms[each]]
            found += [FoundTerm(field, whole, Rank.WHOLE) for field in known or [Field.USER, Field.GUILD]]
        return (*found, *self._prompts_with(query))

    def _prompts_with(self, query: Query) -> list[FoundTerm]:
        """The newest prompts in which each typed word begins one, each text once."""
        if sum(map(len, query.words)) < _LEAST_OF_PROMPT:
            return []
        fits = self._prompts.best(query, MOST_OF_A_KIND, Rank.WORDS)
        return [FoundTerm(Field.TEXT, str(self._images[key][0]), fit, key, self._images[key][1]) for fit, key in fits]

    def _newest_commands(self, below: int | None, read: int) -> _Step:
        def step(reader: Reader) -> None:
            fields = (
                CommandUsage.id, CommandUsage.command_name, CommandUsage.user_id, CommandUsage.guild_id,
                CommandUsage.channel_id,
            )  # fmt: skip
            rows = _newest(reader, CommandUsage, fields, below)
            for place, field in enumerate((Field.COMMAND, Field.USER, Field.GUILD, Field.CHANNEL), 1):
                self._count(field, Counter(row[place] for row in rows))
            self._go_on(self._newest_commands, rows, read)

        return step

    def _newest_images(self, below: int | None, read: int) -> _Step:
        def step(reader: Reader) -> None:
            prompt: Any = peewee.fn.SUBSTR(ImageStats.prompt, 1, _PROMPT) if self._with_prompts else peewee.Value(None)
            fields = (
                ImageStats.id, ImageStats.timestamp, prompt, ImageStats.user_id, ImageStats.guild_id,
                ImageStats.channel_id, ImageStats.model, ImageStats.loras,
            )  # fmt: skip
            rows = _newest(reader, ImageStats, fields, below)
            for row, moment, words, *_others in rows[: max(0, MOST_PROMPTS - read)]:
                prompt = one_line(text_of(words) or "", _PROMPT)
                if prompt and prompt not in self._images:
                    self._images[prompt] = row, moment_or_none(moment)
                    self._prompts.put(prompt, prompt)
            for place, field in enumerate((Field.USER, Field.GUILD, Field.CHANNEL, Field.MODEL), 3):
                self._count(field, Counter(row[place] for row in rows))
            for loras, n in Counter(row[-1] for row in rows).items():
                self._count(Field.LORA, dict.fromkeys(loras_in(loras) or (), n))
            self._go_on(self._newest_images, rows, read)

        return step

    def _go_on(self, more: Callable[[int | None, int], _Step], rows: list[tuple[Any, ...]], read: int) -> None:
        """Older rows are read next, before names are; they are named once all are read."""
        if len(rows) == _CHUNK and read + len(rows) < MOST_ROWS:
            self._steps.insert(1, more(rows[-1][0], read + len(rows)))

    def _ever(self, reader: Reader) -> None:
        """Whatever the cells know of: commands, LoRAs, models and servers that nobody has used for long."""
        rollups = open_rollups(reader, self._zone, (CommandUsage, ImageStats))
        if rollups is None:
            return
        commands = rollups.ever(CommandUsage, float("inf"), (Part.NAMES, Part.SERVERS))
        images = rollups.ever(ImageStats, float("inf"), (Part.LORAS,))
        if commands is not None:
            self._count(Field.COMMAND, commands.commands)
            self._count(Field.GUILD, commands.guilds)
        for (dimension, name), n in images.made.items() if images is not None else ():
            if dimension in _MADE:
                self._count(_MADE[dimension], {name: n})

    def _stored_names(self, after: tuple[str, str] | None) -> _Step:
        """Names in the order of the key; then those that the host gave, and Discord."""

        def step(reader: Reader) -> None:
            rows = _names_after(reader, after) if has_names(reader) else []
            named = {(str(kind), str(text_of(each))): text_of(name) or "" for kind, each, name in rows}
            self._learn(named)
            self._names_read += len(rows)
            if len(rows) == _NAMES_AT_ONCE and self._names_read < MOST_NAMES:
                self._steps.append(self._stored_names((rows[-1][0], str(text_of(rows[-1][1])))))
            else:
                self._steps.append(self._labels)

        return step

    def _labels(self, reader: Reader) -> None:
        try:
            keys = [(label.kind, label.id) for label in all_labels()]
        except OSError:
            return  # as where names are shown: nothing depends on them
        for start in range(0, min(len(keys), MOST_NAMES), _MOST_KEYS):
            self._learn(names_of(reader, keys[start : start + _MOST_KEYS]))

    def _learn(self, names: Mapping[tuple[str, str], str]) -> None:
        for (kind, snowflake), name in names.items():
            if kind in _KINDS and name:
                self._names[kind, snowflake] = name
                self._count(_KINDS[kind], {snowflake: 0})

    def _count(self, field: Field, counts: Mapping[Any, int]) -> None:
        """Take values in, each as often as it was met."""
        for value, n in counts.items():
            text = text_of(value) or ""
            if not text.strip() or len(text) > _LONGEST:
                continue
            if field in _PLAIN:
                self._terms[field].put(text, text, n)
            else:
                self._terms[field].put(text, f"{self._names.get((str(field), text), '')} {short_id(text)}", n)


_MADE: Final = {"lora": Field.LORA, "model": Field.MODEL}


def _newest(reader: Reader, model: type[EventModel], fields: Iterable[Any], below: int | None) -> list[tuple[Any, ...]]:
    """Rows from the end of a table, or from below an id, by its key."""
    if table_name(model) not in reader.tables:
        return []
    query = model.select(*fields).order_by(model.id.desc()).limit(_CHUNK)
    return reader.rows(query if below is None else query.where(model.id < below))


def _names_after(reader: Reader, after: tuple[str, str] | None) -> list[tuple[Any, ...]]:
    query = Name.select(Name.kind, Name.id, peewee.fn.SUBSTR(Name.name, 1, _LONGEST))
    if after is not None:
        kind, snowflake = after
        query = query.where((Name.kind > kind) | ((Name.kind == kind) & (Name.id > snowflake)))
    return reader.rows(query.order_by(Name.kind, Name.id).limit(_NAMES_AT_ONCE))
