"""What tells of the bot while nobody looks: the verdict on its silence, kept up to date, and the tray icon."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, QTimer, Signal

from core.alarms.episodes import Alarm
from core.alarms.file_signs import FileSigns, file_signs
from core.alarms.verdict import Cause, SilenceWatch, Verdict
from core.errors import BotpulseError
from core.feed.snapshot import Snapshot
from core.statistics.usage_pattern import Rhythm, learn_rhythm
from core.storage.location import Location
from core.text.formatting import counted
from core.text.translation import gettext as _
from gui import settings
from gui.settings import Settings, TrayChoice
from gui.status.alarms import AlarmKeeper
from gui.status.tray import Tray
from gui.threads.jobs import Job, reading_task

log = logging.getLogger(__name__)

LEARN_EVERY_MS: Final = 6 * 3_600_000
"""Habits are learnt when a database is opened, and again while it stays open for days."""

FILES_EVERY: Final = 10.0
"""Seconds from one question to the disk to the next, while nothing comes."""

_LEARN_SOON_MS: Final = 2_000
"""The window's own loading goes first."""


class SilenceKeeper(QObject):
    """Knows one database's habits, and says what its silence is.

    Attributes:
        verdict: what is the matter; None where no database is open, or none was seen yet.

    Signals:
        verdict_changed(object): there is another verdict (its words grow older without a signal), or None.
    """

    verdict_changed = Signal(object)

    def __init__(self, parent: QObject | None = None, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(parent)
        self.verdict: Verdict | None = None
        self._clock = clock
        self._watch: SilenceWatch | None = None
        self._location: Location | None = None
        self._zone = ZoneInfo("UTC")
        self._seen = False
        self._asked: tuple[Location | None, ZoneInfo] | None = None
        """Whose habits the job reads."""
        self._job = Job(self)
        self._job.finished.connect(self._take_in)
        self._job.failed.connect(self._go_without)
        self._files = Job(self)
        self._files.finished.connect(self._take_files)
        self._files_asked = 0.0
        self._learning = QTimer(self)
        self._learning.timeout.connect(self._learn)

    def begin(self, location: Location | None, zone: ZoneInfo) -> None:
        """Another database is opened, or none, or its days are cut in another zone."""
        self._job.cancel()
        self._files.cancel()
        self._location, self._zone, self._seen, self._files_asked = location, zone, False, 0.0
        self._watch = SilenceWatch(zone, on_server=location.path is None) if location is not None else None
        self._learning.stop()
        if location is not None:
            self._learning.start(_LEARN_SOON_MS)
        self._set(None)

    def note(self, snapshot: Snapshot) -> None:
        """Take in what a look has found."""
        if self._watch is not None:
            self._seen = True
            self._watch.note(snapshot.taken, snapshot.last_seen, snapshot.events, snapshot.fault)
            self.tick()

    def note_replaced(self) -> None:
        """Another file is at the path from now on."""
        if self._watch is not None:
            self._watch.note_replaced(self._clock())

    def tick(self) -> Verdict | None:
        """Let time pass, and return what is the matter now."""
        if self._watch is not None and self._seen:
            self._set(self._watch.verdict(self._clock()))
            self._ask_files()
        return self.verdict

    def end(self) -> None:
        """The window closes. It may be called twice."""
        self._learning.stop()
        self._job.stop()
        self._files.stop()

    def _set(self, verdict: Verdict | None) -> None:
        before, self.verdict = self.verdict, verdict
        if (before and before.cause) != (verdict and verdict.cause):
            self.verdict_changed.emit(verdict)

    def _learn(self) -> None:
        if self._job.running:  # one that was cancelled still tidies up
            return
        self._learning.start(LEARN_EVERY_MS)
        location, now, zone = self._location, self._clock(), self._zone
        self._asked = location, zone
        if location is not None:
            self._job.start(reading_task(learn_rhythm, location, now, zone))

    def _ask_files(self) -> None:
        """While nothing comes, the files may know more; they are asked off this thread."""
        now, location = self._clock(), self._location
        lively = self.verdict is None or self.verdict.cause is Cause.LIVELY
        if lively or location is None or self._files.running or abs(now - self._files_asked) < FILES_EVERY:
            return
        self._files_asked = now
        self._files.start(lambda: file_signs(location))

    def _take_files(self, signs: FileSigns) -> None:
        if self._watch is not None:
            self._watch.note_files(signs)
            self.tick()

    def _take_in(self, rhythm: Rhythm) -> None:
        if self._watch is not None and self._asked == (self._location, self._zone):
            self._watch.learn(rhythm)
            self.tick()

    def _go_without(self, fault: BotpulseError) -> None:
        """The monitor says what stands in the way; here only the habits stay unknown for a while."""
        log.info("The bot's habits could not be read: %s", fault)
        self._learning.start(60_000)


class Presence(QObject):
    """Follows one database for tray, light and bell.

    Attributes:
        tray: the icon; on a desktop without a tray it is never seen, and nothing depends on it.
        keeper: knows what the bot's silence is.
        alarms: has all else watched for that is out of the ordinary.
    """

    def __init__(self, memory: Settings, zone: ZoneInfo, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._memory, self._zone = memory, zone
        self._name = ""
        self._location: Location | None = None
        self.tray = Tray(self)
        self.keeper = SilenceKeeper(self)
        self.alarms = AlarmKeeper(memory, self)
        self.alarms.spoken.connect(self._tell_of_alarms)
        self.apply()

    @property
    def stays(self) -> bool:
        """Whether Botpulse goes on in the tray when its window is closed."""
        return self._memory.text(settings.TRAY) == TrayChoice.KEEP and self.tray.shown

    def apply(self) -> None:
        """Do as the preferences say."""
        self.tray.set_shown(self._memory.text(settings.TRAY) != TrayChoice.OFF)
        self.tray.set_notifies(self._memory.switch(settings.NOTIFY))

    def begin(self, location: Location | None, name: str = "") -> None:
        """Another database is opened, or none."""
        self._name, self._location = name, location
        self.keeper.begin(location, self._zone)
        self.alarms.begin(location, self._zone)
        self.tray.begin()
        self.tray.show_state(None, name)

    def set_zone(self, zone: ZoneInfo) -> None:
        """Learn the bot's habits by the hours of another zone."""
        self._zone = zone
        self.keeper.begin(self._location, zone)
        self.alarms.begin(self._location, zone)

    def note(self, snapshot: Snapshot) -> None:
        """Take in what a look has found."""
        self.keeper.note(snapshot)
        self.alarms.note(snapshot)

    def tick(self, now: float, *, paused: bool) -> None:
        """Let time pass; ``now`` in epoch seconds."""
        verdict = self.keeper.tick()
        if not self.tray.shown:  # a session's panel may come later than what it starts
            self.apply()
        self.tray.show_state(verdict, self._name, paused=paused)
        if verdict is not None and not paused and not self.alarms.hushed(verdict):
            self.tray.announce(verdict, self._name, now)
        self.alarms.tick()

    def _tell_of_alarms(self, alarms: tuple[Alarm, ...]) -> None:
        """One message, however many they are: those that go on are found together when a database is opened."""
        from core.alarms.words import alarm_words

        words = [alarm_words(each, time.time(), self._zone) for each in alarms]
        if len(words) == 1:
            self.tray.tell(f"{self._name}: {words[0].headline}", f"{words[0].evidence} {words[0].advice}")
        else:
            title = counted(len(words), _("{count} alarm"), _("{count} alarms"))
            self.tray.tell(f"{self._name}: {title}", "\n".join(each.headline for each in words))

    def tell_of_backup(self, words: str) -> None:
        """A scheduled backup failed; the window may not be seen."""
        self.tray.tell(_("{name}: the scheduled backup failed").format(name=self._name), words)

    def tell_of_fault(self, fault: BotpulseError) -> None:
        """Something that is done beside the window did not succeed; the window may not be seen."""
        self.tray.tell(f"{self._name}: {fault.title}", f"{fault.what_happened} {fault.what_to_do}")

    def end(self) -> None:
        """The window closes for good."""
        self.keeper.end()
        self.alarms.end()
        self.tray.set_shown(False)
