"""Benchmarks: each ``bench_*.py`` measures one room beside the plain way of doing the same."""
