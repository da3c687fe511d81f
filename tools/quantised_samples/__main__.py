"""`python -m tools.quantised_samples LIBRARY...`: writes the samples of these libraries.

Each library is installed in an environment of its own or in a common one, on a CPU: compressed-tensors 0.20.1 (and
0.10.2 for `actorder`, which later versions removed), gptqmodel 7.7.0, autoawq 0.2.9 and bitsandbytes 0.50.2.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

from safetensors.torch import save_file

FOLDER = Path(__file__).parents[2] / "tests" / "measurements" / "parameters" / "quantised_samples"


def main() -> None:
    """Write the samples of the libraries that the command names."""
    for library in sys.argv[1:]:
        module = importlib.import_module(f"tools.quantised_samples.{library}_samples")
        for name, settings, stored, reference in module.samples():
            tensors = {f"model.layers.0.mlp.up_proj.{part}": each.contiguous() for part, each in stored.items()}
            metadata = {"quantization_config": json.dumps(settings)}  # one entry: the order of several varies
            save_file(tensors | {"reference": reference.contiguous()}, FOLDER / f"{name}.safetensors", metadata)


if __name__ == "__main__":
    main()
