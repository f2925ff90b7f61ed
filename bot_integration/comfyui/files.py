"""The files that a node says it made: ``outputs[node]`` of the history, ``output`` of an ``executed`` message."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bot_integration.comfyui import parsing
from bot_integration.comfyui.models import Kind
from core.text.formatting import one_line

PLACES: Final = ("output", "temp", "input")
MOST_FILES: Final = 1_000
_VIDEO_LISTS: Final = frozenset({"gifs", "video", "videos"})
_VIDEO_ENDINGS: Final = frozenset({"mp4", "webm", "mov", "mkv", "avi", "m4v"})
_IMAGE_ENDINGS: Final = frozenset({"png", "jpg", "jpeg", "webp", "gif", "avif", "bmp", "tif", "tiff", "apng"})


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file on the server, as ``/view`` wants it named.

    Attributes:
        node: the id of the node that made it.
        filename: its name there.
        subfolder: the folder below its place.
        place: output, temp or input.
        kind: image or video.
    """

    node: str
    filename: str
    subfolder: str
    place: str
    kind: Kind

    @property
    def query(self) -> dict[str, str]:
        """The arguments of ``/view``."""
        return {"filename": self.filename, "subfolder": self.subfolder, "type": self.place}

    @property
    def bare_name(self) -> str:
        """The name without any folder, fit for an attachment."""
        return one_line(self.filename.replace("\\", "/").rpartition("/")[2], 200) or "output"

    @property
    def content_type(self) -> str:
        """What the name says it is, for a server that does not."""
        return mimetypes.guess_type(self.bare_name)[0] or "application/octet-stream"


def files_of(node: str, output: object) -> Iterator[MadeFile]:
    """The images and videos of one node's output; texts, sounds, latents and what can't be understood are left out."""
    for key, listed in parsing.mapping(output).items():
        for entry in parsing.items(listed, MOST_FILES):
            found = _file(node, key, parsing.mapping(entry))
            if found is not None:
                yield found


def chosen(files: Iterable[MadeFile], wanted: frozenset[str] | None) -> list[MadeFile]:
    """The files to read: of the wanted nodes (None: of all), saved ones if there are any, else previews; none twice."""
    candidates = list(dict.fromkeys(each for each in files if wanted is None or each.node in wanted))
    saved = [each for each in candidates if each.place == "output"]
    return saved or candidates


def _file(node: str, key: str, entry: Mapping[str, object]) -> MadeFile | None:
    filename = parsing.text(entry.get("filename"), 500)
    ending = filename.rpartition(".")[2].lower()
    kind = Kind.VIDEO if key in _VIDEO_LISTS or ending in _VIDEO_ENDINGS else Kind.IMAGE
    place = entry.get("type", "output")
    if not filename or place not in PLACES or (kind is Kind.IMAGE and ending not in _IMAGE_ENDINGS):
        return None
    return MadeFile(node, filename, parsing.text(entry.get("subfolder"), 500), str(place), kind)
