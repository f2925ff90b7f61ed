"""What the simulated bot offers (commands, resolutions, LoRA files, buttons), and what its users ask for.

Prompts are harmless, in many scripts, each put together from a small grammar: subject, place, style.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.models import GenerationType
from resources.design import text


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command of the simulated bot.

    Attributes:
        name: as it is stored in ``command_usage``.
        share: its part of all commands; the shares of :data:`COMMANDS` add up to 1.
        failure: the part of its runs that fail on an ordinary day.
        execution: median seconds until the command has answered.
        makes: what it makes, or None where it only answers.
        generation: median seconds until the image or video is done.
    """

    name: str
    share: float
    failure: float
    execution: float
    makes: GenerationType | None = None
    generation: float = 0.0


COMMANDS: Final = (
    Command("comfy", 0.460, 0.025, 0.34, GenerationType.STANDARD, 12.0),
    Command("redux", 0.070, 0.035, 0.45, GenerationType.REDUX, 14.0),
    Command("reduxprompt", 0.060, 0.040, 0.48, GenerationType.REDUXPROMPT, 15.0),
    Command("pulid", 0.050, 0.050, 0.55, GenerationType.PULID, 19.0),
    Command("video", 0.060, 0.110, 0.60, GenerationType.VIDEO, 90.0),
    Command("lora", 0.060, 0.012, 0.22),
    Command("stats", 0.060, 0.008, 0.62),
    Command("command_stats", 0.022, 0.010, 0.85),
    Command("image_stats", 0.024, 0.010, 0.90),
    Command("user_stats", 0.019, 0.010, 0.80),
    Command("queue_status", 0.065, 0.006, 0.16),
    Command("my_requests", 0.040, 0.010, 0.18),
    Command("queue_stats", 0.010, 0.010, 0.30),
)

LOST_IMAGES: Final = 0.03
"""The part of accepted requests whose image never arrives: ComfyUI gave up after the command had answered."""

BUTTON_SHARE: Final = 0.16
"""How many buttons are clicked for each image."""

BUTTONS: Final = ("upscale_button", "regenerate_button", "options_button", "delete_button")
BUTTON_WEIGHTS: Final = (0.45, 0.30, 0.20, 0.05)

RESOLUTIONS: Final = (
    "1:1 [1024x1024 square]",
    "3:4 [896x1152 portrait]",
    "5:8 [832x1216 portrait]",
    "9:16 [768x1344 portrait]",
    "9:21 [640x1536 portrait]",
    "4:3 [1152x896 landscape]",
    "3:2 [1216x832 landscape]",
    "16:9 [1344x768 landscape]",
    "21:9 [1536x640 landscape]",
)
RESOLUTION_WEIGHTS: Final = (0.24, 0.08, 0.14, 0.13, 0.02, 0.06, 0.08, 0.22, 0.03)
VIDEO_RESOLUTION: Final = "video"

UPSCALE_FACTORS: Final = (1, 2, 3)
UPSCALE_WEIGHTS: Final = (0.74, 0.20, 0.06)
UPSCALE_COST: Final = (1.0, 1.35, 1.8)
"""How much longer an image takes, for each of :data:`UPSCALE_FACTORS`."""

UNKNOWN_GENERATION: Final = ((np.nan, 0.025), (0.0, 0.010))
"""What is noted where nobody measured the generation time (NaN: nothing), and for which part of the images."""

LORAS: Final = (
    "flux_realism_lora.safetensors",
    "anime_lineart_v3.safetensors",
    "film_grain_35mm.safetensors",
    "aesthetic_amateur_photo.safetensors",
    "pixel_art_xl.safetensors",
    "watercolour_wash.safetensors",
    "studio_clay_v2.safetensors",
    "retro_poster_1960s.safetensors",
    "soft_pastel.safetensors",
    "isometric_rooms.safetensors",
    "macro_world.safetensors",
    "neon_city_nights.safetensors",
    "ukiyo-e_浮世絵.safetensors",
    "papercut_v1-1.safetensors",
    "handdrawn_map.safetensors",
    "arctic_light_000002500.safetensors",
)

MODELS: Final = {
    GenerationType.STANDARD: "flux1-dev-fp8.safetensors",
    GenerationType.REDUX: "flux1-dev-fp8.safetensors",
    GenerationType.REDUXPROMPT: "flux1-dev-fp8.safetensors",
    GenerationType.PULID: "sdxl_base_1.0.safetensors",
    GenerationType.VIDEO: "wan2.1_t2v_14B_fp8.safetensors",
}
"""The file of the model that each type of generation uses."""

SAMPLERS: Final = ("euler", "dpmpp_2m", "dpmpp_2m_sde", "uni_pc")
STEPS: Final = (20, 28, 30, 8)
"""How many steps each of :data:`SAMPLERS` takes."""

_LORA_SETS: Final = 400
_LORA_COUNTS: Final = (0.38, 0.42, 0.15, 0.05)


def zipf_weights(size: int, exponent: float, shift: float = 0.0) -> np.ndarray:
    """Probabilities that fall with the rank: a few take much, many take little; ``shift`` evens out the first few."""
    weights = 1.0 / (np.arange(1, size + 1) + shift) ** exponent
    return np.asarray(weights / weights.sum())


def lora_sets(rng: np.random.Generator) -> list[str]:
    """A pool of LoRA selections, each a JSON list of none to three file names, to draw from evenly."""
    popularity = zipf_weights(len(LORAS), 0.8)
    counts = rng.choice(len(_LORA_COUNTS), size=_LORA_SETS, p=_LORA_COUNTS)
    chosen = (rng.choice(len(LORAS), size=count, replace=False, p=popularity) for count in counts)
    return [json.dumps([LORAS[index] for index in indexes]) for indexes in chosen]


def expected_rows_per_command() -> float:
    """How many rows a command leaves behind on an ordinary day, with its image and the buttons under it."""
    images = sum(c.share * (1 - c.failure) for c in COMMANDS if c.makes) * (1 - LOST_IMAGES)
    return 1 + images * (1 + BUTTON_SHARE)


@dataclass(frozen=True, slots=True)
class Grammar:
    """A language's prompts, as ``prompts.toml`` has them: one of each part, joined by ``comma``.

    Attributes:
        share: how many of the users write in it; the shares of :data:`GRAMMARS` add up to 1.
        join: between subject and place.
        place_first: the place comes before the subject.
    """

    share: float
    subjects: list[str]
    places: list[str]
    styles: list[str]
    join: str = " "
    comma: str = ", "
    place_first: bool = False


GRAMMARS: Final = [Grammar(**table) for table in tomllib.loads(text("prompts.toml")).values()]

LANGUAGE_SHARES: Final = np.array([grammar.share for grammar in GRAMMARS])

_SECOND_PICTURE: Final = 0.04
"""The part of prompts that describe two pictures."""


def write_prompts(rng: np.random.Generator, languages: np.ndarray) -> list[str]:
    """A prompt for each entry of ``languages`` (indexes of :data:`GRAMMARS`)."""
    draws = rng.integers(0, 1 << 30, size=(len(languages), 6)).tolist()
    longer = (rng.random(len(languages)) < _SECOND_PICTURE).tolist()
    return [_prompt(GRAMMARS[i], draw, long) for i, draw, long in zip(languages.tolist(), draws, longer, strict=True)]


def _prompt(grammar: Grammar, draw: list[int], longer: bool) -> str:
    prompt = _picture(grammar, draw[0], draw[1]) + grammar.comma + grammar.styles[draw[2] % len(grammar.styles)]
    return prompt + grammar.comma + _picture(grammar, draw[3], draw[4]) if longer else prompt


def _picture(grammar: Grammar, subject: int, place: int) -> str:
    parts = [grammar.subjects[subject % len(grammar.subjects)], grammar.places[place % len(grammar.places)]]
    return grammar.join.join(reversed(parts) if grammar.place_first else parts)
