"""The campaign against the web handlers, for some seconds: all its promises but those about time."""

from __future__ import annotations

import pytest

from tests.torture.campaign_web import run


@pytest.mark.slow
def test_the_web_handlers_stand_a_short_attack() -> None:
    figures = run(seconds=2, seed=1, least=2, at_once=6, header_seconds=1.0)
    assert [figure.what for figure in figures if figure.unit != "ms" and not figure.kept] == []
