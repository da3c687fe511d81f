"""LoRA adapters as PEFT saves them: `adapter_config.json` and `adapter_model.safetensors`, without their base.

An adapter can only be evaluated together with its base: the one in its `ModelFiles` (from a run's settings or the
command line), or else the local folder named in the adapter's own configuration.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skillprobe_core.errors import CheckpointError

from .model_files import ModelFiles, ModelLike, as_files
from .tensor_names import plain_name
from .weights import ADAPTER_FILE, INDEX_FILE, SINGLE_FILE, TensorInfo, Weights

if TYPE_CHECKING:
    import torch

CONFIG_FILE = "adapter_config.json"
MERGE = "merge the adapter into its base (merge_and_unload() in PEFT), save the merged model, and evaluate that folder"
_LORA = re.compile(r"(?P<module>.+)\.lora_(?P<embedding>embedding_)?(?P<part>[AB])(\.default)?(\.weight)?$")


def is_adapter(model: ModelLike) -> bool:
    """True if the files are those of an adapter and not of a complete model."""
    files = as_files(model)
    folder = files.weights
    complete = (folder / SINGLE_FILE).is_file() or (folder / INDEX_FILE).is_file()
    stored = folder.name == ADAPTER_FILE if folder.is_file() else (folder / ADAPTER_FILE).is_file()
    return stored and not complete and (files.config / CONFIG_FILE).is_file()


def base_of(adapter: ModelLike) -> ModelFiles:
    """The files of an adapter's base; raises CheckpointError when none is named or it is not a local folder."""
    files = as_files(adapter)
    if files.base is not None:
        return files.base
    written = str(adapter_config(files).get("base_model_name_or_path") or "")
    found = files.config / Path(written).expanduser()
    if written and (found / "config.json").is_file():
        return ModelFiles.of(found.resolve())
    raise CheckpointError(
        f"adapter base {written!r} is not a local folder with a config.json"
        if written
        else f"{CONFIG_FILE} names no base (`base_model_name_or_path`)",
        remedy="give the folder of the base model: --base FOLDER, or `base` of the run in skillprobe.toml",
        path=files.path,
    )


def adapter_config(adapter: ModelLike) -> Mapping[str, Any]:
    """The configuration of a plain LoRA adapter; raises CheckpointError for every other kind of adapter."""
    file = as_files(adapter).config / CONFIG_FILE
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
        kind, rank = config["peft_type"], int(config["r"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"not a valid LoRA configuration: {error!r}",
            remedy=f"save the adapter again with PEFT's save_pretrained; for other kinds of adapter, {MERGE}",
            path=file,
        ) from error
    unsupported = [key for key in ("use_dora", "lora_bias", "megatron_config") if config.get(key)]
    if kind != "LORA" or rank < 1 or unsupported:
        what = ", ".join(unsupported) or f"{kind} of rank {rank}"
        raise CheckpointError(f"only plain LoRA adapters are supported, this one has: {what}", remedy=MERGE, path=file)
    return dict(config)


@dataclass(frozen=True, slots=True)
class Update:
    """The changes that an adapter makes to its base, keyed by the base's tensor names.

    factors: for each adapted tensor the two thin float64 factors of its update (scale included, in the tensor's own
    orientation) and the type that they are stored in. own: for each replaced tensor the adapter's name for it.
    """

    factors: Mapping[str, tuple[torch.Tensor, torch.Tensor, str]]
    own: Mapping[str, str]


def read_update(base: Weights, adapter: Weights) -> Update:
    """Read an adapter against its base (Hu et al. 2021, arXiv 2106.09685: W0 + scale · B A, scale = alpha / rank, or
    alpha / √rank with rank stabilisation, arXiv 2312.03732).

    Raises CheckpointError, naming the tensor, when the adapter does not fit the base.
    """
    config = adapter_config(adapter.model)
    by_plain = {plain_name(name): name for name in base}
    factors: dict[str, tuple[torch.Tensor, torch.Tensor, str]] = {}
    own: dict[str, str] = {}
    for name in adapter:
        found = _LORA.match(plain_name(name))
        target = f"{found['module']}.weight" if found else plain_name(name)
        if target not in by_plain and not (found is None and target in base.tied):
            raise CheckpointError(
                f"the adapter changes tensor {target!r}, which the base {base.folder} does not have"
                if found
                else f"tensor {name!r} is neither a LoRA factor nor a tensor of the base {base.folder}",
                remedy=f"give the folder of the base that the adapter was trained on (--base FOLDER), or {MERGE}",
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
            f"tensor {name!r} has rank {second.shape[0]}, but {CONFIG_FILE} says {rank}",
            remedy=f"save the adapter again, so that {CONFIG_FILE} and {ADAPTER_FILE} are from the same training run",
            path=adapter.folder,
        )
    if found["embedding"] or (config.get("fan_in_fan_out") and first.shape[0] != base.shape[0]):
        first, second = second.T.contiguous(), first.T.contiguous()
    if (first.shape[0], second.shape[1]) != base.shape:
        raise CheckpointError(
            f"tensor {name!r} gives a {first.shape[0]} x {second.shape[1]} update, but the base's tensor has shape "
            f"{list(base.shape)}",
            remedy="give the folder of the base that the adapter was trained on (--base FOLDER)",
            path=adapter.folder,
        )
    if not bool(first.isfinite().all() and second.isfinite().all()):
        raise CheckpointError(
            f"tensor {name!r} or {other!r} holds NaN or infinite weights",
            remedy="evaluate an earlier checkpoint: the training had diverged when this one was written",
            path=adapter[name].file,
        )
    return first, second


def _pattern(patterns: Mapping[str, float] | None, module: str, default: float) -> float:
    """The value for a module; patterns match whole names or their ends, as in PEFT."""
    for pattern, value in (patterns or {}).items():
        if re.fullmatch(rf"(.*\.)?({pattern})", module):
            return value
    return default
