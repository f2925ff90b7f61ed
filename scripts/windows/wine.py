"""A Windows under Wine: where its parts are, and how a Windows program is run in it.

    python -m scripts.windows.wine ARGUMENT…

runs the Windows Python with these arguments in the copy of this checkout, laying all of it out first where need be.

Wine keeps ``QT_*``, ``PATH``, ``HOME`` and ``TEMP`` to itself, so they are handed over as ``WINEQT_…``. A plain file as
standard output ends Python under Wine 8 at once (WinError 6): a pipe always stands between.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

WINE: Final = "wine"
PYTHON: Final = r"C:\py313\python.exe"
FONTS: Final = r"C:\py313\fonts"
CHECKOUT: Final = r"C:\botpulse"

_KEPT_TO_ITSELF: Final = ("QT_", "VK_")
_FROM_OUTSIDE: Final = ("BOTPULSE_TEST_PLATFORM", "HYPOTHESIS_PROFILE")


@dataclass(frozen=True)
class Windows:
    """A prefix of Wine's, by its folder, and the X display that its windows go to."""

    prefix: Path
    display: str = ""

    @property
    def python(self) -> Path:
        """The folder of the Windows Python, seen from here."""
        return self.prefix / "drive_c" / "py313"

    @property
    def site_packages(self) -> Path:
        """Where its libraries are, seen from here."""
        return self.python / "Lib" / "site-packages"

    @property
    def checkout(self) -> Path:
        """The copy of this checkout, seen from here."""
        return self.prefix / "drive_c" / "botpulse"

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """All that a program there is told; ``more`` in Windows' own names, as ``QT_QPA_PLATFORM``."""
        told = {
            "HOME": str(Path.home()),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TZ": os.environ.get("TZ", "UTC"),
            "WINEPREFIX": str(self.prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree=;mshtml=;winemenubuilder.exe=;winedbg.exe=",  # a crash ends at once
            "PYTHONUNBUFFERED": "1",
        }
        outside = {name: os.environ[name] for name in _FROM_OUTSIDE if name in os.environ}
        for name, value in {"QT_QPA_FONTDIR": FONTS, **outside, **(more or {})}.items():
            told[f"WINE{name}" if name.startswith(_KEPT_TO_ITSELF) else name] = value
        if self.display:
            told["DISPLAY"] = self.display
        return told

    def start(self, arguments: Sequence[str], more: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Begin the Windows Python in the copy of the checkout; both its outputs come through one pipe."""
        folder = self.checkout if self.checkout.is_dir() else self.prefix / "drive_c"
        return subprocess.Popen(
            [WINE, PYTHON, *arguments],
            cwd=folder,
            env=self.environment(more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, *command: str, within_seconds: float = 300) -> str:
        """Run any program of Wine's to its end and return what it printed; raises what ``subprocess`` does."""
        done = subprocess.run(
            [WINE, *command],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=within_seconds,
            check=True,
        )
        return done.stdout.decode("utf-8", "replace")

    def end(self) -> None:
        """End every program that runs in this prefix, and its server."""
        for option in ("-k", "-w"):
            subprocess.run([_server(), option], env=self.environment(), stdin=subprocess.DEVNULL, check=False)


def _server() -> str:
    """Wine's server by its command; Debian puts it beside Wine's own files."""
    beside = Path("/usr/lib/wine/wineserver64")
    return str(beside) if beside.exists() else "wineserver"


@contextmanager
def own_display() -> Iterator[str]:
    """Yield the name of an X display in memory that is there while the block runs."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1920x1200x24", "-nolisten", "tcp", "-dpi", "96"],
        pass_fds=(write,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as number:
            named = number.readline().strip()
        if not named:
            raise SystemExit("Xvfb did not start. Nothing was tried. Install it: apt-get install xvfb")
        yield f":{named}"
    finally:
        server.terminate()
        server.wait()


def main(arguments: list[str]) -> int:
    """Run the Windows Python; return its exit code."""
    from scripts.windows.layout import laid_out

    prefix = laid_out()
    with own_display() as display:
        windows = Windows(prefix, display)
        windows.end()  # a server that is left over has a display that is gone
        try:
            process = windows.start(arguments)
            assert process.stdout is not None
            while part := os.read(process.stdout.fileno(), 65_536):
                sys.stdout.buffer.write(part)
                sys.stdout.buffer.flush()
            return process.wait()
        finally:
            windows.end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
