"""What the dialogs have in common that alter the database while the bot may be writing it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QPushButton, QWidget

from core.errors import BotpulseError, HoldsUpBot
from core.maintenance.operation_journal import Action, JournalNote
from core.storage.location import Location
from core.tasks import Task
from core.text.translation import gettext as _
from gui.dialogs.data.endings import Ending, Offer
from gui.dialogs.data.parts import KEPT, SwitchRow, kept_in
from gui.dialogs.data.task_dialog import TaskDialog, Tell
from gui.dialogs.data.tasks import done_since, to_its_end
from gui.style.severity import Severity


class AlteringDialog(TaskDialog):
    """Offers to take longer once the work would hold up the bot; asks the notes what was done before it was stopped.

    Attributes:
        bot_stopped: is offered once it is needed.
        action: what the notes call the work; done_words: what the window is told where it was done after all.
        untouched_words: said where it was not; kept_words: the heading over the backup of what was there before.
    """

    action: Action
    done_words = untouched_words = ""
    kept_words = KEPT

    def __init__(
        self, title: str, location: Location, go: QPushButton, parent: QWidget | None, *, width: int = 560
    ) -> None:
        super().__init__(title, str(location), go, parent, width=width)
        self._location = location
        self._begun = datetime.now(UTC)
        self.bot_stopped = SwitchRow(
            _("The bot is &stopped"), _("Nothing else writes: this may take as long as it needs.")
        )
        self.bot_stopped.hide()

    def failed(self, fault: BotpulseError) -> None:
        """Where it would hold up the bot, the host may stop that one, and say so."""
        if isinstance(fault, HoldsUpBot):
            self.bot_stopped.show()
        super().failed(fault)

    def run_to_its_end(self, make: Callable[[], Task[Any]], tell: Tell) -> None:
        """Do work that is not stopped any more once its change is in the file."""
        self._begun = datetime.now(UTC)
        self.run(lambda: to_its_end(make()), tell)

    def stopped(self) -> None:
        """Whether it was stopped in time is in the notes."""
        self.looking.ask(partial(done_since, self._location, self.action, self._begun), self._take_note)

    def tell_window(self, words: str, backup: Path) -> None:
        """Say in the window that the work was done, with a button that takes it back."""

    def offers(self, backup: Path) -> tuple[Offer, ...]:
        """What can be done next, given the backup of what was there before."""
        raise NotImplementedError

    def end_with(self, ending: Ending) -> Ending:
        """Tell the window how work on the database ended, too."""
        self.altered.emit()
        self.told.emit(ending.severity, f"{ending.title}.", "", None)
        return ending

    def _take_note(self, note: JournalNote | None) -> None:
        if note is None:
            self.show_question(self.untouched_words)
            return
        self.altered.emit()
        self.tell_window(self.done_words, note.backup)
        title, facts = _("It was done before it could be stopped"), (kept_in(note.backup, self.kept_words),)
        self.show_ending(Ending(Severity.WARN, title, facts, self.offers(note.backup)))
