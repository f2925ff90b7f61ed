"""Ages as a line of text: read back as written, and refused where they are none."""

from __future__ import annotations

import pytest

from core.text.ages import Aged, limits_of, limits_text


def test_a_line_reads_back_as_it_was_written() -> None:
    limits = {Aged.COMMANDS: 365, Aged.PROMPTS: 30}
    assert limits_text(limits) == "commands=365 prompts=30"
    assert limits_of(limits_text(limits)) == limits
    assert (limits_text({}), limits_of("")) == ("", {})


@pytest.mark.parametrize(
    "text",
    ["commands", "commands=0", "commands=-1", "cats=3", "commands=36501", "commands=3;", "images=3d", "images=٣"],
)
def test_what_is_no_age_is_refused(text: str) -> None:
    assert limits_of(text) is None
