"""The assets, one file per table group; each only calls its stage and says what the UI shows of the result."""

from collections.abc import Sequence

import dagster as dg

from .checkpoints import checkpoints, reference
from .generations import generations
from .items import items
from .logit_divergence import logit_divergence
from .parameter_stats import parameter_stats
from .profile_tests import profile_tests
from .skill_scores import skill_scores
from .verdicts import verdicts

ASSETS: Sequence[dg.AssetsDefinition] = (
    items,
    checkpoints,
    reference,
    generations,
    verdicts,
    skill_scores,
    logit_divergence,
    parameter_stats,
    profile_tests,
)
