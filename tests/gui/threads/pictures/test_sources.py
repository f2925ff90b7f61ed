"""Where pictures are: addresses as people type them, and what is wrong with those that are none."""

from __future__ import annotations

import pytest

from core.tables.pictures import OutputFile
from gui.threads.pictures.sources import (
    ComfyServer,
    OutputFolder,
    address_fault,
    server_of,
    sources_of,
    without_credentials,
)


@pytest.mark.parametrize(
    ("typed", "address"),
    [("http://127.0.0.1:8188", "http://127.0.0.1:8188"), (" 127.0.0.1:8188/ ", "http://127.0.0.1:8188"),
     ("HTTPS://Comfy.example/ui/#graph", "https://Comfy.example/ui"), ("http://[::1]:8188/", "http://[::1]:8188")],
)  # fmt: skip
def test_an_address_is_taken_as_it_is_typed(typed: str, address: str) -> None:
    assert server_of(typed) == ComfyServer(address)
    assert address_fault(typed) == ""


@pytest.mark.parametrize(
    "typed",
    ["ftp://host", "file:///etc/passwd", "http://", "http://host:port", "http://host:99999", "http://ho st", "http://[::1",
     "javascript://alert", "http://host/?a=b", "http://host:0", "http://a\0b", "x" * 3_000, "http://host\n.evil"],
)  # fmt: skip
def test_what_is_no_address_is_said(typed: str) -> None:
    assert address_fault(typed)
    assert server_of(typed) is None
    assert without_credentials(typed) == ""


def test_user_and_password_go_into_a_header_and_nowhere_else() -> None:
    server = server_of("https://host%20bot:s%3Acret@comfy.example:8443/ui")
    assert server is not None
    assert server.address == "https://comfy.example:8443/ui"
    assert server.authorisation == "Basic aG9zdCBib3Q6czpjcmV0"
    assert "aG9z" not in repr(server)
    assert without_credentials("https://u:p@comfy.example/") == "https://comfy.example"


def test_a_name_is_written_so_that_a_server_reads_it() -> None:
    server = ComfyServer("http://h")
    assert server.view(OutputFile("a&b=c #1+ü.png", "x/y z", "temp")) == (
        "http://h/view?filename=a%26b%3Dc+%231%2B%C3%BC.png&subfolder=x%2Fy+z&type=temp"
    )


def test_the_folder_is_looked_into_first() -> None:
    assert sources_of("/srv/output ", "h:1") == (OutputFolder("/srv/output"), ComfyServer("http://h:1"))
    assert sources_of("", "") == ()
    assert sources_of("", "ftp://h") == ()
