"""`skillprobe scores`: accuracy per skill of every stored checkpoint."""

from __future__ import annotations

from typing import Annotated

import typer


def scores(
    models: Annotated[list[str] | None, typer.Argument(help="Models to show; all without.")] = None,
    item_set: Annotated[str | None, typer.Option(help="Item set; else the one stored last.")] = None,
) -> None:
    """Show accuracy per skill with 95 % intervals, divergence and weight change, checkpoint by checkpoint."""
    from skillprobe_core.errors import StoreError
    from skillprobe_core.pipeline.judged import judged_items
    from skillprobe_core.pipeline.project import Project
    from skillprobe_core.report.summary import print_summary
    from skillprobe_core.store.tables.skill_scores import SKILL_SCORES

    store = Project.open().store
    known = store.models(SKILL_SCORES)
    for model in models or []:
        if model not in known:
            raise StoreError(
                f"the store holds no model named {model!r}",
                remedy=f"use one of: {', '.join(known) or 'none yet; run `skillprobe probe` first'}",
                path=store.root,
            )
    items = judged_items(store, item_set)
    wanted = [part for part in store.partitions(SKILL_SCORES) if not models or part[0] in models]
    print_summary(store, wanted, str(items["item_set"][0]))
