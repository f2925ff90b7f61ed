"""The bot's commands as Discord keeps them, and which of them a person's client would offer, with which options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.bot_integration.loopback.form_limits import (
    CHAT_INPUT,
    INTEGER,
    NUMBER,
    STRING,
    SUBCOMMAND,
    SUBCOMMAND_GROUP,
    command_problems,
    commands_problems,
)
from tests.bot_integration.loopback.people import USE_COMMANDS, Channel, Guild, Person, Role
from tests.bot_integration.loopback.refusals import require, unknown
from tests.bot_integration.loopback.world import World

Payload = dict[str, Any]
Value: TypeAlias = "str | int | float | bool | Person | Role | Channel"

BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE = 5, 6, 7, 8, 9
IN_GUILD, IN_BOT_DM = 0, 1
FOR_GUILDS, FOR_USERS = 0, 1


class NotOffered(Exception):
    """A person's client would not let them do this: the bot never hears of it."""


@dataclass(eq=False)
class Registry:
    """The commands that the bot has synchronised: the global ones under None, those of a server under its id.

    Attributes:
        overrides: what a server's settings (Integrations) say: by server and command, allowed or not, by id of a role
            or a person.
    """

    world: World
    commands: dict[int | None, dict[int, Payload]] = field(default_factory=dict)
    overrides: dict[tuple[int, str], dict[int, bool]] = field(default_factory=dict)

    def overwrite(self, guild_id: int | None, payloads: list[Payload]) -> list[Payload]:
        """Replace all commands of a scope."""
        require(commands_problems(payloads))
        known = {(each["type"], each["name"]): each for each in self.all(guild_id)}
        kept = [self._made(guild_id, payload, known) for payload in payloads]
        self.commands[guild_id] = {int(each["id"]): each for each in kept}
        return kept

    def put(self, guild_id: int | None, payload: Payload) -> Payload:
        """Add a command, or replace the one of that name."""
        require(command_problems("0", payload))
        known = {(each["type"], each["name"]): each for each in self.all(guild_id)}
        made = self._made(guild_id, payload, known)
        self.commands.setdefault(guild_id, {})[int(made["id"])] = made
        return made

    def all(self, guild_id: int | None) -> list[Payload]:
        """The commands of a scope."""
        return list(self.commands.get(guild_id, {}).values())

    def one(self, guild_id: int | None, command_id: str) -> Payload:
        """One command; 404 if there is no such."""
        try:
            return self.commands[guild_id][int(command_id)]
        except KeyError:
            raise unknown("Command") from None

    def remove(self, guild_id: int | None, command_id: str) -> None:
        """Take one command away; 404 if there is no such."""
        self.one(guild_id, command_id)
        del self.commands[guild_id][int(command_id)]

    def _made(self, guild_id: int | None, payload: Payload, known: Mapping[tuple[int, str], Payload]) -> Payload:
        kind = payload.get("type", CHAT_INPUT)
        before = known.get((kind, payload["name"]))
        permissions = payload.get("default_member_permissions")
        made = {
            "description": "", "options": [], "contexts": None, "dm_permission": True, "nsfw": False,
            **payload,
            "id": before["id"] if before is not None else str(self.world.snowflakes.next()),
            "type": kind,
            "application_id": str(self.world.bot.id),
            "version": str(self.world.snowflakes.next()),
            "default_member_permissions": None if permissions is None else str(permissions),
        }  # fmt: skip
        return made if guild_id is None else {**made, "guild_id": str(guild_id)}


@dataclass(frozen=True, slots=True)
class Offer:
    """A command with its options as a client sends them: the ``data`` of an interaction."""

    name: str
    data: Payload


def offered_names(registry: Registry, person: Person, channel: Channel) -> list[str]:
    """The slash commands that a person's client lists in a channel."""
    names = {each["name"] for scope in _scopes(channel) for each in registry.all(scope) if each["type"] == CHAT_INPUT}
    return sorted(name for name in names if _why_not(registry, name, person, channel) is None)


def offer(
    registry: Registry,
    person: Person,
    line: str,
    values: Mapping[str, Value],
    channel: Channel,
    focused: str | None = None,
) -> Offer:
    """What a client sends when a person picks a command and fills in its options; raises :class:`NotOffered`.

    Args:
        line: the command's name, with group and subcommand: "queue status".
        focused: the option that is being typed, for an autocompletion; the others may then still be missing.
    """
    name, *rest = line.split()
    reason = _why_not(registry, name, person, channel)
    if reason is not None:
        raise NotOffered(reason)
    command = _find(registry, name, channel)
    assert command is not None
    level, path = command, []
    for part in rest:
        level = _child(level, part, line)
        path.append(level)
    if any(option["type"] in (SUBCOMMAND, SUBCOMMAND_GROUP) for option in level["options"]):
        raise NotOffered(f"/{line} has subcommands: choose one")
    resolved: Payload = {}
    options = _options(level["options"], values, resolved, channel.guild, focused)
    for each in reversed(path):
        options = [{"name": each["name"], "type": each["type"], "options": options}]
    data = {"id": command["id"], "name": command["name"], "type": CHAT_INPUT, "options": options, "resolved": resolved}
    if "guild_id" in command:
        data["guild_id"] = command["guild_id"]
    return Offer(line, data)


def _scopes(channel: Channel) -> tuple[int | None, ...]:
    return (None,) if channel.guild is None else (channel.guild.id, None)


def _find(registry: Registry, name: str, channel: Channel) -> Payload | None:
    for scope in _scopes(channel):
        for command in registry.all(scope):
            if command["name"] == name and command["type"] == CHAT_INPUT:
                return command
    return None


def _why_not(registry: Registry, name: str, person: Person, channel: Channel) -> str | None:
    """Why a client would not list a command, or None."""
    command = _find(registry, name, channel)
    if command is None:
        return f"/{name} has not been synchronised"
    contexts = command["contexts"]
    if contexts is None:
        contexts = [IN_GUILD, IN_BOT_DM] if command["dm_permission"] is not False else [IN_GUILD]
    installs = command.get("integration_types") or [FOR_GUILDS, FOR_USERS]
    in_guild = channel.guild is not None and registry.world.bot.id in channel.guild.members
    for_user = FOR_USERS in installs and person.id in registry.world.installed_by
    if channel.guild is not None and not (for_user or (in_guild and FOR_GUILDS in installs)):
        return f"/{name} is not offered where the bot is not"
    if channel.guild is None:
        return None if IN_BOT_DM in contexts else f"/{name} is not offered in direct messages"
    if IN_GUILD not in contexts:
        return f"/{name} is not offered in servers"
    return _why_not_allowed(registry, command, person, channel.guild)


def _why_not_allowed(registry: Registry, command: Payload, person: Person, guild: Guild) -> str | None:
    member = guild.members.get(person.id)
    if member is None:
        return f"{person.name} is not in {guild.name}"
    bits = guild.permissions_of(person)
    if not bits & USE_COMMANDS:
        return f"{person.name} may not use commands in {guild.name}"
    overrides = registry.overrides.get((guild.id, command["name"]), {})
    if person.id in overrides:
        allowed: bool | None = overrides[person.id]
    else:
        said = [overrides[role.id] for role in [*member.roles, guild.roles[guild.id]] if role.id in overrides]
        allowed = any(said) if said else None
    wanted = command["default_member_permissions"]
    if allowed is None and wanted is not None:
        needed = int(wanted)
        # "0" hides a command from everybody but administrators, who hold every bit there is.
        allowed = bits & needed == needed if needed else bits == guild.permissions_of(guild.owner)
    return None if allowed is not False else f"/{command['name']} is hidden from {person.name} by its permissions"


def _child(level: Payload, name: str, line: str) -> Payload:
    for option in level["options"]:
        if option["name"] == name and option["type"] in (SUBCOMMAND, SUBCOMMAND_GROUP):
            return {"options": [], **option}
    raise NotOffered(f"/{line}: there is no subcommand {name}")


def _options(
    declared: list[Payload], values: Mapping[str, Value], resolved: Payload, guild: Guild | None, focused: str | None
) -> list[Payload]:
    names = {option["name"] for option in declared}
    for name in values:
        if name not in names:
            raise NotOffered(f"there is no option {name}, only {sorted(names)}")
    filled = []
    for option in declared:
        name = option["name"]
        if name in values:
            entry: Payload = {"name": name, "type": option["type"]}
            entry["value"] = values[name] if name == focused else _value(option, values[name], resolved, guild)
            filled.append(entry | ({"focused": True} if name == focused else {}))
        elif option.get("required") and focused is None:
            raise NotOffered(f"the option {name} is required")
    return filled


def _value(option: Payload, value: Value, resolved: Payload, guild: Guild | None) -> str | int | float | bool:
    """One option's value as a client sends it."""
    if isinstance(value, Person | Role | Channel):
        return _reference(option, value, resolved, guild)
    if option.get("choices"):
        for choice in option["choices"]:
            if value in (choice["value"], choice["name"]):
                return choice["value"]  # type: ignore[no-any-return]
        raise NotOffered(f"{option['name']}: {value!r} is not among the choices")
    kinds: dict[int, type | tuple[type, ...]] = {STRING: str, INTEGER: int, BOOLEAN: bool, NUMBER: (int, float)}
    kind = kinds.get(option["type"])
    if kind is None or not isinstance(value, kind) or (isinstance(value, bool) and option["type"] != BOOLEAN):
        raise NotOffered(f"{option['name']}: {value!r} can't be entered there")
    _within(option, value)
    return value


def _within(option: Payload, value: str | int | float | bool) -> None:
    measure = len(value) if isinstance(value, str) else value
    least, most = ("min_length", "max_length") if isinstance(value, str) else ("min_value", "max_value")
    if measure < option.get(least, measure) or measure > option.get(most, measure):
        raise NotOffered(f"{option['name']}: {value!r} is out of {option.get(least)} to {option.get(most)}")


def _reference(option: Payload, thing: Person | Role | Channel, resolved: Payload, guild: Guild | None) -> str:
    key, kinds = {
        Person: ("users", (USER, MENTIONABLE)),
        Role: ("roles", (ROLE, MENTIONABLE)),
        Channel: ("channels", (CHANNEL,)),
    }[type(thing)]
    if option["type"] not in kinds:
        raise NotOffered(f"{option['name']}: {thing.name} can't be chosen there")
    payload = thing.payload() | ({"permissions": "0"} if isinstance(thing, Channel) else {})
    resolved.setdefault(key, {})[str(thing.id)] = payload
    if isinstance(thing, Person) and guild is not None and thing.id in guild.members:
        member = guild.members[thing.id].payload() | {"permissions": str(guild.permissions_of(thing))}
        del member["user"]
        resolved.setdefault("members", {})[str(thing.id)] = member
    return str(thing.id)
