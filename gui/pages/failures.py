"""The Failures page: its charts and table, and a cause as a report for the clipboard."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from core.charts.specs import Bar
from core.feed.snapshot import Snapshot
from core.filters import Field, Filter
from core.presenters.failure_groups import FailureGroup
from core.presenters.failure_report import ReportContext, report_of, report_of_all
from core.text.dates import length_words
from core.text.translation import gettext as _
from core.time_ranges import TimeRange
from gui.pages.board import Board
from gui.pages.layouts import FAILURES
from gui.pages.page import Tools
from gui.plots.bars.plot import BarChartPlot
from gui.widgets.parts import keys_shown, tool_button

KEYS: Final = "Ctrl+Shift+R"


class FailuresPage(Board):
    """A board whose causes can be copied as a report: the one that is pointed at, the filter's, or all of them.

    Attributes:
        report: the button that copies it.
    """

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(FAILURES, tools, parent)
        self._snapshot: Snapshot | None = None
        self._shortcut = QShortcut(QKeySequence(KEYS), self)
        self._shortcut.activated.connect(self.copy_report)
        self.report.clicked.connect(self.copy_report)

    def buttons(self) -> tuple[QWidget, ...]:
        """The button that copies a report."""
        tip = _("Copy the chosen cause, or all of them, as a report in Markdown ({keys})").format(keys=keys_shown(KEYS))
        self.report = tool_button(_("Copy report"), tip, "copy")
        self.report.setEnabled(False)
        return (self.report,)

    def showing(self, snapshot: Snapshot) -> Iterator[None]:
        """Show the content's charts, figures and rows, a part at a time."""
        self._snapshot = snapshot
        yield from super().showing(snapshot)
        self.report.setEnabled(bool(self._groups(snapshot)) and snapshot.content.coverage.whole)

    def copy_report(self) -> None:
        """Put a report of what is pointed at on the clipboard."""
        snapshot = self._snapshot
        if snapshot is not None and self.report.isEnabled():
            QGuiApplication.clipboard().setText(self._report(snapshot))

    def _report(self, snapshot: Snapshot) -> str:
        groups, wanted = self._groups(snapshot), self._wanted(snapshot)
        span = snapshot.buckets.range
        until = TimeRange(span.start, max(min(span.end, snapshot.taken), span.start + 1))
        context = ReportContext(length_words(until, snapshot.buckets.zone), snapshot.buckets.zone, _versions())
        chosen = next((group for group in groups if group.fingerprint == wanted), None)
        return report_of(chosen, context) if chosen is not None else report_of_all(groups, context)

    def _groups(self, snapshot: Snapshot) -> Sequence[FailureGroup]:
        groups: Sequence[FailureGroup] = snapshot.content.extra or ()
        return groups

    def _wanted(self, snapshot: Snapshot) -> str | None:
        """The fingerprint of the cause that is meant."""
        plot = self.plots["groups"]
        bar = plot.view.currentIndex().data(Qt.ItemDataRole.UserRole) if isinstance(plot, BarChartPlot) else None
        named = _fingerprint(bar.opens.chosen) if isinstance(bar, Bar) and bar.opens is not None else None
        rows = self.table.frame.filter_box.filter if self.table is not None else Filter()
        return named or _fingerprint(rows) or _fingerprint(snapshot.chosen)


def _fingerprint(chosen: Filter) -> str | None:
    return next(
        (str(term.value) for term in chosen.terms if term.field is Field.ERROR and not term.excluded),
        None,
    )


def _versions() -> str:
    try:
        own = version("botpulse")
    except PackageNotFoundError:
        own = "?"
    return f"Botpulse {own}, Python {platform.python_version()}, {platform.system()} {platform.release()}"
