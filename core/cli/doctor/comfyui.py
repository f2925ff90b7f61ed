"""What ``doctor`` says of a ComfyUI server: whether it answers, and what it runs on."""

from __future__ import annotations

import base64
import http.client
import json
import os
import queue
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeGuard
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from core.cli.doctor.observations import Grade, Observation
from core.text.formatting import size
from core.text.translation import gettext as _

VARIABLE: Final = "COMFYUI_URL"
_SUBJECT: Final = "ComfyUI"
_SECONDS: Final = 5.0
_WHOLE_SECONDS: Final = 10.0
"""For all of the answer: the other bound is for each part of it, and one may send a byte now and then."""

_MOST_BYTES: Final = 1_000_000
_MOST_MEMORY: Final = 10**18
_ADVICE: Final = _("Start ComfyUI, and name its address as the bot does: {example}").format(
    example="--comfyui http://127.0.0.1:8188"
)


class _Straight(urllib.request.HTTPRedirectHandler):
    """Follows nowhere: what stands in the address is for this server only."""

    def redirect_request(self, *_: Any) -> None:
        """Refuse."""


def observed(given: str | None) -> Iterator[Observation]:
    """Nothing where no address is known: many bots have no ComfyUI."""
    address = given or os.environ.get(VARIABLE)
    if address:
        yield _asked(address)


def _asked(address: str) -> Observation:
    try:
        parts = urlsplit(address)
        shown = f"{parts.scheme}://{parts.hostname}:{parts.port or ''}".rstrip(":")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError
    except ValueError:
        return Observation(_SUBJECT, Grade.BAD, _("its address is no http:// or https:// address"), _ADVICE)
    try:
        stats = _in_time(parts)
        return Observation(_SUBJECT, Grade.GOOD, f"{shown}, {_described(stats)}")
    except urllib.error.HTTPError as error:
        error.close()
        advice = _("Something else answers there, or a proxy wants a name and a password: https://name:word@host")
        return Observation(
            _SUBJECT, Grade.BAD, _("{shown} answers with status {code}").format(shown=shown, code=error.code), advice
        )
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        advice = _ADVICE
        if isinstance(reason, ssl.SSLError):
            advice = _("{advice} A certificate of your own: SSL_CERT_FILE names it.").format(advice=_ADVICE)
        words = _("{shown} does not answer ({reason})").format(shown=shown, reason=reason)
        return Observation(_SUBJECT, Grade.BAD, words, advice)
    except (ValueError, RecursionError):
        return Observation(_SUBJECT, Grade.BAD, _("what answers at {shown} is no ComfyUI").format(shown=shown), _ADVICE)


def _in_time(parts: SplitResult) -> Mapping[str, Any]:
    """What the server says of itself, if it says it soon; what :func:`_stats` raises it raises, too."""
    told: queue.SimpleQueue[Mapping[str, Any] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            told.put(_stats(parts))
        except Exception as error:  # whatever it is, it is told where it is understood
            told.put(error)

    threading.Thread(target=ask, name="comfyui", daemon=True).start()
    try:
        found = told.get(timeout=_WHOLE_SECONDS)
    except queue.Empty:
        raise TimeoutError(
            _("its answer takes longer than {seconds} s").format(seconds=f"{_WHOLE_SECONDS:g}")
        ) from None
    if isinstance(found, Exception):
        raise found
    return found


def _stats(parts: SplitResult) -> Mapping[str, Any]:
    """What the server says of itself.

    Raises:
        OSError, HTTPException: it can't be reached.
        ValueError: it is no ComfyUI.
    """
    host = parts.netloc.rpartition("@")[2]
    url = urlunsplit((parts.scheme, host, f"{parts.path.rstrip('/')}/system_stats", parts.query, ""))
    request = urllib.request.Request(url)
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        request.add_unredirected_header("Authorization", f"Basic {base64.b64encode(pair).decode()}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Straight())
    with opener.open(request, timeout=_SECONDS) as answer:
        stats = json.loads(answer.read(_MOST_BYTES))
    if not isinstance(stats, dict) or not isinstance(stats.get("system"), dict):
        raise ValueError
    return stats


def _described(stats: Mapping[str, Any]) -> str:
    found = stats.get("devices")
    devices = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    version = stats["system"].get("comfyui_version")
    words = [_("version {version}").format(version=version) if version else _("version unknown")]
    words += [f"{each.get('name')}{_memory(each)}" for each in devices]
    return ", ".join(words)


def _is_bytes(found: object) -> TypeGuard[int]:
    """Whether it may be so many bytes: JSON has numbers of any size."""
    return isinstance(found, int) and 0 <= found < _MOST_MEMORY


def _memory(device: Mapping[str, Any]) -> str:
    total, free = device.get("vram_total"), device.get("vram_free")
    if not (_is_bytes(total) and _is_bytes(free)):
        return ""
    return _(" ({free} of {total} free)").format(free=size(free), total=size(total))
