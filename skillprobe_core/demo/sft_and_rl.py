"""Tunes a base model by SFT or by RL on one family of the benchmark, as the two arms of a study.

    python -m skillprobe_core.demo.sft_and_rl sft --base DIR --out DIR

Both arms are TRL trainers on the same prompts of the training split, from the same base; SFT sees the worked
references, RL (GRPO, arXiv 2402.03300) sees only whether the verifier took the answer. Each writes ordinary
`checkpoint-N/` folders.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from skillprobe_core.benchmark.item_schema import Domain, Item, Kind, Skill
from skillprobe_core.benchmark.item_set import training_items
from skillprobe_core.benchmark.judging.judge import Verdict, judge
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.errors import SettingsError
from skillprobe_core.extras import missing_package
from skillprobe_core.machine.allocator import keep_freed_memory
from skillprobe_core.machine.fast_number_types import bfloat16_is_fast
from skillprobe_core.machine.interrupt import one_line_at_interrupt
from skillprobe_core.models.prompts import plain_text
from skillprobe_core.progress import progress
from skillprobe_core.runs.layouts.hf_trainer import LAYOUT
from skillprobe_core.terminal import say

Method = Literal["sft", "rl"]
METHODS: tuple[Method, ...] = ("sft", "rl")
TARGET_CELL = (Skill.CALCULATION, Domain.MATH)
"""The cell whose training items both arms are trained on."""


@dataclass(frozen=True, slots=True)
class ArmSettings:
    """Length and pace of an arm's training.

    steps: optimizer steps. save_every: steps between checkpoints. learning_rate: AdamW's peak.
    prompts: prompts a step; RL answers each `samples` times.
    distinct: prompts in all, the same for every arm of one seed; they come again when the steps need more.
    completion_tokens: RL's limit of a completion, end token included.
    """

    steps: int
    save_every: int
    learning_rate: float
    prompts: int
    samples: int = 1
    distinct: int = 6144
    completion_tokens: int = 64
    levels: tuple[int, ...] = (1,)
    seed: int = 1


DEFAULTS: dict[Method, ArmSettings] = {
    "sft": ArmSettings(steps=160, save_every=40, learning_rate=5e-4, prompts=32),
    "rl": ArmSettings(steps=16, save_every=4, learning_rate=3e-4, prompts=16, samples=8),
}


def target_kinds() -> list[Kind]:
    """The family that both arms tune: every kind of calculation in mathematics."""
    return [kind for kind in KINDS if (kind.skill, kind.domain) == TARGET_CELL]


def arm_items(settings: ArmSettings) -> list[Item]:
    """The training items of an arm, one for each of its prompts; arms of one seed get the same."""
    stream = training_items(target_kinds(), levels=settings.levels, seed=settings.seed)
    return list(islice(stream, settings.distinct))


def run_arm(method: Method, base: Path, out: Path, settings: ArmSettings | None = None) -> list[Path]:
    """Tune `base` and write its checkpoints to `out`; returns them in the order of their steps.

    Raises SettingsError when TRL is not installed or `base` is not a model folder.
    """
    if not (base / "config.json").exists():
        raise SettingsError("no config.json in the base model's folder", remedy="give a model folder", path=base)
    settings = settings or DEFAULTS[method]
    _quieten()
    try:
        trainer = _sft(base, out, settings) if method == "sft" else _rl(base, out, settings)
    except ModuleNotFoundError as error:
        if (missing := missing_package(error)) is not None:
            raise missing from error
        raise
    _report_progress(trainer, method, settings.steps)
    written = sorted(LAYOUT.find(out), key=lambda found: found.step)
    return [found.files.path for found in written]


def reward(completions: Sequence[str], item: Sequence[Item]) -> list[float]:
    """1 for each completion that the verifier takes as correct, else 0."""
    return [float(judge(asked, text).verdict is Verdict.CORRECT) for asked, text in zip(item, completions, strict=True)]


def _common(out: Path, settings: ArmSettings) -> dict[str, Any]:
    return {
        "output_dir": str(out),
        "max_steps": settings.steps,
        "save_strategy": "steps",
        "save_steps": settings.save_every,
        "learning_rate": settings.learning_rate,
        "lr_scheduler_type": "constant_with_warmup",
        "warmup_steps": 2,
        "max_grad_norm": 1.0,
        "logging_steps": 1,
        "seed": settings.seed,
        "use_cpu": True,
        "bf16": bfloat16_is_fast(),
        "gradient_checkpointing": False,
        "report_to": "none",
        "disable_tqdm": True,
        "model_init_kwargs": {"dtype": "float32", "attn_implementation": "eager"},
    }


def _sft(base: Path, out: Path, settings: ArmSettings) -> Any:  # noqa: ANN401 (a TRL trainer; TRL has no types)
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    items = arm_items(settings)
    rows = [{"prompt": plain_text(item.prompt), "completion": item.reference} for item in items]
    arguments = SFTConfig(
        **_common(out, settings),
        per_device_train_batch_size=settings.prompts,
        max_length=None,
        train_sampling_strategy="group_by_length",  # a batch of mixed lengths is one quarter padding
    )
    return SFTTrainer(model=str(base), args=arguments, train_dataset=Dataset.from_list(rows))


def _rl(base: Path, out: Path, settings: ArmSettings) -> Any:  # noqa: ANN401 (a TRL trainer; TRL has no types)
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    items = {item.item_id: item for item in arm_items(settings)}
    rows = [{"prompt": plain_text(item.prompt), "item_id": item.item_id} for item in arm_items(settings)]

    def correct(completions: list[str], item_id: list[str], **_: object) -> list[float]:
        return reward(completions, [items[name] for name in item_id])

    arguments = GRPOConfig(
        **_common(out, settings),
        per_device_train_batch_size=settings.prompts * settings.samples,
        num_generations=settings.samples,
        max_completion_length=settings.completion_tokens,
        temperature=1.0,
        beta=0.0,
    )
    return GRPOTrainer(model=str(base), reward_funcs=correct, args=arguments, train_dataset=Dataset.from_list(rows))


def _report_progress(trainer: Any, method: Method, steps: int) -> None:  # noqa: ANN401
    from transformers import PrinterCallback, TrainerCallback

    with progress(method, steps) as shown:

        class Reporter(TrainerCallback):  # type: ignore[misc]
            """Passes steps and saved checkpoints on."""

            def on_step_end(self, args: Any, state: Any, control: Any, **_: object) -> None:  # noqa: ANN401
                shown.advance(1)

            def on_save(self, args: Any, state: Any, control: Any, **_: object) -> None:  # noqa: ANN401
                last = state.log_history[-1] if state.log_history else {}
                figures = ", ".join(f"{name} {last[name]:.3g}" for name in ("loss", "reward") if name in last)
                say(f"{method}: wrote checkpoint-{state.global_step} ({figures})", err=True)

        trainer.remove_callback(PrinterCallback)
        trainer.add_callback(Reporter())
        trainer.train()


def _quieten() -> None:
    """Keep the libraries from network calls, bars of their own and notes that are not for the user."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    warnings.filterwarnings("ignore", module=r"(trl|transformers|torch|datasets|accelerate)\b.*")
    try:
        from datasets import disable_progress_bars
    except ModuleNotFoundError:
        return
    disable_progress_bars()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description="Tune a base model on mathematical calculation.")
    parser.add_argument("method", choices=METHODS)
    parser.add_argument("--base", type=Path, required=True, help="folder of the base model")
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoints")
    chosen = parser.parse_args(arguments)
    keep_freed_memory()
    kept = f"checkpoints written so far are kept in {chosen.out}; run the same command again to train from the start"
    try:
        with one_line_at_interrupt(lambda: kept):
            run_arm(chosen.method, chosen.base, chosen.out)
    except SettingsError as error:
        say(f"error: {error}", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
