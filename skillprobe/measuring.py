"""Measures of logits and weights that are in memory, without a checkpoint."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from skillprobe_core.errors import SettingsError

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray


def divergence(
    p_logits: NDArray[np.floating] | torch.Tensor,
    q_logits: NDArray[np.floating] | torch.Tensor,
    targets: NDArray[np.integer] | torch.Tensor | None = None,
) -> dict[str, NDArray[np.float32]]:
    """Measure how far the distribution q is from p at each token: the measures of the table `token_divergence`.

    p and q are the softmax of the logits. In nats: `forward_kl` (KL(p‖q)), `reverse_kl` (KL(q‖p)), `js` (at most ln 2),
    `base_entropy` (of p), `entropy_change` (of q minus p). Shares from 0 to 1: `tv` (total variation),
    `top1_agreement`, `top10_overlap`. With targets also `base_rank` and `checkpoint_rank` (tokens ranked before the
    target), `base_log_prob` and `checkpoint_log_prob` (nats). All are exact over the given vocabulary.
    docs/divergence.md defines each.

    Args:
        p_logits: Logits of the model to compare with, for example the base, (tokens, vocabulary), of any floating-point
            type. They are converted to float32.
        q_logits: Logits of the other model at the same tokens, of the same shape.
        targets: The text's own token at each position, (tokens,), integers.

    Returns:
        One float32 array (tokens,) per measure, by name.

    Raises:
        SettingsError: PyTorch is not installed, the shapes do not fit, a logit is not finite, or a target is not in
            the vocabulary.
    """
    _need_torch("skillprobe.divergence")
    from skillprobe_core.measurements.divergence import array_divergence

    return array_divergence.divergence(p_logits, q_logits, targets)


def weight_statistics(
    base: NDArray[np.floating] | torch.Tensor, tuned: NDArray[np.floating] | torch.Tensor
) -> dict[str, float | bool | None]:
    """Measure a tensor and its update: the measures of the table `parameter_stats`.

    W0 is the base's tensor, W the tuned one, D = W - W0: norms, moments, update sparsity, quantiles of |D|, and for
    matrices also spectra, ranks and rotations. Angles are in degrees, everything else is without a unit.
    docs/parameters.md defines each. Values are computed in float64, whatever the stored type.

    Args:
        base: W0, with 1 or 2 dimensions, of any floating-point type, bfloat16 tensors of PyTorch included.
        tuned: W, of the same shape. Its type may differ.

    Returns:
        One value per measure, by name; None where a measure is undefined, such as a quotient by zero.

    Raises:
        SettingsError: PyTorch is not installed, the shapes do not fit, or a weight is not a finite floating-point
            number.
    """
    _need_torch("skillprobe.weight_statistics")
    from skillprobe_core.measurements.parameters import array_statistics

    return array_statistics.weight_statistics(base, tuned)


def _need_torch(function: str) -> None:
    if find_spec("torch") is None:
        raise SettingsError(
            f"{function} needs PyTorch, which is not installed",
            remedy="install the extra: pip install 'skillprobe[models]'",
        )
