"""Draws divergence.svg: how the forward KL of two runs is spread over tokens, from their checkpoints.

    python docs/figures/divergence.py --base DIR --run NAME=DIR --run NAME=DIR --out docs/figures/divergence.svg

For each run one panel, for each checkpoint one curve: the share of reference tokens whose KL(p‖q) exceeds x. The
point on a curve is its mean.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
from transformers import AutoModelForCausalLM, AutoTokenizer

from skillprobe_core.benchmark.item_set import build_item_set
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.measurements.divergence.aligned_texts import aligned
from skillprobe_core.measurements.divergence.base_states import base_states
from skillprobe_core.measurements.divergence.paired_passes import token_measures
from skillprobe_core.measurements.divergence.shared_vocabulary import Vocabulary
from skillprobe_core.measurements.divergence.token_texts import reference_texts

WIDTH, HEIGHT, LEFT, TOP = 300, 220, 55, 40
LOWEST, HIGHEST = -6, 1  # powers of ten of KL in nats
COLOURS = ("#9ecae1", "#6baed6", "#3182bd", "#08306b")


def token_kls(base: Path, run: Path, per_level: int) -> dict[int, np.ndarray]:
    """Forward KL of every reference token at each of a run's checkpoints, by step."""
    items = build_item_set(KINDS, levels=(1, 2), per_level=per_level, seed=0)
    tokenizer = AutoTokenizer.from_pretrained(base)
    texts = reference_texts(tokenizer, items)
    states = base_states(AutoModelForCausalLM.from_pretrained(base), texts)
    vocabulary = Vocabulary(tokenizer, states.head.vocabulary, states.head.vocabulary)
    read = aligned(texts, vocabulary, vocabulary)
    found = {}
    for folder in run.glob("checkpoint-*"):
        model = AutoModelForCausalLM.from_pretrained(folder)
        measured = [values["forward_kl"] for _, values in token_measures(states, model, read)]
        found[int(folder.name.removeprefix("checkpoint-"))] = np.sort(np.concatenate(measured))
    return dict(sorted(found.items()))


def x_of(kl: float) -> float:
    """Horizontal place of a KL on the logarithmic axis, in pixels from its left end."""
    power = min(max(math.log10(max(kl, 1e-300)), LOWEST), HIGHEST)
    return (power - LOWEST) / (HIGHEST - LOWEST) * WIDTH


def panel(name: str, curves: dict[int, np.ndarray], left: float) -> list[str]:
    """The SVG elements of one run."""
    out = [f'<g transform="translate({left},{TOP})">', f'<text x="0" y="-14" font-weight="bold">{name}</text>']
    for power in range(LOWEST, HIGHEST + 1):
        x = x_of(10.0**power)
        out.append(f'<path d="M{x:.1f} 0V{HEIGHT}" stroke="#eee"/>')
        if power % 2 == 0:
            out.append(f'<text x="{x:.1f}" y="{HEIGHT + 16}" text-anchor="middle">1e{power}</text>')
    for share in (0, 25, 50, 75, 100):
        y = HEIGHT * (1 - share / 100)
        out.append(f'<path d="M0 {y:.1f}H{WIDTH}" stroke="#eee"/>')
        out.append(f'<text x="-6" y="{y + 4:.1f}" text-anchor="end">{share} %</text>')
    for place, (step, values) in enumerate(curves.items()):
        colour = COLOURS[min(place * len(COLOURS) // len(curves), len(COLOURS) - 1)]
        points = [
            f"{x_of(10.0**power):.1f},{HEIGHT * np.searchsorted(values, 10.0**power) / len(values):.1f}"
            for power in np.linspace(LOWEST, HIGHEST, 120)
        ]
        mean = float(values.mean())
        above = 1 - np.searchsorted(values, mean) / len(values)
        out.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        out.append(f'<circle cx="{x_of(mean):.1f}" cy="{HEIGHT * (1 - above):.1f}" r="3.5" fill="{colour}"/>')
        y = 14 + 14 * place
        out.append(f'<text x="{WIDTH - 4}" y="{y}" text-anchor="end" fill="{colour}">step {step}</text>')
    out.append(f'<text x="{WIDTH / 2}" y="{HEIGHT + 34}" text-anchor="middle">forward KL of a token, nats</text></g>')
    return out


def main() -> None:
    """Measure the runs and write the figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--run", action="append", required=True, metavar="NAME=DIR")
    parser.add_argument("--per-level", type=int, default=8)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    elements: list[str] = []
    for place, run in enumerate(arguments.run):
        name, _, folder = run.partition("=")
        curves = token_kls(arguments.base, Path(folder), arguments.per_level)
        elements += panel(name, curves, LEFT + place * (WIDTH + LEFT))
        for step, values in curves.items():
            tenth, middle = np.quantile(values, [0.9, 0.5])
            top = values[-max(1, len(values) // 10) :].sum() / values.sum()
            print(
                f"{name} step {step}: tokens {len(values)} mean {values.mean():.3g} median {middle:.3g} "
                f"90 % {tenth:.3g} largest {values[-1]:.3g}; the top tenth holds {top:.0%}"
            )
    size = f"{LEFT + len(arguments.run) * (WIDTH + LEFT)} {HEIGHT + TOP + 50}"
    style = 'font-family="sans-serif" font-size="11"'
    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" {style}>']
    svg += ['<rect width="100%" height="100%" fill="white"/>', *elements, "</svg>\n"]
    arguments.out.write_text("\n".join(svg), encoding="utf-8")


if __name__ == "__main__":
    main()
