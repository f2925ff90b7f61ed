"""Whether ComfyUI is where the host says: its version, and how many files it has made, in words."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from typing import Any, Final

from PySide6.QtCore import QByteArray, QObject, Qt, Signal
from PySide6.QtNetwork import QNetworkAccessManager

from core.tables.pictures import MOST_OUTPUTS, PICTURES, VIDEOS
from core.text.formatting import count, counted, one_line
from core.text.translation import gettext as _
from gui.threads.pictures.decoding import NotShown
from gui.threads.pictures.download import Download, network_for
from gui.threads.pictures.sources import ComfyServer, server_of
from gui.threads.python_thread import PythonThread

_MOST_ANSWER: Final = 4 * 2**20
_RUNS: Final = 32
"""So many of the latest runs are asked for."""

_LONGEST_LOOK: Final = 3.0
"""Seconds in which a folder's files are counted."""

_LONGEST_VERSION: Final = 40
_ELSEWHERE: Final = _("Something answers there, but it is not ComfyUI.")


class SourceTrial(QObject):
    """Looks once at an address or at a folder.

    Signals:
        ended(str, bool): what was found, in words, and whether pictures may be had from there.
    """

    ended = Signal(str, bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._network: QNetworkAccessManager | None = None
        self._server: ComfyServer | None = None
        self._name = ""
        self._download: Download | None = None
        self._thread: _CountingThread | None = None

    def try_address(self, typed: str) -> None:
        """Ask a server who it is."""
        self._server = server_of(typed)
        if self._server is None:
            self.ended.emit(_ELSEWHERE, False)
            return
        self._network = network_for(self)
        self._get("/system_stats").finished.connect(self._take_version)

    def try_folder(self, path: str) -> None:
        """Count a folder's pictures and videos."""
        self._thread = _CountingThread(path)
        self._thread.counted.connect(self.ended, Qt.ConnectionType.QueuedConnection)
        self._thread.start()

    def stop(self) -> None:
        """Look no further; nothing is told any more."""
        self.blockSignals(True)
        download, self._download = self._download, None
        if download is not None:
            download.give_up()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.requestInterruption()
            thread.await_end(thread)

    def _get(self, path: str) -> Download:
        server, network = self._server, self._network
        assert server is not None
        assert network is not None
        self._download = Download(network, server.address + path, server.authorisation, most=_MOST_ANSWER)
        return self._download

    def _take_version(self, _number: int, outcome: QByteArray | NotShown) -> None:
        self._download = None
        if isinstance(outcome, NotShown):
            self.ended.emit(_ELSEWHERE if outcome.missing else outcome.words, False)
            return
        version = _version(outcome)
        if version is None:
            self.ended.emit(_ELSEWHERE, False)
            return
        self._name = _("ComfyUI {version} answers.").format(version=version)
        self._get(f"/history?max_items={_RUNS}").finished.connect(self._take_history)

    def _take_history(self, _number: int, outcome: QByteArray | NotShown) -> None:
        self._download = None
        name = self._name
        runs = None if isinstance(outcome, NotShown) else _object(outcome)
        if runs is None:
            self.ended.emit(_("{name} How many files it has made could not be read.").format(name=name), True)
            return
        files = sum(_files(run) for run in list(runs.values())[:_RUNS])
        made = counted(files, "{count} file", "{count} files")
        words = _("{name} Its latest runs ({runs}) made {files}.")
        self.ended.emit(words.format(name=name, runs=count(min(len(runs), _RUNS)), files=made), True)


class _CountingThread(PythonThread):
    """Counts what lies in a folder: a share that hangs is not waited for."""

    counted = Signal(str, bool)

    def __init__(self, path: str) -> None:
        super().__init__("botpulse-pictures-trial")
        self._path = path

    def run(self) -> None:
        """Count, and say what was found."""
        try:
            top = os.path.expanduser(self._path)  # noqa: PTH111  # what is typed may be no path at all
            os.listdir(top)  # noqa: PTH208
            found, whole = self._count(top)
        except (OSError, ValueError):
            self.counted.emit(_("There is no such folder, or it can't be read."), False)
            return
        if not found:
            self.counted.emit(_("The folder has no pictures or videos yet."), True)
            return
        words = _("Found: {files}.") if whole else _("Found: {files}, and more that were not counted.")
        files = counted(found, "{count} picture or video", "{count} pictures and videos")
        self.counted.emit(words.format(files=files), True)

    def _count(self, top: str) -> tuple[int, bool]:
        until, found = time.monotonic() + _LONGEST_LOOK, 0
        for _folder, _folders, names in os.walk(top):
            for ending in _endings(names):
                found += ending in PICTURES or ending in VIDEOS
            if time.monotonic() > until or self.isInterruptionRequested():
                return found, False
        return found, True


def _endings(names: list[str]) -> Iterator[str]:
    return (os.path.splitext(name)[1].lower() for name in names)  # noqa: PTH122  # a hundred thousand of them


def _object(answer: QByteArray) -> dict[str, Any] | None:
    """The JSON object of an answer; None where it is none."""
    try:
        found = json.loads(bytes(answer.data()))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _version(answer: QByteArray) -> str | None:
    system = (_object(answer) or {}).get("system")
    if not isinstance(system, dict):
        return None
    return one_line(str(system.get("comfyui_version") or _("(without a version)")), _LONGEST_VERSION)


def _files(run: Any) -> int:
    """How many files a run of the history has made; of what is no such run, none."""
    outputs = run.get("outputs") if isinstance(run, dict) else None
    nodes = outputs.values() if isinstance(outputs, dict) else ()
    lists = [made for node in nodes if isinstance(node, dict) for made in node.values() if isinstance(made, list)]
    return sum(isinstance(file, dict) and "filename" in file for made in lists for file in made[:MOST_OUTPUTS])
