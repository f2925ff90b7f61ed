"""The lives of bots that write one database: each process of each bot has its own, from its start to its shutdown.

Several bots may write one file, and one bot may run in several processes, each with some of its shards. So a shutdown
is that of one process, and a start says nothing of the others: they are told apart by the bot's user id, its shards,
and the name that each process gives itself (``life``). Rows of older versions have the user id only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from core.models import ActionType

LONGEST_DETAILS: Final = 500
"""Characters of a row's details in which these are looked for."""

_LIFE_ACTIONS: Final = (ActionType.BOT_START, ActionType.BOT_SHUTDOWN)
_LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """A start or a shutdown.

    Attributes:
        at: epoch seconds.
        action: ``bot_start`` or ``bot_shutdown``.
        bot: the bot's user id.
        shards: which of its shards the process has; empty where that was not recorded, or it has all.
        life: the process's own name; empty where that was not recorded.
    """

    at: float
    action: str
    bot: str = ""
    shards: str = ""
    life: str = ""

    @property
    def is_start(self) -> bool:
        """Whether it is a start."""
        return self.action == ActionType.BOT_START


@dataclass(frozen=True, slots=True)
class Lives:
    """What starts and shutdowns amount to.

    Attributes:
        running: the last start of each process of which no end is known.
        unclean: the starts before which the process of the same place ended without a shutdown.
    """

    running: tuple[LifeEvent, ...]
    unclean: frozenset[LifeEvent]


def life_event(at: float, action: str, bot: str, details: object) -> LifeEvent | None:
    """A row of user_activity as a start or a shutdown; None where it is neither. ``details`` may be anything."""
    if action not in _LIFE_ACTIONS:
        return None
    try:
        told = json.loads(details) if isinstance(details, str) else None
    except (ValueError, RecursionError):
        told = None
    known = told if isinstance(told, dict) else {}
    life, shards = known.get("life"), known.get("shard_ids")
    return LifeEvent(
        at,
        action,
        bot[:_LONGEST_NAME],
        json.dumps(shards)[:_LONGEST_NAME] if isinstance(shards, list) else "",
        life[:_LONGEST_NAME] if isinstance(life, str) else "",
    )


def lives_of(events: Iterable[LifeEvent]) -> Lives:
    """Tell which processes run, and which starts follow a crash.

    Of one place (a bot, some of its shards) the last start counts: whoever began there before and did not say that it
    ended has crashed, unless it says so later, as where a new process takes over from an old one.
    """
    open_: dict[tuple[str, str], list[LifeEvent]] = {}
    before: dict[LifeEvent, LifeEvent] = {}
    ended: set[LifeEvent] = set()
    for event in sorted(events, key=lambda each: each.at):
        place = open_.setdefault((event.bot, event.shards), [])
        if event.is_start:
            if place:
                before[event] = place[-1]
            place.append(event)
            continue
        start = next((each for each in reversed(place) if each.life == event.life), None)
        if start is None:
            continue
        ended.add(start)
        if start is place[-1]:
            place.clear()
        else:
            place.remove(start)
    running = tuple(place[-1] for place in open_.values() if place)
    return Lives(running, frozenset(start for start, earlier in before.items() if earlier not in ended))
