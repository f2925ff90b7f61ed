"""A chart's twin: its numbers as a table."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime
from gettext import GNUTranslations
from zoneinfo import ZoneInfo

import pytest

from core.charts.data_table import DataTable, as_csv, as_text, data_table
from core.charts.specs import (
    Bar,
    BarChart,
    Chart,
    Cloud,
    HeatCell,
    Heatmap,
    Histogram,
    Ink,
    Layer,
    Mark,
    Scatter,
    Series,
    Unit,
)
from core.text import translation
from core.time_ranges import TimeRange
from scripts.translations import po_of

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 24, tzinfo=BERLIN).timestamp()


def chart(*series: Series, **more: object) -> Chart:
    """Two buckets around the hour that Berlin's clocks show twice."""
    first = datetime(2026, 10, 25, 2, tzinfo=BERLIN).timestamp()
    edges = tuple(first + 3600 * i for i in range(3))
    return Chart("Commands", "per 1 h", edges, BERLIN, series, **more)  # type: ignore[arg-type]


def test_buckets_have_local_times_with_their_offsets_and_units_in_the_headings() -> None:
    bars = Series("comfy", (3.0, None), Mark.BAR, Ink.SERIES_1)
    line = Series("p50", (12.84567891, float("nan")), Mark.LINE, Ink.SERIES_2, right=True)
    table = data_table(chart(bars, line, right=Unit.SECONDS))
    assert table == DataTable(
        "Commands",
        ("from", "to", "comfy", "p50 (s)"),
        (
            ("2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", 3, 12.8457),
            ("2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00", None, None),
        ),
    )


def test_equal_names_are_told_apart() -> None:
    names = ("a", "a", "a (2)", "from")
    table = data_table(chart(*(Series(name, (1.0, 2.0), Mark.BAR, Ink.SERIES_1) for name in names)))
    assert len(set(table.columns)) == len(table.columns) == 6
    assert table.columns[2] == "a"


def test_bars_have_their_part_and_their_figures() -> None:
    bars = (Bar("comfy", 1200.0, 26.0, ("2.2\N{NO-BREAK SPACE}%", "—")), Bar("redux", 3.5, figures=("x",)))
    shown = BarChart("By command", "", bars, "count", columns=("failed", "p50"), part="failed")
    table = data_table(shown)
    assert table.columns == ("name", "count", "failed (count)", "failed", "p50")
    assert table.rows == (("comfy", 1200, 26, "2.2 %", None), ("redux", 3.5, 0, "x", None))
    numbers = (
        Bar(
            "comfy",
            1200.0,
            26.0,
            ("2.2\N{NO-BREAK SPACE}%", "1\N{NO-BREAK SPACE}min 48 s"),
            None,
            (2.1666666667, 108.0),
        ),
        Bar("redux", 3.5, figures=("—", "—"), numbers=(None, None)),
    )
    table = data_table(replace(shown, bars=numbers, units=("%", "s")))
    assert table.columns == ("name", "count", "failed (count)", "failed (%)", "p50 (s)")
    assert table.rows == (("comfy", 1200, 26, 2.16667, 108), ("redux", 3.5, 0, None, None))
    counted = data_table(replace(shown, bars=numbers, units=("", "s")))
    assert counted.columns == ("name", "count", "failed", "p50 (s)"), "what a column counts is not said twice"
    slow = BarChart("By command", "", (Bar("comfy", 12.5),), "p50", unit=Unit.SECONDS)
    assert data_table(slow) == DataTable("By command", ("name", "p50 (s)"), (("comfy", 12.5),))


def test_bars_that_are_times_have_their_ends_in_place_of_a_name() -> None:
    bars = (Bar("Tue 24 Nov 2026", 3.0, span=TimeRange(START, START + 86_400)),)
    table = data_table(BarChart("Days", "", bars, "commands", zone=BERLIN))
    assert table.columns == ("from", "to", "commands")
    assert table.rows == (("2026-11-24T00:00:00+01:00", "2026-11-25T00:00:00+01:00", 3),)


def test_classes_have_their_ends_in_seconds() -> None:
    layers = (Layer("images", (4, 0), Ink.SERIES_1), Layer("videos", (0, 7), Ink.SERIES_3))
    table = data_table(Histogram("Generation time", "", (0.1, 0.123456789, 10.0), layers))
    assert table.columns == ("from (s)", "to (s)", "images", "videos")
    assert table.rows == ((0.1, 0.123457, 4, 0), (0.123457, 10, 0, 7))


def test_a_labelled_heatmap_keeps_its_form_and_another_is_listed() -> None:
    cells = ((HeatCell(1.0), HeatCell(None)), (HeatCell(3.0), HeatCell(4.0)))
    whole = Heatmap("Busiest hours", "", ("Mon", "Tue"), ("0", "1"), cells, "commands")
    assert data_table(whole).columns == ("commands", "0", "1")
    assert data_table(whole).rows == (("Mon", 1, None), ("Tue", 3, 4))
    days = ((HeatCell(1.0, "Mon 2 Nov"), HeatCell(None)), (HeatCell(2.0), HeatCell(0.0, "Tue 10 Nov")))
    listed = data_table(Heatmap("A year", "", ("Mon", ""), ("Nov", ""), days, "images"))
    assert listed.columns == ("where", "images")
    assert listed.rows == (("Mon 2 Nov", 1), ("Nov", 2), ("Tue 10 Nov", 0))


def test_fields_that_are_times_are_listed_with_their_ends_and_the_unknown_is_empty() -> None:
    spans = [TimeRange(START + n * 86_400, START + (n + 1) * 86_400) for n in range(3)]
    days = ((HeatCell(2.0, "Wed", None, spans[1]), HeatCell(None, "Tue: not known", None, spans[0])),
            (HeatCell(0.0, "Thu", None, spans[2]), HeatCell(None)))  # fmt: skip
    table = data_table(Heatmap("A year", "", ("Mon", ""), ("Nov", ""), days, "took", Unit.SECONDS, zone=BERLIN))
    assert table.columns == ("from", "to", "took (s)")
    assert [row[2] for row in table.rows] == [None, 2, 0]
    assert table.rows[0][:2] == ("2026-11-24T00:00:00+01:00", "2026-11-25T00:00:00+01:00")
    assert as_csv(table).split("\r\n")[1] == '"2026-11-24T00:00:00+01:00","2026-11-25T00:00:00+01:00",'


def test_points_are_listed_in_the_order_of_time() -> None:
    clouds = (
        Cloud("images", (60.0, 0.0), (1.5, 2.0), (1, 3), Ink.SERIES_1),
        Cloud("videos", (30.0,), (90.0,), (1,), Ink.BAD),
    )
    table = data_table(Scatter("Times", "", (0.0, 60.0), ZoneInfo("UTC"), clouds))
    assert table.columns == ("time", "series", "duration (s)", "count")
    assert [row[1:] for row in table.rows] == [("images", 2, 3), ("videos", 90, 1), ("images", 1.5, 1)]
    assert table.rows[1][0] == "1970-01-01T00:00:30+00:00"


def test_data_table_of_what_is_no_chart_is_refused() -> None:
    with pytest.raises(TypeError, match="no chart: str"):
        data_table("x")  # type: ignore[arg-type]


def test_text_has_tabs_and_csv_quotes_and_no_formula_survives() -> None:
    table = DataTable("t", ("name", "n"), (("=1+1", 3), ('a "b", c\td\ne', None), ("-x", -2.5)))
    assert as_text(table) == "name\tn\n'=1+1\t3\na \"b\", c d e\t\n'-x\t-2.5"
    assert as_text(table, headings=False).startswith("'=1+1")
    rows = list(csv.reader(io.StringIO(as_csv(table))))
    assert rows == [["name", "n"], ["'=1+1", "3"], ['a "b", c\td\ne', ""], ["'-x", "-2.5"]]
    assert as_csv(DataTable("t", ("id", "n"), (("4821", 1), ("", None)))) == '"id","n"\r\n"4821",1\r\n"",\r\n'


def test_csv_is_the_same_in_every_language_and_what_people_read_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = (Layer("t2i", (1, 2), Ink.SERIES_1),)
    histogram = Histogram("Generation time", "", (0.1, 0.2, 10.0), layers)
    english = as_csv(data_table(histogram))
    with po_of("de").with_suffix(".mo").open("rb") as file:
        monkeypatch.setattr(translation, "_CATALOGUE", GNUTranslations(file))
    table = data_table(histogram)
    assert table.columns == ("von (s)", "bis (s)", "t2i")
    assert as_csv(table) == english
    series = Series(translation.gettext("Failed"), (1.0, 2.0), Mark.BAR, Ink.SERIES_1)
    told = data_table(chart(series, series))
    assert told.columns[2:] == ("Fehlgeschlagen", "Fehlgeschlagen (2)")
    assert as_csv(told).startswith('"from","to","Failed","Failed (2)"')
