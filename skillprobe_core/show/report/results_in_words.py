"""The paragraph below the table: the results of the tests of change, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.profile_tests.profile_tests_table import PROFILE_TESTS
from skillprobe_core.measurements.profile_tests.significant_rows import in_the_skill, in_these_kinds
from skillprobe_core.measurements.study.onset_claims import dated_in_the_skill, dated_in_these_kinds
from skillprobe_core.measurements.verdicts.answer_form import FORM_RATES
from skillprobe_core.stats.significance import SIGNIFICANCE

IN_THESE_KINDS = "in these kinds"
"""The claim of a test over items: on the kinds in the item set."""

IN_THE_SKILL = "in the skill"
"""The claim of a test with kinds as clusters: on kinds like these."""

CLAIMS = (
    "A change in these kinds was tested over the items and holds for the kinds in the item set. A change in the skill "
    "is also significant with kinds as a random sample, so other kinds of the skill can be expected to change alike."
)
"""Explanation of the two claims."""

_MOST_DATES = 4
_MOST_CELLS = 4


def reading(store: Store, protocol: str, checkpoints: Sequence[tuple[str, int]]) -> str:
    """Sentences for each (model, step) that has stored tests under a protocol.

    They name significant changes of the answers' form, then skills, domains and cells with a significant change
    (5 % over all of them together), collapses, broken output, and the minimum detectable drop where no change is
    significant. A change is claimed `in these kinds` of items, or `in the skill` where a test that takes the kinds for
    a random sample supports it.
    """
    parts = []
    for model, step in checkpoints:
        part = Partition.checkpoint(model, step, protocol)
        if store.provenance(PROFILE_TESTS, part) is not None:
            tests = store.read(PROFILE_TESTS, part)
            parts.append(read_tests(tests, f"{model} at step {step}"))
    return " ".join(parts)


def read_tests(tests: pl.DataFrame, name: str, after: str | None = None) -> str:
    """The reading of one checkpoint's `profile_tests` rows; `after`: the compared checkpoint if not the base."""
    overall = tests.filter(scope="overall").row(0, named=True)
    form = _form(overall)
    sentences = [f"{name}{f' compared with {after}' if after else ''}: {form or 'overall'}"]
    sentences[0] += (
        f"{' Overall' if form else ''} accuracy went from {overall['base_accuracy']:.2f} to {overall['accuracy']:.2f} "
        f"({_change(overall)}, adjusted p = {_p(_adjusted(overall))})."
    )
    sentences += _on_subsets(overall)
    skills, domains = tests.filter(scope="skill"), tests.filter(scope="domain")
    sentences += _moved(skills.filter(in_the_skill()), "skill", f"{IN_THE_SKILL}, not only {IN_THESE_KINDS}")
    sentences += _moved(skills.filter(in_these_kinds() & ~in_the_skill()), "skill", IN_THESE_KINDS)
    if domains.height > 1:  # a single domain is the overall change
        sentences += _moved(domains.filter(in_these_kinds()), "domain", IN_THESE_KINDS)
    still = skills.filter(~in_these_kinds())
    if still.height:
        sentences.append(f"No significant change in {_and(still['skill'].to_list())}{_what_was_missed(still)}.")
    sentences.append(_cells(tests.filter(scope="cell")))
    return " ".join(sentences)


def read_model(model: str, tests: pl.DataFrame, onsets: pl.DataFrame) -> str:
    """The reading of one model: its last step, persistent collapses, and lasting changes with their step.

    tests: its rows of `study_tests`; onsets: its rows of `change_onsets`.
    """
    if tests.is_empty():
        return f"{model}: only the base has been evaluated so far, so there is no change to test."
    last = tests.select(pl.col("step").max()).item()
    sentences = [read_tests(tests.filter(step=last), f"{model} at step {last}")]
    lasting = tests.filter((pl.col("scope") == "cell") & pl.col("persistent"))
    if lasting.height:
        first = lasting.group_by("skill", "domain").agg(pl.col("step").min()).sort("step", "skill", "domain")
        listed = [f"{skill}/{domain} (confirmed at step {step})" for skill, domain, step in first.iter_rows()]
        sentences.append(f"Collapsed at two consecutive evaluated steps: {_and(listed)}.")
    sentences += _lasting(onsets.filter(pl.col("scope").is_in(["skill", "cell"])))
    return " ".join(sentences)


def _lasting(onsets: pl.DataFrame) -> Iterator[str]:
    """Lasting changes with their date: those of the skill, then those of these kinds alone, the surest ones first."""
    for claim, rows in (
        (f"{IN_THE_SKILL}, not only {IN_THESE_KINDS}", onsets.filter(dated_in_the_skill())),
        (IN_THESE_KINDS, onsets.filter(dated_in_these_kinds() & ~dated_in_the_skill())),
    ):
        if rows.height:
            surest = rows.sort("p", "kind_p", "skill", "domain").head(_MOST_DATES)
            listed = "; ".join(map(_date, surest.iter_rows(named=True)))
            rest = f"; and {rows.height - _MOST_DATES} more" if rows.height > _MOST_DATES else ""
            yield f"Lasting changes {claim} [95 % interval of the step]: {listed}{rest}."


def _date(row: dict[str, Any]) -> str:
    return (
        f"{_group(row)} ({row['shift']:+z.2f}) from step {row['onset_step']} [{row['onset_low']}, "
        f"{row['onset_high']}], adjusted p = {_p(row['p'])} in these kinds, {_p(row['kind_p'])} with kinds as clusters"
    )


def _group(row: dict[str, str]) -> str:
    return row["skill"] if row["domain"] == "all" else f"{row['skill']}/{row['domain']}"


def _form(overall: dict[str, float | None]) -> str:
    """The rates of malformed, unparsed, truncated and looped answers that changed by more than noise; empty if none."""
    changed = [
        f"{name} {overall[f'{name}_change']:+.2f} (adjusted p = {_p(p)})"
        for name in FORM_RATES
        if (p := overall[f"{name}_p"]) is not None and p <= SIGNIFICANCE
    ]
    if not changed:
        return ""
    return f"the form of the answers changed significantly: {', '.join(changed)}."


def _on_subsets(overall: dict[str, float | None]) -> Iterator[str]:
    """The overall change among well-formed answers and on the items that neither side cut, where these are not all."""
    items, formed, uncut = (overall[name] or 0 for name in ("items", "well_formed_items", "uncut_items"))
    rates = (overall["well_formed_rate"], overall["base_well_formed_rate"])
    if formed and min(rate or 0 for rate in rates) < 1:
        yield (
            f"Among well-formed, finished answers it went from {overall['base_well_formed_accuracy']:.2f} to "
            f"{overall['well_formed_accuracy']:.2f} ({formed} of {items} items)."
        )
    if uncut and uncut < items:
        yield (
            f"On the {uncut} of {items} items that neither side cut it changed by {overall['uncut_change']:+z.2f} "
            f"[{overall['uncut_change_low']:+z.2f}, {overall['uncut_change_high']:+z.2f}], "
            f"p = {_p(overall['uncut_p_adjusted'] or 0)}."
        )


def _moved(rows: pl.DataFrame, scope: str, claim: str) -> Iterator[str]:
    moved = rows.sort(pl.col("change").abs(), descending=True)
    for verb, some in (("rose", moved.filter(pl.col("change") > 0)), ("fell", moved.filter(pl.col("change") < 0))):
        if some.height:
            listed = (
                f"{row[scope]} {_change(row)}, adjusted p = {_p(_adjusted(row))}{_well_formed_change(row)}"
                f"{_of_kinds(row, verb) if scope == 'skill' else ''}"
                for row in some.iter_rows(named=True)
            )
            yield f"{scope.capitalize()}s that {verb} significantly {claim}: {'; '.join(listed)}."


def _of_kinds(row: dict[str, float | None], verb: str) -> str:
    """The number of kinds that moved, and the interval and p-value with kinds as clusters; empty in earlier rows."""
    if row["kinds"] is None:
        return ""
    moved = row["kinds_risen"] if verb == "rose" else row["kinds_fallen"]
    counted = f", {moved} of {row['kinds']} kinds {verb}"
    if row["kind_p_adjusted"] is None:
        return counted
    reach = f"[{row['kind_low']:+z.2f}, {row['kind_high']:+z.2f}]"
    return f"{counted}, with kinds as clusters {reach}, adjusted p = {_p(row['kind_p_adjusted'])}"


def _what_was_missed(still: pl.DataFrame) -> str:
    """The minimum detectable drop, and the skills whose base accuracy is too low for any drop to be detected."""
    findable = pl.col("detectable_change") < 1
    possible = still.filter(findable & (pl.col("detectable_change") <= pl.col("base_accuracy")))
    if still.filter(findable).is_empty():
        return " (too few items to detect any drop)"
    if possible.is_empty():
        return " (base accuracy too low to detect a drop)"
    largest: float = possible.select(pl.col("detectable_change").max()).item()
    others = [skill for skill in still["skill"] if skill not in set(possible["skill"])]
    less = f"; base accuracy too low to detect a drop in {_and(others)}" if others else ""
    return f" (minimum detectable drop at 80 % power: {largest:.2f}{less})"


def _cells(cells: pl.DataFrame) -> str:
    moved = cells.filter(in_these_kinds()).sort("change")
    collapsed, broken = cells.filter(pl.col("collapse")), cells.filter(pl.col("output_broken"))
    margin: float = cells.select(pl.col("margin").max()).item()
    told = f"{moved.height} of {cells.height} cells changed significantly {IN_THESE_KINDS}"
    if moved.height:
        extremes = moved if moved.height <= 4 else pl.concat([moved.head(2), moved.tail(2)])
        named = [f"{row['skill']}/{row['domain']} {row['change']:+z.2f}" for row in extremes.iter_rows(named=True)]
        told += f" ({', '.join(named)}{', ...' if moved.height > 4 else ''})"
    if broken.height:
        names = [
            f"{row['skill']}/{row['domain']} ({row['well_formed_rate']:.2f}, before {row['base_well_formed_rate']:.2f})"
            for row in broken.sort("well_formed_rate").iter_rows(named=True)
        ]
        told += f"; output broken (fewer than half of the answers are well-formed): {_first_cells(names, cells.height)}"
    if collapsed.height:
        names = [f"{row['skill']}/{row['domain']}" for row in collapsed.sort("change").iter_rows(named=True)]
        first = _first_cells(names, cells.height)
        return f"{told}; collapsed (significant drop of more than {margin:.2f}): {first}."
    return f"{told}; none collapsed (significant drop of more than {margin:.2f})."


def _first_cells(names: list[str], cells: int) -> str:
    """The first of some cells with the number of the others; all are in the table."""
    if len(names) <= _MOST_CELLS + 1:
        return _and(names)
    number = f"all {cells} cells" if len(names) == cells else f"{len(names)} of {cells} cells"
    return f"{number}, first {_and(names[:_MOST_CELLS])}"


def _well_formed_change(row: dict[str, float]) -> str:
    """The change among well-formed answers after that of all answers; empty if every item has them on both sides."""
    if not row["well_formed_items"] or row["well_formed_items"] >= row["items"]:
        return ""
    return f" ({row['well_formed_accuracy'] - row['base_well_formed_accuracy']:+z.2f} among well-formed answers)"


def _change(row: dict[str, float]) -> str:
    return f"{row['change']:+z.2f} [{row['change_low']:+z.2f}, {row['change_high']:+z.2f}]"


def _adjusted(row: dict[str, float]) -> float:
    """The p-value adjusted over all scopes; that of the row's scope in rows of an earlier version."""
    return row["p_adjusted"] if row["p_gated"] is None else row["p_gated"]


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else f"{value:.0e}"


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
