"""One interaction from the person's click to the bot's last word: its deadlines, and what it may be answered with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.bot_integration.loopback.form_limits import choices_problems, modal_problems
from tests.bot_integration.loopback.messages import (
    COMMAND_ANSWER,
    EPHEMERAL,
    LOADING,
    Body,
    Message,
    edit,
    fill,
)
from tests.bot_integration.loopback.people import Channel, Guild, Person
from tests.bot_integration.loopback.refusals import (
    Problem,
    Refused,
    already_acknowledged,
    invalid_webhook_token,
    require,
    unknown,
    unknown_interaction,
    unknown_webhook,
)
from tests.bot_integration.loopback.replies import Reply
from tests.bot_integration.loopback.world import World

Payload = dict[str, Any]

CALLBACK_SECONDS = 3.0
TOKEN_SECONDS = 15 * 60.0

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9

ANSWERS = {
    COMMAND: {MESSAGE, DEFERRED_MESSAGE, MODAL},
    COMPONENT: {MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, MODAL},
    AUTOCOMPLETE: {CHOICES},
    MODAL_SUBMIT: {MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE},
}


class Unanswered(Exception):
    """The bot did not acknowledge within three seconds: "The application did not respond"."""


@dataclass(eq=False)
class Invocation:
    """A slash command, a click, a choice, an autocompletion or a modal: what a person did and what the bot answered.

    Attributes:
        source: the message that was clicked on.
        refusals: every request about it that Discord refused.
    """

    world: World
    kind: int
    person: Person
    channel: Channel
    name: str
    source: Message | None = None
    id: int = 0
    token: str = ""
    created: float = 0.0
    acknowledged: float | None = None
    callback: int | None = None
    original: Message | None = None
    filled: bool = False
    followups: list[Message] = field(default_factory=list)
    modal: Payload | None = None
    choices: list[Payload] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.id = self.world.snowflakes.next()
        self.token = f"interaction-{self.id}"
        self.created = self.world.now()
        self.world.invocations[self.token] = self

    # For the test

    def wait(self, timeout: float = 10.0) -> Reply:
        """Wait for the answer: a message (the one that deferring promised), a changed message, choices or a modal.

        Raises:
            Unanswered: nothing came within Discord's three seconds.
            TimeoutError: deferred, but never filled in.
        """
        self.world.wait_for(self._settled, timeout, self._missing)
        if self.callback is None:
            raise Unanswered(self._missing())
        return self.reply

    def wait_acknowledged(self, timeout: float = 10.0) -> float:
        """Wait for the first answer of any kind; seconds that it took. Raises :class:`Unanswered`."""
        self.world.wait_for(lambda: self.callback is not None or self._expired(), timeout, self._missing)
        if self.acknowledged is None:
            raise Unanswered(self._missing())
        return self.acknowledged - self.created

    def wait_for(self, condition: Callable[[Reply], bool], timeout: float = 10.0) -> Reply:
        """Wait until the reply is as wanted, say after a second edit; returns it."""
        self.world.wait_for(lambda: self.callback is not None and condition(self.reply), timeout, self._missing)
        return self.reply

    def wait_refused(self, timeout: float = 10.0) -> Refused:
        """Wait until Discord refused something about it; returns the first refusal."""
        return self.world.wait_for(lambda: self.refusals, timeout, f"Nothing was refused of {self.name}")[0]

    @property
    def reply(self) -> Reply:
        """The answer so far."""
        return Reply(
            (self.acknowledged or self.world.now()) - self.created,
            self.callback in (DEFERRED_MESSAGE, DEFERRED_UPDATE),
            self.original.posted() if self.original is not None else None,
            tuple(message.posted() for message in self.followups),
            self.modal,
            tuple(self.choices),
            self.refusals[-1] if self.refusals else None,
        )

    def _settled(self) -> bool:
        if self.callback is None:
            return self._expired()
        return self.filled

    def _expired(self) -> bool:
        return self.world.now() > self.created + CALLBACK_SECONDS

    def _missing(self) -> str:
        state = "was not acknowledged" if self.callback is None else "was deferred, but has no answer"
        refused = "".join(f"\n  refused: {each}" for each in self.refusals)
        return f"{self.name} by {self.person.name} {state}{refused}"

    # For the server's own thread: what the bot asks

    def answer(self, body: Body) -> Payload:
        """The bot's first answer; the payload for ``with_response``."""
        if self._expired():
            raise unknown_interaction()
        if self.callback is not None:
            raise already_acknowledged()
        kind, data = body.payload.get("type"), body.payload.get("data") or {}
        if kind not in ANSWERS[self.kind] or (kind in (UPDATE, DEFERRED_UPDATE) and self.source is None):
            require([Problem("type", f"{kind} is no answer to an interaction of type {self.kind}.")])
        assert isinstance(kind, int)
        self._take(kind, Body(data, body.uploads))
        self.acknowledged = self.world.now()
        self.callback = kind
        return self._with_response()

    def _take(self, kind: int, body: Body) -> None:
        if kind == MESSAGE:
            self.original = self._new_message(body)
        elif kind == DEFERRED_MESSAGE:
            flags = LOADING | (int(body.payload.get("flags") or 0) & EPHEMERAL)
            self.original = self._keep(self._blank(flags))
        elif kind == DEFERRED_UPDATE:
            self.original = self.source
        elif kind == UPDATE:
            assert self.source is not None
            edit(self.world, self.source, body)
            self.original = self.source
        elif kind == CHOICES:
            self.choices = body.payload.get("choices") or []
            require(choices_problems("data.choices", self.choices))
        else:
            require(modal_problems(body.payload))
            self.modal = body.payload
        self.filled = kind not in (DEFERRED_MESSAGE, DEFERRED_UPDATE)

    def _with_response(self) -> Payload:
        assert self.callback is not None
        interaction: Payload = {"id": str(self.id), "type": self.kind}
        result: Payload = {"interaction": interaction}
        if self.original is not None:
            interaction["response_message_id"] = str(self.original.id)
            interaction["response_message_loading"] = self.callback == DEFERRED_MESSAGE
            interaction["response_message_ephemeral"] = self.original.ephemeral
        resource: Payload = {"type": self.callback}
        if self.original is not None and self.callback != DEFERRED_UPDATE:
            resource["message"] = self.original.payload(self.world.base)
        if self.callback not in (CHOICES, MODAL):
            result["resource"] = resource
        return result

    def require_open(self) -> None:
        """Whether the token may be used: after the first answer, for 15 minutes."""
        if self.world.now() > self.created + TOKEN_SECONDS:
            raise invalid_webhook_token()
        if self.callback is None:
            raise unknown_webhook()

    def follow_up(self, body: Body) -> Message:
        """A further message; the first one after deferring fills the promised message in."""
        if self.callback == DEFERRED_MESSAGE and not self.filled:
            assert self.original is not None
            self._fill_in(self.original, body)
            return self.original
        message = self._new_message(body)
        self.followups.append(message)
        self.filled = True
        return message

    def _fill_in(self, message: Message, body: Body) -> None:
        fill(self.world, message, body)
        message.flags &= ~LOADING
        self.filled = True

    def change(self, message_id: str, body: Body) -> Message:
        """Edit the answer ("@original") or a follow-up."""
        message = self.find(message_id)
        if message.flags & LOADING:
            self._fill_in(message, body)
        else:
            edit(self.world, message, body)
            self.filled = True
        return message

    def delete(self, message_id: str) -> None:
        """Delete the answer or a follow-up."""
        self.find(message_id).deleted = True
        self.filled = True

    def find(self, message_id: str) -> Message:
        """The answer or a follow-up; raises 404/10008."""
        known = [*self.followups, *([self.original] if self.original is not None else [])]
        if message_id == "@original":
            found = self.original
        else:
            found = next((each for each in known if str(each.id) == message_id), None)
        if found is None or found.deleted:
            raise unknown("Message")
        return found

    def _new_message(self, body: Body) -> Message:
        message = self._blank(int(body.payload.get("flags") or 0) & EPHEMERAL)
        fill(self.world, message, body)
        return self._keep(message)

    def _blank(self, flags: int) -> Message:
        interaction = {
            "id": str(self.id),
            "type": self.kind,
            "user": self.person.payload(),
            "authorizing_integration_owners": {},
        }
        return Message(
            self.world.snowflakes.next(), self.channel, self.world.bot, self.person, flags=flags, kind=COMMAND_ANSWER,
            interaction=interaction,
        )  # fmt: skip

    def _keep(self, message: Message) -> Message:
        self.world.messages[message.id] = message
        if not message.ephemeral:
            self.world.announce(message)
        return message

    # The event that the bot gets

    def _installed_by(self, guild: Guild | None) -> Payload:
        """For whom the app was added that made this possible: the server, the person, or both."""
        owners = {"0": str(guild.id) if guild is not None else "0"}
        if guild is not None and self.world.bot.id not in guild.members:
            del owners["0"]
        return owners | ({"1": str(self.person.id)} if self.person.id in self.world.installed_by else {})

    def payload(self, data: Payload) -> Payload:
        """INTERACTION_CREATE in Discord's JSON."""
        guild, channel = self.channel.guild, self.channel.payload()
        payload: Payload = {
            "id": str(self.id),
            "application_id": str(self.world.bot.id),
            "type": self.kind,
            "token": self.token,
            "version": 1,
            "data": data,
            "channel_id": str(self.channel.id),
            "locale": "en-US",
            "entitlements": [],
            "attachment_size_limit": self.world.attachment_limit,
            "context": 0 if guild is not None else 1,
            "authorizing_integration_owners": self._installed_by(guild),
        }
        if guild is None:
            payload |= {"user": self.person.payload(), "channel": channel, "app_permissions": str(1 << 11)}
        else:
            bits = guild.permissions_of(self.person)
            payload |= {
                "guild_id": str(guild.id),
                "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
                "guild_locale": "en-US",
                "member": guild.members[self.person.id].payload() | {"permissions": str(bits)},
                "channel": channel | {"permissions": str(bits)},
                "app_permissions": str(guild.permissions_of(self.world.bot)),
            }
        if self.source is not None:
            payload["message"] = self.source.payload(self.world.base)
        return payload
