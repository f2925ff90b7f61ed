"""A spool by itself: a file that takes events and gives them back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.errors import NoAccess
from core.models import Name
from core.storage.location import locate
from core.tracking.records import EventRow, activity_record, command_record
from core.tracking.spool import Spool, make_spool
from core.tracking.spool_places import own_folder
from tests.core.tracked import event


@contextmanager
def in_hand(path: Path) -> Iterator[Spool]:
    spool = make_spool(locate(path))
    yield spool
    spool.remove()


def test_a_spool_that_can_not_be_made_leaves_nothing(tmp_path: Path) -> None:
    own_folder().parent.mkdir(parents=True, exist_ok=True)
    own_folder().write_text("in the way")
    with pytest.raises(NoAccess, match="unable to open"):
        make_spool(locate(tmp_path / "not there" / "a.db"))
    assert not (tmp_path / "not there").exists()
    assert own_folder().is_file()


def test_who_is_left_out_leaves_no_byte_and_others_keep_their_events(path: Path) -> None:
    user = "482100000000000417"
    with in_hand(path) as spool:
        theirs = [command_record(f"their {number}", user, 1, 2, 1.5) for number in range(40)]
        mention = activity_record("7", "gift", None, {"to": int(user)})
        other_table = EventRow(Name, ("user", user, "x" * 5_000, None, 1.0))
        spool.append([*theirs[:10], mention, *theirs[10:], event("mine"), other_table])
        first = spool.first(5)
        assert first is not None
        spool.forget(first)
        left = spool.first(5)
        assert left is not None
        spool.skip({"command_usage": left.numbers[1]})
        assert spool.leave_out(lambda each: each.values[1] == user, user) == 40 - 5 - 2 + 1
        kept = spool.first(99)
        assert kept is not None
        assert [each.values[0] for each in kept.records] == ["7", "mine"]
        assert [file for file in path.parent.iterdir() if user.encode() in file.read_bytes()] == []
        assert spool.leave_out(lambda _event: True, user) == 0


def test_a_batch_is_what_was_put_in(path: Path) -> None:
    with in_hand(path) as spool:
        records = [event(number) for number in range(5)]
        assert spool.append(records) == 0
        batch = spool.first(3)
        assert batch is not None
        assert batch.records == records[:3]
        spool.forget(batch)
        rest = spool.first(9)
        assert rest is not None
        assert rest.records == records[3:]
        assert not spool.is_empty
        spool.skip(rest.replayed)
        assert spool.first(9) is None
        assert spool.is_empty
        with pytest.raises(NoAccess):
            Spool(spool.path.with_name("gone.spool-1")).take()
