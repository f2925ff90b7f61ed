"""A way to the server that loses the answer to a commit."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count

from tests.core.postgres.conftest import PASSWORD_IN_URL, Database

_BUFFER = 1 << 16


@dataclass
class Proxy:
    """It passes everything on, but for the answers to some commits: then it cuts the connection.

    Attributes:
        cuts: which of the commits to cut: their numbers, from 1 on.
        into: what a transaction says that is meant.
        answer: where it is given, the connection is not cut, but the answer waits for it.
        committed: how many commits of such came by so far.
    """

    url: str
    cuts: frozenset[int]
    into: bytes
    answer: threading.Event | None = None
    committed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_cut(self) -> bool:
        with self.lock:
            self.committed += 1
            return self.committed in self.cuts


@contextmanager
def cutting(
    database: Database, *cuts: int, into: bytes = b'INTO "command_usage"', answer: threading.Event | None = None
) -> Iterator[Proxy]:
    """A proxy that loses, or holds back, the answers to the commits of these numbers, of transactions with events."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        url = f"postgresql://postgres:{PASSWORD_IN_URL}@127.0.0.1:{port}/{database.name}"
        proxy = Proxy(url, frozenset(cuts), into, answer)
        threads: list[threading.Thread] = []

        def accept() -> None:
            with suppress(OSError):
                for number in count():
                    client, _ = listener.accept()
                    serve = threading.Thread(target=_serve, args=(proxy, client, database.server.port))
                    serve.name = f"proxy-{number}"
                    threads.append(serve)
                    serve.start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield proxy
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for thread in threads:
                thread.join()


def _serve(proxy: Proxy, client: socket.socket, port: int) -> None:
    with client, socket.create_connection(("127.0.0.1", port)) as server, suppress(OSError):
        lost = threading.Event()
        answering = threading.Thread(target=_answers, args=(proxy, server, client, lost))
        answering.start()
        events = False
        while data := client.recv(_BUFFER):
            events = events or proxy.into in data
            if b"COMMIT" in data:
                if events and proxy.is_cut():
                    lost.set()
                events = False
            server.sendall(data)
        server.shutdown(socket.SHUT_WR)
        answering.join()


def _answers(proxy: Proxy, server: socket.socket, client: socket.socket, lost: threading.Event) -> None:
    with suppress(OSError):
        while data := server.recv(_BUFFER):
            if lost.is_set() and proxy.answer is None:
                break
            if lost.is_set() and proxy.answer is not None:
                proxy.answer.wait()
                lost.clear()
            client.sendall(data)
    with suppress(OSError):
        client.shutdown(socket.SHUT_RDWR)
