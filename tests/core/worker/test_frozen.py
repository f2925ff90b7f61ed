"""A packaged program starts itself as its worker, if it can be one; nothing else of it changes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from core.worker import child, frozen
from core.worker.process import Link, NoProcess


@pytest.fixture(autouse=True)
def packaged(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "argv", ["program"])
    monkeypatch.setattr(frozen, "_serves", [])
    yield


def test_a_program_that_does_not_serve_is_never_started_again() -> None:
    with pytest.raises(NoProcess, match="no Python executable"):
        Link("core.worker.child", "1")


def test_one_that_serves_starts_itself_with_the_module_and_its_argument() -> None:
    frozen.serve()
    switch = frozen.command("core.worker.child", "7")
    assert switch[0] == sys.executable and tuple(switch[2:]) == ("core.worker.child", "7")


def test_started_as_a_worker_it_works_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []
    monkeypatch.setattr(child, "start", lambda: heard.append(sys.argv[3]))
    monkeypatch.setattr(frozen, "_serves", [True])
    monkeypatch.setattr(sys, "argv", list(frozen.command("core.worker.child", "7")))
    with pytest.raises(SystemExit) as end:
        frozen.serve()
    assert (end.value.code, heard) == (0, ["7"])


def test_it_is_a_worker_of_ours_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen, "_serves", [True])
    monkeypatch.setattr(sys, "argv", list(frozen.command("antigravity", "")))
    with pytest.raises(SystemExit) as end:
        frozen.serve()
    assert end.value.code == 2 and "antigravity" not in sys.modules


@pytest.mark.parametrize(("before", "after"), [("/opt/lib", "/opt/lib"), (None, None)])
def test_programs_of_the_system_load_their_own_libraries(
    before: str | None, after: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/dist/Botpulse/_internal")
    monkeypatch.delenv("LD_LIBRARY_PATH_ORIG", raising=False)
    if before is not None:
        monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", before)
    frozen.serve()
    assert os.environ.get("LD_LIBRARY_PATH") == after
    assert "LD_LIBRARY_PATH_ORIG" not in os.environ
