"""`skillprobe study`: analysis of all checkpoints together."""

from __future__ import annotations

from typing import Annotated

import typer

from skillprobe_core.terminal import say, say_folded

from .protocol_option import ProtocolOption


def study(
    models: Annotated[
        list[str] | None, typer.Argument(help="Models to compare (default: those in the settings).")
    ] = None,
    target: Annotated[
        list[str] | None, typer.Option(help="Training target: a domain, a skill or SKILL/DOMAIN; repeat for more.")
    ] = None,
    protocol: ProtocolOption = None,
) -> None:
    """Analyse all checkpoints: cost of the gain, lasting changes with their step, transfer, predictors of forgetting.

    Stores the tables study_tests, study_points, study_measures, change_onsets, transfer, matched_gain and law_fits.
    """
    import polars as pl

    from skillprobe_core.measurements.protocols.judged_items import judged_items
    from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
    from skillprobe_core.measurements.study.onset_claims import dated_in_the_skill, dated_in_these_kinds
    from skillprobe_core.measurements.study.study_subject import read_models, write_study
    from skillprobe_core.measurements.training.metrics_with_skills import metrics_with_skills
    from skillprobe_core.measurements.training.training_metrics_table import TRAINING_METRICS
    from skillprobe_core.project.project import Project
    from skillprobe_core.show.report.results_in_words import IN_THE_SKILL, IN_THESE_KINDS
    from skillprobe_core.show.report.terminal_tables import print_table

    project = Project.open()
    settings = project.settings.study
    digest = project.protocol(protocol, models or settings.models).protocol
    items = judged_items(project.store, digest)
    margin = project.settings.tests.collapse_margin
    found = write_study(project.store, digest, models or settings.models, items, target or settings.targets, margin)
    frames = found.frames
    points = frames["study_points"].select(
        "model", "step", "gain", "drop", "on_front", "drift", "drift_noise", "collapsed", "output_broken", "persistent"
    )
    print_table(points, title=f"Gain in {found.study.targets}, and its cost in the other cells", keys=2)
    onsets = frames["change_onsets"].filter(pl.col("scope") != "overall")
    lasting = onsets.filter(dated_in_these_kinds()).with_columns(
        claim=pl.when(dated_in_the_skill()).then(pl.lit(IN_THE_SKILL)).otherwise(pl.lit(IN_THESE_KINDS))
    )
    for row in lasting.sort("model", "onset_step", "skill", "domain").iter_rows(named=True):
        say_folded(
            f"{row['model']}: {row['skill']}/{row['domain']} shows a lasting change of {row['shift']:+z.2f} "
            f"{row['claim']} from step {row['onset_step']} [{row['onset_low']}, {row['onset_high']}] "
            f"(adjusted p = {row['p']:.2g} in these kinds, {row['kind_p']:.2g} with kinds as clusters)"
        )
    if lasting.is_empty():
        say("No significant lasting change in any cell, skill or domain.")
    laws = frames["law_fits"].select(
        "rank", "measure", "points", "r2", "r2_low", "r2_high", "r2_new_model", "r2_new_model_step", "reason"
    )
    say()
    print_table(laws.head(10), title="Predictors of forgetting", keys=2)
    metrics, scores = (
        read_models(project.store, digest, table, found.models) for table in (TRAINING_METRICS, SKILL_SCORES)
    )
    training = metrics_with_skills(metrics, scores)
    if training.height:
        say()
        print_table(training, title="Loss and reward of the trainer, and accuracy over all skills", keys=2)
