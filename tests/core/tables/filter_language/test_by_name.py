"""Names in a filter: which words are names, and the ids that stand in their places."""

from __future__ import annotations

import pytest

from core.filters import Field, Filter, Term
from core.tables.filter_language.by_name import MOST_MEANT, NameAsked, NameFound, names_in, said_of_names, with_ids
from core.tables.filter_language.parsing import parse
from tests.core.filter_texts import BERLIN, NOW

ANN = NameAsked(Field.USER, "ann")


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("user:ann", [ANN]),
        ('-user:"ann lee" user:ann user:ann', [NameAsked(Field.USER, "ann lee"), ANN]),
        ("server:fox channel:gen", [NameAsked(Field.GUILD, "fox"), NameAsked(Field.CHANNEL, "gen")]),
        ('user:3158 user:…3158 user:273849283749283748 user:"3158" user:<@12> guild:direct ann command:ann', []),
    ],
)
def test_what_is_no_id_is_a_name(text: str, asked: list[NameAsked]) -> None:
    assert list(names_in(parse(text, BERLIN, NOW))) == asked


def test_ids_take_the_place_of_a_name() -> None:
    parsed = parse("-user:ann failed user:3158", BERLIN, NOW)
    meant = with_ids(parsed, {ANN: NameFound(("1", "2"), recorded=True)}).filter
    excluded = [Term(Field.USER, each, excluded=True) for each in ("1", "2")]
    assert meant.terms == (*excluded, Term(Field.OUTCOME, "failed"), Term(Field.USER, "…3158"))
    assert with_ids(parsed, {}).filter == parsed.filter
    assert with_ids(parsed, {ANN: NameFound()}).filter == parsed.filter


def test_what_a_name_stands_for_is_said() -> None:
    text = "user:ann"
    parsed = parse(text, BERLIN, NOW)

    def said(found: NameFound) -> list[str]:
        return [problem.message for problem in said_of_names(text, parsed, {ANN: found})]

    assert said(NameFound(("1",), recorded=True)) == said(NameFound()) == []
    assert said(NameFound((), recorded=True)) == ["“user:ann”: no name begins so, so it is looked for as an id"]
    assert said(NameFound(("1", "2"), recorded=True)) == ["“user:ann”: stands for 2 names: 1, 2"]
    many = tuple(map(str, range(MOST_MEANT + 1)))
    (words,) = said(NameFound(many, recorded=True))
    assert words == "“user:ann”: begins too many names; the first 100 are looked for: 0, 1, 2, 3, …"
    assert len(with_ids(parsed, {ANN: NameFound(many)}).filter.terms) == MOST_MEANT
    assert with_ids(parsed, {ANN: NameFound(("7",))}).filter == Filter.of(user="7")
