"""A converter as trainers have them: reads shards with torch's own loader and writes a Hugging Face folder.

Run as `python dcp_converter.py SHARDS BASE OUT`.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.distributed.checkpoint.format_utils import dcp_to_torch_save

if __name__ == "__main__":
    shards, base, out = map(Path, sys.argv[1:])
    with tempfile.TemporaryDirectory() as work:
        dcp_to_torch_save(shards, Path(work) / "state.pt")
        state = torch.load(Path(work) / "state.pt", weights_only=True)["model"]
    out.mkdir(parents=True)
    state.pop("lm_head.weight", None)  # tied
    save_file(
        {name: tensor.contiguous() for name, tensor in state.items()}, out / "model.safetensors", {"format": "pt"}
    )
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(base / name, out)
