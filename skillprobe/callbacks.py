"""A callback of the Hugging Face Trainer and of TRL that marks checkpoints for skillprobe."""

from __future__ import annotations

import logging
from pathlib import Path

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from skillprobe_core.runs.ready_marks import mark_ready

_LOG = logging.getLogger("skillprobe")


class SkillprobeCallback(TrainerCallback):  # type: ignore[misc]  # transformers has no type stubs
    """Marks each saved checkpoint, with what the trainer knows about it.

    skillprobe then evaluates the checkpoint without waiting, and its table `training_metrics` has the trainer's own
    loss, reward and other logged figures next to the skills. Add it after other callbacks that rewrite checkpoints. It
    never stops training: a fault is logged as a warning of the logger `skillprobe`.

    Args:
        method: Training method, in your own word: sft, rl, ...
        base: The model that training started from (default: the one that the trainer loaded).
        data_digest: Digest or name of the training data (default: the fingerprint of its `datasets.Dataset`).
        pin: True to keep each checkpoint from the trainer's rotation until it is evaluated, also while nothing watches
            the run. It uses hard links and the limits of `[scratch]` in the store of SKILLPROBE_HOME.
    """

    def __init__(
        self, method: str, *, base: str | None = None, data_digest: str | None = None, pin: bool = False
    ) -> None:
        self.method = method
        self.pin = pin
        self.base = base
        self.data_digest = data_digest

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **others: object
    ) -> None:
        """Note the base and the data, where they were not given."""
        try:
            config = getattr(others.get("model"), "config", None)
            self.base = self.base or getattr(config, "_name_or_path", None) or None
            dataset = getattr(others.get("train_dataloader"), "dataset", None)
            self.data_digest = self.data_digest or getattr(dataset, "_fingerprint", None)
        except Exception as error:
            _LOG.warning("skillprobe does not know the base or the data of this run: %s", error)

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **others: object) -> None:
        """Mark the checkpoint that has just been saved, and pin it. The trainer rotates before it calls this."""
        try:
            if not state.is_world_process_zero:
                return
            latest: dict[str, object] = {}
            for entry in state.log_history:
                latest |= entry
            latest.pop("step", None)
            folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        except Exception as error:
            _LOG.warning("the checkpoint is not marked for skillprobe: %s", error)
            return
        mark_ready(
            folder,
            state.global_step,
            run=args.output_dir,
            method=self.method,
            base=self.base,
            seed=getattr(args, "seed", None),
            data_digest=self.data_digest,
            metrics=latest,
        )
        if self.pin:
            _pin(Path(args.output_dir))


def _pin(run: Path) -> None:
    """Pin the checkpoints of a run that were not evaluated, as watching it would."""
    try:
        from skillprobe_core.project.holdings import keep_pinned
        from skillprobe_core.project.project import Project
        from skillprobe_core.project.watch_runs import run_without_base

        project = Project.open()
        found = run_without_base(project, run)
        for line in keep_pinned(project, found, project.found(found)):
            _LOG.warning("%s", line)
    except Exception as error:
        _LOG.warning("the checkpoints in %s are not pinned for skillprobe: %s", run, error)
