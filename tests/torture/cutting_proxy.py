"""A way to a PostgreSQL server that is cut at any byte of a commit: of the question, or of its answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field

_BUFFER = 1 << 16
_EVENTS = b'INTO "command_usage"'

QUESTION = 12
"""Bytes of the message COMMIT."""

ANSWER = 18
"""Bytes of its answer: the command is complete, and the server is ready for the next."""


@dataclass(frozen=True)
class Cut:
    """Where the next commit of events is cut: after so many bytes of the question, or of the answer."""

    answer: bool
    after: int


@dataclass
class CuttingProxy:
    """It passes everything on, until it is told where to cut.

    Attributes:
        port: where it listens.
        server_port: where the server does.
        cuts: how many connections were cut in a commit.
    """

    port: int
    server_port: int
    cuts: int = 0
    _next: Cut | None = None
    _done: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def cut(self, where: Cut, timeout: float) -> bool:
        """Cut the next commit of events there; False where none came in time."""
        with self._lock:
            self._done.clear()
            self._next = where
        done = self._done.wait(timeout)
        with self._lock:
            self._next = None
        return done

    def take(self) -> Cut | None:
        """In a connection, at a commit: where to cut it."""
        with self._lock:
            found, self._next = self._next, None
            if found is not None:
                self.cuts += 1
        return found

    def note_cut(self) -> None:
        """In a connection: it was cut."""
        self._done.set()


@contextmanager
def cutting_proxy(server_port: int) -> Iterator[CuttingProxy]:
    """A proxy that listens for the length of a ``with`` block."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        proxy = CuttingProxy(listener.getsockname()[1], server_port)
        accepting = threading.Thread(target=_accept, args=(proxy, listener), name="proxy", daemon=True)
        accepting.start()
        try:
            yield proxy
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            accepting.join()


def _accept(proxy: CuttingProxy, listener: socket.socket) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_serve, args=(proxy, client), name="proxied", daemon=True).start()


def _serve(proxy: CuttingProxy, client: socket.socket) -> None:
    with client, suppress(OSError), socket.create_connection(("127.0.0.1", proxy.server_port)) as server:
        link = _Link(proxy, client, server)
        answering = threading.Thread(target=link.answer, name="answering", daemon=True)
        answering.start()
        link.ask()
        answering.join()


class _Link:
    """One connection through the proxy."""

    def __init__(self, proxy: CuttingProxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._left: int | None = None

    def ask(self) -> None:
        """Pass on what the client sends."""
        events = False
        try:
            while data := self._client.recv(_BUFFER):
                events = events or _EVENTS in data
                at = data.find(b"COMMIT")
                if at >= 0 and events:
                    events = False
                    cut = self._proxy.take()
                    if cut is not None and not cut.answer:
                        self._server.sendall(data[: at - 5 + cut.after])
                        self._proxy.note_cut()
                        break
                    self._left = cut.after if cut is not None else None
                self._server.sendall(data)
        finally:
            self._end()

    def answer(self) -> None:
        """Pass on what the server answers."""
        with suppress(OSError):
            while data := self._server.recv(_BUFFER):
                if self._left is None:
                    self._client.sendall(data)
                    continue
                self._client.sendall(data[: self._left])
                self._left -= len(data)
                if self._left <= 0:
                    self._proxy.note_cut()
                    break
        self._end()

    def _end(self) -> None:
        for each in (self._client, self._server):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
