"""The bot that is out there, as a foreign writer: its tables, its connection per call, its timeout of five seconds.

It knows nothing of Botpulse and imports none of it. In a test it is a :class:`Bot`; as a process of its own it
prints a line a commit, ``ok MILLISECONDS`` or ``error MILLISECONDS WORDS``:

    python tests/core/deployed.py FILE --rows-per-second 20 --seconds 5

SIGTERM lets it finish its commit and stop.
"""

from __future__ import annotations

import argparse
import json
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

COMMAND_USAGE = """CREATE TABLE IF NOT EXISTS command_usage (
    id INTEGER PRIMARY KEY AUTOINCREMENT, command_name TEXT NOT NULL, user_id TEXT NOT NULL, guild_id TEXT,
    channel_id TEXT, timestamp REAL NOT NULL, execution_time REAL, success INTEGER NOT NULL)"""

SEED_IMAGES = """CREATE TABLE IF NOT EXISTS image_stats (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL, prompt TEXT, resolution TEXT, loras TEXT,
    upscale_factor INTEGER, generation_time REAL, timestamp REAL NOT NULL)"""

IMAGES_IN_ORDER = """CREATE TABLE IF NOT EXISTS image_stats (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL, prompt TEXT, resolution TEXT, loras TEXT,
    upscale_factor INTEGER, generation_time REAL, is_video INTEGER DEFAULT 0,
    generation_type TEXT DEFAULT 'standard', timestamp REAL NOT NULL)"""

USER_ACTIVITY = """CREATE TABLE IF NOT EXISTS user_activity (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL, guild_id TEXT, action_type TEXT NOT NULL,
    timestamp REAL NOT NULL, details TEXT)"""

DAILY_STATS = """CREATE TABLE IF NOT EXISTS daily_stats (
    date TEXT PRIMARY KEY, total_commands INTEGER NOT NULL, total_images INTEGER NOT NULL,
    unique_users INTEGER NOT NULL, avg_generation_time REAL, popular_commands TEXT, popular_resolutions TEXT)"""

APPENDED = (
    "ALTER TABLE image_stats ADD COLUMN is_video INTEGER DEFAULT 0",
    "ALTER TABLE image_stats ADD COLUMN generation_type TEXT DEFAULT 'standard'",
)

SCHEMAS = {
    "seed": (COMMAND_USAGE, SEED_IMAGES, USER_ACTIVITY, DAILY_STATS),
    "in order": (COMMAND_USAGE, IMAGES_IN_ORDER, USER_ACTIVITY, DAILY_STATS),
    "appended": (COMMAND_USAGE, SEED_IMAGES, USER_ACTIVITY, DAILY_STATS, *APPENDED),
}
"""The three shapes in which its file is found."""

TABLES = ("command_usage", "image_stats", "user_activity", "daily_stats")


def create(path: Path, variant: str = "in order") -> Path:
    """Make an empty file of one of the three shapes, in rollback mode."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in SCHEMAS[variant]:
            connection.execute(statement)
    return path


def fill(path: Path, commands: int = 0, images: int = 0, *, start: float | None = None, step: float = 1.0) -> None:
    """Many rows in one transaction, ``step`` seconds apart, ending now unless ``start`` says where they begin."""
    first = time.time() - step * max(commands, images) if start is None else start
    names = ("comfy", "redux", "video", "stats")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO command_usage"
            " (command_name, user_id, guild_id, channel_id, timestamp, execution_time, success)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((names[i % 4], str(i % 300), "77", "5", first + i * step, 1.5, int(i % 10 > 0)) for i in range(commands)),
        )
        connection.executemany(
            "INSERT INTO image_stats (user_id, prompt, resolution, loras, upscale_factor, generation_time, timestamp)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((str(i % 300), f"a prompt {i}", "1:1", "[]", 1, 20.0, first + i * step) for i in range(images)),
        )


class Bot:
    """Its calls, each with a connection of its own. What goes wrong is swallowed, as it does; ``errors`` remembers it.

    Attributes:
        errors: the words of each call that failed.
        latencies: seconds that each call took, from connecting to closed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.errors: list[str] = []
        self.latencies: list[float] = []

    def track_command(
        self, name: str = "comfy", user: str = "1", at: float | None = None, success: bool = True
    ) -> bool:
        """A row in command_usage, by column name."""
        return self._write(
            "INSERT INTO command_usage"
            " (command_name, user_id, guild_id, channel_id, timestamp, execution_time, success)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (name, user, "77", "5", time.time() if at is None else at, 1.5, int(success)),
        )

    def track_image(self, user: str = "1", prompt: str = "a fox", at: float | None = None) -> bool:
        """A row in image_stats, by column name."""
        return self._write(
            "INSERT INTO image_stats (user_id, prompt, resolution, loras, upscale_factor, generation_time, timestamp)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (user, prompt, "1:1", json.dumps(["a.safetensors"]), 1, 20.0, time.time() if at is None else at),
        )

    def daily(self, date: str = "2026-01-01") -> bool:
        """Its daily row, by position: seven values."""
        return self._write(
            "INSERT OR REPLACE INTO daily_stats VALUES (?, ?, ?, ?, ?, ?, ?)", (date, 1, 2, 3, 4.0, "{}", "{}")
        )

    def reset(self) -> bool:
        """Its reset: four DELETEs in one transaction."""
        return self._call([(f"DELETE FROM {table}", ()) for table in TABLES])

    def _write(self, statement: str, values: tuple[object, ...]) -> bool:
        return self._call([(statement, values)])

    def _call(self, statements: list[tuple[str, tuple[object, ...]]]) -> bool:
        began = time.perf_counter()
        try:
            connection = sqlite3.connect(self.path)
            for statement, values in statements:
                connection.execute(statement, values)
            connection.commit()
            connection.close()
        except sqlite3.Error as error:
            self.errors.append(str(error))
        self.latencies.append(time.perf_counter() - began)
        return not self.errors

    def work(self, rows_per_second: float, seconds: float) -> Iterator[str]:
        """Track commands at a pace; yield a line for each."""
        began = time.monotonic()
        for count in range(int(rows_per_second * seconds)):
            time.sleep(max(0.0, began + count / rows_per_second - time.monotonic()))
            failed = len(self.errors)
            self.track_command(user=str(count))
            outcome = f"error {self.latencies[-1] * 1000:.3f} {self.errors[-1]}" if len(self.errors) > failed else ""
            yield outcome or f"ok {self.latencies[-1] * 1000:.3f}"


def main() -> None:
    """Run as a process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--rows-per-second", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=5)
    options = parser.parse_args()
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopped.append(number))
    for line in Bot(options.file).work(options.rows_per_second, options.seconds):
        print(line, flush=True)
        if stopped:
            break


if __name__ == "__main__":
    main()
