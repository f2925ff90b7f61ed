"""Where pictures may be had: from a ComfyUI server, or from the folder that it writes into."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from urllib.parse import SplitResult, unquote, urlencode, urlsplit, urlunsplit

from core.tables.pictures import OutputFile
from core.text.translation import gettext as _

_SCHEMES: Final = ("http", "https")
_LONGEST: Final = 2_000


@dataclass(frozen=True, slots=True)
class ComfyServer:
    """A ComfyUI server.

    Attributes:
        address: without a slash at its end, and without user and password.
        authorisation: the header that user and password make; "" where there are none. It is never written or logged.
    """

    address: str
    authorisation: str = field(default="", repr=False)

    def view(self, output: OutputFile) -> str:
        """The address of a file."""
        asked = urlencode({"filename": output.name, "subfolder": output.subfolder, "type": output.kind})
        return f"{self.address}/view?{asked}"


@dataclass(frozen=True, slots=True)
class OutputFolder:
    """The folder into which ComfyUI writes what it made: its ``output``."""

    path: str


PictureSource: TypeAlias = ComfyServer | OutputFolder


def server_of(typed: str) -> ComfyServer | None:
    """The server of an address as it was typed; None where it is none (:func:`address_fault` says why)."""
    if not typed.strip() or address_fault(typed):
        return None
    parts = _parts(typed)
    authorisation = ""
    if parts.username is not None:
        secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        authorisation = f"Basic {base64.b64encode(secret).decode()}"
    return ComfyServer(_plain(parts), authorisation)


def without_credentials(typed: str) -> str:
    """An address without the user and the password in it; empty where it is no address."""
    return "" if not typed.strip() or address_fault(typed) else _plain(_parts(typed))


def address_fault(typed: str) -> str:
    """Why this is no address of a server, in words; empty where it is one, or nothing was typed."""
    text = typed.strip()
    if not text:
        return ""
    if len(text) > _LONGEST or not text.isprintable() or " " in text:
        return _("This is no address: it has blanks or signs that an address can't have.")
    try:
        parts = _parts(text)
        port = parts.port
    except ValueError:
        return _("This is no address: its host or its port can't be read.")
    if parts.scheme.lower() not in _SCHEMES:
        return _("The address has to begin with http:// or https://")
    if not parts.hostname or port == 0:
        return _("The address names no host. An example: http://127.0.0.1:8188")
    return _("The address of the server alone is wanted, without “?” and what follows.") if parts.query else ""


def sources_of(folder: str, address: str) -> tuple[PictureSource, ...]:
    """Where to look, in this order: a folder on this machine is the quicker one, and costs the server nothing."""
    server = server_of(address)
    folders = (OutputFolder(folder.strip()),) if folder.strip() else ()
    return (*folders, *((server,) if server is not None else ()))


def _parts(typed: str) -> SplitResult:
    """An address in parts; ``127.0.0.1:8188`` alone is one, too."""
    text = typed.strip()
    return urlsplit(text if "://" in text else f"http://{text}")


def _plain(parts: SplitResult) -> str:
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme.lower(), host, parts.path.rstrip("/"), "", ""))
