"""Whatever is posted, the web handlers answer it, store nothing of it and stay well."""

from __future__ import annotations

import asyncio
import json
import re
import string
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_integration.web_handlers import Limits
from tests.bot_integration.web.posting import FIELDS, MP4, PNG, TOKEN, Served, serving, spoken

Result = TypeVar("Result")
pytestmark = pytest.mark.leaves_threads  # the server of all tests, and its loop's pool: until the module's end
SMALL = Limits(file=20_000, body=60_000, in_memory=2_000, upload_seconds=5)


class Running:
    """One server in a thread for all examples: a new one for each would test the start and little else."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._up: Future[Served] = Future()
        self._down: Future[None] = Future()
        self._thread = threading.Thread(target=self._serve)

    def _serve(self) -> None:
        async def work() -> None:
            self._loop = asyncio.get_running_loop()
            self._ending = asyncio.Event()
            async with serving(self._database, limits=SMALL) as bot:
                bot.handlers.pending.register("1", "2", request_id="known")
                self._up.set_result(bot)
                await self._ending.wait()

        try:
            asyncio.run(work())
        except BaseException as error:  # handed to the test, with whatever the server complained about
            self._down.set_exception(error)
            if not self._up.done():
                self._up.set_exception(error)
        else:
            self._down.set_result(None)

    def __enter__(self) -> Running:
        self._thread.start()
        self.bot = self._up.result(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(30)
        self._down.result(0)

    def do(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def say(self, request: bytes, *, hang_up: bool = False) -> int | None:
        """The status of the answer to raw bytes; None where there is none."""
        answer = self.do(spoken(self.bot.port, request, hang_up=hang_up))
        return int(answer.split()[1]) if answer else None

    def assert_nothing_happened(self) -> None:
        assert self.do(self.bot.rows()) == []
        assert self.bot.shown == []


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("garbage") / "analytics.db") as running:
        yield running


def request(path: str, content_type: str, body: bytes, *, chunks: int = 0) -> bytes:
    """An authorised request, whole or in chunks, as bytes."""
    head = [
        f"POST {path} HTTP/1.1",
        "Host: x",
        f"Authorization: Bearer {TOKEN}",
        f"Content-Type: {content_type}",
        "Connection: close",
    ]
    if not chunks:
        head.append(f"Content-Length: {len(body)}")
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body
    head.append("Transfer-Encoding: chunked")
    parts = [body[at : at + chunks] for at in range(0, len(body), chunks)]
    coded = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return "\r\n".join(head).encode() + b"\r\n\r\n" + coded + b"0\r\n\r\n"


def is_refusal(status: int | None) -> bool:
    return status is not None and 400 <= status < 500


def part(name: bytes, value: bytes, *, headers: bytes = b"") -> bytes:
    return b'--b\r\nContent-Disposition: form-data; name="%b"\r\n%b\r\n%b\r\n' % (name, headers, value)


def whole(**changes: bytes) -> bytes:
    """A good form, but for these changes."""
    values = {name: text.encode() for name, text in FIELDS.items()} | changes
    files = {} if "image_data" in changes else {"image_data": PNG}
    return b"".join(part(name.encode(), value) for name, value in {**values, **files}.items()) + b"--b--\r\n"


FORM = "multipart/form-data; boundary=b"
PATHS = st.sampled_from(["/send_image", "/image_generated", "/update_progress"])
TYPES = st.sampled_from([FORM, "multipart/form-data; boundary=\"b\"", "multipart/mixed; boundary=b", "application/json",
                         "application/x-www-form-urlencoded", "multipart/form-data", "", "text/plain"])  # fmt: skip
ODD = st.sampled_from([b"\r\n", b"--b", b"--b--", b"\r\n--b\r\n", b"\0", b"\xff", b'name="', b"Content-Disposition: "])
BYTES = st.lists(st.one_of(st.binary(max_size=200), ODD), max_size=20).map(b"".join)


def test_the_good_form_of_this_test_is_good(tmp_path: Path) -> None:
    with Running(tmp_path / "analytics.db") as running:
        assert running.say(request("/send_image", FORM, whole())) == 200
        assert running.say(request("/send_image", FORM, whole(request_id=b"2"), chunks=7)) == 200
        assert running.say(request("/send_image", FORM, whole(request_id=b"3", prompt=b""), chunks=1)) == 200
        assert len(running.do(running.bot.rows())) == 3


@given(path=PATHS, content_type=TYPES, body=BYTES, chunks=st.sampled_from([0, 1, 13, 4096]))
def test_bytes(server: Running, path: str, content_type: str, body: bytes, chunks: int) -> None:
    assert is_refusal(server.say(request(path, content_type, body, chunks=chunks)))
    server.assert_nothing_happened()


@given(data=st.data())
def test_a_good_form_that_was_damaged(server: Running, data: st.DataObject) -> None:
    good = whole()
    at = data.draw(st.integers(0, len(good) - 20))
    removed = data.draw(st.integers(1, len(good)))
    damaged = good[:at] + data.draw(st.binary(max_size=20)) + good[at + removed :]
    if data.draw(st.booleans()):
        damaged = damaged.removesuffix(b"--b--\r\n")  # cut off: never a whole form
    else:
        damaged = damaged.replace(b"user_id", b"user_\xff", 1)
    chunks = data.draw(st.sampled_from([0, 3, 500]))
    assert is_refusal(server.say(request("/send_image", FORM, damaged, chunks=chunks)))
    server.assert_nothing_happened()


WORDS = st.text(st.characters(codec="utf-8"), max_size=60).map(str.encode)
BAD_VALUES = {
    "user_id": WORDS.filter(lambda word: not word.isdigit()),
    "channel_id": st.integers(max_value=0).map(lambda number: str(number).encode()),
    "generation_time": st.sampled_from([b"nan", b"-1", b"1e99", b"inf"]) | WORDS.map(lambda word: b"x" + word),
    "loras": st.recursive(st.none() | st.booleans() | st.floats(), lambda inner: st.lists(inner, min_size=1))
    .map(lambda value: json.dumps({"a": value}).encode()),
    "workflow": WORDS.map(lambda word: b"[" + word),
    "seed": WORDS.map(lambda word: b"0x" + word),
    "is_video": WORDS.map(lambda word: b"?" + word),
    "request_type": WORDS.map(lambda word: b"!" + word),
    "image_data": st.binary(max_size=300).map(lambda data: b"BM" + data),
}  # fmt: skip


@pytest.mark.slow
@given(data=st.data())
def test_a_field_that_makes_no_sense(server: Running, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(BAD_VALUES)))
    value = data.draw(BAD_VALUES[name])
    if b"\r\n--b" in value:
        return
    assert server.say(request("/send_image", FORM, whole(**{name: value}))) in (413, 422)
    server.assert_nothing_happened()


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["request_id", "progress", "message", "preview", "progress_data"]), inner)
    ),
    max_leaves=12,
)


@given(value=JSON)
def test_progress_of_any_shape(server: Running, value: Any) -> None:
    if isinstance(value, dict) and value.get("request_id") == "known":
        return
    body = json.dumps(value).encode("utf-8", "surrogatepass")
    assert is_refusal(server.say(request("/update_progress", "application/json", body)))


HEADER = st.text(string.printable, max_size=40).map(lambda text: re.sub(r"[\r\n]", "", text))


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "TRACE", "FROB"]),
    token=HEADER,
    content_type=HEADER,
    length=st.one_of(st.none(), st.integers(-5, 10**20), HEADER),
    encoding=st.sampled_from([None, "gzip", "deflate", "br", "chunked"]),
    body=st.binary(max_size=100),
)
def test_headers(
    server: Running, method: str, token: str, content_type: str, length: Any, encoding: str | None, body: bytes
) -> None:
    head = f"{method} /send_image HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: {token}\r\n"
    head += f"Content-Type: {content_type}\r\n"
    head += "" if length is None else f"Content-Length: {length}\r\n"
    head += "" if encoding is None else f"Content-Encoding: {encoding}\r\n"
    assert is_refusal(server.say(head.encode() + b"\r\n" + body))
    server.assert_nothing_happened()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b",
        b"--b--",
        b"--b--\r\n",
        b"--b--\r\nepilogue",
        b"preamble\r\n" + whole(),
        b"--b\r\n\r\nno headers\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: attachment; name="user_id"\r\n\r\n1\r\n--b--\r\n',
        b'--b\r\nContent-Disposition: form-data; filename="x"\r\n\r\n1\r\n--b--\r\n',
        b"--b\r\nX: " + b"y" * 100_000,
        b"--b\r\n" + b"X: y\r\n" * 9_000,
        b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n\r\n--c--\r\n--b--\r\n",
        part(b"user_id", b"MQ==", headers=b"Content-Transfer-Encoding: base64\r\n") + b"--b--\r\n",
        part(b"user_id", b"\xff\xfe") + b"--b--\r\n",
        whole().replace(b"\r\n", b"\n"),
        whole()[:-4],
        whole() + b"--b\r\n",
        whole(image_data=PNG + b"\r\n--bx"),
    ],
)
def test_malformed_forms(server: Running, body: bytes) -> None:
    for chunks in (0, 5, 4_000):
        assert is_refusal(server.say(request("/send_image", FORM, body, chunks=chunks)))
    server.assert_nothing_happened()


@pytest.mark.parametrize(
    "chunk", [b"zz\r\n", b"5\r\nab", b"-1\r\n\r\n", b"ffffffffffffffffff\r\nx", b"3\r\nabcX\r\n", b"0\r\nX: y\r\n"]
)
def test_chunks_that_are_none(server: Running, chunk: bytes) -> None:
    head = request("/send_image", FORM, b"--b\r\n", chunks=100).removesuffix(b"0\r\n\r\n")
    answer = server.say(head + chunk, hang_up=True)
    assert answer is None or is_refusal(answer)
    server.assert_nothing_happened()


def test_a_compressed_body_is_not_unpacked(server: Running) -> None:
    assert server.say(request("/send_image", FORM + "\r\nContent-Encoding: gzip", MP4)) == 415
