"""The pictures of the documentation: each is shown, or linked, by a page."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_every_picture_is_linked_by_a_page() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")))
    pictures = {path.name for path in (ROOT / "docs" / "images").iterdir()}
    assert len(pictures) > 20
    assert sorted(name for name in pictures if f"images/{name})" not in pages) == []
