"""Evaluate every checkpoint of a TRL run as soon as it is saved: `python examples/watch_training.py BASE OUTPUT`.

The evaluation runs in the trainer's process, so the model in training stays in memory. To keep the GPU for training,
run `skillprobe watch OUTPUT --base BASE` on another machine instead.
"""

import sys

from datasets import Dataset
from transformers import TrainerCallback
from trl import SFTConfig, SFTTrainer

import skillprobe


class Evaluate(TrainerCallback):
    """Evaluates the checkpoints of the run folder after each save."""

    def __init__(self, base):
        self.base = base

    def on_save(self, args, state, control, **others):
        """Evaluate the new checkpoint, and the base the first time; the others are reused."""
        for found in skillprobe.watch(args.output_dir, self.base, method="sft", once=True):
            if found.late:
                continue  # spectra of weights, after everything else
            outcome = found.error or f"evaluated in {found.seconds:.1f} s. {found.drops}"
            print(f"{found.model}@{found.step}: {outcome}")


base, output = sys.argv[1:]
sums = [(first, second) for first in range(10) for second in range(10)]
rows = [{"prompt": f"What is {one} + {two}?\n", "completion": f"Answer: {one + two}\n"} for one, two in sums]
arguments = SFTConfig(
    output_dir=output,
    max_steps=4,
    save_steps=2,
    per_device_train_batch_size=8,
    learning_rate=1e-3,
    use_cpu=True,
    bf16=False,
    report_to="none",
)
trainer = SFTTrainer(model=base, args=arguments, train_dataset=Dataset.from_list(rows), callbacks=[Evaluate(base)])
trainer.train()
