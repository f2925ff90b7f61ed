"""Programs that some tests need beside Python; without them those tests are skipped, and the end of the run says so."""

from __future__ import annotations

import os
import shutil
import sysconfig
from pathlib import Path
from typing import Final

REQUIRED: Final = os.environ.get("BOTPULSE_REQUIRE_TOOLS") == "1"
"""Whether it is a failure that one is missing."""

_TOOLS: Final = {
    "PostgreSQL's server": ("initdb", "postgresql"),
    "LibreOffice": ("soffice", "libreoffice-calc"),
    "poppler": ("pdftotext", "poppler-utils"),
    "librsvg": ("rsvg-convert", "librsvg2-bin"),
    "openssl": ("openssl", "openssl"),
    "binutils": ("objdump", "binutils"),
    "NSIS": ("makensis", "nsis"),
}
"""A program by the command that is looked for and Debian's package."""


def found(command: str) -> str | None:
    """Where a command is; Debian keeps PostgreSQL's beside the path."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{command}"))
    return shutil.which(command) or (str(versions[-1]) if versions else None)


def shared_python() -> bool:
    """Whether this Python's library is there to be packaged; Debian keeps it in libpython3.11 and such."""
    if os.name == "nt":
        return True
    folders = (sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("LIBPL"))
    name = sysconfig.get_config_var("INSTSONAME") or ""
    multiarch = sysconfig.get_config_var("MULTIARCH") or ""
    places = [Path(folder, *more, name) for folder in folders if folder for more in ((), (multiarch,))]
    return not name.endswith(".a") and any(place.is_file() for place in places)


def sentence() -> str:
    """What could not be tried and how to get it, in one line; empty where all is there."""
    missing = {name: package for name, (command, package) in _TOOLS.items() if found(command) is None}
    if not missing:
        return ""
    return f"Not tried, for want of {', '.join(missing)}. To get it: apt-get install {' '.join(missing.values())}"
