from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QLockFile
from pytestqt.qtbot import QtBot

from core.storage.location import Location, locate
from gui.window.single_instance import SingleInstance, already_open, instance_key
from tests.gui.windows import ROOT, environment
from tests.hang_guard import hang_guard

START = """
import sys
from PySide6.QtCore import QCoreApplication
from core.storage.location import locate
from gui.window.single_instance import SingleInstance, already_open

app = QCoreApplication(sys.argv)
location, instance = locate(sys.argv[1]), SingleInstance()
if not instance.claim(location):
    print(already_open(location), flush=True)
    sys.exit(0)
print("ours", flush=True)
instance.asked_to_front.connect(lambda: print("asked", flush=True))
sys.exit(app.exec())
"""


@contextmanager
def started(address: str | Path) -> Iterator[subprocess.Popen[str]]:
    """A second real start with this database."""
    command = [sys.executable, "-c", START, str(address)]
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime folder of the test's own; a socket's path has to be short, that of ``tmp_path`` need not be."""
    with tempfile.TemporaryDirectory(prefix="bp-") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


@pytest.fixture
def location(tmp_path: Path) -> Location:
    return locate(tmp_path / "analytics.db")


def test_a_second_start_asks_the_first_to_the_front_and_ends(qtbot: QtBot, location: Location) -> None:
    instance = SingleInstance()
    assert instance.claim(location)
    with started(str(location)) as second:
        with qtbot.waitSignal(instance.asked_to_front, timeout=20_000):
            pass
        assert line(second) == already_open(location)
        assert second.wait(10) == 0
    instance.release()


def test_the_second_start_says_so_and_ends_with_0(location: Location) -> None:
    with started(str(location)) as first:
        assert line(first) == "ours"
        with started(str(location)) as second:
            assert line(second) == already_open(location)
            assert second.wait(10) == 0
        assert line(first) == "asked"


def test_different_databases_open_beside_each_other(tmp_path: Path) -> None:
    with started(tmp_path / "a.db") as first, started(tmp_path / "b.db") as second:
        assert (line(first), line(second)) == ("ours", "ours")


@pytest.mark.skipif(os.name == "nt", reason="a crash leaves no pipe behind on Windows")
def test_leftovers_of_a_crash_are_taken_over(location: Location, runtime: Path) -> None:
    with started(str(location)) as first:
        assert line(first) == "ours"
        first.kill()
    assert [path for path in runtime.iterdir() if path.is_socket()]
    with started(str(location)) as second:
        assert line(second) == "ours"


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows can't stop a process like this")
def test_a_window_that_is_busy_keeps_its_database(location: Location) -> None:
    with started(str(location)) as first:
        assert line(first) == "ours"
        first.send_signal(signal.SIGSTOP)
        with started(str(location)) as second:
            assert line(second) == already_open(location)
        first.send_signal(signal.SIGCONT)
        assert line(first) == "asked"


def test_of_two_that_start_at_once_one_opens(location: Location) -> None:
    with started(str(location)) as one, started(str(location)) as other:
        assert sorted((line(one), line(other))) == [already_open(location), "ours"]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_link_is_the_file_that_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "a.db")
    keys = {instance_key(locate(path)) for path in (tmp_path / "link.db", tmp_path / "a.db", f"{tmp_path}/x/../a.db")}
    assert len(keys) == 1


def test_a_key_tells_nothing_and_needs_no_password() -> None:
    key = instance_key(locate("postgresql://host:geheim@db.example/bot"))
    assert key == instance_key(locate("postgresql://host:other@db.example/bot"))
    assert key != instance_key(locate("postgresql://host@db.example/bot2"))
    assert all(letter in "0123456789abcdef" for letter in key)


def test_a_claim_moves_from_one_database_to_another(location: Location, tmp_path: Path) -> None:
    ours, another = SingleInstance(), locate(tmp_path / "other.db")
    assert ours.claim(location)
    assert ours.claim(location)
    assert ours.claim(another)
    with started(str(location)) as second:
        assert line(second) == "ours"
        assert not ours.claim(location)
        assert line(second) == "asked"
    assert ours.claim(another)
    ours.release()
    ours.release()
    assert ours.claim(location)
    ours.release()


@pytest.mark.skipif(os.name == "nt", reason="a socket of the file system")
@pytest.mark.parametrize("sent", [b"", b"quit\n", b"x" * 100_000])
def test_other_words_do_nothing(qtbot: QtBot, location: Location, runtime: Path, sent: bytes) -> None:
    instance, asked = SingleInstance(), list[int]()
    instance.asked_to_front.connect(lambda: asked.append(1))
    assert instance.claim(location)
    (path,) = (each for each in runtime.iterdir() if each.is_socket())
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.settimeout(0)
        stranger.connect(str(path))
        if sent:
            stranger.send(sent)
            qtbot.waitUntil(lambda: _is_closed(stranger))
    assert asked == []
    instance.release()


def _is_closed(stranger: socket.socket) -> bool:
    try:
        return stranger.recv(64) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def test_a_folder_that_takes_no_socket_keeps_nobody_from_opening(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, location: Location
) -> None:
    deep = tmp_path.joinpath(*["a_folder_with_a_long_name"] * 6)
    deep.mkdir(parents=True)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    instance = SingleInstance()
    with hang_guard():
        assert instance.claim(location)


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch, runtime: Path) -> Path:
    """A temporary folder that everybody may write, and no runtime folder."""
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setattr(tempfile, "tempdir", str(runtime))
    runtime.chmod(0o1777)
    return runtime


posix_only = pytest.mark.skipif(os.name == "nt", reason="each user has a temporary folder of their own on Windows")


@posix_only
@pytest.mark.usefixtures("qapp")
def test_nothing_that_others_could_make_first_lies_in_the_shared_folder(location: Location, shared: Path) -> None:
    instance = SingleInstance()
    assert instance.claim(location)
    (own,) = shared.iterdir()
    assert own.is_dir()
    assert stat.S_IMODE(own.stat().st_mode) == 0o700
    assert [each for each in own.iterdir() if each.is_socket()]
    instance.release()


@posix_only
@pytest.mark.usefixtures("qapp")
def test_a_lock_in_the_shared_folder_is_not_waited_for(
    location: Location, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gui.window.single_instance._CLAIM_MS", 90_000)
    lock = QLockFile(str(shared / f"botpulse-{instance_key(location)}.lock"))
    assert lock.tryLock(0)
    instance = SingleInstance()
    with hang_guard():
        assert instance.claim(location)
    instance.release()
    lock.unlock()


@posix_only
@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("squatted", ["file", "link", "open to all"])
def test_somebody_elses_folder_keeps_nobody_from_opening(location: Location, shared: Path, squatted: str) -> None:
    place = shared / f"botpulse-{os.getuid()}"
    if squatted == "file":
        place.touch()
    elif squatted == "link":
        place.symlink_to(shared)
    else:
        place.mkdir()
        place.chmod(0o777)
    before = sorted(shared.rglob("*"))
    with hang_guard():
        assert SingleInstance().claim(location)
    assert sorted(shared.rglob("*")) == before


@posix_only
@pytest.mark.usefixtures("qapp")
def test_a_runtime_folder_that_others_may_write_is_not_used(
    monkeypatch: pytest.MonkeyPatch, location: Location, shared: Path
) -> None:
    open_to_all = shared / "runtime"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(open_to_all))
    instance = SingleInstance()
    assert instance.claim(location)
    assert list(open_to_all.iterdir()) == []
    instance.release()
