"""What is offered while one types into the filter box."""

from __future__ import annotations

import pytest

from core.filters import Field
from core.tables.filter_language.completion import Completion, Completions, Known, complete
from core.tables.filter_language.parsing import parse
from core.tables.filter_language.vocabulary import LANGUAGE
from tests.core.filter_texts import BERLIN, NOW, SIZE

KNOWN = Known(
    {
        Field.COMMAND: ("comfy", "redux", "two words"),
        Field.RESOLUTION: ("1:1", SIZE, "x" * 500),
        Field.LORA: ("add_detail.safetensors", "Detail.pt"),
        Field.GUILD: ("", "900", "direct"),
        Field.USER: ("4821", "x\ny"),
    }
)


def offered(text: str, cursor: int | None = None) -> list[str]:
    """The texts that result, one for each choice."""
    found = complete(text, len(text) if cursor is None else cursor, KNOWN)
    return [text[: found.replace_from] + choice.text + text[found.replace_to :] for choice in found.choices]


@pytest.mark.parametrize(
    ("text", "results"),
    [
        ("us", ["user:"]),
        ("fox -us", ["fox -user:"]),
        ("slow", ["slow>", "slow<"]),
        ("fai", ["failed"]),
        ("com", ["command:", "command:comfy"]),
        ("ord", ['command:"two words"']),
        ("command:", ["command:comfy", "command:redux", 'command:"two words"']),
        ("-command:RE", ["-command:redux"]),
        ("res:16", [f'res:"{SIZE}"']),
        ("resolution:16", [f'resolution:"{SIZE}"']),
        ('res:"16:9 [13', [f'res:"{SIZE}"']),
        ("lora:detail", ["lora:Detail.pt", "lora:add_detail.safetensors"]),
        ("guild:", ["guild:direct", "guild:900", 'guild:"direct"']),
        ("user:x", [r'user:"x\u000ay"']),
        ("kind:v", ["kind:video"]),
        ("outcome:f", ["outcome:failed"]),
        ("after:y", ["after:yesterday"]),
        ("slow>3", ["slow>30"]),
        ("style:", []),
        ('"com', []),
        ("id:", []),
    ],
)
def test_completion(text: str, results: list[str]) -> None:
    assert offered(text) == results
    assert all(parse(result, BERLIN, NOW).problems == () for result in results if result[-1] not in ":<>")


def test_completion_offers_everything_where_nothing_is_typed() -> None:
    words = [explained.word for explained in LANGUAGE if explained.word not in ("word", '"words"', "-")]
    assert offered("") == words
    assert offered("-") == [f"-{word}" for word in words]
    assert offered("fox ") == [f"fox {word}" for word in words]
    assert offered("fox  cat", 4) == [f"fox {word} cat" for word in words]


def test_only_words_and_values_of_the_given_fields_are_offered() -> None:
    fields = {Field.USER, Field.OUTCOME}
    assert [choice.text for choice in complete("", 0, KNOWN, fields).choices] == ["user:", "failed", "succeeded"]
    assert [choice.text for choice in complete("fox 48", 6, KNOWN, fields).choices] == ['user:"4821"']
    assert complete("com", 3, KNOWN, fields).choices == ()
    assert complete("command:", 8, KNOWN, fields).choices == ()
    assert complete("after:", 6, KNOWN, fields).choices == ()


def test_completion_in_the_middle_of_an_item() -> None:
    assert offered("fox us:4821 cat", 6) == ["fox user:4821 cat"]
    assert offered("command:rexyz cat", 10) == ["command:redux cat"]
    assert offered(f'res:"{SIZE}" cat', 9) == [f'res:"{SIZE}" cat']


def test_choices_say_what_they_are() -> None:
    found = complete("res:16", 6, KNOWN)
    assert found == Completions(4, 6, (Completion(f'"{SIZE}"', f"resolution {SIZE}"),))
    assert complete("us", 2, KNOWN).choices[0].about == next(e.sentence for e in LANGUAGE if e.word == "user:")


def test_many_known_values_are_a_short_list() -> None:
    known = Known({Field.USER: tuple(map(str, range(5_000)))})
    assert len(complete("user:", 5, known).choices) == 30
