"""Small figures are well-formed SVG that shows what it was given."""

import base64
import json
import shutil
import xml.etree.ElementTree as ET
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from skillprobe_core.drawing.small_figures import small_figure
from skillprobe_core.drawing.svg import COLOURS, Line, Panel, as_markdown, dumbbells, heat_map, line_panels
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.checkpoints.run_figure import run_figure
from skillprobe_core.measurements.parameters.spectra_figure import spectra_figure
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.table_registry import table_named, tables_of_checkpoints

SVG = "{http://www.w3.org/2000/svg}"


def shapes(svg: str, name: str) -> list[ET.Element]:
    return list(ET.fromstring(svg).iter(f"{SVG}{name}"))


def test_a_line_rises_where_its_values_do_and_gaps_stay_gaps() -> None:
    svg = line_panels([Panel("rise", [Line("a", [0, 1, 2, 3], [0.0, None, 0.5, 1.0])], level=0.25, top=1.0)])
    heights = [float(circle.get("cy", "nan")) for circle in shapes(svg, "circle")]
    assert len(heights) == 3
    assert heights == sorted(heights, reverse=True)  # y grows downwards
    assert any(path.get("stroke-dasharray") for path in shapes(svg, "path"))


def test_many_points_are_thinned_and_the_last_stays() -> None:
    svg = line_panels([Panel("long", [Line("a", range(1000), [float(x) for x in range(1000)])])])
    circles = shapes(svg, "circle")
    assert len(circles) <= 60
    assert "step 999" in circles[-1][0].text


def test_colours_of_a_heat_map_go_from_dark_to_bright() -> None:
    svg = heat_map("norm", ["0", "8"], ["layer 0", "layer 1"], [[0.0, 0.5], [None, 1.0]])
    fills = [rect.get("fill") for rect in shapes(svg, "rect")[1:]]
    assert fills == ["#440154", "#21918c", "#fde725"]


def test_names_cannot_break_the_figure() -> None:
    svg = dumbbells([("<script>&", 0.2, 0.4, "moved"), ("b", 0.9, 0.1, "collapsed"), ("c", 0.5, 0.5, "")])
    ET.fromstring(svg)
    assert "<script>" not in svg
    assert len([path for path in shapes(svg, "path")]) == 1


def test_markdown_carries_the_figure_itself() -> None:
    text = as_markdown("<svg/>", "a figure")
    assert text == f"![a figure](data:image/svg+xml;base64,{base64.b64encode(b'<svg/>').decode()})"


def under(store: Store) -> str:
    return current_protocol(store).protocol


def drawing(markdown: str | None) -> str:
    assert markdown is not None
    svg = base64.b64decode(markdown.split("base64,")[1][:-1]).decode()
    ET.fromstring(svg)
    return svg


@pytest.mark.parametrize(
    "table",
    ["checkpoints", "generations", "verdicts", "skill_scores", "profile_tests", "logit_divergence", "parameter_stats"],
)
def test_each_table_has_a_figure_of_the_steps_so_far(study: Store, table: str) -> None:
    first, last = (
        len(drawing(small_figure(study, under(study), table_named(table), "planted-sft", step))) for step in (0, 300)
    )
    assert table == "profile_tests" or last > first
    assert last < 60_000


def test_a_table_without_a_figure_has_none(study: Store) -> None:
    assert small_figure(study, under(study), table_named("noise_floor"), "planted-sft", 0) is None


def words(svg: str) -> list[str]:
    return ["".join(text.itertext()) for text in shapes(svg, "text")]


def test_a_run_is_shown_with_what_is_there_and_what_is_not(study: Store, tmp_path: Path) -> None:
    store = Store(shutil.copytree(study.root, tmp_path / "store"))
    whole = drawing(small_figure(store, under(store), table_named("checkpoints"), "planted-rl", 300))
    rows = [text for text in words(whole) if text in {"skill scores", "representation shift", "profile tests"}]
    assert sorted(rows) == ["profile tests", "representation shift", "skill scores"]
    assert any("4 checkpoints, 3 after the base, 20 B of weights each" in text for text in words(whole))
    assert not any("every" in text for text in words(whole))  # they were all written at one moment

    def squares(svg: str) -> dict[str, int]:
        return {
            name: sum(path.get("d", "").count("M") for path in shapes(svg, "path") if path.get(attribute) == colour) - 1
            for name, attribute, colour in (
                ("there", "fill", COLOURS[0]), ("older", "stroke", COLOURS[1]),
            )
        }  # fmt: skip

    shown = [table for table in tables_of_checkpoints() if table.asset_name == table.name]
    stored = sum(store.steps(table, "planted-rl") != [] for table in shown)
    assert squares(whole) == {"there": stored * 4, "older": 0}
    store.path(table_named("verdicts"), Partition.checkpoint("planted-rl", 100, under(store))).unlink()
    store.path(table_named("generations"), Partition.checkpoint("planted-rl", 100, under(store))).write_bytes(b"cut")
    old = store.path(table_named("skill_scores"), Partition.checkpoint("planted-rl", 200, under(store)))
    table = pq.read_table(old)
    facts = json.loads(table.schema.metadata[b"skillprobe.provenance"]) | {"table_version": 0}
    pq.write_table(table.replace_schema_metadata({"skillprobe.provenance": json.dumps(facts)}), old)
    part = drawing(small_figure(store, under(store), table_named("checkpoints"), "planted-rl", 300))
    assert squares(part) == {"there": 7 * 4 - 3, "older": 1}


def test_a_run_of_many_checkpoints_still_fits(study: Store) -> None:
    one = study.read(table_named("checkpoints"), Partition.checkpoint("planted-sft", 100))
    hours = pl.datetime_range(datetime(2026, 1, 1), datetime(2026, 1, 6), "2h", eager=True, time_zone="UTC").head(60)
    many = pl.concat([one] * 60).with_columns(pl.Series("step", range(100, 6_100, 100)), hours.alias("written_at"))
    svg, _ = run_figure(study, under(study), many)
    assert len(svg) < 30_000
    assert float(ET.fromstring(svg).get("width", "nan")) < 700
    assert any("one every 2.0 h" in text for text in words(svg))


def spectra(rows: list[tuple[str, list[float]]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["tensor", "singular_values"], orient="row")


def test_spectra_have_a_panel_per_component_and_a_line_per_layer() -> None:
    flat, steep = [1.0] * 100, [2.0 * 10 ** (-i / 25) for i in range(100)]
    rows = [("model.embed_tokens.weight", flat)]
    for layer in range(3):
        rows += [(f"model.layers.{layer}.self_attn.{name}_proj.weight", steep) for name in "kq"]
    svg = drawing(as_markdown(*spectra_figure(spectra(rows))))
    titles = [text for text in words(svg) if text in {"attention q", "attention k", "embedding"}]
    assert titles == ["attention q", "attention k", "embedding"]
    assert words(svg).count("half the energy in 50%") == 1
    assert words(svg).count("half the energy in 4%") == 2
    lines = shapes(svg, "polyline")
    assert len(lines) == 7
    places = [np.array([point.split(",") for point in line.get("points", "").split()], float).T for line in lines]
    assert len(set(places[-1][1])) == 1  # all alike: level
    for x, y in places[:-1]:
        fitted = np.polynomial.Polynomial.fit(x, y, 1)
        assert fitted.deriv()(0) > 0
        np.testing.assert_allclose(y, fitted(x), atol=0.2)  # a power of ten per so many directions: straight
    assert len({line.get("stroke") for line in lines[:3]}) == 3


def test_spectra_of_a_deep_model_are_thinned_and_of_nothing_there_is_no_figure() -> None:
    names = [f"model.layers.{layer}.mlp.{part}_proj.weight" for layer in range(96) for part in ("gate", "up", "down")]
    svg = drawing(
        as_markdown(*spectra_figure(spectra([(name, [1 / (i + 1) for i in range(2_000)]) for name in names])))
    )
    assert len(shapes(svg, "polyline")) <= 36
    assert len(svg) < 60_000
    assert any("layer 95" in text for text in words(svg))
    assert spectra_figure(spectra([("model.layers.0.mlp.up_proj.weight", [0.0, 0.0])])) is None
    assert spectra_figure(spectra([]).cast({"tensor": pl.String, "singular_values": pl.List(pl.Float64)})) is None
