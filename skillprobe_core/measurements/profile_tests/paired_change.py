"""Change of the accuracy of every group of a family, and the number of independent items that it rests on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skillprobe_core.stats.wilson import clustered_variance, effective_size

Array = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class PairedChange:
    """One value per group; NaN for the means of a group without items.

    items: its number of items. units: their number of clusters. accuracy, base_accuracy: means over items. gain, loss:
    means of the rise and of the fall, so that the change is gain - loss. size: effective number of independent items.
    """

    items: Array
    units: Array
    accuracy: Array
    base_accuracy: Array
    gain: Array
    loss: Array
    size: Array

    @property
    def change(self) -> Array:
        """Mean change of each group."""
        return self.gain - self.loss


def paired_change(
    share: Array, base_share: Array, samples: Array, cluster: Codes, label: Codes, groups: int
) -> PairedChange:
    """The change of every group.

    Args:
        share: Share of correct samples of each item, 0 to 1.
        base_share: The same of the base.
        samples: Number of samples of each item, the larger of both sides.
        cluster: Number of the cluster of each item; items of one cluster are not independent.
        label: Number of the group of each item.
        groups: Number of groups.

    Returns:
        Means, and effective sizes from the variance between clusters.
    """
    change = share - base_share
    n = np.bincount(label, minlength=groups).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        gain, loss, accuracy, base_accuracy = (
            np.bincount(label, values, groups) / n
            for values in (np.maximum(change, 0), np.maximum(-change, 0), share, base_share)
        )
    mean = gain - loss
    pair, code = np.unique(cluster * groups + label, return_inverse=True)
    owner = pair % groups
    residual = np.bincount(code, change - mean[label])
    variance, freedom = clustered_variance(residual, np.bincount(code), owner, groups)
    units = np.bincount(owner, minlength=groups).astype(np.float64)
    total = np.bincount(label, samples, groups)
    size = effective_size(gain + loss - mean**2, variance, freedom, total)
    return PairedChange(n, units, accuracy, base_accuracy, gain, loss, np.where(n > 0, size, 0.0))
