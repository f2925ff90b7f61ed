"""What a person can do with a message or a form that they see, as an interaction's data; else :class:`NotOffered`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.bot_integration.loopback.commands import NotOffered
from tests.bot_integration.loopback.limits import BUTTON, LABEL, LINK_STYLE, SELECTS, TEXT_SELECT, nested
from tests.bot_integration.loopback.messages import Message
from tests.bot_integration.loopback.people import Channel, Person, Role

Payload = dict[str, Any]


def require_visible(message: Message, person: Person) -> None:
    """Whether a person can see a message, and so use what is on it."""
    if message.deleted:
        raise NotOffered("the message is deleted")
    if message.ephemeral and message.viewer is not person:
        raise NotOffered(f"{person.name} can't see the private answer to {message.viewer and message.viewer.name}")
    guild, recipient = message.channel.guild, message.channel.recipient
    if (guild is not None and person.id not in guild.members) or (recipient is not None and recipient is not person):
        raise NotOffered(f"{person.name} is not in that channel")


def click_data(message: Message, which: str) -> Payload:
    """A click on the button with that custom id or label."""
    buttons = [each for each in nested(message.components) if each.get("type") == BUTTON]
    found = _named(buttons, which, ("custom_id", "label"))
    if found.get("style") == LINK_STYLE:
        raise NotOffered(f"the button {which} is a link: the bot hears nothing of it")
    return {"custom_id": found["custom_id"], "component_type": BUTTON}


def select_data(message: Message, which: str, values: Iterable[str | Person | Role | Channel]) -> Payload:
    """A choice in the select with that custom id or placeholder; values or labels of its options, or people."""
    selects = [each for each in nested(message.components) if each.get("type") in SELECTS]
    found = _named(selects, which, ("custom_id", "placeholder"))
    chosen = list(values)
    if not found.get("min_values", 1) <= len(chosen) <= found.get("max_values", 1):
        raise NotOffered(f"{which}: {len(chosen)} can't be chosen at once")
    data: Payload = {"custom_id": found["custom_id"], "component_type": found["type"]}
    if found["type"] == TEXT_SELECT:
        data["values"] = [_named(found["options"], str(each), ("value", "label"))["value"] for each in chosen]
        return data
    things = [each for each in chosen if not isinstance(each, str)]
    keys: dict[type, str] = {Person: "users", Role: "roles", Channel: "channels"}
    data["values"] = [str(each.id) for each in things]
    data["resolved"] = {}
    for each in things:
        data["resolved"].setdefault(keys[type(each)], {})[str(each.id)] = each.payload()
    return data


def modal_data(modal: Payload, values: Mapping[str, str]) -> Payload:
    """A form sent off; the values of its text inputs by custom id or label, what is missing keeps its preset."""
    parts = []
    for part in modal["components"]:
        inputs = [part["component"]] if part["type"] == LABEL else part["components"]
        filled = [_text(each, part.get("label"), values) for each in inputs]
        content = {"component": filled[0]} if part["type"] == LABEL else {"components": filled}
        parts.append({"type": part["type"]} | content)
    return {"custom_id": modal["custom_id"], "components": parts}


def _text(field: Payload, label: str | None, values: Mapping[str, str]) -> Payload:
    called = {field["custom_id"], field.get("label"), label}
    value = next((text for name, text in values.items() if name in called), field.get("value") or "")
    if field.get("required", True) and not value:
        raise NotOffered(f"{field['custom_id']} must be filled in")
    if not (field.get("min_length") or 0) <= len(value) <= (field.get("max_length") or 4000):
        raise NotOffered(f"{field['custom_id']}: the text is too short or too long")
    return {"type": field["type"], "custom_id": field["custom_id"], "value": value}


def _named(things: list[Payload], which: str, keys: tuple[str, ...]) -> Payload:
    for thing in things:
        if which in [thing.get(key) for key in keys]:
            if thing.get("disabled"):
                raise NotOffered(f"{which} is disabled")
            return thing
    raise NotOffered(f"there is no {which}, only {[thing.get(keys[-1]) or thing.get(keys[0]) for thing in things]}")
