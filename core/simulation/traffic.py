"""From times to events: commands, their images, the buttons clicked under those; and the bot's own life.

What failed has a reason in ``failures``. The bot's life is in ``user_activity``: starts, ends, crashes, reconnects,
servers that come and go.
"""

from __future__ import annotations

import json
from math import nextafter
from typing import Any, Final

import numpy as np

from core.models import ActionType, CommandUsage, GenerationType, ImageStats, Outcome, UserActivity
from core.simulation import catalogue
from core.simulation.catalogue import COMMANDS, write_prompts
from core.simulation.population import Population, snowflakes
from core.simulation.rhythm import DAY, Incidents, random_spans, within
from core.simulation.troubles import TROUBLES, failure_rows, reasons
from core.tracking.records import EventRow

EVENT: Final = np.dtype(
    [("time", "f8"), ("form", "i1"), ("kind", "i1"), ("user", "i8"), ("guild", "i8"), ("channel", "i8"),
     ("language", "i1"), ("upscale", "i1"), ("taken", "f8"), ("success", "?"), ("lost", "?"), ("trouble", "i1")]
)  # fmt: skip
"""An event before it is a row: ``form`` says which table it is for, ``kind`` is an index of the catalogue's commands
(of its buttons, for a click), ``taken`` are seconds, NaN where nobody measured them. ``lost``: the command answered,
and its image never came; ``trouble`` is an index of :data:`core.simulation.troubles.TROUBLES`, -1 where all went well.
"""

_COMMAND, _IMAGE, _CLICK = range(3)
_FAVOURITE_SHARE: Final = 0.35
_OUTAGE_FAILURE: Final = 0.85
_SLOWDOWN: Final = 2.4
_VIDEO: Final = np.array([command.makes is GenerationType.VIDEO for command in COMMANDS])
_MAKES: Final = np.array([command.makes is not None for command in COMMANDS])
_MODEL_FILES: Final = [catalogue.MODELS[command.makes] if command.makes else None for command in COMMANDS]


_OUTCOMES: Final = np.array([*(each.kind.value for each in TROUBLES), Outcome.COMPLETED.value])
"""How a command ends, by its trouble; the last, which -1 stands for, is that of those which went well."""

_QUEUED: Final = 0.3
_MADE: Final = 0.62
"""How much of a generation's time it waits at most, and how much ComfyUI works on it at least."""

_CRASH_SHARE: Final = 0.3
_SERVERS: Final = ("Pixel Harbour", "星空アトリエ", "Die Lichtbildner", "ورشة الضوء", "Latent Garden", "Код и краски")


def draw_traffic(
    rng: np.random.Generator, population: Population, times: np.ndarray, incidents: Incidents
) -> np.ndarray:
    """All events that commands at ``times`` (ascending epoch seconds) lead to, in order; none while the bot is down."""
    commands = np.zeros(len(times), EVENT)
    commands["time"] = times
    commands = commands[~within(times, incidents.down)]
    population.seat(rng, commands)
    _run(rng, commands, incidents)
    answered = commands["success"] & _MAKES[commands["kind"]]
    commands["lost"] = answered & (rng.random(len(commands)) < catalogue.LOST_IMAGES)
    (aside,) = rng.spawn(1)  # so that the rest of what is drawn is what it was before there were reasons
    commands["trouble"] = reasons(aside, commands, within(commands["time"], incidents.outage))
    images = _generate(rng, commands[answered & ~commands["lost"]], incidents)
    events = np.concatenate([commands, images, _click(rng, images)])
    _forget_some_times(rng, events)
    events = events[np.argsort(events["time"], kind="stable")]
    return np.asarray(events[~within(events["time"], incidents.down)])


def rows_of(rng: np.random.Generator, events: np.ndarray, lora_sets: list[str]) -> list[EventRow]:
    """Events as rows to store, table by table; ``rng`` writes the prompts and picks resolutions and LoRAs."""
    commands, images, clicks = (events[events["form"] == form] for form in (_COMMAND, _IMAGE, _CLICK))
    (aside,) = rng.spawn(1)
    columns = {
        CommandUsage: _command_columns(commands),
        ImageStats: _image_columns(rng, aside, images, lora_sets),
        UserActivity: _click_columns(clicks),
    }
    rows = [EventRow(model, values) for model, each in columns.items() for values in zip(*each, strict=True)]
    return rows + failure_rows(aside, commands, lora_sets)


def moment(row: EventRow) -> float:
    """When it happened, in epoch seconds: the last of a row's values."""
    when: Any = row.values[-1]
    return float(when)


def _command_columns(commands: np.ndarray) -> tuple[list[Any], ...]:
    return (
        [COMMANDS[kind].name for kind in commands["kind"].tolist()],
        *(_texts(commands[name]) for name in ("user", "guild", "channel")),
        commands["taken"].round(4).tolist(),
        commands["success"].astype(int).tolist(),
        _OUTCOMES[np.where(commands["success"], -1, commands["trouble"])].tolist(),
        commands["time"].tolist(),
    )


def _image_columns(
    rng: np.random.Generator, aside: np.random.Generator, images: np.ndarray, lora_sets: list[str]
) -> tuple[list[Any], ...]:
    count, video = len(images), _VIDEO[images["kind"]].tolist()
    shapes = rng.choice(catalogue.RESOLUTIONS, size=count, p=catalogue.RESOLUTION_WEIGHTS).tolist()
    return (
        _texts(images["user"]),
        write_prompts(rng, images["language"]),
        [catalogue.VIDEO_RESOLUTION if film else shape for film, shape in zip(video, shapes, strict=True)],
        [lora_sets[index] for index in rng.integers(0, len(lora_sets), size=count).tolist()],
        images["upscale"].tolist(),
        [None if value != value else value for value in images["taken"].round(3).tolist()],
        [int(film) for film in video],
        [str(COMMANDS[kind].makes) for kind in images["kind"].tolist()],
        *(_texts(images[name]) for name in ("guild", "channel")),
        *_made_of(aside, images),
        images["time"].tolist(),
    )


def _made_of(rng: np.random.Generator, images: np.ndarray) -> tuple[list[Any], ...]:
    """Message, queue and execution time, model, sampler, steps, seed; outputs are not made up: there are no files."""
    count, taken = len(images), images["taken"]
    samplers = rng.choice(len(catalogue.SAMPLERS), size=count, p=(0.5, 0.3, 0.12, 0.08)).tolist()
    known = taken > 0
    queued = np.where(known, taken * _QUEUED * rng.random(count) ** 2, np.nan)
    made = np.where(known, taken * _MADE, np.nan)
    return (
        _texts(snowflakes(rng, images["time"])),
        *([None if value != value else value for value in each.round(3).tolist()] for each in (queued, made)),
        [_MODEL_FILES[kind] for kind in images["kind"].tolist()],
        [catalogue.SAMPLERS[index] for index in samplers],
        [catalogue.STEPS[index] for index in samplers],
        list(map(str, rng.integers(0, 1 << 63, size=count).tolist())),
        [None] * count,
    )


def _click_columns(clicks: np.ndarray) -> tuple[list[Any], ...]:
    buttons = [catalogue.BUTTONS[index] for index in clicks["kind"].tolist()]
    return _texts(clicks["user"]), buttons, _texts(clicks["guild"]), [None] * len(clicks), clicks["time"].tolist()


def _texts(snowflakes: np.ndarray) -> list[Any]:
    """Ids as the store keeps them: text, or None for 0."""
    return [str(value) if value else None for value in snowflakes.tolist()]


def _run(rng: np.random.Generator, commands: np.ndarray, incidents: Incidents) -> None:
    """Choose what is run, for how long and whether it works: failures come singly, and in bursts in an outage."""
    count, times = len(commands), commands["time"]
    drawn = rng.choice(len(COMMANDS), size=count, p=[command.share for command in COMMANDS])
    fond = _MAKES[drawn] & (rng.random(count) < _FAVOURITE_SHARE)
    kinds = commands["kind"] = np.where(fond, commands["kind"], drawn)
    failure = np.array([command.failure for command in COMMANDS])[kinds]
    failure = np.where(_MAKES[kinds] & within(times, incidents.outage), _OUTAGE_FAILURE, failure)
    commands["success"] = rng.random(count) >= failure
    median = np.array([command.execution for command in COMMANDS])[kinds]
    held_up = np.where(commands["success"], 1.0, 2.5) * np.where(within(times, incidents.slow), 1.3, 1.0)
    commands["taken"] = median * np.exp(rng.normal(0.0, 0.5, size=count)) * held_up


def _generate(rng: np.random.Generator, images: np.ndarray, incidents: Incidents) -> np.ndarray:
    """The images of these commands, in the commands' order: each is there when it is done."""
    upscales = rng.choice(len(catalogue.UPSCALE_FACTORS), size=len(images), p=catalogue.UPSCALE_WEIGHTS)
    upscales = np.where(_VIDEO[images["kind"]], 0, upscales)
    median = np.array([command.generation for command in COMMANDS])[images["kind"]]
    slowdown = np.where(within(images["time"], incidents.slow), _SLOWDOWN, 1.0)
    luck = np.exp(rng.normal(0.0, 0.4, size=len(images)))
    taken = median * np.array(catalogue.UPSCALE_COST)[upscales] * slowdown * luck
    images["time"] += images["taken"] + taken
    images["form"], images["taken"] = _IMAGE, taken
    images["upscale"] = np.array(catalogue.UPSCALE_FACTORS)[upscales]
    return images


def _click(rng: np.random.Generator, images: np.ndarray) -> np.ndarray:
    clicks = images[rng.random(len(images)) < catalogue.BUTTON_SHARE]
    clicks["form"] = _CLICK
    clicks["time"] += np.exp(rng.normal(np.log(15.0), 0.8, size=len(clicks)))
    clicks["kind"] = rng.choice(len(catalogue.BUTTONS), size=len(clicks), p=catalogue.BUTTON_WEIGHTS)
    return clicks


def _forget_some_times(rng: np.random.Generator, events: np.ndarray) -> None:
    """Generation times as they reach the store: sometimes nobody measured them."""
    luck, low = rng.random(len(events)), 0.0
    for stored, share in catalogue.UNKNOWN_GENERATION:
        events["taken"][(events["form"] == _IMAGE) & (luck >= low) & (luck < low + share)] = stored
        low += share


MARK: Final = json.dumps({"simulation": True})
"""``details`` of each bot_start that the simulation writes: how a simulated database is known."""


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
