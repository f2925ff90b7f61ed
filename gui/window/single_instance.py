"""One window for one database and user: a second start brings the first window to the front instead.

A local socket is the sign: it is named by a hash, and all that crosses it are a few words each way. What a crash left
behind is taken over, for nobody listens there; a window that is busy keeps its claim, for the system still connects.
"""

from __future__ import annotations

import getpass
import hashlib
import logging
import os
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from PySide6.QtCore import QLockFile, QObject, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from core.storage.location import Location, real_path
from core.text.translation import gettext as _

log = logging.getLogger(__name__)

_ASK: Final = b"to the front\n"
_LOOK_AT: Final = b"look at "
_MOST: Final = 32_000
"""Bytes of what is asked: a link of the greatest length, and more than that is nobody's."""

_ANSWER: Final = b"coming\n"
_CONNECT_MS: Final = 500
_ANSWER_MS: Final = 2_000
_CLAIM_MS: Final = 5_000
_GONE: Final = QLocalSocket.LocalSocketState.UnconnectedState


class SingleInstance(QObject):
    """Holds the claim on one database at a time, for as long as it lives.

    Signals:
        asked_to_front(): somebody started Botpulse with the same database.
        link_given(str): and with this link, which is to be looked at.
    """

    asked_to_front = Signal()
    link_given = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server: QLocalServer | None = None
        self._visitors: list[QLocalSocket] = []
        self._key = ""

    def claim(self, location: Location, link: str = "") -> bool:
        """Whether the database is ours from now on; a claim on another one is given up.

        False where another window of this user has it: that one has been asked to come to the front, and to look at the
        ``link`` if there is one, and ours stays as it was. Where no socket can be made the window opens all the same.
        """
        key = instance_key(location)
        if key == self._key:
            return True
        folder = _folder()
        if folder is None:
            log.info("A second window will not find this one: there is no folder for its socket.")
            return True
        place = str(folder / f"botpulse-{key}")
        lock = QLockFile(f"{place}.lock")  # two that start in the same moment must not both take over
        locked = lock.tryLock(_CLAIM_MS)
        try:
            if _other_answers(place, link):
                return False
            self.release()
            self._listen(place, key)
        finally:
            if locked:
                lock.unlock()
        return True

    def release(self) -> None:
        """Give the claim up. It may be called twice."""
        self._visitors.clear()
        if self._server is not None:
            self._server.close()
            self._server.deleteLater()
        self._server, self._key = None, ""

    def _listen(self, place: str, key: str) -> None:
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(self._greet)
        QLocalServer.removeServer(place)
        if not server.listen(place):
            log.info("A second window will not find this one: %s", server.errorString())
        self._server, self._key = server, key

    @Slot()
    def _greet(self) -> None:
        while self._server is not None and (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(self._answer)
            socket.disconnected.connect(self._see_off)
            self._visitors.append(socket)
        self._answer()

    @Slot()
    def _answer(self) -> None:
        for socket in [each for each in self._visitors if each.canReadLine() or each.bytesAvailable() > _MOST]:
            said = bytes(socket.readLine(_MOST).data())
            link = said.removeprefix(_LOOK_AT).decode(errors="replace").strip() if said.startswith(_LOOK_AT) else ""
            asked = said == _ASK or bool(link)
            self._visitors.remove(socket)
            if asked:
                socket.write(_ANSWER)
                socket.flush()
            socket.disconnectFromServer()
            socket.deleteLater()
            if asked:
                self.asked_to_front.emit()
            if link:
                self.link_given.emit(link)

    @Slot()
    def _see_off(self) -> None:
        """Forget those who left without a word."""
        self._answer()
        for socket in [each for each in self._visitors if each.state() is _GONE]:
            self._visitors.remove(socket)
            socket.deleteLater()


def instance_key(location: Location) -> str:
    """A name for a database and this user that tells neither: links to one file have one key, and passwords none."""
    where = str(real_path(location.path)) if location.path is not None else str(location)
    if location.path is not None and sys.platform in ("win32", "darwin"):
        where = where.casefold()
    return hashlib.sha256(f"{_user()}\0{where}".encode(errors="surrogateescape")).hexdigest()[:24]


def already_open(location: Location) -> str:
    """What a second start says before it ends."""
    return _("{name} is already open in another Botpulse window; that window has been asked to come forward.").format(
        name=location.name
    )


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else getpass.getuser()


def _folder() -> Path | None:
    """Where socket and lock lie: a folder that no other user can write, or none.

    In the temporary folder that all share, somebody else could make a lock of that name first and hold up every start.
    Windows names a pipe after it, and gives each user a temporary folder of their own.
    """
    if not hasattr(os, "getuid"):
        return Path(tempfile.gettempdir())
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    if runtime.is_absolute() and _is_private(runtime):
        return runtime
    own = Path(tempfile.gettempdir()) / f"botpulse-{os.getuid()}"
    with suppress(OSError):
        own.mkdir(mode=0o700)
    return own if _is_private(own) else None


def _is_private(folder: Path) -> bool:
    """Whether it is a folder of this user's, in which nobody else can make or remove a file."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    ours = found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return ours and stat.S_ISDIR(found.st_mode) and os.access(folder, os.W_OK)


def _other_answers(place: str, link: str) -> bool:
    """Whether a window of this user listens there; it is asked to come to the front, and given a link."""
    if not _is_ours(place):
        return False
    socket = QLocalSocket()
    socket.connectToServer(place)
    if not socket.waitForConnected(_CONNECT_MS):
        return False
    socket.write(_LOOK_AT + " ".join(link.split()).encode(errors="replace") + b"\n" if link else _ASK)
    socket.flush()
    socket.waitForReadyRead(_ANSWER_MS)  # one that is too busy to answer now finds the question later
    socket.disconnectFromServer()
    return True


def _is_ours(place: str) -> bool:
    """In a temporary folder that all share, somebody else may have put a socket there to keep us from opening."""
    if not hasattr(os, "getuid"):
        return True
    try:
        return os.lstat(place).st_uid == os.getuid()
    except OSError:
        return False
