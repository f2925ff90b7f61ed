"""A folder or file of the bot's own that takes the name of one of our packages: found, and told in plain words.

Python looks for ``import core`` in the bot's folder first. Where that has a ``core`` of its own, ours would never be
found, and the bot would fail at some name that is not in its own. :func:`check` looks before anything is imported.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
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
    """The bot has something of the same name as one of our packages.

    Attributes:
        name: which package; path: what Python finds in its place.
        words: what is wrong and what to do, for whoever writes the bot; ``str()`` gives the same.
    """

    def __init__(self, name: str, found: str, why_not_shared: str) -> None:
        self.words = (
            f"Botpulse needs its own package {name!r}, but Python finds the bot's {found} under that name. "
            f"Nothing is broken and nothing was changed.\n"
            f"What to do, one of these:\n"
            f"  1. Rename the bot's {name!r} (say, to 'bot_{name}') and the imports of it. This always works.\n"
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
        found = _found(name)
        if found and not _is_ours(found, name) and not _is_shared(name):
            _share_or_raise(name, Path(found))
    hides = _found(MONITORS)
    if hides and not _is_ours(hides, MONITORS):
        log.warning(
            "%s has the name of the monitor's package. The bot is not affected; start the monitor by the command "
            "botpulse, not by python -m %s.app from this folder",
            hides,
            MONITORS,
        )


def _found(name: str) -> str:
    """The folder or file that Python takes for a package; empty where there is none."""
    module = sys.modules.get(name)
    try:
        spec = module.__spec__ if module is not None else importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return str(getattr(module, "__file__", "") or "")
    return _place(spec)


def _place(spec: ModuleSpec | None) -> str:
    if spec is None:
        return ""
    folders = list(spec.submodule_search_locations or ())
    place = folders[0] if folders else spec.origin or ""
    return str(Path(place).resolve()) if place else ""


def _is_ours(found: str, name: str) -> bool:
    return os.path.normcase(found) == os.path.normcase(HOME / name)


def _is_shared(name: str) -> bool:
    return str(HOME / name) in _folders(sys.modules.get(name))


def _folders(module: ModuleType | None) -> Iterable[str]:
    return getattr(module, "__path__", ())


def _share_or_raise(name: str, found: Path) -> None:
    """Let the bot's package look for modules in ours, too, if the host wants that and none is in both."""
    clashes = sorted(set(_names(found)) & set(_names(HOME / name)))
    if not found.is_dir() or clashes:
        reason = f"both have {_listed(clashes)}" if found.is_dir() else "it is a single file"
        raise PackageShadowed(name, str(found), _not_possible(reason))
    if os.environ.get(VARIABLE) != "1":
        raise PackageShadowed(
            name, str(found), f"Set the environment variable {VARIABLE}=1: no module is in both, so they can share it."
        )
    package = importlib.import_module(name)
    taken = sorted(each for each in _names(HOME / name) if hasattr(package, each))
    if taken:
        raise PackageShadowed(name, str(found), _not_possible(f"both have {_listed(taken)}"))
    package.__path__ = [*package.__path__, str(HOME / name)]
    log.info("the bot's package %s and Botpulse's share their name", name)


def _not_possible(reason: str) -> str:
    return f"(To share the name is not possible here: {reason}.)"


def _names(folder: Path) -> Iterator[str]:
    """What can be imported from a package."""
    if folder.is_dir():
        for each in folder.iterdir():
            if not each.name.startswith(("_", ".")) and (each.suffix == ".py" or _is_package(each)):
                yield each.stem


def _is_package(folder: Path) -> bool:
    return folder.is_dir() and next(folder.glob("*.py"), None) is not None


def _listed(names: list[str]) -> str:
    return ", ".join(f"{name!r}" for name in names)
