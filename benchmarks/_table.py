"""The figures of all benchmarks as one table of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

HEADER = ("benchmark", "name", "unit", "skillprobe", "peer", "its figure", "ratio", "threads", "versions")
NUMBERS = {3, 5, 6, 7}


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The table of all comparisons, with what is missing or failed and why, under the processor's name.

    Figures without a peer are left out: they describe parts of skillprobe, and are in the JSON lines.
    """
    measured = [row for row in rows if row.get("peer") and "missing" not in row]
    lines = [f"Processor: {name}" for name in dict.fromkeys(row["processor"] for row in measured)]
    lines += ["A ratio above 1 means that skillprobe is better.", ""]
    cells = [HEADER] + [_cells(row) for row in measured]
    widths = [max(len(each[column]) for each in cells) for column in range(len(HEADER))]
    lines += ["  ".join(_padded(each, widths)).rstrip() for each in cells]
    for row in rows:
        if "missing" in row:
            lines.append(f"{row['benchmark']}  {row['name']}  not measured: {row['peer']} {row['missing']}")
        if "failed" in row:
            lines.append(f"{row['benchmark']}  failed: {row['failed']}")
    return "\n".join(lines)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    name = " ".join(str(row[key]) for key in ("name", "group", "dtype") if key in row)
    versions = ", ".join(f"{package} {version}" for package, version in row["versions"].items())
    figures = (_number(row[key]) for key in ("skillprobe", "peer_figure", "ratio"))
    own, peer, ratio = figures
    return row["benchmark"], name, row["unit"], own, row["peer"], peer, ratio, str(row["threads"]), versions


def _number(value: float) -> str:
    """Four significant digits; whole numbers from 1,000 on."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{float(f'{value:.4g}'):.10g}" if abs(value) >= 1e-4 or not value else f"{value:.2e}"


def _padded(cells: tuple[str, ...], widths: list[int]) -> list[str]:
    return [
        cell.rjust(width) if column in NUMBERS else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
