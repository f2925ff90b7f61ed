"""What Wine 8 lacks and Windows has: C99's complex functions for numpy, and ``icuuc.dll`` for Qt 6.9 and later.

Both are small libraries, compiled here from what numpy and Qt import.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from scripts.windows.wine import Windows

_DUMP: Final = "x86_64-w64-mingw32-objdump"
_MATHS: Final = b"api-ms-win-crt-math-l1-1-0.dll"
_OURS: Final = b"crtmath.dll"

_TO_REAL: Final = ("creal", "cimag", "carg", "cabs")
_TO_COMPLEX: Final = (
    *("cexp", "clog", "csqrt", "csin", "ccos", "ctan", "csinh", "ccosh", "ctanh", "conj", "cproj"),
    *("casin", "cacos", "catan", "casinh", "cacosh", "catanh"),
)
_COMPLEX: Final = re.compile(rf"({'|'.join(sorted((*_TO_REAL, *_TO_COMPLEX, 'cpow'), key=len, reverse=True))})([fl]?)")

# Windows passes complex numbers as structures of two; its long double is a double.
_BEGINNING: Final = """
#include <complex.h>
typedef struct { double re, im; } Pair;
typedef struct { float re, im; } Pairf;
static double complex in(Pair p) { double complex z; __real__ z = p.re; __imag__ z = p.im; return z; }
static float complex inf_(Pairf p) { float complex z; __real__ z = p.re; __imag__ z = p.im; return z; }
static Pair out(double complex z) { Pair p = { __real__ z, __imag__ z }; return p; }
static Pairf outf(float complex z) { Pairf p = { __real__ z, __imag__ z }; return p; }
"""


def write_stand_ins(windows: Windows, compiler: str) -> None:
    """Write both libraries into a prefix, and have numpy import ours."""
    imported = {path: _imported(path, _MATHS) for path in sorted(windows.site_packages.glob("numpy/**/*.pyd"))}
    users = {path: names for path, names in imported.items() if any(map(_COMPLEX.fullmatch, names))}
    wanted = sorted(set().union(*users.values()))
    _compile(compiler, windows.python / _OURS.decode(), _maths(wanted), _exports(wanted))
    for path in users:
        path.write_bytes(path.read_bytes().replace(_MATHS, _OURS.ljust(len(_MATHS), b"\0")))
    qt = windows.site_packages / "PySide6"
    converters = sorted(_imported(qt / "Qt6Core.dll", b"icuuc.dll"))
    exports = "".join(f"  {each}\n" for each in converters)
    _compile(compiler, qt / "icuuc.dll", _no_converters(converters), f"LIBRARY icuuc.dll\nEXPORTS\n{exports}")


def _imported(path: Path, library: bytes) -> set[str]:
    """Return what a library of Windows' takes from another."""
    told = subprocess.run([_DUMP, "--private-headers", str(path)], capture_output=True, text=True, check=True).stdout
    names, current = set(), ""
    for line in told.splitlines():
        if "DLL Name:" in line:
            current = line.split()[-1].lower()
        elif current == library.decode() and (found := re.match(r"\s+[0-9a-f]+\s+(?:<\w+>\s+)?\d+\s+(\w+)\s*$", line)):
            names.add(found[1])
    return names


def _maths(wanted: list[str]) -> str:
    """Return C that defines ``own_NAME`` for each complex function among these."""
    lines = [_BEGINNING]
    for name in wanted:
        if not (found := _COMPLEX.fullmatch(name)):
            continue
        base, kind = found[1], "f" if found[2] == "f" else ""
        pair, real, take = f"Pair{kind}", "float" if kind else "double", "inf_" if kind else "in"
        if base in _TO_REAL:
            lines.append(f"{real} own_{name}({pair} a) {{ return {base}{kind}({take}(a)); }}")
        elif base == "cpow":
            lines.append(
                f"{pair} own_{name}({pair} a, {pair} b) {{ return out{kind}({base}{kind}({take}(a), {take}(b))); }}"
            )
        else:
            lines.append(f"{pair} own_{name}({pair} a) {{ return out{kind}({base}{kind}({take}(a))); }}")
    return "\n".join(lines) + "\n"


def _exports(wanted: list[str]) -> str:
    """Ours by their names; all others are handed on to the library that has them."""
    lines = [f"  {each} = " + (f"own_{each}" if _COMPLEX.fullmatch(each) else f"ucrtbase.{each}") for each in wanted]
    return "\n".join([f"LIBRARY {_OURS.decode()}", "EXPORTS", *lines, ""])


def _no_converters(names: list[str]) -> str:
    """Return C of an ICU that knows no encoding: Qt is left with UTF, Latin-1 and the system's."""
    opens = "void *ucnv_open(const char *name, int *error) { *error = 4; return 0; } /* a file is missing */"
    return "\n".join([opens, *(f"void *{each}(void) {{ return 0; }}" for each in names if each != "ucnv_open"), ""])


def _compile(compiler: str, library: Path, code: str, exports: str) -> None:
    with tempfile.TemporaryDirectory(prefix="botpulse-") as folder:
        source, named = Path(folder, "source.c"), Path(folder, "exports.def")
        source.write_text(code, encoding="utf-8")
        named.write_text(exports, encoding="utf-8")
        flags = ("-O1", "-shared", "-static", "-s", "-fno-builtin")
        subprocess.run([compiler, *flags, "-o", str(library), str(source), str(named)], check=True)
