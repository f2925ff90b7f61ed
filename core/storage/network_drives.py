"""Whether a file lies on a network share, where SQLite's locks and its write-ahead log can't be relied on."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Final

from core.storage.location import real_path

MOUNTS: Final = Path("/proc/self/mounts")
"""Where Linux says what is mounted."""

_KINDS: Final = {
    "nfs": "NFS",
    "nfs4": "NFS",
    "cifs": "SMB",
    "smb3": "SMB",
    "smbfs": "SMB",
    "fuse.sshfs": "SSHFS",
    "fuse.rclone": "rclone",
    "fuse.glusterfs": "GlusterFS",
    "glusterfs": "GlusterFS",
    "ceph": "CephFS",
    "afs": "AFS",
    "afpfs": "AFP",
    "davfs": "WebDAV",
    "fuse.davfs": "WebDAV",
    "9p": "9P",
}
_UNC: Final = re.compile(r"^\\\\[^\\?.][^\\]*\\")
_ESCAPE: Final = re.compile(r"\\([0-7]{3})")
_DRIVE_REMOTE: Final = 4


def share_of(path: Path, mounts: Path = MOUNTS) -> str:
    """The kind of network share that a file lies on ("NFS", "SMB"), or "" where it lies on none that can be told."""
    if is_unc(str(path)):
        return "SMB"
    return _of_place(path, mounts)


def is_unc(path: str) -> bool:
    r"""Whether a path names a server: ``\\server\share\file``, or ``\\?\UNC\server\…``."""
    return bool(_UNC.match(path)) or path.upper().startswith("\\\\?\\UNC\\")


def file_system(path: Path, mounts: str) -> str:
    """The type of the file system that holds an absolute path, by the text of :data:`MOUNTS`."""
    best, found = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        place = Path(_ESCAPE.sub(lambda match: chr(int(match[1], 8)), fields[1]))
        if path.is_relative_to(place) and len(place.parts) >= best:  # of two on one place the later one is seen
            best, found = len(place.parts), fields[2]
    return found


if sys.platform == "win32":
    import ctypes

    def _of_place(path: Path, mounts: Path) -> str:
        del mounts
        drive = os.path.splitdrive(real_path(path))[0]
        remote = ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\") == _DRIVE_REMOTE
        return "SMB" if remote or is_unc(f"{drive}\\") else ""

else:

    def _of_place(path: Path, mounts: Path) -> str:
        try:
            text = mounts.read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return ""  # a system without such a list: nothing can be told
        return _KINDS.get(file_system(real_path(path), text), "")
