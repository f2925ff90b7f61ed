from __future__ import annotations

import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from gui.app import desktop_entry
from gui.app.main import main, parse
from gui.window.program import exec_line
from resources import design

KNOWN_VERSIONS = ("1.0", "1.1", "1.2", "1.3", "1.4")
"""Of the specification of desktop entries, as validators that are in use know them."""


@pytest.fixture
def data(home: Path) -> Path:
    return home / "data"


def entry(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def test_the_entry_is_installed_on_request_and_removed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["desktop-entry"]) == 0
    written = [Path(line.removeprefix("written: ")) for line in capsys.readouterr().out.splitlines()]
    assert len(written) == 4 and all(path.is_file() and path.is_relative_to(data) for path in written)
    assert (data / "icons/hicolor/scalable/apps/botpulse.svg").read_text() == design.text("icons/botpulse.svg")
    assert main(["desktop-entry", "--remove"]) == 0
    left = [path.name for path in data.rglob("*") if path.is_file()]
    assert left in ([], ["mimeinfo.cache"]), "what the desktop itself keeps of its entries"
    assert main(["desktop-entry", "--remove"]) == 0


@pytest.mark.skipif(os.name == "nt", reason="desktop entries are Linux'")
@pytest.mark.parametrize("ends_with", [0, 1])
def test_the_desktop_is_told_so_that_links_lead_here(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ends_with: int
) -> None:
    """By the desktop's own tool, where there is one; what that makes of it is its affair."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "update-desktop-database").write_text(f'#!/bin/sh\necho "$@" >> "{tmp_path}/told"\nexit {ends_with}\n')
    (tools / "update-desktop-database").chmod(0o755)
    monkeypatch.setenv("PATH", str(tools))
    assert main(["desktop-entry"]) == 0
    assert (tmp_path / "told").read_text() == f"-q {data / 'applications'}\n"
    assert "x-scheme-handler/botpulse" in entry(data / "applications/botpulse.desktop")["MimeType"].split(";")
    monkeypatch.setenv("PATH", "")
    assert main(["desktop-entry", "--remove"]) == 0, "without it the entry is changed all the same"


def test_the_entry_starts_this_installation_wherever_it_lies(data: Path) -> None:
    desktop_entry.install('"/home/a b/bin/botpulse"')
    made = entry(data / "applications/botpulse.desktop")
    assert made["Exec"] == '"/home/a b/bin/botpulse" %u'
    assert made["Icon"] == "botpulse"


@pytest.mark.parametrize(
    ("path", "quoted"),
    [("/opt/bot pulse/x", '"/opt/bot pulse/x"'), ('/a"b', '"/a\\\\"b"'), ("/a$b", '"/a\\\\$b"'), ("/100%", '"/100%%"')],
)
def test_the_command_is_quoted_as_entries_want_it(path: str, quoted: str) -> None:
    assert exec_line((path,)) == quoted


def test_a_folder_that_may_not_be_written_is_said_in_words(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data.mkdir(parents=True, exist_ok=True)
    (data / "applications").write_text("a file in the way")
    assert main(["desktop-entry"]) == 1
    said = capsys.readouterr().err
    assert "The desktop entry could not be changed" in said and "Traceback" not in said


def test_the_packaged_entry_is_of_a_version_that_validators_know() -> None:
    assert entry(design.path("botpulse.desktop"))["Version"] in KNOWN_VERSIONS


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="needs desktop-file-validate")
def test_the_installed_entry_is_valid(data: Path) -> None:
    desktop_entry.install()
    run = subprocess.run(
        ["desktop-file-validate", data / "applications/botpulse.desktop"], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (0, "")


@pytest.mark.skipif(shutil.which("appstreamcli") is None, reason="needs appstreamcli")
def test_the_installed_appstream_data_are_valid(data: Path) -> None:
    desktop_entry.install()
    place = data / "metainfo/io.github.botpulse.Botpulse.metainfo.xml"
    command = ["appstreamcli", "validate", "--no-net", "--explain", str(place)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_the_appstream_data_lead_to_the_entry() -> None:
    root = ElementTree.parse(design.path("botpulse.metainfo.xml")).getroot()
    assert root.get("type") == "desktop-application"
    assert root.findtext("launchable") == "botpulse.desktop"
    assert re.fullmatch(r"[a-z]+(\.\w+){2,}", root.findtext("id") or "")


def test_the_manual_page_names_every_option_of_the_window(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"])
    options = set(re.findall(r"--[a-z]+", capsys.readouterr().out.partition("environment:")[0]))
    page = design.text("botpulse.1").replace("\\-", "-")
    assert {option for option in options if option not in page} == set()
    assert {"--range", "--page", "--theme", "--demo"} <= options
