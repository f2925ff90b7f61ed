"""The code of docs/extending.md, taken out of the page as it stands there, put into a folder and imported."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from core.tables import extensions

PAGE = Path(__file__).resolve().parents[1] / "docs" / "extending.md"
_BLOCK = re.compile(r"^```python\n# (\w+\.py)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def write_files(folder: Path) -> dict[str, Path]:
    """Every file that the page shows, by its name."""
    found = {name: folder / name for name, _ in _BLOCK.findall(PAGE.read_text(encoding="utf-8"))}
    for name, text in _BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        found[name].write_text(text, encoding="utf-8")
    return found


@contextmanager
def bots_folder(folder: Path) -> Iterator[None]:
    """Let modules be imported from a folder, as from the bot's own; whatever was imported and registered is undone."""
    before, modules = list(sys.path), set(sys.modules)
    registered = extensions.metrics()
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path[:] = before
        for name in set(sys.modules) - modules:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder)):
                del sys.modules[name]
        for metric in extensions.metrics():
            if metric not in registered:
                extensions.unregister(metric)
        importlib.invalidate_caches()


def module(name: str) -> ModuleType:
    """A module of the bot's folder."""
    return importlib.import_module(name)
