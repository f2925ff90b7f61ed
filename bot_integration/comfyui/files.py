"""What a node says it made: ``outputs[node]`` of the history, ``output`` of an ``executed`` message."""

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
LONGEST_NAME: Final = 500
"""Characters of a file's name with its folders that the statistics keep."""

LONGEST_OUTPUT_TEXT: Final = 1_000_000
"""Characters of one text that a node shows."""

_LISTS: Final = {
    "gifs": Kind.VIDEO,
    "video": Kind.VIDEO,
    "videos": Kind.VIDEO,
    "audio": Kind.AUDIO,
    "latents": Kind.LATENT,
}
"""What the files of a list are, whatever their names end in."""

_ENDINGS: Final = {
    **dict.fromkeys(("mp4", "webm", "mov", "mkv", "avi", "m4v"), Kind.VIDEO),
    **dict.fromkeys(("png", "jpg", "jpeg", "webp", "gif", "avif", "bmp", "tif", "tiff", "apng"), Kind.IMAGE),
    **dict.fromkeys(("flac", "mp3", "wav", "ogg", "opus", "m4a", "aac"), Kind.AUDIO),
    **dict.fromkeys(("txt", "json", "md", "csv", "srt"), Kind.TEXT),
    "latent": Kind.LATENT,
}


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file on the server, as ``/view`` wants it named; or a text, which is here whole.

    Attributes:
        node: the id of the node that made it.
        filename: its name there.
        subfolder: the folder below its place.
        place: output, temp or input.
        kind: what it is.
        shown_as: the id of the node in the workflow, where the one that made it was expanded from that (a loop's).
        text: a text that came with the message; None for a file.
    """

    node: str
    filename: str
    subfolder: str
    place: str
    kind: Kind
    shown_as: str = ""
    text: str | None = None

    @property
    def query(self) -> dict[str, str]:
        """The arguments of ``/view``."""
        return {"filename": self.filename, "subfolder": self.subfolder, "type": self.place}

    @property
    def annotated(self) -> str:
        """Its name below the server's output folder as ComfyUI writes it: ``sub/a.png``, ``b.png [temp]``.

        Empty for a text, where the name leads out of that folder, and where it can't be written on a line.
        """
        name = "/".join(part for part in (self.subfolder, self.filename) if part).replace("\\", "/")
        if self.text is not None or name.startswith("/") or ":" in name or ".." in name.split("/"):
            return ""
        annotated = name if self.place == "output" else f"{name} [{self.place}]"
        return annotated if annotated.isprintable() and len(annotated) <= LONGEST_NAME else ""

    @property
    def bare_name(self) -> str:
        """The name without any folder, fit for an attachment."""
        return one_line(self.filename.replace("\\", "/").rpartition("/")[2], 200) or "output"

    @property
    def content_type(self) -> str:
        """What the name says it is, for a server that does not."""
        return mimetypes.guess_type(self.bare_name)[0] or "application/octet-stream"

    def is_of(self, nodes: frozenset[str]) -> bool:
        """Whether one of these nodes made it, or one that was expanded from them."""
        return self.node in nodes or self.shown_as in nodes


def files_of(node: str, output: object, shown_as: str = "") -> Iterator[MadeFile]:
    """The files and texts of one node's output; what can't be understood is left out."""
    for key, listed in parsing.mapping(output).items():
        for number, entry in enumerate(parsing.items(listed, MOST_FILES)):
            if isinstance(entry, str):
                text = parsing.text(entry, LONGEST_OUTPUT_TEXT)
                if key in ("text", "string") and text:
                    yield MadeFile(node, f"text_{number:05}.txt", "", "output", Kind.TEXT, shown_as, text)
                continue
            found = _file(node, key, parsing.mapping(entry), shown_as)
            if found is not None:
                yield found


def chosen(files: Iterable[MadeFile], wanted: frozenset[str] | None) -> list[MadeFile]:
    """What to read: of the wanted nodes (None: of all), saved files if there are any, else previews; none twice.

    Pictures and videos come first, and only among them, or only among the rest, a saved file puts previews aside.
    """
    candidates = list(dict.fromkeys(each for each in files if wanted is None or each.is_of(wanted)))
    pictures = [each for each in candidates if each.kind.is_picture]
    rest = [each for each in candidates if not each.kind.is_picture]
    return [*_saved(pictures), *_saved(rest)]


def _saved(files: list[MadeFile]) -> list[MadeFile]:
    return [each for each in files if each.place == "output"] or files


def _file(node: str, key: str, entry: Mapping[str, object], shown_as: str) -> MadeFile | None:
    filename = parsing.text(entry.get("filename"), 500)
    kind = _LISTS.get(key) or _ENDINGS.get(filename.rpartition(".")[2].lower())
    place = entry.get("type", "output")
    if not filename or place not in PLACES or kind is None:
        return None
    return MadeFile(node, filename, parsing.text(entry.get("subfolder"), 500), str(place), kind, shown_as)
