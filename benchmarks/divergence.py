"""Output divergence compared with its floor and with TRL, in processor time, with equal threads.

The shapes are SmolLM2-135M's (width 576, 49,152 tokens, 30 layers), the weights random: time does not depend on
their values. TRL runs in an environment of its own (`make bench-peers`), in turn with the rest. Each line is one figure
(a ratio above 1 means that skillprobe is better):

vs_textbook/V    (V: 49,152 and 128,000) speedup of all measures on given logits over the same measures in plain torch,
                 from log-probabilities of all tokens at once; and over the same code in blocks of the cache's size
large            time of projections alone at width 4096 and vocabulary 128,000, relative to projections and measures;
                 `relative_time` is the inverse
times_floor      time of the two output projections alone in fp32 (the floor), by torch's or NumPy's product, whichever
                 is faster, relative to all measures; `relative_time` is the inverse, with the share of the machine's
                 matrix rate that is reached
vs_naive         speedup over the same measures in plain torch, pass by pass over the same blocks
vs_trl           speedup over TRL's chunked divergence kernel, called for KL, reverse KL and JSD
forward_passes   time of the model's own forward pass (including its head, logits discarded) relative to a checkpoint's
                 whole pass over the same fixed text, with stored base states; `relative_time` is the inverse
cache_vs_llamacpp  size of llama.cpp's 16-bit logits relative to a base's stored states for the same tokens
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from torch import Tensor, nn

from skillprobe_core.machine.fast_number_types import bfloat16_is_fast
from skillprobe_core.measurements.divergence.aligned_texts import same_ids
from skillprobe_core.measurements.divergence.base_states import base_states
from skillprobe_core.measurements.divergence.hidden_states import BATCH_TOKENS, batches_of, padded
from skillprobe_core.measurements.divergence.logit_blocks import (
    CACHED_LOGITS,
    LOGITS_AT_A_TIME,
    measure,
    measure_states,
)
from skillprobe_core.measurements.divergence.logit_pair import LogitPair
from skillprobe_core.measurements.divergence.output_projection import Head
from skillprobe_core.measurements.divergence.paired_passes import token_measures
from skillprobe_core.measurements.divergence.token_texts import Text, Texts

from ._figure import emit, emit_missing, row, versions
from ._peer_process import PeerProcess
from .environments import MissingError
from .peers.trl_worker import VOCABULARY, WIDTH, random_states

LARGE_WIDTH, LARGE_VOCABULARY = 4096, 128_000


def processor_times(
    functions: dict[str, Callable[[], object]], runs: int, peers: dict[str, Callable[[], float]] | None = None
) -> dict[str, float]:
    """The least processor time of each in seconds, over `runs` rounds in turns, after a warm-up round.

    `peers` run in processes of their own and return their processor time.
    """
    peers = peers or {}
    least = dict.fromkeys((*functions, *peers), float("inf"))
    for run in range(runs + 1):
        for name, function in functions.items():
            start = time.process_time()
            function()
            if run:
                least[name] = min(least[name], time.process_time() - start)
        for name, peer in peers.items():
            spent = peer()
            if run:
                least[name] = min(least[name], spent)
    return least


def median_times(functions: dict[str, Callable[[], object]], runs: int) -> dict[str, dict[str, float]]:
    """The median of each one's processor and wall seconds, over `runs` rounds in turns, after a warm-up round."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in functions}
    for _ in range(runs + 1):
        for name, function in functions.items():
            start = time.process_time(), time.perf_counter()
            function()
            times[name].append((time.process_time() - start[0], time.perf_counter() - start[1]))
    medians = {name: [statistics.median(kind) for kind in zip(*each[1:], strict=True)] for name, each in times.items()}
    return {name: {"processor": processor, "wall": wall} for name, (processor, wall) in medians.items()}


def torch_product(states: Tensor, weight: Tensor, out: Tensor) -> None:
    torch.mm(states, weight.T, out=out)


def numpy_product(states: Tensor, weight: Tensor, out: Tensor) -> None:
    np.matmul(states.numpy(), weight.numpy().T, out=out.numpy())


def projections_alone(
    base: Head, base_hidden: Tensor, checkpoint: Head, hidden: Tensor, product: Callable[..., None]
) -> None:
    """The floor: only both models' logits, block by block, by a library's matrix product."""
    rows = LOGITS_AT_A_TIME // VOCABULARY
    buffer = torch.empty(rows, VOCABULARY)
    with threadpool_limits(torch.get_num_threads(), user_api="blas"):
        for start in range(0, len(hidden), rows):
            for head, states in ((base, base_hidden), (checkpoint, hidden)):
                part = states[start : start + rows]
                product(part, head.weight, buffer[: len(part)])


def textbook(p_logits: Tensor, q_logits: Tensor, token: Tensor) -> Tensor:
    """The same measures in the obvious way: each from log-probabilities, one pass after another; (measures, tokens)."""
    ids = token.unsqueeze(1)
    log_p, log_q = p_logits.log_softmax(-1), q_logits.log_softmax(-1)
    p, q = log_p.exp(), log_q.exp()
    m = (p + q) / 2
    log_m = m.log()
    entropy = -(p * log_p).sum(-1)
    top_p, top_q = log_p.topk(10).indices, log_q.topk(10).indices
    return torch.stack(
        [
            (p * (log_p - log_q)).sum(-1),
            (q * (log_q - log_p)).sum(-1),
            ((p * (log_p - log_m)).sum(-1) + (q * (log_q - log_m)).sum(-1)) / 2,
            (p - q).abs().sum(-1) / 2,
            entropy,
            -(q * log_q).sum(-1) - entropy,
            (top_p[:, 0] == top_q[:, 0]).float(),
            (top_p.unsqueeze(-1) == top_q.unsqueeze(-2)).sum((-1, -2)) / 10,
            (log_p > log_p.gather(1, ids)).sum(-1).float(),
            (log_q > log_q.gather(1, ids)).sum(-1).float(),
            log_p.gather(1, ids).squeeze(1),
            log_q.gather(1, ids).squeeze(1),
        ]
    )


def measured(p_logits: Tensor, q_logits: Tensor, token: Tensor) -> object:
    """All of skillprobe's measures; a new pair each time, since a pair keeps what it computed."""
    return measure(LogitPair(p_logits, q_logits, token))


def textbook_in_blocks(p_logits: Tensor, q_logits: Tensor, token: Tensor) -> Tensor:
    """`textbook` in blocks of the size that skillprobe uses."""
    rows = max(1, CACHED_LOGITS // p_logits.shape[1])
    blocks = [slice(start, start + rows) for start in range(0, len(token), rows)]
    return torch.cat([textbook(p_logits[block], q_logits[block], token[block]) for block in blocks], 1)


def plain_measures(base: Head, base_hidden: Tensor, checkpoint: Head, hidden: Tensor, token: Tensor) -> list[Tensor]:
    """Projections and `textbook`, block by block."""
    rows = LOGITS_AT_A_TIME // VOCABULARY
    parts = []
    for start in range(0, len(hidden), rows):
        block = slice(start, start + rows)
        logits = base_hidden[block] @ base.weight.T, hidden[block] @ checkpoint.weight.T
        parts.append(textbook(*logits, token[block]))
    return parts


def measures_figures(runs: int) -> list[dict[str, object]]:
    """vs_textbook: both sides get the same logits."""
    found = []
    for vocabulary in (VOCABULARY, LARGE_VOCABULARY):
        generator = torch.Generator().manual_seed(0)
        tokens = LOGITS_AT_A_TIME // 4 // vocabulary
        logits = torch.randn(tokens, vocabulary, generator=generator) * 3
        moved = logits + torch.randn(logits.shape, generator=generator) * 0.05
        token = torch.randint(0, vocabulary, (tokens,), generator=generator)
        with torch.inference_mode():
            seconds = median_times(
                {
                    "skillprobe": partial(measured, logits, moved, token),
                    "textbook": partial(textbook, logits, moved, token),
                    "in blocks": partial(textbook_in_blocks, logits, moved, token),
                },
                runs,
            )
        per_token = {name: {kind: s / tokens for kind, s in each.items()} for name, each in seconds.items()}
        ours, peer = per_token["skillprobe"], per_token["textbook"]
        blocks = per_token["in blocks"]
        found.append(
            figure(
                f"vs_textbook/{vocabulary}", "processor s per token", ours["processor"], "plain torch",
                peer["processor"], peer["processor"] / ours["processor"], runs,
            )
            | {"wall": ours["wall"], "peer_wall": peer["wall"], "in_blocks": blocks["processor"],
               "in_blocks_wall": blocks["wall"], "ratio_in_blocks": blocks["processor"] / ours["processor"]}
        )  # fmt: skip
    return found


def large_figures(runs: int) -> list[dict[str, object]]:
    """large: what a user pays for a model of width 4096."""
    generator = torch.Generator().manual_seed(0)
    tokens = LOGITS_AT_A_TIME // LARGE_VOCABULARY // 2
    weight = torch.randn(LARGE_VOCABULARY, LARGE_WIDTH, generator=generator).mul_(0.02)
    head = Head(weight, None, 1.0, None)
    base = torch.randn(tokens, LARGE_WIDTH, generator=generator)
    moved = base + torch.randn(base.shape, generator=generator) * 1e-2
    token = torch.randint(0, LARGE_VOCABULARY, (tokens,), generator=generator)
    out = torch.empty(tokens, LARGE_VOCABULARY)

    def projections() -> None:
        head.project(base, out=out)
        head.project(moved, out=out)

    with torch.inference_mode():
        seconds = median_times(
            {"skillprobe": lambda: measure_states(head, base, head, moved, token), "projections": projections}, runs
        )
    ours, floor = ({kind: s / tokens for kind, s in seconds[name].items()} for name in ("skillprobe", "projections"))
    shares = {"wall": ours["wall"], "peer_wall": floor["wall"], "width": LARGE_WIDTH, "vocabulary": LARGE_VOCABULARY}
    own, peer = ours["processor"], floor["processor"]
    return [
        figure("large", "processor s per token", own, "two projections", peer, peer / own, runs)
        | shares
        | {"relative_time": own / peer}
    ]


def kernel_figures(tokens: int, runs: int, trl: PeerProcess | None) -> list[dict[str, object]]:
    """times_floor, vs_naive and, with TRL's worker, vs_trl on the same random states and weights."""
    weight, base_hidden, weight_of_checkpoint, hidden = random_states(tokens)
    base, checkpoint = (Head(each, None, 1.0, None) for each in (weight, weight_of_checkpoint))
    generator = torch.Generator().manual_seed(1)
    token = torch.randint(0, VOCABULARY, (tokens,), generator=generator)
    square = torch.randn(2048, 2048, generator=generator)
    models = base, base_hidden, checkpoint, hidden
    with torch.inference_mode():
        measure_states(*models, token)  # before the peers, whose memory use would hide this one's
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        more = base_hidden.repeat(4, 1), hidden.repeat(4, 1), token.repeat(4)
        measure_states(base, more[0], checkpoint, more[1], more[2])
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak
        seconds = processor_times(
            {
                "ours": lambda: measure_states(*models, token),
                "floor": lambda: projections_alone(*models, torch_product),
                "numpy floor": lambda: projections_alone(*models, numpy_product),
                "naive": lambda: plain_measures(*models, token),
                "rate": lambda: square @ square,
                "numpy rate": lambda: square.numpy() @ square.numpy(),
            },
            runs,
            {"trl": lambda: trl.ask(tokens=tokens, threads=torch.get_num_threads())["seconds"]} if trl else {},
        )
    rate = 2 * 2048**3 / min(seconds["rate"], seconds["numpy rate"])
    ours, floor = seconds["ours"], min(seconds["floor"], seconds["numpy floor"])
    share = 4 * tokens * WIDTH * VOCABULARY / ours / rate
    figures = [
        figure("times_floor", "processor s", ours, "two projections", floor, floor / ours, runs)
        | {"relative_time": ours / floor}
        | {"matrix_rate_gflops": rate / 1e9, "share_of_matrix_rate": share, "growth_at_4x_tokens_mib": grown / 1024},
        figure("vs_naive", "processor s", ours, "plain torch", seconds["naive"], seconds["naive"] / ours, runs),
    ]
    if trl:
        ratio = seconds["trl"] / ours
        about = figure("vs_trl", "processor s", ours, "trl chunked kernel", seconds["trl"], ratio, runs)
        figures.append(about | {"versions": versions("torch", "numpy") | trl.versions})
    return figures


def pass_figures(tokens: int, runs: int, dtype: torch.dtype) -> list[dict[str, object]]:
    """forward_passes and cache_vs_llamacpp on a model of SmolLM2-135M's shape."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=WIDTH, intermediate_size=1536, num_hidden_layers=30,
        num_attention_heads=9, num_key_value_heads=3, tie_word_embeddings=True,
    )  # fmt: skip
    torch.manual_seed(0)
    model: nn.Module = LlamaForCausalLM(config).to(dtype).eval()
    generator = torch.Generator().manual_seed(0)
    length = 64  # of prompts and of completions
    ids = torch.randint(0, VOCABULARY, (max(1, tokens // length), 2 * length), generator=generator).tolist()
    texts = Texts("", "reference", tuple(Text(str(i), tuple(r[:length]), tuple(r[length:])) for i, r in enumerate(ids)))
    states = base_states(model, texts)
    read = same_ids(texts, VOCABULARY)

    def bare_forward() -> None:
        # The usual forward pass: the model on the same batches, including its own head, in its own dtype.
        for index in batches_of(texts.texts, BATCH_TOKENS):
            model(input_ids=padded([texts.texts[i] for i in index], torch.device("cpu")), use_cache=False)

    with torch.inference_mode():
        seconds = processor_times(
            {"ours": lambda: list(token_measures(states, model, read)), "forward": bare_forward}, runs
        )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "states.safetensors"
        base_states(model, texts, file=file)
        size = file.stat().st_size
    logits = texts.tokens * 2 * (VOCABULARY + 4)  # llama.cpp stores four more 16-bit numbers per token for their scale
    name = str(dtype).removeprefix("torch.")
    ours, forward = seconds["ours"], seconds["forward"]
    return [
        figure("forward_passes", "processor s", ours, "bare forward pass", forward, forward / ours, runs)
        | {"dtype": name, "relative_time": ours / forward},
        figure("cache_vs_llamacpp", "bytes", size, "16-bit logits", logits, logits / size, 1) | {"dtype": name},
    ]


def figure(name: str, unit: str, ours: float, peer: str, peers: float, ratio: float, runs: int) -> dict[str, object]:
    """One line of the output."""
    return row(
        name,
        unit=unit,
        skillprobe=ours,
        peer=peer,
        peer_figure=peers,
        ratio=ratio,
        threads=torch.get_num_threads(),
        runs=runs,
        versions=versions("torch", "numpy", "transformers"),
    )


def main() -> None:
    """Run the comparison and print its figures."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks divergence",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--tokens", type=int, default=1024)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=("measures", "large"), help="print this group of figures only")
    fast = "bfloat16" if bfloat16_is_fast() else "float32"
    parser.add_argument(
        "--dtypes", nargs="+", choices=["float32", "bfloat16"], default=[fast],
        help=f"number types of the model's passes (default: the fast one of this processor, {fast})",
    )  # fmt: skip
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if arguments.only in (None, "measures"):
        for line in measures_figures(arguments.runs):
            emit(line)
    if arguments.only in (None, "large"):
        for line in large_figures(arguments.runs):
            emit(line)
    if arguments.only is not None:
        return
    try:
        with PeerProcess("trl", "trl_worker", threads=arguments.threads) as trl:
            lines = kernel_figures(arguments.tokens, arguments.runs, trl)
    except MissingError as error:
        emit_missing("vs_trl", "trl", error)
        lines = kernel_figures(arguments.tokens, arguments.runs, None)
    for line in lines:
        emit(line)
    for dtype in arguments.dtypes:
        for line in pass_figures(arguments.tokens, arguments.runs, getattr(torch, dtype)):
            emit(line)


if __name__ == "__main__":
    main()
