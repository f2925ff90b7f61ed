"""What Discord takes as a message: the lengths and numbers of its documentation, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from tests.bot_integration.loopback.refusals import Problem

CONTENT = 2000
EMBEDS = 10
EMBED_TEXT = 6000
EMBED_FIELDS = 25
FILES = 10
ROWS = 5
BUTTONS_IN_ROW = 5
SELECT_OPTIONS = 25
COMPONENTS_IN_LAYOUT = 40
LAYOUT_TEXT = 4000
NEW_LAYOUT = 1 << 15
"""The flag of a message made of "components v2"."""

ROW, BUTTON, TEXT_SELECT, TEXT_INPUT, LABEL = 1, 2, 3, 4, 18
SELECTS = frozenset({3, 5, 6, 7, 8})
LINK_STYLE, PREMIUM_STYLE = 5, 6

Payload = dict[str, Any]


def length(path: str, text: object, most: int, least: int = 0) -> Iterator[Problem]:
    """Whether a text has at least ``least`` and at most ``most`` characters."""
    if not isinstance(text, str):
        yield Problem(path, f"Must be a string, not {type(text).__name__}.")
    elif len(text) < least:
        yield Problem(path, "This field is required.")
    elif len(text) > most:
        yield Problem(path, f"Must be {most} or fewer in length, but has {len(text)}.")


def number(path: str, count: int, most: int, least: int = 0) -> Iterator[Problem]:
    """Whether a list has at least ``least`` and at most ``most`` entries."""
    if not least <= count <= most:
        yield Problem(path, f"Must be between {least} and {most} in length, but has {count}.")


def message_problems(payload: Payload) -> Iterator[Problem]:
    """Everything that Discord would refuse in a message, its files apart."""
    if payload.get("content") is not None:
        yield from length("content", payload["content"], CONTENT)
    yield from embeds_problems(payload.get("embeds") or [])
    if int(payload.get("flags") or 0) & NEW_LAYOUT:
        yield from layout_problems(payload)
    else:
        yield from rows_problems(payload.get("components") or [])


def embeds_problems(embeds: list[Payload]) -> Iterator[Problem]:
    """The limits of each embed, and of all of them together."""
    yield from number("embeds", len(embeds), EMBEDS)
    for index, embed in enumerate(embeds):
        yield from embed_problems(f"embeds.{index}", embed)
    total = sum(sum(map(len, embed_texts(embed))) for embed in embeds)
    if total > EMBED_TEXT:
        yield Problem("embeds", f"Embed size exceeds maximum size of {EMBED_TEXT}, it is {total}.")


def embed_texts(embed: Payload) -> Iterator[str]:
    """The texts that count towards an embed's size."""
    parts = [embed.get("title"), embed.get("description")]
    parts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    for field in embed.get("fields") or []:
        parts += [field.get("name"), field.get("value")]
    yield from (part for part in parts if isinstance(part, str))


def embed_problems(path: str, embed: Payload) -> Iterator[Problem]:
    """The limits of one embed."""
    for key, most in (("title", 256), ("description", 4096)):
        if embed.get(key) is not None:
            yield from length(f"{path}.{key}", embed[key], most)
    for part, key, most in (("footer", "text", 2048), ("author", "name", 256)):
        if embed.get(part):
            yield from length(f"{path}.{part}.{key}", embed[part].get(key, ""), most, 1)
    fields = embed.get("fields") or []
    yield from number(f"{path}.fields", len(fields), EMBED_FIELDS)
    for index, field in enumerate(fields):
        yield from length(f"{path}.fields.{index}.name", (field.get("name") or "").strip(), 256, 1)
        yield from length(f"{path}.fields.{index}.value", (field.get("value") or "").strip(), 1024, 1)
    for key, url in embed_urls(embed):
        if urlsplit(url).scheme not in {"http", "https", "attachment"}:
            yield Problem(f"{path}.{key}", f"Scheme {urlsplit(url).scheme!r} must be one of ('http', 'https').")


def embed_urls(embed: Payload) -> Iterator[tuple[str, str]]:
    """Each address in an embed, with the path of its field."""
    if embed.get("url"):
        yield "url", embed["url"]
    for part, key in (("image", "url"), ("thumbnail", "url"), ("footer", "icon_url"), ("author", "icon_url")):
        url = (embed.get(part) or {}).get(key)
        if url:
            yield f"{part}.{key}", url


def missing_attachments(embeds: Iterable[Payload], filenames: Iterable[str]) -> Iterator[Problem]:
    """Pictures of embeds that name a file which the message doesn't carry: Discord shows nothing in their place."""
    there = set(filenames)
    for index, embed in enumerate(embeds):
        for key, url in embed_urls(embed):
            if url.startswith("attachment://") and url.removeprefix("attachment://") not in there:
                yield Problem(f"embeds.{index}.{key}", f"{url} is not among the files {sorted(there)}.")


def rows_problems(rows: list[Payload]) -> Iterator[Problem]:
    """The limits of buttons and selects in rows."""
    yield from number("components", len(rows), ROWS)
    for index, row in enumerate(rows):
        path = f"components.{index}"
        if row.get("type") != ROW:
            yield Problem(path, "Only an action row may stand here.")
            continue
        yield from row_problems(path, row.get("components") or [])
    yield from repeated_ids(rows)


def row_problems(path: str, children: list[Payload]) -> Iterator[Problem]:
    """The limits of one row: five buttons, or one select."""
    yield from number(f"{path}.components", len(children), BUTTONS_IN_ROW, 1)
    if len(children) > 1 and any(child.get("type") in SELECTS for child in children):
        yield Problem(path, "A select needs a row of its own.")
    for index, child in enumerate(children):
        yield from component_problems(f"{path}.components.{index}", child)


def component_problems(path: str, component: Payload) -> Iterator[Problem]:
    """The limits of one button or select."""
    if component.get("type") == BUTTON:
        yield from button_problems(path, component)
    elif component.get("type") in SELECTS:
        yield from select_problems(path, component)
    else:
        yield Problem(f"{path}.type", f"{component.get('type')} can't stand in a row.")


def button_problems(path: str, button: Payload) -> Iterator[Problem]:
    """The limits of one button."""
    if button.get("label") is not None:
        yield from length(f"{path}.label", button["label"], 80)
    if button.get("style") == LINK_STYLE:
        yield from length(f"{path}.url", button.get("url", ""), 512, 1)
    elif button.get("style") != PREMIUM_STYLE:
        yield from length(f"{path}.custom_id", button.get("custom_id", ""), 100, 1)
    if not button.get("label") and not button.get("emoji") and button.get("style") != PREMIUM_STYLE:
        yield Problem(path, "A button needs a label or an emoji.")


def select_problems(path: str, select: Payload) -> Iterator[Problem]:
    """The limits of one select and its options."""
    yield from length(f"{path}.custom_id", select.get("custom_id", ""), 100, 1)
    yield from length(f"{path}.placeholder", select.get("placeholder") or "", 150)
    if select.get("type") != TEXT_SELECT:
        return
    options = select.get("options") or []
    yield from number(f"{path}.options", len(options), SELECT_OPTIONS, 1)
    for index, option in enumerate(options):
        here = f"{path}.options.{index}"
        yield from length(f"{here}.label", option.get("label", ""), 100, 1)
        yield from length(f"{here}.value", option.get("value", ""), 100, 1)
        yield from length(f"{here}.description", option.get("description") or "", 100)


def nested(components: Iterable[Payload]) -> Iterator[Payload]:
    """Every component, those within others too."""
    for component in components:
        yield component
        yield from nested(component.get("components") or [])
        yield from nested([component[key] for key in ("accessory", "component") if component.get(key)])


def repeated_ids(components: Iterable[Payload]) -> Iterator[Problem]:
    """Two components must not share a custom id."""
    seen: set[str] = set()
    for component in nested(components):
        custom_id = component.get("custom_id")
        if custom_id is not None and custom_id in seen:
            yield Problem("components", f"Component custom id {custom_id!r} cannot be duplicated.")
        seen.add(custom_id or "")


def layout_problems(payload: Payload) -> Iterator[Problem]:
    """The limits of a message made of components only."""
    if payload.get("content") or payload.get("embeds"):
        yield Problem("flags", "A message of this kind has neither content nor embeds.")
    components = list(nested(payload.get("components") or []))
    yield from number("components", len(components), COMPONENTS_IN_LAYOUT, 1)
    text = sum(len(component.get("content") or "") for component in components)
    if text > LAYOUT_TEXT:
        yield Problem("components", f"Text must be {LAYOUT_TEXT} or fewer in length, but has {text}.")
    for component in components:
        if component.get("type") == ROW:
            yield from row_problems("components", component.get("components") or [])
    yield from repeated_ids(components)
