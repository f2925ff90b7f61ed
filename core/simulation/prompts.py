"""Harmless prompts in many scripts, each put together from a small grammar: subject, place, style."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Final

import numpy as np

from resources.design import text


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
