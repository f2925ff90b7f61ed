"""What an image's row says of its pictures: the files that ComfyUI wrote, and the message that brought them.

All of it was written by others: a name leads nowhere but into the folders of ComfyUI, an id is a number or nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Final

from core.text.translation import gettext as _

PICTURES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif"})
VIDEOS: Final = frozenset({".mp4", ".webm", ".mov", ".mkv", ".avi", ".m4v"})
"""How names end, in small letters."""

MOST_OUTPUTS: Final = 64
"""So many files of one image are looked at."""

MOST_STORED: Final = 65_536
"""Characters of the list of a row's outputs that are read."""

_LONGEST_NAME: Final = 1_000
_KINDS: Final = ("output", "temp", "input")
_ANNOTATED: Final = re.compile(r"(?P<path>.*?) ?\[(?P<kind>output|temp|input)\]\Z", re.DOTALL)
_ID: Final = re.compile(r"[0-9]{1,20}\Z")
_WITH_SOUND: Final = "-audio"
"""What ends the name of a video with sound; the picture of its first frame is named as the one without."""


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file in one of ComfyUI's folders.

    Attributes:
        name: without folders; subfolder: with ``/`` between folders, "" where it lies at the top.
        kind: which folder: "output", "temp" or "input".
    """

    name: str
    subfolder: str = ""
    kind: str = "output"

    @property
    def ending(self) -> str:
        """How its name ends: ``.png``."""
        return PurePosixPath(self.name).suffix.lower()

    @property
    def is_video(self) -> bool:
        """Whether it is a video, by its name."""
        return self.ending in VIDEOS

    @property
    def path(self) -> str:
        """Where it lies in the folder of its kind."""
        return f"{self.subfolder}/{self.name}" if self.subfolder else self.name


@dataclass(frozen=True, slots=True)
class Message:
    """A message of Discord's, by ids; None where one is not recorded. No server: a direct message."""

    guild: str | None = None
    channel: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Pictured:
    """What is to be seen of an image.

    Attributes:
        id: the row's.
        moment: when it was made, in epoch seconds; None where that is unknown.
        is_video: whether the row says that it is one.
        outputs: its files; None where the bot did not record any.
        message: the one that brought it.
    """

    id: int | str
    moment: float | None = None
    is_video: bool = False
    outputs: tuple[OutputFile, ...] | None = None
    message: Message = Message()

    @property
    def shown(self) -> tuple[OutputFile, ...]:
        """Files that may show it, the likeliest first: a picture, or for a video the one of its first frame."""
        outputs = self.outputs or ()
        stills = [still for output in outputs if output.is_video for still in _stills(output)]
        pictures = [output for output in outputs if output.ending in PICTURES]
        pictures.sort(key=lambda output: _KINDS.index(output.kind))  # those of "temp" are previews
        return tuple(dict.fromkeys((*pictures, *stills)))

    @property
    def has_video(self) -> bool:
        """Whether a video belongs to it."""
        return self.is_video or any(output.is_video for output in self.outputs or ())


def outputs_of(stored: Any) -> tuple[OutputFile, ...] | None:
    """The files in a stored list of names (JSON, in ComfyUI's own form: ``sub/name.png``, ``name.png [temp]``).

    None where nothing is stored, or no list. A name that leads out of ComfyUI's folders is left out.
    """
    text = stored.decode(errors="replace") if isinstance(stored, bytes) else stored
    if not isinstance(text, str) or len(text) > MOST_STORED:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list):
        return None
    outputs = (_output(name) for name in found[:MOST_OUTPUTS] if isinstance(name, str))
    return tuple(dict.fromkeys(output for output in outputs if output is not None))


def message_address(message: Message, *, in_app: bool = False) -> str | None:
    """Where a message is seen: on Discord's pages, or in its program; None where too little of it is recorded."""
    if message.channel is None or message.id is None:
        return None
    place = "/".join((message.guild or "@me", message.channel, message.id))
    return f"discord://discord.com/channels/{place}" if in_app else f"https://discord.com/channels/{place}"


def why_no_message(message: Message) -> str:
    """Why a message can't be opened; empty where it can."""
    if message.channel is None:
        return _("The bot did not record in which channel this was.")
    return "" if message.id is not None else _("The bot did not record which message brought this.")


def id_of(stored: Any) -> str | None:
    """A stored id of Discord's; None where it is none."""
    text = str(stored) if isinstance(stored, int | str) and not isinstance(stored, bool) else ""
    return text if _ID.match(text) and int(text) else None


def _output(written: str) -> OutputFile | None:
    """A file of a name as it was written, or None where the name leads elsewhere."""
    annotated = _ANNOTATED.match(written)
    path, kind = (annotated["path"], annotated["kind"]) if annotated is not None else (written, "output")
    path = path.replace("\\", "/")
    if not path or len(path) > _LONGEST_NAME or not path.isprintable() or _leads_out(path):
        return None
    *folders, name = (part for part in path.split("/") if part != ".")
    return OutputFile(name, "/".join(folders), kind)


def _leads_out(path: str) -> bool:
    """Whether a path with ``/`` in it is more than a way downwards; a colon is a drive or a stream on Windows."""
    parts = path.split("/")
    windows = PureWindowsPath(path)
    return (
        "" in parts
        or ".." in parts
        or parts[-1] == "."
        or ":" in path
        or bool(windows.anchor)
        or any(part != part.rstrip(". ") and part != "." for part in parts)
    )


def _stills(video: OutputFile) -> Iterator[OutputFile]:
    """Where the picture of a video's first frame may lie: its common saver writes one beside it, with the workflow."""
    stem = PurePosixPath(video.name).stem
    yield OutputFile(f"{stem.removesuffix(_WITH_SOUND)}.png", video.subfolder, video.kind)
