"""Links to views: there and back again, and nothing else gets through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.filters import EVERYTHING, Field, Filter, Term
from core.presenters.view_links import LONGEST, LinkNotUnderstood, View, is_link, link_of, view_of
from core.statistics.comparison import OtherTime
from core.text.typed_ranges import choice_of
from core.time_ranges import CHOICES, RangeChoice, TimeRange

WEEK = CHOICES["7d"]


def choice(key: str) -> RangeChoice:
    found = choice_of(key)
    assert found is not None
    return found


TERMS = st.one_of(
    st.builds(
        Term,
        st.sampled_from([Field.COMMAND, Field.LORA, Field.TEXT, Field.RESOLUTION, Field.ERROR, Field.NODE]),
        st.text(min_size=1, max_size=30).filter(lambda text: text.isprintable() and text.strip() == text),
        st.booleans(),
    ),
    st.builds(Term, st.just(Field.USER), st.integers(1, 10**18).map(str), st.booleans()),
    st.builds(Term, st.sampled_from([Field.SLOWER, Field.FASTER]), st.integers(1, 3_000).map(float)),
    st.builds(Term, st.sampled_from([Field.AFTER, Field.BEFORE]), st.integers(10**9, 2 * 10**9).map(float)),
)
"""Values as rows have them; what else may be typed is the filter language's affair, and tested there."""

SPANS = st.tuples(st.integers(946_684_800, 4_000_000_000), st.integers(1, 10**8)).map(
    lambda pair: TimeRange(float(pair[0]), float(min(pair[0] + pair[1], 4_101_000_000)))
)


@given(
    page=st.sampled_from(["overview", "commands", "my-metric"]),
    key=st.sampled_from(["15min", "24h", "6h", "45min", "10d", "today", "last_month", "all"]),
    span=st.none() | SPANS,
    terms=st.lists(TERMS, max_size=4),
    compared=st.sampled_from(["", "before", "week", "month", "year", "2026-02-28"]),
)
def test_what_is_looked_at_comes_back(
    page: str, key: str, span: TimeRange | None, terms: list[Term], compared: str
) -> None:
    chosen = EVERYTHING.plus(*terms)
    view = View(page, choice(key) if span is None else CHOICES["custom"], span, chosen, OtherTime.from_text(compared))
    link = link_of(view)
    assert link.isascii() and link.isprintable() and " " not in link
    assert is_link(link) and is_link(f"  {link.upper()}")
    assert view_of(link) == view
    assert view_of(f" {link}\n") == view, "it was pasted"


@pytest.mark.parametrize(
    ("link", "because"),
    [
        ("", "no link"),
        ("https://example.org/view?page=commands", "no link"),
        ("botpulse:view?page=commands", "no link"),
        ("botpulse://open?page=commands", "no link"),
        ("botpulse://view/etc/passwd?page=commands", "no link"),
        ("botpulse://view?page=commands#x", "no link"),
        ("botpulse://view?page=commands&page=users", "no link"),
        ("botpulse://view?page=commands&database=/etc/passwd", "no link"),
        ("botpulse://view?page=commands&do=reset", "no link"),
        ("botpulse://view?page=%FF", "no link"),
        ("botpulse://[view?page=commands", "no link"),
        ("botpulse://user:secret@view?page=commands", "no link"),
        ("botpulse://view", "names no page"),
        ("botpulse://view?page=", "names no page"),
        ("botpulse://view?page=commands&range=7e", "no time range"),
        ("botpulse://view?page=commands&range=custom", "no time range"),
        ("botpulse://view?page=commands&range=99999d", "no time range"),
        ("botpulse://view?page=commands&range=2026-01-02T00:00:00Z/2026-01-01T00:00:00Z", "no time range"),
        ("botpulse://view?page=commands&range=2026-01-01/2026-01-02", "no time range"),
        ("botpulse://view?page=commands&range=1970-01-01T00:00:00Z/2026-01-01T00:00:00Z", "no time range"),
        ("botpulse://view?page=commands&filter=slow%3Eabc", "slow>abc"),
        ("botpulse://view?page=commands&filter=after:2h", "with their years"),
        ("botpulse://view?page=commands&filter=after:yesterday", "with their years"),
        ("botpulse://view?page=commands&filter=user:Ada", "by their ids"),
        ("botpulse://view?page=commands&filter=%22open", "quotation mark"),
        ("botpulse://view?page=commands&compare=tomorrow", "nothing that a range is compared with"),
        ("botpulse://view?page=commands&filter=" + "a" * LONGEST, "too long"),
    ],
)
def test_what_is_none_says_why(link: str, because: str) -> None:
    with pytest.raises(LinkNotUnderstood, match=because) as raised:
        view_of(link)
    assert len(str(raised.value)) < 300 and str(raised.value).isprintable()


def test_a_link_is_read_by_people() -> None:
    view = View("commands", WEEK, None, Filter.of(user="4821"), OtherTime.from_text("week"))
    assert link_of(view).startswith("botpulse://view?page=commands&range=7d&filter=user%3A")
    assert link_of(view).endswith("&compare=week")


@given(st.text(max_size=300) | st.text(alphabet="%&=?/#:0123456789abcdefTZ+-. \u202e\n", max_size=200))
def test_nothing_that_is_typed_raises_anything_else(text: str) -> None:
    for link in (text, f"botpulse://view?{text}", f"botpulse://view?page=users&filter={text}"):
        try:
            view = view_of(link)
        except LinkNotUnderstood:
            continue
        assert view_of(link_of(view)) == view
