"""What is typed into a filter box, and a filter in words.

Items are separated by spaces and all must hold: ``user:4821 slow>30 -failed fox``. An item is a word of
:data:`LANGUAGE` with its value, or text that is searched for. A value with spaces stands in quotation marks, in which
``\\"``, ``\\\\`` and ``\\u000a`` are a quotation mark, a backslash and any character by its number; whatever is in
quotation marks is taken literally. A minus right before an item leaves out what matches; two of them are text.
"""

from __future__ import annotations

from core.tables.filter_language.answering import fields_of, searched_as_text, unanswered
from core.tables.filter_language.completion import Choice, Completions, Known, complete
from core.tables.filter_language.parsing import MOST_CHARACTERS, MOST_ITEMS, Item, Parsed, Problem, parse
from core.tables.filter_language.vocabulary import LANGUAGE, Explained
from core.tables.filter_language.wording import chip, in_words

__all__ = [
    "LANGUAGE",
    "MOST_CHARACTERS",
    "MOST_ITEMS",
    "Choice",
    "Completions",
    "Explained",
    "Item",
    "Known",
    "Parsed",
    "Problem",
    "chip",
    "complete",
    "fields_of",
    "in_words",
    "parse",
    "searched_as_text",
    "unanswered",
]
