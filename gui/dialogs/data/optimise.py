"""Optimise: what would make the database faster or smaller, each step with what it alters; the host chooses."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from core.maintenance import optimising
from core.maintenance.optimising import Optimisation, OptimiseResult, Plan, Step
from core.storage.location import Location
from core.text.formatting import size
from core.text.translation import gettext as _
from gui.dialogs.data.altering import AlteringDialog
from gui.dialogs.data.endings import Ending, Offer
from gui.dialogs.data.parts import Remark, RemarkRow, SwitchRow, button, kept_in, show_in_folder, small
from gui.dialogs.data.words import waited_words
from gui.style.severity import Severity
from gui.widgets.parts import column, fill

_MOST_HEIGHT: Final = 380
_TITLES: Final = {
    Optimisation.SCHEMA: _("columns and indexes added"),
    Optimisation.STATISTICS: _("SQLite's statistics gathered"),
    Optimisation.WAL: _("write-ahead log switched on"),
    Optimisation.VACUUM: _("unused space given back"),
}


class OptimiseDialog(AlteringDialog):
    """Shows the plan and carries out what is chosen of it.

    Attributes:
        switches: one for each step of the plan, by its change.
    """

    def __init__(self, location: Location, parent: QWidget | None = None) -> None:
        super().__init__(_("Optimise"), location, button(_("&Optimise"), kind="primary"), parent, width=680)
        self.switches: dict[Optimisation, SwitchRow] = {}
        self._looks = RemarkRow(Remark("database", _("Looking at tables and indexes…")))
        self._scroll = _Scroll()
        self._works = RemarkRow(Remark("safe", _("The bot keeps working, whatever you choose."), "", "good"))
        fill(self.ask, self._looks, self._works, self._scroll, self.bot_stopped)
        self.go.clicked.connect(self._begin)
        self.show_question()

    def begin_asking(self) -> None:
        """Make the plan anew."""
        self.go.setEnabled(False)
        self._scroll.hide()
        self._works.hide()
        self._looks.show()
        self.looking.ask(partial(optimising.plan_optimisation, self._location), self._take)

    def stopped(self) -> None:
        """Each change is whole or was not made; the plan shows what is left of it."""
        self.altered.emit()
        self.show_question(_("Stopped. Changes that were finished stay; what is left of the plan is above."))

    def _take(self, plan: Plan) -> None:
        self._looks.hide()
        if not plan.steps:
            found = _("{journal_mode} journal, {byte_size}; columns and indexes are all there.").format(
                journal_mode=plan.survey.journal_mode, byte_size=size(plan.survey.byte_size)
            )
            self.show_ending(Ending(Severity.GOOD, _("There is nothing to optimise"), (Remark("database", found),)))
            return
        self.switches = {step.change: _step_row(step) for step in plan.steps}
        for row in self.switches.values():
            row.switch.toggled.connect(lambda _on: self._check())
        self._scroll.show_rows(list(self.switches.values()))
        self._scroll.show()
        self._works.show()
        self._check()
        (self.go if self.go.isEnabled() else next(iter(self.switches.values()))).setFocus()

    def _check(self) -> None:
        self.go.setEnabled(any(row.on for row in self.switches.values()))

    def _begin(self) -> None:
        wanted = frozenset(change for change, row in self.switches.items() if row.on)
        self.run(partial(optimising.optimise, self._location, wanted, bot_stopped=self.bot_stopped.on), self._told)

    def _told(self, done: OptimiseResult) -> Ending:
        self.altered.emit()
        words = ", ".join(_TITLES[change] for change in done.changes) or _("nothing was left to do")
        smaller = (
            _(" The file became {saved_bytes} smaller.").format(saved_bytes=size(done.saved_bytes))
            if done.saved_bytes
            else ""
        )
        made = f"{words[0].upper()}{words[1:]}.{smaller}"
        facts = [Remark("database", made), Remark("activity", waited_words(done.held))]
        offers = []
        if done.backup is not None:
            place = done.backup.path
            facts.append(kept_in(place))
            offers.append(Offer(_("Show &backup"), lambda: show_in_folder(place)))
        return Ending(Severity.GOOD, _("The database is optimised"), tuple(facts), tuple(offers))


class _Scroll(QScrollArea):
    """The steps; they scroll where they are higher than a small screen."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_rows(self, rows: list[SwitchRow]) -> None:
        """Show these in place of those before."""
        inner = QWidget()
        steps = column(*rows, on=inner, gap=16, margins=(0, 0, 12, 0))
        self.setWidget(inner)
        self.setFixedHeight(min(_MOST_HEIGHT, steps.totalHeightForWidth(632) + 8))


def _step_row(step: Step) -> SwitchRow:
    """A step with its switch: what it is good for, what it alters, what it means for the bot."""
    row = SwitchRow(step.title, step.why, on=step.by_default)
    for words in (_("Alters: {alters}.").format(alters="; ".join(step.alters)), step.bot):
        row.column.addWidget(small(words))
    row.switch.setAccessibleDescription(" ".join((step.why, *step.alters, step.bot)))
    return row
