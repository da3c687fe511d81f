"""Output divergence compared with its floor and with TRL, in processor time, with equal threads.

The shapes are SmolLM2-135M's (width 576, 49,152 tokens, 30 layers), the weights random: time does not depend on
their values. TRL runs in an environment of its own (`make bench-peers`), in turn with the rest. Each line is one figure
(a ratio above 1 means that skillprobe is better):

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
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from torch import Tensor, nn

from skillprobe_core.machine.fast_number_types import bfloat16_is_fast
from skillprobe_core.measurements.divergence.base_states import base_states, save_states
from skillprobe_core.measurements.divergence.compared_texts import Text, Texts
from skillprobe_core.measurements.divergence.hidden_states import BATCH_TOKENS, batches_of, padded
from skillprobe_core.measurements.divergence.logit_blocks import LOGITS_AT_A_TIME, measure_states
from skillprobe_core.measurements.divergence.output_projection import Head
from skillprobe_core.measurements.divergence.paired_passes import token_measures

from ._figure import emit, emit_missing, row, versions
from ._peer_process import PeerProcess
from .environments import MissingError
from .peers.trl_worker import VOCABULARY, WIDTH, random_states


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


def plain_measures(base: Head, base_hidden: Tensor, checkpoint: Head, hidden: Tensor, token: Tensor) -> list[Tensor]:
    """The same measures in the obvious way: each from log-probabilities, one pass after another."""
    rows = LOGITS_AT_A_TIME // VOCABULARY
    parts = []
    for start in range(0, len(hidden), rows):
        ids = token[start : start + rows].unsqueeze(1)
        log_p = (base_hidden[start : start + rows] @ base.weight.T).log_softmax(-1)
        log_q = (hidden[start : start + rows] @ checkpoint.weight.T).log_softmax(-1)
        p, q = log_p.exp(), log_q.exp()
        m = (p + q) / 2
        log_m = m.log()
        entropy = -(p * log_p).sum(-1)
        top_p, top_q = log_p.topk(10).indices, log_q.topk(10).indices
        parts.append(
            torch.stack(
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
        )
    return parts


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

    def bare_forward() -> None:
        # The usual forward pass: the model on the same batches, including its own head, in its own dtype.
        for index in batches_of(texts.texts, BATCH_TOKENS):
            model(input_ids=padded([texts.texts[i] for i in index], torch.device("cpu")), use_cache=False)

    with torch.inference_mode():
        seconds = processor_times(
            {"ours": lambda: list(token_measures(states, model, texts)), "forward": bare_forward}, runs
        )
    with tempfile.TemporaryDirectory() as folder:
        save_states(states, Path(folder), "base")
        size = next(Path(folder).glob(f"base.{states.texts}.safetensors")).stat().st_size
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
    parser.add_argument("--runs", type=int, default=3)
    fast = "bfloat16" if bfloat16_is_fast() else "float32"
    parser.add_argument(
        "--dtypes", nargs="+", choices=["float32", "bfloat16"], default=[fast],
        help=f"number types of the model's passes (default: the fast one of this processor, {fast})",
    )  # fmt: skip
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
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
