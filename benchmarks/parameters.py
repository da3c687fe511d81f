"""Weight statistics compared with WeightWatcher and with loading both models, in processor time with one thread.

The model is SmolLM2-135M-Instruct, as `make bench-peers` fetches it, or another one in safetensors (`--model`). The
tuned side is that model plus noise of 1e-3 of each weight. `--large N` adds N matrices of each of a 7B model's shapes.
With `--shapes 7b` no model is read: a 4096 x 14336 and a 4096 x 4096 matrix of noise are each compared separately.
Figures (a ratio above 1 means that skillprobe is better):

spectrum_vs_weightwatcher       speedup for all singular values, to 1e-12 of the largest, and alpha
spectrum_fp32_vs_weightwatcher  the same with the precision of float32
all_vs_weightwatcher_spectrum   time of all statistics of W, the update and both, relative to WeightWatcher's singular
                                values alone
delta_time_vs_load_both         speedup of all elementwise measures, streamed, over loading both models and computing
                                only norm and sparsity
delta_memory_vs_load_both       the same for anonymous memory
elementwise                     (with `--elementwise` nothing else) bytes per second of the pass over all elements of a
                                4096 x 14336 matrix, relative to a plain sum of the same bytes, by type, by share of
                                changed weights, from memory or a mapped file; with `--workers N`, N threads for both
decomposition                   (with `--lapack N` only, no model) speedup for all singular values and the leading 32
                                right vectors of an N x N matrix over the same from np.linalg.eigh, and from
                                np.linalg.eigvalsh with scipy.linalg.eigh(subset_by_index=...); one thread, medians
lock_held                       (likewise) longest pause of another Python thread during one tridiagonal reduction, by
                                skillprobe's call of LAPACK and by SciPy's, which holds the interpreter's lock
whole_model                     (with `--whole` only) all statistics of the first quarter, half and all of the model's
                                layers, on all cores or with `--workers N` threads: seconds, and peak anonymous memory
                                relative to the largest tensor; with `--shapes 7b`, for one layer of a 7B model
layer                           (with `--layer 7b` only, no model) seconds of the elementwise stage, of the base's
                                spectra and of a checkpoint's after that, for one layer of Qwen3-8B's shapes in bf16 on
                                all cores or `--device`; a line with `estimate` is scaled to the complete model: by
                                elements, and spectra by floating-point operations

The base's spectra come from its cache (`base_spectra: "cached"`), as for every checkpoint of a base after the first;
the time includes reading that cache, but not filling it.
WeightWatcher is called only for its singular values and its fit, without the rest of its analysis, in a separate
process; the largest difference between both alphas is printed with the figure.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from ._figure import emit, emit_missing, row, versions
from ._peer_process import THREADS, PeerProcess
from .environments import MissingError, model_folder

LARGE = ((4096, 4096), (1024, 4096), (11008, 4096))
ALONE = {"7b": ((4096, 14336), (4096, 4096))}
Result = TypeVar("Result")
SETTINGS = dict.fromkeys(THREADS, "1")

LOAD_BOTH = """
import torch
from transformers import AutoModelForCausalLM
first, second = (AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32) for folder in sys.argv[2:4])
other = dict(second.named_parameters())
kept = total = squares = 0
for name, parameter in first.named_parameters():
    old, new = parameter.detach(), other[name].detach()
    delta = new - old
    kept += (delta.abs() <= 1e-3 * torch.maximum(old.abs(), new.abs())).sum().item()
    squares += float((delta.double() ** 2).sum())
    total += delta.numel()
result = {"sparsity": kept / total, "norm": squares ** 0.5}
"""

STREAMED = """
from skillprobe_core.runs.weights import open_weights
from skillprobe_core.measurements.parameters.blockwise import pass_over
from skillprobe_core.measurements.parameters.elementwise.norms import NORMS
from skillprobe_core.measurements.parameters.elementwise.sparsity import SPARSITY
from skillprobe_core.measurements.parameters.matrix_reader import stored
from pathlib import Path
base, tuned = (open_weights(Path(folder)) for folder in sys.argv[2:4])
kept = total = squares = 0
for name, info in base.items():
    totals = pass_over(stored(base.tensor(name)), stored(tuned.tensor(name))).totals
    kept += SPARSITY.finish(totals)["sparsity_relative"] * info.elements
    squares += float(totals["delta_squares"])
    total += info.elements
result = {"sparsity": kept / total, "norm": squares ** 0.5}
"""

# Imports first: only the work and the anonymous memory that it adds are measured.
MEASURED = """
import json, sys, threading, time
import torch, transformers, polars
torch.set_num_threads(1)
def anonymous():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon")) * 1024
peak, done, before = 0, False, anonymous()
def watch():
    global peak
    while not done:
        peak = max(peak, anonymous())
        time.sleep(0.002)
watcher = threading.Thread(target=watch, daemon=True)
watcher.start()
start = time.process_time()
exec(sys.argv[1])
seconds, done = time.process_time() - start, True
watcher.join()
print(json.dumps({**result, "seconds": seconds, "memory": peak - before}))
"""


def main(arguments: list[str] | None = None) -> None:
    """Print one JSON line per figure."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks parameters",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--model", type=Path, help="folder of a model in safetensors (default: SmolLM2-135M-Instruct)")
    what.add_argument(
        "--shapes", choices=sorted(ALONE), help="use separate matrices of these shapes instead of a model"
    )
    what.add_argument("--lapack", type=int, metavar="N", help="compare decompositions of an N x N matrix (4096) alone")
    what.add_argument("--layer", choices=["7b", "tiny"], help="only measure the stages of one layer of this model")
    what.add_argument("--elementwise", action="store_true", help="only measure the pass over all elements")
    parser.add_argument("--whole", action="store_true", help="only measure passes over the whole model")
    parser.add_argument(
        "--workers", type=int, help="threads of --whole (default: one per core) or --elementwise (default: 1)"
    )
    parser.add_argument("--layers", type=int, default=4, help="number of layers whose matrices are decomposed")
    parser.add_argument("--large", type=int, default=0, help="number of additional matrices of each 7B shape")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--spectra-runs", type=int, default=1, help="runs of the spectra of --layer (default: 1)")
    parser.add_argument("--device", help="where --layer computes, for example cuda (default: the processor)")
    options = parser.parse_args(arguments)
    if any(os.environ.get(name) != value for name, value in SETTINGS.items()):
        # BLAS reads its thread count when it is loaded, so everything runs in a process that starts with it
        given = sys.argv[1:] if arguments is None else arguments
        command = [sys.executable, "-m", "benchmarks.parameters", *given]
        raise SystemExit(subprocess.run(command, env=os.environ | SETTINGS, check=False).returncode)
    try:
        options.model = options.model or (
            None if options.shapes or options.elementwise or options.lapack or options.layer else model_folder()
        )
    except MissingError as error:
        emit_missing("all figures", "model smollm2", error)
        return
    with tempfile.TemporaryDirectory() as folder:
        compare(options, Path(folder))


def compare(options: argparse.Namespace, folder: Path) -> None:
    """All figures for one model."""
    import torch

    torch.set_num_threads(1)
    if options.lapack:
        decompositions(options.lapack, options.runs)
        lock_held(options.lapack, options.runs)
        return
    if options.layer:
        from ._one_layer import MODELS, one_layer

        runs = {"runs": options.runs, "spectra_runs": options.spectra_runs}
        place = {"workers": options.workers, "device": options.device}
        for found in one_layer(MODELS[options.layer], folder, **runs, **place):
            about = {"unit": "s", "skillprobe": found.pop("seconds"), "versions": versions("numpy", "scipy", "torch")}
            emit(row(**about, **found))
        return
    if options.elementwise:
        pass_over_elements(options, folder)
        return
    if options.whole:
        from ._whole_model import noise_model, whole_model

        model = options.model or noise_model(folder / "base")
        for record in whole_model(model, tune(model, folder / "tuned"), folder, options.workers):
            emit({"name": "whole_model", **record, "versions": versions("numpy", "scipy", "torch")})
        return
    try:
        with PeerProcess("weightwatcher", "weightwatcher_worker") as worker:
            for group, matrices in groups(options):
                spectra(worker, group, matrices, folder, options)
    except MissingError as error:
        emit_missing("vs_weightwatcher (3 figures)", "weightwatcher", error)
    if options.shapes:
        return
    tuned = tune(options.model, folder / "tuned")
    deltas(options, tuned)
    pass_over_elements(options, folder)


def groups(options: argparse.Namespace) -> Iterator[tuple[str, list[np.ndarray]]]:
    """The matrices to decompose, by the name of their group."""
    if options.shapes:
        for shape in ALONE[options.shapes]:
            matrix = np.random.default_rng(0).standard_normal(shape, dtype=np.float32) * np.float32(0.02)
            yield "x".join(map(str, shape)), [matrix]
        return
    yield "model", model_matrices(options.model, options.layers)
    if options.large:
        rng = np.random.default_rng(0)
        yield "7B", [rng.standard_normal(shape, dtype=np.float32) * 0.02 for shape in LARGE * options.large]


def tune(model: Path, folder: Path) -> Path:
    """The model with every weight changed by about 1e-3 of itself, in a separate folder."""
    import torch
    from safetensors.torch import save_file

    from skillprobe_core.runs.weights import open_weights

    generator = torch.Generator().manual_seed(0)
    moved = {}
    for name, tensor in open_weights(model).stream():
        noise = torch.randn(tensor.shape, generator=generator)
        moved[name] = (tensor.float() * (1 + 1e-3 * noise)).to(tensor.dtype)
    folder.mkdir()
    save_file(moved, folder / "model.safetensors", metadata={"format": "pt"})
    for file in model.glob("*.json"):
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def model_matrices(model: Path, layers: int) -> list[np.ndarray]:
    """The matrices of the first layers, as float32."""
    from skillprobe_core.measurements.parameters.tensor_components import layer_of
    from skillprobe_core.runs.weights import open_weights

    chosen = []
    for name, tensor in open_weights(model).stream():
        layer = layer_of(name)
        if tensor.dim() == 2 and layer is not None and layer < layers:
            chosen.append(tensor.float().numpy())
    return chosen


def spectra(
    worker: PeerProcess, group: str, matrices: list[np.ndarray], folder: Path, options: argparse.Namespace
) -> None:
    """The three comparisons with WeightWatcher; the sides take turns, and the least time of each counts."""
    files = []
    for number, matrix in enumerate(matrices):
        files.append(str(folder / f"{group}-{number}.npy"))
        np.save(files[-1], matrix)
    kept = folder / group  # separate, since matrices of two groups may have the same shape
    kept.mkdir()
    ours = {"exact": np.inf, "fp32": np.inf, "all": np.inf}
    peer: dict[str, float] = {}
    alphas: list[float] = []
    for _ in range(options.runs):
        found = worker.ask(files=files)
        peer = {name: min(peer.get(name, np.inf), found[name]) for name in ("spectrum", "fit")}
        for name, exact in (("exact", True), ("fp32", False)):
            seconds, result = processor_time(partial(alphas_of, matrices, exact=exact))
            ours[name] = min(ours[name], seconds)
            alphas = result if exact else alphas
        ours["all"] = min(ours["all"], processor_time(everything(matrices, kept))[0])
    off = max(abs(one / other - 1) for one, other in zip(alphas, found["alphas"], strict=True))
    both = peer["spectrum"] + peer["fit"]
    for name, kind, spent, more in (
        ("spectrum_vs_weightwatcher", "exact", both, {"alpha_off": off}),
        ("spectrum_fp32_vs_weightwatcher", "fp32", both, {}),
        ("all_vs_weightwatcher_spectrum", "all", peer["spectrum"], {"base_spectra": "cached"}),
    ):
        line(
            name,
            "processor s",
            ours[kind],
            "weightwatcher",
            spent,
            spent / ours[kind],
            runs=options.runs,
            peer_versions={"weightwatcher": worker.versions["weightwatcher"]},
            group=group,
            matrices=len(matrices),
            **more,
        )


def alphas_of(matrices: list[np.ndarray], *, exact: bool) -> list[float]:
    """skillprobe's exponents of the matrices."""
    return [alpha_of(matrix, exact=exact) for matrix in matrices]


def decompositions(n: int, runs: int) -> None:
    """All singular values and the leading vectors of one matrix, by skillprobe and by calls of NumPy and SciPy."""
    import scipy.linalg
    import torch

    from skillprobe_core.measurements.parameters.matrix_reader import stored, tall_matrix
    from skillprobe_core.measurements.parameters.spectral.decomposition import decompose

    matrix = np.random.default_rng(0).standard_normal((n, n), dtype=np.float32) * np.float32(0.02)
    read = tall_matrix(stored(torch.from_numpy(matrix)), float(np.abs(matrix).max()))
    vectors = min(32, n // 4)

    def gram() -> np.ndarray:
        wide = matrix.astype(np.float64)
        squares: np.ndarray = wide.T @ wide
        return squares

    def skillprobe() -> np.ndarray:
        return decompose(read, vectors, exact=False).values

    def eigh() -> np.ndarray:
        values: np.ndarray = np.sqrt(np.maximum(np.linalg.eigh(gram())[0][::-1], 0.0))
        return values

    def two_calls() -> np.ndarray:
        squares = gram()
        values: np.ndarray = np.linalg.eigvalsh(squares)
        scipy.linalg.eigh(squares, subset_by_index=[n - vectors, n - 1], overwrite_a=True, check_finite=False)
        roots: np.ndarray = np.sqrt(np.maximum(values[::-1], 0.0))
        return roots

    sides = {"skillprobe": skillprobe, "np.linalg.eigh": eigh, "eigvalsh and eigh(subset)": two_calls}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    values: dict[str, np.ndarray] = {}
    for _ in range(runs):
        for name, side in sides.items():
            wall = time.perf_counter()
            seconds, values[name] = processor_time(side)
            times[name].append((seconds, time.perf_counter() - wall))
    ours, ours_wall = np.median(times["skillprobe"], axis=0)
    for name in list(sides)[1:]:
        peer, wall = np.median(times[name], axis=0)
        off = float(np.abs(values[name] - values["skillprobe"]).max() / values[name][0])
        about = {"wall": ours_wall, "peer_wall": wall, "values_off": off, "width": n}
        line("decomposition", "processor s", ours, name, peer, peer / ours, runs=runs, **about)


def lock_held(n: int, runs: int) -> None:
    """The longest time that another Python thread waits while a matrix is reduced to a tridiagonal one."""
    from scipy.linalg import lapack

    from skillprobe_core.measurements.parameters.spectral.lapack import reduce_to_tridiagonal

    matrix = np.random.default_rng(0).standard_normal((n, n))
    matrix += matrix.T
    pauses: dict[str, list[float]] = {"skillprobe": [], "scipy": []}
    for _ in range(runs):
        pauses["skillprobe"].append(longest_pause(lambda: reduce_to_tridiagonal(matrix.copy())))
        pauses["scipy"].append(longest_pause(lambda: lapack.dsytrd(matrix, lower=1, lwork=32 * n)))
    ours, peer = (float(np.median(pauses[name])) for name in pauses)
    line("lock_held", "s", ours, "scipy.linalg.lapack.dsytrd", peer, peer / ours, runs=runs, width=n)


def longest_pause(work: Callable[[], object]) -> float:
    """Seconds of the longest gap between two steps of a thread that only looks at the clock while `work` runs."""
    gaps, done = [0.0], threading.Event()

    def look() -> None:
        last = time.perf_counter()
        while not done.is_set():
            time.sleep(0.001)
            now = time.perf_counter()
            gaps.append(now - last)
            last = now

    watcher = threading.Thread(target=look)
    watcher.start()
    time.sleep(0.02)
    work()
    done.set()
    watcher.join()
    return max(gaps)


def alpha_of(matrix: np.ndarray, *, exact: bool) -> float:
    """Our spectrum and exponent of one matrix."""
    import torch

    from skillprobe_core.measurements.parameters.matrix_reader import stored, tall_matrix
    from skillprobe_core.measurements.parameters.spectral.decomposition import decompose
    from skillprobe_core.measurements.parameters.spectral.tail import fit_tail

    found = decompose(tall_matrix(stored(torch.from_numpy(matrix)), float(np.abs(matrix).max())), 0, exact=exact)
    fit = fit_tail(found.values**2)
    assert fit is not None
    return fit.alpha


def everything(matrices: list[np.ndarray], folder: Path) -> Callable[[], object]:
    """A function to time: `parameter_stats` of slightly changed matrices, with the base's spectra known."""
    import polars as pl
    import torch
    from safetensors.torch import save_file

    from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
    from skillprobe_core.measurements.parameters.spectra_of_base import spectra_by_matrix
    from skillprobe_core.runs.weights import open_weights

    spectra_file = folder / "spectra.parquet"
    sides = []
    for side, moved in (("base", 0.0), ("moved", 1e-3)):
        path = folder / side
        if not path.exists():
            path.mkdir()
            generator = torch.Generator().manual_seed(1)
            tensors = {}
            for number, matrix in enumerate(map(torch.from_numpy, matrices)):
                noise = torch.randn(matrix.shape, generator=generator)
                tensors[f"layers.{number}.weight"] = matrix * (1 + moved * noise)
            save_file(tensors, path / "model.safetensors")
        sides.append(open_weights(path))
    if not spectra_file.exists():
        pl.concat(spectra_by_matrix(sides[0], digest="benchmark", workers=1)).write_parquet(spectra_file)
    return lambda: parameter_stats(*sides, model="m", step=1, base_spectra=pl.read_parquet(spectra_file), workers=1)


def deltas(options: argparse.Namespace, tuned: Path) -> None:
    """Time and anonymous memory of norms and sparsity, each side in a separate process."""
    least: dict[str, dict[str, float]] = {"ours": {}, "peer": {}}
    for _ in range(options.runs):
        for side, code in (("ours", STREAMED), ("peer", LOAD_BOTH)):
            command = [sys.executable, "-c", MEASURED, code, str(options.model), str(tuned)]
            output = subprocess.run(command, check=True, capture_output=True, text=True)
            found = json.loads(output.stdout.splitlines()[-1])
            least[side] = {name: min(least[side].get(name, np.inf), value) for name, value in found.items()}
    ours, peer = least["ours"], least["peer"]
    off = max(abs(ours[name] / peer[name] - 1) for name in ("norm", "sparsity"))
    for figure, name, unit in (
        ("delta_time_vs_load_both", "seconds", "processor s"),
        ("delta_memory_vs_load_both", "memory", "bytes, anonymous memory"),
    ):
        ratio = peer[name] / ours[name]
        line(figure, unit, ours[name], "loading both", peer[name], ratio, results_off=off, runs=options.runs)


def pass_over_elements(options: argparse.Namespace, folder: Path) -> None:
    """Bytes per second of the pass over all elements, compared with a plain sum of the same bytes."""
    from ._elementwise import elementwise

    for record in elementwise(folder, options.workers or 1, max(5, options.runs)):
        emit(row("elementwise", versions=versions("numpy", "torch"), **record))


def processor_time(function: Callable[[], Result]) -> tuple[float, Result]:
    """Processor seconds of all threads, and the result."""
    start = time.process_time()
    result = function()
    return time.process_time() - start, result


def line(
    name: str,
    unit: str,
    ours: float,
    peer: str,
    peer_figure: float,
    ratio: float,
    *,
    runs: int,
    peer_versions: dict[str, str] | None = None,
    **more: object,
) -> None:
    """Print one figure."""
    record = row(
        name,
        unit=unit,
        skillprobe=ours,
        peer=peer,
        peer_figure=peer_figure,
        ratio=ratio,
        threads=1,
        runs=runs,
        versions=versions("numpy", "scipy", "torch") | (peer_versions or {}),
        **more,
    )
    emit(record)


if __name__ == "__main__":
    main()
