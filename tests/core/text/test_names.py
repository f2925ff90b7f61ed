"""What is shown for an id: a name that is fit to be shown, told apart from its namesakes, or the id's end."""

from __future__ import annotations

import pytest

from core.text import names
from core.text.names import NameBook, bare_name, name_line, shown_name

ANNA, OTHER = "273849283749283748", "273849283749284821"


@pytest.fixture
def book() -> NameBook:
    known = NameBook()
    known.learn({("user", ANNA): "Anna", ("guild", ANNA): "Ateliers"})
    return known


def test_a_name_stands_in_its_ids_place(book: NameBook) -> None:
    assert book.label("user", ANNA) == "Anna"
    assert book.label("guild", ANNA) == "Ateliers"
    assert book.label("channel", ANNA) == "…3748"
    assert book.in_full("user", ANNA) == f"Anna · {ANNA}"
    assert book.in_full("user", OTHER) == OTHER


def test_namesakes_are_told_apart_by_the_ends_of_their_ids(book: NameBook) -> None:
    book.learn({("user", OTHER): "ANNA"})
    assert (book.label("user", ANNA), book.label("user", OTHER)) == ("Anna …3748", "ANNA …4821")
    book.learn({("user", OTHER): "Berta"})
    assert (book.label("user", ANNA), book.label("user", OTHER)) == ("Anna", "Berta")


def test_a_name_that_goes_leaves_the_id(book: NameBook) -> None:
    assert book.learn({("user", ANNA): ""})
    assert not book.learn({("user", ANNA): "", ("user", OTHER): "\u200b"})
    assert book.label("user", ANNA) == "…3748"


def test_masked_names_are_the_ends_of_ids(book: NameBook) -> None:
    assert book.mask(True)
    assert not book.mask(True)
    assert book.label("user", ANNA) == book.in_full("user", ANNA) == "…3748"
    assert book.label("user", "123") == "••••••"
    assert list(book.beginning("user", "a")) == []


def test_what_is_shown_otherwise_has_another_version(book: NameBook) -> None:
    before = book.version
    book.learn({("user", ANNA): "Anna"})
    assert book.version == before
    book.learn({("user", ANNA): "Annika"})
    assert book.version != before


def test_names_are_found_by_what_they_begin_with_first(book: NameBook) -> None:
    book.learn({("user", "1"): "Joanna", ("user", "2"): "annegret"})
    assert [name for _, name in book.beginning("user", "Ann")] == ["Anna", "annegret", "Joanna"]


@pytest.mark.parametrize(
    ("shown", "line"),
    [
        ("\u2068שלום\u2069 …4821", "\u2068שלום\u2069 …4821"),
        ("\u2068שלום\u2069", "\u2068שלום\u2069"),
        ("\u2068ש\u202e\u2066\u2069\u202e \n…4821", "\u2068ש\u2069 …4821"),
        ("\u2068" + "ש" * 100 + "\u2069 …4821", "\u2068" + "ש" * 13 + "…\u2069 …4821"),
        ("Anna …4821", "Anna …4821"),
        ("a\u202e\u2068b", "ab"),
        ("\u2068a", "a"),
    ],
)
def test_a_line_keeps_a_name_apart_from_the_end_of_its_id_and_no_other_mark(shown: str, line: str) -> None:
    assert name_line(shown, 20) == line


def test_no_more_are_remembered_than_is_said(book: NameBook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "MOST_KNOWN", 10)
    book.learn({("user", str(number)): "Anna" for number in range(50)})
    assert sum(book.name("user", str(number)) != "" for number in range(50)) == 10


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Anna\nBerta\t!", "Anna Berta !"),
        ("\u202eannA", "annA"),
        ("x" * 100, "x" * 59 + "…"),
        ("a" + "\u0337" * 50 + "b", "a\u0337\u0337b"),
        ("\u200b\u200d", ""),
        ("\u3164\u3164", ""),
        ("   ", ""),
        ("👩‍🎨 Mia", "👩‍🎨 Mia"),
        ("<b>x</b>", "<b>x</b>"),
        ("שלום", "\u2068שלום\u2069"),
    ],
)
def test_a_name_is_made_fit_to_be_shown(name: str, shown: str) -> None:
    assert shown_name(name) == shown
    assert bare_name(shown).strip("\u2068\u2069") == bare_name(shown)
