"""Every action of the window, declared once: menus, shortcuts and tips all come from this table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from core.statistics.comparison import Against
from core.text.translation import gettext as _
from core.time_ranges import CALENDAR, CHOICES
from gui.pages.registry import PAGES, Registration, pages
from gui.style.theme import ThemeChoice, is_mirrored

_KEYS: Final = 10


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """An action: its key in the code, its words in the menu (with the mnemonic), its shortcut and tip."""

    key: str
    text: str
    tip: str
    shortcut: str = ""
    group: str = ""
    """Actions of one group exclude each other."""
    checkable: bool = False


def _ranges() -> tuple[ActionSpec, ...]:
    return tuple(
        ActionSpec(
            f"range_{key}",
            choice.title,
            _("Show {words}").format(words=choice.words),
            "" if key in CALENDAR else f"Ctrl+{place}",
            "range",
            True,
        )
        for place, (key, choice) in enumerate(CHOICES.items(), 1)
    )


def _turn_to(place: int, page: Registration) -> ActionSpec:
    """There are ten keys, the last of them is 0; pages behind are turned to by the rail and the menu."""
    key, title = page.entry.key, page.entry.title
    shortcut = f"Alt+{place % _KEYS}" if place <= _KEYS else ""
    return ActionSpec(page_action(key), title, _("Go to the {title} page").format(title=title), shortcut, "page", True)


def page_actions() -> tuple[ActionSpec, ...]:
    """An action a page, those of extensions included."""
    return tuple(_turn_to(place, page) for place, page in enumerate(pages(), 1))


def page_action(key: str) -> str:
    """The key of the action that turns to a page."""
    return f"page_{key}"


def compare_action(against: Against) -> str:
    """The key of the action that compares the range with a time."""
    return f"compare_with_{against or 'nothing'}"


OPEN: Final = ActionSpec("open", _("&Open…"), _("Open a bot's database"), "Ctrl+O")
DEMO: Final = ActionSpec("demo", _("Try the &demo"), _("Watch a simulated bot; nothing of yours is touched"))
CLOSE: Final = ActionSpec("close", _("&Close database"), _("Stop watching this database"), "Ctrl+W")
QUIT: Final = ActionSpec("quit", _("&Quit"), _("Close Botpulse"), "Ctrl+Q")
PAUSE: Final = ActionSpec(
    "pause", _("&Pause"), _("Stop following the database; the window stays as it is"), "Ctrl+P", checkable=True
)
RELOAD: Final = ActionSpec("reload", _("Re&load"), _("Read the database again"), "F5")
FULL_SCREEN: Final = ActionSpec(
    "full_screen", _("&Full screen"), _("No menus, and the pages turn by themselves"), "F11", checkable=True
)
ALARM_MARKS: Final = ActionSpec(
    "alarm_marks", _("Alarms on c&harts"), _("Mark in charts over time when each alarm began"), checkable=True
)
NOTES: Final = ActionSpec("notes", _("N&otes…"), _("Write down what happened when: it stands on every chart"), "Ctrl+N")
PREFERENCES: Final = ActionSpec("preferences", _("Pre&ferences…"), _("How Botpulse looks and behaves"), "Ctrl+,")
MASK: Final = ActionSpec(
    "mask",
    _("&Mask prompts"),
    _("Hide prompts and details: on screen, in copies and in exports"),
    "Ctrl+M",
    checkable=True,
)
MASK_NAMES: Final = ActionSpec(
    "mask_names",
    _("Mask &names"),
    _("Show only the ends of ids for users, servers and channels: on screen, in copies and in exports"),
    "Ctrl+Shift+N",
    checkable=True,
)
REVEAL: Final = ActionSpec(
    "reveal", _("&Show prompts for 30 s"), _("Show masked prompts for a short while"), "Ctrl+Shift+M"
)
ALARMS: Final = ActionSpec("alarms", _("Al&arms"), _("What is out of the ordinary, and since when"), "Ctrl+Shift+A")
FIND: Final = ActionSpec("find", _("F&ilter rows…"), _("Type what the page's rows are to be filtered by"), "Ctrl+F")
ANYTHING: Final = ActionSpec(
    "anything",
    _("Find an&ything…"),
    _("Pages, actions, ranges, settings, names, commands, LoRAs, models and prompts, by a few letters"),
    "Ctrl+K",
)
CLEAR_FILTER: Final = ActionSpec("clear_filter", _("&Clear filter"), _("Show everything again"), "Ctrl+Shift+F")
EXPORT_CHART: Final = ActionSpec(
    "export_chart", _("&Export chart…"), _("Save the chart that has the focus: PNG, SVG, PDF or its numbers"), "Ctrl+E"
)
COPY_CHART: Final = ActionSpec(
    "copy_chart", _("Cop&y chart"), _("Copy a picture of the chart that has the focus"), "Ctrl+Shift+C"
)
EXPORT_TABLE: Final = ActionSpec(
    "export_table", _("Export &table…"), _("Save the page's rows: CSV, JSON Lines or XLSX"), "Ctrl+Shift+E"
)
REPORT: Final = ActionSpec(
    "report", _("Re&port…"), _("Numbers and charts of the range as one file, to be handed on"), "Ctrl+Shift+P"
)
COPY_SUMMARY: Final = ActionSpec(
    "copy_summary", _("Copy &summary"), _("Copy what Overview says in a few lines, for a message"), "Ctrl+Shift+S"
)
RESET: Final = ActionSpec(
    "reset", _("&Reset statistics…"), _("Delete what is recorded, after a backup; it can be undone")
)
UNDO_RESET: Final = ActionSpec("undo_reset", _("&Undo last reset…"), _("Bring back what the last reset deleted"))
BACK_UP: Final = ActionSpec("back_up", _("&Back up now…"), _("Copy the database while the bot keeps running"), "Ctrl+B")
RESTORE: Final = ActionSpec("restore", _("Re&store…"), _("Replace the database's contents with those of a backup"))
OPTIMISE: Final = ActionSpec(
    "optimise", _("&Optimise…"), _("Indexes, columns and disk space: see first what would change")
)
CHECK: Final = ActionSpec("check", _("Check &integrity…"), _("Examine a copy of the database for damage"))
FORGET: Final = ActionSpec("forget", _("&Forget a user…"), _("Remove everything that is stored of a user, for good"))
SHORTCUTS: Final = ActionSpec("shortcuts", _("&Keyboard shortcuts"), _("All shortcuts, with a search field"), "Ctrl+/")
LOG: Final = ActionSpec("log", _("Open &log folder"), _("Show the folder of Botpulse's log files"))
ABOUT: Final = ActionSpec("about", _("&About Botpulse"), _("Versions and licence"))
BACK: Final = ActionSpec(
    "back", _("&Back"), _("What was seen before: page, range, filter, zoom and comparison"), "Alt+Left"
)
FORTH: Final = ActionSpec("forth", _("For&ward"), _("What was seen before going back"), "Alt+Right")
ZOOM_AS_RANGE: Final = ActionSpec(
    "zoom_as_range", _("Use &zoom as range"), _("Take what the charts are zoomed in on as the time range"), "Ctrl+R"
)
COMPARE: Final = ActionSpec(
    "compare",
    _("&Compare"),
    _("Another time beside the range in charts and lists, or none any more"),
    "Ctrl+Shift+V",
    checkable=True,
)
_COMPARED: Final = {
    Against.NOTHING: (_("&Nothing"), _("Show the range alone")),
    Against.BEFORE: (_("The &period before"), _("Compare 7 days with the 7 days before, today with yesterday")),
    Against.WEEK: (_("A &week before"), _("Compare with the same weekdays of a week before")),
    Against.MONTH: (_("A &month before"), _("Compare with the same days of the month before")),
    Against.YEAR: (_("A &year before"), _("Compare with the same days of the year before")),
    Against.DATE: (_("From a &day on…"), _("Choose the day with which the range's first day is compared")),
}
COMPARISONS: Final = tuple(
    ActionSpec(compare_action(against), *words, "", "compare_with", True) for against, words in _COMPARED.items()
)
SAVE_VIEW: Final = ActionSpec(
    "save_view", _("Sa&ve view…"), _("Keep page, range, filter and comparison under a name in the rail"), "Ctrl+D"
)
COPY_LINK: Final = ActionSpec(
    "copy_link", _("Copy lin&k"), _("Copy a link that opens page, range, filter and comparison as they are now")
)
RANGES: Final = _ranges()
PAGE_ACTIONS: Final = tuple(_turn_to(place, page) for place, page in enumerate(PAGES, 1))
"""Those that are always there."""

THEMES: Final = (
    ActionSpec("theme_system", _("&Follow the system"), _("Light or dark, as the system is set"), "", "theme", True),
    ActionSpec("theme_light", _("&Light"), _("Dark text on a light background"), "", "theme", True),
    ActionSpec("theme_dark", _("&Dark"), _("Light text on a dark background"), "", "theme", True),
)

WRITERS: Final = (BACK_UP, RESTORE, None, RESET, UNDO_RESET, FORGET, None, OPTIMISE, CHECK)
"""What looks after the database itself; None is a separator."""

ON_DATABASE: Final = (CLOSE, PAUSE, RELOAD, CLEAR_FILTER, REVEAL, COMPARE, *COMPARISONS, SAVE_VIEW, COPY_LINK, *RANGES)
"""What is of no use before a database is open."""

ON_PAGES: Final = (ALARMS, FIND, EXPORT_CHART, COPY_CHART, EXPORT_TABLE, REPORT, COPY_SUMMARY, NOTES)
"""What is of no use while no page is seen."""

ALL: Final = (
    *(OPEN, DEMO, CLOSE, EXPORT_CHART, COPY_CHART, EXPORT_TABLE, REPORT, COPY_SUMMARY, PREFERENCES, QUIT),
    *(BACK, FORTH, ZOOM_AS_RANGE),
    *(PAUSE, RELOAD, ALARMS, ALARM_MARKS, NOTES, ANYTHING, FIND, CLEAR_FILTER, MASK, MASK_NAMES, REVEAL, FULL_SCREEN),
    *(spec for spec in WRITERS if spec is not None),
    *(SHORTCUTS, LOG, ABOUT),
    *(*PAGE_ACTIONS, *RANGES, COMPARE, *COMPARISONS, SAVE_VIEW, COPY_LINK, *THEMES),
)


_MAC_ROLES: Final = {
    QUIT.key: QAction.MenuRole.QuitRole,
    PREFERENCES.key: QAction.MenuRole.PreferencesRole,
    ABOUT.key: QAction.MenuRole.AboutRole,
}
"""What macOS has in the menu of the program's name. Qt by itself guesses it from English words, of others as well."""


def theme_action(choice: ThemeChoice) -> str:
    """The key of the action that chooses a theme."""
    return f"theme_{choice.value}"


def shortcut_text(spec: ActionSpec) -> str:
    """A shortcut as this system writes it: ``Ctrl+O``, ``⌘O``."""
    return QKeySequence(spec.shortcut).toString(QKeySequence.SequenceFormat.NativeText)


def _ended(text: str) -> str:
    """Words whose dots stand behind them in a mirrored menu, too."""
    return f"{text}\N{LEFT-TO-RIGHT MARK}" if text.endswith("…") else text


class Actions:
    """The actions of one window, by key."""

    def __init__(self, window: QWidget) -> None:
        self._groups: dict[str, QActionGroup] = {}
        self._actions = {spec.key: self._make(spec, window) for spec in dict.fromkeys((*ALL, *page_actions()))}

    def __getitem__(self, spec: ActionSpec | str) -> QAction:
        """The action of a spec or key; an unknown one is a KeyError."""
        return self._actions[spec if isinstance(spec, str) else spec.key]

    def on(self, spec: ActionSpec | str, do: Callable[[], object]) -> None:
        """Do something whenever the action is triggered."""
        self[spec].triggered.connect(lambda _checked=False: do())

    def enable(self, specs: Iterable[ActionSpec], enabled: bool) -> None:
        """Let these be chosen, or not: neither from a menu nor by their keys."""
        for spec in specs:
            self[spec].setEnabled(enabled)

    def fill(self, menu: QMenu, *specs: ActionSpec | None) -> None:
        """Put actions into a menu; None is a separator."""
        menu.setToolTipsVisible(True)
        for spec in specs:
            if spec is None:
                menu.addSeparator()
            else:
                menu.addAction(self[spec])

    def _make(self, spec: ActionSpec, window: QWidget) -> QAction:
        action = QAction(_ended(spec.text) if is_mirrored() else spec.text, window)
        action.setShortcut(QKeySequence(spec.shortcut))
        action.setCheckable(spec.checkable)
        action.setMenuRole(_MAC_ROLES.get(spec.key, QAction.MenuRole.NoRole))
        action.setToolTip(f"{spec.tip} ({shortcut_text(spec)})" if spec.shortcut else spec.tip)
        action.setStatusTip(spec.tip)
        if spec.group:
            group = self._groups.setdefault(spec.group, QActionGroup(window))
            group.addAction(action)
        window.addAction(action)
        return action
