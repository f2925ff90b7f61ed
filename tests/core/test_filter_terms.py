"""Terms and filters as values: what is alike, what is added and taken away, what can't be."""

from __future__ import annotations

import math
from typing import Any

import pytest

from core.filters import DIRECT_MESSAGES, EVERYTHING, Field, Filter, Term, condition
from core.models import ALL_MODELS


def test_only_a_filter_that_leaves_something_out_is_true() -> None:
    assert not EVERYTHING
    assert Filter.of(outcome="failed")
    assert Filter.of(guild=DIRECT_MESSAGES)
    assert all(condition(model, EVERYTHING, EVERYTHING) is None for model in ALL_MODELS)


def test_terms_come_and_go() -> None:
    one, other = Term(Field.USER, "1"), Term(Field.COMMAND, "comfy")
    assert EVERYTHING.plus(one, other, one) == Filter((one, other)) == Filter.of(user=1, command="comfy")
    assert Filter((one, other)).plus(one) == Filter((one, other))
    assert Filter((one, other)).minus(one) == Filter((other,))
    assert EVERYTHING.minus(one) == EVERYTHING
    assert EVERYTHING.within(1, 2) == Filter((Term(Field.AFTER, 1.0), Term(Field.BEFORE, 2.0)))
    assert EVERYTHING.within(-math.inf, math.inf) == EVERYTHING


def test_values_have_one_form() -> None:
    assert Term(Field.UPSCALE, 2.0) == Term(Field.UPSCALE, 2) == Term(Field.UPSCALE, "2")
    assert Term(Field.UPSCALE, 1.5).value == "1.5"
    assert Term(Field.ID, 2**53 + 1).value == "9007199254740993"
    assert Term(Field.SLOWER, "30").value == 30.0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Field.OUTCOME, "broken"),
        (Field.KIND, ""),
        (Field.AFTER, math.inf),
        (Field.SLOWER, math.nan),
        (Field.FASTER, "x"),
    ],
)
def test_values_that_cannot_be_are_refused(field: Field, value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        Term(field, value)
