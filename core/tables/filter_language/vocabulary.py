"""The words of the filter box: one table that the parser, the completion, the help and the docs are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.filters import FAILED, SUCCEEDED, Field
from core.text.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Explained:
    """One word.

    Attributes:
        word: as it is typed: "user:"; example: an item with it.
        sentence: what it leaves in, without a full stop.
        field: what it is about; None where it works together with any other.
    """

    word: str
    example: str
    sentence: str
    field: Field | None


LANGUAGE: Final = (
    Explained(
        "word", "fox", _("Rows with this word in the prompt, the command, the action or the details"), Field.TEXT
    ),
    Explained(
        '"words"', '"two words"', _("The same with spaces, or with a word that means something here"), Field.TEXT
    ),
    Explained("-", "-fox", _("A minus right before anything leaves out what matches"), None),
    Explained(
        "user:",
        "user:273849283749283748",
        _("What one user did; a name or its beginning, an id, its end as shown (user:3158), or a mention"),
        Field.USER,
    ),
    Explained(
        "guild:",
        "guild:direct",
        _("What happened in one server; a name or its beginning, an id or its end; “direct” is direct messages"),
        Field.GUILD,
    ),
    Explained(
        "channel:",
        "channel:273849283749283748",
        _("Commands in one channel; a name or its beginning, an id, its end, or a mention"),
        Field.CHANNEL,
    ),
    Explained("command:", "command:comfy", _("Runs of one command"), Field.COMMAND),
    Explained(FAILED, "failed", _("Commands that failed"), Field.OUTCOME),
    Explained(SUCCEEDED, "succeeded", _("Commands that succeeded"), Field.OUTCOME),
    Explained("slow>", "slow>30", _("What took longer; seconds, or with a unit: 500ms, 2min"), Field.SLOWER),
    Explained("slow<", "slow<2", _("What took less; unknown times do not count"), Field.FASTER),
    Explained("type:", "type:pulid", _("Generations of one type"), Field.TYPE),
    Explained("kind:", "kind:video", _("Only videos, or with kind:image only images"), Field.KIND),
    Explained("res:", 'res:"16:9 [1344x768 landscape]"', _("Generations of one resolution"), Field.RESOLUTION),
    Explained("lora:", "lora:detail", _("Generations with a LoRA: a whole file name, or a part of names"), Field.LORA),
    Explained("upscale:", "upscale:2", _("Generations with one upscale factor"), Field.UPSCALE),
    Explained(
        "model:",
        "model:flux1-dev.safetensors",
        _("What one model made, or failed with; its whole file name"),
        Field.MODEL,
    ),
    Explained("sampler:", "sampler:euler", _("Generations with one sampler"), Field.SAMPLER),
    Explained("steps:", "steps:20", _("Generations with so many steps"), Field.STEPS),
    Explained("error:", "error:3f0c51c2a9d4e87b", _("Failures of one cause, by its fingerprint"), Field.ERROR),
    Explained("reason:", "reason:refused", _("Failures of one kind: error, refused or cancelled"), Field.REASON),
    Explained("source:", "source:generation", _("What failed in a command, a generation or a delivery"), Field.SOURCE),
    Explained("node:", "node:VAEDecode", _("Failures in one node of a workflow"), Field.NODE),
    Explained("action:", "action:bot_start", _("Activity of one kind"), Field.ACTION),
    Explained(
        "after:",
        "after:2026-11-24T14:30",
        _("From a time on; also after:14:30, after:yesterday, after:2h"),
        Field.AFTER,
    ),
    Explained(
        "before:", "before:2026-11-24", _("Before a time, a day begins at midnight; also before:3d"), Field.BEFORE
    ),
    Explained("id:", "id:1200", _("The row with this number"), Field.ID),
)
"""Every word, in the order in which help lists them. Several values of one word are alternatives, all else adds up."""

BY_WORD: Final = {
    explained.word: explained for explained in LANGUAGE if explained.field and explained.word[-1] in ":<>"
}
"""The words that a value follows."""

PREFIXES: Final[dict[str, Field]] = {
    **{word: explained.field for word, explained in BY_WORD.items() if explained.field},
    "server:": Field.GUILD,
    "resolution:": Field.RESOLUTION,
    "outcome:": Field.OUTCOME,
}
"""What may stand before a value: the words, and other names for some."""

WORDS: Final[dict[Field, str]] = {field: word for word, field in reversed(PREFIXES.items())}
"""What is written before a field's value."""

MENTIONS: Final = {Field.USER: r"<@!?([0-9]+)>", Field.CHANNEL: r"<#([0-9]+)>"}
"""How Discord writes a user or a channel in a message."""

DIRECT: Final = ("direct", "dm")
"""Typed as the value of ``guild:``, the rows of no server."""
