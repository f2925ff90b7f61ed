"""Messages: what the bot sends, checked as Discord checks it, kept, and shown to the test as a person would see it."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import BodyPartReader, web

from tests.bot_integration.loopback.limits import BUTTON, FILES, message_problems, missing_attachments, nested, number
from tests.bot_integration.loopback.people import Channel, Person
from tests.bot_integration.loopback.refusals import Problem, empty_message, require, too_large
from tests.bot_integration.loopback.world import World

Payload = dict[str, Any]

EPHEMERAL = 1 << 6
LOADING = 1 << 7
FLAGS_OF_SENDER = (1 << 2) | (1 << 6) | (1 << 12) | (1 << 15)
"""Flags that a bot may set: no embeds, ephemeral, silent, new layout."""

ORDINARY, REPLY, COMMAND_ANSWER = 0, 19, 20


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent."""

    filename: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries: the JSON, and files by their number."""

    payload: Payload
    uploads: Mapping[int, Upload] = field(default_factory=dict)


async def read_body(request: web.Request) -> Body:
    """Read JSON, or a multipart form with ``payload_json`` and ``files[n]``."""
    if not request.content_type.startswith("multipart/"):
        text = await request.text()
        return Body(json.loads(text) if text else {})
    payload: Payload = {}
    uploads: dict[int, Upload] = {}
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        data = bytes(await part.read())
        if part.name == "payload_json":
            payload = json.loads(data)
        else:
            uploads[int((part.name or "").removeprefix("files[").removesuffix("]"))] = Upload(part.filename or "", data)
    return Body(payload, uploads)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a message carries."""

    id: int
    upload: Upload
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """A message as it stood when one looked.

    Attributes:
        embeds: each as Discord's JSON.
        files: bytes by file name.
        components: rows, as Discord's JSON.
        ephemeral: only the person who asked can see it.
        edits: how many times it was changed (filling in a deferred answer is no change).
        allowed_mentions: as sent, or None: whom the message may ping.
    """

    id: int
    channel: Channel
    author: Person
    content: str
    embeds: tuple[Payload, ...]
    files: dict[str, bytes]
    components: tuple[Payload, ...]
    ephemeral: bool
    edits: int
    deleted: bool
    allowed_mentions: Payload | None

    @property
    def buttons(self) -> tuple[Payload, ...]:
        """Its buttons, in order."""
        return tuple(each for each in nested(self.components) if each.get("type") == BUTTON)


@dataclass(eq=False, slots=True)
class Message:
    """A message in the server's memory; ``viewer`` is the only one who sees it if it is ephemeral."""

    id: int
    channel: Channel
    author: Person
    viewer: Person | None = None
    content: str = ""
    flags: int = 0
    kind: int = ORDINARY
    embeds: list[Payload] = field(default_factory=list)
    components: list[Payload] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    allowed_mentions: Payload | None = None
    reference: Payload | None = None
    interaction: Payload | None = None
    edits: int = 0
    edited: datetime | None = None
    deleted: bool = False
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    def posted(self) -> Posted:
        """What a person sees now."""
        files = {each.upload.filename: each.upload.data for each in self.attachments}
        return Posted(
            self.id, self.channel, self.author, self.content, tuple(self.embeds), files, tuple(self.components),
            self.ephemeral, self.edits, self.deleted, self.allowed_mentions,
        )  # fmt: skip

    def payload(self, base: str) -> Payload:
        """The message in Discord's JSON; ``base`` is the address of this server."""
        payload: Payload = {
            "id": str(self.id),
            "channel_id": str(self.channel.id),
            "author": self.author.payload(),
            "content": self.content,
            "timestamp": self.created.isoformat(),
            "edited_timestamp": self.edited.isoformat() if self.edited is not None else None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [self._attachment(each, base) for each in self.attachments],
            "embeds": self.embeds,
            "components": self.components,
            "pinned": False,
            "type": self.kind,
            "flags": self.flags,
        }
        if self.reference is not None:
            payload["message_reference"] = self.reference
        if self.interaction is not None:
            payload["interaction_metadata"] = self.interaction
        return payload

    def _attachment(self, attachment: Attachment, base: str) -> Payload:
        name = attachment.upload.filename
        url = f"{base}/attachments/{self.channel.id}/{attachment.id}/{name}"
        return {
            "id": str(attachment.id),
            "filename": name,
            "size": len(attachment.upload.data),
            "url": url,
            "proxy_url": url,
            "content_type": mimetypes.guess_type(name)[0],
            "description": attachment.description,
            "ephemeral": self.ephemeral,
        }


def fill(world: World, message: Message, body: Body) -> None:
    """Write what a request says into a new or deferred message; raises :class:`Refused` and then changes nothing."""
    payload = body.payload
    attachments = _new_attachments(world, body, kept=[])
    _check(world, payload, attachments)
    if not (_says_something(payload) or attachments):
        raise empty_message()
    flags = int(payload.get("flags") or 0) & FLAGS_OF_SENDER
    message.flags = (message.flags & EPHEMERAL) | (flags & ~EPHEMERAL)
    message.content = payload.get("content") or ""
    message.embeds = payload.get("embeds") or []
    message.components = payload.get("components") or []
    message.attachments = attachments
    message.allowed_mentions = payload.get("allowed_mentions")
    message.reference = payload.get("message_reference")


def edit(world: World, message: Message, body: Body) -> None:
    """Change what a request names and leave the rest; raises :class:`Refused` and then changes nothing."""
    payload = body.payload
    attachments = _new_attachments(world, body, kept=message.attachments)
    after = {
        "content": message.content, "embeds": message.embeds, "components": message.components, "flags": message.flags,
        **payload,
    }  # fmt: skip
    _check(world, after, attachments)
    if not (_says_something(after) or attachments):
        raise empty_message()
    message.content = after["content"] or ""
    message.embeds = after["embeds"] or []
    message.components = after["components"] or []
    message.attachments = attachments
    message.allowed_mentions = payload.get("allowed_mentions", message.allowed_mentions)
    message.edits += 1
    message.edited = datetime.now(UTC)


def _says_something(payload: Payload) -> bool:
    keys = ("embeds", "components", "sticker_ids", "poll")
    return bool((payload.get("content") or "").strip()) or any(payload.get(key) for key in keys)


def _check(world: World, payload: Payload, attachments: list[Attachment]) -> None:
    require(message_problems(payload))
    names = [each.upload.filename for each in attachments]
    for problem in missing_attachments(payload.get("embeds") or [], names):
        world.violations.append(f"picture missing: {problem}")


def _new_attachments(world: World, body: Body, kept: list[Attachment]) -> list[Attachment]:
    """The attachments after a request: those it keeps (all, where it names none), and its uploads."""
    for upload in body.uploads.values():
        if len(upload.data) > world.attachment_limit:
            raise too_large(upload.filename)
    named = body.payload.get("attachments")
    texts = {int(each["id"]): each.get("description") for each in named or []}
    result = [each for each in kept if named is None or each.id in texts]
    known = {each.id for each in result} | set(body.uploads)
    require(Problem(f"attachments.{index}", "No such file was sent.") for index in texts if index not in known)
    for index, upload in body.uploads.items():
        result.append(Attachment(world.snowflakes.next(), upload, texts.get(index)))
    require(number("attachments", len(result), FILES))
    return result
