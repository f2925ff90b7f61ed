"""The preferences as one file, to be taken to another machine: JSON, with the names that the settings have.

What belongs to one machine only stays out of it: the databases that were open, and where the window was.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.errors import BotpulseError
from core.models import NameKind, is_unicode
from core.storage.files import replacing
from core.storage.labels import LabelSource, all_labels, host_label, write_labels
from core.text.translation import gettext as _
from gui.settings import ALARM_PREFERENCES, COMFYUI_ADDRESS, PREFERENCES, SAVED_VIEWS, Setting, Settings, Value
from gui.threads.pictures.sources import without_credentials

NAME: Final = "botpulse-settings.json"
FORMAT: Final = 1
"""Files of a later format are refused: what their values mean is not known."""

_TOLD: Final = (*PREFERENCES, *ALARM_PREFERENCES, SAVED_VIEWS)
"""What a file holds. The address of a webhook is a secret, and no setting."""

_LARGEST: Final = 10_000_000
_KIND_ID_NAME: Final = 3


class SettingsNotWritten(BotpulseError):
    """The file could not be written."""

    title = _("The settings could not be exported")
    what_happened = _("The file could not be written.")
    what_is_safe = _("The settings are as they were.")
    what_to_do = _("Choose another folder, or make room on the disk.")


class NoSettingsFile(BotpulseError):
    """The file could not be read, or holds something else."""

    title = _("No settings were imported")
    what_happened = _("The file could not be read, or is none that Botpulse has exported.")
    what_is_safe = _("The settings are as they were.")
    what_to_do = _(
        "Choose a file that Preferences → Export… has made; it is called {name} unless it was renamed."
    ).format(name=NAME)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file of settings has changed.

    Attributes:
        changed: the settings that have another value now, with that.
        unknown: names in the file that this version does not know.
        refused: settings whose value in the file is not allowed; they are as they were.
    """

    changed: tuple[tuple[Setting, Value], ...]
    unknown: tuple[str, ...]
    refused: tuple[str, ...]


def export_settings(memory: Settings, target: Path) -> None:
    """Write the preferences, and the names that the host gave, to a file, which takes the place of one that is there.

    Raises:
        SettingsNotWritten: it can't be written.
    """
    values = {setting.key: _told(memory, setting) for setting in _TOLD}
    try:
        names = [(each.kind, each.id, each.name) for each in all_labels() if each.source == LabelSource.HOST]
        content = {"botpulse_settings": FORMAT, "preferences": values, "names": names}
        text = json.dumps(content, indent=2, ensure_ascii=False)
        with replacing(target) as file:
            file.write(f"{text}\n".encode())
    except (OSError, ValueError) as error:
        raise SettingsNotWritten(str(target), str(error)) from error


def import_settings(memory: Settings, source: Path) -> Taken:
    """Take the preferences and names over that a file holds, as far as they are allowed; all others stay.

    Raises:
        NoSettingsFile: it can't be read, or is no file of settings; or the names can't be kept.
    """
    content = _content(source)
    found = {str(key): value for key, value in content["preferences"].items()}
    _take_names(source, content.get("names"))
    known = {setting.key: setting for setting in _TOLD}
    given = [(setting, _taken(setting, found[key])) for key, setting in known.items() if key in found]
    allowed = [(setting, value) for setting, value in given if setting.allows(value)]
    changed = tuple((setting, value) for setting, value in allowed if _told(memory, setting) != value)
    for setting, value in changed:
        memory.remember(setting, value)
    refused = tuple(setting.key for setting, value in given if not setting.allows(value))
    return Taken(changed, tuple(key for key in found if key not in known), refused)


def _told(memory: Settings, setting: Setting) -> Value:
    """What a file says of a setting: of an address without user and password."""
    value = memory.value(setting)
    return without_credentials(str(value)) if setting is COMFYUI_ADDRESS else value


def _taken(setting: Setting, value: Any) -> Any:
    """What a file says, as the setting has it: JSON knows lists only."""
    lines = (
        isinstance(setting.default, tuple) and isinstance(value, list) and all(isinstance(each, str) for each in value)
    )
    return tuple(value) if lines else value


def _take_names(source: Path, names: Any) -> None:
    """What is no name of anything is left out."""
    kept = [
        host_label(*each)
        for each in (names if isinstance(names, list) else ())
        if isinstance(each, list) and len(each) == _KIND_ID_NAME and all(isinstance(part, str) for part in each)
        and each[0] in frozenset(NameKind) and is_unicode("".join(each)) and each[1] and each[2]
    ]  # fmt: skip
    try:
        if kept:
            write_labels(kept)
    except OSError as error:
        raise NoSettingsFile(str(source), str(error)) from error


def _content(source: Path) -> dict[str, Any]:
    try:
        with source.open("rb") as file:
            found = json.loads(file.read(_LARGEST))
        if found["botpulse_settings"] != FORMAT:
            raise NoSettingsFile(str(source), f"its format is not {FORMAT}")
        found["preferences"].items()
        return dict(found)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise NoSettingsFile(str(source), str(error)) from error
