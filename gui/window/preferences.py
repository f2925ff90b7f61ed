"""What the host prefers, put into effect: at the start, from the View menu and from the Preferences dialog."""

from __future__ import annotations

from functools import partial
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget

from core.errors import BotpulseError
from gui import settings
from gui.dialogs.modal import ask
from gui.plots.shared.hatching import prefer_patterns
from gui.settings import Setting, Settings, WeekStart
from gui.status.masking import Masking
from gui.status.pictures import Pictures
from gui.style.appearance import Density, PatternChoice
from gui.style.theme import ThemeChoice, ThemeFollower, apply_theme
from gui.threads.monitor import Monitor
from gui.threads.names import name_news
from gui.widgets.calendar import begin_weeks_on
from gui.window import actions, autostart
from gui.window.actions import Actions
from resources.design import Theme


class Preferences(QObject):
    """Keeps one window as the host prefers it.

    Attributes:
        zone: the time zone of hours and days.
        masking: whether prompts are hidden.
        pictures: what may be seen of images, and where it comes from.

    Signals:
        palette_changed(Palette): there are other colours.
        zone_changed(ZoneInfo): hours and days begin elsewhere.
        row_height_changed(int): rows are roomier, or denser.
        presence_changed(): the tray, or what it tells, is another.
        refused(BotpulseError): a preference could not be put into effect, and is as it was.
        backups_changed(): backups are made by themselves from now on, or no longer.
        ages_changed(): other rows are to go by their age.
        alarms_changed(): other alarms are watched for, or told in another way.
    """

    palette_changed = Signal(object)
    zone_changed = Signal(object)
    row_height_changed = Signal(int)
    presence_changed = Signal()
    refused = Signal(object)
    backups_changed = Signal()
    ages_changed = Signal()
    alarms_changed = Signal()

    def __init__(
        self, window: QWidget, memory: Settings, monitor: Monitor, zone: ZoneInfo, window_actions: Actions
    ) -> None:
        super().__init__(window)
        self._window, self._memory, self._monitor, self._actions = window, memory, monitor, window_actions
        self.zone = zone
        self.masking = Masking(window, chosen=memory.switch(settings.MASK))
        self.pictures = Pictures(memory, self.masking, self)
        self._themes = ThemeFollower(ThemeChoice(memory.text(settings.THEME)), window)
        self._themes.theme_changed.connect(self._dress)
        self._connect_actions()

    def begin(self) -> None:
        """Put on the theme; whoever follows :attr:`palette_changed` is dressed."""
        self._dress(self._themes.theme)
        self._show_patterns()
        begin_weeks_on(WeekStart(self._memory.text(settings.WEEK_START)).number)

    def choose_theme(self, choice: ThemeChoice, *, remember: bool = True) -> None:
        """Be light, dark, or as the system is."""
        if remember:
            self._memory.remember(settings.THEME, choice.value)
        self._themes.choose(choice)
        self._actions[actions.theme_action(choice)].setChecked(True)

    def apply(self, setting: Setting, value: object) -> None:
        """Do as a preference says that was just changed; it is remembered already."""
        if setting is settings.THEME:
            self.choose_theme(ThemeChoice(str(value)), remember=False)
        elif setting is settings.PATTERNS:
            self._show_patterns()
        elif setting is settings.INTERVAL:
            self._monitor.set_interval(self._memory.number(settings.INTERVAL))
        elif setting is settings.DENSITY:
            self.row_height_changed.emit(Density(str(value)).row_height)
        elif setting in (settings.TRAY, settings.NOTIFY):
            self.presence_changed.emit()
        elif setting is settings.BACKUPS:
            self.backups_changed.emit()
        elif setting is settings.KEPT_AGES:
            self.ages_changed.emit()
        elif setting in settings.ALARM_PREFERENCES:
            self.alarms_changed.emit()
        elif setting is settings.AUTOSTART:
            self._start_with_session(bool(value))
        elif setting is settings.MASK:
            self._mask(bool(value))
        elif setting is settings.MASK_NAMES:
            self._mask_names(bool(value))
        elif setting in (settings.COMFYUI_ADDRESS, settings.COMFYUI_FOLDER):
            self.pictures.begin_anew()
        elif setting in (settings.ZONE, settings.WEEK_START):
            self._follow_calendar()

    def _connect_actions(self) -> None:
        on, mask = self._actions.on, self._actions[actions.MASK]
        on(actions.PREFERENCES, self.ask)
        on(actions.MASK, lambda: self._mask(mask.isChecked()))
        on(actions.REVEAL, self.masking.reveal_for)
        mask.setChecked(self.masking.chosen)
        mask_names = self._actions[actions.MASK_NAMES]
        on(actions.MASK_NAMES, lambda: self._mask_names(mask_names.isChecked()))
        self._mask_names(self._memory.switch(settings.MASK_NAMES))
        for choice in ThemeChoice:
            on(actions.theme_action(choice), partial(self.choose_theme, choice))
        self._actions[actions.theme_action(ThemeChoice(self._memory.text(settings.THEME)))].setChecked(True)

    def _start_with_session(self, wanted: bool) -> None:
        try:
            autostart.start_with_session(wanted)
        except BotpulseError as fault:
            self._memory.remember(settings.AUTOSTART, not wanted)
            self.refused.emit(fault)

    def ask(self, at: Setting | None = None) -> None:
        """Open the dialog, ``at`` one of its settings."""
        from gui.dialogs.preferences import PreferencesDialog

        self._memory.remember(settings.AUTOSTART, autostart.starts_with_session())  # the desktop may have changed it
        dialog = PreferencesDialog(self._memory, self._window)
        dialog.changed.connect(self.apply)
        self.refused.connect(dialog.refuse)
        if at is not None:
            dialog.go_to(at)
        ask(dialog)

    def _dress(self, theme: Theme) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self.palette_changed.emit(apply_theme(app, theme))

    def _show_patterns(self) -> None:
        always = self._memory.text(settings.PATTERNS) == PatternChoice.ALWAYS.value
        prefer_patterns(True if always else None)

    def _mask(self, masked: bool) -> None:
        self._actions[actions.MASK].setChecked(masked)
        self._memory.remember(settings.MASK, masked)
        self.masking.choose(masked)

    def _mask_names(self, masked: bool) -> None:
        self._actions[actions.MASK_NAMES].setChecked(masked)
        self._memory.remember(settings.MASK_NAMES, masked)
        name_news().mask(masked)

    def _follow_calendar(self) -> None:
        """Hours, days and weeks begin elsewhere from now on: what is counted is counted anew, page and range stay."""
        zone = self._memory.zone()
        if zone.key != self.zone.key:
            self.zone = zone
            self.zone_changed.emit(zone)
        first_weekday = WeekStart(self._memory.text(settings.WEEK_START)).number
        begin_weeks_on(first_weekday)
        self._monitor.set_calendar(zone, first_weekday)
