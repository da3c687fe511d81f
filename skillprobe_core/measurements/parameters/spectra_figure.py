"""Figure of the spectra of a base's matrices: a panel per component, a line per layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import polars as pl
from numpy.typing import NDArray

from skillprobe_core.drawing.svg import LINE, QUIET, few, framed, label, viridis
from skillprobe_core.runs.tensor_names import canonical_names

from .tensor_components import COMPONENTS, component_at

Array = NDArray[np.float64]

_MOST_LINES = 12
_MOST_POINTS = 40
_FLOOR = 1e-4
_CUT = 0.03
_BRIGHTEST = 0.85  # the brightest yellows are too close to white
_WIDTH, _HEIGHT = 220, 132
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 10, 36, 20


@dataclass(frozen=True, slots=True)
class _Spectrum:
    layer: int | None
    values: Array  # over the largest, descending

    def directions_of_half(self) -> float:
        """Share of the directions that hold half of the sum of squares."""
        energy = np.cumsum(self.values**2)
        return float((np.searchsorted(energy, energy[-1] / 2) + 1) / len(self.values))


def spectra_figure(spectra: pl.DataFrame) -> tuple[str, str] | None:
    """Singular values relative to the largest one, on a logarithmic scale, for every matrix in rows of `base_spectra`.

    The title of each panel gives the share of directions that hold half of the sum of squares (the median over lines).
    Returns an SVG and its description, or None if no matrix has a singular value above 0. At most 12 layers or experts
    of one component are shown.
    """
    panels: dict[str, list[_Spectrum]] = {}
    names = canonical_names(spectra["tensor"])
    for tensor, listed in spectra.select("tensor", "singular_values").iter_rows():
        values = np.asarray(listed, float)
        if values.size and values[0] > 0:
            name = names[tensor]
            spectrum = _Spectrum(name.layer if name.place == "text" else None, values / values[0])
            panels.setdefault(component_at(name.place, tensor), []).append(spectrum)
    if not panels:
        return None
    last = max((one.layer or 0 for lines in panels.values() for one in lines), default=0)
    # The last few of a square matrix are close to 0 in any network and would flatten the rest.
    smallest = min(float(np.quantile(one.values, _CUT)) for lines in panels.values() for one in lines)
    decades = int(np.clip(np.ceil(-np.log10(max(smallest, _FLOOR))), 1, -np.log10(_FLOOR)))
    columns = min(3, len(panels))
    parts = []
    for place, (component, lines) in enumerate(sorted(panels.items(), key=_order)):
        parts.append(
            f'<g transform="translate({place % columns * _WIDTH},{place // columns * _HEIGHT})">'
            f"{_panel(component, lines, last, decades)}</g>"
        )
    depth = -(-len(panels) // columns) * _HEIGHT
    parts.append(_legend(depth, last))
    text = "singular values of the base's matrices relative to the largest, by component and layer"
    return framed(3 * _WIDTH, depth + 22, "".join(parts)), text


def _order(panel: tuple[str, list[_Spectrum]]) -> tuple[bool, int]:
    """Components of the layers first, queries before keys."""
    return all(one.layer is None for one in panel[1]), COMPONENTS.index(panel[0])


def _panel(component: str, lines: Sequence[_Spectrum], last: int, decades: int) -> str:
    across, down = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    half = float(np.median([one.directions_of_half() for one in lines]))
    parts = [
        label(_LEFT, 14, component.replace("_", " "), weight="bold"),
        label(_LEFT, 28, f"half the energy in {half:.0%}"),
        label(_LEFT, _HEIGHT - 6, "largest"),
        label(_WIDTH - _RIGHT, _HEIGHT - 6, "smallest", anchor="end"),
    ]
    for decade in range(decades + 1):
        y = _TOP + down * decade / decades
        parts.append(f'<path d="M{_LEFT},{y:.1f} h{across}" stroke="{LINE}"/>')
        parts.append(label(_LEFT - 4, y + 4, f"{10.0**-decade:g}", anchor="end"))
    ordered = sorted(lines, key=lambda one: -1 if one.layer is None else one.layer)
    for place in few(len(ordered), _MOST_LINES):
        one = ordered[place]
        points = []
        for at in np.unique(np.linspace(0, len(one.values) - 1, _MOST_POINTS).round().astype(int)):
            fallen = -np.log10(max(float(one.values[at]), 10.0**-decades))
            x = _LEFT + across * at / max(len(one.values) - 1, 1)
            points.append(f"{x:.1f},{_TOP + down * fallen / decades:.1f}")
        name = component if one.layer is None else f"layer {one.layer}"
        tip = f"{name}: half of the energy in {one.directions_of_half():.1%} of {len(one.values)} directions"
        parts.append(
            f'<polyline points="{" ".join(points)}" fill="none" stroke="{_colour(one.layer, last)}" '
            f'stroke-width="1.4"><title>{escape(tip)}</title></polyline>'
        )
    return "".join(parts)


def _legend(top: float, last: int) -> str:
    parts = [
        label(_LEFT, top + 12, "singular values relative to the largest; energy: their squares, in share of directions")
    ]
    if last > 0:
        start, width = 520, 70
        shades = few(last + 1, 30)
        parts.append(label(start - 6, top + 12, "layer 0", anchor="end"))
        for place, layer in enumerate(shades):
            parts.append(
                f'<rect x="{start + place * width / len(shades):.1f}" y="{top + 4}" height="9" '
                f'width="{width / len(shades) + 0.3:.1f}" fill="{_colour(layer, last)}"/>'
            )
        parts.append(label(start + width + 6, top + 12, f"layer {last}"))
    return "".join(parts)


def _colour(layer: int | None, last: int) -> str:
    return QUIET if layer is None else viridis(_BRIGHTEST * layer / max(last, 1))
