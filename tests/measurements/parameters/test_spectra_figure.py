"""Spectra of a base: a panel per component, a line per layer."""

import base64
import xml.etree.ElementTree as ET

import numpy as np
import polars as pl

from skillprobe_core.drawing.svg import as_markdown
from skillprobe_core.measurements.parameters.spectra_figure import spectra_figure

SVG = "{http://www.w3.org/2000/svg}"


def shapes(svg: str, name: str) -> list[ET.Element]:
    return list(ET.fromstring(svg).iter(f"{SVG}{name}"))


def drawing(markdown: str | None) -> str:
    assert markdown is not None
    svg = base64.b64decode(markdown.split("base64,")[1][:-1]).decode()
    ET.fromstring(svg)
    return svg


def words(svg: str) -> list[str]:
    return ["".join(text.itertext()) for text in shapes(svg, "text")]


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


def test_a_vision_tower_has_a_panel_of_its_own() -> None:
    names = ["model.language_model.layers.0.mlp.up_proj.weight", "model.visual.blocks.7.mlp.up_proj.weight"]
    svg = drawing(as_markdown(*spectra_figure(spectra([(name, [2.0, 1.0, 0.5]) for name in names]))))
    assert {"mlp up", "vision audio"} <= set(words(svg))
    assert not any("layer 7" in text for text in words(svg))
