"""A worker of its own: the same code elsewhere, gone when it should be, back after a crash, never in the bot's way."""

from __future__ import annotations

import gc
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from core.errors import BotpulseError, DatabaseLocked, NoAccess, WorkerGone
from core.worker import process
from core.worker.process import WorkerProcess
from tests.core import worker_tasks
from tests.platforms import KILLED, asks_by_signals

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def worker() -> Iterator[WorkerProcess]:
    worker = WorkerProcess()
    yield worker
    worker.close()


def reapers() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "botpulse-worker"]


def children() -> set[int]:
    """Processes of ours that there are, those that are dead and not taken note of among them."""
    return {each.pid for each in psutil.Process().children()}


def wait_for_its_end() -> None:
    for thread in reapers():
        thread.join(20)
        assert not thread.is_alive()


def test_a_function_runs_in_one_process_that_is_not_ours(worker: WorkerProcess) -> None:
    assert worker.call(worker_tasks.add, 2, right=3) == 5
    first, second = worker.call(worker_tasks.pid), worker.call(worker_tasks.pid)
    assert first == second != os.getpid()
    assert first in children()


def test_process_is_made_at_the_first_call_only() -> None:
    before = children()
    worker = WorkerProcess()
    assert children() == before
    worker.close()


def test_process_has_our_own_core_and_nothing_of_the_script(worker: WorkerProcess) -> None:
    found = worker.call(worker_tasks.whereabouts)
    assert found == {
        "core": str(ROOT / "core"),
        "resources": str(ROOT / "resources"),
        "argv": [""],
        "main": None,
    }


def test_output_of_the_process_is_in_nobodys_way(worker: WorkerProcess, capfd: pytest.CaptureFixture[str]) -> None:
    assert worker.call(worker_tasks.chatter, 300_000) == ""
    assert worker.call(worker_tasks.add, 1) == 2
    assert capfd.readouterr() == ("", "")


def test_a_large_answer_comes_whole(worker: WorkerProcess) -> None:
    assert worker.call(worker_tasks.big, 9_000_000) == b"\x89" * 9_000_000


def test_our_own_faults_come_back_as_they_were(worker: WorkerProcess) -> None:
    with pytest.raises(DatabaseLocked) as raised:
        worker.call(worker_tasks.locked)
    plain = DatabaseLocked("analytics.db", "database is locked")
    assert (str(raised.value), raised.value.args) == (str(plain), plain.args)
    assert (raised.value.subject, raised.value.detail) == ("analytics.db", "database is locked")
    with pytest.raises(NoAccess, match=r"^No access to the database: there$"):
        worker.call(worker_tasks.no_access, "there")
    assert not hasattr(raised.value, "__notes__")


def test_a_bug_over_there_is_raised_here_with_its_traceback(worker: WorkerProcess) -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        worker.call(worker_tasks.divide, 1, 0)
    assert any("in divide" in note for note in raised.value.__notes__)
    with pytest.raises(RuntimeError, match="Odd: 1 and 2"):
        worker.call(worker_tasks.odd)
    with pytest.raises(TypeError, match="pickle"):
        worker.call(worker_tasks.unsendable)
    with pytest.raises(TypeError, match="pickle"):
        worker.call(worker_tasks.add, threading.Lock())  # type: ignore[arg-type]
    assert worker.call(worker_tasks.add, 1) == 2


def test_log_of_the_process_is_in_our_log(worker: WorkerProcess, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "core")
    worker.call(worker_tasks.speak, logging.INFO, "100 % done")
    worker.call(worker_tasks.speak, logging.DEBUG, "not asked for")
    assert [(each.name, each.levelname, each.getMessage()) for each in caplog.records] == [
        ("core.spoken", "INFO", "100 % done")
    ]


def test_a_crash_is_made_up_for_once(worker: WorkerProcess, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    first = worker.call(worker_tasks.pid)
    assert worker.call(worker_tasks.die_once, tmp_path / "mark") == "second try"
    assert worker.call(worker_tasks.pid) != first
    assert "die_once" in caplog.text


def test_after_two_crashes_it_says_so_and_the_next_call_works(
    worker: WorkerProcess, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(WorkerGone) as raised:
        worker.call(worker_tasks.die)
    assert isinstance(raised.value, BotpulseError)
    assert (raised.value.subject, raised.value.detail) == ("die", "exit code 3: out of coffee")
    assert worker.call(worker_tasks.add, 1) == 2
    assert len(caplog.records) == 2


def test_process_ends_when_nothing_is_asked_and_comes_back_without_a_word() -> None:
    worker = WorkerProcess(idle_seconds=0.05)
    before = children()
    first = worker.call(worker_tasks.pid)
    wait_for_its_end()
    assert children() <= before
    second = worker.call(worker_tasks.pid)
    assert second != first
    worker.close()


@pytest.mark.slow
def test_work_that_takes_longer_than_the_idle_time_is_finished(tmp_path: Path) -> None:
    began, go_on = tmp_path / "began", tmp_path / "go on"
    worker = WorkerProcess(idle_seconds=0.5)
    with ThreadPoolExecutor(1) as pool:
        task = pool.submit(worker.call, worker_tasks.wait_for, began, go_on)
        (reaper,) = reapers_once(began)
        reaper.join(1.2)
        assert reaper.is_alive()
        go_on.touch()
        assert task.result(20) == "done"
    worker.close()


def reapers_once(began: Path) -> list[threading.Thread]:
    worker_tasks.wait_until(began)
    return reapers()


def test_calls_of_many_threads_are_answered_one_by_one(worker: WorkerProcess) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda n: worker.call(worker_tasks.add, n), range(64))) == list(range(1, 65))
        assert len(set(pool.map(lambda _: worker.call(worker_tasks.pid), range(8)))) == 1


def test_closing_ends_it_and_may_be_done_twice(worker: WorkerProcess) -> None:
    before = children()
    worker.call(worker_tasks.add, 1)
    worker.close()
    worker.close()
    assert children() <= before
    assert reapers() == []
    with pytest.raises(WorkerGone, match="closed"):
        worker.call(worker_tasks.add, 1)


@pytest.mark.slow
def test_closing_does_not_wait_for_ever_for_a_call(
    worker: WorkerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_CLOSE_SECONDS", 0.1)
    monkeypatch.setattr(process, "_END_SECONDS", 0.1)
    with ThreadPoolExecutor(1) as pool:
        task = pool.submit(worker.call, worker_tasks.wait_for, tmp_path / "began", tmp_path / "never")
        reapers_once(tmp_path / "began")
        worker.close()
        with pytest.raises(WorkerGone, match="closed"):
            task.result(20)
    wait_for_its_end()


@pytest.mark.skipif(os.name != "posix", reason="the executable is a shell's script")
def test_process_that_is_just_starting_is_ended_too(
    worker: WorkerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go_on, slow = tmp_path / "began", tmp_path / "go on", tmp_path / "python"
    wait = f"touch '{began}'; until [ -e '{go_on}' ]; do sleep 0.01; done"
    slow.write_text(f"#!/bin/sh\n{wait}\nexec '{sys.executable}' \"$@\"\n", encoding="utf-8")
    slow.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(slow))
    before = children()
    with ThreadPoolExecutor(1) as pool:
        task = pool.submit(worker.call, worker_tasks.pid)
        worker_tasks.wait_until(began)
        try:
            worker.close(timeout=0)
            with pytest.raises(WorkerGone, match="closed"):
                task.result(10)
        finally:
            go_on.touch()
    assert children() <= before


def test_process_ends_with_its_last_owner() -> None:
    before = children()
    worker = WorkerProcess()
    worker.call(worker_tasks.add, 1)
    del worker
    gc.collect()
    wait_for_its_end()
    assert children() <= before


def test_relative_paths_are_ours(worker: WorkerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker.call(worker_tasks.add, 1)
    monkeypatch.chdir(tmp_path)
    assert worker.call(worker_tasks.folder) == str(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="Windows has classes of priority")
def test_process_leaves_the_processor_to_the_bot(worker: WorkerProcess) -> None:
    assert psutil.Process(worker.call(worker_tasks.pid)).nice() > min(psutil.Process().nice(), 18)


@pytest.mark.parametrize("executable", ["", "/nowhere/python", pytest.param("/bin/true", marks=asks_by_signals)])
def test_without_a_process_it_is_done_here_and_said_once(
    executable: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    worker = WorkerProcess()
    assert [worker.call(worker_tasks.pid) for _ in range(2)] == [os.getpid()] * 2
    assert len(caplog.records) == 1
    assert "no worker process" in caplog.text
    with pytest.raises(DatabaseLocked):
        worker.call(worker_tasks.locked)
    worker.close()


def test_a_frozen_program_has_no_python_to_start(
    worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert worker.call(worker_tasks.pid) == os.getpid()


def test_without_a_thread_to_wait_for_it_there_is_no_process_either(
    worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    before = children()
    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert worker.call(worker_tasks.pid) == os.getpid()
    assert children() <= before
    assert "can't start new thread" in caplog.text


@pytest.mark.skipif(os.name != "posix", reason="the executable is a shell's script")
def test_process_that_does_not_begin_to_speak_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    silent = tmp_path / "python"
    silent.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    silent.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(silent))
    monkeypatch.setattr(process, "_START_SECONDS", 0.2)
    before = children()
    worker = WorkerProcess()
    assert worker.call(worker_tasks.pid) == os.getpid()
    assert children() <= before
    assert "no worker process" in caplog.text


def test_call_that_ended_a_process_is_not_run_in_the_bots(
    worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    worker.call(worker_tasks.pid)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(WorkerGone):
        worker.call(worker_tasks.die)
    assert "die" in caplog.text


def run(script: str, *, at: Path, arguments: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run a bot's script, complaining of everything that is not cleaned up."""
    (at / "bot.py").write_text(script, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "bot.py", *arguments],
        cwd=at, env={**os.environ, "PYTHONPATH": os.pathsep.join((str(at), str(ROOT)))},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_a_worker_that_ends_with_the_interpreter_is_not_complained_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    worker = WorkerProcess()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(worker.call_once, worker_tasks.wait_for, tmp_path / "began", tmp_path / "never")
        worker_tasks.wait_until(tmp_path / "began")
        worker._slot.end(kill=True, final=True)  # as its finaliser does, which comes before whoever closes it
        with pytest.raises(WorkerGone):
            asked.result()
    assert "while it ran" not in caplog.text
    worker.close()


UNGUARDED = """
import os, sys
sys.path.insert(0, sys.argv[1])
print("the script runs")
from core.worker.process import WorkerProcess
from tests.core import worker_tasks
worker = WorkerProcess()
print(worker.call(worker_tasks.whereabouts)["core"])
print("matplotlib" in sys.modules)
"""


@pytest.mark.slow
def test_a_script_without_a_guard_beside_folders_of_our_names_runs_once_and_ends_clean(tmp_path: Path) -> None:
    for name in ("core", "resources", "queue"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "settings.py").write_text("print('wrong one')\n", encoding="utf-8")
    done = run(UNGUARDED, at=tmp_path, arguments=(str(ROOT),))
    assert done.stdout.splitlines() == ["the script runs", str(ROOT / "core"), "False"]
    assert (done.stderr, done.returncode) == ("", 0)


SCRIPTS_OWN = """
from core.worker.process import WorkerProcess
def mine(): pass
try:
    WorkerProcess().call(mine)
except TypeError as error:
    print(error)
"""


def test_a_function_of_the_script_itself_is_refused(tmp_path: Path) -> None:
    assert run(SCRIPTS_OWN, at=tmp_path).stdout == "mine is part of the script itself: put it into a module\n"


ENDS_ITSELF = """
import os, signal
from core.worker.process import WorkerProcess
from tests.core import worker_tasks
worker = WorkerProcess()
print(worker.call(worker_tasks.pid), flush=True)
os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
"""


@pytest.mark.slow
def test_process_ends_with_a_bot_that_was_killed(tmp_path: Path) -> None:
    done = run(ENDS_ITSELF, at=tmp_path)
    assert done.returncode == KILLED
    pid = int(done.stdout)
    if psutil.pid_exists(pid):
        psutil.Process(pid).wait(20)
    assert not psutil.pid_exists(pid)


FORKED = """
import os, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from core.worker.process import WorkerProcess
from tests.core import worker_tasks
worker = WorkerProcess()
first = worker.call(worker_tasks.pid)
child = os.fork()
if child == 0:
    other = worker.call(worker_tasks.pid)
    worker.close()
    os._exit(0 if other != first else 9)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), worker.call(worker_tasks.pid) == first)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")
def test_a_forked_process_has_a_worker_of_its_own(tmp_path: Path) -> None:
    done = run(FORKED, at=tmp_path)
    assert (done.stdout, done.stderr) == ("0 True\n", "")
