"""What the palette offers: pages, actions, ranges and settings of the window, and what was found in the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from core.filters import ID_FIELDS, Field
from core.tables.reading.messages import FoundTerm
from core.text.formatting import short_id
from core.text.matching import Query, Rank, query_of, rank
from core.text.names import NAMES
from core.text.translation import gettext as _
from core.time_ranges import RangeChoice
from gui.dialogs.palette_list import Suggestion
from gui.pages.registry import pages
from gui.settings import PREFERENCES, Setting
from gui.window import actions
from gui.window.actions import Actions, ActionSpec

MOST: Final = 150
"""So many are offered at once."""

_PAGE, _RANGE, _THEME, _COMPARE = "page", "range", "theme", "compare_with"
_KINDS: Final = {_PAGE: _("Page"), _RANGE: _("Range"), "": _("Action"), _THEME: _("Theme"), _COMPARE: _("Compare with")}
_SETTING: Final = _("Setting")
_ICONS: Final = {_RANGE: "timer", _COMPARE: "recent", _THEME: "theme", "": "step"}

_OF_FIELDS: Final = {
    Field.COMMAND: (_("Command"), "commands"),
    Field.USER: (_("User"), "users"),
    Field.GUILD: (_("Server"), "servers"),
    Field.CHANNEL: (_("Channel"), "message"),
    Field.LORA: (_("LoRA"), "tag"),
    Field.MODEL: (_("Model"), "database"),
    Field.TEXT: (_("Prompt"), "images"),
}


VIEW: Final = _("View")
LINK: Final = _("Link to a view")

_PROMPT: Final = _OF_FIELDS[Field.TEXT][0]
_ORDER: Final = (
    LINK,
    *_KINDS.values(),
    VIEW,
    *(kind for kind, _icon in _OF_FIELDS.values() if kind != _PROMPT),
    _SETTING,
    _PROMPT,
)
"""Of two that fit alike the one of an earlier kind comes first."""


def own_offers(
    window_actions: Actions, ask_setting: Callable[[Setting], object], turn_to: Callable[[str], object]
) -> tuple[Suggestion, ...]:
    """What the window itself knows, as far as it can be chosen now: pages, ranges, actions and settings."""
    entries = {actions.page_action(page.entry.key): page.entry for page in pages()}
    made = []
    for spec in dict.fromkeys((*actions.page_actions(), *actions.ALL)):
        action, entry = window_actions[spec], entries.get(spec.key)
        if action.isEnabled() and spec != actions.ANYTHING:
            act = action.trigger if entry is None else partial(turn_to, entry.key)
            made.append(_of_action(spec, entry.icon if entry else _ICONS[spec.group], act))
    settings = (
        Suggestion(plain(each.title), _SETTING, "columns", partial(ask_setting, each), also=_about(each))
        for each in PREFERENCES
    )
    return (*sorted(made, key=_place), *settings)


def offer_of_range(choice: RangeChoice, choose: Callable[[], object]) -> Suggestion:
    """A range that goes back as far as was typed."""
    return Suggestion(choice.title, _KINDS[_RANGE], _ICONS[_RANGE], choose, also=choice.key)


def offer_of_term(found: FoundTerm, go: Callable[[], object]) -> Suggestion:
    """What was found in the database: an id by its name, with its end beside it."""
    kind, glyph = _OF_FIELDS[found.field]
    words, keys = found.text or found.value, ""
    if found.field in ID_FIELDS:
        words = NAMES.label(str(found.field), found.value)
        keys = short_id(found.value) if NAMES.own_name(str(found.field), found.value) else ""
    return Suggestion(words, kind, glyph, go, keys, rank=found.rank)


def fitting(typed: str, own: Iterable[Suggestion], found: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    """Those that fit what is typed, the best first; nothing typed: all of our own. Of the database's it is known how.

    Letters in their order count only where nothing fits better: they fit too much.
    """
    query = query_of(typed)
    fits = (replace(offer, rank=fit) for offer in own if (fit := _rank_of(query, offer)) is not None)
    ordered = sorted((*fits, *found), key=lambda offer: (offer.rank, *_place(offer)))
    better = [offer for offer in ordered if offer.rank < Rank.LETTERS]
    return tuple((better or ordered)[:MOST])


def _rank_of(query: Query, offer: Suggestion) -> Rank | None:
    """By its own words; else by what it is and does, in which words have to begin as they are typed."""
    fits = rank(query, offer.words)
    if fits is not None and fits <= Rank.WORDS:
        return fits
    further = rank(query, f"{offer.words} {offer.kind} {offer.also}")
    return Rank.WITHIN if further is not None and further <= Rank.WORDS else fits


def _of_action(spec: ActionSpec, glyph: str, act: Callable[[], object]) -> Suggestion:
    return Suggestion(plain(spec.text), _KINDS[spec.group], glyph, act, actions.shortcut_text(spec), also=spec.tip)


def _place(offer: Suggestion) -> tuple[int]:
    return (_ORDER.index(offer.kind),)


def _about(setting: Setting) -> str:
    return " ".join((setting.group, setting.help, *(option.words for option in setting.options)))


def plain(text: str) -> str:
    """A menu's or a label's text as it is read: without mnemonics."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")
