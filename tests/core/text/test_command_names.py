"""Stored names of commands as they are called."""

from __future__ import annotations

import pytest

from core.text.command_names import as_called


@pytest.mark.parametrize(
    "name", ["imagine", "queue mine show", "stell-dich_vor", "l'eau", "жизнь", "बनाओ", "2x", "x" * 32]
)
def test_a_slash_commands_name_has_its_slash(name: str) -> None:
    assert as_called(name) == f"/{name}"


@pytest.mark.parametrize(
    "name",
    ["!votes", "@votes", "b.outer inner", "Look at", "quote (menu)", "a b c d", "x" * 33, "", "two  spaces", "a/b"],
)
def test_any_other_name_is_shown_as_it_is(name: str) -> None:
    assert as_called(name) == name
