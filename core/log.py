"""Where the log goes, and what it never holds: no tokens, no passwords, no forged lines, nothing endless."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import re
import sys
from datetime import datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

import platformdirs

log = logging.getLogger(__name__)

PACKAGES: Final = ("core", "gui", "bot_integration", "resources")
"""The loggers that are ours; everybody else's stay at WARNING."""

FILE_NAME: Final = "botpulse.log"
LONGEST_MESSAGE: Final = 2_000
"""Characters of a message that are kept."""

LONGEST_TRACE: Final = 16_000
"""Characters of a traceback that are kept: the last ones, where the reason stands."""

_FILE_BYTES: Final = 1_000_000
_FILES: Final = 5
_HANDLER: Final = "botpulse"
_KEPT_SPACES: Final = "\u00a0\u202f"
_GONE: Final = "[redacted]"
_NAMES: Final = "(?:[a-z]+_)?(?:token|password|passwd|secret|api_?key)"
_SECRETS: Final = (
    # A Discord bot's token: its id in base 64, a time stamp, a signature.
    (re.compile(r"(?<![\w-])[\w-]{23,40}\.[\w-]{6,7}\.[\w-]{27,}", re.ASCII), _GONE),
    (re.compile(r"\bmfa\.[\w-]{20,}", re.ASCII), _GONE),
    (re.compile(r"(/webhooks/\d+/)[\w-]+", re.ASCII), rf"\1{_GONE}"),
    (re.compile(r"\b(Bearer\s+)[\w.~+/-]{8,}=*", re.IGNORECASE), rf"\1{_GONE}"),
    (re.compile(r"\b(Basic\s+|Bot\s+)[\w.~+/-]{20,}=*", re.IGNORECASE), rf"\1{_GONE}"),
    (re.compile(r"(://[^\s/:@]*):[^\s/]*@"), rf"\1:{_GONE}@"),
    (re.compile(rf"\b({_NAMES})(['\"]?\s*[=:]\s*)['\"]?[^\s'\",;&]+", re.IGNORECASE), rf"\1\2{_GONE}"),
)


def configure_logging(verbose: bool, folder: Path | None = None) -> Path:
    """Log to a rotating file (five of 1 MB, UTF-8), warnings to standard error too; with ``verbose`` all of it to both.

    Calling it again replaces what the last call set up. Where the file can't be written, a warning says so and
    standard error alone is left.

    Args:
        verbose: whether details (DEBUG) are logged too.
        folder: where the file lies; the platform's folder for logs by default.

    Returns:
        The log file's path, whether it could be opened or not.
    """
    path = (folder or log_folder()) / FILE_NAME
    root = logging.getLogger()
    for handler in [each for each in root.handlers if each.name == _HANDLER]:
        root.removeHandler(handler)
        handler.close()
    for package in PACKAGES:
        logging.getLogger(package).setLevel(logging.DEBUG if verbose else logging.INFO)
    if sys.stderr is not None:
        _install(logging.StreamHandler(), logging.DEBUG if verbose else logging.WARNING)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _install(_LogFile(path), logging.DEBUG)
    except OSError as error:
        log.warning("The log file %s cannot be written (%s); only standard error is left.", path, error.strerror)
    return path


def log_folder() -> Path:
    """The platform's folder for our logs; below the root where the user has no home that is known, as in containers."""
    try:
        return platformdirs.user_log_path("botpulse", appauthor=False)
    except RuntimeError:
        return Path(os.sep) / ".local" / "state" / "botpulse" / "log"


def _install(handler: logging.Handler, level: int) -> None:
    handler.set_name(_HANDLER)
    handler.setLevel(level)
    handler.setFormatter(SafeFormatter())
    logging.getLogger().addHandler(handler)


def redact(text: str) -> str:
    """Return ``text`` without what looks like a Discord token, an authorization, a password in a URL or a setting."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def escape(text: str) -> str:
    """Return ``text`` with all that does not print (line ends, controls, reversing marks) written as an escape."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() or letter in _KEPT_SPACES else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


class SafeFormatter(logging.Formatter):
    """A record as one line of bounded length; its traceback below, every line of it marked as a continuation."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of ``record``."""
        message = escape(redact(record.getMessage()))
        if len(message) > LONGEST_MESSAGE:
            message = f"{message[:LONGEST_MESSAGE]}… ({len(message)} characters)"
        moment = datetime.fromtimestamp(record.created).astimezone().isoformat(" ", "milliseconds")
        line = f"{moment} {record.levelname} {record.name} [{escape(record.threadName or '')}] {message}"
        return "\n".join((line, *self._trace(record)))

    def _trace(self, record: logging.LogRecord) -> list[str]:
        parts = [record.exc_text or (self.formatException(record.exc_info) if record.exc_info else "")]
        parts.append(self.formatStack(record.stack_info) if record.stack_info else "")
        text = redact("\n".join(filter(None, parts)))[-LONGEST_TRACE:]
        return [f"    | {escape(line)}" for line in text.splitlines()]


class _LogFile(RotatingFileHandler):
    """The rotating file, which several of our processes may share: whoever fills it renames it, the others follow.

    It complains about its own trouble (a full disk) once, not at every line.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=_FILE_BYTES, backupCount=_FILES - 1, encoding="utf-8")
        self._complained = False

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line to the file that has the name now."""
        if self.stream is not None and not self._is_current():
            self._let_go()  # it is opened again with the next line
        super().emit(record)

    def doRollover(self) -> None:  # noqa: N802
        """Rename the files; none of the old ones is touched before it is known that this one can be renamed."""
        path = Path(self.baseFilename)
        aside = path.with_name(f"{path.name}.{os.getpid()}.full")
        self._let_go()
        try:
            if path.stat().st_size >= _FILE_BYTES - LONGEST_MESSAGE - LONGEST_TRACE:  # else another was quicker
                path.replace(aside)
                self._shift(aside)
            self.maxBytes = _FILE_BYTES
        except FileNotFoundError:
            pass  # another renamed it just now
        except OSError:
            self.maxBytes += _FILE_BYTES  # a program that does not share it has it open: this one goes on in it for now
        self.stream = self._open()

    def _shift(self, newest: Path) -> None:
        old = [Path(f"{self.baseFilename}.{number}") for number in range(self.backupCount, 0, -1)]
        for older, newer in itertools.pairwise((*old, newest)):
            with contextlib.suppress(OSError):
                newer.replace(older)

    def _let_go(self) -> None:
        stream, self.stream = self.stream, None
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()

    def _is_current(self) -> bool:
        assert self.stream is not None
        try:
            return os.path.samestat(os.fstat(self.stream.fileno()), Path(self.baseFilename).stat())
        except (OSError, ValueError):
            return False

    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, "a", encoding=self.encoding, opener=_shared)

    def close(self) -> None:
        # What a full disk did not take is lost; that was said when it was written.
        with contextlib.suppress(OSError):
            super().close()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        if not self._complained:
            self._complained = True
            super().handleError(record)


if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    _create_file = ctypes.WinDLL("kernel32", use_last_error=True).CreateFileW
    _create_file.restype = wintypes.HANDLE
    _create_file.argtypes = (
        *(wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, wintypes.LPVOID),
        *(wintypes.DWORD, wintypes.DWORD, wintypes.HANDLE),
    )

    def _shared(path: str, flags: int) -> int:
        """Open a file so that others may rename it meanwhile, which Windows allows only where all have said so."""
        append, shared_with_all, open_always, ordinary = 0x0010_0084, 0x7, 4, 0x80
        handle = _create_file(path, append, shared_with_all, None, open_always, ordinary, None)
        if handle == wintypes.HANDLE(-1).value:
            raise ctypes.WinError(ctypes.get_last_error())
        return msvcrt.open_osfhandle(handle, flags & os.O_APPEND)

else:

    def _shared(path: str, flags: int) -> int:
        """Open a file: others may rename it meanwhile."""
        return os.open(path, flags, 0o666)
