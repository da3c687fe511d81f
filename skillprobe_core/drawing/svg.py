"""Small figures as SVG text that fit into a table cell, work in light and dark mode and need no script."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from skillprobe_core.visible import visible, visible_markdown

# Okabe and Ito's palette, which colour-blind readers can distinguish.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8a8a00")
INK, QUIET, LINE = "#1b1f24", "#5b6570", "#d5dae0"
_VIRIDIS = np.array(
    [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]], dtype=np.float64
)  # five of matplotlib's viridis
_MOST_POINTS = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a panel: its points by rising x and, optionally, an interval for each."""

    name: str
    x: Sequence[float]
    y: Sequence[float | None]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """One small diagram; `level` is a dashed line, `top` the end of the y axis, which starts at 0 (None: fitted)."""

    title: str
    lines: Sequence[Line]
    level: float | None = None
    top: float | None = None


def line_panels(panels: Sequence[Panel], *, width: int = 220) -> str:
    """A grid of panels, three per row; lines of one name share a colour, and several names get a legend."""
    names = list(dict.fromkeys(line.name for panel in panels for line in panel.lines))
    columns, height = max(1, min(3, len(panels))), 120
    parts = []
    for place, panel in enumerate(panels):
        parts.append(
            f'<g transform="translate({place % columns * width},{place // columns * height})">'
            f"{_panel(panel, names, width, height)}</g>"
        )
    rows = -(-len(panels) // columns)
    legend, depth = "", 0
    if len(names) > 1:
        depth = 20
        for place, name in enumerate(names):
            x = 10 + place * (columns * width - 10) / len(names)
            y = rows * height + 12
            legend += f'<circle cx="{x:.0f}" cy="{y - 4}" r="4" fill="{_colour(place)}"/>' + label(x + 8, y, name)
    return framed(columns * width, rows * height + depth, "".join(parts) + legend)


def heat_map(title: str, columns: Sequence[str], rows: Sequence[str], values: Sequence[Sequence[float | None]]) -> str:
    """A heat map in viridis colours from 0 to the largest value; one sequence of values per row, None is left empty."""
    largest = max((value for row in values for value in row if value is not None), default=0.0)
    cell_width = max(6, min(40, 480 // max(len(columns), 1)))
    cell_height = max(5, min(16, 300 // max(len(rows), 1)))
    left, top = 54, 24
    parts = [label(4, 14, f"{title}, 0 to {largest:.3g}", weight="bold")]
    for y, row in enumerate(values):
        for x, value in enumerate(row):
            if value is not None:
                colour = viridis(value / largest if largest > 0 else 0.0)
                tip = f"{rows[y]}, step {columns[x]}: {value:.3g}"
                parts.append(
                    f'<rect x="{left + x * cell_width}" y="{top + y * cell_height}" width="{cell_width}" '
                    f'height="{cell_height}" fill="{colour}"><title>{escape(visible(tip))}</title></rect>'
                )
    bottom = top + len(rows) * cell_height
    parts += [
        label(left - 4, top + place * cell_height + cell_height * 0.8, rows[place], anchor="end")
        for place in few(len(rows), max(1, len(rows) * cell_height // 14))
    ]
    parts += [
        label(left + (place + 0.5) * cell_width, bottom + 13, columns[place], anchor="middle")
        for place in few(len(columns), max(1, len(columns) * cell_width // 36))
    ]
    width = max(left + len(columns) * cell_width + 12, 8 * len(title) + 90)
    return framed(width, bottom + 20, "".join(parts))


def dumbbells(rows: Sequence[tuple[str, float, float, str]]) -> str:
    """One line per row (name, before, after, mark) on an axis from 0 to 1.

    Marks: `moved` fills the after point, `collapsed` makes it a red cross, anything else leaves it hollow.
    """
    width, left, step = 460, 190, 15
    across = width - left - 16
    parts = [label(left, 12, "0"), label(left + across, 12, "1", anchor="end"), label(4, 12, "grey: the base")]
    for place, (name, before, after, mark) in enumerate(rows):
        y = 26 + place * step
        a, b = left + across * before, left + across * after
        parts.append(label(left - 10, y + 4, name, anchor="end"))
        parts.append(f'<line x1="{a:.1f}" x2="{b:.1f}" y1="{y}" y2="{y}" stroke="{LINE}" stroke-width="3"/>')
        parts.append(f'<circle cx="{a:.1f}" cy="{y}" r="3.5" fill="{QUIET}"/>')
        if mark == "collapsed":
            parts.append(
                f'<path d="M{b - 5:.1f},{y - 5}l10,10m0,-10l-10,10" stroke="{COLOURS[1]}" stroke-width="2.5"/>'
            )
        else:
            fill = COLOURS[0] if mark == "moved" else "white"
            parts.append(f'<circle cx="{b:.1f}" cy="{y}" r="3.5" fill="{fill}" stroke="{COLOURS[0]}"/>')
    return framed(width, 30 + len(rows) * step, "".join(parts))


def as_markdown(svg: str, text: str) -> str:
    """The figure as a Markdown image with embedded data; `text` is its alternative text."""
    return f"![{visible_markdown(text)}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def _panel(panel: Panel, names: list[str], width: int, height: int) -> str:
    left, right, top, bottom = 46, 10, 22, 18
    known = [value for line in panel.lines for value in (*line.y, *line.high, panel.level) if value is not None]
    highest = panel.top or max(known, default=0.0) * 1.05 or 1.0
    last = max((x for line in panel.lines for x in line.x), default=0.0) or 1.0
    across, up = width - left - right, height - top - bottom

    def at(x: float, y: float) -> str:
        return f"{left + across * x / last:.1f},{height - bottom - up * min(max(y, 0.0) / highest, 1.0):.1f}"

    parts = [
        label(left, 14, panel.title, weight="bold"),
        f'<path d="M{at(0, highest)} L{at(0, 0)} L{at(last, 0)}" fill="none" stroke="{LINE}"/>',
        label(left - 4, top + 8, f"{highest:.2g}", anchor="end"),
        label(left - 4, height - bottom, "0", anchor="end"),
        label(width - right, height - 5, f"step {last:.0f}", anchor="end"),
    ]
    if panel.level is not None:
        parts.append(
            f'<path d="M{at(0, panel.level)} L{at(last, panel.level)}" stroke="{QUIET}" stroke-dasharray="4 3"/>'
        )
    for line in panel.lines:
        colour = _colour(names.index(line.name))
        points = [place for place in few(len(line.x), _MOST_POINTS) if line.y[place] is not None]
        if line.low:
            edge = [(line.x[place], line.high[place] or 0.0) for place in points]
            edge += [(line.x[place], line.low[place] or 0.0) for place in reversed(points)]
            outline = " ".join(at(x, y) for x, y in edge)
            parts.append(f'<polygon points="{outline}" fill="{colour}" opacity="0.18"/>')
        path = [at(line.x[place], line.y[place] or 0.0) for place in points]
        parts.append(f'<polyline points="{" ".join(path)}" fill="none" stroke="{colour}" stroke-width="1.8"/>')
        for place, point in zip(points, path, strict=True):
            x, y = point.split(",")
            tip = f"{line.name} step {line.x[place]:.0f}: {line.y[place]:.4g}"
            parts.append(
                f'<circle cx="{x}" cy="{y}" r="2.2" fill="{colour}"><title>{escape(visible(tip))}</title></circle>'
            )
    return "".join(parts)


def framed(width: float, height: float, body: str) -> str:
    """The body as one SVG of that size on a white background."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="system-ui, sans-serif" font-size="11">'
        f'<rect width="100%" height="100%" rx="4" fill="white"/>{body}</svg>'
    )


def label(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal") -> str:
    """Escaped text at a position; bold text is darker."""
    ink = INK if weight == "bold" else QUIET
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" fill="{ink}">'
        f"{escape(visible(text))}</text>"
    )


def few(count: int, most: int) -> list[int]:
    """At most `most` of the numbers 0 to count - 1, evenly spread, always with the last."""
    step = -(-count // most) if count > most else 1
    return sorted({*range(count - 1, -1, -step)}) if count else []


def _colour(place: int) -> str:
    return COLOURS[place % len(COLOURS)]


def viridis(share: float) -> str:
    """The colour of a share from 0 (dark) to 1 (bright)."""
    place = min(max(share, 0.0), 1.0) * (len(_VIRIDIS) - 1)
    colour = [np.interp(place, range(len(_VIRIDIS)), _VIRIDIS[:, channel]) for channel in range(3)]
    return "#" + "".join(f"{round(float(value)):02x}" for value in colour)
