"""A module or package of the bot's own that takes the name of one of ours: found, and told in plain words.

``core``, ``gui`` and ``resources`` are namespace packages: where the bot has a folder of such a name without an
``__init__.py``, Python finds the modules of both, the bot's first. What still is in the way, a package with an
``__init__.py``, a single file, or a module that both have, is found by :func:`check` before anything is imported.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

HOME: Final = Path(__file__).resolve().parents[1]
"""Where our packages are."""

NEEDED: Final = ("core", "resources")
"""Those that the bot's side imports."""

MONITORS: Final = "gui"
"""The one that only the monitor imports, in a process of its own."""

VARIABLE: Final = "BOTPULSE_SHARE_NAMES"
"""Set to 1, it lets the bot's package and ours live under one name, where their modules don't clash."""


class PackageShadowed(ImportError):
    """The bot has something of the same name as one of our packages or modules.

    Attributes:
        name: which of ours, dotted; path: what Python finds in its place.
        words: what is wrong and what to do, for whoever writes the bot; ``str()`` gives the same.
    """

    def __init__(self, name: str, found: str, why_not_shared: str) -> None:
        kind = "module" if "." in name else "package"
        self.words = (
            f"Botpulse needs its own {kind} {name!r}, but Python finds the bot's {found} under that name. "
            f"Nothing is broken and nothing was changed.\n"
            f"What to do, one of these:\n"
            f"  1. Rename the bot's {name!r} (say, to '{_renamed(name)}') and the imports of it. This always works.\n"
            f"  2. {why_not_shared}\n"
            f"docs/switching.md shows both, step by step."
        )
        super().__init__(self.words, name=name, path=found)


def check() -> None:
    """Look whether our packages are what Python would import. It imports none of them, where all is well.

    Raises:
        PackageShadowed: something of the bot's is in the way.
    """
    for name in NEEDED:
        folders = _found(name)
        if folders and _home(name) not in folders:
            _share_or_raise(name, folders[0])
        for folder in folders:
            clashes = _clashes(HOME / name, folder, name) if folder != _home(name) else {}
            for module, path in clashes.items():
                raise PackageShadowed(module, str(path), _not_possible(f"both have {_listed(clashes)}"))
    hides = _found(MONITORS)
    if hides and _home(MONITORS) not in hides:
        log.warning(
            "%s has the name of the monitor's package. The bot is not affected; start the monitor by the command "
            "botpulse, not by python -m %s.app.main from this folder",
            hides[0],
            MONITORS,
        )


def _home(name: str) -> Path:
    return HOME / name


def _found(name: str) -> list[Path]:
    """The folders, or the one file, in which Python looks for a package's modules; the first is asked first."""
    module = sys.modules.get(name)
    if module is not None:
        return _resolved(getattr(module, "__path__", None) or (getattr(module, "__file__", None),))
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return []
    return _resolved(spec.submodule_search_locations or (spec.origin,)) if spec is not None else []


def _resolved(places: Iterable[str | None]) -> list[Path]:
    """Each place once. What does not exist is left out: an editable installation leaves a marker on the path."""
    resolved = dict.fromkeys(Path(place).resolve() for place in places if place)
    return [place for place in resolved if place.exists()]


def _clashes(ours: Path, theirs: Path, name: str) -> dict[str, Path]:
    """What both folders have and Python can find but once: our module's dotted name, and the bot's file or folder."""
    found: dict[str, Path] = {}
    for mine in sorted(ours.iterdir()) if ours.is_dir() else ():
        if mine.name.startswith(("_", ".")):
            continue
        dotted, folder, file = f"{name}.{mine.stem}", theirs / mine.stem, theirs / f"{mine.stem}.py"
        if not _is_importable(mine):
            continue
        if (folder / "__init__.py").is_file():
            found[dotted] = folder
        elif file.is_file():
            found[dotted] = file
        elif mine.is_dir() and folder.is_dir():
            found |= _clashes(mine, folder, dotted)
    return found


def _is_importable(path: Path) -> bool:
    return path.suffix == ".py" or (path.is_dir() and next(path.rglob("*.py"), None) is not None)


def _share_or_raise(name: str, found: Path) -> None:
    """Let the bot's package look for modules in ours, too, if the host wants that and none is in both."""
    clashes = _clashes(_home(name), found, name)
    if not found.is_dir() or clashes:
        reason = f"both have {_listed(clashes)}" if found.is_dir() else "it is a single file"
        raise PackageShadowed(name, str(found), _not_possible(reason))
    if os.environ.get(VARIABLE) != "1":
        raise PackageShadowed(
            name, str(found), f"Set the environment variable {VARIABLE}=1: no module is in both, so they can share it."
        )
    package = importlib.import_module(name)
    taken = sorted(path.stem for path in _home(name).iterdir() if _is_importable(path) and hasattr(package, path.stem))
    if taken:
        raise PackageShadowed(name, str(found), _not_possible(f"both have {_listed(taken)}"))
    package.__path__ = [*package.__path__, str(_home(name))]
    log.info("the bot's package %s and Botpulse's share their name", name)


def _not_possible(reason: str) -> str:
    return f"(To share the name is not possible here: {reason}.)"


def _renamed(name: str) -> str:
    return f"bot_{name.rpartition('.')[2]}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name.rpartition(".")[2]) for name in names)
