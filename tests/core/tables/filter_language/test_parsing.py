"""What is typed into the filter box: what it means, and what is said of what is not understood."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.filters import Field, Filter, Term
from core.tables.filter_language.completion import Known, complete
from core.tables.filter_language.parsing import MOST_CHARACTERS, MOST_ITEMS, parse
from core.tables.filter_language.wording import chip, in_words
from core.time_ranges import DAY
from tests.core.filter_texts import BERLIN, CHUNKS, NOW, SIZE, at
from tests.core.rows import moments_near_changes, quick, zones
from tests.hang_guard import hang_guard

HAVANA = ZoneInfo("America/Havana")
APIA = ZoneInfo("Pacific/Apia")


def terms(text: str, zone: ZoneInfo = BERLIN, now: float = NOW) -> list[tuple[Field, str | float]]:
    """The terms of a text that is understood whole, none of them excluded."""
    parsed = parse(text, zone, now)
    assert parsed.problems == ()
    assert not any(term.excluded for term in parsed.filter.terms)
    return [(term.field, term.value) for term in parsed.filter.terms]


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("fox", Field.TEXT, "fox"),
        ('"two words"', Field.TEXT, "two words"),
        ("user:4821", Field.USER, "…4821"),
        ("USER:<@123>", Field.USER, "123"),
        ("user:<@!123>", Field.USER, "123"),
        ('user:"<@123>"', Field.USER, "<@123>"),
        ("guild:900", Field.GUILD, "900"),
        ("server:900", Field.GUILD, "900"),
        ("guild:direct", Field.GUILD, ""),
        ("guild:DM", Field.GUILD, ""),
        ('guild:""', Field.GUILD, ""),
        ('guild:"dm"', Field.GUILD, "dm"),
        ("channel:<#7>", Field.CHANNEL, "7"),
        ("command:comfy", Field.COMMAND, "comfy"),
        ("command:/comfy", Field.COMMAND, "comfy"),
        ('command:"/comfy"', Field.COMMAND, "/comfy"),
        ("type:pulid", Field.TYPE, "pulid"),
        (f'res:"{SIZE}"', Field.RESOLUTION, SIZE),
        ("resolution:1:1", Field.RESOLUTION, "1:1"),
        (r"lora:flux\new.safetensors", Field.LORA, r"flux\new.safetensors"),
        (r'lora:"flux\new fox"', Field.LORA, r"flux\new fox"),
        (r'lora:"a\\b\"c\u000ad"', Field.LORA, 'a\\b"c\nd'),
        ("upscale:2", Field.UPSCALE, "2"),
        ("upscale:1.5x", Field.UPSCALE, "1.5"),
        ("sampler:euler", Field.SAMPLER, "euler"),
        ("steps:20", Field.STEPS, "20"),
        ("action:bot_start", Field.ACTION, "bot_start"),
        ("id:12", Field.ID, "12"),
        ("failed", Field.OUTCOME, "failed"),
        ("Succeeded", Field.OUTCOME, "succeeded"),
        ("outcome:failed", Field.OUTCOME, "failed"),
        ('"failed"', Field.TEXT, "failed"),
        ("kind:video", Field.KIND, "video"),
        ("kind:Images", Field.KIND, "image"),
        ("video", Field.TEXT, "video"),
        ("slow>30", Field.SLOWER, 30.0),
        ("slow>30s", Field.SLOWER, 30.0),
        ("Slow>2min", Field.SLOWER, 120.0),
        ("slow>0.5h", Field.SLOWER, 1800.0),
        ("slow<500ms", Field.FASTER, 0.5),
        ('slow<"2 min"', Field.FASTER, 120.0),
        ("slow", Field.TEXT, "slow"),
        ("--ar", Field.TEXT, "--ar"),
        ("-", Field.TEXT, "-"),
        ("16:9", Field.TEXT, "16:9"),
        ("https://example.org", Field.TEXT, "https://example.org"),
        ("style:blue", Field.TEXT, "style:blue"),
        ('style:"deep blue"', Field.TEXT, 'style:"deep blue"'),
        ("king:", Field.TEXT, "king:"),
        ('5"', Field.TEXT, '5"'),
        ('""', Field.TEXT, ""),
    ],
)
def test_items_mean_their_terms(text: str, field: Field, value: str | float) -> None:
    assert terms(text) == [(field, value)]
    (term,) = parse(f"-{text}", BERLIN, NOW).filter.terms if text[0] != "-" else (Term(field, value, True),)
    assert term == Term(field, value, True)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-11-24", at(2026, 11, 24)),
        ("2026-11-24T14:30", at(2026, 11, 24, 14, 30)),
        ('"2026-11-24 14:30:15"', at(2026, 11, 24, 14, 30, 15)),
        ("2026-11-24t14:30:15.25", at(2026, 11, 24, 14, 30, 15) + 0.25),
        ("2026-11-24T14:30Z", at(2026, 11, 24, 15, 30)),
        ("2026-11-24T14:30-05:00", at(2026, 11, 24, 20, 30)),
        ("14:30", at(2026, 11, 24, 14, 30)),
        ("today", at(2026, 11, 24)),
        ("Yesterday", at(2026, 11, 23)),
        ("now", NOW),
        ("2h", NOW - 7200),
        ("30min", NOW - 1800),
        ("3d", NOW - 3 * DAY),
        ("1.5w", NOW - 10.5 * DAY),
        ("@1764000000.25", 1764000000.25),
        ("2026-10-25", at(2026, 10, 25)),
        ("2026-10-25T02:30", at(2026, 10, 25, 1, 30) + 3600),
        ("2026-10-25T02:30+01:00", at(2026, 10, 25, 1, 30) + 7200),
        ("2026-03-29T02:30", at(2026, 3, 29, 1, 30) + 3600),
    ],
)
def test_times(text: str, when: float) -> None:
    assert terms(f"after:{text}") == [(Field.AFTER, when)]
    assert terms(f"before:{text}") == [(Field.BEFORE, when)]


def test_a_day_begins_when_the_clocks_say_so() -> None:
    skipped, twice = datetime(2025, 3, 9, 5, tzinfo=UTC), datetime(2025, 11, 2, 4, tzinfo=UTC)
    assert terms("after:2025-03-09", HAVANA) == [(Field.AFTER, skipped.timestamp())]
    assert terms("after:2025-11-02", HAVANA) == [(Field.AFTER, twice.timestamp())]
    assert terms("after:today", HAVANA, twice.timestamp() + 5400) == [(Field.AFTER, twice.timestamp())]
    (problem,) = parse("after:2011-12-30", APIA, NOW).problems
    assert "left out of the calendar of Pacific/Apia" in problem.message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("slow>fast", "“slow>fast”: a number of seconds is expected, as in slow>30"),
        ("slow>1,5", "a number of seconds"),
        ("slow>1e999", "a number of seconds"),
        ("slow>3d", "a number of seconds"),
        ("slow>", "“slow>”: a value is expected right after it, as in slow>30"),
        ("slow>=30", "did you mean slow>30?"),
        ("slow:30", "did you mean slow>30?"),
        ("user:", "“user:”: a value is expected right after it, as in user:"),
        ("outcome:", "as in outcome:failed"),
        ("usr:4821", "“usr:4821”: did you mean user:?"),
        ("-comand:x", "“-comand:x”: did you mean command:?"),
        ('chanel:"a b"', "did you mean channel:?"),
        ("outcome:late", "expected: outcome:failed or outcome:succeeded"),
        ('kind:"film"', "expected: kind:image or kind:video"),
        ("upscale:big", "a factor is expected, as in upscale:2"),
        ("id:x", "a row's number is expected, as in id:"),
        ("id:١", "a row's number is expected"),
        ("after:soon", "“after:soon”: a time is expected, as in 2026-11-24"),
        ("after:2026-02-30", "there is no such day or time"),
        ("after:25:00", "there is no such day or time"),
        ("after:0001-01-01", "there is no such day or time"),
        ("before:" + "9" * 400 + "d", "a time is expected"),
        ('"two wo', '“"two wo”: the closing quotation mark " is missing'),
        ('res:"16:9 [1', "the closing quotation mark"),
        ('style:"a b', "the closing quotation mark"),
    ],
)
def test_items_that_are_not_understood_are_said(text: str, says: str) -> None:
    parsed = parse(f"fox {text}", BERLIN, NOW)
    assert parsed.filter == Filter.of(text="fox")
    (problem,) = parsed.problems
    assert says in problem.message
    assert (problem.start, problem.end) == (4, 4 + len(text))


def test_a_long_problem_is_named_on_one_short_line() -> None:
    (problem,) = parse("slow>" + "x\u202e" * 500, BERLIN, NOW).problems
    assert len(problem.message) < 150
    assert "\u202e" not in problem.message


def test_items_stand_side_by_side() -> None:
    assert terms('  user:1\tuser:2 "a b"c  fox fox\n') == [
        (Field.USER, "1"), (Field.USER, "2"), (Field.TEXT, "a b"), (Field.TEXT, "c"), (Field.TEXT, "fox"),
    ]  # fmt: skip
    assert terms("") == terms(" \n ") == []


def test_texts_too_long_are_said_and_no_half_word_is_searched() -> None:
    whole = "fox " * (MOST_CHARACTERS // 4 - 1)
    assert parse(whole[:80] + " " * MOST_CHARACTERS, BERLIN, NOW).problems == ()
    parsed = parse("x" * (MOST_CHARACTERS - 2) + " foxes", BERLIN, NOW)
    assert [len(str(term.value)) for term in parsed.filter.terms] == [MOST_CHARACTERS - 2]
    assert "4,000 characters" in parsed.problems[0].message
    assert (parsed.problems[0].start, parsed.problems[0].end) == (MOST_CHARACTERS - 1, MOST_CHARACTERS + 4)
    parsed = parse("fox" + " " * MOST_CHARACTERS + "end", BERLIN, NOW)
    assert (parsed.filter, len(parsed.problems)) == (Filter.of(text="fox"), 1)
    many = " ".join(f"w{number}" for number in range(MOST_ITEMS + 1))
    parsed = parse(many, BERLIN, NOW)
    assert len(parsed.filter.terms) == MOST_ITEMS
    assert (many[parsed.problems[0].start :], len(parsed.problems)) == (f"w{MOST_ITEMS}", 1)


@pytest.mark.parametrize("chunk", ['"', "\\", '"\\', "a", "usr:x ", '-"', "slow>", "after:@9", " ", "--", "<@1"])
def test_long_texts_take_no_time(chunk: str) -> None:
    with hang_guard():
        parse(chunk * 1_000_000, BERLIN, NOW)
        complete(chunk * 1_000_000, 3_000, Known())


_TEXTS = st.one_of(st.text(), st.lists(CHUNKS, max_size=30).map("".join))


@pytest.mark.slow
@quick(500)
@given(_TEXTS, zones, moments_near_changes, st.integers(-5, 60))
def test_parse_never_raises_and_loses_no_text(text: str, zone: ZoneInfo, now: float, cursor: int) -> None:
    parsed = parse(text, zone, now)
    assert bool(parsed.filter.terms or parsed.problems) == bool(text.strip())
    assert all(0 <= each.start < each.end <= len(text) for each in parsed.problems)
    assert parse(in_words(parsed.filter, zone), zone, now).filter == parsed.filter
    found = complete(text, cursor, Known({Field.COMMAND: ("comfy", "a b", "\ud800")}))
    assert 0 <= found.replace_from <= found.replace_to <= len(text)
    assert all(chip(term, zone) for term in parsed.filter.terms)
