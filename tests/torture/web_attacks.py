"""What a stranger, and a sender that has gone bad, may say to the web handlers."""

from __future__ import annotations

import gzip
import os
import string
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import repeat
from random import Random
from typing import Final

from tests.torture.web_server import TOKEN

MIB: Final = 2**20
_PNG: Final = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
_BEARER: Final = f"Authorization: Bearer {TOKEN}\r\n".encode()
_FORM: Final = b"Content-Type: multipart/form-data; boundary=b\r\n"
_BOMBS: Final = {
    b"gzip": gzip.compress(bytes(64 * MIB), 6),
    b"deflate": zlib.compress(bytes(64 * MIB), 6),
    b"br": os.urandom(4_096),
    b"zstd": os.urandom(4_096),
    b"gzip, gzip, gzip": gzip.compress(gzip.compress(bytes(64 * MIB), 6)),
}


class End(Enum):
    """What the attacker does when all is said."""

    READ = auto()
    """Reads an answer."""
    LEAVE = auto()
    """Closes at once."""
    RESET = auto()
    """Ends the connection by a reset."""
    HOLD = auto()
    """Stays, and says nothing more, until the server closes."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One connection: what is said on it, chunk by chunk, with pauses in seconds.

    ``welcome`` says that an answer of 200 is right: a replay of a good request, a question that needs no token.
    """

    said: Iterable[bytes]
    end: End = End.READ
    pause: float = 0.0
    welcome: bool = False


Attack = Callable[[Random, str], Attempt]
"""Makes an attempt, by chance, for handlers that are served below a prefix."""


def _path(random: Random, prefix: str) -> bytes:
    return (prefix + random.choice(("/send_image", "/image_generated", "/update_progress"))).encode()


def _post(random: Random, prefix: str, *headers: bytes, path: bytes = b"") -> bytes:
    return b"POST %b HTTP/1.1\r\nHost: x\r\n%b\r\n" % (path or _path(random, prefix), b"".join(headers))


def _sometimes(random: Random, header: bytes) -> bytes:
    return header if random.random() < 0.5 else b""


def _field(name: str, value: bytes, headers: bytes = b"") -> bytes:
    return b'--b\r\nContent-Disposition: form-data; name="%b"\r\n%b\r\n%b\r\n' % (name.encode(), headers, value)


def _chunked(parts: Iterable[bytes]) -> Iterator[bytes]:
    for part in parts:
        yield b"%x\r\n%b\r\n" % (len(part), part)


_FORMS: Final = (
    b"".join(_field(f"f{number}", b"") for number in range(20_000)),
    b"".join(b"--b\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % depth for depth in range(5_000)),
    b"preamble\r\n" * 100_000,
    b"--b\r\n" + b"X: y\r\n" * 100_000,
    b"--b\r\nX: " + b"y" * MIB,
    _field("prompt", b"\r\n--" * 250_000),
    _field("prompt", b"y" * MIB),
    _field("workflow", b"[" * 200_000) + b"--b--\r\n",
    _field("image_data", _PNG + bytes(3 * MIB)),
    b"--b" * 300_000,
    b"\r\n--b" * 200_000,
)
"""Forms that never end, or hold more than one has."""

_TEXTS: Final = (b"[" * 150_000, b'{"a":' * 20_000, b"[" + b"[]," * 40_000, b"9" * 150_000, b'"\\u0041' * 20_000)
"""JSON that costs time."""


def good_form(request_id: str) -> bytes:
    """A whole form of a finished image."""
    fields = {"request_id": request_id, "user_id": "184405311681986560", "channel_id": "381870553235193857"}
    texts = b"".join(_field(name, value.encode()) for name, value in fields.items())
    return texts + _field("image_data", _PNG) + b"--b--\r\n"


def good_request(request_id: str, prefix: str) -> bytes:
    """A whole post of a finished image, with the token."""
    form = good_form(request_id)
    head = f"POST {prefix}/send_image HTTP/1.1\r\nHost: x\r\nContent-Length: {len(form)}\r\nConnection: close\r\n"
    return head.encode() + _BEARER + _FORM + b"\r\n" + form


def idle(_random: Random, _prefix: str) -> Attempt:
    return Attempt((), End.HOLD)


def slow_headers(random: Random, prefix: str) -> Attempt:
    head = b"POST %b HTTP/1.1\r\nHost: x\r\n" % _path(random, prefix)
    return Attempt((head, *repeat(b"X-Slow: y\r\n", 200)), End.HOLD, 0.2)


def slow_second_request(_random: Random, prefix: str) -> Attempt:
    head = f"GET {prefix}/healthz HTTP/1.1\r\nHost: x\r\n".encode()
    return Attempt((head + b"\r\n" + head, *repeat(b"X-Slow: y\r\n", 200)), End.HOLD, 0.2, welcome=True)


def slow_body(random: Random, prefix: str) -> Attempt:
    head = _post(random, prefix, _FORM, b"Content-Length: 1000000\r\n")
    return Attempt((head, *repeat(b"-", 200)), End.HOLD, 0.2)


def slow_body_with_token(random: Random, prefix: str) -> Attempt:
    head = _post(random, prefix, _BEARER, _FORM, b"Content-Length: 1000000\r\n")
    return Attempt((head, *repeat(_field("prompt", b"")[:7], 30)), End.RESET, 0.1)


def answers_never_read(_random: Random, prefix: str) -> Attempt:
    one = f"GET {prefix}/healthz HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    return Attempt(repeat(one * 500, 40), End.HOLD, welcome=True)


def half_request(random: Random, prefix: str) -> Attempt:
    whole = good_request(f"half-{random.random()}", prefix)
    said = whole[: random.randrange(1, len(whole) - 10)]
    return Attempt((said,), random.choice((End.LEAVE, End.RESET)))


def huge_headers(random: Random, prefix: str) -> Attempt:
    head = b"POST %b HTTP/1.1\r\nHost: x\r\n" % _path(random, prefix)
    many = (b"X-%d: y\r\n" % number for number in range(20_000))
    long = repeat(b"y" * 50_000, 20)
    shape = random.choice(((head, b"X: ", *long), (head, *many), (b"GET /", *long), (b"G" * 100_000,)))
    return Attempt(shape)


def huge_body(random: Random, prefix: str) -> Attempt:
    length = random.choice((10**10, 2**63, 10**30, 150 * MIB))
    head = _post(random, prefix, _sometimes(random, _BEARER), _FORM, b"Content-Length: %d\r\n" % length)
    return Attempt((head, *repeat(b"--b\r\n" + bytes(MIB // 4), 8)))


def endless_chunks(random: Random, prefix: str) -> Attempt:
    head = _post(random, prefix, _sometimes(random, _BEARER), _FORM, b"Transfer-Encoding: chunked\r\n")
    return Attempt((head, *_chunked(repeat(bytes(MIB // 4), 16))))


def tiny_chunks(random: Random, prefix: str) -> Attempt:
    head = _post(random, prefix, _sometimes(random, _BEARER), _FORM, b"Transfer-Encoding: chunked\r\n")
    return Attempt((head, *repeat(b"1\r\n-\r\n" * 40_000, 4)))


def bomb(random: Random, prefix: str) -> Attempt:
    encoding, packed = random.choice(list(_BOMBS.items()))
    path = random.choice((b"", b"/nowhere", f"{prefix}/healthz".encode()))
    head = _post(
        random,
        prefix,
        _sometimes(random, _BEARER),
        _FORM,
        b"Content-Encoding: %b\r\n" % encoding,
        b"Content-Length: %d\r\n" % len(packed),
        path=path,
    )
    return Attempt((head, packed))


def bomb_at_a_question(_random: Random, prefix: str) -> Attempt:
    packed = _BOMBS[b"gzip"]
    head = f"GET {prefix}/healthz HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n"
    return Attempt((head.encode() + b"\r\n", packed), welcome=True)


def multipart_bomb(random: Random, prefix: str) -> Attempt:
    body = random.choice(_FORMS)
    path = f"{prefix}/{random.choice(('send_image', 'update_progress'))}".encode()
    return Attempt((_post(random, prefix, _BEARER, _FORM, b"Content-Length: %d\r\n" % len(body), path=path), body))


def json_bomb(random: Random, prefix: str) -> Attempt:
    body = random.choice(_TEXTS)
    kind = random.choice((b"application/json", b"application/x-www-form-urlencoded"))
    headers = (_BEARER, b"Content-Type: %b\r\n" % kind, b"Content-Length: %d\r\n" % len(body))
    return Attempt((_post(random, prefix, *headers, path=f"{prefix}/update_progress".encode()), body))


def replay(random: Random, prefix: str) -> Attempt:
    return Attempt((good_request(f"replayed{prefix.strip('/')}-{random.randrange(20)}", prefix),), welcome=True)


def wrong_token(random: Random, prefix: str) -> Attempt:
    token = random.choice(
        (
            f"Bearer {TOKEN[:-1]}",
            f"Bearer {TOKEN}{TOKEN}",
            f"Basic {TOKEN}",
            "Bearer",
            "Bearer " + "x" * 8_000,
            "Bearer \udcff\udcfe",
            f"bearer\t{TOKEN[::-1]}",
            "".join(random.choices(string.printable[:95], k=40)),
        )
    )
    body = good_form("never")
    header = f"Authorization: {token}\r\n".encode("utf-8", "surrogateescape")
    return Attempt((_post(random, prefix, header, _FORM, b"Content-Length: %d\r\n" % len(body)), body))


def pipelined(random: Random, prefix: str) -> Attempt:
    question = f"GET {prefix}/healthz HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    short = b"GET / HTTP/1.1\r\n\r\n"
    refused = _post(random, prefix, b"Content-Length: 0\r\n")
    return Attempt((random.choice((question, refused, short)) * random.choice((10, 1_000, 20_000)),), welcome=True)


def upgrade(random: Random, prefix: str) -> Attempt:
    to = random.choice((b"websocket", b"h2c", b"TLS/1.0"))
    path = random.choice((_path(random, prefix), f"{prefix}/healthz".encode(), b"/"))
    head = b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: %b\r\n" % (path, to)
    key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    said = (head + key, *repeat(b"\x81\xfe" + random.randbytes(60_000), random.choice((0, 1, 30))))
    return Attempt(said, welcome=True)


def not_http(random: Random, _prefix: str) -> Attempt:
    said = random.choice(
        (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + random.randbytes(500),
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(100),
            b"SSH-2.0-OpenSSH_9.6\r\n",
            b"\r\n" * 50_000,
            random.randbytes(random.randrange(1, 60_000)),
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET /\r\n\r\n",
        )
    )
    return Attempt((said,), random.choice((End.READ, End.LEAVE)))


def bad_chunks(random: Random, prefix: str) -> Attempt:
    tail = random.choice(
        (
            b"zz\r\n",
            b"-1\r\n\r\n",
            b"ffffffffffffffffffff\r\nx",
            b"5;" + b"x" * 100_000,
            b"3\r\nabcX\r\n",
            b"0\r\n" + b"X: y\r\n" * 50_000,
            b"5\nabcde\n0\n\n",
            b"0x5\r\nabcde\r\n",
        )
    )
    double = _sometimes(random, b"Content-Length: 5\r\n")
    head = _post(random, prefix, _sometimes(random, _BEARER), _FORM, double, b"Transfer-Encoding: chunked\r\n")
    return Attempt((head, tail), random.choice((End.READ, End.LEAVE, End.RESET)))


def reset_within_body(random: Random, prefix: str) -> Attempt:
    head = _post(random, prefix, _sometimes(random, _BEARER), _FORM, b"Content-Length: 50000000\r\n")
    start = _field("request_id", b"reset") + _field("image_data", _PNG).removesuffix(b"\r\n")
    return Attempt((head + start, *repeat(bytes(MIB // 4), random.randrange(8))), End.RESET)


def absurd_request(random: Random, prefix: str) -> Attempt:
    method = random.choice((b"GET", b"HEAD", b"PUT", b"DELETE", b"CONNECT", b"TRACE", b"OPTIONS", b"FROB", b"A" * 500))
    path = random.choice(
        (
            b"*",
            b"//",
            b"/" + b"../" * 500,
            b"/%00%0d%0a%1b[31m" + random.randbytes(3).hex().encode(),
            b"http://[::1",
            b"http://x:99999999/",
            b"x:99999999",
            b"/?" + b"&" * 7_000,
            "/\u202e\U0001f980".encode(),
            b"/\xff\xfe",
            f"{prefix}/send_image/../healthz".encode(),
            f"{prefix}//send_image".encode(),
            f"{prefix}/SEND_IMAGE%2f".encode(),
            _path(random, prefix),
        )
    )
    host = random.choice((b"x", b"", b"[", b"a" * 5_000, b"x\r\nHost: y", b"\xff"))
    expect = _sometimes(random, b"Expect: " + random.choice((b"100-continue", b"200-fine")) + b"\r\n")
    length = _sometimes(random, b"Content-Length: " + random.choice((b"0", b"5", b"-5", b"5, 5", b"0x10")) + b"\r\n")
    head = b"%b %b HTTP/1.1\r\nHost: %b\r\n%b%b%b\r\n" % (
        method,
        path,
        host,
        expect,
        length,
        _sometimes(random, _BEARER),
    )
    return Attempt((head,), welcome=True)


SLOW: Final[tuple[Attack, ...]] = (
    idle,
    slow_headers,
    slow_second_request,
    slow_body,
    answers_never_read,
)
"""Those that hold a connection for as long as they may."""

QUICK: Final[tuple[Attack, ...]] = (
    half_request,
    huge_headers,
    huge_body,
    endless_chunks,
    tiny_chunks,
    bomb,
    bomb_at_a_question,
    multipart_bomb,
    json_bomb,
    replay,
    wrong_token,
    pipelined,
    upgrade,
    not_http,
    bad_chunks,
    reset_within_body,
    absurd_request,
    slow_body_with_token,
)
"""Those that come one after the other."""
