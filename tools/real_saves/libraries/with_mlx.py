"""Adapters that mlx-lm trains and saves: one step of training, then known factors, then the library's own saves."""

from __future__ import annotations

from pathlib import Path

from ..save import STEP, Save


def _adapter(base: Path, root: Path) -> None:
    import mlx.core as mx
    import mlx.optimizers
    from mlx_lm import load
    from mlx_lm.tuner import TrainingArgs, linear_to_lora_layers, train
    from mlx_lm.tuner.datasets import CacheDataset
    from mlx_lm.utils import save_config

    mx.set_default_device(mx.cpu)
    mx.random.seed(0)
    model, _ = load(str(base))
    parameters = {"rank": 2, "scale": 2.0, "dropout": 0.0}
    model.freeze()
    linear_to_lora_layers(model, 2, parameters)
    config = {"fine_tune_type": "lora", "num_layers": 2, "lora_parameters": parameters, "model": "base"}
    save_config(config, root / "adapter_config.json")

    class Rows(list[tuple[list[int], int]]):
        """Rows that mlx-lm takes as they are."""

        def process(self, row: tuple[list[int], int]) -> tuple[list[int], int]:
            return row

    rows = CacheDataset(Rows([([5, 6, 7, 8], 0)] * 4))
    arguments = TrainingArgs(
        batch_size=1, iters=STEP, val_batches=0, steps_per_report=STEP, steps_per_eval=10 * STEP,
        steps_per_save=STEP, max_seq_length=16, adapter_file=str(root / "adapters.safetensors"),
    )  # fmt: skip
    train(model, mlx.optimizers.SGD(learning_rate=0.01), rows, None, arguments)


SAVES = (Save("mlx_adapter", "mlx", ("mlx-lm", "mlx"), _adapter, weights="convert", ends=False),)
