"""The changes that a LoRA adapter makes to its base's weights, as PEFT applies them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from skillprobe_core.errors import CheckpointError

from .adapters import CONFIG_FILE, MERGE, adapter_config
from .logical_tensors import LogicalTensor, ModelTensors, raw_config, text_config
from .matched_patterns import UnusablePattern, matched_by
from .tensor_names import canonical_names, plain_name
from .weights import ADAPTER_FILE, Weights

if TYPE_CHECKING:
    import torch

_FACTOR = re.compile(
    r"(?P<module>.+?)(?P<nested>(\.base_layer)*)\.lora_(?P<embedding>embedding_)?(?P<part>[AB])"
    r"(\.(?!weight$|bias$)(?P<adapter>[^.]+))?(\.(?P<kind>weight|bias))?$"
)
_MAGNITUDE = re.compile(r"(?P<module>.+)\.lora_magnitude_vector(\.(?!weight$)(?P<adapter>[^.]+))?(\.weight)?$")
_TOKENS = re.compile(r"(?P<module>.+)\.token_adapter\.trainable_tokens_delta(\.(?P<adapter>[^.]+))?$")
_WRAPPED_MODULE = re.compile(r"\.(base_layer|original_module|modules_to_save(\.[^.]+)?)(?=\.(weight|bias)$)")
_SINGLE_EXPERT = re.compile(r"^(.+\.experts)\.(\d+)\.(gate_proj|up_proj|down_proj|w1|w2|w3)\.weight$")
_OF_STACK = {"gate_proj": "gate_up_proj", "w1": "gate_up_proj", "up_proj": "gate_up_proj", "w3": "gate_up_proj",
             "down_proj": "down_proj", "w2": "down_proj"}  # fmt: skip
# Models whose modules hold stacked experts as (in, out). For square matrices the shapes do not show it.
_IN_OUT = ("gpt_oss", "openai_privacy_filter", "aria", "aria_text")


@dataclass(slots=True)
class Change:
    """The change of one tensor.

    factors: two thin float64 factors of its update, with the scale, in the tensor's orientation; of a stack with the
    experts as the first dimension of both. magnitude: DoRA's norm of each row, or of each column where `magnitude_of`
    says so. own: the adapter's tensor that replaces it, before all other changes; PEFT also saves an embedding that it
    adapts. rows: rows that are replaced, and the adapter's tensor of their values. bias: the adapter's tensor that is
    added, with its scale. dtype: type of the adapter's tensors, of the factors where there are any.
    """

    dtype: str = ""
    factors: tuple[torch.Tensor, torch.Tensor] | None = None
    magnitude: torch.Tensor | None = None
    magnitude_of: Literal["rows", "columns"] = "rows"
    own: str = ""
    rows: tuple[tuple[int, ...], str] | None = None
    bias: tuple[str, float] | None = None

    @property
    def is_own(self) -> bool:
        """True if `own` is the changed tensor, without a further change."""
        return bool(self.own) and self.factors is None and self.rows is None and self.bias is None


@dataclass(frozen=True, slots=True)
class Update:
    """All changes of an adapter, by the canonical names of the tensors, and the base's tensors.

    A change of a stack has the stack's name also if the base stores the experts one by one.
    """

    base: ModelTensors
    changes: Mapping[str, Change] = field(default_factory=dict)


def read_update(base: Weights, adapter: Weights) -> Update:
    """Read an adapter against its base.

    LoRA is W0 + scale · B A (Hu et al. 2021, arXiv 2106.09685), with scale = alpha / rank, or alpha / √rank with rank
    stabilisation (arXiv 2312.03732). DoRA scales each row of that sum to a learned norm (arXiv 2402.09353).

    Raises:
        CheckpointError: The adapter is of another kind (see `adapter_config`), or does not fit the base.
    """
    reading = _Reading(ModelTensors.of(base), adapter, adapter_config(adapter.model))
    for name in adapter:
        reading.add(name)
    return reading.finish()


def adapts_own_tensors(adapter: Weights) -> bool:
    """Report if an adapter changes a tensor that it also replaces, as PEFT saves the embedding that it adapts.

    Args:
        adapter: The adapter; only the names of its tensors are read.

    Returns:
        True if it has factors, a magnitude or rows of tokens for a tensor of its own.
    """
    plain = [plain_name(name) for name in adapter]
    targets = {name: _target(name) for name in plain}
    keys = canonical_names(dict.fromkeys(targets.values()))
    own = {keys[targets[name]].key for name in plain if _kind(name) is None}
    return any(keys[targets[name]].key in own for name in plain if _kind(name) is not None)


class _Reading:
    """One adapter while its tensors are read."""

    def __init__(self, base: ModelTensors, adapter: Weights, config: Mapping[str, Any]) -> None:
        self._base, self._adapter, self._config = base, adapter, config
        self._changes: dict[str, Change] = {}
        self._adapters: set[str] = set()
        plain = {name: plain_name(name) for name in adapter}
        self._targets = {name: _target(each) for name, each in plain.items()}
        keys = canonical_names(dict.fromkeys(self._targets.values()))
        self._keys = {name: keys[target].key for name, target in self._targets.items()}
        self._own = {self._keys[name]: name for name, each in plain.items() if _kind(each) is None}
        self._in_out = text_config(raw_config(base.weights)).get("model_type") in _IN_OUT

    def add(self, name: str) -> None:
        """Read one of the adapter's tensors."""
        plain = plain_name(name)
        found = _kind(plain)
        if found is not None and (named := found["adapter"]):
            self._adapters.add(named)
        key, dtype = self._keys[name], self._adapter[name].dtype
        if found is None:
            self._existing(key, name, own=True)
            self._change(key).own = name
            self._change(key).dtype = self._change(key).dtype or dtype
        elif found.re is _TOKENS:
            self._existing(key, name, own=True)
            change = self._change(key)
            change.rows, change.dtype = (self._token_rows(name, found["module"]), name), dtype
        elif found.re is _MAGNITUDE:
            self._change(key).magnitude = self._values(name)
        elif found["kind"] == "bias":
            bias = f"{key.removesuffix('.weight')}.bias"
            self._existing(bias, name)
            self._change(bias).bias = (name, self._scale(found["module"]))
            self._change(bias).dtype = dtype
        elif found["part"] == "A":
            self._add_factors(name, found)
        else:
            self._adapter.tensor(_other_factor(name))  # refused if it is missing; read with the other one

    def finish(self) -> Update:
        """The update, once all tensors were read."""
        if len(self._adapters) > 1:
            raise CheckpointError(
                f"the file holds several adapters: {', '.join(sorted(self._adapters))}",
                remedy="save the adapter that is to be evaluated alone: save_pretrained(FOLDER, "
                "selected_adapters=[NAME]) writes FOLDER/NAME, or FOLDER for the name `default`; evaluate that",
                path=self._adapter.folder,
            )
        if not self._changes:
            raise self._misfit(f"{ADAPTER_FILE} holds no tensors, so the checkpoint would be its base")
        for key, change in self._changes.items():
            if self._config.get("use_dora") and change.factors is not None and change.magnitude is None:
                raise self._misfit(f"{CONFIG_FILE} says use_dora, but {ADAPTER_FILE} has no magnitude of {key!r}")
            if change.magnitude is None:
                continue
            shape = self._shape(key, key)
            embedding = change.magnitude_of == "columns"
            if change.factors is None or len(shape) != 2 or change.magnitude.numel() != shape[embedding]:
                raise self._misfit(f"the magnitude of {key!r} has shape {list(change.magnitude.shape)}")
        tied = self._config.get("ensure_weight_tying") and self._base.tied
        if tied and any(self._changes.get(key) and self._changes[key].factors for pair in tied.items() for key in pair):
            raise CheckpointError(
                "ensure_weight_tying with a LoRA of tied embeddings is not supported",
                remedy=MERGE,
                path=self._adapter.folder,
            )
        return Update(self._base, self._changes)

    def _change(self, key: str) -> Change:
        return self._changes.setdefault(key, Change())

    def _existing(self, key: str, name: str, *, own: bool = False) -> LogicalTensor:
        """The base's tensor of that name, or the one that it is tied to."""
        found = self._base.tensors.get(self._base.tied.get(key, key))
        if found is None:
            raise CheckpointError(
                f"tensor {name!r} is neither a LoRA factor nor a tensor of the base {self._base.weights.folder}"
                if own
                else f"the adapter changes tensor {key!r}, which the base {self._base.weights.folder} does not have",
                remedy=f"give the folder of the base that the adapter was trained on (--base FOLDER), or {MERGE}",
                path=self._adapter.folder,
            )
        return found

    def _shape(self, key: str, name: str) -> tuple[int, ...]:
        """Shape of the tensor that is changed: the adapter's own where it holds one, or else the base's."""
        own = self._own.get(key)
        return self._existing(key, name).shape if own is None else self._adapter[own].shape

    def _values(self, name: str) -> torch.Tensor:
        values = self._adapter.tensor(name).double()
        if not bool(values.isfinite().all()):
            raise CheckpointError(
                f"tensor {name!r} holds NaN or infinite weights",
                remedy="evaluate an earlier checkpoint: the training had diverged when this one was written",
                path=self._adapter[name].file,
            )
        return values

    def _add_factors(self, name: str, found: re.Match[str]) -> None:
        other = _other_factor(name)
        second, first = self._values(name), self._values(other)
        module, key = found["module"], self._keys[name]
        stacks = self._stacks(module)
        if stacks and first.dim() == second.dim() == 2:
            self._add_stack(name, module, stacks, first, second)
            return
        rank = self._rank(module)
        if first.dim() != 2 or second.dim() != 2:
            raise self._misfit(f"tensor {name!r} or {other!r} is not a matrix")
        if second.shape[0] != rank or first.shape[1] != rank:
            raise self._misfit(f"tensor {name!r} has rank {second.shape[0]}, but {CONFIG_FILE} says {rank}")
        first = first * self._scale(module)
        tensor = self._existing(key, name)
        change = self._change(key)
        if found["embedding"] or (self._config.get("fan_in_fan_out") and self._conv1d(key, tensor, first, second)):
            first, second = second.T.contiguous(), first.T.contiguous()
            change.magnitude_of = "columns"
        shape = self._shape(key, name)
        if not tensor.unreadable and (first.shape[0], second.shape[1]) != shape:
            whose = "adapter's own" if key in self._own else "base's"
            raise CheckpointError(
                f"tensor {name!r} gives a {first.shape[0]} x {second.shape[1]} update, but the {whose} tensor has "
                f"shape {list(shape)}",
                remedy="give the folder of the base that the adapter was trained on (--base FOLDER)",
                path=self._adapter.folder,
            )
        change.factors, change.dtype = (first, second), self._adapter[name].dtype

    def _conv1d(self, key: str, tensor: LogicalTensor, first: torch.Tensor, second: torch.Tensor) -> bool:
        """True if the base holds the tensor as (in, out); of square ones all do that GPT-2's module class holds."""
        if first.shape[0] != second.shape[1]:
            return first.shape[0] != tensor.shape[0]
        return re.search(r"\.(c_attn|c_proj|c_fc|q_attn)\.weight$", key) is not None

    def _stacks(self, module: str) -> list[str]:
        """Canonical names of the stacked parameters of a module that the configuration targets."""
        targets = [str(target) for target in self._config.get("target_parameters") or ()]
        parameters = {
            target.rpartition(".")[2]
            for target in targets
            if not (front := target.rpartition(".")[0]) or module == front or module.endswith(f".{front}")
        } - {"weight"}
        keys = canonical_names({f"{module}.{name}" for name in parameters} | set(self._targets.values()))
        return sorted(keys[f"{module}.{name}"].key for name in parameters)

    def _add_stack(self, name: str, module: str, stacks: list[str], first: torch.Tensor, second: torch.Tensor) -> None:
        out, columns = first.shape[0], second.shape[1]
        fitting = []
        for key in stacks:
            shape = stack_shape(self._base.tensors, key)
            if shape is not None and {out, columns} == set(shape[1:]):
                fitting.append((key, shape))
        if len(fitting) != 1:
            raise self._misfit(f"tensor {name!r} fits none of the base's parameters {', '.join(stacks)}")
        key, shape = fitting[0]
        rank = self._rank(f"{module}.{key.rpartition('.')[2]}")
        experts = shape[0]
        if second.shape[0] != rank * experts or first.shape[1] != rank * experts:
            raise self._misfit(f"tensor {name!r} is not of rank {rank} for {experts} experts")
        # PEFT's layout: A is (experts · rank, in), B is (out, rank · experts).
        a = second.reshape(experts, rank, columns)
        b = first.reshape(out, rank, experts).permute(2, 0, 1) * self._scale(f"{module}.{key.rpartition('.')[2]}")
        if (out, columns) != shape[1:] or (out == columns and self._in_out):
            a, b = b.transpose(1, 2), a.transpose(1, 2)
        change = self._change(key)
        change.factors, change.dtype = (b.contiguous(), a.contiguous()), self._adapter[name].dtype

    def _token_rows(self, name: str, module: str) -> tuple[int, ...]:
        indices = self._config.get("trainable_token_indices")
        if isinstance(indices, Mapping):
            indices = next((rows for key, rows in indices.items() if module == key or module.endswith(f".{key}")), None)
        count = self._adapter[name].shape[0]
        rows = self._shape(self._keys[name], name)[0]
        if not isinstance(indices, list) or len(indices) != count or not all(0 <= int(i) < rows for i in indices):
            raise self._misfit(f"tensor {name!r} has {count} rows, which `trainable_token_indices` does not name")
        return tuple(int(i) for i in indices)

    def _rank(self, module: str) -> int:
        return int(self._pattern("rank_pattern", module, self._config["r"]))

    def _scale(self, module: str) -> float:
        rank = self._rank(module)
        alpha = self._pattern("alpha_pattern", module, self._config.get("lora_alpha", 8))
        return alpha / math.sqrt(rank) if self._config.get("use_rslora") else alpha / rank

    def _pattern(self, field: str, module: str, default: float) -> float:
        """The value for a module; the patterns of a field match whole names or their ends, as in PEFT."""
        patterns: Mapping[str, float] = self._config.get(field) or {}
        return next((value for pattern, value in patterns.items() if module in self._matched[pattern]), default)

    @cached_property
    def _matched(self) -> Mapping[str, frozenset[str]]:
        """The modules that each pattern of the configuration matches, and parameters of modules."""
        modules = {target.removesuffix(".weight") for target in self._targets.values()}
        parameters = {str(target).rpartition(".")[2] for target in self._config.get("target_parameters") or ()}
        # A parameter that is stored as one tensor per expert has the name of the stack.
        parameters |= {"gate_up_proj", "down_proj"} if parameters else set()
        names = modules | {f"{module}.{parameter}" for module in modules for parameter in parameters}
        patterns = [*(self._config.get("rank_pattern") or {}), *(self._config.get("alpha_pattern") or {})]
        try:
            return matched_by(patterns, names)
        except UnusablePattern as error:
            raise CheckpointError(
                f"`rank_pattern` or `alpha_pattern`: {error}",
                remedy="name the modules in place of regular expressions",
                path=self._adapter.model.config / CONFIG_FILE,
            ) from error

    def _misfit(self, cause: str) -> CheckpointError:
        return CheckpointError(
            cause,
            remedy=f"save the adapter again, so that {CONFIG_FILE} and {ADAPTER_FILE} are from the same training run, "
            "and give the base that it was trained on (--base FOLDER)",
            path=self._adapter.folder,
        )


def stack_of(key: str) -> tuple[str, int, str] | None:
    """For the canonical name of a single expert's matrix: the name of its stack, its number and its projection."""
    found = _SINGLE_EXPERT.match(key)
    if found is None:
        return None
    return f"{found[1]}.{_OF_STACK[found[3]]}", int(found[2]), found[3]


def stack_shape(tensors: Mapping[str, LogicalTensor], key: str) -> tuple[int, ...] | None:
    """Shape of a stack, also if its experts are stored one by one, (out, in); None if there is no such tensor."""
    if key in tensors:
        shape = tensors[key].shape
        return shape if len(shape) == 3 else None
    found = [(stack, tensor) for each, tensor in tensors.items() if (stack := stack_of(each)) and stack[0] == key]
    if not found:
        return None
    experts = 1 + max(stack[1] for stack, _ in found)
    singles = {stack[2]: tensor.shape for stack, tensor in found if stack[1] == 0}
    if any(len(shape) != 2 for shape in singles.values()):
        return None
    return experts, sum(shape[0] for shape in singles.values()), next(iter(singles.values()))[1]


def _other_factor(name: str) -> str:
    """The name of B for that of A, and the reverse; an adapter's own name follows and stays as it is."""
    swapped = {"A": "B", "B": "A"}
    return re.sub(
        r"(?<=\.lora_)((?:embedding_)?)([AB])(?=\.|$)", lambda found: found[1] + swapped[found[2]], name, count=1
    )


def _kind(name: str) -> re.Match[str] | None:
    """The match of a factor, a magnitude or rows of tokens; None for a tensor that replaces one of the base."""
    return _FACTOR.match(name) or _MAGNITUDE.match(name) or _TOKENS.match(name)


def _target(name: str) -> str:
    """The tensor of the base that one of the adapter's changes."""
    found = _kind(name)
    return _WRAPPED_MODULE.sub("", name) if found is None else f"{found['module']}.weight"
