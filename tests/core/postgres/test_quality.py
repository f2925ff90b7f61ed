"""What rows lack, on a server: the same as in a file, absurd numbers and "NaN" among them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

from core.models import EVENT_MODELS
from core.presenters.health import HEALTH
from core.statistics.data_quality import Measure, Quality, Reason
from core.storage.database import open_for_writing
from core.storage.reader import reading
from core.storage.seeks import last_id
from core.time_ranges import CHOICES
from tests.core.live_views import take_snapshot
from tests.core.postgres.conftest import Database
from tests.core.postgres.test_same_answers import fill, rows

ZONE = ZoneInfo("Europe/Berlin")


def examined(address: str | Path) -> Quality:
    with reading(address) as reader:
        quality = Quality(ZONE)
        for _ in quality.load(reader, {model: last_id(reader, model) for model in EVENT_MODELS}):
            pass
    return quality


def test_a_server_answers_as_a_file_does(database: Database, tmp_path: Path) -> None:
    file, made = tmp_path / "analytics.db", rows()
    for address in (file, database.url):
        open_for_writing(address).close()
    with closing(sqlite3.connect(file)) as here, closing(database.connect()) as there:
        fill(here, "?", made)
        fill(there, "%s", made)
    here_, there_ = examined(file), examined(database.url)
    assert there_.left_out == here_.left_out
    assert all(here_.left_out[measure] for measure in Measure)
    assert (there_.counts, there_.commands, there_.hours) == (here_.counts, here_.commands, here_.hours)
    assert (list(there_.starts), there_.migrations) == (list(here_.starts), here_.migrations)
    assert there_.indexed == here_.indexed != frozenset()


def test_not_a_number_is_told(database: Database) -> None:
    open_for_writing(database.url).close()
    database.run(
        "INSERT INTO image_stats (user_id, generation_time, timestamp) VALUES ('1', 'NaN', 1795000000), ('1', 3, 'NaN')"
    )
    quality = examined(database.url)
    assert quality.left_out[Measure.GENERATION] == {Reason.NOT_A_NUMBER: 1}
    assert quality.left_out[Measure.IMAGE_TIME] == {Reason.NOT_A_NUMBER: 1}


def test_the_page_of_a_server(database: Database) -> None:
    open_for_writing(database.url).close()
    database.run("INSERT INTO image_stats (user_id, generation_time, timestamp) VALUES ('1', NULL, 1795000000)")
    content = take_snapshot(database.url, ZONE, CHOICES["24h"], presenter=HEALTH).content.extra
    facts = {fact.label: fact.value for group in content.groups for fact in group.facts}
    assert facts["Journal"] == "the server's own"
    assert facts["Schema"] == "Botpulse's, version 5 of 5"
    assert "Free on its disk" not in facts
    assert "s3cr" not in facts["Location"]
    assert any("no known generation time" in finding.title for finding in content.findings)
