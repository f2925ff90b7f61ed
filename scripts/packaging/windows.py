"""Builds the package for Windows under Wine: the folder dist/windows/Botpulse, and the installer beside it.

    make package-windows

It proves the recipe and the installer. What is built under Wine holds two small stand-ins for what Wine lacks, so what
is given to others is built on Windows, by the same recipe.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

from scripts.windows.layout import ROOT, laid_out
from scripts.windows.wine import PYTHON, Windows, own_display

HERE: Final = Path(__file__).parent
OUT: Final = ROOT / "dist" / "windows"
FOLDER: Final = OUT / "Botpulse"
_WITHIN_SECONDS: Final = 3_600.0


def main() -> None:
    """Build both, and say where they are."""
    if shutil.which("makensis") is None:
        raise SystemExit("The installer can't be built; nothing was tried.\n    apt-get install nsis")
    _build_folder(laid_out())
    installer = OUT / f"Botpulse-{version()}-setup.exe"
    build_installer(FOLDER, installer, ROOT / "build" / "windows-icons")
    print(f"{FOLDER}\n{installer}")


def version() -> str:
    """The version that the project has."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def _build_folder(prefix: Path) -> None:
    with own_display() as display:
        windows = Windows(prefix, display)
        windows.end()  # a server that is left over has a display that is gone
        try:
            places = ("--distpath", r"C:\dist", "--workpath", r"C:\work")
            command = ("-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", *places)
            spec = r"C:\botpulse\scripts\packaging\botpulse.spec"
            print("Building the folder: some minutes", file=sys.stderr, flush=True)
            windows.run(PYTHON, *command, spec, within_seconds=_WITHIN_SECONDS)
        finally:
            windows.end()
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree(prefix / "drive_c" / "dist" / "Botpulse", FOLDER)


def build_installer(folder: Path, installer: Path, icons: Path) -> None:
    """Have NSIS pack a folder into an installer; the icon is drawn into ``icons``."""
    installer.parent.mkdir(parents=True, exist_ok=True)
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([sys.executable, str(HERE / "icons.py"), str(icons)], env=bare, check=True)
    told = {"VERSION": version(), "FOLDER": folder, "ICON": icons / "botpulse.ico", "OUT": installer}
    defined = [f"-D{name}={value}" for name, value in told.items()]
    subprocess.run(["makensis", "-V1", *defined, str(HERE / "installer.nsi")], check=True)


if __name__ == "__main__":
    main()
