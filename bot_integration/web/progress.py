"""A report of progress, posted to ``/update_progress`` as JSON or as a form."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import web

from bot_integration.media import media_of
from bot_integration.web.bounded_json import parsed
from bot_integration.web.fields import line_of, percentage_of, request_id_of
from bot_integration.web.final_image import IDEMPOTENCY_FIELD
from bot_integration.web.form import form_of
from bot_integration.web.limits import Limits
from bot_integration.web.multipart import Body
from bot_integration.web.refusals import Refusal, wrong

PREVIEW: Final = "preview"
_MOST_ESCAPES: Final = 16_000
"""Bytes of a form that are written as %XX, each of which costs time: three times what a preview in base64 needs."""

_NESTED: Final = "progress_data"
"""The deployed bot's worker puts all but the id into an object of this name."""


@dataclass(frozen=True, slots=True)
class ProgressReport:
    """How far a request is.

    Attributes:
        request_id: whose.
        progress: percent, 0 to 100.
        message: a line for the user; text from strangers.
        status: a word for what is being done, empty where there is none.
        preview: a small picture of the state, PNG, JPEG, WebP or GIF, or None.
    """

    request_id: str
    progress: float
    message: str = ""
    status: str = ""
    preview: bytes | None = field(default=None, repr=False)


async def progress_of(request: web.BaseRequest, limits: Limits) -> ProgressReport:
    """Read and check a report.

    Raises:
        Refusal: it is malformed, too large, or a field makes no sense.
    """
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    match kind:
        case "application/json":
            return _report(*_from_json(await Body(request.content, limits.progress_body).read_all()), limits)
        case "application/x-www-form-urlencoded":
            return _report(*_from_form(await Body(request.content, limits.progress_body).read_all()), limits)
        case "multipart/form-data":
            names = frozenset({PREVIEW})
            small = replace(limits, in_memory=limits.preview)
            async with form_of(request, small, names, limits.preview, limits.progress_body) as form:
                preview = form.file.data if form.file else None
                return _report(form.texts, preview if isinstance(preview, bytes) else None, limits)
        case _:
            raise Refusal(415, "progress must be sent as JSON or as a form")


def _report(texts: Mapping[str, str], preview: bytes | None, limits: Limits) -> ProgressReport:
    if preview is not None:
        media = media_of(preview)
        if len(preview) > limits.preview or media is None or not media.image:
            raise wrong(PREVIEW, f"must be a PNG, JPEG, WebP or GIF of at most {limits.preview:,} bytes")
    return ProgressReport(
        request_id_of(texts),
        percentage_of(texts, "progress"),
        line_of(texts, "message"),
        line_of(texts, "status"),
        preview,
    )


def _from_json(body: bytes) -> tuple[dict[str, str], bytes | None]:
    try:
        values = parsed(body.decode("utf-8-sig"), "the body")
    except ValueError:
        raise Refusal(400, "the body is not JSON") from None
    if not isinstance(values, dict):
        raise Refusal(400, "the body must be a JSON object")
    nested = values.get(_NESTED)
    if isinstance(nested, dict):
        values = {**nested, IDEMPOTENCY_FIELD: values.get(IDEMPOTENCY_FIELD)}
    preview = _decoded(values.pop(PREVIEW, None))
    wanted = (IDEMPOTENCY_FIELD, "progress", "message", "status")
    return {name: _as_text(name, values[name]) for name in wanted if values.get(name) is not None}, preview


def _from_form(body: bytes) -> tuple[dict[str, str], bytes | None]:
    if body.count(b"%") > _MOST_ESCAPES:
        raise Refusal(413, f"the body has more than {_MOST_ESCAPES:,} bytes written as %XX")
    try:
        texts = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=16))
    except ValueError:
        raise Refusal(400, "the form is malformed") from None
    return texts, _decoded(texts.pop(PREVIEW, None))


def _as_text(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise wrong(name, "must be text or a number")
    try:
        return str(value)
    except ValueError:  # an integer of thousands of digits
        raise wrong(name, "is too long") from None


def _decoded(preview: Any) -> bytes | None:
    if preview in (None, ""):
        return None
    try:
        return base64.b64decode(preview, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise wrong(PREVIEW, "must be base64") from None
