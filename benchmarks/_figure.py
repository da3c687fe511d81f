"""A benchmark's output: one JSON line for each figure, and one for each peer that could not be had."""

from __future__ import annotations

import json
from importlib.metadata import version

from skillprobe_core.machine.processor import cores, processor_name


def row(
    name: str,
    *,
    unit: str,
    skillprobe: float,
    peer: str | None = None,
    peer_figure: float | None = None,
    ratio: float | None = None,
    threads: int,
    runs: int,
    versions: dict[str, str],
    **more: object,
) -> dict[str, object]:
    """One figure as a JSON object.

    Args:
        name: Name of the figure.
        unit: Unit of both figures.
        skillprobe: skillprobe's figure.
        peer: Name of the peer; None for a figure without a comparison.
        peer_figure: The peer's figure in the same unit.
        ratio: How many times better skillprobe's figure is; below 1, the peer's is better.
        threads: Number of threads of both.
        runs: Number of runs; each side's least or median figure counts.
        versions: Versions of the packages that the figure depends on, the peer's included.
        more: Further fields.

    Returns:
        The object, which also names the processor.
    """
    return {
        "name": name, "unit": unit, "skillprobe": skillprobe, "peer": peer, "peer_figure": peer_figure, "ratio": ratio,
        "threads": threads, "runs": runs, "versions": versions, "processor": processor(), **more,
    }  # fmt: skip


def emit(line: dict[str, object]) -> None:
    """Print one JSON line."""
    print(json.dumps(line), flush=True)


def emit_missing(names: str, peer: str, reason: object) -> None:
    """Print one JSON line for figures that cannot be measured: without the peer, or without the model."""
    emit({"name": names, "peer": peer, "missing": str(reason)})


def processor() -> str:
    """The processor's name, its widest instructions and the number of its cores."""
    import torch

    return f"{processor_name(torch.device('cpu'))}, {cores()} cores"


def versions(*distributions: str) -> dict[str, str]:
    """Versions of distributions in this environment."""
    return {name: version(name) for name in distributions}
