"""The `profile_tests` table: tests of each skill's change from the base."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import polars as pl

from skillprobe_core.engine.presentation import Check, Figure, Finding, Grid, Shown
from skillprobe_core.engine.table import PROTOCOL_KEYS, Column, Table
from skillprobe_core.measurements.needs import ITEMS, base_rows, rows, setting
from skillprobe_core.measurements.verdicts.answer_form import FORM_RATES
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.stats.significance import SIGNIFICANCE

from .significant_rows import in_the_skill, in_these_kinds

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe


def _compute(probe: Probe) -> pl.DataFrame:
    from .profile_tests import profile_tests

    return profile_tests(
        probe.stored(VERDICTS),
        probe.of_base.stored(VERDICTS),
        probe.items,
        model=probe.checkpoint.model,
        step=probe.checkpoint.step,
        base_model=probe.base.model,
        margin=probe.settings.tests.collapse_margin,
    )


def _headline(frame: pl.DataFrame) -> Shown:
    cells, skills = (frame.filter(pl.col("scope") == scope) for scope in ("cell", "skill"))
    moved = cells.filter(in_these_kinds())
    shown = frame.filter(~pl.col("scope").is_in(["cell", "kind"])).select(
        "scope", "skill", "domain", "base_accuracy", "accuracy", "change", "change_low", "change_high", "p_gated",
        "kind_low", "kind_high", "kind_p_adjusted", "kinds", "kinds_risen", "kinds_fallen",
    )  # fmt: skip
    return {
        "skills_changed_in_these_kinds": _listed(skills.filter(in_these_kinds())),
        "skills_changed_as_such": _listed(skills.filter(in_the_skill())),
        "cells_improved": moved.filter(pl.col("change") > 0).height,
        "cells_declined": moved.filter(pl.col("change") < 0).height,
        "cells_collapsed": cells.filter("collapse").height,
        "cells_with_broken_output": cells.filter("output_broken").height,
        "largest_drop": cells.select(pl.col("change").min()).item(),
        "change_from_base": Grid(shown, dict.fromkeys(shown.columns[3:-3], ".3f")),
    }


def _listed(skills: pl.DataFrame) -> str:
    return ", ".join(f"{skill} {change:+z.2f}" for skill, change in skills.select("skill", "change").rows()) or "none"


def _figure(tests: pl.DataFrame, *_: object) -> tuple[str, str]:
    from skillprobe_core.drawing.svg import dumbbells

    cells = tests.filter(pl.col("scope") == "cell").with_columns(moved=in_these_kinds())
    shown = [
        (
            f"{row['skill'].replace('_', ' ')} / {row['domain']}",
            row["base_accuracy"],
            row["accuracy"],
            _mark(row),
        )
        for row in cells.sort("change").iter_rows(named=True)
    ]
    about = "accuracy per cell, base and checkpoint; filled: changed significantly, cross: collapsed or output broken"
    return dumbbells(shown), about


def _mark(row: dict[str, Any]) -> str:
    if row["collapse"] or row["output_broken"]:
        return "collapsed"
    return "moved" if row["moved"] else ""


def _no_skill_collapsed(_: Probe, tests: pl.DataFrame) -> Finding:
    """Report collapses and broken output, or else the minimum detectable drop."""
    cells = tests.filter(pl.col("scope") == "cell")
    lost = cells.filter(pl.col("collapse") | pl.col("output_broken")).select(
        "skill", "domain", "output_broken", "base_accuracy", "accuracy", "upper_limit", "base_well_formed_rate",
        "well_formed_rate",
    )  # fmt: skip
    found = [
        f"{what}: {', '.join(some.select(pl.format('{} in {}', 'skill', 'domain')).to_series())}"
        for what, some in (
            ("collapsed", lost.filter(~pl.col("output_broken"))),
            ("output broken", lost.filter("output_broken")),
        )
        if some.height
    ]
    # A cell cannot drop by more than its base accuracy, and 1 means that so few items cannot show any drop.
    able = cells.filter(
        (pl.col("detectable_collapse") < 1) & (pl.col("detectable_collapse") <= pl.col("base_accuracy"))
    )
    seen = able.select(pl.col("detectable_collapse").max()).item()
    where = "" if able.height == cells.height else f" in {able.height} of {cells.height} cells, none in the others"
    unseen = "no drop was detectable" if seen is None else f"minimum detectable drop at 80 % power: {seen:.2f}{where}"
    return Finding(
        lost.is_empty(),
        "; ".join(found) or f"no cell collapsed ({unseen})",
        {
            "cells": lost.height,
            "broken": lost.filter("output_broken").height,
            "collapsed": Grid(lost, dict.fromkeys(lost.columns[3:], ".3f")),
        },
    )


def _nothing_dropped_so_far(probe: Probe, _: pl.DataFrame) -> Finding:
    from .drops_so_far import drops_in_words, drops_so_far

    drops = drops_so_far(probe.store, probe.protocol.digest, probe.checkpoint.model, probe.checkpoint.step, probe.items)
    return Finding(
        drops.is_empty(), drops_in_words(drops), {"cells": drops.height, "dropped": Grid(drops, {"change": "+.3f"})}
    )


def _changes_exceed_noise(probe: Probe, tests: pl.DataFrame) -> Finding:
    from skillprobe_core.measurements.noise.above_noise import with_noise_floor
    from skillprobe_core.measurements.noise.stored_noise import stored_noise

    model = probe.checkpoint.model
    judged = with_noise_floor(tests, stored_noise(probe.store, probe.protocol.digest, [model]))
    moved = judged.filter(in_these_kinds() & ~pl.col("scope").is_in(["overall", "kind"]))
    doubtful = moved.filter(~pl.col("above_noise"))
    measured = judged["noise_floor"].null_count() < judged.height
    named = ", ".join(doubtful.select(pl.format("{} in {}", "skill", "domain")).to_series())
    found = (
        f"significant, but within the noise floor: {named}"
        if named
        else f"significant changes: {moved.height}, all above the noise floor"
    )
    shown = doubtful.select("skill", "domain", "change", "p_gated", "noise_floor")
    return Finding(
        doubtful.is_empty(),
        found if measured else f"noise floor not measured: run `skillprobe noise {model}@0`",
        {"changes": Grid(shown, dict.fromkeys(shown.columns[2:], ".3f")), "measured": measured},
    )


_CHECKS = (
    Check(
        "no_skill_collapsed",
        "No cell has a significant drop of more than the margin below the base (adjusted over the cells), also among "
        "well-formed answers, and in no cell is the output broken (fewer than half of the answers are well-formed).",
        _no_skill_collapsed,
    ),
    Check(
        "nothing_dropped_so_far",
        "No cell has a significant drop so far, also among well-formed answers, tested after each checkpoint. The "
        "error rate of 5 % covers all tests of the run, so that watching it live raises no more false alarms than a "
        "single test.",
        _nothing_dropped_so_far,
    ),
    Check(
        "changes_exceed_noise",
        "Every significant change exceeds the noise floor measured by `skillprobe noise`: the differences between runs "
        "of the same weights with other batch sizes, types and backends.",
        _changes_exceed_noise,
    ),
)

_NONE_FORMED = "no item has a well-formed answer on both sides"
_ONE_KIND = "every group has one kind"
_NONE_UNCUT = "every item was cut on one side"
_OF_RATES = {
    "malformed": "malformed answers",
    "unparsed": "unparsed answers",
    "truncated": "completions that did not end by themselves (ending cut, looped or thinking)",
    "looped": "completions that repeated themselves up to the limit",
}


def _form_columns() -> Iterator[Column]:
    for name in FORM_RATES:
        yield Column(f"{name}_change", pl.Float64, f"Change of the share of {_OF_RATES[name]}")
    for name in FORM_RATES:
        yield Column(
            f"{name}_p",
            pl.Float64,
            f"Two-sided sign-flip p-value of {name}_change, adjusted over the four rates; in the row of scope overall",
        )


PROFILE_TESTS = Table(
    name="profile_tests",
    version=4,
    readable_since=2,
    about="One row per cell (skill and domain), subtotal and kind: paired test of the change from the base",
    key=("model", "step", "protocol", "item_set", "skill", "domain", "kind"),
    columns=(
        *PROTOCOL_KEYS,
        Column("item_set", pl.String, "Digest of the item set (first 16 hexadecimal digits)"),
        Column("base_model", pl.String, "Model that it is compared with"),
        Column("base_step", pl.Int64, "Its step; 0 is the base", "steps"),
        Column("scope", pl.String, "cell, skill, domain, overall or kind: the family that p-values are adjusted over"),
        Column("skill", pl.String, "The skill, or `all`"),
        Column("domain", pl.String, "The domain, or `all`"),
        Column("kind", pl.String, "The kind in rows of scope kind, or `all`"),
        Column("items", pl.Int32, "Number of items that both answered", "items"),
        Column("units", pl.Int32, "Independent units whose signs are flipped: items, or sampled templates"),
        Column("templates", pl.Int32, "Number of wordings among the items"),
        Column("base_accuracy", pl.Float64, "Accuracy of the base: mean over items of the share of correct samples"),
        Column("accuracy", pl.Float64, "Accuracy of the checkpoint"),
        Column("change", pl.Float64, "accuracy - base_accuracy"),
        Column("change_low", pl.Float64, "Lower end of the 95 % interval of the change (Tango's score interval)"),
        Column("change_high", pl.Float64, "Upper end of the 95 % interval of the change"),
        Column("bootstrap_low", pl.Float64, "Lower 95 % end of the change by the bootstrap over units"),
        Column("bootstrap_high", pl.Float64, "Upper 95 % end of the change by the bootstrap over units"),
        Column("p", pl.Float64, "Two-sided sign-flip p-value for the null of no change"),
        Column("p_lower", pl.Float64, "One-sided sign-flip p-value: small for a drop"),
        Column("p_adjusted", pl.Float64, "p adjusted over the rows of the scope (Westfall-Young step-down max-T)"),
        Column("p_lower_adjusted", pl.Float64, "p_lower adjusted likewise"),
        Column(
            "p_gated",
            pl.Float64,
            "p adjusted over the rows of all scopes together (step-down max-T, each scope with an equal share of the "
            "error): a claim about these kinds",
        ),
        Column("q", pl.Float64, "Benjamini-Hochberg adjustment of p over the scope, for exploration"),
        Column("mcnemar_p", pl.Float64, "Exact two-sided McNemar p-value over gained and forgotten items"),
        Column("gained", pl.Int32, "Items that the base did not solve and the checkpoint does", "items"),
        Column("forgotten", pl.Int32, "Items that the base solved and the checkpoint does not", "items"),
        Column(
            "wording_p",
            pl.Float64,
            "p-value for the null of equal change in all wordings of a kind and level",
            may_be_null="no kind and level has several wordings",
        ),
        Column(
            "template_low",
            pl.Float64,
            "Lower 95 % end of the change if wordings count as a random sample",
            may_be_null="no group has several wordings",
        ),
        Column(
            "template_high",
            pl.Float64,
            "Upper 95 % end of the change if wordings count as a random sample",
            may_be_null="no group has several wordings",
        ),
        Column("kinds", pl.Int32, "Number of kinds in the group", "kinds"),
        Column("kinds_risen", pl.Int32, f"Kinds that rose, with p_adjusted <= {SIGNIFICANCE} in scope kind", "kinds"),
        Column("kinds_fallen", pl.Int32, f"Kinds that fell, with p_adjusted <= {SIGNIFICANCE} in scope kind", "kinds"),
        Column(
            "kind_low",
            pl.Float64,
            "Lower 95 % end of the change if the kinds are a random sample of kinds for this skill (Student's t over "
            "kinds, at most change_low)",
            may_be_null=_ONE_KIND,
        ),
        Column("kind_high", pl.Float64, "Upper 95 % end, at least change_high", may_be_null=_ONE_KIND),
        Column(
            "kind_p",
            pl.Float64,
            "Two-sided p-value for the null that kinds drawn at random do not change on average (Student's t over "
            "kinds, at least p)",
            may_be_null=_ONE_KIND,
        ),
        Column(
            "kind_p_adjusted",
            pl.Float64,
            "kind_p adjusted over the rows of the scope (Holm): a claim about the skill as such",
            may_be_null=_ONE_KIND,
        ),
        Column("margin", pl.Float64, "Drop that a collapse must exceed (setting `collapse_margin`)"),
        Column("upper_limit", pl.Float64, "Upper 95 % confidence limit of the change, simultaneous over the scope"),
        Column(
            "collapse",
            pl.Boolean,
            "True if upper_limit and well_formed_upper_limit are below -margin: a significant drop of more than the "
            "margin, also among well-formed answers; false if output_broken",
        ),
        Column(
            "output_broken",
            pl.Boolean,
            "True if fewer than half of the checkpoint's answers are well-formed and finished (well_formed_rate < 0.5)",
        ),
        Column("detectable_change", pl.Float64, f"Smallest drop with 80 % power to reach p_gated <= {SIGNIFICANCE}"),
        Column("detectable_collapse", pl.Float64, "Smallest drop with 80 % power to be flagged as a collapse"),
        Column(
            "base_well_formed_rate",
            pl.Float64,
            "Share of the base's answers that are well-formed and finished: verdict correct, wrong or timeout",
        ),
        Column("well_formed_rate", pl.Float64, "Share of the checkpoint's answers that are well-formed and finished"),
        Column(
            "well_formed_items", pl.Int32, "Number of items with a well-formed, finished answer on both sides", "items"
        ),
        Column(
            "base_well_formed_accuracy",
            pl.Float64,
            "Accuracy of the base among its well-formed answers, on well_formed_items",
            may_be_null=_NONE_FORMED,
        ),
        Column(
            "well_formed_accuracy",
            pl.Float64,
            "Accuracy of the checkpoint among its well-formed answers, on well_formed_items",
            may_be_null=_NONE_FORMED,
        ),
        Column(
            "well_formed_upper_limit",
            pl.Float64,
            "upper_limit of the change from base_well_formed_accuracy to well_formed_accuracy",
            may_be_null=_NONE_FORMED,
        ),
        Column("uncut_items", pl.Int32, "Number of items that neither side cut at the token limit", "items"),
        Column("base_uncut_accuracy", pl.Float64, "base_accuracy on uncut_items", may_be_null=_NONE_UNCUT),
        Column("uncut_accuracy", pl.Float64, "accuracy on uncut_items", may_be_null=_NONE_UNCUT),
        Column("uncut_change", pl.Float64, "change on uncut_items", may_be_null=_NONE_UNCUT),
        Column("uncut_change_low", pl.Float64, "change_low on uncut_items", may_be_null=_NONE_UNCUT),
        Column("uncut_change_high", pl.Float64, "change_high on uncut_items", may_be_null=_NONE_UNCUT),
        Column("uncut_p_adjusted", pl.Float64, "p_adjusted on uncut_items"),
        *_form_columns(),
    ),
    more="`p_gated` is adjusted over all rows of a checkpoint.",
    needs=(
        rows(VERDICTS),
        base_rows(VERDICTS),
        ITEMS,
        setting("collapse_margin", lambda probe: str(probe.settings.tests.collapse_margin)),
    ),
    compute=_compute,
    code_version="4",
    headline=_headline,
    figure=Figure(_figure, history=False),
    checks=_CHECKS,
    group="skills",
)
