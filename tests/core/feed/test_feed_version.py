"""What tells that a database may hold something else than at the look before."""

from __future__ import annotations

from pathlib import Path

from core.feed.change_feed import Feed
from core.storage.database import open_for_writing
from core.storage.location import locate


def test_another_connection_is_another_version(tmp_path: Path) -> None:
    """Each counts writes by itself: two may say the same number of different contents."""
    path = tmp_path / "analytics.db"
    open_for_writing(locate(path)).close()
    feed = Feed(path)
    feed.look()
    before = feed.version
    feed.look()
    assert feed.version == before
    feed.close()
    feed.look()
    assert feed.version != before
    feed.close()
