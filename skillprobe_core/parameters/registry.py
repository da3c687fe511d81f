"""The families of measures. A new one is a file of its own, a line here and its columns in the table."""

from __future__ import annotations

from typing import Final

from .elementwise.block import Elementwise
from .elementwise.norms import NORMS
from .elementwise.sparsity import SPARSITY
from .spectral.drift import DRIFT
from .spectral.family import Spectral
from .spectral.ranks import RANKS

ELEMENTWISE: Final[tuple[Elementwise, ...]] = (NORMS, SPARSITY)
SPECTRAL: Final[tuple[Spectral, ...]] = (DRIFT, RANKS)
