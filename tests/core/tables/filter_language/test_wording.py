"""Filters in words: as one would type them, on chips, and in the explanation of the language."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.filters import LIMITS, Field, Filter, Term
from core.tables.filter_language.parsing import parse
from core.tables.filter_language.vocabulary import LANGUAGE
from core.tables.filter_language.wording import chip, in_words
from tests.core.filter_texts import BERLIN, CHUNKS, NOW, SIZE, at
from tests.core.rows import moments_near_changes, quick, zones

_AWKWARD = st.one_of(
    st.text(alphabet=st.characters(), max_size=20),
    st.lists(CHUNKS, max_size=5).map("".join),
    st.sampled_from(("", " ", '"', "\\", "\\u000a", "a\nb", "direct", "dm", "<@1>", "/", "/x", "failed", "-x", "x×")),
)
_MOMENTS = st.one_of(moments_near_changes, st.floats(allow_nan=False, allow_infinity=False), st.floats(1.5e9, 2e9))


def _a_value(field: Field) -> st.SearchStrategy[str | float]:
    choices = {Field.OUTCOME: ("failed", "succeeded"), Field.KIND: ("image", "video")}.get(field)
    if choices:
        return st.sampled_from(choices)
    if field in (Field.AFTER, Field.BEFORE):
        return _MOMENTS
    return st.floats(allow_nan=False, allow_infinity=False) if field in LIMITS else _AWKWARD


any_term = st.sampled_from(Field).flatmap(lambda field: st.builds(Term, st.just(field), _a_value(field), st.booleans()))


@pytest.mark.slow
@quick(1000)
@given(st.lists(any_term, max_size=6, unique=True), zones)
@example([Term(Field.SLOWER, 1e-7), Term(Field.FASTER, 1e22), Term(Field.AFTER, 1e300)], BERLIN)
def test_a_filter_in_words_is_the_same_filter(chosen: list[Term], zone: ZoneInfo) -> None:
    text = in_words(Filter(tuple(chosen)), zone)
    parsed = parse(text, zone, NOW)
    assert parsed.problems == ()
    assert parsed.filter == Filter(tuple(chosen))
    assert "\n" not in text


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (Term(Field.AFTER, at(2026, 11, 24)), "after:2026-11-24"),
        (Term(Field.BEFORE, at(2026, 11, 24, 14, 30)), "before:2026-11-24T14:30"),
        (Term(Field.AFTER, at(2026, 11, 24, 14, 30, 5) + 0.5), "after:2026-11-24T14:30:05.500000"),
        (Term(Field.AFTER, at(2026, 10, 25, 1, 30) + 3600), "after:2026-10-25T02:30+02:00"),
        (Term(Field.AFTER, at(2026, 10, 25, 1, 30) + 7200), "after:2026-10-25T02:30+01:00"),
        (Term(Field.AFTER, 1e18), "after:@1e+18"),
        (Term(Field.SLOWER, 30), "slow>30"),
        (Term(Field.FASTER, 0.25, True), "-slow<0.25"),
        (Term(Field.OUTCOME, "failed", True), "-failed"),
        (Term(Field.KIND, "video"), "kind:video"),
        (Term(Field.GUILD, ""), "guild:direct"),
        (Term(Field.GUILD, "direct"), 'guild:"direct"'),
        (Term(Field.RESOLUTION, SIZE), f'res:"{SIZE}"'),
        (Term(Field.USER, "user:1"), "user:user:1"),
        (Term(Field.TEXT, "user:1"), '"user:1"'),
        (Term(Field.TEXT, "a\nb\u202e"), r'"a\u000ab\u202e"'),
        (Term(Field.COMMAND, 'say "hi"'), r'command:"say \"hi\""'),
    ],
)
def test_words_are_those_that_one_would_type(term: Term, text: str) -> None:
    assert in_words(Filter((term,)), BERLIN) == text


@pytest.mark.parametrize(
    ("term", "words"),
    [
        (Term(Field.COMMAND, "comfy"), "command comfy"),
        (Term(Field.COMMAND, " \n"), "command (empty)"),
        (Term(Field.USER, "273849283749284821", True), "not user …4821"),
        (Term(Field.GUILD, ""), "direct messages"),
        (Term(Field.GUILD, "900"), "server 900"),
        (Term(Field.CHANNEL, "7"), "channel 7"),
        (Term(Field.TYPE, "pulid"), "type pulid"),
        (Term(Field.RESOLUTION, SIZE), f"resolution {SIZE}"),
        (Term(Field.LORA, "x.safetensors"), "LoRA x.safetensors"),
        (Term(Field.UPSCALE, 2), "upscale 2×"),
        (Term(Field.ACTION, "button"), "action button"),
        (Term(Field.ID, 12), "row 12"),
        (Term(Field.OUTCOME, "failed", True), "not failed"),
        (Term(Field.KIND, "video"), "videos"),
        (Term(Field.KIND, "image"), "images"),
        (Term(Field.TEXT, "two\nwords\u202e"), "“two words”"),
        (Term(Field.SLOWER, 30), "slower than 30 s"),
        (Term(Field.FASTER, 1.25), "faster than 1.25 s"),
        (Term(Field.SLOWER, 0.05), "slower than 50 ms"),
        (Term(Field.SLOWER, 125), "slower than 2 min 05 s"),
        (Term(Field.AFTER, at(2026, 11, 24, 14, 30)), "after 24 Nov 14:30"),
        (Term(Field.AFTER, at(2026, 11, 24, 14, 30, 5)), "after 24 Nov 14:30:05"),
        (Term(Field.BEFORE, at(2026, 11, 1)), "before 1 Nov"),
        (Term(Field.BEFORE, at(2025, 11, 1), True), "not before 1 Nov 2025"),
        (Term(Field.BEFORE, 1e300), "before @1e+300"),
    ],
)
def test_chips(term: Term, words: str) -> None:
    assert chip(term, BERLIN, NOW).replace("\N{NO-BREAK SPACE}", " ") == words


def test_a_chip_is_short_whatever_it_names() -> None:
    assert all(len(chip(Term(field, "x" * 9_000), BERLIN)) < 60 for field in set(Field) - LIMITS
               - {Field.OUTCOME, Field.KIND})  # fmt: skip
    this_year = datetime.now(BERLIN).year
    assert chip(Term(Field.AFTER, at(this_year, 2, 3)), BERLIN) == "after 3 Feb"


def test_every_word_is_explained_by_an_example_that_is_understood() -> None:
    assert {explained.field for explained in LANGUAGE} == {*Field, None}
    for explained in LANGUAGE:
        parsed = parse(explained.example, BERLIN, NOW)
        assert parsed.problems == ()
        assert len(parsed.filter.terms) == 1
        assert explained.field in (parsed.filter.terms[0].field, None)
        assert not explained.sentence.endswith(".")
    assert len({explained.word for explained in LANGUAGE}) == len(LANGUAGE)
