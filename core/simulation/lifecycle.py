"""The bot's own life in ``user_activity``: starts, ends, crashes, reconnects, servers that come and go."""

from __future__ import annotations

import json
from math import nextafter
from typing import Final

import numpy as np

from core.models import ActionType
from core.simulation.population import Population, snowflakes
from core.simulation.rhythm import DAY, Incidents, random_spans, within
from core.simulation.traffic import ActivityRow

MARK: Final = json.dumps({"simulation": True})
"""``details`` of each bot_start that the simulation writes: how a simulated database is known."""

_CRASH_SHARE: Final = 0.3
_SERVERS: Final = ("Pixel Harbour", "星空アトリエ", "Die Lichtbildner", "ورشة الضوء", "Latent Garden", "Код и краски")


def bot_started(population: Population, when: float) -> ActivityRow:
    """The bot comes up."""
    return ActivityRow(str(population.bot), None, ActionType.BOT_START, when, MARK)


def bot_stopped(population: Population, when: float) -> ActivityRow:
    """The bot is stopped in good order."""
    return ActivityRow(str(population.bot), None, ActionType.BOT_SHUTDOWN, when, None)


def history_life(
    rng: np.random.Generator, population: Population, incidents: Incidents, start: float, end: float
) -> list[ActivityRow]:
    """The life of a bot that started at ``start``, in time order; a restart without a shutdown was a crash."""
    rows = [bot_started(population, start)]
    for down, up in incidents.down.tolist():
        if rng.random() >= _CRASH_SHARE:
            rows.append(bot_stopped(population, nextafter(down, 0)))  # just before: it is still written
        rows.append(bot_started(population, up))
    rows += reconnects(rng, population, start, end, every=14 * 3600.0)
    rows += _server_changes(rng, population, start, end)
    awake = ~within(np.array([row.timestamp for row in rows]), incidents.down)
    return sorted((row for row, keep in zip(rows, awake.tolist(), strict=True) if keep), key=lambda row: row.timestamp)


def reconnects(
    rng: np.random.Generator, population: Population, start: float, end: float, *, every: float
) -> list[ActivityRow]:
    """The gateway's connection is lost and found again, about every ``every`` seconds."""
    spans = random_spans(rng, start, end, every=every, lasts=(0.5, 40.0)).tolist()
    bot = str(population.bot)
    return [
        ActivityRow(bot, None, ActionType.BOT_RECONNECT, back, json.dumps({"away": round(back - lost, 1)}))
        for lost, back in spans
    ]


def _server_changes(rng: np.random.Generator, population: Population, start: float, end: float) -> list[ActivityRow]:
    """Servers that add the bot, some of which soon remove it again."""
    rows = []
    for joined, _ in random_spans(rng, start, end, every=6 * DAY, lasts=(1.0, 2.0)).tolist():
        created = np.array([joined - rng.uniform(DAY, 1500 * DAY)])
        guild = str(int(snowflakes(rng, created)[0]))
        details = {"name": str(rng.choice(_SERVERS)), "members": int(rng.lognormal(5.0, 1.2)) + 2}
        rows.append((guild, ActionType.GUILD_JOIN, joined, json.dumps(details, ensure_ascii=False)))
        left = joined + rng.uniform(600, 20 * DAY)
        if rng.random() < 0.4 and left < end:
            rows.append((guild, ActionType.GUILD_LEAVE, left, json.dumps(details, ensure_ascii=False)))
    return [ActivityRow(str(population.bot), guild, action, when, text) for guild, action, when, text in rows]
