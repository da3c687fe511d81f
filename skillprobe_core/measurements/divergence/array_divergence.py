"""The measures at one token for two arrays of logits in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, TypeAlias

import numpy as np
import torch

from skillprobe_core.errors import SettingsError

from .divergence_measure import Measure
from .divergence_registry import per_token
from .logit_blocks import LOGITS_AT_A_TIME, measure
from .logit_pair import LogitPair

if TYPE_CHECKING:
    from numpy.typing import NDArray

Logits: TypeAlias = "NDArray[np.floating] | torch.Tensor"
Targets: TypeAlias = "NDArray[np.integer] | torch.Tensor"


def divergence(p_logits: Logits, q_logits: Logits, targets: Targets | None = None) -> dict[str, NDArray[np.float32]]:
    """Every measure at every token: those of `token_divergence`, by name.

    Args:
        p_logits: The base's logits, (tokens, vocabulary), of any floating-point type; they are converted to float32.
        q_logits: The checkpoint's logits at the same tokens.
        targets: The text's own token at each position, integers (tokens,).

    Returns:
        Arrays (tokens,) of float32; without targets only the measures that do not depend on the text's token.

    Raises:
        SettingsError: The shapes do not fit, a logit is not finite, or a target is not in the vocabulary.
    """
    p, q = _logits(p_logits, "p_logits"), _logits(q_logits, "q_logits")
    if p.shape != q.shape:
        raise SettingsError(
            f"p_logits has shape {list(p.shape)}, q_logits has shape {list(q.shape)}",
            remedy="give the logits of both models at the same tokens, cut to the vocabulary that they share",
        )
    measures = per_token() if targets is not None else _without_text()
    token = _targets(targets, *p.shape).to(p.device)
    rows = max(1, LOGITS_AT_A_TIME // p.shape[1])
    parts: dict[str, list[torch.Tensor]] = {each.name: [] for each in measures}
    with torch.inference_mode():
        for start in range(0, max(1, len(p)), rows):
            block = slice(start, start + rows)
            pair = LogitPair(_finite(p[block], "p_logits"), _finite(q[block].to(p.device), "q_logits"), token[block])
            for name, values in _measured(pair, measures).items():
                parts[name].append(values)
    return {name: torch.cat(values).numpy() for name, values in parts.items()}


def _measured(pair: LogitPair, measures: tuple[Measure, ...]) -> dict[str, torch.Tensor]:
    return measure(pair, measures) if len(pair.token) else {each.name: torch.empty(0) for each in measures}


class _NoText(Exception):
    """A measure reads the text's token."""


class _WithoutText(LogitPair):
    """Logits of no text."""

    def __init__(self, base: torch.Tensor, checkpoint: torch.Tensor) -> None:
        super().__init__(base, checkpoint, torch.empty(0, dtype=torch.int64))
        del self.token

    def __getattr__(self, name: str) -> NoReturn:
        raise _NoText if name == "token" else AttributeError(name)


def _without_text() -> tuple[Measure, ...]:
    """The measures that do not read the text's token, found by calling each on two rows without one."""
    sample = torch.tensor([[0.0, 1.0, 2.0], [1.0, 0.0, 0.0]])

    def works(each: Measure) -> bool:
        try:
            each.function(_WithoutText(sample, sample.flip(1)))
        except _NoText:
            return False
        return True

    return tuple(each for each in per_token() if works(each))


def _logits(array: Logits, name: str) -> torch.Tensor:
    if isinstance(array, torch.Tensor):
        tensor = array.detach()
    else:
        values = np.asarray(array)
        if values.dtype.kind not in "fiu":
            raise SettingsError(f"{name} holds {values.dtype}, not numbers", remedy="give logits as numbers")
        tensor = torch.from_numpy(np.require(values, np.float32, ["C", "W"]))
    if tensor.dim() != 2 or tensor.shape[1] == 0:
        raise SettingsError(
            f"{name} has shape {list(tensor.shape)}, expected (tokens, vocabulary)",
            remedy="give one row of logits per token; join batches first, for example with reshape(-1, vocabulary)",
        )
    return tensor


def _finite(block: torch.Tensor, name: str) -> torch.Tensor:
    values = block.float().contiguous()
    if not bool(values.isfinite().all()):
        raise SettingsError(
            f"{name} holds NaN or infinite values",
            remedy="give the model's logits as they are; put a large negative number, for example -1e4, in place of "
            "masked ones",
        )
    return values


def _targets(targets: Targets | None, tokens: int, vocabulary: int) -> torch.Tensor:
    if targets is None:
        return torch.zeros(tokens, dtype=torch.int64)
    found = targets.detach() if isinstance(targets, torch.Tensor) else torch.as_tensor(np.array(targets))
    whole = not found.is_floating_point() and not found.is_complex() and found.dtype != torch.bool
    if not whole or found.shape != (tokens,) or not bool(((found >= 0) & (found < vocabulary)).all()):
        raise SettingsError(
            f"targets (shape {list(found.shape)}, {str(found.dtype).removeprefix('torch.')}) are not {tokens} ids "
            f"from 0 to {vocabulary - 1}",
            remedy="give the id of the text's own token for each row of logits",
        )
    return found.long()
