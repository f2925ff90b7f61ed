"""Takes the pictures of the window on a Windows desktop, as Wine draws it, for docs/images.

    python -m scripts.windows.screenshots

starts itself with the Windows Python, in a desktop of Wine's with window frames, and brings the pictures here.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Final

ROWS, DAYS = 20_000, 40.0
DESKTOP: Final = (1366, 860)
THEMES: Final = ("dark", "light")


def main() -> int:
    """Take the pictures, or have them taken; return the exit code."""
    return _take() if sys.platform == "win32" else _have_taken()


def _have_taken() -> int:
    from scripts.windows.layout import ROOT, laid_out
    from scripts.windows.wine import PYTHON, Windows, own_display

    with own_display() as display:
        windows = Windows(laid_out(), display)
        windows.end()
        desktop = f"/desktop=Botpulse,{DESKTOP[0]}x{DESKTOP[1]}"
        try:
            print(windows.run("explorer", desktop, PYTHON, "-m", "scripts.windows.screenshots", within_seconds=900))
        finally:
            windows.end()
        made = sorted((windows.prefix / "drive_c" / "pictures").glob("*.png"))
        for each in made:
            shutil.copy(each, ROOT / "docs" / "images")
    return 0 if len(made) == len(THEMES) else 1


def _take() -> int:
    from scripts import screenshots

    os.environ["QT_QPA_PLATFORM"] = "windows"
    from core.simulation.history import write_history
    from gui.app.startup import make_application
    from gui.style.theme import ThemeChoice

    app = make_application()
    folder = Path(r"C:\pictures")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with tempfile.TemporaryDirectory(prefix="botpulse-", ignore_cleanup_errors=True) as place:
        database = Path(place) / "analytics.db"
        write_history(database, days=DAYS, rows=ROWS)
        with screenshots.opened_window(Path(place), database) as window:
            window.resize(1280, 780)
            window.move(20, 30)
            for theme in THEMES:
                window.preferences.choose_theme(ThemeChoice(theme))
                screenshots.until_shown(window, partial(window.live.show_page, "overview"))
                screenshots.until_shown(window, partial(window.live.show_page, "commands"))
                app.primaryScreen().grabWindow(0).save(str(folder / f"windows-{theme}.png"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
