"""A filter's terms, one by one. Together with everything else they are in test_statistics."""

from __future__ import annotations

import pytest

from core.filters import DIRECT_MESSAGES, EVERYTHING, Filter, condition
from core.models import EVENT_MODELS, CommandUsage, ImageStats, UserActivity
from core.reading import reading
from tests.core.rows import LOOSE, Lot, stored

COMMANDS = tuple(
    {"command_name": name, "user_id": user, "guild_id": guild, "timestamp": 1.75e9, "success": success}
    for name, user, guild, success in (
        ("comfy", "1", "g", 1),
        ("comfy", "2", None, 0),
        ("stats", "1", None, None),
        ("stats", "2", "", 1),
    )
)
IMAGES = tuple(
    {"user_id": user, "timestamp": 1.75e9, "is_video": 0, "generation_type": kind}
    for user, kind in (("1", None), ("2", "standard"), ("1", "pulid"))
)
ACTIVITIES = tuple(
    {"user_id": user, "guild_id": guild, "action_type": "button", "timestamp": 1.75e9}
    for user, guild in (("1", "g"), ("2", None))
)


def matching(chosen: Filter) -> list[list[int]]:
    """The ids that match, a list a table."""
    found = []
    with stored(Lot(COMMANDS, IMAGES, ACTIVITIES), LOOSE) as path, reading(path) as reader:
        for model in EVENT_MODELS:
            terms = condition(model, chosen)
            query = model.select(model.id).order_by(model.id)
            query = query if terms is None else query.where(terms)
            found.append([row_id for (row_id,) in reader.database.execute(query).fetchall()])
    return found


@pytest.mark.parametrize(
    ("chosen", "commands", "images", "activities"),
    [
        (EVERYTHING, [1, 2, 3, 4], [1, 2, 3], [1, 2]),
        (Filter(command="comfy"), [1, 2], [], []),
        (Filter(user_id="1"), [1, 3], [1, 3], [1]),
        (Filter(guild_id="g"), [1], [], [1]),
        (Filter(guild_id=DIRECT_MESSAGES), [2, 3], [], [2]),
        (Filter(success=True), [1, 3, 4], [], []),
        (Filter(success=False), [2], [], []),
        (Filter(generation_type="standard"), [], [1, 2], []),
        (Filter(generation_type="pulid"), [], [3], []),
        (Filter(command="comfy", user_id="2", success=False), [2], [], []),
        (Filter(command="' OR 1=1 --"), [], [], []),
        (Filter(command="comfy", generation_type="standard"), [], [], []),
    ],
)
def test_what_matches(chosen: Filter, commands: list[int], images: list[int], activities: list[int]) -> None:
    assert matching(chosen) == [commands, images, activities]


def test_only_a_filter_that_leaves_something_out_is_true() -> None:
    assert not EVERYTHING
    assert Filter(success=False)
    assert Filter(guild_id=DIRECT_MESSAGES)
    assert all(condition(model, EVERYTHING) is None for model in (CommandUsage, ImageStats, UserActivity))
