"""The Health page: what can be trusted at the left; facts, integrity check and log at the right."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget

from core.alarms.verdict import Verdict
from core.feed.event_rate import Rate
from core.feed.snapshot import Snapshot
from core.filters import Filter
from core.presenters.finding import State
from core.presenters.health import Health
from core.presenters.health_facts import FactGroup, HealthFact
from core.storage.location import Location
from core.text.formatting import percent
from core.text.translation import gettext as _
from gui.pages.page import Page, Tools
from gui.status.log_buffer import session_log
from gui.style.severity import Severity
from gui.widgets.card import Card
from gui.widgets.fact_list import FactList
from gui.widgets.finding_list import FindingList, summary
from gui.widgets.integrity_check import IntegrityCheck
from gui.widgets.log_view import LogView
from gui.widgets.parts import column, row, tool_button
from gui.widgets.scroll_box import ScrollBox
from gui.widgets.source_line import milliseconds
from gui.widgets.text import PlainLabel, set_severity

_MARGIN: Final = 16
_READING: Final = _("Every row is read once. What is found stands here as soon as all of them are.")
_LEAST_FACTS: Final = 160
_LEAST_LOG: Final = 150


class HealthPage(Page):
    """Says what a database does not record, and how it is doing.

    Attributes:
        findings, facts, check, log: its four parts.
        state: one line above the findings: how many there are, or how far the reading is.
    """

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        del tools  # no prompt is ever shown here, and all words about time come in the host's zone
        self._rate = Rate()
        self._total: int | None = None
        self._shown: Snapshot | None = None
        self.state = PlainLabel()
        self.findings = FindingList()
        self.facts = FactList()
        self.check = IntegrityCheck()
        self.log = LogView(session_log())
        self.copy_findings, self.copy_facts = _copy_button(_("findings")), _copy_button(_("facts"))
        self._arrange()
        self.findings.opened.connect(self._open_rows)
        self.copy_findings.clicked.connect(self.findings.copy_all)
        self.copy_facts.clicked.connect(self.facts.copy)
        self.first_focus = self.findings

    def _open_rows(self, table: str, chosen: Filter) -> None:
        """Findings are about all that was ever recorded."""
        self.everything_requested.emit()
        self.rows_requested.emit(table, chosen)

    def begin(self, location: Location | None) -> None:
        """Another database is opened, or none: forget the last one."""
        self._rate, self._total, self._shown = Rate(), None, None
        self.check.begin(location)
        self.findings.show_findings(())
        self.facts.show_groups((), 0.0)
        self.state.setText("")

    def showing(self, snapshot: Snapshot) -> Iterator[None]:
        """Show what was found out, and the facts."""
        health: Health = snapshot.content.extra
        self._shown = snapshot
        self._total = sum(snapshot.last_ids.values())
        self._rate.note(time.monotonic(), self._total)
        whole = health.progress >= 1
        self.findings.show_findings(health.findings, "" if whole else _READING)
        self.state.setText(
            summary(health.findings)
            if whole
            else _("reading every row: {progress}").format(progress=percent(health.progress, 0))
        )
        self.copy_findings.setEnabled(whole)
        if whole:
            serious = tuple(finding for finding in health.findings if finding.state in (State.WARN, State.BAD))
            self.attention.emit(len(serious), summary(serious))
        yield
        self.facts.show_groups((*health.groups, self._watching(snapshot)), snapshot.taken)
        self.log.refresh()

    def tick(self, now: float, verdict: Verdict | None = None) -> None:
        """Let ages and the rate follow the clock, and the log what was logged."""
        if self._shown is not None and self._total is not None:
            self._rate.note(time.monotonic(), self._total)
            health: Health = self._shown.content.extra
            self.facts.show_groups((*health.groups, self._watching(self._shown)), now)
        self.log.refresh()

    def end(self) -> None:
        """The window closes: stop a check that still runs."""
        self.check.end()

    def _watching(self, snapshot: Snapshot) -> FactGroup:
        look, refresh = snapshot.source.look_seconds, snapshot.source.refresh_seconds
        return FactGroup(
            _("Watching"),
            (
                HealthFact(_("New rows"), self._rate.words, _("In the last minute, while this page is shown.")),
                HealthFact(_("Last look"), f"{milliseconds(look)} ms", _("How long it took to check for new rows.")),
                HealthFact(
                    _("Last refresh"), f"{milliseconds(refresh)} ms", _("How long it took to prepare this page.")
                ),
            ),
        )

    def _arrange(self) -> None:
        set_severity(self.state, Severity.MUTED)
        left = Card(_("What can be trusted"), (self.findings, 1), beside=(self.state, self.copy_findings))
        row((left, 1), (self._right(), 1), on=self, gap=_MARGIN, margins=(_MARGIN, _MARGIN, _MARGIN, _MARGIN))

    def _right(self) -> ScrollBox:
        facts = Card(_("Facts"), (ScrollBox(self.facts, _("Facts")), 1), beside=(self.copy_facts,))
        facts.setMinimumHeight(_LEAST_FACTS)
        check = Card(_("Integrity"), self.check)
        log = Card(_("Session log"), (self.log, 1), beside=(self.log.levels, self.log.copy_button))
        log.header.setSpacing(8)
        log.setMinimumHeight(_LEAST_LOG)
        sheet = QWidget()
        column((facts, 3), check, (log, 1), on=sheet, gap=_MARGIN)
        area = ScrollBox(sheet, _("Facts, integrity and log"))
        area.setProperty("frameless", True)  # level with the left
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return area


def _copy_button(what: str) -> QToolButton:
    button = tool_button(
        _("Copy the {what}").format(what=what), _("Copy the {what} as text").format(what=what), "copy", "text"
    )
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
