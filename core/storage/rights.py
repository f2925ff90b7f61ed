"""Whether this process may read or write a file or folder, asked of the system itself; nothing is opened or changed.

``os.access`` knows on Windows of the attribute "read-only" and of nothing else: access control lists, by which a folder
under ``C:\\Program Files`` or another user's share is closed, it does not look at.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

_READ_DATA: Final = 0x1
"""For a folder: to list what is in it."""

_WRITE_DATA: Final = 0x2
"""For a folder: to make files in it."""

_SHARED_WITH_ALL: Final = 0x7
_OPEN_EXISTING: Final = 3
_FOLDERS_TOO: Final = 0x0200_0000
_ACCESS_DENIED: Final = 5
_WRITE_PROTECTED: Final = 19


def may_read(path: Path) -> bool:
    """Whether a file can be read, or a folder listed; False where it is not there."""
    return _may(path, _READ_DATA, os.R_OK)


def may_write(path: Path) -> bool:
    """Whether a file can be written, or files made in a folder; False where it is not there."""
    return _may(path, _WRITE_DATA, os.W_OK)


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _create_file = _kernel.CreateFileW
    _create_file.restype = wintypes.HANDLE
    _create_file.argtypes = (
        *(wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, wintypes.LPVOID),
        *(wintypes.DWORD, wintypes.DWORD, wintypes.HANDLE),
    )
    _kernel.CloseHandle.argtypes = (wintypes.HANDLE,)

    def _may(path: Path, wanted: int, mode: int) -> bool:
        if not os.access(path, mode):
            return False
        handle = _create_file(str(path), wanted, _SHARED_WITH_ALL, None, _OPEN_EXISTING, _FOLDERS_TOO, None)
        if handle == wintypes.HANDLE(-1).value:
            return ctypes.get_last_error() not in (_ACCESS_DENIED, _WRITE_PROTECTED)  # in use is no want of rights
        _kernel.CloseHandle(handle)
        return True

else:

    def _may(path: Path, wanted: int, mode: int) -> bool:
        del wanted
        return os.access(path, mode)
