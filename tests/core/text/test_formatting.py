"""Numbers, durations and untrusted text as people read them."""

from __future__ import annotations

import tracemalloc
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import formatting as f


def plain(text: str | None) -> str | None:
    return text and text.replace(f.NO_BREAK, " ")


@pytest.mark.parametrize(("value", "text"), [(None, "—"), (0, "0"), (48_211, "48,211"), (-1_234, f"{f.MINUS}1,234")])
def test_counts(value: int | None, text: str) -> None:
    assert f.count(value) == text


def test_counted_has_no_s_for_one() -> None:
    assert f.counted(1, "{count} row", "{count} rows") == "1 row"
    assert [f.counted(amount, "{count} row", "{count} rows") for amount in (0, 2, 48_211)] == [
        "0 rows",
        "2 rows",
        "48,211 rows",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (950, "950"), (1_200, "1.2k"), (48_000, "48k"), (999_999, "1M"), (3.1e6, "3.1M"), (5e10, "50G")],
)
def test_compact_counts_never_read_a_thousand_thousand(value: float, text: str) -> None:
    assert f.compact(value) == text


@pytest.mark.parametrize(("share", "text"), [(None, "—"), (0.9736, "97.4 %"), (1, "100.0 %"), (0, "0.0 %")])
def test_percent(share: float | None, text: str) -> None:
    assert plain(f.percent(share)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "—"), (0.045, "45 ms"), (0.0996, "0.1 s"), (12.84, "12.8 s"), (99.96, "1 min 40 s"), (125, "2 min 05 s"),
     (3_599.6, "1 h 00 min"), (3_720, "1 h 02 min")],
)  # fmt: skip
def test_durations(value: float | None, text: str) -> None:
    assert plain(f.seconds(value)) == text


@pytest.mark.parametrize(
    ("elapsed", "text"),
    [(-5, "0 s"), (2, "2 s"), (59.9, "59 s"), (754, "12 min"), (18_020, "5 h"), (18_120, "5 h 2 min"),
     (273_600, "3 d 4 h")],
)  # fmt: skip
def test_ages_in_their_two_largest_units(elapsed: float, text: str) -> None:
    assert plain(f.age(elapsed)) == text
    assert plain(f.ago(elapsed)) == f"{text} ago"


def test_changes() -> None:
    assert plain(f.change(112, 100)) == "+12 %"
    assert plain(f.change(91, 100)) == "\N{MINUS SIGN}9 %"
    assert plain(f.change(100, 100)) == "±0 %"
    assert f.change(5, 0) is None
    assert plain(f.change(11, 1)) == "+1,000 %"
    assert f.change(12, 1) == "×12"
    assert f.change(340_208, 8) == "×42,526"
    assert plain(f.signed(-0.6, " pt", 1)) == "\N{MINUS SIGN}0.6 pt"
    assert f.signed(-0.04, digits=1) == "±0"


@pytest.mark.parametrize(
    ("byte_size", "text"),
    [(0, "0 B"), (312, "312 B"), (31_400_000, "31.4 MB"), (999_999, "1.0 MB"), (3 * 10**12, "3.0 TB")],
)
def test_sizes(byte_size: int, text: str) -> None:
    assert plain(f.size(byte_size)) == text


@given(text=st.text(st.characters(), max_size=300), limit=st.integers(2, 40))
def test_text_in_one_line_is_one_short_line_whatever_comes(text: str, limit: int) -> None:
    line = f.one_line(text, limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
    assert not any(unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"} for character in line)
    line.encode("utf-8")


def test_text_in_one_line_has_no_overrides_and_costs_nothing_where_it_is_long() -> None:
    assert f.one_line("a\u202eb\n\tc") == "ab c"
    text = "x " * 500_000
    tracemalloc.start()
    try:
        assert f.one_line(text, 10) == "x x x x x…"
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most_bytes < 10_000


@pytest.mark.parametrize(("given_id", "text"), [("12345678904821", "…4821"), ("42", "42"), ("", "")])
def test_short_ids(given_id: str, text: str) -> None:
    assert f.short_id(given_id) == text
