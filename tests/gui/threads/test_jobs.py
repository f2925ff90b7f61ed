from __future__ import annotations

import os
import sqlite3
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread
from pytestqt.qtbot import QtBot

from core.errors import DatabaseLocked
from core.tasks import Progress, Task
from gui.threads.jobs import REPORT_SECONDS, Job, reading_task, reads_apart
from tests.core import worker_tasks


class Bug(Exception):
    """A mistake of ours."""


class Work:
    """A task that goes on until it is told to end, and notes what happens to it."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.cleaned_up_in: threading.Thread | None = None
        self.began = threading.Event()
        self.thread: threading.Thread | None = None

    def __call__(self) -> Task[str]:
        self.thread = threading.current_thread()
        try:
            self.began.set()
            steps = 0
            while not self.go_on.wait(0.001):
                steps += 1
                yield Progress(0.5, f"{steps} steps")
            return "all of it"
        finally:
            self.cleaned_up_in = threading.current_thread()


def failing(error: BaseException) -> Task[None]:
    yield Progress(0.1)
    raise error


@contextmanager
def heard_bugs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[BaseException, QThread]]]:
    heard: list[tuple[BaseException, QThread]] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: heard.append((error, QThread.currentThread())))
    yield heard


def endings(job: Job) -> list[str]:
    told: list[str] = []
    job.finished.connect(lambda result: told.append(f"finished {result}"))
    job.failed.connect(lambda fault: told.append(f"failed {type(fault).__name__}"))
    job.cancelled.connect(lambda: told.append("cancelled"))
    job.ended.connect(lambda: told.append("ended"))
    return told


def test_the_result_comes_from_a_thread_of_its_own(qtbot: QtBot) -> None:
    job, work = Job(), Work()
    told = endings(job)
    with qtbot.waitSignal(job.progressed):
        job.start(work)
    assert job.running
    with qtbot.waitSignal(job.ended):
        work.go_on.set()
    assert told == ["finished all of it", "ended"]
    assert work.thread is work.cleaned_up_in is not threading.current_thread()
    assert not job.running


def test_progress_is_told_now_and_then_and_not_at_every_step(qtbot: QtBot) -> None:
    job, work, moments = Job(), Work(), list[float]()

    def note(progress: Progress) -> None:
        moments.append(monotonic())
        if len(moments) == 6:
            work.go_on.set()

    job.progressed.connect(note)
    with qtbot.waitSignal(job.ended):
        job.start(work)
    assert len(moments) >= 6
    assert moments[-1] - moments[0] >= 4 * REPORT_SECONDS


def test_a_cancelled_task_cleans_up_in_its_own_thread(qtbot: QtBot) -> None:
    job, work = Job(), Work()
    told = endings(job)
    job.start(work)
    assert work.began.wait(5)
    with qtbot.waitSignal(job.ended):
        job.cancel()
    assert told == ["cancelled", "ended"]
    assert work.cleaned_up_in is work.thread


def test_a_task_that_was_cancelled_before_it_began_never_begins(qtbot: QtBot) -> None:
    job, seen = Job(), list[int]()

    def slow_to_make() -> Task[None]:
        while not job.cancelling:
            sleep(0.001)
        return begins()

    def begins() -> Task[None]:
        seen.append(1)
        yield Progress(1)

    with qtbot.waitSignal(job.cancelled):
        job.start(slow_to_make)
        job.cancel()
    assert seen == []


def test_an_expected_fault_is_told_with_its_words(qtbot: QtBot) -> None:
    job = Job()
    told = endings(job)
    with qtbot.waitSignal(job.failed) as caught, qtbot.waitSignal(job.ended):
        job.start(lambda: failing(DatabaseLocked("a.db", "busy")))
    assert caught.args is not None
    assert caught.args[0].detail == "busy"
    assert told == ["failed DatabaseLocked", "ended"]


@pytest.mark.parametrize("where", ["making", "driving", "closing"])
def test_a_bug_reaches_the_excepthook_in_the_windows_thread(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def closing() -> Task[None]:
        try:
            while True:
                yield Progress(0.1)
        finally:
            raise Bug

    def making() -> Task[None]:
        raise Bug

    job = Job()
    told = endings(job)
    with heard_bugs(monkeypatch) as heard, qtbot.waitSignal(job.ended):
        job.start({"making": making, "driving": lambda: failing(Bug()), "closing": closing}[where])
        if where == "closing":
            with qtbot.waitSignal(job.progressed):
                pass
            job.cancel()
    ((error, thread),) = heard
    assert isinstance(error, Bug)
    assert error.__traceback__ is not None
    assert thread is QThread.currentThread()
    assert told == ["ended"]


def test_job_runs_one_task_at_a_time_and_may_be_used_again(qtbot: QtBot) -> None:
    job, work = Job(), Work()
    told = endings(job)
    job.start(work)
    with pytest.raises(RuntimeError):
        job.start(work)
    with qtbot.waitSignal(job.ended):
        work.go_on.set()
    with qtbot.waitSignal(job.ended):
        job.start(work)
    assert told == ["finished all of it", "ended"] * 2


def test_a_result_that_came_before_the_cancelling_counts(qtbot: QtBot) -> None:
    job, work = Job(), Work()
    told = endings(job)
    job.start(work)
    work.go_on.set()
    job.wait()
    job.cancel()
    with qtbot.waitSignal(job.ended):
        pass
    assert told == ["finished all of it", "ended"]


def test_stop_waits_until_all_is_cleaned_up(qtbot: QtBot) -> None:
    job, work = Job(), Work()
    job.start(work)
    assert work.began.wait(5)
    job.stop()
    job.stop()
    assert work.cleaned_up_in is not None
    with qtbot.waitSignal(job.cancelled):
        pass


def test_what_a_task_said_just_before_it_ended_is_not_told_once_it_was_cancelled(qtbot: QtBot) -> None:
    """Its thread may have ended by the time this is heard, and knows then no more that it was to stop."""
    job, told = Job(), list[object]()
    began, gate = threading.Event(), threading.Event()
    job.progressed.connect(told.append)

    def task() -> Task[None]:
        began.set()
        gate.wait()
        yield Progress(0.5)

    job.start(task)
    began.wait()
    job.cancel()
    gate.set()
    with qtbot.waitSignal(job.cancelled):
        job.wait()
    assert told == []


def test_a_job_that_is_deleted_stops_its_task(qtbot: QtBot) -> None:
    owner, work = QObject(), Work()
    job = Job(owner)
    told = endings(job)
    job.start(work)
    assert work.began.wait(5)
    del job
    owner.deleteLater()
    QCoreApplication.sendPostedEvents(owner, QEvent.Type.DeferredDelete)
    qtbot.waitUntil(lambda: work.cleaned_up_in is not None)
    assert told == []


def test_objects_of_a_failed_task_are_let_go_in_its_own_thread(qtbot: QtBot, tmp_path: Path) -> None:
    """An SQLite connection that is closed in another thread raises; the fault must not carry it there."""
    job, closed_in = Job(), list[threading.Thread]()

    class Held:
        def __init__(self) -> None:
            self.connection = sqlite3.connect(tmp_path / "a.db")

        def __del__(self) -> None:
            self.connection.close()
            closed_in.append(threading.current_thread())

    def task() -> Generator[Progress, None, None]:
        held = Held()
        yield Progress(0)
        assert held
        raise DatabaseLocked("a.db")

    with qtbot.waitSignal(job.failed):
        job.start(task)
    assert len(closed_in) == 1
    assert closed_in[0] is not threading.current_thread()


QUITS_WITH_A_JOB = """
import sys
from PySide6.QtCore import QCoreApplication, QTimer
from core.tasks import Progress
from gui.threads.jobs import Job

app = QCoreApplication(sys.argv)
job = Job()

def task():
    try:
        while True:
            yield Progress(0.5)
    finally:
        print("cleaned up", flush=True)

job.progressed.connect(lambda progress: app.quit())
job.start(task)
sys.exit(app.exec())
"""


def test_an_application_that_quits_lets_the_task_clean_up() -> None:
    import subprocess

    from tests.gui.windows import ROOT, environment

    command = [sys.executable, "-c", QUITS_WITH_A_JOB]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, "cleaned up\n", "")


@pytest.mark.slow
def test_tasks_that_only_read_run_apart_where_that_is_wanted(qtbot: QtBot) -> None:
    job = Job()
    with reads_apart(), qtbot.waitSignal(job.finished) as apart:
        job.start(reading_task(worker_tasks.count_up, 3))
    assert apart.args != [os.getpid()]
    qtbot.waitUntil(lambda: not job.running)
    with qtbot.waitSignal(job.finished) as here:
        job.start(reading_task(worker_tasks.count_up, 3))
    assert here.args == [os.getpid()]
