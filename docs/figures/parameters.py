"""Draws parameters.svg: where in the network the weights of two runs moved, step by step, from their checkpoints.

    python docs/figures/parameters.py --base DIR --run SFT=DIR --run RL=DIR --out docs/figures/parameters.svg

For each run a row of three heat maps, layer by step: relative norm of the update, share of weights left alone (to 1e-3
of each) and mean rotation of the leading singular directions. Each measure has one scale for all runs.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import polars as pl

from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.measurements.parameters.parameter_summary import model_summary
from skillprobe_core.measurements.parameters.spectra_of_base import spectra_by_matrix
from skillprobe_core.runs.weights import open_weights

CELL_WIDTH, CELL_HEIGHT, LEFT, TOP, GAP = 58, 24, 78, 52, 34
MEASURES = {
    "relative_norm": ("relative norm of the update", "{:.4f}"),
    "sparsity_relative": ("weights left alone", "{:.1%}"),
    "rotation": ("mean rotation, degrees", "{:.2f}"),
}
PALE, DARK = (247, 251, 255), (8, 48, 107)


def layers_of(base: Path, run: Path) -> pl.DataFrame:
    """One row per step and layer of a run (-1 the embedding), with the three measures."""
    weights = open_weights(base)
    spectra = pl.concat(spectra_by_matrix(weights, digest="figure"))
    frames = []
    for folder in run.glob("checkpoint-*"):
        step = int(folder.name.removeprefix("checkpoint-"))
        frames.append(parameter_stats(weights, open_weights(folder), model="run", step=step, base_spectra=spectra))
    summary = model_summary(pl.concat(frames))
    embedding = summary.filter(scope="component", component="embedding").with_columns(layer=pl.lit(-1, pl.Int32))
    rows = pl.concat([embedding, summary.filter(scope="layer")])
    rotation = pl.mean_horizontal("left_angle_mean", "right_angle_mean")
    return rows.select("step", "layer", "relative_norm", "sparsity_relative", rotation=rotation).sort("step", "layer")


def colour(value: float, low: float, high: float) -> tuple[str, str]:
    """Fill and text colour of a value on its measure's scale."""
    share = 0.0 if high <= low else (value - low) / (high - low)
    fill = ",".join(str(round(a + share * (b - a))) for a, b in zip(PALE, DARK, strict=True))
    return f"rgb({fill})", "#fff" if share > 0.5 else "#222"


def panel(rows: pl.DataFrame, measure: str, scale: tuple[float, float], left: float, top: float) -> list[str]:
    """The SVG elements of one heat map."""
    title, form = MEASURES[measure]
    steps, layers = (sorted(rows[name].unique().to_list()) for name in ("step", "layer"))
    out = [f'<g transform="translate({left},{top})">', f'<text x="0" y="-8">{title}</text>']
    for y, layer in enumerate(layers):
        name = "embedding" if layer < 0 else f"layer {layer}"
        out.append(f'<text x="-6" y="{y * CELL_HEIGHT + 16}" text-anchor="end">{name}</text>')
    out.append(f'<text x="-6" y="{len(layers) * CELL_HEIGHT + 14}" text-anchor="end">step</text>')
    for x, step in enumerate(steps):
        place = x * CELL_WIDTH + CELL_WIDTH / 2
        out.append(f'<text x="{place}" y="{len(layers) * CELL_HEIGHT + 14}" text-anchor="middle">{step}</text>')
    for row in rows.iter_rows(named=True):
        x, y = steps.index(row["step"]) * CELL_WIDTH, layers.index(row["layer"]) * CELL_HEIGHT
        fill, ink = colour(row[measure], *scale)
        out.append(
            f'<rect x="{x}" y="{y}" width="{CELL_WIDTH - 1}" height="{CELL_HEIGHT - 1}" fill="{fill}"/>'
            f'<text x="{x + CELL_WIDTH / 2}" y="{y + 16}" text-anchor="middle" fill="{ink}">'
            f"{form.format(row[measure])}</text>"
        )
    return [*out, "</g>"]


def main() -> None:
    """Measure the runs and write the figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--run", action="append", required=True, metavar="NAME=DIR")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    runs = {
        name: layers_of(arguments.base, Path(folder)) for name, _, folder in (r.partition("=") for r in arguments.run)
    }
    together = pl.concat(runs.values())
    scales = {name: (float(together[name].min()), float(together[name].max())) for name in MEASURES}
    height = together["layer"].n_unique() * CELL_HEIGHT
    width = max(rows["step"].n_unique() for rows in runs.values()) * CELL_WIDTH
    elements: list[str] = []
    for number, (name, rows) in enumerate(runs.items()):
        top = TOP + number * (height + TOP + GAP)
        elements.append(f'<text x="8" y="{top - 30}" font-weight="bold">{name}</text>')
        for place, measure in enumerate(MEASURES):
            elements += panel(rows, measure, scales[measure], LEFT + place * (width + LEFT), top)
        print(name)
        print(rows)
    size = f"{len(MEASURES) * (width + LEFT) + 12} {len(runs) * (height + TOP + GAP)}"
    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" font-family="sans-serif" font-size="11">']
    svg += ['<rect width="100%" height="100%" fill="white"/>', *elements, "</svg>\n"]
    arguments.out.write_text("\n".join(svg), encoding="utf-8")


if __name__ == "__main__":
    main()
