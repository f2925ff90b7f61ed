"""Whose names are needed for what a page is about to show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from core.charts.named import subjects
from core.feed.snapshot import Event
from core.filters import ENDING, ID_FIELDS, Field, Filter
from core.presenters.presenter import Content
from core.text.names import NameKey


def ids_shown(content: Any, events: Iterable[Event], chosen: Filter) -> Iterator[NameKey]:
    """The users, servers and channels in a page's content, in the latest events and in the filter."""
    for event in events:
        yield str(Field.USER), event.user_id
        if event.guild_id:
            yield str(Field.GUILD), event.guild_id
    if isinstance(content, Content):
        for chart in content.charts.values():
            yield from subjects(chart)
        yield from (figure.whose for figure in content.figures if figure.whose is not None)
    for term in chosen.terms:
        if term.field in ID_FIELDS and not str(term.value).startswith(ENDING):
            yield str(term.field), str(term.value)
