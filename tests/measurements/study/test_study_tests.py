import numpy as np
import polars as pl
import pytest

from skillprobe_core.measurements.profile_tests.profile_tests import profile_tests
from skillprobe_core.measurements.study.study_tests import study_tests


def test_adjusting_over_steps_asks_for_more_than_one_checkpoint_alone(run, items) -> None:
    verdicts, base = run
    table = study_tests(verdicts, base, items, base_model="base")
    for (model, step), part in verdicts.partition_by("model", "step", as_dict=True).items():
        alone = profile_tests(part, base, items, model=model, step=step, base_model="base")
        within = table.filter(model=model, step=step)
        same = ["scope", "skill", "domain", "p", "p_lower", "change", "change_low", "gained", "forgotten"]
        assert within.select(same).equals(alone.select(same))
        assert (within["p_adjusted"] >= alone["p_adjusted"]).all()
        assert (within["upper_limit"] >= alone["upper_limit"]).all()
        assert (within["detectable_collapse"] >= alone["detectable_collapse"]).all()


def test_likeness_of_steps_costs_less_than_bonferroni(items, answered) -> None:
    """Ten copies of one checkpoint are one hypothesis, not ten."""
    rng = np.random.default_rng(13)
    base = rng.random(items.height) < 0.6
    right = np.where(rng.random(items.height) < 0.3, rng.random(items.height) < 0.5, base)
    base_verdicts = answered(items, base, "base", 0)
    copies = pl.concat([answered(items, right, "m", step) for step in range(1, 11)])
    one = study_tests(copies.filter(step=1), base_verdicts, items, base_model="base")
    ten = study_tests(copies, base_verdicts, items, base_model="base").filter(step=10)
    np.testing.assert_allclose(ten["p_adjusted"], one["p_adjusted"])
    np.testing.assert_allclose(ten["upper_limit"], one["upper_limit"], atol=0.01)


def test_no_checkpoints_is_an_empty_table(run, items) -> None:
    verdicts, base = run
    assert study_tests(verdicts.clear(), base, items, base_model="base").is_empty()


@pytest.mark.slow
def test_a_study_of_runs_that_only_wander_names_a_cell_in_five_percent_of_families_at_most(items, answered) -> None:
    """The whole way from verdicts: four cells, three steps that share what they changed, as chance has it."""
    rng = np.random.default_rng(21)
    rounds, named, collapsed = 200, 0, 0
    difficulty = rng.random(items.height) * 0.8 + 0.1
    for _ in range(rounds):
        base = rng.random(items.height) < difficulty
        state, parts = base, []
        for step in (1, 2, 3):
            state = np.where(rng.random(items.height) < 0.2, rng.random(items.height) < difficulty, state)
            parts.append(answered(items, state, "m", step))
        base_verdicts = answered(items, base, "base", 0)
        cells = study_tests(pl.concat(parts), base_verdicts, items, base_model="base", flips=399).filter(scope="cell")
        named += int(cells["p_adjusted"].min() <= 0.05)
        collapsed += int(cells["collapse"].any())
    limit = rounds * 0.05 + 2.6 * np.sqrt(rounds * 0.05 * 0.95)  # the 99.5 % point of what a true 5 % would show
    assert named <= limit
    assert collapsed <= limit
    assert named > 0  # the test has teeth
