"""The assets, one file per table group; each only calls its stage and selects the metadata that the UI shows."""

from collections.abc import Sequence

import dagster as dg

from .base_spectra import base_spectra
from .checkpoints import checkpoints, previous, reference
from .generations import generations
from .items import items
from .logit_divergence import logit_divergence
from .parameter_stats import parameter_stats
from .profile_tests import profile_tests
from .representation_shift import representation_shift
from .skill_scores import skill_scores
from .study import report, study
from .verdicts import verdicts

ASSETS: Sequence[dg.AssetsDefinition] = (
    items,
    checkpoints,
    reference,
    previous,
    generations,
    verdicts,
    skill_scores,
    logit_divergence,
    representation_shift,
    base_spectra,
    parameter_stats,
    profile_tests,
)
"""The assets that the job of a checkpoint materialises."""

SUMMARIES: Sequence[dg.AssetsDefinition] = (study, report)
"""The assets that are materialised when checkpoints have been probed and no run is in progress."""
