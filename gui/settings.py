"""What the window remembers, as one declared table; the Preferences dialog is made from it."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from PySide6.QtCore import QByteArray, QSettings

from core.alarms.quiet_hours import quiet_hours_of
from core.text.ages import limits_of
from core.text.formatting import NO_BREAK
from core.text.translation import gettext as _
from core.text.translation import languages
from core.text.typed_ranges import choice_of
from core.time_ranges import CHOICES, RangeChoice, host_zone
from gui.style.appearance import Density, Direction, PatternChoice, TextSize
from gui.style.theme import ThemeChoice
from gui.threads.pictures.sources import address_fault

MOST_RECENT: Final = 10
SYSTEM_ZONE: Final = "system"

Value: TypeAlias = str | int | bool | QByteArray | tuple[str, ...]


class WeekStart(StrEnum):
    """The first day of a week in calendars and heatmaps."""

    MONDAY = "monday"
    SUNDAY = "sunday"
    SATURDAY = "saturday"

    @property
    def number(self) -> int:
        """As ``datetime`` counts: 0 is Monday."""
        return {"monday": 0, "saturday": 5, "sunday": 6}[self.value]


class BackupChoice(StrEnum):
    """When the database is backed up without being asked."""

    OFF = "off"
    DAILY = "daily"


class TrayChoice(StrEnum):
    """What is in the system's tray."""

    OFF = "off"
    ICON = "icon"
    KEEP = "keep"
    """An icon, and Botpulse goes on watching when its window is closed."""


class DiscordChoice(StrEnum):
    """What opens a message."""

    BROWSER = "browser"
    APP = "app"


@dataclass(frozen=True, slots=True)
class Option:
    """One value that a setting may have, and what the dialog calls it."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that is remembered.

    Attributes:
        key: its name in the file; default: what holds until the host says otherwise, which also tells its type.
        help: what it is for, in a sentence or a part of one.
        allowed: the values that it may have; empty where any of its type will do.
        title: its label in Preferences; empty where it is not there. A ``&`` is its mnemonic.
        group: the headline in Preferences that it stands under.
        options: the allowed values with their words, where it is in Preferences.
        least, most, unit: the bounds of a number, and what it counts.
    """

    key: str
    default: Any
    help: str
    allowed: tuple[str, ...] = ()
    title: str = ""
    group: str = ""
    options: tuple[Option, ...] = ()
    least: int = 0
    most: int = 0
    unit: str = ""

    def allows(self, value: object) -> bool:
        """Whether it may have this value: of its default's type, and one of those allowed, or within the bounds."""
        if type(value) is not type(self.default):
            return False
        if isinstance(value, int) and self.most:
            return self.least <= value <= self.most
        if self.key == ZONE.key:
            return value == SYSTEM_ZONE or known_zone(str(value)) is not None
        if self.key == COMFYUI_ADDRESS.key:
            return not address_fault(str(value))
        if self.key == KEPT_AGES.key:
            return limits_of(str(value)) is not None
        if self.key == QUIET_HOURS.key:
            return not value or quiet_hours_of(str(value)) is not None
        return not self.allowed or value in self.allowed


def _choice(key: str, default: StrEnum, title: str, group: str, help: str, words: Mapping[StrEnum, str]) -> Setting:
    options = tuple(Option(each.value, said) for each, said in words.items())
    allowed = tuple(option.value for option in options)
    return Setting(key, default.value, help, allowed, title=title, group=group, options=options)


RANGE: Final = Setting("range", "24h", "the time range that is shown")
DATABASE: Final = Setting("database", "", "the database that was open last: a path or a URL")
RECENT: Final = Setting("recent", (), "the databases that were open before, the latest first")
LOOKED: Final = Setting("looked", (), "when each database was last looked at: epoch seconds, and its address")
GEOMETRY: Final = Setting("geometry", QByteArray(), "where the window was, and how large")

THEME: Final = _choice(
    "theme",
    ThemeChoice.SYSTEM,
    _("&Theme"),
    _("Appearance"),
    _("Light or dark. The View menu has it too."),
    {ThemeChoice.SYSTEM: _("System"), ThemeChoice.LIGHT: _("Light"), ThemeChoice.DARK: _("Dark")},
)
_NAMES_OF_LANGUAGES: Final = {"en": "English", "de": "Deutsch"}
"""Each in itself, so that who reads no other finds it."""

SYSTEM_LANGUAGE: Final = "system"
_LANGUAGES: Final = {code: _NAMES_OF_LANGUAGES.get(code, code) for code in languages()}
LANGUAGE: Final = Setting(
    "language",
    SYSTEM_LANGUAGE,
    _("Of words, numbers and dates. It takes effect when Botpulse is started again."),
    (SYSTEM_LANGUAGE, *_LANGUAGES),
    title=_("Lan&guage"),
    group=_("Appearance"),
    options=(Option(SYSTEM_LANGUAGE, _("System")), *(Option(code, name) for code, name in _LANGUAGES.items())),
)
TEXT_SIZE: Final = _choice(
    "text_size",
    TextSize.SYSTEM,
    _("Te&xt size"),
    _("Appearance"),
    _("How large text is, and everything with it. It takes effect when Botpulse is started again."),
    {size: _("System") if size is TextSize.SYSTEM else f"{size.value}{NO_BREAK}%" for size in TextSize},
)
PATTERNS: Final = _choice(
    "patterns",
    PatternChoice.SYSTEM,
    _("P&atterns"),
    _("Appearance"),
    _("Patterns on bars, to tell them apart without colour. “System”: where the system asks for high contrast."),
    {PatternChoice.SYSTEM: _("System"), PatternChoice.ALWAYS: _("Always")},
)
DIRECTION: Final = _choice(
    "direction",
    Direction.SYSTEM,
    _("&Layout"),
    _("Appearance"),
    _("On which side the window begins. It takes effect when Botpulse is started again."),
    {
        Direction.SYSTEM: _("System"),
        Direction.LEFT_TO_RIGHT: _("Left to right"),
        Direction.RIGHT_TO_LEFT: _("Right to left"),
    },
)
DENSITY: Final = _choice(
    "density",
    Density.COMFORTABLE,
    _("&Rows"),
    _("Appearance"),
    _("How much room the rows of tables and lists take."),
    {Density.COMFORTABLE: _("Comfortable"), Density.COMPACT: _("Compact")},
)
ZONE: Final = Setting("zone", SYSTEM_ZONE, _("Where hours and days begin."), title=_("Time &zone"), group=_("Time"))
WEEK_START: Final = _choice(
    "week_start",
    WeekStart.MONDAY,
    _("Week &begins on"),
    _("Time"),
    _("The first day in calendars and heatmaps."),
    {WeekStart.MONDAY: _("Monday"), WeekStart.SUNDAY: _("Sunday"), WeekStart.SATURDAY: _("Saturday")},
)
INTERVAL: Final = Setting(
    "interval",
    40,
    _("How often the database is checked for new rows; that costs next to nothing."),
    title=_("Check &every"),
    group=_("Watching"),
    least=10,
    most=60_000,
    unit="ms",
)
TRAY: Final = _choice(
    "tray",
    TrayChoice.ICON,
    _("Tra&y"),
    _("Watching"),
    _("An icon that shows how the bot is. “Keep running” goes on watching after the window is closed."),
    {TrayChoice.OFF: _("No icon"), TrayChoice.ICON: _("Icon"), TrayChoice.KEEP: _("Keep running")},
)
AUTOSTART: Final = Setting(
    "start_with_session",
    False,
    _("It begins minimised, with the database that was open last."),
    title=_("&Start with the session"),
    group=_("Watching"),
)
NOTIFY: Final = Setting(
    "notify",
    True,
    _("One message when the bot falls silent or the database goes away, and one when it is back."),
    title=_("&Notify me of trouble"),
    group=_("Watching"),
)
BACKUPS: Final = _choice(
    "scheduled_backups",
    BackupChoice.OFF,
    _("Scheduled back&ups"),
    _("Backups"),
    _(
        "One on each day on which Botpulse runs, verified, in the folder that Back up now… names. Of these, 7 daily, "
        "4 weekly and 12 monthly ones are kept; backups made by hand stay."
    ),
    {BackupChoice.OFF: _("Off"), BackupChoice.DAILY: _("Daily")},
)
KEPT_AGES: Final = Setting(
    "kept_ages",
    "",
    _("Once a day, what is older than so many days. You are asked first, with the number of rows; no backup is made."),
    title=_("Remove w&hat is old"),
    group=_("Data"),
)
COMFYUI_ADDRESS: Final = Setting(
    "comfyui_address",
    "",
    _("Where the bot's ComfyUI answers, such as http://127.0.0.1:8188. It is asked for pictures that are looked at."),
    title=_("&ComfyUI's address"),
    group=_("Pictures"),
)
COMFYUI_FOLDER: Final = Setting(
    "comfyui_folder",
    "",
    _("Or the folder called “output” that it writes into, if that is on this computer. It is looked into first."),
    title=_("Or its output &folder"),
    group=_("Pictures"),
)
DISCORD_LINKS: Final = _choice(
    "discord_links",
    DiscordChoice.BROWSER,
    _("Open messages &in"),
    _("Pictures"),
    _("What “Open in Discord” opens the message of a picture with."),
    {DiscordChoice.BROWSER: _("Browser"), DiscordChoice.APP: _("Discord app")},
)
MASK: Final = Setting(
    "mask_prompts",
    False,
    _("They show as ••••••, also in copies and exports."),
    title=_("Start with &prompts masked"),
    group=_("Privacy"),
)
MASK_NAMES: Final = Setting(
    "mask_names",
    False,
    _("Users, servers and channels show as the ends of their ids; copies and exports have no names."),
    title=_("Start with names mas&ked"),
    group=_("Privacy"),
)

PREFERENCES: Final = (
    *(THEME, LANGUAGE, TEXT_SIZE, PATTERNS, DIRECTION, DENSITY),
    *(ZONE, WEEK_START),
    *(INTERVAL, TRAY, AUTOSTART, NOTIFY),
    *(BACKUPS, KEPT_AGES),
    *(COMFYUI_ADDRESS, COMFYUI_FOLDER),
    *(DISCORD_LINKS, MASK, MASK_NAMES),
)
"""What the Preferences dialog shows, in its order; settings of one group stand together."""

QUIET_HOURS: Final = Setting("alarm_quiet_hours", "", "the hours in which alarms are not told, such as 23-7")
ALARMS_OFF: Final = Setting("alarms_off", (), "the kinds of alarms that are not watched for")
THRESHOLDS: Final = Setting("alarm_thresholds", (), "how far from the usual a kind of alarm speaks, such as slow=1.4")
TELL_DISCORD: Final = Setting(
    "alarms_in_discord",
    False,
    _("Alarms and their ends go to a channel, by its webhook, for as long as Botpulse runs."),
    title=_("Tell them in Discord, too"),
)
ALARM_PREFERENCES: Final = (QUIET_HOURS, ALARMS_OFF, THRESHOLDS, TELL_DISCORD)
"""What the alarms' own dialog shows."""

SAVED_VIEWS: Final = Setting("views", (), "the saved views: a link and a name each")

SETTINGS: Final = (*PREFERENCES, *ALARM_PREFERENCES, RANGE, DATABASE, RECENT, LOOKED, GEOMETRY, SAVED_VIEWS)


class Settings:
    """Typed access to QSettings. A value that is not allowed (edited by hand, say) counts as the default."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store or QSettings("botpulse", "botpulse")

    def text(self, setting: Setting) -> str:
        """A setting that is a word or a line."""
        value = self._stored(setting)
        fits = isinstance(value, str) and (not setting.allowed or value in setting.allowed)
        return str(value) if fits else str(setting.default)

    def texts(self, setting: Setting) -> tuple[str, ...]:
        """A setting that is a list of lines."""
        value = self._stored(setting)
        if isinstance(value, str):  # QSettings reads a list of one back as its only member
            value = [value]
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list | tuple) else ()

    def byte_array(self, setting: Setting) -> QByteArray:
        """A setting that Qt made."""
        value = self._stored(setting)
        return value if isinstance(value, QByteArray) else QByteArray()

    def number(self, setting: Setting) -> int:
        """A setting that is a whole number within its bounds."""
        try:
            value = int(self._stored(setting))
        except (TypeError, ValueError, OverflowError):
            return int(setting.default)
        return value if setting.least <= value <= setting.most else int(setting.default)

    def switch(self, setting: Setting) -> bool:
        """A setting that is on or off; a file holds these as words."""
        value = self._stored(setting)
        words = {"true": True, "false": False, True: True, False: False}
        return words.get(value, bool(setting.default)) if isinstance(value, str | bool) else bool(setting.default)

    def zone_name(self) -> str:
        """:data:`SYSTEM_ZONE`, or the name of a time zone that this machine knows."""
        name = self.text(ZONE)
        return name if name == SYSTEM_ZONE or known_zone(name) is not None else SYSTEM_ZONE

    def zone(self) -> ZoneInfo:
        """The time zone of hours and days."""
        return known_zone(self.zone_name()) or host_zone()

    def choice(self) -> RangeChoice:
        """The time range that was shown last; a day where none was, or what is remembered is none."""
        choice = choice_of(self.text(RANGE))
        return choice if choice is not None and choice.key != "custom" else CHOICES[str(RANGE.default)]

    def value(self, setting: Setting) -> Value:
        """Any setting, by the type of its default."""
        if setting is ZONE:
            return self.zone_name()
        readers: dict[type, Callable[[Setting], Value]] = {
            bool: self.switch,
            int: self.number,
            tuple: self.texts,
            QByteArray: self.byte_array,
        }
        return readers.get(type(setting.default), self.text)(setting)

    def remember(self, setting: Setting, value: Value) -> None:
        """Keep a value for the next time."""
        self._store.setValue(setting.key, list(value) if isinstance(value, tuple) else value)

    def remember_database(self, address: str) -> None:
        """Keep the database that is open, as the last one and at the top of the recent ones."""
        self.remember(DATABASE, address)
        others = tuple(other for other in self.texts(RECENT) if other != address)
        self.remember(RECENT, (address, *others)[:MOST_RECENT])

    def forget_recent(self) -> None:
        """Empty the list of recent databases."""
        self.remember(RECENT, ())

    def _stored(self, setting: Setting) -> Any:
        return self._store.value(setting.key, setting.default)


def known_zone(name: str) -> ZoneInfo | None:
    """The time zone of this name; None where this machine knows none, or the name is no name."""
    try:
        return ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None
