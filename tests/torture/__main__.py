"""``python -m tests.torture [--seconds N] [--seed N] [--only NAME]``: try to lose, double and break things.

Each ``campaign_NAME.py`` beside this file has ``run(seconds, seed)``, which works until its time is over and returns
figures. The same seed tries the same things in the same order. Exit status 1 where a promise was broken.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.torture.report import Figure, table

HERE = Path(__file__).parent
SECONDS = 300.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaigns one after the other, and print what each found."""
    names = sorted(path.stem.removeprefix("campaign_") for path in HERE.glob("campaign_*.py"))
    options = _parser(names).parse_args(arguments)
    broken = 0
    for name in options.only or names:
        started = time.perf_counter()
        figures = _run(name, options.seconds, options.seed)
        broken += sum(not figure.kept for figure in figures)
        print(f"\n{name} (seed {options.seed}, {time.perf_counter() - started:.0f} s)\n{table(figures)}", flush=True)
    print(f"\n{broken} promises broken" if broken else "\nevery promise kept")
    return 1 if broken else 0


def _run(name: str, seconds: float, seed: int) -> list[Figure]:
    run = importlib.import_module(f"tests.torture.campaign_{name}").run
    figures: list[Figure] = run(seconds=seconds, seed=seed)
    return figures


def _parser(names: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long each campaign may take (%(default)g)")
    parser.add_argument("--seed", type=int, default=1, help="what is tried, and in which order (%(default)s)")
    parser.add_argument("--only", action="append", choices=names, help="this campaign only (may be repeated)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
