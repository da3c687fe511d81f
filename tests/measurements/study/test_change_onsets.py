import numpy as np
import polars as pl
import pytest

from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.study.change_onsets import change_onsets, contrasts
from skillprobe_core.measurements.study.onset_claims import dated_in_the_skill, dated_in_these_kinds
from skillprobe_core.stats.sign_flips import adjusted_two_sided_p, sign_flips

STEPS = tuple(range(100, 1100, 100))


def trajectory(items, answered, rng, planted: dict[tuple[str, str], int], shift: float = 0.5):
    """Items drift like a run does, each checkpoint near the last; planted cells lose from their step on."""
    base = rng.random(items.height) < 0.7
    state, parts = base.copy(), []
    lost = rng.random(items.height) < shift
    for step in STEPS:
        state = np.where(rng.random(items.height) < 0.05, rng.random(items.height) < 0.7, state)
        right = state.copy()
        for (skill, domain), onset in planted.items():
            cell = ((items["skill"] == skill) & (items["domain"] == domain)).to_numpy()
            right[cell & lost] &= step < onset
        parts.append(answered(items, right, "m", step))
    return pl.concat(parts), answered(items, base, "base", 0)


@pytest.mark.parametrize("onset", [200, 500, 900])
def test_a_planted_drop_is_dated_right(items, answered, onset: int) -> None:
    hits, covered = [], []
    for seed in range(8):
        run = trajectory(items, answered, np.random.default_rng(seed), {("enumeration", "math"): onset})
        table = change_onsets(*run, items)
        found = table.filter(scope="cell", skill="enumeration", domain="math").row(0, named=True)
        assert found["p_lower"] <= 0.05
        assert found["shift"] < -0.1
        assert found["before_step"] < found["onset_step"]
        hits.append(found["onset_step"] == onset)
        covered.append(found["onset_low"] <= onset <= found["onset_high"])
    assert np.mean(hits) >= 0.75
    assert np.mean(covered) >= 0.85


@pytest.mark.slow
def test_a_run_that_only_drifts_is_rarely_dated(items, answered) -> None:
    """Neighbouring checkpoints are alike here, which would fool a test that permutes steps."""
    small = items.filter(pl.col("item_id").str.slice(-3).cast(pl.Int64) < 20)
    false_alarms = 0
    for seed in range(60):
        run = trajectory(small, answered, np.random.default_rng(1_000 + seed), {})
        table = change_onsets(*run, small).filter(scope="cell")
        false_alarms += int(table["p"].min() <= 0.05)
    assert false_alarms <= 8  # 99 % point of a binomial with 60 rounds at 5 %


def test_where_nothing_changed_nothing_is_dated(items, answered) -> None:
    """Nine equal checkpoints: their contrasts are 0 but for rounding, which must not be taken for a change."""
    right = np.random.default_rng(5).random(items.height) < 0.7
    run = pl.concat([answered(items, right, "m", step) for step in STEPS[:8]])
    table = change_onsets(run, answered(items, right, "base", 0), items)
    assert table["p"].to_list() == [1.0] * table.height
    assert table["shift"].to_list() == [0.0] * table.height


def test_error_rate_of_the_cumulative_sum_over_many_runs() -> None:
    rng = np.random.default_rng(3)
    rounds, units, checkpoints = 600, 80, 9
    alarms = 0
    for _ in range(rounds):
        start = rng.random(units) < 0.5
        walk = np.cumsum(rng.normal(0, 0.3, (units, checkpoints - 1)), axis=1)
        fresh = np.where(np.abs(walk) > 0.4, rng.random((units, checkpoints - 1)) < 0.5, start[:, None])
        shares = np.column_stack([start, fresh]).astype(float)
        alarms += int(adjusted_two_sided_p(sign_flips(shares @ contrasts(checkpoints), flips=399)).min() <= 0.05)
    assert 0.02 <= alarms / rounds <= 0.05 + 2.6 * np.sqrt(0.05 * 0.95 / rounds)


def test_few_kinds_cannot_show_a_change_of_kinds_in_general(items, answered) -> None:
    """Every item of a cell is lost for good: certain for its two kinds, of which no four flips can make a small p."""
    run = trajectory(items, answered, np.random.default_rng(0), {("enumeration", "math"): 300}, shift=1.0)
    table = change_onsets(*run, items)
    cell = table.filter(scope="cell", skill="enumeration", domain="math")
    found = cell.row(0, named=True)
    assert found["kinds"] == 2
    assert found["p"] <= 0.001
    assert found["kind_p"] >= 0.25
    assert cell.filter(dated_in_these_kinds() & ~dated_in_the_skill())["onset_step"].to_list() == [300]
    kinds = items.select("skill", "domain", "kind").unique().height
    assert table.filter(scope="overall")["kinds"].to_list() == [kinds]
    assert table.filter(scope="cell")["kinds"].sum() == kinds


def test_contrasts_are_means_after_minus_before() -> None:
    series = np.random.default_rng(1).random(6)
    for place, value in enumerate(series @ contrasts(6), start=1):
        scale = np.sqrt(place * (6 - place) / 6)
        assert value == pytest.approx(scale * (series[place:].mean() - series[:place].mean()))


def test_several_models_are_refused(items, answered) -> None:
    verdicts, base = trajectory(items, answered, np.random.default_rng(0), {})
    both = pl.concat([verdicts, verdicts.with_columns(model=pl.lit("other"))])
    with pytest.raises(StoreError, match="of 2 models, expected one"):
        change_onsets(both, base, items)
