"""What fits typed letters, and in which order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.matching import Fit, Query, Rank, TextIndex, query_of, rank


@pytest.mark.parametrize(
    ("typed", "text", "expected"),
    [
        ("Full screen", "full screen", Rank.WHOLE),
        ("ful", "Full screen", Rank.BEGINS),
        ("scr fu", "Full screen", Rank.WORDS),
        ("cree", "Full screen", Rank.WITHIN),
        ("c", "Full screen", None),
        ("fscr", "Full screen", Rank.LETTERS),
        ("fs", "Full screen", None),
        ("sfl", "Full screen", None),
        ("sumi e", "styles/sumi_e.safetensors", Rank.WORDS),
        ("zoe", "Zoë", Rank.WHOLE),
        ("strasse", "Hauptstraße", Rank.WITHIN),
        ("", "anything", Rank.BEGINS),
        ("…", "anything", Rank.BEGINS),
    ],
)
def test_words_come_before_parts_of_words_and_letters_last(typed: str, text: str, expected: Rank | None) -> None:
    assert rank(query_of(typed), text) is expected


def index_of(texts: dict[str, int]) -> TextIndex[str]:
    index: TextIndex[str] = TextIndex()
    for text, weight in texts.items():
        index.put(text, text, weight)
    return index


def test_of_those_that_fit_alike_the_heavier_comes_first() -> None:
    index = index_of({"anna": 1, "annika": 9, "joanna": 50, "mary ann": 2, "ann": 0})
    assert [fit.key for fit in index.best(query_of("ann"), 4)] == ["ann", "annika", "anna", "mary ann"]


def test_weights_add_up_and_a_text_takes_the_place_of_the_one_before() -> None:
    index = index_of({"fox": 1, "fog": 2})
    index.put("fox", "fox", 5)
    assert [fit.key for fit in index.best(query_of("fo"), 9)] == ["fox", "fog"]
    index.put("fox", "hound")
    assert index.best(query_of("fox"), 9) == []
    assert index.best(query_of("hou"), 9) == [Fit(Rank.BEGINS, "fox")]


words_typed = st.text("abß _.É\n", min_size=1, max_size=6)


@given(st.lists(st.text("abcß _.É\n", max_size=8), max_size=12), words_typed)
def test_the_index_finds_what_looking_at_each_text_finds(texts: list[str], typed: str) -> None:
    query: Query = query_of(typed)
    index: TextIndex[int] = TextIndex()
    for number, text in enumerate(texts):
        index.put(number, text)
    expected = {number: rank(query, text) for number, text in enumerate(texts)} if query.words else {}
    fits = index.best(query, 100)
    assert {fit.key: fit.rank for fit in fits} == {key: fit for key, fit in expected.items() if fit is not None}
    assert [fit.rank for fit in fits] == sorted(fit.rank for fit in fits)
