"""What the fields of a posted form mean; each is checked, and a wrong one is named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from bot_integration.comfyui.workflow.facts import read_workflow
from bot_integration.comfyui.workflow.sampling import MOST_STEPS
from bot_integration.discord_ids import NotAnId, id_text
from bot_integration.web.bounded_json import parsed
from bot_integration.web.final_image import IDEMPOTENCY_FIELD, IMAGE_PART, VIDEO_PART, FinalImage
from bot_integration.web.form import FilePart, Form
from bot_integration.web.refusals import wrong
from core.models import LONGEST_DURATION

FILE_PARTS: Final = frozenset({IMAGE_PART, VIDEO_PART})

_MOST_LORAS: Final = 200
_MOST_OUTPUTS: Final = 100
_LONGEST_NAME: Final = 500
_LARGEST_UPSCALE: Final = 16.0
_NOTHING: Final = ("", "None")
"""How the deployed bot's worker says that it has no value."""

_REQUEST_ID: Final = re.compile(r"[\x21-\x7e]{1,200}")
_NUMBER: Final = re.compile(r"[0-9]{1,20}(?:\.[0-9]{0,30})?(?:[eE][+-]?[0-9]{1,3})?")
_WHOLE: Final = re.compile(r"[0-9]{1,10}")
_SEED: Final = re.compile(r"-?[0-9]{1,20}")
_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_FLAGS: Final = {"true": True, "false": False}


def final_image_of(form: Form) -> FinalImage:
    """The finished image that a form holds.

    Raises:
        Refusal: a field is missing or makes no sense; it is named.
    """
    texts = form.texts
    request_id = request_id_of(texts)
    if form.file is None:
        raise wrong(IMAGE_PART, f"the file is missing (it is called {IMAGE_PART} or {VIDEO_PART})")
    is_video = _is_video(texts, form.file)
    workflow = _workflow(texts)
    facts = read_workflow(workflow)
    return FinalImage(
        data=form.file.data,
        request_id=request_id,
        user_id=_snowflake(texts, "user_id"),
        channel_id=_snowflake(texts, "channel_id"),
        interaction_id=_snowflake(texts, "interaction_id", optional=True),
        original_message_id=_snowflake(texts, "original_message_id", optional=True),
        prompt=_text(texts, "prompt"),
        resolution=line_of(texts, "resolution") or facts.resolution or "",
        upscaled_resolution=line_of(texts, "upscaled_resolution"),
        loras=_lines(texts, "loras", _MOST_LORAS) if texts.get("loras") else facts.loras,
        upscale_factor=_number(texts, "upscale_factor", _LARGEST_UPSCALE) or 1,
        seed=facts.seed if (seed := _seed(texts)) is None else seed,
        is_video=is_video,
        generation_time=_number(texts, "generation_time", LONGEST_DURATION) or None,
        request_type=_request_type(texts),
        workflow=workflow,
        filename=("video" if is_video else "image") + form.file.media.suffix,
        guild_id=_snowflake(texts, "guild_id", optional=True),
        queue_time=_number(texts, "queue_time", LONGEST_DURATION),
        execution_time=_number(texts, "execution_time", LONGEST_DURATION),
        model=line_of(texts, "model") or facts.model,
        sampler=line_of(texts, "sampler") or facts.sampler or facts.scheduler,
        steps=facts.steps if (steps := _whole(texts, "steps", MOST_STEPS)) is None else steps,
        outputs=_lines(texts, "outputs", _MOST_OUTPUTS),
    )


def request_id_of(texts: Mapping[str, str]) -> str:
    """The id of the request that a form is about."""
    value = texts.get(IDEMPOTENCY_FIELD, "")
    if not _REQUEST_ID.fullmatch(value):
        raise wrong(IDEMPOTENCY_FIELD, "must be 1 to 200 printable ASCII characters without spaces")
    return value


def percentage_of(texts: Mapping[str, str], name: str) -> float:
    """A number from 0 to 100; 0 where it is missing."""
    return _number(texts, name, 100.0) or 0.0


def _snowflake(texts: Mapping[str, str], name: str, *, optional: bool = False) -> str:
    value = texts.get(name, "")
    if optional and value in _NOTHING:
        return ""
    try:
        return id_text(value, name)
    except NotAnId:
        raise wrong(name, "must be a Discord id, in digits") from None


def _text(texts: Mapping[str, str], name: str) -> str:
    value = texts.get(name, "")
    if "\0" in value:
        raise wrong(name, "must not contain NUL")
    return value


def line_of(texts: Mapping[str, str], name: str) -> str:
    """A line of words, empty where there is none."""
    value = texts.get(name, "")
    if not _is_line(value):
        raise wrong(name, f"must be one line of at most {_LONGEST_NAME} characters")
    return "" if value in _NOTHING else value


def _is_line(value: str) -> bool:
    return len(value) <= _LONGEST_NAME and _CONTROLS.search(value) is None


def _number(texts: Mapping[str, str], name: str, most: float) -> float | None:
    """A finite number from 0 to ``most``; None where it is not known."""
    value = texts.get(name, "").strip()
    if value in _NOTHING:
        return None
    if not _NUMBER.fullmatch(value) or float(value) > most:
        raise wrong(name, f"must be a number from 0 to {most:g}, or empty")
    return float(value)


def _seed(texts: Mapping[str, str]) -> int | None:
    value = texts.get("seed", "").strip()
    if value in _NOTHING:
        return None
    if not _SEED.fullmatch(value) or not -(2**63) <= int(value) < 2**64:
        raise wrong("seed", "must be a whole number of 64 bits, or empty")
    return int(value)


def _is_video(texts: Mapping[str, str], file: FilePart) -> bool:
    by_part = file.name == VIDEO_PART
    value = texts.get("is_video", str(by_part))
    flag = _FLAGS.get(value.lower())
    if flag is None:
        raise wrong("is_video", "must be 'True' or 'False'")
    if flag != by_part:
        raise wrong("is_video", f"does not agree with the file's name, {file.name}")
    if not (file.media.video if flag else file.media.image):
        raise wrong(file.name, f"the file is {file.media.content_type}, which does not agree with is_video")
    return flag


def _request_type(texts: Mapping[str, str]) -> str:
    value = texts.get("request_type", "").strip().lower()
    if value in ("", "none"):
        return ""
    if not _TYPE.fullmatch(value):
        raise wrong("request_type", "must be one short word")
    return value


def _whole(texts: Mapping[str, str], name: str, most: int) -> int | None:
    """A whole number from 0 to ``most``; None where it is not known."""
    value = texts.get(name, "").strip()
    if value in _NOTHING:
        return None
    if not _WHOLE.fullmatch(value) or int(value) > most:
        raise wrong(name, f"must be a whole number from 0 to {most}, or empty")
    return int(value)


def _lines(texts: Mapping[str, str], field: str, most: int) -> tuple[str, ...]:
    """File names; none where there are none."""
    value = texts.get(field, "")
    names = [] if value in _NOTHING else _json(value, field)
    if not isinstance(names, list) or len(names) > most:
        raise wrong(field, f"must be a JSON list of at most {most} file names")
    if not all(isinstance(name, str) and _is_line(name) for name in names):
        raise wrong(field, f"every file name must be one line of at most {_LONGEST_NAME} characters")
    return tuple(names)


def _workflow(texts: Mapping[str, str]) -> dict[str, Any] | None:
    value = texts.get("workflow", "")
    workflow = None if value in _NOTHING else _json(value, "workflow")
    if workflow is not None and not isinstance(workflow, dict):
        raise wrong("workflow", "must be a JSON object, or empty")
    return workflow


def _json(text: str, name: str) -> Any:
    try:
        return parsed(text, name, name)
    except ValueError:
        raise wrong(name, "is not JSON") from None
