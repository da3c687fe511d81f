"""Small figures are well-formed SVG that shows what it was given."""

import base64
import xml.etree.ElementTree as ET

from skillprobe_core.drawing.svg import Line, Panel, as_markdown, dumbbells, heat_map, line_panels

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
