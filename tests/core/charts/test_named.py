"""Charts with names in the place of ids, and what is left of them in pictures for others."""

from __future__ import annotations

from core.charts.data_table import data_table
from core.charts.named import named, subjects
from core.charts.specs import Bar, BarChart, Opens
from core.charts.user_ids import has_user_ids, without_user_ids
from core.filters import Filter
from core.text.names import NameBook

ANNA, BERT, SERVER = "273849283749281111", "273849283749282222", "911849283749287777"


def chart() -> BarChart:
    bars = (
        Bar(ANNA, 5, opens=Opens("commands", Filter.of(user=ANNA))),
        Bar(BERT, 3, opens=Opens("commands", Filter.of(user=BERT))),
        Bar(SERVER, 2, opens=Opens("commands", Filter.of(guild=SERVER))),
        Bar("comfy", 1, opens=Opens("commands", Filter.of(command="comfy"))),
        Bar("nothing", 1),
    )
    return BarChart("Leaderboard", "", bars, "runs", summary=f"{ANNA} most often.")


def book() -> NameBook:
    made = NameBook()
    made.learn({("user", ANNA): "Anna", ("guild", SERVER): "Ateliers", ("user", "comfy"): "not a user here"})
    return made


def test_names_stand_for_whom_a_mark_opens() -> None:
    shown = named(chart(), book())
    assert isinstance(shown, BarChart)
    assert [bar.name for bar in shown.bars] == ["Anna", BERT, "Ateliers", "comfy", "nothing"]
    assert [bar.id for bar in shown.bars] == [ANNA, "", SERVER, "", ""]
    assert shown.summary == "Anna most often."
    assert list(subjects(shown)) == list(subjects(chart())) == [("user", ANNA), ("user", BERT), ("guild", SERVER)]
    assert named(shown, book()) == shown


def test_a_chart_of_nobody_who_is_known_is_the_same_one() -> None:
    plain = chart()
    assert named(plain, NameBook()) is plain


def test_numbers_have_the_ids_beside_the_names() -> None:
    table = data_table(named(chart(), book()))
    assert table.columns[:2] == ("name", "id")
    assert [row[:2] for row in table.rows[:2]] == [("Anna", ANNA), (BERT, None)]
    assert data_table(chart()).columns[:2] == ("name", "runs")


def test_pictures_for_others_have_neither_names_nor_ids_of_users() -> None:
    shown = without_user_ids(named(chart(), book()))
    assert isinstance(shown, BarChart)
    assert [bar.name for bar in shown.bars] == ["…1111", "…2222", "Ateliers", "comfy", "nothing"]
    assert shown.summary == "…1111 most often."
    assert has_user_ids(chart())


def test_masked_names_are_the_ends_of_ids_of_servers_too() -> None:
    known = book()
    known.mask(True)
    shown = named(chart(), known)
    assert isinstance(shown, BarChart)
    assert [bar.name for bar in shown.bars] == ["…1111", "…2222", "…7777", "comfy", "nothing"]
