from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.errors import DiskFull
from core.tasks import Progress, Task
from gui.dialogs.progress import SHOW_AFTER_MS, ProgressDialog, follow
from gui.threads.jobs import Job
from tests.gui.windows import texts


class Work:
    """Goes on until it is told to end; cleaning up takes until it is allowed to."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.may_clean_up = threading.Event()
        self.may_clean_up.set()
        self.cleaned_up = False

    def __call__(self) -> Task[int]:
        try:
            while not self.go_on.wait(0.002):
                yield Progress(0.25, "12,000 of 48,000 rows")
            return 48_000
        finally:
            self.may_clean_up.wait(10)
            self.cleaned_up = True


def followed(qtbot: QtBot, job: Job, parent: QWidget | None = None) -> ProgressDialog:
    dialog = ProgressDialog(job, "Exporting commands", parent)
    qtbot.addWidget(dialog)
    return dialog


def test_quick_work_is_never_announced(qtbot: QtBot) -> None:
    job, work = Job(), Work()
    dialog = followed(qtbot, job)
    work.go_on.set()
    shown = False
    with qtbot.waitSignal(job.ended):
        job.start(work)
    with qtbot.waitSignal(dialog.finished, raising=False, timeout=2 * SHOW_AFTER_MS):
        shown = dialog.isVisible()
    assert not shown
    assert not dialog.isVisible()


def test_slow_work_shows_how_far_it_is_and_goes_when_done(qtbot: QtBot) -> None:
    job, work = Job(), Work()
    dialog = followed(qtbot, job)
    job.start(work)
    qtbot.waitUntil(lambda: dialog.isVisible() and "25 %" in texts(dialog))
    assert "12,000 of 48,000 rows" in texts(dialog)
    assert dialog.bar.value() * 4 == dialog.bar.maximum()
    with qtbot.waitSignals([job.finished, dialog.accepted]):
        work.go_on.set()
    assert not dialog.isVisible()


@pytest.mark.parametrize("way", ["Escape", "Cancel", "close"])
def test_job_is_stopped_by_escape_by_its_button_and_by_closing(qtbot: QtBot, way: str) -> None:
    job, work = Job(), Work()
    work.may_clean_up.clear()
    dialog = followed(qtbot, job)
    job.start(work)
    qtbot.waitUntil(dialog.isVisible)
    if way == "Escape":
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    elif way == "Cancel":
        qtbot.mouseClick(dialog.button, Qt.MouseButton.LeftButton)
    else:
        dialog.close()
    assert dialog.isVisible()
    assert "Stopping, and tidying up…" in texts(dialog)
    assert not dialog.button.isEnabled()
    with qtbot.waitSignals([job.cancelled, dialog.finished]):
        work.may_clean_up.set()
    assert work.cleaned_up
    assert not dialog.isVisible()


def test_a_fault_is_said_in_words_and_stays_until_it_is_closed(qtbot: QtBot) -> None:
    def task() -> Task[None]:
        yield Progress(0.5)
        raise DiskFull("/srv/<b>bot</b>.csv", "No space left on device")

    job = Job()
    dialog = followed(qtbot, job)
    with qtbot.waitSignal(job.ended):
        job.start(task)
    assert dialog.isVisible()
    said = "\n".join(texts(dialog))
    for words in (DiskFull.title, DiskFull.what_happened, DiskFull.what_is_safe, DiskFull.what_to_do):
        assert words in said
    assert "/srv/<b>bot</b>.csv" in said
    assert "No space left on device" in said
    assert dialog.button.text() == "Close"
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_a_bug_takes_the_dialog_with_it(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    def task() -> Task[None]:
        yield Progress(0.5)
        raise ZeroDivisionError

    bugs = list[object]()
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: bugs.append(kind))
    job = Job()
    dialog = followed(qtbot, job)
    with qtbot.waitSignal(dialog.finished):
        job.start(task)
    assert bugs == [ZeroDivisionError]
    assert not dialog.isVisible()


def test_a_window_that_goes_during_the_job_takes_all_with_it(qtbot: QtBot) -> None:
    window, work = QWidget(), Work()
    window.show()
    job = Job(window)
    dialog = ProgressDialog(job, "Exporting commands", window)
    job.start(work)
    qtbot.waitUntil(dialog.isVisible)
    del job, dialog
    window.deleteLater()
    qtbot.waitUntil(lambda: work.cleaned_up)


def test_progress_beyond_its_bounds_is_kept_within(qtbot: QtBot) -> None:
    job, work = Job(), Work()
    dialog = followed(qtbot, job)
    job.start(work)
    qtbot.waitUntil(dialog.isVisible)
    job.progressed.emit(Progress(1.7, "prompt <img src=x>\nof two lines"))
    assert "100 %" in texts(dialog)
    assert "prompt <img src=x> of two lines" in texts(dialog)
    with qtbot.waitSignal(dialog.finished):
        work.go_on.set()


@pytest.mark.slow
def test_a_window_gathers_no_dialogs_of_jobs_that_are_over(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    job = Job(window)
    for _ in range(3):
        work = Work()
        follow(job, "Exporting commands", window)
        job.start(work)
        qtbot.waitUntil(lambda: window.findChild(ProgressDialog).isVisible())
        with qtbot.waitSignal(job.finished):
            work.go_on.set()
        qtbot.waitUntil(lambda: window.findChild(ProgressDialog) is None)
