"""What a file holds, and what stays behind beside it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.core import deployed

COUNTS = "SELECT (SELECT count(*) FROM command_usage), (SELECT count(*) FROM image_stats)"


def content(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, and how far the ids have gone."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=repr)
            for table in tables
            if table != "sqlite_stat1"
        }


def rows(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of the bot's tables."""
    return {table: found for table, found in content(path).items() if table in deployed.TABLES}


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def leftovers(path: Path) -> list[str]:
    """What lies beside a database, and in its folder for backups, that is neither it nor a backup."""
    names = [each.name for each in path.parent.rglob("*") if each.is_file()]
    return [name for name in names if not name.endswith(".db") or name.startswith(".")]
