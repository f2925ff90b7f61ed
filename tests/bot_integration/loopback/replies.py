"""What came of an interaction, as the test sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.bot_integration.loopback.messages import Posted
from tests.bot_integration.loopback.refusals import Refused

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of an interaction, as it stood when one looked.

    Attributes:
        acknowledged_after: seconds until the bot's first answer.
        deferred: whether that first answer only promised another.
        message: the answer; where a click changed the message that it was on, that message.
        followups: the messages sent after it.
        modal: the form that it opened, as Discord's JSON.
        choices: what an autocompletion proposed.
        error: what Discord last refused of it, if anything.
    """

    acknowledged_after: float
    deferred: bool
    message: Posted | None
    followups: tuple[Posted, ...]
    modal: Payload | None
    choices: tuple[Payload, ...]
    error: Refused | None

    @property
    def _answer(self) -> Posted:
        assert self.message is not None, "The bot answered without a message."
        return self.message

    @property
    def content(self) -> str:
        return self._answer.content

    @property
    def embeds(self) -> tuple[Payload, ...]:
        return self._answer.embeds

    @property
    def files(self) -> dict[str, bytes]:
        return self._answer.files

    @property
    def components(self) -> tuple[Payload, ...]:
        return self._answer.components

    @property
    def buttons(self) -> tuple[Payload, ...]:
        return self._answer.buttons

    @property
    def ephemeral(self) -> bool:
        return self._answer.ephemeral

    @property
    def edits(self) -> int:
        return self._answer.edits
