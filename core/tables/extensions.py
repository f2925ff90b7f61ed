"""What others add to the store: metrics, found by the names of their modules, and registered once a process.

The monitor, and the command line, load what the environment variable ``BOTPULSE_EXTENSIONS`` names (Python files or
importable modules, separated as in ``PATH``) and what installed packages offer under the entry point group
``botpulse.extensions``. Every :class:`.Metric` that stands in such a module is registered. A bot that only
tracks need not load anything: the declaration itself is enough to write rows.

An extension that can't be used is reported in words and left out. It never keeps anything else from working.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from core import models
from core.errors import BotpulseError
from core.filters import RECORDED
from core.tables.definitions import TABLES
from core.tables.metric import Metric
from core.text.translation import gettext as _

log = logging.getLogger(__name__)

VARIABLE: Final = "BOTPULSE_EXTENSIONS"
GROUP: Final = "botpulse.extensions"

API: Final = 1
"""What extensions may rely on. One that needs more says so: ``BOTPULSE_API = 2`` in its module."""

TAKEN: Final = frozenset({"overview", "users", "servers", "calendar", "health", "migration"})
"""Keys, besides those of the tables, that a metric can't have: they are the monitor's own pages."""

_metrics: Final[dict[str, Metric]] = {}
_faults: Final[list[ExtensionFault]] = []
_loaded: Final[set[str]] = set()


class ExtensionFault(BotpulseError):
    """An extension that can't be used; ``subject`` is its name, ``detail`` the reason."""

    title = _("An extension can't be used")
    what_happened = _("A module that adds a metric could not be loaded.")
    what_is_safe = _("Everything else works as it does without it; what the bot has recorded stays in the database.")
    what_to_do = _("Mend the module, or take it out of BOTPULSE_EXTENSIONS; then start again.")


class ExtensionTooNew(ExtensionFault):
    """An extension that was written for a later Botpulse."""

    title = _("An extension needs a newer Botpulse")
    what_happened = _("A module that adds a metric asks for something that this version does not have.")
    what_to_do = _("Update Botpulse on this machine, or use an older version of the extension.")


class KeyTaken(ExtensionFault):
    """Two metrics of one name."""

    title = _("Two extensions want the same name")
    what_happened = _("Something else has this name already, so the later one was left out.")
    what_to_do = _("Give one of them another key.")


def register(metric: Metric) -> None:
    """Let everything that reads the database know a metric; the same one again changes nothing.

    Raises:
        KeyTaken: something else has its key.
    """
    known = _metrics.get(metric.key)
    if known == metric:
        return
    if known is not None or metric.key in TABLES or metric.key in TAKEN:
        raise KeyTaken(metric.key)
    models.ADDED_MODELS.append(metric.model)
    RECORDED[metric.model] = metric.recorded
    TABLES[metric.key] = metric.table
    _metrics[metric.key] = metric


def unregister(metric: Metric) -> None:
    """Undo :func:`register`; its rows stay where they are."""
    if _metrics.pop(metric.key, None) is not None:
        models.ADDED_MODELS.remove(metric.model)
        del RECORDED[metric.model], TABLES[metric.key]


def metrics() -> tuple[Metric, ...]:
    """The registered ones, in the order in which they came."""
    return tuple(_metrics.values())


def faults() -> tuple[ExtensionFault, ...]:
    """What stands in the way of extensions that were to be loaded."""
    return tuple(_faults)


def load() -> tuple[ExtensionFault, ...]:
    """Load what this machine names and was not loaded before; returns all :func:`faults`, for the caller to tell."""
    for name in filter(None, map(str.strip, os.environ.get(VARIABLE, "").split(os.pathsep))):
        _take(name, lambda name=name: _module(name))
    for point in entry_points(group=GROUP):
        _take(point.value, point.load)
    return faults()


def _take(name: str, find: Any) -> None:
    """Register what one extension declares, unless it was taken already."""
    if name in _loaded:
        return
    _loaded.add(name)
    try:
        for metric in _declared(name, _found(name, find)):
            register(metric)
    except ExtensionFault as fault:
        log.debug("extension %s: %s", name, fault)
        _faults.append(fault)


def _found(name: str, find: Any) -> Any:
    """The module or object of a name. It is a stranger's code: whatever it raises is told, and ends there."""
    try:
        return find()
    except (Exception, SystemExit) as error:
        log.debug("extension %s", name, exc_info=True)
        words = f"{type(error).__name__}: {error}"
        is_newer = isinstance(error, ImportError) and (error.name or "").partition(".")[0] == "core"
        raise (ExtensionTooNew if is_newer else ExtensionFault)(name, words) from error


def _declared(name: str, found: Any) -> Iterator[Metric]:
    if isinstance(found, Metric):
        yield found
        return
    needs = getattr(found, "BOTPULSE_API", API)
    if not isinstance(needs, int) or needs > API:
        raise ExtensionTooNew(name, f"it needs version {needs} of what extensions may use, this is version {API}")
    values: Iterable[object] = vars(found).values() if hasattr(found, "__dict__") else ()
    metrics_found = list(dict.fromkeys(value for value in values if isinstance(value, Metric)))
    if not metrics_found:
        raise ExtensionFault(name, "no Metric stands in it")
    yield from metrics_found


def _module(name: str) -> ModuleType:
    """An importable module, or the one in a file."""
    if name.endswith(".py") or os.sep in name or (os.altsep or os.sep) in name:
        return _from_file(Path(name).expanduser().resolve())
    return importlib.import_module(name)


def _from_file(path: Path) -> ModuleType:
    """Load a file as the bot would that lies beside it; one that is loaded already is not run again."""
    for module in list(sys.modules.values()):
        if getattr(module, "__file__", None) == str(path):
            return module
    name = path.stem if path.stem not in sys.modules else f"botpulse_extension_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
