"""The summary equals a plain count over everything that is stored."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.statistics.reports import summary
from core.storage.reader import reading
from tests.core import brute_force
from tests.core.rows import SCHEMAS, Lot, Schema, lots, quick, stored, times_around

NOW = 1.75e9


@quick(40)
@given(lots(times_around(NOW), most=30, disorder=None), st.sampled_from(SCHEMAS))
def test_summary_equals_brute_force(lot: Lot, schema: Schema) -> None:
    with stored(lot, schema) as path:
        rows = brute_force.read(path)
        with reading(path) as reader:
            found = summary(reader, 12.5)
    assert found.pop("uptime") == 12.5
    assert brute_force.same(found, brute_force.summary_stats(rows))


def test_summary_of_nothing_is_zeros_and_empty_dicts() -> None:
    with stored(Lot()) as path, reading(path) as reader:
        assert summary(reader, 0.0) == {
            "total_commands": 0,
            "total_images": 0,
            "total_users": 0,
            "avg_generation_time": 0.0,
            "avg_image_time": 0.0,
            "avg_video_time": 0.0,
            "top_commands": {},
            "top_resolutions": {},
            "top_users": {},
            "video_counts": {"video": 0, "image": 0},
            "uptime": 0.0,
        }
