"""``python -m tests.benchmarks [--quick | --long] [--only NAME]``: run the benchmarks.

Prints a table, and writes build/bench.json.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.caches import caches_in
from tests.benchmarks.report import Row, as_json, table

HERE = Path(__file__).parent
RESULT = HERE.parents[1] / "build" / "bench.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 1 where a benchmark could not be run; a missed target is a result like any other."""
    names = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    options = _parser(names).parse_args(arguments)
    results: dict[str, list[Row]] = {}
    failures: list[str] = []
    for name in options.only or names:
        started = time.perf_counter()
        try:
            results[name] = _run(name, options)
        except Exception:
            traceback.print_exc()
            failures.append(name)
        else:
            print(f"\n{name} ({time.perf_counter() - started:.0f} s)\n{table(results[name])}", flush=True)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(as_json(results, failures), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"\n{_verdict(results, failures)}\nwritten: {RESULT}")
    return 1 if failures else 0


def _run(name: str, options: argparse.Namespace) -> list[Row]:
    run = importlib.import_module(f"tests.benchmarks.bench_{name}").run
    length = {"long": True} if options.long and "long" in inspect.signature(run).parameters else {}
    with tempfile.TemporaryDirectory(prefix="botpulse-bench-") as folder, caches_in(Path(folder)):
        rows: list[Row] = run(quick=options.quick, **length)
    return rows


def _parser(names: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="fewer rounds and smaller databases")
    length.add_argument("--long", action="store_true", help="five minutes for each page, to see whether memory grows")
    parser.add_argument("--only", action="append", choices=names, help="this benchmark only (may be repeated)")
    return parser


def _verdict(results: dict[str, list[Row]], failures: Sequence[str]) -> str:
    judged = [row for rows in results.values() for row in rows if row.met is not None]
    missed = [row.what for row in judged if not row.met]
    lines = [f"{len(judged) - len(missed)} of {len(judged)} targets met"]
    lines += [f"  missed: {what}" for what in missed]
    lines += [f"  could not be run: {name}" for name in failures]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
