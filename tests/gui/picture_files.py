"""Pictures as files, and a ComfyUI that serves them: real HTTP on the loopback, well behaved or not."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from PIL import Image, ImageDraw

from core.manager import AnalyticsManager
from core.tables.pictures import Pictured, outputs_of
from core.tracking.records import ImageDetails

LONGEST_HANG = 60.0


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48), colour: Any = "teal", **how: Any) -> bytes:
    """A file of this format."""
    buffer = BytesIO()
    mode = "RGBA" if kind in ("PNG", "WEBP") and isinstance(colour, tuple) and len(colour) == 4 else "RGB"
    made = Image.new(mode, size, colour)
    ImageDraw.Draw(made).line((0, 0, *size), fill="white", width=max(1, min(size) // 16))
    made.save(buffer, kind, **how)
    return buffer.getvalue()


def animation(kind: str = "GIF") -> bytes:
    """Two frames: the first is red, the second blue."""
    buffer = BytesIO()
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], duration=100, lossless=True)
    return buffer.getvalue()


def pictured(*names: str, row: int = 1, video: bool = False) -> Pictured:
    """What a row with these files says."""
    return Pictured(row, 1_790_000_000.0 + row, video, outputs_of(json.dumps(names)))


class ComfyHost:
    """A server on a port of its own.

    Attributes:
        files: what ``/view`` serves, by path; a name without a file is gone.
        asked: the paths that were asked for, with what stood in the header Authorization.
        release: lets go of those who hang.
        history: what ``/history`` answers.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.release = threading.Event()
        self.history: Any = {}
        self.sent = 0
        host = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                with suppress(OSError):
                    host.answer(self)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *args: object) -> None:
                """A client that went away is no fault."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def names(self) -> list[str]:
        """The files that were asked for, in this order."""
        return [parse_qs(urlsplit(path).query).get("filename", [path])[0] for path, _ in self.asked]

    def close(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, to: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(to.path)
        self.asked.append((to.path, to.headers.get("Authorization", "")))
        if parts.path == "/system_stats":
            self._send(to, json.dumps({"system": {"comfyui_version": "0.3.64"}}).encode(), "application/json")
        elif parts.path == "/history":
            self._send(to, json.dumps(self.history).encode(), "application/json")
        else:
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            self._view(to, query.get("filename", ""), query.get("subfolder", ""))

    def _view(self, to: BaseHTTPRequestHandler, name: str, subfolder: str) -> None:
        act = getattr(self, f"_be_{name.partition('.')[0]}", None)
        path = f"{subfolder}/{name}" if subfolder else name
        if act is not None:
            act(to)
        elif path in self.files:
            self._send(to, self.files[path])
        else:
            self._status(to, 404)

    def _send(self, to: BaseHTTPRequestHandler, data: bytes, kind: str = "image/png", size: int | None = None) -> None:
        to.send_response(200)
        to.send_header("Content-Type", kind)
        to.send_header("Content-Length", str(len(data) if size is None else size))
        to.end_headers()
        to.wfile.write(data)

    def _status(self, to: BaseHTTPRequestHandler, status: int, **headers: str) -> None:
        to.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            to.send_header(name, value)
        to.end_headers()

    def _be_denied(self, to: BaseHTTPRequestHandler) -> None:
        self._status(to, 401, **{"WWW-Authenticate": 'Basic realm="x"'})

    def _be_broken(self, to: BaseHTTPRequestHandler) -> None:
        self._status(to, 500)

    def _be_moved(self, to: BaseHTTPRequestHandler) -> None:
        self._status(to, 302, Location=f"{self.address}/view?filename=elsewhere.png")

    def _be_page(self, to: BaseHTTPRequestHandler) -> None:
        self._send(to, b"<html><img src=file:///etc/passwd></html>", "text/html")

    def _be_stated(self, to: BaseHTTPRequestHandler) -> None:
        self._send(to, b"\x89PNG", size=8 * 2**30)

    def _be_endless(self, to: BaseHTTPRequestHandler) -> None:
        to.send_response(200)
        to.end_headers()
        while not self.release.is_set():
            to.wfile.write(b"\0" * 65536)
            self.sent += 65536
        to.close_connection = True

    def _be_cut(self, to: BaseHTTPRequestHandler) -> None:
        self._send(to, picture()[:80], size=5_000)
        to.close_connection = True

    def _be_hanging(self, to: BaseHTTPRequestHandler) -> None:
        self.release.wait(LONGEST_HANG)
        self._status(to, 404)

    def _be_dripping(self, to: BaseHTTPRequestHandler) -> None:
        to.send_response(200)
        to.send_header("Content-Length", "1000000")
        to.end_headers()
        while not self.release.wait(0.05):
            to.wfile.write(b"\0")


@contextmanager
def comfy_host() -> Iterator[ComfyHost]:
    """A server for as long as the block lasts."""
    host = ComfyHost()
    try:
        yield host
    finally:
        host.close()


def fill(path: Path, *outputs: tuple[str, ...] | None, message: bool = True) -> None:
    """A file of a bot that records what it made: an image a minute, the last one now."""
    with AnalyticsManager(path) as manager:
        for number, names in enumerate(outputs):
            place = ("11", "22", str(900 + number)) if message else (None, None, None)
            details = ImageDetails(*place, outputs=names)
            manager.track_image_generation("7", f"a prompt {number}", "1:1", [], 1, 4.0, details=details)
        manager.flush()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE image_stats SET timestamp = ? - 60 * (? - id)", (time.time(), len(outputs)))
