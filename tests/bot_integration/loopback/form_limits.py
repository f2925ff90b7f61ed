"""What Discord takes as commands, as the choices of an autocompletion, and as a modal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.bot_integration.loopback.limits import LABEL, ROW, TEXT_INPUT, Payload, length, number, repeated_ids
from tests.bot_integration.loopback.refusals import Problem

COMMANDS = 100
OPTIONS = 25
CHOICES = 25
COMMAND_TEXT = 8000
CHAT_INPUT, SUBCOMMAND, SUBCOMMAND_GROUP = 1, 1, 2
STRING, INTEGER, NUMBER = 3, 4, 10

NAME = re.compile(r"[-_'\w]{1,32}")


def commands_problems(commands: list[Payload]) -> Iterator[Problem]:
    """Everything that Discord would refuse in a bulk overwrite of commands."""
    slash = [command for command in commands if command.get("type", CHAT_INPUT) == CHAT_INPUT]
    yield from number("commands", len(slash), COMMANDS)
    seen: set[tuple[int, str]] = set()
    for index, command in enumerate(commands):
        key = (command.get("type", CHAT_INPUT), command.get("name", ""))
        if key in seen:
            yield Problem(f"{index}.name", f"Application command names must be unique: {key[1]!r}.")
        seen.add(key)
        yield from command_problems(str(index), command)


def command_problems(path: str, command: Payload) -> Iterator[Problem]:
    """The limits of one command."""
    if command.get("type", CHAT_INPUT) != CHAT_INPUT:
        yield from length(f"{path}.name", command.get("name", ""), 32, 1)
        return
    yield from named_problems(path, command)
    yield from options_problems(path, command.get("options") or [])
    size = text_size(command)
    if size > COMMAND_TEXT:
        yield Problem(path, f"Command exceeds maximum size of {COMMAND_TEXT}, it is {size}.")


def named_problems(path: str, thing: Payload) -> Iterator[Problem]:
    """The name and the description of a command or an option."""
    name = thing.get("name", "")
    if NAME.fullmatch(name) is None or name != name.lower():
        yield Problem(f"{path}.name", f"Command name is invalid: {name!r}.")
    yield from length(f"{path}.description", thing.get("description", ""), 100, 1)


def options_problems(path: str, options: list[Payload]) -> Iterator[Problem]:
    """The options of a command or of a subcommand."""
    yield from number(f"{path}.options", len(options), OPTIONS)
    names = [option.get("name") for option in options]
    if len(set(names)) < len(names):
        yield Problem(f"{path}.options", "Option names must be unique.")
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        yield Problem(f"{path}.options", "Required options must be placed before non-required options.")
    for index, option in enumerate(options):
        here = f"{path}.options.{index}"
        yield from named_problems(here, option)
        if option.get("type") in (SUBCOMMAND, SUBCOMMAND_GROUP):
            yield from options_problems(here, option.get("options") or [])
        yield from choices_problems(f"{here}.choices", option.get("choices") or [])
        if option.get("autocomplete") and option.get("choices"):
            yield Problem(here, "An option has either choices or autocompletion.")


def choices_problems(path: str, choices: list[Payload]) -> Iterator[Problem]:
    """The choices of an option, or what an autocompletion proposes."""
    yield from number(path, len(choices), CHOICES)
    for index, choice in enumerate(choices):
        yield from length(f"{path}.{index}.name", choice.get("name", ""), 100, 1)
        if isinstance(choice.get("value"), str):
            yield from length(f"{path}.{index}.value", choice["value"], 100, 1)


def text_size(thing: Payload) -> int:
    """The characters that count towards a command's size: names, descriptions and values, all the way down."""
    size = len(thing.get("name") or "") + len(thing.get("description") or "")
    value: Any = thing.get("value")
    size += len(value) if isinstance(value, str) else 0
    return size + sum(text_size(each) for key in ("options", "choices") for each in thing.get(key) or [])


def modal_problems(modal: Payload) -> Iterator[Problem]:
    """Everything that Discord would refuse in a modal."""
    yield from length("data.title", modal.get("title", ""), 45, 1)
    yield from length("data.custom_id", modal.get("custom_id", ""), 100, 1)
    parts = modal.get("components") or []
    yield from number("data.components", len(parts), 5, 1)
    for index, part in enumerate(parts):
        yield from modal_part_problems(f"data.components.{index}", part)
    yield from repeated_ids(parts)


def modal_part_problems(path: str, part: Payload) -> Iterator[Problem]:
    """A row with a text input, or a label with any input."""
    if part.get("type") == LABEL:
        yield from length(f"{path}.label", part.get("label", ""), 45, 1)
        yield from length(f"{path}.description", part.get("description") or "", 100)
        inputs = [part.get("component") or {}]
    else:
        inputs = part.get("components") or []
        if part.get("type") == ROW:
            yield from number(f"{path}.components", len(inputs), 1, 1)
    for field in inputs:
        if field.get("type") == TEXT_INPUT:
            yield from text_input_problems(path, field, labelled=part.get("type") == LABEL)


def text_input_problems(path: str, field: Payload, *, labelled: bool) -> Iterator[Problem]:
    """One text input; within a label it has none of its own."""
    yield from length(f"{path}.custom_id", field.get("custom_id", ""), 100, 1)
    yield from length(f"{path}.label", field.get("label") or "", 45, 0 if labelled else 1)
    yield from length(f"{path}.placeholder", field.get("placeholder") or "", 100)
    yield from length(f"{path}.value", field.get("value") or "", 4000)
