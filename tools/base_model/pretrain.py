"""Training of the demo's base model on the training split.

    python -m tools.base_model.pretrain --minutes 60 --out DIR
    python -m tools.base_model.pretrain --minutes 8 --out DIR --model MODEL --cell simulation/general --state STATE

The second form starts from a model's weights and trains on one cell alone, to see if that cell can be learned. With
`--model MODEL --rate 0.1` a model takes up questions that were reworded and keeps what it knows.

Muon for the matrices and AdamW for the rest (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/; Liu et
al. 2025, arXiv 2502.16982), bf16 autocast, the loss on the reference answers. Every few minutes validation items are
scored and the mixture shifts to what is not yet learned. In the last quarter of the total time, including earlier runs,
the learning rates fall linearly to zero. The training state is kept in `--state`: a later run with the same folder
resumes from there at full rates, also with kinds that were added since.
"""

from __future__ import annotations

import argparse
import math
import os
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, LlamaForCausalLM, PreTrainedTokenizerBase, logging

from skillprobe_core.benchmark.item_schema import Item, Kind, Split
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.machine.allocator import keep_freed_memory
from skillprobe_core.models.prompts import plain_text
from skillprobe_core.progress import progress
from skillprobe_core.terminal import say

from .assessment import accuracy_table, held_out, recited
from .batches import batches_by_length, example_of
from .curriculum import LEVELS, Curriculum
from .network import CONTEXT, VOCABULARY, new_network
from .parallel import Gradients
from .tokenizer import train_tokenizer

_STEP_ITEMS = 64
_BATCH_TOKENS = 768
_MATRIX_RATE = 0.008
_OTHER_RATE = 0.0012
_WARMUP_STEPS = 100
_DECAY_SHARE = 0.25
_TOKENIZER_ITEMS = 300
_ASSESS_SECONDS = 180.0
_ASSESS_ITEMS = 12


@dataclass
class Training:
    """The state of the training, written by `save` and read by `resume`."""

    tokenizer: PreTrainedTokenizerBase
    network: LlamaForCausalLM
    curriculum: Curriculum
    optimizers: list[torch.optim.Optimizer]
    steps: int = 0
    seconds: float = 0.0

    @classmethod
    def start(cls, kinds: Sequence[Kind], seed: int) -> Training:
        """A new state with a new tokenizer and random weights."""
        texts = Curriculum(kinds, seed).take(_TOKENIZER_ITEMS * len(kinds))
        tokenizer = train_tokenizer(
            [f"{plain_text(item.prompt)}{item.reference}" for item in texts], VOCABULARY, CONTEXT
        )
        network = new_network(tokenizer, seed)
        return cls(tokenizer, network, Curriculum(kinds, seed), _optimizers(network))

    @classmethod
    def of_model(cls, folder: Path, kinds: Sequence[Kind], seed: int) -> Training:
        """A new state with the tokenizer and weights of a model from an earlier run."""
        tokenizer = AutoTokenizer.from_pretrained(folder)
        network = new_network(tokenizer, seed)
        network.load_state_dict(LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).state_dict())
        return cls(tokenizer, network, Curriculum(kinds, seed), _optimizers(network))

    @classmethod
    def resume(cls, folder: Path, kinds: Sequence[Kind], seed: int) -> Training:
        """The state that an earlier run saved in `folder`."""
        tokenizer = AutoTokenizer.from_pretrained(folder)
        for name in ("is_local", "local_files_only"):  # settings of the loading, not of the tokenizer
            tokenizer.init_kwargs.pop(name, None)
        network = new_network(tokenizer, seed)
        saved: dict[str, Any] = torch.load(folder / "training.pt", weights_only=True)
        network.load_state_dict(saved["network"])
        optimizers = _optimizers(network)
        for optimizer, state in zip(optimizers, saved["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        curriculum = Curriculum(kinds, seed, dict(saved["accuracy"]), Counter(saved["drawn"]))
        return cls(tokenizer, network, curriculum, optimizers, saved["steps"], saved["seconds"])

    def save(self, folder: Path) -> None:
        """Write the state for `resume`; the previous state is replaced atomically."""
        folder.mkdir(parents=True, exist_ok=True)
        self.tokenizer.save_pretrained(folder)
        state = {
            "network": self.network.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "accuracy": self.curriculum.accuracy,
            "drawn": dict(self.curriculum.drawn),
            "steps": self.steps,
            "seconds": self.seconds,
        }
        torch.save(state, folder / "training.pt.new")
        os.replace(folder / "training.pt.new", folder / "training.pt")

    def step(self, gradients: Gradients, rate: float) -> float:
        """Make one optimizer step at `rate` times the full learning rates; returns the mean loss per token."""
        examples = (example_of(item, self.tokenizer) for item in self.curriculum.take(_STEP_ITEMS))
        fitting = [example for example in examples if len(example.ids) <= CONTEXT]
        loss = gradients.compute(batches_by_length(fitting, self.network.config.pad_token_id, _BATCH_TOKENS))
        for optimizer, full in zip(self.optimizers, (_MATRIX_RATE, _OTHER_RATE), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = full * rate
            optimizer.step()
        self.steps += 1
        return loss

    def write_model(self, folder: Path) -> None:
        """Write the model in bf16 with its tokenizer, like any trainer."""
        copy = new_network(self.tokenizer, 0)
        copy.load_state_dict(self.network.state_dict())
        copy.to(torch.bfloat16).save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)


def _optimizers(network: LlamaForCausalLM) -> list[torch.optim.Optimizer]:
    matrices = [value for name, value in network.named_parameters() if value.ndim == 2 and "embed" not in name]
    chosen = {id(value) for value in matrices}
    others = [value for value in network.parameters() if id(value) not in chosen]
    return [
        torch.optim.Muon(matrices, lr=_MATRIX_RATE, weight_decay=0.02, momentum=0.95),
        torch.optim.AdamW(others, lr=_OTHER_RATE, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def _assess(training: Training, validation: Sequence[Item], loss: float) -> None:
    """Measure the accuracies, shift the mixture to what is not yet learned, and print both."""
    worth = set(training.curriculum.open_slots())
    accuracy = recited(
        training.network, training.tokenizer, [item for item in validation if (item.kind, item.level) in worth]
    )
    training.curriculum.measured(accuracy)
    shares = " ".join(f"{name}.{level}={share:.2f}" for (name, level), share in sorted(accuracy.items()))
    say(f"step {training.steps}, loss {loss:.3f}, solved: {shares}", err=True)


def _stop_on_request() -> Callable[[], bool]:
    """A predicate that is true after an interrupt or termination signal; the run then ends between two steps.

    Its state is kept. A second signal ends the process at once.
    """
    came: list[int] = []

    def note(received: int, _: object) -> None:
        came.append(received)
        signal.signal(received, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)
    return lambda: bool(came)


def pretrain(
    *,
    minutes: float,
    out: Path,
    state: Path,
    workers: int,
    kinds: Sequence[Kind] = KINDS,
    model: Path | None = None,
    rate: float = 1.0,
) -> None:
    """Train for `minutes` of wall time, write the model to `out` and the state for a later run to `state`.

    `rate` is a factor of the learning rates. At full rates a model forgets most before it learns again; at a tenth it
    keeps what it knows and takes up questions that were reworded.

    If `state` does not exist yet, the run starts from random weights or from those of `model`. If interrupted, it
    writes both at once, without the final decay of the learning rates.
    """
    stopped = _stop_on_request()
    seed = 0
    if (state / "training.pt").exists():
        training = Training.resume(state, kinds, seed)
    else:
        training = Training.of_model(model, kinds, seed) if model else Training.start(kinds, seed)
    validation = held_out(kinds, LEVELS, Split.VALIDATION, _ASSESS_ITEMS)
    began = assessed = time.monotonic()
    first, earlier, shown = training.steps, training.seconds, 0
    decay = min(60 * minutes, (earlier + 60 * minutes) * _DECAY_SHARE)
    losses: deque[float] = deque(maxlen=50)
    with Gradients(training.network, workers) as gradients, progress("pretraining, s", round(60 * minutes)) as bar:
        while (passed := time.monotonic() - began) < 60 * minutes and not stopped():
            left = 60 * minutes - passed
            training.seconds = earlier + passed
            warm = min(1.0, (training.steps - first + 1) / _WARMUP_STEPS)
            losses.append(training.step(gradients, rate * warm * min(1.0, left / decay)))
            if not math.isfinite(losses[-1]):
                raise RuntimeError(f"the loss is {losses[-1]} at step {training.steps}")
            bar.advance(round(passed) - shown)
            shown = round(passed)
            if time.monotonic() - assessed > _ASSESS_SECONDS:
                _assess(training, validation, sum(losses) / len(losses))
                training.save(state)
                assessed = time.monotonic()
    training.save(state)
    training.write_model(out)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Train the demo's base model on the benchmark's training split.")
    parser.add_argument("--minutes", type=float, required=True, help="training time in minutes")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model")
    parser.add_argument(
        "--state",
        type=Path,
        default=Path(".skillprobe/lab/pretrain"),
        help="folder of the training state, to resume from",
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="number of single-threaded processes")
    parser.add_argument("--model", type=Path, help="folder of a model to start from if there is no state yet")
    parser.add_argument("--rate", type=float, default=1.0, help="factor of the learning rates; 0.1 to adapt a model")
    parser.add_argument(
        "--cell", choices=sorted({f"{kind.skill}/{kind.domain}" for kind in KINDS}), help="train on this cell only"
    )
    parser.add_argument("--items", type=int, default=20, help="validation items per kind and level for the final table")
    chosen = parser.parse_args(arguments)
    keep_freed_memory()
    torch.set_num_threads(1)
    logging.disable_progress_bar()
    kinds = [kind for kind in KINDS if chosen.cell in (None, f"{kind.skill}/{kind.domain}")]
    pretrain(
        minutes=chosen.minutes,
        out=chosen.out,
        state=chosen.state,
        workers=chosen.workers,
        kinds=kinds,
        model=chosen.model,
        rate=chosen.rate,
    )
    report(chosen.out, chosen.items, kinds)


def report(folder: Path, count: int, kinds: Sequence[Kind] = KINDS) -> None:
    """Print the accuracy of a model on validation items, by kind and level, with the chance level."""
    import polars as pl
    from transformers import AutoModelForCausalLM

    network = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    items = held_out(kinds, LEVELS[:2], Split.VALIDATION, count)
    with pl.Config(tbl_rows=-1, tbl_cols=-1, float_precision=2, tbl_hide_dataframe_shape=True):
        say(accuracy_table(network, tokenizer, items))


if __name__ == "__main__":
    main()
