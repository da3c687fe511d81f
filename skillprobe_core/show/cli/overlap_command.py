"""`skillprobe overlap`: agreement of two updates of one base in place and direction."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from skillprobe_core.extras import require


class By(StrEnum):
    """Grouping of the rows."""

    MODEL = "model"
    COMPONENT = "component"
    LAYER = "layer"
    TENSOR = "tensor"


def overlap(
    first: Annotated[str, typer.Argument(help="MODEL@STEP (or MODEL/STEP) of a configured run.")],
    second: Annotated[str, typer.Argument(help="MODEL@STEP of the same run, or of another run of the same base.")],
    by: Annotated[By, typer.Option(help="Grouping of the rows.")] = By.COMPONENT,
) -> None:
    """Compare the weight updates of two checkpoints: Jaccard overlap, cosine and subspace similarity, with chance."""
    require("models", "comparing weights")
    from skillprobe_core.errors import SettingsError
    from skillprobe_core.measurements.parameters.update_agreement import agreement, compare_updates
    from skillprobe_core.project.project import Project
    from skillprobe_core.runs.weights import open_weights
    from skillprobe_core.show.report.terminal_tables import print_table

    project = Project.open()
    one, two = (project.probe(key) for key in (first, second))
    if one.base_identity.weights_digest != two.base_identity.weights_digest:
        raise SettingsError(
            f"{first} and {second} have different bases ({one.base.path} and {two.base.path})",
            remedy="choose two checkpoints trained from the same base; their updates are measured from it",
        )
    tensors = compare_updates(*(open_weights(probe.files) for probe in (one.base, one.checkpoint, two.checkpoint)))
    rows = tensors.drop("elements") if by is By.TENSOR else agreement(tensors, () if by is By.MODEL else (by.value,))
    print_table(rows, title=f"Updates of {first} and {second} from their base")
