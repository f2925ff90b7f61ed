"""Whether a file lies on a network share, by lists of mounts as Linux writes them, and by names as Windows has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.storage.network_drives import MOUNTS, file_system, is_unc, share_of
from tests.platforms import ON_WINDOWS, links

lists_mounts = pytest.mark.skipif(ON_WINDOWS, reason="Windows has drives, and no list of mounts")

LIST = r"""/dev/sda1 / ext4 rw,relatime 0 0
proc /proc proc rw 0 0
nas:/bots /mnt/nas nfs4 rw 0 0
//pc/share /mnt/my\040pc cifs rw 0 0
/dev/sdb1 /mnt/nas/local xfs rw 0 0
tmpfs /over tmpfs rw 0 0
me@host: /over fuse.sshfs rw 0 0
broken
"""


@lists_mounts
@pytest.mark.parametrize(
    ("path", "kind", "share"),
    [
        ("/home/me/analytics.db", "ext4", ""),
        ("/mnt/nas/analytics.db", "nfs4", "NFS"),
        ("/mnt/nas/bot/a/analytics.db", "nfs4", "NFS"),
        ("/mnt/nas/local/analytics.db", "xfs", ""),
        ("/mnt/nasty/analytics.db", "ext4", ""),
        ("/mnt/my pc/analytics.db", "cifs", "SMB"),
        ("/over/analytics.db", "fuse.sshfs", "SSHFS"),
    ],
)
def test_the_nearest_mount_counts(tmp_path: Path, path: str, kind: str, share: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(LIST)
    assert file_system(Path(path), LIST) == kind
    assert share_of(Path(path), mounts) == share


@lists_mounts
@links
def test_a_link_is_followed_to_where_the_file_is(tmp_path: Path) -> None:
    mounts, away = tmp_path / "mounts", tmp_path / "away"
    away.mkdir()
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nnas:/ {away} nfs rw 0 0\n")
    (tmp_path / "link").symlink_to(away)
    assert share_of(tmp_path / "link" / "analytics.db", mounts) == "NFS"
    assert share_of(tmp_path / "analytics.db", mounts) == ""


def test_list_of_this_machine_is_understood(tmp_path: Path) -> None:
    assert share_of(tmp_path / "analytics.db") == ""
    assert share_of(tmp_path / "analytics.db", tmp_path / "no list") == ""
    if MOUNTS.exists():
        assert file_system(tmp_path, MOUNTS.read_text()) != ""


@pytest.mark.parametrize(
    ("path", "unc"),
    [
        (r"\\nas\bots\analytics.db", True),
        (r"\\?\UNC\nas\bots\analytics.db", True),
        (r"\\?\C:\bots\analytics.db", False),
        (r"\\.\pipe\x", False),
        (r"C:\bots\analytics.db", False),
        ("/mnt/nas/analytics.db", False),
    ],
)
def test_names_of_servers(path: str, unc: bool) -> None:
    assert is_unc(path) is unc
    assert (share_of(Path(path)) == "SMB") is unc
