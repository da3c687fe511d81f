"""`skillprobe overlap`: whether two updates of one base changed the same weights, and in the same direction."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class By(StrEnum):
    """What rows stand for."""

    MODEL = "model"
    COMPONENT = "component"
    LAYER = "layer"
    TENSOR = "tensor"


def overlap(
    first: Annotated[str, typer.Argument(help="MODEL@STEP (or MODEL/STEP) of a configured run.")],
    second: Annotated[str, typer.Argument(help="MODEL@STEP of the same run, or of another run of the same base.")],
    by: Annotated[By, typer.Option(help="What a row stands for.")] = By.COMPONENT,
) -> None:
    """Compare what two checkpoints updated: Jaccard overlap, cosine and subspace similarity, each beside chance."""
    from skillprobe_core.checkpoints.weights import open_weights
    from skillprobe_core.errors import SettingsError
    from skillprobe_core.parameters.updates import agreement, compare_updates
    from skillprobe_core.pipeline.project import Project
    from skillprobe_core.report.tables import print_table

    project = Project.open()
    one, two = (project.probe(key.replace("@", "/")) for key in (first, second))
    if one.base_identity.weights_digest != two.base_identity.weights_digest:
        raise SettingsError(
            f"{first} and {second} were tuned from different bases ({one.base.path} and {two.base.path})",
            remedy="compare checkpoints of one base: overlap is that of their updates from it",
        )
    tensors = compare_updates(*(open_weights(probe.path) for probe in (one.base, one.checkpoint, two.checkpoint)))
    rows = tensors.drop("elements") if by is By.TENSOR else agreement(tensors, () if by is By.MODEL else (by.value,))
    print_table(rows, title=f"Updates of {first} and {second} from their base")
