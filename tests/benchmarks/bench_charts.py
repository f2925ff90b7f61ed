"""What a picture for Discord costs, and how long it holds up the bot's event loop; beside pyplot's plain way."""

from __future__ import annotations

import asyncio
import io
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from core.charts.png.renderer import render_png
from core.charts.specs import Chart, Ink, Mark, Marker, Series, Unit
from resources.design import Theme, palette
from tests.benchmarks.report import Row

ZONE = ZoneInfo("Europe/Berlin")
_TICK = 0.001
_FIRST = "import time; s = time.perf_counter(); from tests.benchmarks import bench_charts as b; \
b.render_png(b.sample_chart()); print(time.perf_counter() - s)"


def run(quick: bool = False) -> list[Row]:
    """Measure; ``quick`` draws fewer pictures."""
    chart, pictures = sample_chart(), 8 if quick else 40
    ours, plain = _milliseconds(render_png, chart, pictures), _milliseconds(plain_png, chart, max(3, pictures // 5))
    year = _milliseconds(render_png, sample_chart(365), pictures)
    idle = asyncio.run(_held_up(None, chart, pictures))
    held = asyncio.run(_held_up(render_png, chart, pictures))
    held_plain = asyncio.run(_held_up(plain_png, chart, max(3, pictures // 5)))
    first = subprocess.run([sys.executable, "-c", _FIRST], check=True, capture_output=True, text=True, timeout=120)
    size = len(render_png(chart).getvalue()) / 1000
    return [
        Row("PNG chart, 48 buckets, 2x, warm", "ms", ours, 150, plain, note=f"{size:.0f} kB"),
        Row("PNG chart, 365 buckets, 2x, warm", "ms", year, 150),
        Row("first PNG chart of a process, imports included", "ms", float(first.stdout) * 1000),
        Row("event loop held up by a chart in a thread, p95 of pictures", "ms", held, 5 + idle, held_plain,
            note=f"idle loop: {idle:.2f} ms"),
    ]  # fmt: skip


def sample_chart(buckets: int = 48) -> Chart:
    """Stacked bars, two lines with a band, two markers: all that a picture can hold."""
    start = datetime(2026, 3, 28, 12, tzinfo=ZONE).timestamp()
    edges = tuple(start + 1800 * i for i in range(buckets + 1))
    names = (("comfy", Ink.SERIES_1), ("redux", Ink.SERIES_2), ("other", Ink.SERIES_4), ("failed", Ink.BAD))
    bars = [Series(name, _wave(buckets, 30 - 7 * i), Mark.BAR, ink) for i, (name, ink) in enumerate(names)]
    p50 = Series("p50", _wave(buckets, 12), Mark.LINE, Ink.SERIES_2, right=True, band_to="p95")
    p95 = Series("p95", _wave(buckets, 24), Mark.DASHED, Ink.SERIES_2, right=True)
    markers = (Marker(start + 9_000, "bot restarted"), Marker(start + 36_000, "statistics reset"))
    return Chart("Commands", "per 30 min", edges, ZONE, (*bars, p50, p95), right=Unit.SECONDS, markers=markers)


def plain_png(chart: Chart) -> io.BytesIO:
    """Draw the same chart as the usual example does: pyplot, date locators, tight_layout."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.dates as mdates
    from matplotlib import pyplot

    colours = palette(Theme.DARK)
    figure, left = pyplot.subplots(figsize=(9.6, 4.2), dpi=200)
    right = left.twinx()
    times = [datetime.fromtimestamp(edge, ZONE) for edge in chart.edges[:-1]]
    bottom = [0.0] * len(times)
    for series in chart.series:
        values = [value or 0.0 for value in series.values]
        if series.mark is Mark.BAR:
            left.bar(times, values, width=0.018, bottom=bottom, color=colours.ink(series.ink), label=series.name)
            bottom = [low + value for low, value in zip(bottom, values, strict=True)]
        else:
            right.plot(times, values, color=colours.ink(series.ink), label=series.name)
    left.xaxis.set_major_locator(mdates.AutoDateLocator(tz=ZONE))
    left.xaxis.set_major_formatter(mdates.DateFormatter("%H:%M", tz=ZONE))
    left.set_title(chart.title)
    left.legend()
    left.grid(True)
    figure.tight_layout()
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    pyplot.close(figure)
    stream.seek(0)
    return stream


def _wave(buckets: int, height: float) -> tuple[float, ...]:
    return tuple(round(height * (1.2 + ((7 * i) % 11) / 11)) for i in range(buckets))


def _milliseconds(draw: Callable[[Chart], object], chart: Chart, pictures: int) -> float:
    """The median of several, after one that warms up."""
    draw(chart)
    times = []
    for _ in range(pictures):
        start = time.perf_counter()
        draw(chart)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


async def _held_up(draw: Callable[[Chart], object] | None, chart: Chart, pictures: int) -> float:
    """How late a loop that wants to wake every millisecond was at worst, during one picture; p95 of pictures."""
    worst = []
    for _ in range(pictures + 1):
        drawing = asyncio.create_task(asyncio.to_thread(draw, chart) if draw else asyncio.sleep(0.04))
        late = [0.0]
        while not drawing.done():
            start = time.perf_counter()
            await asyncio.sleep(_TICK)
            late.append(time.perf_counter() - start - _TICK)
        await drawing
        worst.append(max(late) * 1000)
    return statistics.quantiles(worst[1:], n=20)[-1]
