"""Why something fails for the simulated bot: reasons as ComfyUI, Discord and the bot itself word them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np

from core.models import Failure, FailureSource, Outcome
from core.simulation import catalogue
from core.simulation.catalogue import COMMANDS
from core.tracking.failure_text import fingerprint_of
from core.tracking.records import EventRow

_DAY: Final = 86_400.0
_COMMAND, _GENERATION, _DELIVERY = (source.value for source in FailureSource)
_MAKES: Final = np.array([command.makes is not None for command in COMMANDS])


@dataclass(frozen=True, slots=True)
class Trouble:
    """A reason.

    Attributes:
        source: where it shows; error_type: the exception's name.
        message: with ``{n}`` where a number differs from one time to the next, and ``{file}`` for a LoRA's file.
        weight: how often it comes, compared with others, on a day on which it comes at all.
        node: of the workflow, empty where none is to blame; kind: how the command ends.
        for_images: whether it needs a command that makes something.
        days: it comes on the first so many of every ``cycle`` days; of both being 0, on all.
    """

    source: str
    error_type: str
    message: str
    weight: float
    node: str = ""
    kind: Outcome = Outcome.ERROR
    for_images: bool = True
    days: float = 0.0
    cycle: float = 0.0

    @property
    def fingerprint(self) -> str:
        """That of all its failures: numbers and quoted words don't count."""
        return fingerprint_of(self.error_type, self.message.format(n=1, file="a"), self.node)


AWAY: Final = Trouble(
    _GENERATION, "ClientConnectorError", "Cannot connect to host 127.0.0.1:8188 ssl:default [Connect call failed]", 0.0
)
"""What nearly everything fails with while ComfyUI does not answer."""

TROUBLES: Final = (
    AWAY,
    Trouble(_GENERATION, "OutOfMemoryError", "Allocation on device 0 would exceed allowed memory: {n} MiB", 5.0,
            "VAEDecode"),
    Trouble(_GENERATION, "OutOfMemoryError", "CUDA out of memory. Tried to allocate {n} MiB", 2.0, "KSampler"),
    Trouble(_GENERATION, "PromptValidationError", "Value not in list: lora_name: '{file}' is not there", 3.0,
            "LoraLoader", days=6, cycle=45),
    Trouble(_GENERATION, "PromptValidationError", "Value not in list: ckpt_name: 'dreamshaper_9.safetensors'", 2.0,
            "CheckpointLoaderSimple", days=3, cycle=60),
    Trouble(_GENERATION, "RuntimeError", "mat1 and mat2 shapes cannot be multiplied ({n}x2048 and 768x320)", 1.5,
            "KSampler", days=9, cycle=21),
    Trouble(_GENERATION, "TimeoutError", "No answer from ComfyUI for {n} s", 1.2),
    Trouble(_DELIVERY, "HTTPException", "413 Payload Too Large (error code: 40005): Request entity too large", 1.2),
    Trouble(_DELIVERY, "Forbidden", "403 Forbidden (error code: 50013): Missing Permissions", 1.5),
    Trouble(_COMMAND, "CommandOnCooldown", "You are on cooldown. Try again in {n} s", 4.0, kind=Outcome.REFUSED,
            for_images=False),
    Trouble(_COMMAND, "MissingPermissions", "You are missing Manage Messages permission(s) to run this command.", 0.6,
            kind=Outcome.REFUSED, for_images=False),
    Trouble(_GENERATION, "CancelledError", "", 1.0, kind=Outcome.CANCELLED),
    Trouble(_COMMAND, "NotFound", "404 Not Found (error code: 10062): Unknown interaction", 1.0, for_images=False),
)  # fmt: skip

_LOST: Final = np.array([each.source == _GENERATION and each.kind is Outcome.ERROR for each in TROUBLES])
"""Those that may end a generation after its command has answered."""

_WEIGHTS: Final = np.array([each.weight for each in TROUBLES])
_FOR_IMAGES: Final = np.array([each.for_images for each in TROUBLES])
_DAYS, _CYCLES = (np.array([getattr(each, name) for each in TROUBLES]) for name in ("days", "cycle"))
_AWAY_SHARE: Final = 0.9


def reasons(rng: np.random.Generator, commands: np.ndarray, away: np.ndarray) -> np.ndarray:
    """An index of :data:`TROUBLES` for each command, -1 for those that went well.

    ``commands`` have the fields of :data:`core.simulation.traffic.EVENT`; of those that succeeded only what gets
    ``lost`` afterwards has a reason. ``away`` tells when ComfyUI did not answer.
    """
    found = np.full(len(commands), -1, "i1")
    places = np.flatnonzero(~commands["success"] | commands["lost"])
    amiss = commands[places]
    makes, lost = _MAKES[amiss["kind"]], amiss["lost"]
    weights = np.where(makes[:, None], _WEIGHTS, np.where(_FOR_IMAGES, 0.0, _WEIGHTS))
    weights = np.where(lost[:, None], np.where(_LOST, _WEIGHTS, 0.0), weights)
    weights = np.where(_comes(amiss["time"]), weights, 0.0)
    edges = np.cumsum(weights, axis=1)
    drawn = (rng.random(len(amiss))[:, None] * edges[:, -1:] >= edges).sum(axis=1)
    unanswered = makes & away[places] & (rng.random(len(amiss)) < _AWAY_SHARE)
    found[places] = np.where(unanswered, TROUBLES.index(AWAY), drawn)
    return found


def _comes(times: np.ndarray) -> np.ndarray:
    """Whether each trouble comes at each moment; most come always, others for some days only."""
    comes: np.ndarray = (_CYCLES == 0) | (times[:, None] / _DAY % np.where(_CYCLES == 0, 1.0, _CYCLES) < _DAYS)
    return comes


def failure_rows(rng: np.random.Generator, commands: np.ndarray, loras: Sequence[str]) -> list[EventRow]:
    """What is stored of the commands that have a reason, in their order."""
    amiss = commands[commands["trouble"] >= 0]
    draws = rng.integers(0, 1 << 30, size=(len(amiss), 2)).tolist()
    ids = zip(*(amiss[name].tolist() for name in ("trouble", "kind", "user", "guild", "channel", "time")), strict=True)
    return [EventRow(Failure, _values(each, draw, loras)) for each, draw in zip(ids, draws, strict=True)]


def _values(each: tuple[Any, ...], draw: list[int], loras: Sequence[str]) -> tuple[Any, ...]:
    trouble, kind, user, guild, channel, when = each
    reason, command = TROUBLES[trouble], COMMANDS[kind]
    file = catalogue.LORAS[draw[0] % len(catalogue.LORAS)]
    made = reason.source != _COMMAND and command.makes is not None
    return (
        reason.source,
        command.name,
        str(user),
        str(guild) if guild else None,
        str(channel),
        reason.error_type,
        reason.message.format(n=draw[0] % 900 + 64, file=file),
        _fingerprint(trouble),
        reason.kind.value,
        reason.node or None,
        catalogue.MODELS[command.makes] if made and command.makes is not None else None,
        loras[draw[1] % len(loras)] if made else None,
        catalogue.RESOLUTIONS[draw[1] % len(catalogue.RESOLUTIONS)] if made else None,
        when,
    )


@cache
def _fingerprint(trouble: int) -> str:
    return TROUBLES[trouble].fingerprint
