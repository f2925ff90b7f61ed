"""What a file is, told from its first bytes and not from what somebody calls it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HEAD: Final = 64
"""First bytes that :func:`media_of` wants to see."""


@dataclass(frozen=True, slots=True)
class Media:
    """A format.

    Attributes:
        suffix: of a file's name, with its dot.
        content_type: of HTTP.
        image, video: whether it can be shown as one: a moving GIF or WebP is both.
    """

    suffix: str
    content_type: str
    image: bool
    video: bool


PNG: Final = Media(".png", "image/png", image=True, video=False)
JPEG: Final = Media(".jpg", "image/jpeg", image=True, video=False)
GIF: Final = Media(".gif", "image/gif", image=True, video=True)
WEBP: Final = Media(".webp", "image/webp", image=True, video=True)
MP4: Final = Media(".mp4", "video/mp4", image=False, video=True)
WEBM: Final = Media(".webm", "video/webm", image=False, video=True)

_STARTS: Final = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
)
_PICTURE_BRANDS: Final = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1")
"""Pictures in the same container as MP4, which Discord does not show."""

_OTHERS: Final = {
    "avif": ((4, b"ftyp"),),
    "bmp": ((0, b"BM"),),
    "tif": ((0, b"II*\0"), (0, b"MM\0*")),
    "mov": ((4, b"ftyp"), (4, b"moov"), (4, b"wide"), (4, b"free"), (4, b"mdat")),
    "mkv": ((0, b"\x1a\x45\xdf\xa3"),),
    "avi": ((8, b"AVI "),),
    "flac": ((0, b"fLaC"),),
    "wav": ((8, b"WAVE"),),
    "ogg": ((0, b"OggS"),),
    "mp3": ((0, b"ID3"), (0, b"\xff")),
    "m4a": ((4, b"ftyp"),),
}
"""What a file of an ending has at which place, where :func:`media_of` does not know the format."""

_ALIKE: Final = {"tiff": "tif", "m4v": "mov", "opus": "ogg", "aac": "mp3"}


def media_of(head: bytes) -> Media | None:
    """The format of a file that begins with these bytes; None where it is none of those that Discord shows."""
    for start, media in _STARTS:
        if head.startswith(start):
            return media
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp" and head[8:12] not in _PICTURE_BRANDS:
        return MP4
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:HEAD]:
        return WEBM
    return None


def begins_as(ending: str, head: bytes) -> bool:
    """Whether these can be the first bytes of a picture, a video or a sound with this ending (no dot, lower case).

    Formats that are told apart by their bytes may bear one another's endings: a JPEG that is called ``.png`` is shown
    all the same. Of an ending that is not known, nothing is said: True.
    """
    ending = _ALIKE.get(ending, ending)
    if ending in _OTHERS:
        return any(head[at:].startswith(sign) for at, sign in _OTHERS[ending])
    return ending not in _SHOWN or media_of(head) is not None


_SHOWN: Final = frozenset({"png", "apng", "jpg", "jpeg", "gif", "webp", "mp4", "webm"})
