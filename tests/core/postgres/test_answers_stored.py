"""What a reset would delete on a server, where no backup of ours comes before it."""

from __future__ import annotations

from core.answers.reset import stored_answer
from core.manager import AnalyticsManager
from core.storage.location import locate
from tests.core.postgres.conftest import Database


def test_every_table_is_counted_and_no_backup_promised(database: Database) -> None:
    with AnalyticsManager(database.url) as manager:
        for user in range(5):
            manager.track_command("comfy", user)
        manager.track_image_generation(1, "a fox", "1:1", [], 1, 2.0)
        assert manager.flush(10)
        manager.generate_daily_stats()
    database.run("CREATE TABLE botpulse_metric_votes (id INT)", "INSERT INTO botpulse_metric_votes VALUES (1), (2)")
    found = stored_answer(locate(database.url))
    assert dict(found.tables) == {"Commands": 5, "Images": 1, "Activity": 0, "Days": 1, "Votes": 2, "Failures": 0}
    assert found.rows == 9 and not found.saved
