"""One case by its number: the file, and what lies beside it. The same seed and number make the same bytes."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from tests.torture.files import damage, schemas


@dataclass(frozen=True)
class Case:
    """A file to be looked at.

    ``kind`` is what was done to it, ``is_whole`` whether its bytes are as SQLite wrote them.
    """

    path: Path
    kind: str
    is_whole: bool


def build(folder: Path, seed: int, number: int) -> Case:
    """Make a case in an empty folder."""
    rng = random.Random(f"{seed}/{number}")
    path = folder / "analytics.db"
    kind = rng.choices(("strange", "damaged", "strange, damaged", "beside"), (45, 33, 12, 10))[0]
    (schemas.strange if "strange" in kind or rng.random() < 0.3 else schemas.plain)(path, rng)
    if "damaged" in kind:
        damage.damage(path, rng)
    if kind == "beside":
        damage.beside(path, rng)
    return Case(path, kind, kind == "strange")
