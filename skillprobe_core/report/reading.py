"""The paragraph below the table: what the tests of change establish, and what they leave open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from skillprobe_core.store.parquet import Partition, Store
from skillprobe_core.store.tables.profile_tests import PROFILE_TESTS

_LEVEL = 0.05


def reading(store: Store, checkpoints: Sequence[tuple[str, int]], item_set: str) -> str:
    """One sentence or more for each (model, step) that has stored tests: skills, domains and cells whose change
    is established at a family-wise 5 %, collapses, and the drop that would have been found where none was.
    """
    parts = []
    for model, step in checkpoints:
        part = Partition.checkpoint(model, step)
        if store.provenance(PROFILE_TESTS, part) is not None:
            tests = store.read(PROFILE_TESTS, part).filter(item_set=item_set)
            parts.append(read_tests(tests, f"{model} at step {step}"))
    return " ".join(parts)


def read_tests(tests: pl.DataFrame, name: str, after: str | None = None) -> str:
    """The reading of one checkpoint's `profile_tests` rows; `after` names what it is compared with if not its base."""
    overall = tests.filter(scope="overall").row(0, named=True)
    sentences = [
        f"{name}{f', after {after}' if after else ''}: overall accuracy went from "
        f"{overall['base_accuracy']:.2f} to {overall['accuracy']:.2f} "
        f"({_change(overall)}, {_overall_p(overall)})."
    ]
    skills, domains = tests.filter(scope="skill"), tests.filter(scope="domain")
    sentences += _moved(skills, "skill")
    sentences += _moved(domains, "domain") if domains.height > 1 else ()  # one alone is the overall change
    still = skills.filter(pl.col("p_adjusted") > _LEVEL)
    if still.height:
        sentences.append(f"No change is established for {_and(still['skill'].to_list())}{_what_was_missed(still)}.")
    sentences.append(_cells(tests.filter(scope="cell")))
    return " ".join(sentences)


def read_model(model: str, tests: pl.DataFrame, onsets: pl.DataFrame) -> str:
    """The reading of one model: its last step, collapses that lasted, and changes that can be dated.

    tests: its rows of `study_tests`; onsets: its rows of `change_onsets`.
    """
    if tests.is_empty():
        return f"{model}: only the base has been evaluated so far; nothing can have changed."
    last = tests.select(pl.col("step").max()).item()
    sentences = [read_tests(tests.filter(step=last), f"{model} at step {last}")]
    lasting = tests.filter((pl.col("scope") == "cell") & pl.col("persistent"))
    if lasting.height:
        first = lasting.group_by("skill", "domain").agg(pl.col("step").min()).sort("step", "skill", "domain")
        listed = [f"{skill}/{domain} (confirmed at step {step})" for skill, domain, step in first.iter_rows()]
        sentences.append(f"Collapsed at two evaluated steps running: {_and(listed)}.")
    dated = onsets.filter((pl.col("scope") == "cell") & (pl.col("p") <= _LEVEL)).sort("p").head(4)
    if dated.height:
        listed = [
            f"{row['skill']}/{row['domain']} ({row['shift']:+z.2f}) at step {row['onset_step']} "
            f"[{row['onset_low']}, {row['onset_high']}]"
            for row in dated.iter_rows(named=True)
        ]
        sentences.append(f"Changed for good: {_and(listed)}.")
    return " ".join(sentences)


def _moved(rows: pl.DataFrame, scope: str) -> Iterator[str]:
    moved = rows.filter(pl.col("p_adjusted") <= _LEVEL).sort(pl.col("change").abs(), descending=True)
    for verb, some in (("grew", moved.filter(pl.col("change") > 0)), ("fell", moved.filter(pl.col("change") < 0))):
        if some.height:
            listed = (
                f"{row[scope]} {_change(row)}, adjusted p = {_p(row['p_adjusted'])}"
                for row in some.iter_rows(named=True)
            )
            yield f"{scope.capitalize()}s that {verb}: {'; '.join(listed)}."


def _what_was_missed(still: pl.DataFrame) -> str:
    """How large a drop would have been found, and where none would: nothing can drop that the base does not solve."""
    findable = pl.col("detectable_change") < 1
    possible = still.filter(findable & (pl.col("detectable_change") <= pl.col("base_accuracy")))
    if still.filter(findable).is_empty():
        return " (too few items for any drop to be found)"
    if possible.is_empty():
        return " (the base solves too little there for a drop to be found)"
    largest: float = possible.select(pl.col("detectable_change").max()).item()
    others = [skill for skill in still["skill"] if skill not in set(possible["skill"])]
    less = f"; none in {_and(others)}, of which the base solves too little" if others else ""
    return f" (a drop of {largest:.2f} would have been found with 80 % power{less})"


def _cells(cells: pl.DataFrame) -> str:
    moved = cells.filter(pl.col("p_adjusted") <= _LEVEL).sort("change")
    collapsed = cells.filter(pl.col("collapse"))
    margin: float = cells.select(pl.col("margin").max()).item()
    told = f"{moved.height} of {cells.height} cells moved"
    if moved.height:
        extremes = moved if moved.height <= 4 else pl.concat([moved.head(2), moved.tail(2)])
        named = [f"{row['skill']}/{row['domain']} {row['change']:+z.2f}" for row in extremes.iter_rows(named=True)]
        told += f" ({', '.join(named)}{', ...' if moved.height > 4 else ''})"
    if collapsed.height:
        names = [f"{row['skill']}/{row['domain']}" for row in collapsed.iter_rows(named=True)]
        return f"{told}; collapsed by more than {margin:.2f}: {_and(names)}."
    return f"{told}; none is shown to have collapsed by more than {margin:.2f}."


def _change(row: dict[str, float]) -> str:
    return f"{row['change']:+z.2f} [{row['change_low']:+z.2f}, {row['change_high']:+z.2f}]"


def _overall_p(row: dict[str, float]) -> str:
    """Alone in its family the overall change needs no adjustment; among many checkpoints it does."""
    adjusted = "" if row["p_adjusted"] == row["p"] else "adjusted "
    return f"{adjusted}p = {_p(row['p_adjusted'])}"


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else f"{value:.0e}"


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
