"""How much a sender may post, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes are bytes.

    Attributes:
        file: the picture or video.
        body: a whole posted form.
        prompt, workflow, loras: these text fields, and ``outputs`` as ``loras``; JSON is understood on the event loop,
            so it may not be long (nor have more values than :mod:`bot_integration.web.bounded_json` allows).
        text: any other text field.
        parts: fields of a form, unknown ones included.
        in_memory: up to here a file stays in memory; a larger one goes to a temporary file.
        preview: the small picture that may come with a progress report.
        progress_body: a whole progress report.
        upload_seconds: how long a sender may take to send a form.
        connections: how many may be open at once (``start`` only). Where there is no room for another one, the oldest
            without a token is closed, of the address that has most of them.
        header_seconds: how long a connection may take to its first whole request (``start`` only), and may be idle
            after the last.
    """

    file: int = 100 * MIB
    body: int = 102 * MIB
    prompt: int = 400_000
    workflow: int = 256 * KIB
    loras: int = 64 * KIB
    text: int = 2_000
    parts: int = 64
    in_memory: int = MIB
    preview: int = 128 * KIB
    progress_body: int = 192 * KIB
    upload_seconds: float = 120.0
    connections: int = 100
    header_seconds: float = 15.0

    def of_field(self, name: str) -> int:
        """How long the text of a field may be."""
        match name:
            case "prompt":
                return self.prompt
            case "workflow":
                return self.workflow
            case "loras" | "outputs":
                return self.loras
            case _:
                return self.text
