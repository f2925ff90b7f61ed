from __future__ import annotations

import pytest

from core.feed.snapshot import Event, EventKind, masked_event
from core.text.masking import MASK, masked, masked_value


@pytest.mark.parametrize("text", ["a", "a cat\nin the rain", "🐈" * 5_000, "\u202eabc", MASK * 2])
def test_any_text_becomes_the_same_mask(text: str) -> None:
    assert masked(text) == MASK


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_mask_leaves_empty_values_as_they_are(text: str) -> None:
    assert masked(text) == ""


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("prompt", "a cat", MASK),
        ("details", '{"name": "x"}', MASK),
        ("prompt", None, None),
        ("prompt", 7, MASK),
        ("prompt", "", ""),
        ("resolution", "1:1", "1:1"),
        ("user_id", "42", "42"),
    ],
)
def test_only_what_users_wrote_is_hidden(column: str, value: object, shown: object) -> None:
    assert masked_value(column, value) == shown


def test_an_event_keeps_all_but_its_detail() -> None:
    event = Event(EventKind.IMAGE, 7, 1.0, "image", "42", None, "a cat", 3.0, True)
    hidden = masked_event(event)
    assert (hidden.detail, hidden.id, hidden.title, hidden.seconds) == (MASK, 7, "image", 3.0)
