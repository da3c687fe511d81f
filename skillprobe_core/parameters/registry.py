"""The families of measures. To add one, add a file, a line here and its columns in the table."""

from __future__ import annotations

from typing import Final

from .elementwise.block import Elementwise
from .elementwise.concentration import CONCENTRATION
from .elementwise.moments import MOMENTS
from .elementwise.norms import NORMS
from .elementwise.sparsity import SPARSITY
from .elementwise.tolerance import TOLERANCE
from .spectral.angles import ANGLES
from .spectral.drift import DRIFT
from .spectral.family import Spectral
from .spectral.intruders import INTRUDERS
from .spectral.masks import MASKS
from .spectral.ranks import RANKS
from .spectral.tail import TAIL

ELEMENTWISE: Final[tuple[Elementwise, ...]] = (NORMS, MOMENTS, SPARSITY, TOLERANCE, CONCENTRATION)
SPECTRAL: Final[tuple[Spectral, ...]] = (DRIFT, RANKS, ANGLES, MASKS, INTRUDERS, TAIL)
