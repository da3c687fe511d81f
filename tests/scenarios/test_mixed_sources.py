"""Item sets of several sources, clustered and not, under any name: every analysis of verdicts holds on them."""

import math
from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.profile_tests.profile_tests import profile_tests
from skillprobe_core.measurements.profile_tests.sequential_tests import sequential_tests
from skillprobe_core.measurements.skill_scores.scores_by_source import scores_by_source
from skillprobe_core.measurements.skill_scores.skill_scores import skill_scores
from skillprobe_core.measurements.study.change_onsets import change_onsets
from skillprobe_core.measurements.study.matched_gain import matched_gain
from skillprobe_core.measurements.study.study_tests import study_tests
from skillprobe_core.show.report.item_changes import informative_items, item_changes

SKILLS = ("calculation", "enumeration")
DOMAINS = ("general", "math")
SOURCES = ("!", "arc-mine", "gym/arc", "procedural", "procedural-2", "zebra")
VERDICTS = ("correct", "wrong", "malformed", "truncated")
ROUNDING = 1e-9


@dataclass(frozen=True)
class Block:
    """Items of one source, kind and level in one cell; `sizes` holds the number of items of each template."""

    source: str
    skill: str
    domain: str
    kind: str
    level: int
    sizes: tuple[int, ...]


blocks = st.builds(
    Block,
    source=st.sampled_from(SOURCES),
    skill=st.sampled_from(SKILLS),
    domain=st.sampled_from(DOMAINS),
    kind=st.sampled_from(("a", "b")),
    level=st.integers(1, 2),
    sizes=st.one_of(
        st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple),
        st.lists(st.integers(1, 3), min_size=19, max_size=21).map(tuple),
    ),
)


@dataclass(frozen=True)
class Answers:
    """How a checkpoint answers: the samples of each item, one number for all or differing, and the odds of verdicts."""

    seed: int
    samples: int
    uneven: bool
    odds: tuple[float, ...]


answers = st.builds(
    Answers,
    seed=st.integers(0, 2**16),
    samples=st.integers(1, 3),
    uneven=st.booleans(),
    odds=st.sampled_from(((1, 0, 0, 0), (0, 1, 0, 0), (0.5, 0.2, 0.2, 0.1), (0.9, 0.1, 0, 0))),
)


def items_of(mixed: list[Block]) -> pl.DataFrame:
    rows = [
        {
            "item_set": "set",
            "item_id": f"{place * 7919 % 104729:06d}-{template:02d}-{number}",
            "skill": block.skill,
            "domain": block.domain,
            "kind": block.kind,
            "level": block.level,
            "template": f"{block.kind}/{template}",
            "source": block.source,
            "chance": 0.1,
            "prompt": "?",
            "answer": "!",
        }
        for place, block in enumerate(mixed)
        for template, size in enumerate(block.sizes)
        for number in range(size)
    ]
    return pl.DataFrame(rows)


def verdicts_of(items: pl.DataFrame, how: Answers, model: str = "tuned", step: int = 1) -> pl.DataFrame:
    rng = np.random.default_rng(how.seed)
    rows = [
        (item_id, sample, str(rng.choice(VERDICTS, p=how.odds)))
        for item_id in items["item_id"]
        for sample in range(1 + int(rng.integers(how.samples)) if how.uneven else how.samples)
    ]
    schema = {"item_id": pl.String, "sample": pl.Int32, "verdict": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").select(
        pl.lit(model).alias("model"),
        pl.lit(step, pl.Int64).alias("step"),
        pl.lit("set").alias("item_set"),
        pl.all(),
        (pl.col("verdict") == "correct").alias("shows_steps"),
        pl.lit(None, pl.String).alias("extracted"),
        pl.lit("line").alias("rule"),
        pl.lit("ended").alias("ending"),
    )


def compared(verdicts: pl.DataFrame, base: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    return profile_tests(verdicts, base, items, model="tuned", step=1, base_model="base")


def test_a_clustered_source_that_sorts_before_the_kinds_is_tested() -> None:
    sampled = Block("arc-mine", "calculation", "math", "arc-mine", 1, (2,) * 20)
    drawn = Block("procedural", "calculation", "math", "column_sum", 1, (5, 5))
    items = items_of([sampled, drawn])
    how = Answers(1, 1, uneven=False, odds=(0.5, 0.5, 0, 0))
    verdicts, base = verdicts_of(items, how), verdicts_of(items, replace(how, seed=2), "base", 0)
    cell = compared(verdicts, base, items).row(0, named=True)
    assert (cell["items"], cell["units"]) == (50, 30)
    alone = items.filter(source="procedural")
    kept = pl.col("item_id").is_in(alone["item_id"].implode())
    assert cell["wording_p"] == pytest.approx(compared(verdicts.filter(kept), base.filter(kept), alone)["wording_p"][0])


@st.composite
def compared_sets(draw: st.DrawFn) -> tuple[list[Block], Answers, Answers]:
    mixed = draw(st.lists(blocks, min_size=1, max_size=6, unique_by=lambda one: replace(one, sizes=())))
    return mixed, draw(answers), draw(answers)


def sampled(items: pl.DataFrame) -> dict[str, str]:
    """By plain counting: the cluster of every item that was drawn in one."""
    templates = defaultdict(set)
    for row in items.iter_rows(named=True):
        templates[row["skill"], row["domain"], row["source"]].add(row["template"])
    return {
        row["item_id"]: f"{row['source']} {row['template']}"
        for row in items.iter_rows(named=True)
        if row["source"] != "procedural" and len(templates[row["skill"], row["domain"], row["source"]]) >= 20
    }


def kinds_of(items: pl.DataFrame) -> dict[tuple[str, str, str], list[dict]]:
    """By plain counting: the items of every row of scope kind, by skill, domain and kind."""
    kinds = defaultdict(list)
    for row in items.iter_rows(named=True):
        kinds[row["skill"], row["domain"], row["kind"]].append(row)
    return kinds


def groups_of(items: pl.DataFrame) -> dict[tuple[str, str, str], list[dict]]:
    """By plain counting: the items of every row of `profile_tests` of the other scopes."""
    groups = defaultdict(list)
    for row in items.iter_rows(named=True):
        for scope, skill, domain in (
            ("cell", row["skill"], row["domain"]),
            ("skill", row["skill"], "all"),
            ("domain", "all", row["domain"]),
            ("overall", "all", "all"),
        ):
            groups[scope, skill, domain].append(row)
    return groups


def shares(verdicts: pl.DataFrame) -> dict[str, float]:
    return dict(verdicts.group_by("item_id").agg((pl.col("verdict") == "correct").mean()).iter_rows())


def wording_oracle(group: list[dict], change: dict[str, float], clustered: dict[str, str]) -> float | None:
    """The p-value of `wording_p` one stratum after the other, in plain Python."""
    strata = defaultdict(lambda: defaultdict(list))
    for row in group:
        if row["item_id"] not in clustered:
            stratum = strata[row["source"], row["kind"], row["level"]]
            stratum[row["template"]].append(change[row["item_id"]])
    return statistic_of([list(wordings.values()) for wordings in strata.values()])


def statistic_of(strata: list[list[list[float]]]) -> float | None:
    statistic, degrees = 0.0, 0
    for wordings in strata:
        values = [value for one in wordings for value in one]
        mean = math.fsum(values) / len(values)
        total = math.fsum((value - mean) ** 2 for value in values)
        if total > 1e-12 and len(wordings) > 1:
            between = math.fsum(len(one) * (math.fsum(one) / len(one) - mean) ** 2 for one in wordings)
            statistic += (len(values) - 1) * between / total
            degrees += len(wordings) - 1
    return float(chi2.sf(statistic, degrees)) if degrees else None


PROPER = settings(max_examples=15)
P_VALUES = (
    "p",
    "p_lower",
    "p_adjusted",
    "p_lower_adjusted",
    "p_gated",
    "q",
    "mcnemar_p",
    "wording_p",
    "kind_p",
    "kind_p_adjusted",
)
ABOUT_THE_CELL = (
    "scope", "skill", "domain", "kind", "items", "units", "templates", "base_accuracy", "accuracy", "change",
    "change_low", "change_high", "mcnemar_p", "gained", "forgotten", "wording_p", "template_low", "template_high",
)  # fmt: skip


@PROPER
@given(compared_sets())
def test_rows_hold_what_counting_by_hand_gives(mixed: tuple[list[Block], Answers, Answers]) -> None:
    items = items_of(mixed[0])
    verdicts, base = verdicts_of(items, mixed[1]), verdicts_of(items, mixed[2], "base", 0)
    table = compared(verdicts, base, items)
    groups, kinds, clustered = groups_of(items), kinds_of(items), sampled(items)
    of_kinds = pl.col("scope") == "kind"
    assert set(table.filter(~of_kinds).select("scope", "skill", "domain").rows()) == set(groups)
    assert set(table.filter(of_kinds).select("skill", "domain", "kind").rows()) == set(kinds)
    assert table.height == len(groups) + len(kinds)
    now, then = shares(verdicts), shares(base)
    change = {item_id: now[item_id] - then[item_id] for item_id in now}
    for row in table.iter_rows(named=True):
        key = row["skill"], row["domain"]
        group = kinds[*key, row["kind"]] if row["scope"] == "kind" else groups[row["scope"], *key]
        assert row["kinds"] == len({(one["skill"], one["domain"], one["kind"]) for one in group})
        names = [one["item_id"] for one in group]
        assert row["items"] == len(group)
        assert row["units"] == len({clustered.get(name, name) for name in names})
        assert row["templates"] == len({one["template"] for one in group})
        assert row["change"] == pytest.approx(sum(change[name] for name in names) / len(names))
        assert row["gained"] == sum(now[name] > 0.5 >= then[name] for name in names)
        assert row["forgotten"] == sum(then[name] > 0.5 >= now[name] for name in names)
        assert row["wording_p"] == pytest.approx(wording_oracle(group, change, clustered), abs=ROUNDING)
        assert (row["template_low"] is None) == (row["template_high"] is None) == (row["templates"] < 2)


@PROPER
@given(compared_sets())
def test_p_values_are_probabilities_and_intervals_hold_their_estimate(
    mixed: tuple[list[Block], Answers, Answers],
) -> None:
    items = items_of(mixed[0])
    table = compared(verdicts_of(items, mixed[1]), verdicts_of(items, mixed[2], "base", 0), items)
    for name in P_VALUES:
        assert table[name].drop_nulls().is_between(0, 1).all()
        assert name in {"wording_p", "kind_p", "kind_p_adjusted"} or not table[name].null_count()
    several = table.filter(pl.col("kinds") > 1)
    assert several["kind_p"].null_count() == 0
    assert (several["kind_low"] <= several["change_low"]).all()
    assert (several["kind_high"] >= several["change_high"]).all()
    for low, high in (("change_low", "change_high"), ("template_low", "template_high"), ("kind_low", "kind_high")):
        known = table.filter(pl.col(low).is_not_null())
        assert (known[low] <= known["change"] + ROUNDING).all()
        assert (known[high] >= known["change"] - ROUNDING).all()
        assert (known[low] >= -1).all()
        assert (known[high] <= 1).all()
    assert (table["bootstrap_low"] <= table["bootstrap_high"]).all()
    assert (table["upper_limit"] >= table["change"] - ROUNDING).all()
    assert table.select(pl.col("^detectable_.*$")).unpivot()["value"].is_between(0, 1).all()
    assert (table["p_adjusted"] >= table["p"]).all()
    assert (table["p_gated"] >= table["p"]).all()
    assert (several["kind_p_adjusted"] >= several["kind_p"]).all()
    assert (several["kind_p"] >= several["p"]).all()


@pytest.mark.slow
@PROPER
@given(compared_sets(), st.randoms(use_true_random=False))
def test_neither_order_nor_the_names_of_sources_matter(mixed: tuple[list[Block], Answers, Answers], order) -> None:
    """Flips, draws and limits follow the place of a unit, so new names may only change them within their chance."""
    items = items_of(mixed[0])
    verdicts, base = verdicts_of(items, mixed[1]), verdicts_of(items, mixed[2], "base", 0)
    table = compared(verdicts, base, items)
    seeds = [order.randrange(1000) for _ in range(3)]
    shuffled = (
        one.sample(fraction=1, shuffle=True, seed=seed)
        for one, seed in zip((verdicts, base, items), seeds, strict=True)
    )
    assert compared(*shuffled).equals(table)
    imported = [name for name in SOURCES if name != "procedural"]
    renamed = dict(zip(imported, order.sample(imported, len(imported)), strict=True))
    other = compared(verdicts, base, items.with_columns(pl.col("source").replace(renamed)))
    exact = ["scope", "skill", "domain", "kind", "items", "units", "templates", "gained", "forgotten"]
    assert other.select(exact).equals(table.select(exact))
    for name in set(ABOUT_THE_CELL) - set(exact):
        np.testing.assert_allclose(other[name], table[name], atol=ROUNDING)
    for name in ("p", "p_lower", "p_adjusted", "p_lower_adjusted"):
        np.testing.assert_allclose(other[name], table[name], atol=0.03)


@pytest.mark.slow
@PROPER
@given(compared_sets(), st.sampled_from(SOURCES), answers)
def test_a_source_in_another_cell_leaves_a_cell_as_it_is(
    mixed: tuple[list[Block], Answers, Answers], source: str, how: Answers
) -> None:
    items = items_of(mixed[0])
    sides = verdicts_of(items, mixed[1]), verdicts_of(items, mixed[2], "base", 0)
    added = items_of([Block(source, "diagnostic", "coding", "c", 1, (2,) * 20)])
    added = added.with_columns(pl.format("new-{}", "item_id").alias("item_id"))
    more = [pl.concat([side, verdicts_of(added, how, *side.select("model", "step").row(0))]) for side in sides]
    cells = [
        compared(*both, about).filter(pl.col("scope") == "cell", pl.col("skill") != "diagnostic").select(ABOUT_THE_CELL)
        for both, about in ((sides, items), (more, pl.concat([items, added])))
    ]
    assert cells[0].equals(cells[1])


@PROPER
@given(compared_sets(), st.sampled_from(("base", "checkpoint", "nowhere")))
def test_a_cell_that_one_side_lacks_is_refused_and_one_that_both_lack_has_no_row(
    mixed: tuple[list[Block], Answers, Answers], where: str
) -> None:
    items = items_of([*mixed[0], Block("zebra", "diagnostic", "coding", "c", 1, (1,))])
    sides = verdicts_of(items, mixed[1]), verdicts_of(items, mixed[2], "base", 0)
    left = items.filter(pl.col("skill") != "diagnostic")["item_id"].implode()
    lacking = {"checkpoint": (0,), "base": (1,), "nowhere": (0, 1)}[where]
    sides = [side.filter(pl.col("item_id").is_in(left)) if at in lacking else side for at, side in enumerate(sides)]
    if where == "nowhere":
        assert "diagnostic" not in compared(*sides, items)["skill"]
    else:
        with pytest.raises(StoreError, match="has no verdict on 1 items that the other side answered"):
            compared(*sides, items)


def generations_of(verdicts: pl.DataFrame) -> pl.DataFrame:
    return verdicts.select("model", "step", "item_set", "item_id", "sample").with_columns(
        finish_reason=pl.lit("stop"), completion_tokens=pl.lit(5), completion=pl.lit("Answer: 1")
    )


@PROPER
@given(compared_sets())
def test_scores_of_every_cell_and_source_hold_what_counting_gives(
    mixed: tuple[list[Block], Answers, Answers],
) -> None:
    items = items_of(mixed[0])
    verdicts = verdicts_of(items, mixed[1])
    scores = skill_scores(verdicts, items, generations_of(verdicts))
    share = shares(verdicts)
    for (_, skill, domain), group in groups_of(items).items():
        levels = {0: group} | {level: [one for one in group if one["level"] == level] for level in (1, 2)}
        for level, members in levels.items():
            found = scores.filter(skill=skill, domain=domain, level=level)
            assert found.height == bool(members)
            for row in found.iter_rows(named=True):
                assert row["accuracy"] == pytest.approx(sum(share[one["item_id"]] for one in members) / len(members))
                assert 0 <= row["accuracy_low"] <= row["accuracy"] + ROUNDING
                assert row["accuracy"] - ROUNDING <= row["accuracy_high"] <= 1
    by_source = scores_by_source(verdicts, items, generations_of(verdicts))
    whole = by_source.filter(skill="all", domain="all", level=0)
    assert dict(whole.select("source", "items").rows()) == dict(items["source"].value_counts().rows())


@settings(max_examples=15)
@given(compared_sets(), st.lists(answers, min_size=2, max_size=3))
def test_runs_and_studies_are_read_over_mixed_sources(
    mixed: tuple[list[Block], Answers, Answers], looks: list[Answers]
) -> None:
    items = items_of(mixed[0])
    base = verdicts_of(items, mixed[2], "base", 0)
    run = pl.concat([verdicts_of(items, how, "tuned", step) for step, how in enumerate(looks, start=1)])
    other = verdicts_of(items, mixed[1], "other", 1)
    groups = groups_of(items)
    cells = sorted((skill, domain) for scope, skill, domain in groups if scope == "cell")
    now, then = shares(run.filter(step=1)), shares(base)
    size = {cell: len(groups["cell", *cell]) for cell in cells}
    change = {cell: sum(now[one["item_id"]] - then[one["item_id"]] for one in groups["cell", *cell]) for cell in cells}

    drops = sequential_tests(run, base, items)
    assert drops.select("step", "skill", "domain").rows() == [
        (step, *cell) for step in range(1, len(looks) + 1) for cell in cells
    ]
    for row in drops.filter(step=1).iter_rows(named=True):
        cell = row["skill"], row["domain"]
        assert row["change"] == pytest.approx(change[cell] / size[cell], abs=ROUNDING)

    tests = study_tests(pl.concat([run, other]), base, items, base_model="base", flips=999)
    alone = compared(run.filter(step=1), base, items)
    same = [name for name in ABOUT_THE_CELL if name != "scope"]
    assert tests.filter(model="tuned", step=1).select(same).equals(alone.select(same))

    onsets = change_onsets(run, base, items)
    assert set(onsets.select("scope", "skill", "domain").rows()) == set(groups)
    assert onsets["p"].is_between(0, 1).all()
    assert (onsets["onset_low"] <= onsets["onset_high"]).all()

    for targets in (cells[:1], cells):
        matched = matched_gain(run, other, base, items, targets)
        assert matched["p"].drop_nulls().is_between(0, 1).all()
        assert (matched["difference_low"] <= matched["difference"] + ROUNDING).all()
        assert (matched["difference_high"] >= matched["difference"] - ROUNDING).all()
        assert matched["reason"].is_null().equals(matched["difference"].is_not_null())
    assert matched["difference"].null_count() == matched.height  # every cell is a target: nothing is left to compare

    changes = item_changes(run.filter(step=1), base, items)
    assert sorted(changes["item_id"]) == sorted(items["item_id"])
    assert (informative_items(changes, count=2).group_by("skill", "domain").len()["len"] <= 2).all()
