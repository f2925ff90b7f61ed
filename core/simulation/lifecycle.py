"""The bot's own life in ``user_activity``: starts, ends, crashes, reconnects, servers that come and go."""

from __future__ import annotations

import json
from math import nextafter
from typing import Final

import numpy as np

from core.models import ActionType, UserActivity
from core.simulation.population import Population, snowflakes
from core.simulation.rhythm import DAY, Incidents, random_spans, within
from core.simulation.traffic import moment
from core.tracking.records import EventRow

MARK: Final = json.dumps({"simulation": True})
"""``details`` of each bot_start that the simulation writes: how a simulated database is known."""

_CRASH_SHARE: Final = 0.3
_SERVERS: Final = ("Pixel Harbour", "星空アトリエ", "Die Lichtbildner", "ورشة الضوء", "Latent Garden", "Код и краски")


def bot_started(population: Population, when: float) -> EventRow:
    """The bot comes up."""
    return _life(population, ActionType.BOT_START, when, MARK)


def bot_stopped(population: Population, when: float) -> EventRow:
    """The bot is stopped in good order."""
    return _life(population, ActionType.BOT_SHUTDOWN, when, None)


def history_life(
    rng: np.random.Generator, population: Population, incidents: Incidents, start: float, end: float
) -> list[EventRow]:
    """The life of a bot that started at ``start``, in time order; a restart without a shutdown was a crash."""
    rows = [bot_started(population, start)]
    for down, up in incidents.down.tolist():
        if rng.random() >= _CRASH_SHARE:
            rows.append(bot_stopped(population, nextafter(down, 0)))  # just before: it is still written
        rows.append(bot_started(population, up))
    rows += reconnects(rng, population, start, end, every=14 * 3600.0)
    rows += _server_changes(rng, population, start, end)
    asleep = within(np.array([moment(row) for row in rows]), incidents.down)
    return sorted((row for row, gone in zip(rows, asleep.tolist(), strict=True) if not gone), key=moment)


def reconnects(
    rng: np.random.Generator, population: Population, start: float, end: float, *, every: float
) -> list[EventRow]:
    """The gateway's connection is lost and found again, about every ``every`` seconds."""
    spans = random_spans(rng, start, end, every=every, lasts=(0.5, 40.0)).tolist()
    away = [(back, json.dumps({"away": round(back - lost, 1)})) for lost, back in spans]
    return [_life(population, ActionType.BOT_RECONNECT, back, details) for back, details in away]


def _server_changes(rng: np.random.Generator, population: Population, start: float, end: float) -> list[EventRow]:
    """Servers that add the bot, some of which soon remove it again."""
    rows = []
    for joined, _ in random_spans(rng, start, end, every=6 * DAY, lasts=(1.0, 2.0)).tolist():
        guild = str(int(snowflakes(rng, np.array([joined - rng.uniform(DAY, 1500 * DAY)]))[0]))
        about = {"name": str(rng.choice(_SERVERS)), "members": int(rng.lognormal(5.0, 1.2)) + 2}
        details = json.dumps(about, ensure_ascii=False)
        rows.append(_life(population, ActionType.GUILD_JOIN, joined, details, guild))
        left = joined + rng.uniform(600, 20 * DAY)
        if rng.random() < 0.4 and left < end:
            rows.append(_life(population, ActionType.GUILD_LEAVE, left, details, guild))
    return rows


def _life(
    population: Population, action: ActionType, when: float, details: str | None, guild: str | None = None
) -> EventRow:
    return EventRow(UserActivity, (str(population.bot), action.value, guild, details, when))
