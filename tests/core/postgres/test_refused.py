"""Events that a server's table will never take are set aside alone, by its code and not by its words."""

from __future__ import annotations

import pytest

from core.storage.location import locate
from core.tracking.records import EventRow, image_record
from core.tracking.spool_places import own_folder, spool_files
from core.tracking.tracker import Tracker, TrackingCounters
from tests.core.postgres.conftest import Database
from tests.core.tracked import WAIT_SECONDS, count, event

CHECKED = "CREATE FUNCTION picky() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {} END $$"
TRIGGER = "CREATE TRIGGER picky BEFORE INSERT ON image_stats FOR EACH ROW EXECUTE FUNCTION picky()"
DEFERRED = (
    "CREATE CONSTRAINT TRIGGER picky AFTER INSERT ON image_stats DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION picky()"
)
RAISES = CHECKED.format("IF NEW.prompt = 'secret' THEN RAISE EXCEPTION 'no: %', NEW.prompt; END IF; RETURN NEW;")
NO_TABLE = CHECKED.format("IF NEW.prompt = 'secret' THEN INSERT INTO gone VALUES (1); END IF; RETURN NEW;")
NEVER = {
    "raises": (RAISES, TRIGGER),
    "no table": (NO_TABLE, TRIGGER),
    "at the commit": (RAISES, DEFERRED),
    "check": ("ALTER TABLE image_stats ADD CONSTRAINT picky CHECK (prompt <> 'secret')",),
}


def image(prompt: str) -> EventRow:
    return image_record(1, prompt, "1:1", [], 1, 2.5)


def kept() -> int:
    return sum(count(each, "event") for each in own_folder().glob("*.refused-*"))


@pytest.mark.expect_log
@pytest.mark.parametrize("statements", NEVER.values(), ids=NEVER)
def test_what_a_server_never_takes_is_set_aside_alone(
    database: Database, statements: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    with Tracker(database.url) as tracker:
        tracker.track(image("a fox"))
        assert tracker.flush(WAIT_SECONDS)
        database.run(*statements)
        for number in range(60):
            tracker.track(image("secret" if number in (0, 7, 59) else "a fox"))
            tracker.track(event())
        assert tracker.flush(WAIT_SECONDS)
        assert tracker.counters() == TrackingCounters(121, 118, 0, 3, 0)
    assert database.rows("SELECT count(*) FROM image_stats") == [(58,)]
    assert database.rows("SELECT count(*) FROM command_usage") == [(60,)]
    assert kept() == 3
    assert "secret" not in caplog.text
    assert not spool_files(locate(database.url))


@pytest.mark.expect_log
def test_ids_of_a_server_that_are_used_up_hold_up_no_other_table(database: Database) -> None:
    with Tracker(database.url) as tracker:
        tracker.track(image("a fox"))
        assert tracker.flush(WAIT_SECONDS)
        database.run("ALTER SEQUENCE image_stats_id_seq MAXVALUE 3")
        for _ in range(10):
            tracker.track(image("a fox"))
            tracker.track(event())
        assert tracker.flush(WAIT_SECONDS)
    assert database.rows("SELECT count(*) FROM command_usage") == [(10,)]
    assert kept() >= 8
