"""Where a spool lies, who may read it, and what is left of it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from core.storage.location import locate
from core.tracking.spool import make_spool
from core.tracking.spool_places import own_folder
from core.tracking.tracker import Tracker, TrackingCounters
from tests.core.tracked import count, run, track, until
from tests.core.tracking.test_spool import leave_behind, names, spools


@pytest.mark.skipif(os.name != "posix", reason="rights are POSIX's")
@pytest.mark.expect_log
@pytest.mark.parametrize("rights", [0o600, 0o640, 0o644])
def test_a_spool_is_no_more_readable_than_the_database(store: Path, rights: int) -> None:
    store.chmod(rights)
    leave_behind(store, 3)
    (spool,) = spools(store)
    assert spool.stat().st_mode & 0o777 & ~rights == 0


@pytest.mark.skipif(os.name != "posix", reason="rights are POSIX's")
def test_a_servers_spool_is_its_owners_alone() -> None:
    own_folder().mkdir(parents=True)
    own_folder().chmod(0o755)  # as an earlier version made it
    spool = make_spool(locate("postgresql://db1/stats"))
    assert (spool.path.stat().st_mode & 0o777, spool.path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    spool.remove()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give files to other groups")
@pytest.mark.expect_log
def test_what_the_databases_group_may_read_is_not_for_another_group(store: Path) -> None:
    store.chmod(0o640)
    os.chown(store, -1, 4711)
    leave_behind(store, 3)
    (spool,) = spools(store)
    assert spool.stat().st_gid != 4711
    assert spool.stat().st_mode & 0o777 == 0o600


@pytest.mark.expect_log
def test_a_store_whose_folder_takes_no_spool_has_it_in_the_users_own_data(tmp_path: Path) -> None:
    path = tmp_path / "not there yet" / "a.db"
    tracker = Tracker(path)
    track(tracker, 25, "left")
    tracker.close(0.3)
    assert tracker.counters() == TrackingCounters(25, 0, 0, 0, 0, 25)
    (spool,) = spools(path)
    assert spool.parent == own_folder()
    assert (spool.stat().st_mode & 0o777, own_folder().stat().st_mode & 0o777) == (0o600, 0o700) or os.name == "nt"
    path.parent.mkdir()
    with Tracker(path) as following:
        track(following, 1, "next")
        until(lambda: count(path) == 26 and not spools(path))


READ_ONLY_FOLDER = """
import os
if os.geteuid() == 0:
    os.setgid(65534); os.setuid(65534)
t = Tracker(path)
track(t, 40, 'read-only')
t.close(0.5)
assert t.counters().spooled == 40, t.counters()
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="rights are POSIX's")
def test_events_beside_a_read_only_folder_wait_in_the_users_own_data() -> None:
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to other users
        folder, home = Path(name, "bot"), Path(name, "home")
        for each in (folder, home):
            each.mkdir()
        path = folder / "analytics.db"
        with Tracker(path) as tracker:
            track(tracker, 1, "first")
        Path(name).chmod(0o755)
        if os.geteuid() == 0:
            os.chown(home, 65534, 65534)
        path.chmod(0o444)
        folder.chmod(0o555)
        run(READ_ONLY_FOLDER, path, HOME=home, XDG_DATA_HOME=home)
        assert [each.name for each in folder.iterdir()] == [path.name]
        folder.chmod(0o755)
        path.chmod(0o644)
        following = "t = Tracker(path)\ntrack(t, 1, 'next')\nt.flush(30)\n"
        wait = "from core.tracking.spool_places import *\nfrom core.storage.location import *\n"
        run(wait + following + "while spool_files(locate(path)): time.sleep(0.01)", path, HOME=home, XDG_DATA_HOME=home)
        assert names(path).count("read-only") == 40


@pytest.mark.parametrize("removed", ["first", "second"])
def test_killed_between_the_two_unlinks_nothing_stays_for_ever(
    store: Path, removed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A journal whose spool is gone is what versions before left."""
    spool = make_spool(locate(store))
    journal = spool.path.with_name(spool.path.name + "-journal")
    spool.close()
    journal.write_bytes(bytes(512))
    (spool.path if removed == "second" else journal).unlink()
    with Tracker(store) as tracker:
        track(tracker, 1)
        until(lambda: sorted(each.name for each in store.parent.glob("*.spool-*")) == [])


def test_a_journal_goes_before_its_spool(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = make_spool(locate(store))
    journal = spool.path.with_name(spool.path.name + "-journal")
    spool.close()
    journal.write_bytes(bytes(512))
    gone: list[str] = []
    monkeypatch.setattr(Path, "unlink", lambda self, missing_ok=False: gone.append(self.name))
    spool.remove()
    assert gone == [journal.name, spool.path.name]
