"""Programs that some tests need beside Python; without them those tests are skipped, and the end of the run says so."""

from __future__ import annotations

import os
import shutil
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
}
"""A program by the command that is looked for and Debian's package."""


def found(command: str) -> str | None:
    """Where a command is; Debian keeps PostgreSQL's beside the path."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{command}"))
    return shutil.which(command) or (str(versions[-1]) if versions else None)


def sentence() -> str:
    """What could not be tried and how to get it, in one line; empty where all is there."""
    missing = {name: package for name, (command, package) in _TOOLS.items() if found(command) is None}
    if not missing:
        return ""
    return f"Not tried, for want of {', '.join(missing)}. To get it: apt-get install {' '.join(missing.values())}"
