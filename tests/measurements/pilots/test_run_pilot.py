"""A pilot answers items that no evaluation has, and its rows say what it saw and chose."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.benchmark.item_schema import Split
from skillprobe_core.benchmark.item_set import build_chosen_item_set, build_item_set
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.benchmark.level_choice import BAND, LOOK
from skillprobe_core.benchmark.splits import split_of
from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.generations.chunk_log import SCHEMA
from skillprobe_core.measurements.pilots.pilots_table import PILOTS
from skillprobe_core.measurements.pilots.run_pilot import recipe_of_pilot, run_pilot
from skillprobe_core.models.model_settings import PromptSettings
from skillprobe_core.project.settings import Settings

from .conftest import ProbeOf


@pytest.fixture(scope="module")
def rows(piloted: Path) -> pl.DataFrame:
    store = Store(piloted)
    (part,) = store.parts(PILOTS)
    return store.read(PILOTS, part)


def test_the_rows_say_what_was_seen_and_chosen(rows: pl.DataFrame, settings: Settings) -> None:
    assert set(rows["kind"]) == set(settings.items.kinds or ())
    assert rows["items"].is_in([LOOK, 2 * LOOK]).all()
    assert (rows["accuracy"] == rows["right"] / rows["items"]).all()
    assert ((rows["accuracy_low"] <= rows["accuracy"]) & (rows["accuracy"] <= rows["accuracy_high"])).all()
    informative = rows.filter(place="informative")
    assert informative.height, "the demo's base solves some items of the first level"
    assert informative["accuracy"].is_between(*BAND).all()
    assert informative["chosen"].all()
    assert rows.filter(pl.col("place") == "hard")["accuracy"].max() < BAND[0]
    chosen = rows.group_by("kind").agg(pl.col("chosen").sum(), pl.col("informative").unique())
    assert (chosen["chosen"] >= 1).all()
    assert (rows["completion_tokens"] > 0).all()


def test_no_prompt_and_no_answer_of_the_pilot_is_in_the_evaluation(
    piloted: Path, rows: pl.DataFrame, demo_base: Path, pilot_probe: ProbeOf
) -> None:
    items = pilot_probe(demo_base, piloted).items
    assert set(items["split"]) == {"evaluation"}
    logged = pl.concat(
        pl.read_parquet(path).select(SCHEMA.names()) for path in (piloted / "_work").glob("generations/*/*.parquet")
    )
    assert logged["item_id"].n_unique() == rows["items"].sum(), "the pilot generated exactly what its rows count"
    assert set(logged["item_id"]).isdisjoint(items["item_id"])


@pytest.mark.parametrize("level", [1, 3])
def test_pilots_and_evaluations_never_share_a_prompt_or_a_fact(level: int) -> None:
    kinds = [kind for kind in KINDS if level in kind.levels]
    pilot = build_chosen_item_set(kinds, {kind.name: {level: LOOK} for kind in kinds}, split=Split.VALIDATION)
    evaluated = build_item_set(kinds, levels=(level,), per_level=12)
    prompts, others = ({" ".join(text.casefold().split()) for text in each["prompt"]} for each in (pilot, evaluated))
    assert prompts.isdisjoint(others)
    assert all(split_of(prompt) is Split.VALIDATION for prompt in pilot["prompt"])
    facts, asked = (
        {text.split("\n")[0] for text in each.filter(skill="fact_retrieval")["reference"]}
        for each in (pilot, evaluated)
    )
    assert len(facts) > LOOK
    assert facts.isdisjoint(asked)


def test_the_pilot_gives_the_same_rows_again(
    rows: pl.DataFrame, demo_base: Path, pilot_probe: ProbeOf, tmp_path: Path, settings: Settings
) -> None:
    few = settings.model_copy(update={"items": settings.items.model_copy(update={"kinds": ("column_sum",)})})
    found = run_pilot(pilot_probe(demo_base, tmp_path, few)).drop("setting")
    assert (
        PILOTS.conform(found.with_columns(setting=pl.lit("x")))
        .drop("setting")
        .equals(rows.filter(kind="column_sum").drop("setting"))
    )


def test_few_shot_prompts_are_used_in_the_pilot_too(
    demo_base: Path, pilot_probe: ProbeOf, tmp_path: Path, settings: Settings, rows: pl.DataFrame
) -> None:
    few = settings.model_copy(
        update={
            "items": settings.items.model_copy(update={"kinds": ("column_sum",)}),
            "prompts": PromptSettings(shots=1),
            "sampling": replace(settings.sampling, max_new_tokens=8),
        }
    )
    found = run_pilot(pilot_probe(demo_base, tmp_path, few))
    lengths = [
        frame.filter(kind="column_sum").select((pl.col("prompt_tokens") / pl.col("items")).min()).item()
        for frame in (found, rows)
    ]
    assert lengths[0] > 1.5 * lengths[1]


def test_the_recipe_follows_what_answers_depend_on_and_nothing_else(settings: Settings) -> None:
    items = settings.items
    same = [
        settings.model_copy(update={"items": items.model_copy(update={"per_level": 9})}),
        settings.model_copy(update={"sampling": replace(settings.sampling, samples=1)}),
        settings.model_copy(update={"settle_seconds": 5.0}),
    ]
    others = [
        settings.model_copy(update={"items": items.model_copy(update={"seed": 1})}),
        settings.model_copy(update={"items": items.model_copy(update={"kinds": ("column_sum",)})}),
        settings.model_copy(update={"prompts": PromptSettings(shots=1)}),
        settings.model_copy(update={"sampling": replace(settings.sampling, max_new_tokens=65)}),
        settings.model_copy(update={"sampling": replace(settings.sampling, temperature=0.5)}),
    ]
    digest = recipe_of_pilot(settings)
    assert {recipe_of_pilot(each) for each in same} == {digest}
    assert len({digest, *map(recipe_of_pilot, others)}) == len(others) + 1
    sampled = settings.model_copy(update={"sampling": replace(settings.sampling, temperature=0.5)})
    more = sampled.model_copy(update={"sampling": replace(sampled.sampling, samples=4)})
    assert recipe_of_pilot(more) == recipe_of_pilot(sampled), "one sample per item decides"
