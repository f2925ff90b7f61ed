"""Handing the server a picture to work on, as img2img and its kin need."""

from __future__ import annotations

import hashlib
from typing import Final

import aiohttp

from bot_integration.comfyui import parsing
from bot_integration.comfyui.errors import BadAnswer
from bot_integration.comfyui.http_client import HttpClient
from bot_integration.media import HEAD, media_of

_LONGEST_NAME: Final = 200


async def upload_image(http: HttpClient, data: bytes, filename: str) -> str:
    """Store a picture among the server's inputs; its name there, with the folder where the server chose one.

    Raises:
        ValueError: this is no picture, or the name is none.
        TooBig, Unreachable, BadAnswer: the server does not take it.
    """
    given: object = data
    media = media_of(given[:HEAD]) if isinstance(given, bytes) else None
    if media is None or not media.image:
        raise ValueError("upload_image takes the bytes of a PNG, JPEG, WebP or GIF.")
    if len(filename) > _LONGEST_NAME or any(sign in filename for sign in "/\\\0\r\n") or filename in (".", ".."):
        raise ValueError("upload_image takes a bare file name, without a folder.")
    name = filename or f"botpulse_{hashlib.sha256(data).hexdigest()[:32]}{media.suffix}"
    form = aiohttp.FormData()
    form.add_field("image", data, filename=name, content_type=media.content_type)
    form.add_field("type", "input")
    told = parsing.mapping(await http.upload("image", form))
    stored, folder = parsing.text(told.get("name"), 500), parsing.text(told.get("subfolder"), 500)
    if not stored:
        raise BadAnswer("the picture was taken, but its name is not told")
    return f"{folder}/{stored}" if folder else stored
