"""Who uses the simulated bot: regulars with their home servers, and people who come once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.models import DISCORD_EPOCH
from core.simulation.catalogue import COMMANDS, LANGUAGE_SHARES, zipf_weights

_REGULARS: Final = 480
_GUILDS: Final = 26
_CHANNELS: Final = 4
_HOMES: Final = 3
_ONE_TIMER_SHARE: Final = 0.04
_VISIT: Final = 3
"""How many commands a one-timer runs, on average."""

_FIRST_ACCOUNT: Final = 1_433_116_800.0
_LAST_ACCOUNT: Final = 1_559_347_200.0
_DAY: Final = 86_400.0

EARLIEST: Final = _LAST_ACCOUNT
"""Epoch seconds of 2019-06-01 UTC: by then all regulars and servers are there, so no past begins before."""


@dataclass(frozen=True, slots=True)
class Population:
    """The users and servers of one simulated bot; the same for the same seed.

    Attributes:
        bot: the bot's own snowflake.
        regulars: snowflakes, the most active first.
        activity: the regulars' probabilities, Zipf-like.
        homes: (regulars, 3) indexes of ``guilds``; the first is where the user mostly is.
        dm_shares: how much of it each regular does in direct messages, 0 to 1.
        dm_channels: each regular's direct-message channel.
        languages: each regular's prompt grammar.
        favourites: index of the command that each regular likes best.
        guilds: snowflakes of the servers, the busiest first.
        channels: (guilds, 4) snowflakes.
    """

    bot: int
    regulars: np.ndarray
    activity: np.ndarray
    homes: np.ndarray
    dm_shares: np.ndarray
    dm_channels: np.ndarray
    languages: np.ndarray
    favourites: np.ndarray
    guilds: np.ndarray
    channels: np.ndarray

    @classmethod
    def from_seed(cls, seed: int) -> Population:
        """The population that belongs to a seed, whenever it is asked for."""
        rng = np.random.default_rng([seed, 7])
        busy = zipf_weights(_GUILDS, 0.9)
        return cls(
            bot=int(_accounts(rng, 1)[0]),
            regulars=_accounts(rng, _REGULARS),
            activity=zipf_weights(_REGULARS, 1.0, shift=3.0),
            homes=rng.choice(_GUILDS, size=(_REGULARS, _HOMES), p=busy),
            dm_shares=rng.beta(0.5, 2.6, size=_REGULARS),
            dm_channels=_accounts(rng, _REGULARS),
            languages=rng.choice(len(LANGUAGE_SHARES), size=_REGULARS, p=LANGUAGE_SHARES),
            favourites=_favourites(rng, _REGULARS),
            guilds=_accounts(rng, _GUILDS),
            channels=_accounts(rng, _GUILDS * _CHANNELS).reshape(_GUILDS, _CHANNELS),
        )

    def seat(self, rng: np.random.Generator, commands: np.ndarray) -> None:
        """Choose who runs these commands (ascending in time), and where; ``kind`` becomes the user's favourite."""
        count = len(commands)
        who = rng.choice(len(self.regulars), size=count, p=self.activity)
        homes = self.homes[who, rng.choice(_HOMES, size=count, p=(0.75, 0.17, 0.08))]
        direct = rng.random(count) < self.dm_shares[who]
        channels = self.channels[homes, rng.choice(_CHANNELS, size=count, p=(0.6, 0.2, 0.15, 0.05))]
        commands["user"] = self.regulars[who]
        commands["guild"] = np.where(direct, 0, self.guilds[homes])
        commands["channel"] = np.where(direct, self.dm_channels[who], channels)
        commands["language"] = self.languages[who]
        commands["kind"] = self.favourites[who]
        once = rng.random(count) < _ONE_TIMER_SHARE
        commands[once] = self._guests(rng, commands[once])

    def _guests(self, rng: np.random.Generator, commands: np.ndarray) -> np.ndarray:
        """The same commands, run by people who are seen once: a few commands each, in the same server."""
        visits = np.cumsum(rng.random(len(commands)) < 1 / _VISIT)
        _, first, person = np.unique(visits, return_index=True, return_inverse=True)
        people = first.size
        created = commands["time"][first] - rng.uniform(20 * _DAY, 6 * 365 * _DAY, size=people)
        homes = rng.choice(_GUILDS, size=people, p=zipf_weights(_GUILDS, 0.5))
        commands["user"] = snowflakes(rng, np.maximum(created, _FIRST_ACCOUNT))[person]
        commands["guild"] = self.guilds[homes][person]
        commands["channel"] = self.channels[homes, 0][person]
        commands["language"] = rng.choice(len(LANGUAGE_SHARES), size=people, p=LANGUAGE_SHARES)[person]
        commands["kind"] = 0
        return commands


def snowflakes(rng: np.random.Generator, created: np.ndarray) -> np.ndarray:
    """Discord ids of things that were created at these epoch seconds: milliseconds, then 22 bits of who made it."""
    milliseconds = ((created - DISCORD_EPOCH) * 1000).astype(np.int64)
    return (milliseconds << 22) | rng.integers(0, 1 << 22, size=created.size)


def _accounts(rng: np.random.Generator, count: int) -> np.ndarray:
    return snowflakes(rng, rng.uniform(_FIRST_ACCOUNT, _LAST_ACCOUNT, size=count))


def _favourites(rng: np.random.Generator, count: int) -> np.ndarray:
    makers = [index for index, command in enumerate(COMMANDS) if command.makes]
    shares = np.array([COMMANDS[index].share for index in makers])
    return rng.choice(makers, size=count, p=shares / shares.sum())
