"""LoRA adapters as PEFT saves them: `adapter_config.json` and `adapter_model.safetensors`, without their base.

An adapter answers only together with its base. That is the folder named by `use_base`, which a run's settings or the
command line do, or else the one that the adapter's own configuration names.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from skillprobe_core.errors import CheckpointError

from .tensor_names import plain_name
from .weights import ADAPTER_FILE, INDEX_FILE, SINGLE_FILE, TensorInfo, Weights

if TYPE_CHECKING:
    import torch

CONFIG_FILE = "adapter_config.json"
MERGE = "merge the adapter into its base (merge_and_unload() in PEFT), save that, and give the merged checkpoint"
_LORA = re.compile(r"(?P<module>.+)\.lora_(?P<embedding>embedding_)?(?P<part>[AB])(\.default)?(\.weight)?$")

_bases: dict[Path, Path] = {}
_bases_lock = Lock()


def is_adapter(folder: Path) -> bool:
    """Whether the folder holds an adapter and no whole model."""
    whole = (folder / SINGLE_FILE).is_file() or (folder / INDEX_FILE).is_file()
    return not whole and (folder / CONFIG_FILE).is_file() and (folder / ADAPTER_FILE).is_file()


def use_base(adapter: Path, base: Path) -> None:
    """Name the base of an adapter's folder, for as long as this process lives; does nothing for a whole model."""
    if is_adapter(adapter):
        with _bases_lock:
            _bases[adapter.resolve()] = base.resolve()


def base_of(adapter: Path) -> Path:
    """The base's folder of an adapter; raises CheckpointError where none is named or it is not there."""
    with _bases_lock:
        named = _bases.get(adapter.resolve())
    if named is not None:
        return named
    written = str(adapter_config(adapter).get("base_model_name_or_path") or "")
    found = adapter / Path(written).expanduser()
    if written and (found / "config.json").is_file():
        return found.resolve()
    raise CheckpointError(
        f"is an adapter of {written or 'a base that it does not name'}, which is no folder here",
        remedy="name the folder of its base: --base BASE, or `base` of the run in skillprobe.toml",
        path=adapter,
    )


def adapter_config(folder: Path) -> Mapping[str, Any]:
    """The configuration of a plain LoRA adapter; raises CheckpointError for any other kind of adapter."""
    file = folder / CONFIG_FILE
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
        kind, rank = config["peft_type"], int(config["r"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"is no adapter configuration: {error!r}", remedy=MERGE, path=file) from error
    unsupported = [key for key in ("use_dora", "lora_bias", "megatron_config") if config.get(key)]
    if kind != "LORA" or rank < 1 or unsupported:
        what = ", ".join(unsupported) or f"{kind} of rank {rank}"
        raise CheckpointError(f"is an adapter that is more than a plain LoRA ({what})", remedy=MERGE, path=file)
    return dict(config)


@dataclass(frozen=True, slots=True)
class Update:
    """What an adapter does to its base, by the base's names of tensors.

    factors: tensor to the thin float64 factors of what is added to it, scale included, in its own orientation, with the
    type that they are stored in. own: tensor to the adapter's name of what replaces it.
    """

    factors: Mapping[str, tuple[torch.Tensor, torch.Tensor, str]]
    own: Mapping[str, str]


def read_update(base: Weights, adapter: Weights) -> Update:
    """Read an adapter against its base (Hu et al. 2021, arXiv 2106.09685: W0 + scale · B A, scale = alpha / rank, or
    alpha / √rank with rank stabilisation, arXiv 2312.03732).

    Raises CheckpointError, naming the tensor, where the two do not belong together.
    """
    config = adapter_config(adapter.folder)
    by_plain = {plain_name(name): name for name in base}
    factors: dict[str, tuple[torch.Tensor, torch.Tensor, str]] = {}
    own: dict[str, str] = {}
    for name in adapter:
        found = _LORA.match(plain_name(name))
        target = f"{found['module']}.weight" if found else plain_name(name)
        if target not in by_plain and not (found is None and target in base.tied):
            raise CheckpointError(
                f"adapts {target!r}, which the base {base.folder} has not"
                if found
                else f"holds {name!r}, which is neither a LoRA factor nor a tensor of the base",
                remedy=f"give the base that the adapter was trained on, or {MERGE}",
                path=adapter.folder,
            )
        target = by_plain.get(target, target)
        if found is None:
            own[target] = name
        elif found["part"] == "A":
            factors[target] = (*_product(adapter, name, found, config, base[target]), adapter[name].dtype)
    return Update(factors, own)


def _product(
    adapter: Weights, name: str, found: re.Match[str], config: Mapping[str, Any], base: TensorInfo
) -> tuple[torch.Tensor, torch.Tensor]:
    other = name.replace("lora_embedding_A", "lora_embedding_B").replace("lora_A", "lora_B")
    second, first = adapter.tensor(name).double(), adapter.tensor(other).double()
    module = found["module"]
    rank = int(_pattern(config.get("rank_pattern"), module, config["r"]))
    alpha = _pattern(config.get("alpha_pattern"), module, config.get("lora_alpha", 8))
    first = first * (alpha / math.sqrt(rank) if config.get("use_rslora") else alpha / rank)
    if second.shape[0] != rank or first.shape[1] != rank:
        raise CheckpointError(
            f"tensor {name!r} has rank {second.shape[0]}, its configuration says {rank}",
            remedy="write the adapter again: configuration and weights do not belong together",
            path=adapter.folder,
        )
    if found["embedding"] or (config.get("fan_in_fan_out") and first.shape[0] != base.shape[0]):
        first, second = second.T.contiguous(), first.T.contiguous()
    if (first.shape[0], second.shape[1]) != base.shape:
        raise CheckpointError(
            f"tensor {name!r} makes a {first.shape[0]} x {second.shape[1]} update, the base's tensor is {base.shape}",
            remedy="give the base that the adapter was trained on",
            path=adapter.folder,
        )
    if not bool(first.isfinite().all() and second.isfinite().all()):
        raise CheckpointError(
            f"tensor {name!r} or {other!r} holds NaN or infinite weights",
            remedy="the training diverged before this checkpoint was written: take an earlier one",
            path=adapter[name].file,
        )
    return first, second


def _pattern(patterns: Mapping[str, float] | None, module: str, default: float) -> float:
    """The value for a module: patterns match whole names or their ends, as PEFT's do."""
    for pattern, value in (patterns or {}).items():
        if re.fullmatch(rf"(.*\.)?({pattern})", module):
            return value
    return default
