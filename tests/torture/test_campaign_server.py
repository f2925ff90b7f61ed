from __future__ import annotations

import pytest

from tests.core.postgres.conftest import programs_of_server
from tests.torture.campaign_server import run
from tests.torture.report import table


@pytest.mark.slow
def test_a_short_campaign_keeps_every_promise() -> None:
    if programs_of_server() is None:
        pytest.skip("no PostgreSQL server is installed (Debian: apt install postgresql)")
    figures = run(seconds=8.0, seed=3)
    assert [figure.what for figure in figures if not figure.kept] == [], table(figures)
