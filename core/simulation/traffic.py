"""From times to events: commands, the images they lead to, and the buttons clicked under those."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple, Self

import numpy as np

from core.models import GenerationType
from core.simulation import catalogue
from core.simulation.catalogue import COMMANDS
from core.simulation.population import Crowd, Population
from core.simulation.prompts import write_prompts
from core.simulation.rhythm import Incidents, within

Chosen = np.ndarray | slice

_FAVOURITE_SHARE: Final = 0.35
_OUTAGE_FAILURE: Final = 0.85
_SLOWDOWN: Final = 2.4
_VIDEO: Final = np.array([command.makes is GenerationType.VIDEO for command in COMMANDS])
_MAKES: Final = np.array([command.makes is not None for command in COMMANDS])


class CommandRow(NamedTuple):
    """A row of command_usage to be."""

    command_name: str
    user_id: str
    guild_id: str | None
    channel_id: str
    timestamp: float
    execution_time: float
    success: int


class ImageRow(NamedTuple):
    """A row of image_stats to be."""

    user_id: str
    prompt: str
    resolution: str
    loras: str
    upscale_factor: int
    generation_time: float | None
    timestamp: float
    is_video: int
    generation_type: str


class ActivityRow(NamedTuple):
    """A row of user_activity to be."""

    user_id: str
    guild_id: str | None
    action_type: str
    timestamp: float
    details: str | None


Row = CommandRow | ImageRow | ActivityRow


@dataclass(frozen=True, slots=True)
class _Columns:
    """Arrays of one length, ``times`` (epoch seconds) among them."""

    times: np.ndarray

    def __len__(self) -> int:
        return len(self.times)

    def where(self, chosen: Chosen) -> Self:
        """The same with only the chosen entries (a mask, indexes in a new order, or a slice)."""
        return type(self)(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


@dataclass(frozen=True, slots=True)
class Commands(_Columns):
    """Commands as arrays, ascending in time; ``kinds`` are indexes of the catalogue's commands."""

    kinds: np.ndarray
    users: np.ndarray
    guilds: np.ndarray
    channels: np.ndarray
    execution: np.ndarray
    success: np.ndarray

    def rows(self) -> list[CommandRow]:
        """The commands as rows to store."""
        columns = (
            [COMMANDS[kind].name for kind in self.kinds.tolist()],
            texts(self.users),
            texts(self.guilds),
            texts(self.channels),
            self.times.tolist(),
            self.execution.round(4).tolist(),
            self.success.astype(int).tolist(),
        )
        return list(map(CommandRow, *columns))


@dataclass(frozen=True, slots=True)
class Images(_Columns):
    """Finished images and videos as arrays, ascending in time; ``generation`` is NaN where it is not known."""

    kinds: np.ndarray
    users: np.ndarray
    languages: np.ndarray
    upscales: np.ndarray
    generation: np.ndarray

    def rows(self, rng: np.random.Generator, lora_sets: list[str]) -> list[ImageRow]:
        """The images as rows to store; ``rng`` writes the prompts and picks resolutions and LoRAs."""
        count = len(self)
        shapes = rng.choice(len(catalogue.RESOLUTIONS), size=count, p=catalogue.RESOLUTION_WEIGHTS).tolist()
        video = _VIDEO[self.kinds].tolist()
        columns: tuple[list[Any], ...] = (
            texts(self.users),
            write_prompts(rng, self.languages),
            [catalogue.VIDEO_RESOLUTION if v else catalogue.RESOLUTIONS[i] for v, i in zip(video, shapes, strict=True)],
            [lora_sets[index] for index in rng.integers(0, len(lora_sets), size=count).tolist()],
            self.upscales.tolist(),
            [None if value != value else value for value in self.generation.round(3).tolist()],
            self.times.tolist(),
            [int(v) for v in video],
            [str(COMMANDS[kind].makes) for kind in self.kinds.tolist()],
        )
        return list(map(ImageRow, *columns))


@dataclass(frozen=True, slots=True)
class Clicks(_Columns):
    """Clicked buttons as arrays, ascending in time; ``actions`` are indexes of the catalogue's buttons."""

    users: np.ndarray
    guilds: np.ndarray
    actions: np.ndarray

    def rows(self) -> list[ActivityRow]:
        """The clicks as rows to store."""
        actions = [catalogue.BUTTONS[index] for index in self.actions.tolist()]
        nothing: list[str | None] = [None] * len(self)
        return list(map(ActivityRow, texts(self.users), texts(self.guilds), actions, self.times.tolist(), nothing))


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a span of time brings."""

    commands: Commands
    images: Images
    clicks: Clicks

    @property
    def parts(self) -> tuple[Commands, Images, Clicks]:
        """The three kinds of events."""
        return self.commands, self.images, self.clicks

    def where(self, commands: Chosen, images: Chosen, clicks: Chosen) -> Traffic:
        """The chosen events of each kind."""
        return Traffic(self.commands.where(commands), self.images.where(images), self.clicks.where(clicks))

    def between(self, low: float, high: float) -> Traffic:
        """The events in ``[low, high)``, epoch seconds."""
        bounds = (np.searchsorted(part.times, [low, high]).tolist() for part in self.parts)
        return self.where(*(slice(first, last) for first, last in bounds))

    @property
    def size(self) -> int:
        """The number of events."""
        return sum(len(part) for part in self.parts)


def draw_traffic(rng: np.random.Generator, population: Population, times: np.ndarray, incidents: Incidents) -> Traffic:
    """Everything that commands at ``times`` (ascending epoch seconds) lead to, except while the bot is down."""
    times = times[~within(times, incidents.down)]
    crowd = population.draw(rng, times)
    kinds = rng.choice(len(COMMANDS), size=len(times), p=[command.share for command in COMMANDS])
    fond = _MAKES[kinds] & (rng.random(len(times)) < _FAVOURITE_SHARE)
    kinds = np.where(fond, crowd.favourites, kinds).astype(np.int8)
    commands = _run(rng, kinds, times, crowd, incidents)
    done = np.flatnonzero(commands.success & _MAKES[kinds] & (rng.random(len(times)) >= catalogue.LOST_IMAGES))
    origin = commands.where(done)
    images = _generate(rng, origin, crowd.languages[done], incidents)
    clicks = _click(rng, origin, images)
    traffic = Traffic(commands, images, clicks)
    return traffic.where(*(_settled(part.times, incidents) for part in traffic.parts))


def texts(snowflakes: np.ndarray) -> list[Any]:
    """Ids as the store keeps them: text, or None for 0."""
    return [str(value) if value else None for value in snowflakes.tolist()]


def _run(
    rng: np.random.Generator, kinds: np.ndarray, times: np.ndarray, crowd: Crowd, incidents: Incidents
) -> Commands:
    """Execution time and success: failures come singly, and in bursts while ComfyUI does not answer."""
    failure = np.array([command.failure for command in COMMANDS])[kinds]
    failure = np.where(_MAKES[kinds] & within(times, incidents.outage), _OUTAGE_FAILURE, failure)
    success = rng.random(len(times)) >= failure
    execution = np.array([command.execution for command in COMMANDS])[kinds]
    execution = execution * np.exp(rng.normal(0.0, 0.5, size=len(times)))
    execution = execution * np.where(success, 1.0, 2.5) * np.where(within(times, incidents.slow), 1.3, 1.0)
    return Commands(times, kinds, crowd.users, crowd.guilds, crowd.channels, execution, success)


def _generate(rng: np.random.Generator, origin: Commands, languages: np.ndarray, incidents: Incidents) -> Images:
    """The images of these commands, in the commands' order: ``times`` is when each is done."""
    count = len(origin)
    upscales = rng.choice(len(catalogue.UPSCALE_FACTORS), size=count, p=catalogue.UPSCALE_WEIGHTS)
    upscales = np.where(_VIDEO[origin.kinds], 0, upscales)
    median = np.array([command.generation for command in COMMANDS])[origin.kinds]
    slowdown = np.where(within(origin.times, incidents.slow), _SLOWDOWN, 1.0)
    taken = median * np.array(catalogue.UPSCALE_COST)[upscales] * slowdown * np.exp(rng.normal(0.0, 0.4, size=count))
    return Images(
        times=origin.times + origin.execution + taken,
        kinds=origin.kinds,
        users=origin.users,
        languages=languages,
        upscales=np.array(catalogue.UPSCALE_FACTORS)[upscales],
        generation=_as_measured(rng, taken),
    )


def _as_measured(rng: np.random.Generator, taken: np.ndarray) -> np.ndarray:
    """The generation time as it reaches the store: sometimes nobody measured it."""
    luck = rng.random(len(taken))
    measured, low = taken.copy(), 0.0
    for stored, share in catalogue.UNKNOWN_GENERATION:
        measured[(luck >= low) & (luck < low + share)] = np.nan if stored is None else stored
        low += share
    return measured


def _click(rng: np.random.Generator, origin: Commands, images: Images) -> Clicks:
    chosen = np.flatnonzero(rng.random(len(images)) < catalogue.BUTTON_SHARE)
    pause = np.exp(rng.normal(np.log(15.0), 0.8, size=chosen.size))
    return Clicks(
        times=images.times[chosen] + pause,
        users=images.users[chosen],
        guilds=origin.guilds[chosen],
        actions=rng.choice(len(catalogue.BUTTONS), size=chosen.size, p=catalogue.BUTTON_WEIGHTS),
    )


def _settled(times: np.ndarray, incidents: Incidents) -> np.ndarray:
    """The order in time; what would arrive while the bot is down never does."""
    order = np.argsort(times, kind="stable")
    return np.asarray(order[~within(times[order], incidents.down)])
