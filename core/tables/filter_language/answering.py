"""What one table makes of a text that is understood: what it does not record, and what is only text to it."""

from __future__ import annotations

from typing import Final

from core.filters import Field, answers
from core.tables.definitions import TableDefinition
from core.tables.filter_language.parsing import Parsed, Problem, problem

_NOUNS: Final = {
    Field.COMMAND: "command",
    Field.USER: "user",
    Field.GUILD: "server",
    Field.CHANNEL: "channel",
    Field.TYPE: "type",
    Field.RESOLUTION: "resolution",
    Field.LORA: "LoRA",
    Field.UPSCALE: "upscale factor",
    Field.ACTION: "action",
    Field.OUTCOME: "outcome",
    Field.KIND: "kind of media",
    Field.SLOWER: "duration",
    Field.FASTER: "duration",
    Field.AFTER: "time",
    Field.BEFORE: "time",
    Field.ID: "row number",
}
"""What rows are filtered by; words are searched for in every table."""


def fields_of(table: TableDefinition) -> frozenset[Field]:
    """What a table can be filtered by."""
    return frozenset(field for field in Field if answers(table.model, field))


def unanswered(text: str, parsed: Parsed, table: TableDefinition) -> tuple[Problem, ...]:
    """The parts that ask for what a table does not record: they hold, and so no row of it matches them."""
    known = fields_of(table)
    return tuple(
        problem(
            text,
            item.start,
            item.end,
            f"{table.name} can't be filtered by {_NOUNS[item.term.field]}, "
            f"so it {'leaves nothing out' if item.term.excluded else 'finds nothing'}",
        )
        for item in parsed.items
        if item.term.field not in known
    )


def searched_as_text(text: str, parsed: Parsed) -> tuple[Problem, ...]:
    """The parts that look like a word with its value, and are only text: prompts may be full of colons."""
    return tuple(
        problem(text, item.start, item.end, f"“{item.unknown}” is no word of the filter, so it is searched for as text")
        for item in parsed.items
        if item.unknown
    )
