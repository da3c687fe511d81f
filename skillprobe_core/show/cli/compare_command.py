"""`skillprobe compare`: two stored checkpoints compared item by item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from skillprobe_core.terminal import folded, say, say_folded
from skillprobe_core.visible import visible

from .protocol_option import ProtocolOption

if TYPE_CHECKING:
    import polars as pl


def compare(
    before: Annotated[
        str, typer.Argument(help="First checkpoint: MODEL@STEP (or MODEL/STEP); `base` is the other model's step 0.")
    ],
    after: Annotated[str, typer.Argument(help="Checkpoint to compare with it, in the same form.")],
    items_shown: Annotated[int, typer.Option("--items", min=0, help="Number of informative items to print.")] = 3,
    detail: Annotated[
        bool,
        typer.Option(
            "--detail",
            help="Also print the items gained and forgotten, the kinds that rose and fell significantly, and the "
            "changes among well-formed answers and among answers that were not cut.",
        ),
    ] = False,
    protocol: ProtocolOption = None,
) -> None:
    """Compare two checkpoints per skill and cell: accuracies, paired change with interval, adjusted p, noise floor.

    The adjusted p holds over all rows together, also over the kinds of items, which are not shown. The clustered p
    takes kinds as clusters: it is a claim about the skill, not only about its kinds in the item set. Below the table:
    the significant changes, and the most informative items with both answers.
    """
    import polars as pl

    from skillprobe_core.engine.store import Partition
    from skillprobe_core.measurements.generations.generations_table import GENERATIONS
    from skillprobe_core.measurements.items.wanted_items import items_of_set
    from skillprobe_core.measurements.protocols.judged_items import check_evaluated
    from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
    from skillprobe_core.project.project import Project
    from skillprobe_core.show.report.comparison import compared_keys, most_informative, stored_comparison
    from skillprobe_core.show.report.prompt_notes import comparison_warnings
    from skillprobe_core.show.report.results_in_words import CLAIMS, changes_in_words
    from skillprobe_core.show.report.terminal_tables import print_table

    project = Project.open()
    keys = compared_keys(before, after)
    models = [model for model, _ in keys]
    store, chosen = project.store, project.protocol(protocol, models)
    check_evaluated(store, chosen.protocol, models)
    parts = [Partition.checkpoint(*key, chosen.protocol) for key in keys]
    first, second = (store.read(VERDICTS, part) for part in parts)
    items = items_of_set(store, chosen.item_set)
    tests = stored_comparison(store, chosen, *keys, project.settings.tests.collapse_margin)
    names = [f"{model}@{step}" for model, step in keys]
    for line in comparison_warnings(store, chosen.protocol, *keys):
        say_folded(visible(line))
    measured = tests["noise_floor"].null_count() < tests.height
    rows = tests.filter(pl.col("scope") != "kind")
    print_table(
        _changes(rows, measured),
        title=f"Paired change from {names[0]} (before) to {names[1]} (after) on {len(items)} items",
        keys=2,
    )
    if detail:
        kinds = pl.format("+{} -{} of {}", "kinds_risen", "kinds_fallen", "kinds").alias("kinds")
        say()
        print_table(
            rows.select("skill", "domain", "gained", "forgotten", kinds, *_of_subsets(tests)), title="Details", keys=2
        )
    if not measured:
        say(f"noise floor not measured: skillprobe noise {names[1]}")
    say(f"\n{changes_in_words(tests, names[1], after=names[0])}")
    say(f"\n{folded(CLAIMS)}")
    if items_shown:
        said = (store.read(GENERATIONS, part) for part in parts)
        _print_items(most_informative(first, second, items, *said, count=items_shown), names)


def _changes(tests: pl.DataFrame, measured: bool) -> pl.DataFrame:
    """The table of changes, with the noise floor if it was measured."""
    import polars as pl

    from skillprobe_core.show.report.comparison import noise_words

    floor = pl.struct("above_noise", "noise_floor").map_elements(noise_words, return_dtype=pl.String)
    return tests.select(
        "skill",
        "domain",
        "items",
        pl.col("base_accuracy").round(3).alias("before"),
        pl.col("accuracy").round(3).alias("after"),
        pl.col("change").round(3),
        pl.format("[{}, {}]", _two("change_low"), _two("change_high")).alias("95 % interval"),
        pl.col("p_gated").alias("adjusted p"),
        pl.col("kind_p_adjusted").alias("clustered p"),
        *([floor.alias("noise floor")] if measured else []),
    )


def _of_subsets(tests: pl.DataFrame) -> list[pl.Expr]:
    """The change among well-formed answers, and the test on items that neither side cut, where these are not all."""
    import polars as pl

    some = []
    if (tests["well_formed_items"] < tests["items"]).any():
        formed = pl.col("well_formed_accuracy") - pl.col("base_well_formed_accuracy")
        some += [formed.alias("change, well-formed"), pl.col("well_formed_items").alias("items, well-formed")]
    if (tests["uncut_items"] < tests["items"]).any():
        some += [
            pl.col("uncut_change").alias("change, not cut"),
            pl.col("uncut_p_adjusted").alias("adjusted p, not cut"),
            pl.col("uncut_items").alias("items, not cut"),
        ]
    return some


def _two(name: str) -> pl.Expr:
    import polars as pl

    return pl.col(name).map_elements(lambda value: f"{value:+z.2f}", return_dtype=pl.String)


def _print_items(items: pl.DataFrame, names: list[str]) -> None:
    for row in items.iter_rows(named=True):
        say(f"\n--- {row['outcome']}: {row['skill']}/{row['domain']}, {row['kind']}, level {row['level']}")
        say(f"{row['prompt']}\n  answer: {row['answer']}")
        for name, side in zip(names, ("before", "after"), strict=True):
            say(f"  {name}: {visible((row[side] or '')[:400])}")
