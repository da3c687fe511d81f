"""The text below the table: the results of the tests of change, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.profile_tests.profile_tests_table import PROFILE_TESTS
from skillprobe_core.measurements.profile_tests.significant_rows import in_the_skill, in_these_kinds
from skillprobe_core.measurements.study.onset_claims import dated_in_the_skill, dated_in_these_kinds
from skillprobe_core.measurements.verdicts.answer_form import FORM_RATES
from skillprobe_core.stats.significance import SIGNIFICANCE
from skillprobe_core.terminal import folded

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


@dataclass(frozen=True)
class InWords:
    """The results of one checkpoint's tests: what follows from them in one sentence, and what it rests on."""

    result: str
    evidence: tuple[str, ...] = ()
    """Sentences that can each stand alone."""

    def __str__(self) -> str:
        """The result, then a line for each piece of evidence."""
        return "\n".join(map(folded, [self.result, *(f"- {sentence}" for sentence in self.evidence)]))


def stored_results_in_words(store: Store, protocol: str, checkpoints: Sequence[tuple[str, int]]) -> list[InWords]:
    """The results of each (model, step) that has stored tests under a protocol; see `changes_in_words`."""
    found = []
    for model, step in checkpoints:
        part = Partition.checkpoint(model, step, protocol)
        if store.provenance(PROFILE_TESTS, part) is not None:
            found.append(changes_in_words(store.read(PROFILE_TESTS, part), f"{model} at step {step}"))
    return found


def changes_in_words(tests: pl.DataFrame, name: str, after: str | None = None) -> InWords:
    """The results in one checkpoint's rows of `profile_tests`.

    The first sentence names broken output, a change of the answers' form, collapses, and skills with a significant
    change (5 % over all scopes together). A change is claimed `in these kinds` of items, or `in the skill` where a test
    that takes the kinds for a random sample supports it. The evidence has the changes with intervals and p-values, and
    the minimum detectable drop where no change is significant.

    Args:
        tests: the rows of one checkpoint.
        name: the checkpoint, as text.
        after: the checkpoint that it is compared with, if that is not its base.
    """
    overall = tests.filter(scope="overall").row(0, named=True)
    skills, domains, cells = (tests.filter(scope=scope) for scope in ("skill", "domain", "cell"))
    evidence = [
        f"Overall accuracy went from {overall['base_accuracy']:.2f} to {overall['accuracy']:.2f} "
        f"({_change(overall)}, adjusted p = {_p(_adjusted(overall))}).",
        *_form(overall),
        *_on_subsets(overall),
        *_moved(skills.filter(in_these_kinds()), "skill"),
    ]
    if domains.height > 1:  # a single domain is the overall change
        evidence += _moved(domains.filter(in_these_kinds()), "domain")
    still = skills.filter(~in_these_kinds())
    if still.height:
        evidence.append(f"No significant change in {_and(still['skill'].to_list())}{_what_was_missed(still)}.")
    evidence += _cells(cells)
    compared = f" compared with {after}" if after else ""
    return InWords(f"{name}{compared}: {'; '.join(_result(overall, skills, cells))}.", tuple(evidence))


def model_in_words(model: str, tests: pl.DataFrame, onsets: pl.DataFrame) -> InWords:
    """The results of one model: its last step, persistent collapses, and lasting changes with their step.

    tests: its rows of `study_tests`; onsets: its rows of `change_onsets`.
    """
    if tests.is_empty():
        return InWords(f"{model}: only the base has been evaluated so far, so there is no change to test.")
    last = tests.select(pl.col("step").max()).item()
    at_last = changes_in_words(tests.filter(step=last), f"{model} at step {last}")
    evidence = list(at_last.evidence)
    lasting = tests.filter((pl.col("scope") == "cell") & pl.col("persistent"))
    if lasting.height:
        first = lasting.group_by("skill", "domain").agg(pl.col("step").min()).sort("step", "skill", "domain")
        listed = [f"{skill}/{domain} (confirmed at step {step})" for skill, domain, step in first.iter_rows()]
        evidence.append(f"Collapsed at two consecutive evaluated steps: {_and(listed)}.")
    evidence += _lasting(onsets.filter(pl.col("scope").is_in(["skill", "cell"])))
    return InWords(at_last.result, tuple(evidence))


def _result(overall: dict[str, Any], skills: pl.DataFrame, cells: pl.DataFrame) -> Iterator[str]:
    """Clauses of the first sentence, the most severe first."""
    broken, collapsed = cells.filter(pl.col("output_broken")), cells.filter(pl.col("collapse")).sort("change")
    if broken.height:
        yield f"output broken in {broken.height} of {cells.height} cells"
    if form := [name for name, _, _ in _changed_form(overall)]:
        yield f"the form of the answers changed ({', '.join(form)})"
    if collapsed.height:
        yield f"collapsed: {_some(_cell_names(collapsed))}"
    significant = skills.filter(in_these_kinds())
    for claim, rows in _by_claim(significant):
        for verb, some in _by_direction(rows):
            if some.height:
                yield f"{_and(some['skill'].to_list())} {verb} {claim}"
    if significant.is_empty():
        moved = _adjusted(overall) <= SIGNIFICANCE
        verb = "rose" if overall["change"] > 0 else "fell"
        yield f"overall accuracy {verb}, no skill by itself" if moved else "no significant change of accuracy"
    if collapsed.is_empty():
        yield "no cell collapsed"


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


def _changed_form(overall: dict[str, Any]) -> Iterator[tuple[str, float, float]]:
    """The rates of answers by their form that changed by more than noise: name, change and adjusted p."""
    for name in FORM_RATES:
        p = overall[f"{name}_p"]
        if p is not None and p <= SIGNIFICANCE:
            yield name, overall[f"{name}_change"], p


def _form(overall: dict[str, Any]) -> Iterator[str]:
    if changed := [f"{name} {change:+.2f} (adjusted p = {_p(p)})" for name, change, p in _changed_form(overall)]:
        yield f"The form of the answers changed significantly: {', '.join(changed)}."


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


def _by_claim(skills: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Significant rows of skills by the claim that they allow."""
    yield IN_THE_SKILL, skills.filter(in_the_skill())
    yield IN_THESE_KINDS, skills.filter(~in_the_skill())


def _by_direction(rows: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Falls, then rises, the largest first."""
    yield "fell", rows.filter(pl.col("change") < 0).sort("change")
    yield "rose", rows.filter(pl.col("change") > 0).sort("change", descending=True)


def _moved(significant: pl.DataFrame, scope: str) -> Iterator[str]:
    """A sentence for each significant change of a skill or domain."""
    claims = _by_claim(significant) if scope == "skill" else [(IN_THESE_KINDS, significant)]
    for claim, rows in claims:
        for verb, some in _by_direction(rows):
            for row in some.iter_rows(named=True):
                yield (
                    f"{row[scope]} {verb} {claim}: {_change(row)}, adjusted p = {_p(_adjusted(row))}"
                    f"{_well_formed_change(row)}{_of_kinds(row, verb) if scope == 'skill' else ''}."
                )


def _of_kinds(row: dict[str, float | None], verb: str) -> str:
    """The number of kinds that moved, and the interval and p-value with kinds as clusters; empty in earlier rows."""
    if row["kinds"] is None:
        return ""
    moved = row["kinds_risen"] if verb == "rose" else row["kinds_fallen"]
    counted = f"; {moved} of {row['kinds']} kinds {verb} significantly"
    if row["kind_p_adjusted"] is None:
        return counted
    reach = f"[{row['kind_low']:+z.2f}, {row['kind_high']:+z.2f}]"
    return f"{counted}; with kinds as clusters {reach}, adjusted p = {_p(row['kind_p_adjusted'])}"


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


def _cells(cells: pl.DataFrame) -> Iterator[str]:
    moved = cells.filter(in_these_kinds()).sort("change")
    sentence = f"{moved.height} of {cells.height} cells changed significantly {IN_THESE_KINDS}"
    if moved.height:
        extremes = moved if moved.height <= _MOST_CELLS else pl.concat([moved.head(2), moved.tail(2)])
        named = [f"{row['skill']}/{row['domain']} {row['change']:+z.2f}" for row in extremes.iter_rows(named=True)]
        sentence += f" ({', '.join(named)}{', ...' if moved.height > _MOST_CELLS else ''})"
    yield f"{sentence}."
    broken = cells.filter(pl.col("output_broken")).sort("well_formed_rate", "skill", "domain")
    if broken.height:
        names = [
            f"{row['skill']}/{row['domain']} ({row['well_formed_rate']:.2f}, before {row['base_well_formed_rate']:.2f})"
            for row in broken.iter_rows(named=True)
        ]
        yield f"Output broken (fewer than half of the answers are well-formed): {_some(names)}."
    collapsed = cells.filter(pl.col("collapse")).sort("change")
    margin: float = cells.select(pl.col("margin").max()).item()
    names = _cell_names(collapsed)
    yield f"{f'Collapsed: {_and(names)}' if names else 'None collapsed'} (significant drop of more than {margin:.2f})."


def _cell_names(cells: pl.DataFrame) -> list[str]:
    return [f"{row['skill']}/{row['domain']}" for row in cells.iter_rows(named=True)]


def _some(names: list[str]) -> str:
    """The first names, and the number of the others."""
    more = len(names) - _MOST_CELLS
    return _and(names) if more <= 1 else f"{', '.join(names[:_MOST_CELLS])} and {more} more"


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
