"""What each table says to a text that is understood: what it can't be filtered by finds nothing, and is said."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.filters import condition
from core.storage.reader import reading
from core.tables.definitions import TABLES
from core.tables.filter_language.parsing import Problem, fields_of, parse, searched_as_text, unanswered
from core.tables.filter_language.vocabulary import LANGUAGE
from tests.core import deployed
from tests.core.failure_files import failed, store
from tests.core.filter_texts import BERLIN, NOW

EXAMPLES = [each for each in LANGUAGE if each.field is not None]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = deployed.create(tmp_path_factory.mktemp("answering") / "analytics.db")
    deployed.fill(made, commands=30, images=30)
    deployed.Bot(made).daily()
    with closing(sqlite3.connect(made)) as connection, connection:
        connection.execute("INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'button', 1.76e9)")
    return store(made, [failed(1.76e9)])


@pytest.mark.parametrize("key", TABLES)
def test_filter_that_is_said_to_find_nothing_finds_nothing(path: Path, key: str) -> None:
    table = TABLES[key]
    with reading(path) as reader:
        for example in EXAMPLES:
            parsed, excluded = (parse(each, BERLIN, NOW) for each in (example.example, f"-{example.example}"))
            said = unanswered(example.example, parsed, table)
            assert bool(said) == (example.field not in fields_of(table))
            if said:
                everything = len(reader.rows(table.model.select(table.identity)))
                found, left = (condition(table.model, each.filter) for each in (parsed, excluded))
                assert reader.rows(table.model.select(table.identity).where(found)) == []
                rows = table.model.select(table.identity)
                assert len(reader.rows(rows if left is None else rows.where(left))) == everything > 0


def test_the_message_names_the_part_and_what_it_comes_to() -> None:
    text = "fox failed  -slow>3"
    parsed = parse(text, BERLIN, NOW)
    assert unanswered(text, parsed, TABLES["commands"]) == ()
    assert unanswered(text, parsed, TABLES["activity"]) == (
        Problem(4, 10, "“failed”: activity can't be filtered by outcome, so it finds nothing"),
        Problem(12, 19, "“-slow>3”: activity can't be filtered by duration, so it leaves nothing out"),
    )


@pytest.mark.parametrize("text", ["fox", "16:9", '"style:blue"', "user:1", "server:1", "failed", "", "usr:1", "slow>x"])
def test_foreign_and_quoted_words_are_text_without_a_remark(text: str) -> None:
    assert searched_as_text(text, parse(text, BERLIN, NOW)) == ()


def test_text_that_looks_like_a_word_is_said_to_be_text() -> None:
    text = "a style:blue -https://example.org"
    first, second = searched_as_text(text, parse(text, BERLIN, NOW))
    assert (text[first.start : first.end], text[second.start : second.end]) == ("style:blue", "-https://example.org")
    assert first.message == "“style:blue”: unknown filter “style:”, searched as text"
