"""Finds, and as root on Debian and Ubuntu installs, what Qt and ``python -m venv`` need from the system.

Runs before the virtual environment exists: the standard library only. With ``--window`` it also looks for what real
windows need beside drawing into memory. Exits 0 when everything is there, otherwise 1, naming what is missing.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from typing import NamedTuple

OLDEST = (3, 11)  # Botpulse's own; this file must explain itself to an older Python too


class Source(NamedTuple):
    """The package that brings a library."""

    apt: str
    dnf: str


DRAWING: dict[str, Source] = {
    "libEGL.so.1": Source("libegl1", "libglvnd-egl"),
    "libGL.so.1": Source("libgl1", "libglvnd-glx"),
    "libX11.so.6": Source("libx11-6", "libX11"),
    "libbrotlidec.so.1": Source("libbrotli1", "libbrotli"),
    "libdbus-1.so.3": Source("libdbus-1-3", "dbus-libs"),
    "libfontconfig.so.1": Source("libfontconfig1", "fontconfig"),
    "libfreetype.so.6": Source("libfreetype6", "freetype"),
    "libglib-2.0.so.0": Source("libglib2.0-0", "glib2"),
    "libgssapi_krb5.so.2": Source("libgssapi-krb5-2", "krb5-libs"),
    "libgthread-2.0.so.0": Source("libglib2.0-0", "glib2"),
    "libstdc++.so.6": Source("libstdc++6", "libstdc++"),
    "libxkbcommon.so.0": Source("libxkbcommon0", "libxkbcommon"),
    "libz.so.1": Source("zlib1g", "zlib"),
    "libzstd.so.1": Source("libzstd1", "libzstd"),
}
"""What Qt needs to be imported and to draw into memory."""

WINDOW: dict[str, Source] = {
    "libX11-xcb.so.1": Source("libx11-xcb1", "libX11-xcb"),
    "libwayland-client.so.0": Source("libwayland-client0", "libwayland-client"),
    "libwayland-cursor.so.0": Source("libwayland-cursor0", "libwayland-cursor"),
    "libxcb-cursor.so.0": Source("libxcb-cursor0", "xcb-util-cursor"),
    "libxcb-glx.so.0": Source("libxcb-glx0", "libxcb"),
    "libxcb-icccm.so.4": Source("libxcb-icccm4", "xcb-util-wm"),
    "libxcb-image.so.0": Source("libxcb-image0", "xcb-util-image"),
    "libxcb-keysyms.so.1": Source("libxcb-keysyms1", "xcb-util-keysyms"),
    "libxcb-randr.so.0": Source("libxcb-randr0", "libxcb"),
    "libxcb-render-util.so.0": Source("libxcb-render-util0", "xcb-util-renderutil"),
    "libxcb-render.so.0": Source("libxcb-render0", "libxcb"),
    "libxcb-shape.so.0": Source("libxcb-shape0", "libxcb"),
    "libxcb-shm.so.0": Source("libxcb-shm0", "libxcb"),
    "libxcb-sync.so.1": Source("libxcb-sync1", "libxcb"),
    "libxcb-util.so.1": Source("libxcb-util1", "xcb-util"),
    "libxcb-xfixes.so.0": Source("libxcb-xfixes0", "libxcb"),
    "libxcb.so.1": Source("libxcb1", "libxcb"),
    "libxcb-xkb.so.1": Source("libxcb-xkb1", "libxcb"),
    "libxkbcommon-x11.so.0": Source("libxkbcommon-x11-0", "libxkbcommon-x11"),
}
"""What Qt needs further to open a window under X11 or Wayland."""


def main(arguments: list[str]) -> int:
    """Look, install where that is possible, and say what is left; return the exit code."""
    if sys.version_info < OLDEST:
        return complain(f"Botpulse needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.")
    if not sys.platform.startswith("linux"):
        return 0
    windowed = "--window" in arguments
    missing = missing_packages(windowed)
    if missing and shutil.which("apt-get") and os.geteuid() == 0:
        install([source.apt for _, source in missing])
        missing = missing_packages(windowed)
    return complain(*explanation(missing)) if missing else 0


def missing_packages(windowed: bool) -> list[tuple[str, Source]]:
    """Return what the loader does not find, each with the package that brings it."""
    wanted = {**DRAWING, **(WINDOW if windowed else {})}
    missing = [(library, source) for library, source in wanted.items() if not loads(library)]
    if importlib.util.find_spec("ensurepip") is None:
        missing.append(("the module ensurepip", Source(f"python3.{sys.version_info[1]}-venv", "python3")))
    return missing


def loads(library: str) -> bool:
    """Tell whether the system's loader finds and loads a library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install(packages: list[str]) -> None:
    """Install packages by apt-get, without questions. What fails shows when one looks again."""
    names = sorted(set(packages))
    print("Installing system packages: " + " ".join(names), flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
    for command in ([*apt, "update"], [*apt, "install", "-y", "--no-install-recommends", *names]):
        subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False)


def explanation(missing: list[tuple[str, Source]]) -> list[str]:
    """Say what is missing and which command brings it."""
    lines = ["These parts of the system are missing: " + ", ".join(name for name, _ in missing) + "."]
    apt = " ".join(sorted({source.apt for _, source in missing}))
    dnf = " ".join(sorted({source.dnf for _, source in missing}))
    if shutil.which("apt-get"):
        return [*lines, "Install them, then try again:", f"    sudo apt-get install {apt}"]
    if shutil.which("dnf"):
        return [*lines, "Install them, then try again:", f"    sudo dnf install {dnf}"]
    return [*lines, f"Debian calls their packages: {apt}", f"Fedora calls them: {dnf}"]


def complain(*lines: str) -> int:
    """Write lines to standard error; return the exit code of a failure."""
    print("\n".join(lines), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
