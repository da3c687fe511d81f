import numpy as np
import polars as pl
import pytest

from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.skill_scores.skill_scores import skill_scores
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.stats.pass_at_k import pass_at_k
from skillprobe_core.stats.wilson import wilson_interval

OUTCOMES = np.array(["correct", "wrong", "malformed", "unparsed", "truncated", "too_long", "timeout"])


def tables(samples: int, seed: int = 0) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    rng = np.random.default_rng(seed)
    items = pl.DataFrame(
        [
            {
                "item_set": "set",
                "item_id": f"{number:03d}",
                "skill": ("calculation", "diagnostic")[number % 2],
                "domain": ("math", "coding")[number // 2 % 2],
                "level": 1 + number // 4 % 3,
                "template": f"wording {number % 5}",
                "source": "procedural",
                "chance": number / 1000,
            }
            for number in range(120)
        ]
    )
    keys = {"model": "m", "step": 7, "item_set": "set", "item_id": np.repeat(items["item_id"].to_numpy(), samples)}
    keys |= {"sample": np.tile(np.arange(samples), 120)}
    outcome = OUTCOMES[rng.choice(7, 120 * samples, p=(0.4, 0.2, 0.1, 0.1, 0.1, 0.05, 0.05))]
    shown = (outcome == "correct") & (rng.random(120 * samples) < 0.6)
    endings = rng.choice(["ended", "cut", "looped", "thinking"], 120 * samples)
    endings = np.where(outcome == "too_long", None, endings)
    verdicts = pl.DataFrame(keys | {"verdict": outcome, "shows_steps": shown, "ending": endings, "reading": "fair"})
    ends = rng.choice(["stop", "length"], 120 * samples)
    generations = pl.DataFrame(keys | {"finish_reason": ends, "completion_tokens": rng.integers(1, 99, 120 * samples)})
    return verdicts, items, generations


@pytest.mark.parametrize("samples", [1, 5])
def test_every_row_agrees_with_counting(samples: int) -> None:
    verdicts, items, generations = tables(samples)
    scores = skill_scores(verdicts, items, generations)
    assert scores.schema == SKILL_SCORES.computed_schema
    assert scores.height == 3 * 3 * 4
    lengths = generations.select("item_id", "sample", "finish_reason", "completion_tokens")
    everything = verdicts.join(lengths, on=["item_id", "sample"]).join(items.drop("item_set"), on="item_id")
    for row in scores.rows(named=True):
        chosen = everything
        for name, total in (("skill", "all"), ("domain", "all"), ("level", 0)):
            if row[name] != total:
                chosen = chosen.filter(pl.col(name) == row[name])
        right = chosen["verdict"] == "correct"
        per_item = chosen.group_by("item_id").agg((pl.col("verdict") == "correct").sum().alias("right"))["right"]
        assert row["items"] == chosen["item_id"].n_unique()
        assert row["samples"] == chosen.height
        assert row["accuracy"] == pytest.approx(right.mean())
        assert row["shows_steps_rate"] == pytest.approx(chosen["shows_steps"].mean())
        formed = chosen.filter(pl.col("verdict").is_in(["correct", "wrong", "timeout"]))
        of_formed = formed.group_by("item_id").agg((pl.col("verdict") == "correct").mean().alias("right"))["right"]
        assert row["well_formed"] == formed.height
        assert row["well_formed_accuracy"] == pytest.approx(of_formed.mean())
        assert row["pass_at_k"] == pytest.approx(pass_at_k(per_item, samples, samples).mean())
        assert row["chance"] == pytest.approx(chosen["chance"].mean())
        for verdict in ("malformed", "unparsed", "too_long", "timeout"):
            assert row[f"{verdict}_rate"] == pytest.approx((chosen["verdict"] == verdict).mean())
        finished = chosen.filter(pl.col("ending") == "ended")
        of_finished = finished.group_by("item_id").agg((pl.col("verdict") == "correct").mean().alias("right"))["right"]
        assert row["finished_accuracy"] == pytest.approx(of_finished.mean())
        for ending, name in (("ended", "finished"), ("cut", "cut"), ("looped", "looped"), ("thinking", "thinking")):
            assert row[f"{name}_rate"] == pytest.approx((chosen["ending"] == ending).fill_null(value=False).mean())
        unfinished = chosen["ending"].is_in(["cut", "looped", "thinking"]).fill_null(value=False)
        for value, name in ((False, "wrong"), (True, "right")):
            bound = pl.select(pl.when(unfinished).then(pl.lit(value)).otherwise(right)).to_series().mean()
            assert row[f"accuracy_unfinished_{name}"] == pytest.approx(bound)
        assert row["accuracy_unfinished_wrong"] <= row["accuracy"] <= row["accuracy_unfinished_right"]
        assert row["truncated_rate"] == pytest.approx((chosen["finish_reason"] == "length").mean())
        assert row["completion_tokens"] == pytest.approx(chosen["completion_tokens"].mean())
        assert row["accuracy_low"] < row["accuracy"] < row["accuracy_high"]
        if samples == 1:
            interval = wilson_interval(row["accuracy"], row["items"])
            np.testing.assert_allclose((row["accuracy_low"], row["accuracy_high"]), interval)


def test_identical_samples_add_no_certainty() -> None:
    verdicts, items, generations = tables(4)
    first = verdicts.filter(sample=0).select("item_id", "verdict", "shows_steps")
    copied = verdicts.drop("verdict", "shows_steps").join(first, on="item_id").select(verdicts.columns)
    one = skill_scores(verdicts.filter(sample=0), items, generations.filter(sample=0))
    four = skill_scores(copied, items, generations)
    np.testing.assert_allclose(four["accuracy"], one["accuracy"])
    assert (four["accuracy_low"] <= one["accuracy_low"] + 1e-9).all()
    assert (four["accuracy_high"] >= one["accuracy_high"] - 1e-9).all()


def test_order_of_rows_makes_no_difference() -> None:
    verdicts, items, generations = tables(3)
    shuffled = (table.sample(fraction=1, shuffle=True, seed=5) for table in (verdicts, items, generations))
    expected = skill_scores(verdicts, items, generations)
    assert skill_scores(*shuffled).equals(expected)


def test_other_readings_do_not_change_the_scores() -> None:
    verdicts, items, generations = tables(2)
    generations = generations.with_columns(reading=pl.lit("fair"))
    kind = verdicts.with_columns(verdict=pl.lit("correct"), shows_steps=pl.lit(True), reading=pl.lit("kind"))
    asked = generations.with_columns(completion_tokens=pl.lit(1, pl.Int64), reading=pl.lit("kind"))
    both = skill_scores(pl.concat([kind, verdicts]), items, pl.concat([asked, generations]))
    assert both.equals(skill_scores(verdicts, items, generations))


def test_several_checkpoints_are_scored_apart() -> None:
    verdicts, items, generations = tables(1)
    other, _, other_generations = tables(1, seed=1)
    other, other_generations = (table.with_columns(step=pl.lit(9)) for table in (other, other_generations))
    both = skill_scores(pl.concat([verdicts, other]), items, pl.concat([generations, other_generations]))
    assert both.filter(step=7).equals(skill_scores(verdicts, items, generations))
    assert both.filter(step=9).equals(skill_scores(other, items, other_generations))


def test_verdicts_without_generation_or_of_another_set_are_refused() -> None:
    verdicts, items, generations = tables(1)
    with pytest.raises(StoreError, match="120 verdicts have no generation"):
        skill_scores(verdicts, items, generations.clear())
    with pytest.raises(StoreError, match=r"item set old[\s\S]*skillprobe probe"):
        skill_scores(verdicts.with_columns(item_set=pl.lit("old")), items, generations)


def test_answers_of_another_form_lower_the_accuracy_and_not_that_among_well_formed_ones() -> None:
    verdicts, items, generations = tables(1)
    read = verdicts.with_columns(
        verdict=pl.when(pl.col("verdict") == "correct").then("verdict").otherwise(pl.lit("wrong"))
    )
    broken = read.with_columns(
        verdict=pl.when(pl.col("item_id").str.tail(1) < "4").then(pl.lit("malformed")).otherwise("verdict")
    )
    whole, part = (
        skill_scores(each, items, generations).filter(skill="all", domain="all", level=0).row(0, named=True)
        for each in (read, broken)
    )
    assert whole["well_formed_accuracy"] == whole["accuracy"]
    assert (whole["well_formed"], part["well_formed"]) == (120, 72)
    kept = read.filter(pl.col("item_id").str.tail(1) >= "4")["verdict"] == "correct"
    assert part["accuracy"] == pytest.approx(kept.sum() / 120)
    assert part["well_formed_accuracy"] == pytest.approx(kept.mean())
    none = skill_scores(read.with_columns(verdict=pl.lit("malformed")), items, generations)
    assert none["well_formed_accuracy"].null_count() == none.height
