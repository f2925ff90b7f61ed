"""Columns for a terminal: aligned by what letters are wide there, within its width."""

from __future__ import annotations

from core.text.columns import aligned, cut_to, width_of

ROWS = [["name", "runs", "time"], ["狐の絵", "1,000", "1 s"], ["a rather long name", "7", "12 s"]]


def test_letters_of_two_places_are_counted_so() -> None:
    assert [width_of(text) for text in ("fox", "狐の絵", "e\u0301", "🦊")] == [3, 6, 1, 2]
    assert cut_to("狐の絵です", 6) == "狐の…"
    assert width_of(cut_to("狐の絵です", 6)) <= 6


def test_texts_stand_left_and_numbers_right() -> None:
    lines, shown = aligned(ROWS, 1, None)
    assert shown == 3
    assert lines == [
        "name                 runs  time",
        "狐の絵              1,000   1 s",
        "a rather long name      7  12 s",
    ]


def test_a_narrow_terminal_cuts_texts_then_leaves_columns_out() -> None:
    lines, shown = aligned(ROWS, 1, 26)
    assert (shown, max(map(width_of, lines))) == (3, 26)
    assert lines[2] == "a rather lon…      7  12 s"
    lines, shown = aligned(ROWS, 1, 16)
    assert (shown, lines[1]) == (2, "狐の絵     1,000")
    assert aligned(ROWS, 1, 3)[1] == 2, "one number stays"
