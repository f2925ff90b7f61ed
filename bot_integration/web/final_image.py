"""A finished image on its way from the worker that talks to ComfyUI to the bot that shows it: the form's fields."""

from __future__ import annotations

import io
import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from bot_integration.discord_ids import id_text
from core.models import LONGEST_DURATION

IMAGE_PART: Final = "image_data"
VIDEO_PART: Final = "video_data"
"""The name of the form's file part: one for images, one for videos."""

IDEMPOTENCY_FIELD: Final = "request_id"


class Openable(Protocol):
    """What holds a picture's bytes and gives any number of readers of them."""

    def open(self) -> io.BufferedIOBase:
        """A reader of its own, at the first byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalImage:
    """What is posted to ``/send_image``: the deployed bot's form, with values instead of texts.

    Attributes:
        data: the picture: its bytes, the path of its file, or something that opens it.
        user_id, channel_id: Discord's ids: who asked for it, and where it is to be shown. A number may be given, too;
            it becomes its digits.
        request_id: names the request, and makes repeating safe: a picture with a request_id that was delivered is
            not delivered again. A new one is made up where none is given. A second picture needs a second id.
        interaction_id, original_message_id: Discord's ids likewise, empty where there is none.
        prompt, resolution, upscaled_resolution: as the user chose them; text from strangers.
        loras: file names.
        upscale_factor: 1 where the picture was not scaled up.
        seed: None where it is not known.
        is_video: whether it is a video.
        generation_time: seconds from the request sent to ComfyUI to the result received; None where not known.
        request_type: standard, video, redux, reduxprompt, pulid, or a word of the bot's own.
        workflow: what ComfyUI was asked for, or None.
        filename: what the file may be called where it is shown; the web handlers give it, a sender need not.
        guild_id: Discord's id of the server, where it is known; empty in direct messages.
        queue_time, execution_time: seconds before ComfyUI began, and in which it worked; None where not known.
        model, sampler, steps: what it was made with; the web handlers read what is missing from the workflow.
        outputs: the files in ComfyUI's output folder: ``"sub/a.png"``, ``"b.png [temp]"``.

    Raises:
        NotAnId: an id is none: a user in place of the user's id, say.
    """

    data: bytes | Path | Openable = field(repr=False)
    user_id: str
    channel_id: str
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    interaction_id: str = ""
    original_message_id: str = ""
    prompt: str = field(default="", repr=False)
    resolution: str = ""
    upscaled_resolution: str = ""
    loras: tuple[str, ...] = ()
    upscale_factor: float = 1
    seed: int | None = None
    is_video: bool = False
    generation_time: float | None = None
    request_type: str = ""
    workflow: Mapping[str, Any] | None = field(default=None, repr=False)
    filename: str = ""
    guild_id: str = ""
    queue_time: float | None = None
    execution_time: float | None = None
    model: str | None = None
    sampler: str | None = None
    steps: int | None = None
    outputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("user_id", "channel_id", "interaction_id", "original_message_id", "guild_id"):
            value: object = getattr(self, name)
            if value != "" or name in ("user_id", "channel_id"):
                object.__setattr__(self, name, id_text(value, name))  # the only way in a frozen class

    @property
    def generation_type(self) -> str:
        """The kind of generation as the statistics count it."""
        return self.request_type or ("video" if self.is_video else "standard")

    @property
    def size(self) -> int:
        """How many bytes the picture has; a path is looked at now.

        Raises:
            OSError: there is no file at the path.
        """
        if isinstance(self.data, bytes):
            return len(self.data)
        if isinstance(self.data, Path):
            return self.data.stat().st_size
        with self.data.open() as reader:
            return reader.seek(0, os.SEEK_END)

    def open(self) -> io.BufferedIOBase:
        """A reader of the picture at its first byte, which the caller closes; ``discord.File`` takes it as it is.

        A path is opened here: call it in a thread where the data may be one.

        Raises:
            OSError: the file at the path can't be opened.
        """
        if isinstance(self.data, bytes):
            return io.BytesIO(self.data)
        return self.data.open("rb") if isinstance(self.data, Path) else self.data.open()


def text_fields(image: FinalImage) -> dict[str, str]:
    """The form's text fields, in the deployed bot's order and spelling; what is not known is left empty.

    Those that the deployed bot does not have come last, and only where they are known.
    """
    seconds = image.generation_time
    known = seconds is not None and 0 < seconds <= LONGEST_DURATION
    fields = {
        IDEMPOTENCY_FIELD: image.request_id,
        "user_id": image.user_id,
        "channel_id": image.channel_id,
        "interaction_id": image.interaction_id,
        "original_message_id": image.original_message_id,
        "prompt": image.prompt,
        "resolution": image.resolution,
        "upscaled_resolution": image.upscaled_resolution,
        "loras": json.dumps(list(image.loras)),
        "upscale_factor": f"{image.upscale_factor:g}",
        "seed": "" if image.seed is None else str(image.seed),
        "is_video": str(bool(image.is_video)),
        "generation_time": repr(float(seconds)) if known and seconds else "",
        "request_type": image.generation_type,
    }
    if image.workflow is not None:
        fields["workflow"] = json.dumps(image.workflow)
    fields |= {name: text for name, text in _further_fields(image).items() if text}
    return {name: text.encode("utf-8", "replace").decode() for name, text in fields.items()}


def _further_fields(image: FinalImage) -> dict[str, str]:
    return {
        "guild_id": image.guild_id,
        "queue_time": _seconds(image.queue_time),
        "execution_time": _seconds(image.execution_time),
        "model": image.model or "",
        "sampler": image.sampler or "",
        "steps": "" if image.steps is None else str(image.steps),
        "outputs": json.dumps(list(image.outputs)) if image.outputs else "",
    }


def _seconds(value: float | None) -> str:
    known = value is not None and 0 <= value <= LONGEST_DURATION
    return repr(float(value)) if known and value is not None else ""
