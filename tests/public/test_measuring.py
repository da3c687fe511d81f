"""Measures of arrays from the public package; their values are tested with the measures themselves."""

import subprocess
import sys

import numpy as np

import skillprobe

WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None
import numpy as np, skillprobe
for function in (skillprobe.divergence, skillprobe.weight_statistics):
    try:
        function(np.zeros((1, 2)), np.zeros((1, 2)))
    except skillprobe.SkillprobeError as error:
        print(error)
"""


def test_the_names_are_those_of_the_tables() -> None:
    logits = np.random.default_rng(0).normal(size=(2, 3, 7))
    found = skillprobe.divergence(*logits, np.array([0, 1, 2]))
    columns = {column.name for column in _table("token_divergence").columns}
    assert found.keys() <= columns
    assert {"forward_kl", "js", "base_rank", "checkpoint_log_prob"} <= found.keys()
    statistics = skillprobe.weight_statistics(*logits)
    assert statistics.keys() <= {column.name for column in _table("parameter_stats").columns}
    assert {"relative_norm", "sparsity_bf16", "spectral_drift", "stable_rank"} <= statistics.keys()


def _table(name: str) -> skillprobe.Table:
    from skillprobe_core.measurements.table_registry import table_named

    return table_named(name)


def test_without_torch_an_error_names_the_extra() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_TORCH], check=True, capture_output=True, text=True)
    assert done.stdout.count("needs PyTorch, which is not installed") == 2
    assert done.stdout.count("pip install 'skillprobe[models]'") == 2
