"""A folder that is itself a LoRA adapter, as PEFT's `save_pretrained` writes it."""

from __future__ import annotations

from pathlib import Path

from skillprobe_core.checkpoints.weights import ADAPTER_FILE

from .layout import Found
from .single import step_of

LAST_WRITTEN = "adapter_config.json"


class PeftAdapter:
    """Adapter weights without a `config.json`; PEFT writes `adapter_config.json` last. The step is that of `single`.

    Adapters that a trainer writes to `checkpoint-N/` are found by the trainer's own layout.
    """

    name = "peft_adapter"
    looks_for = f"{ADAPTER_FILE} with {LAST_WRITTEN}"

    def holds(self, run_folder: Path) -> bool:
        """True if there are adapter weights and no `config.json`."""
        names = {entry.name for entry in run_folder.iterdir()}
        return "config.json" not in names and bool(names & {ADAPTER_FILE, "adapter_model.bin"})

    def find(self, run_folder: Path) -> list[Found]:
        """The folder itself."""
        return [Found(step_of(run_folder), run_folder, LAST_WRITTEN)]
