"""A base and checkpoints of it with random weights, of the shape of a real model, written shard by shard."""

from __future__ import annotations

import json
import math
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from skillprobe_core.errors import SettingsError

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerFast, Qwen3Config

STEPS = (100, 200)
_SHARD_BYTES = 2 << 30
_SCALE, _NOISE = 0.02, 1e-3
# Rows and spectra in the store of a model of 8 billion weights, as a share of the weights of one checkpoint.
_STORE_SHARE = 0.125
_TRAINED_TOKENS = 8192
_AN_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of a Qwen3 model with an untied head, stored in bfloat16, and what is generated with it.

    vocabulary: rows of the embedding. tokens: entries of the tokenizer, at most `vocabulary`. per_level: items of each
    kind at each level. kinds: the item kinds (None for all). max_new_tokens: token limit of an answer, which random
    weights nearly always reach. compared_tokens: tokens of the divergence that is compared with other libraries.
    """

    name: str
    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    tokens: int
    positions: int
    levels: tuple[int, ...]
    per_level: int
    kinds: tuple[str, ...] | None
    max_new_tokens: int
    compared_tokens: int

    def config(self, tokenizer: PreTrainedTokenizerFast) -> Qwen3Config:
        """The configuration of the model."""
        from transformers import Qwen3Config

        return Qwen3Config(
            architectures=["Qwen3ForCausalLM"],
            dtype="bfloat16",
            vocab_size=self.vocabulary,
            hidden_size=self.hidden,
            intermediate_size=self.intermediate,
            num_hidden_layers=self.layers,
            num_attention_heads=self.heads,
            num_key_value_heads=self.kv_heads,
            head_dim=self.head_dim,
            max_position_embeddings=self.positions,
            rope_parameters={"rope_theta": 1_000_000.0, "rope_type": "default"},
            tie_word_embeddings=False,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )

    @property
    def tensors(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of all tensors, in the order of the layers."""
        attention = {"q_proj": self.heads, "k_proj": self.kv_heads, "v_proj": self.kv_heads}
        hidden, inner, outer = self.hidden, self.intermediate, self.heads * self.head_dim
        found: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (self.vocabulary, hidden)}
        for layer in range(self.layers):
            of_layer: dict[str, tuple[int, ...]] = {
                "input_layernorm": (hidden,),
                **{f"self_attn.{name}": (count * self.head_dim, hidden) for name, count in attention.items()},
                "self_attn.o_proj": (hidden, outer),
                "self_attn.q_norm": (self.head_dim,),
                "self_attn.k_norm": (self.head_dim,),
                "post_attention_layernorm": (hidden,),
                "mlp.gate_proj": (inner, hidden),
                "mlp.up_proj": (inner, hidden),
                "mlp.down_proj": (hidden, inner),
            }
            found |= {f"model.layers.{layer}.{name}.weight": shape for name, shape in of_layer.items()}
        return found | {"model.norm.weight": (hidden,), "lm_head.weight": (self.vocabulary, hidden)}

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return sum(math.prod(shape) for shape in self.tensors.values())

    @property
    def weight_bytes(self) -> int:
        """Bytes of the weights of one checkpoint."""
        return 2 * self.parameters

    def disk_bytes(self, itemsize: int) -> int:
        """Bytes on disk of a base and its checkpoints, of the cached states and the store.

        itemsize: bytes of a number in which the models are run.
        """
        from skillprobe_core.benchmark.kind_registry import all_kinds

        kinds = len(all_kinds()) if self.kinds is None else len(self.kinds)
        answers = kinds * len(self.levels) * self.per_level
        # States on the base's answers and the checkpoint's, and the base's head.
        cached = (2 * answers * self.max_new_tokens + self.vocabulary) * self.hidden * itemsize
        return (1 + len(STEPS)) * self.weight_bytes + cached + int(_STORE_SHARE * self.weight_bytes)


SHAPES = {
    shape.name: shape
    for shape in (
        # Qwen3-8B's, with 720 answers of 400 tokens.
        Shape(
            name="8b", layers=36, hidden=4096, intermediate=12288, heads=32, kv_heads=8, head_dim=128,
            vocabulary=151_936, tokens=151_669, positions=40_960,
            levels=(1, 2, 3), per_level=4, kinds=None, max_new_tokens=400, compared_tokens=8192,
        ),
        Shape(
            name="tiny", layers=2, hidden=128, intermediate=384, heads=4, kv_heads=2, head_dim=32,
            vocabulary=2048, tokens=2000, positions=2048,
            levels=(1,), per_level=1, kinds=None, max_new_tokens=32, compared_tokens=512,
        ),
    )
}  # fmt: skip


def check_disk(shape: Shape, folder: Path, itemsize: int) -> int:
    """Bytes that the benchmark needs on disk, as `Shape.disk_bytes` computes them.

    Raises:
        SettingsError: The file system of the folder has less free.
    """
    needed = shape.disk_bytes(itemsize)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise SettingsError(
            f"shape {shape.name} needs {needed / 1e9:,.1f} GB of disk for {1 + len(STEPS)} checkpoints, cached states "
            f"and results, and {free / 1e9:,.1f} GB are free",
            remedy="set the environment variable TMPDIR to a folder on a larger disk, or free space on this one",
            path=folder,
        )
    return needed


def write_models(shape: Shape, root: Path, device: torch.device, shard_bytes: int = _SHARD_BYTES) -> None:
    """Write `root/base` and `root/run/checkpoint-STEP`, each the one before it with small noise.

    Args:
        shape: Their shape.
        root: An empty folder.
        device: Where the numbers are drawn. Its memory and the host's hold the tensors of one shard.
        shard_bytes: Most bytes of a shard, unless a single tensor is larger.
    """
    import torch
    from safetensors.torch import save_file

    folders = [root / "base", *(root / "run" / f"checkpoint-{step}" for step in STEPS)]
    tokenizer = build_tokenizer(shape)
    config = shape.config(tokenizer)
    for folder in folders:
        folder.mkdir(parents=True)
        tokenizer.save_pretrained(folder)
        config.save_pretrained(folder)
    generator = torch.Generator(device).manual_seed(0)
    shards = list(_shards(shape, shard_bytes))
    places: dict[str, str] = {}
    for number, names in enumerate(shards, start=1):
        file = f"model-{number:05}-of-{len(shards):05}.safetensors"
        places |= dict.fromkeys(names, file)
        tensors = {name: _drawn(shape.tensors[name], generator, device) for name in names}
        for folder in folders:
            held = {name: tensor.cpu() for name, tensor in tensors.items()}
            save_file(held, folder / file, metadata={"format": "pt"})
            del held
            if folder != folders[-1]:
                for tensor in tensors.values():
                    noise = torch.randn(tensor.shape, generator=generator, device=device, dtype=tensor.dtype)
                    tensor.add_(noise, alpha=_NOISE)
    index = json.dumps({"metadata": {"total_size": shape.weight_bytes}, "weight_map": places}, indent=1)
    for folder in folders:
        (folder / "model.safetensors.index.json").write_text(index)
    for step, folder in zip(STEPS, folders[1:], strict=True):
        (folder / "trainer_state.json").write_text(json.dumps({"global_step": step}))
    for folder in folders:
        for path in folder.iterdir():
            os.utime(path, (path.stat().st_mtime - _AN_HOUR,) * 2)


def build_tokenizer(shape: Shape) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer of `shape.tokens` entries, for texts like those of the benchmark's items.

    Its first entries are trained on training items. The others fill the vocabulary up: no text is encoded with them,
    but they are decoded as short words.
    """
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    from skillprobe_core.benchmark.item_schema import Split
    from skillprobe_core.benchmark.item_set import build_item_set
    from skillprobe_core.benchmark.kind_registry import all_kinds
    from tools.base_model.tokenizer import train_tokenizer

    kinds = [kind for kind in all_kinds() if shape.kinds is None or kind.name in shape.kinds]
    items = build_item_set(kinds, levels=(1,), per_level=1, split=Split.TRAIN)
    texts = [f"{prompt}\n{reference}" for prompt, reference in items.select("prompt", "reference").iter_rows()]
    trained = train_tokenizer(texts, min(shape.tokens, _TRAINED_TOKENS), shape.positions)
    content = json.loads(trained.backend_tokenizer.to_str())
    vocabulary = content["model"]["vocab"]
    for number in range(len(vocabulary), shape.tokens):
        vocabulary[f"Ġ{_word(number)}"] = number
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(content)),
        eos_token=trained.eos_token,
        pad_token=trained.pad_token,
        padding_side=trained.padding_side,
        model_max_length=shape.positions,
        clean_up_tokenization_spaces=False,
    )


def _word(number: int) -> str:
    """A word for a number, different for each."""
    letters = ""
    while number:
        number, digit = divmod(number, 20)
        letters += "bcdfghjklmnpqrstvwxz"[digit]
    return f"Y{letters}"


def _shards(shape: Shape, most: int) -> Iterator[Sequence[str]]:
    names: list[str] = []
    size = 0
    for name, sizes in shape.tensors.items():
        own = 2 * math.prod(sizes)
        if names and size + own > most:
            yield names
            names, size = [], 0
        names.append(name)
        size += own
    yield names


def _drawn(shape: tuple[int, ...], generator: torch.Generator, device: torch.device) -> torch.Tensor:
    """Weights as after initialisation: ones for a norm, else normal numbers."""
    import torch

    if len(shape) == 1:
        return torch.ones(shape, dtype=torch.bfloat16, device=device)
    return torch.randn(shape, generator=generator, dtype=torch.bfloat16, device=device).mul_(_SCALE)
