import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import gammaln, ndtri, xlogy

from skillprobe_core.stats.change_interval import _null_variance, score_limits, upper_limit
from skillprobe_core.stats.wilson import clustered_variance, effective_size


def outcomes(n: int) -> tuple[np.ndarray, np.ndarray]:
    gained, lost = np.divmod(np.arange((n + 1) ** 2), n + 1)
    possible = gained + lost <= n
    return gained[possible], lost[possible]


def chances(n: int, gain: float, loss: float) -> np.ndarray:
    """Probability of every outcome, in the order of `outcomes`."""
    gained, lost = outcomes(n)
    rest = n - gained - lost
    ways = gammaln(n + 1) - gammaln(gained + 1) - gammaln(lost + 1) - gammaln(rest + 1)
    return np.exp(ways + xlogy(gained, gain) + xlogy(lost, loss) + xlogy(rest, 1 - gain - loss))


@pytest.mark.parametrize(("gained", "lost", "change"), [(3, 9, 0.02), (0, 5, -0.1), (4, 0, -0.03), (12, 11, 0.2)])
def test_null_variance_is_at_the_maximum_likelihood(gained: int, lost: int, change: float) -> None:
    n = 50

    def surprise(loss: float) -> float:
        gain = loss + change
        rest = 1 - gain - loss
        if min(gain, rest) < 0:
            return np.inf
        return -(xlogy(gained, gain) + xlogy(lost, loss) + xlogy(n - gained - lost, rest))

    low, high = max(0.0, -change), (1 - change) / 2
    grid = np.linspace(low, high, 2001)
    start = grid[np.argmin([surprise(loss) for loss in grid])]
    width = (high - low) / 2000
    bounds = (max(low, start - width), min(high, start + width))
    loss = minimize_scalar(surprise, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x
    expected = 2 * loss + change - change**2
    found = _null_variance(np.array(gained / n), np.array(lost / n), np.array(change))
    assert found == pytest.approx(expected, abs=2e-6)


def test_limits_mirror_each_other_and_hold_the_estimate() -> None:
    gained, lost = outcomes(40)
    low, high = score_limits(gained / 40, lost / 40, 40.0, 1.96)
    mirrored_low, mirrored_high = score_limits(lost / 40, gained / 40, 40.0, 1.96)
    np.testing.assert_allclose(low, -mirrored_high)
    np.testing.assert_allclose(high, -mirrored_low)
    change = (gained - lost) / 40
    assert np.all((low <= change) & (change <= high) & (low >= -1) & (high <= 1))
    wide_low, wide_high = score_limits(gained / 40, lost / 40, 40.0, 2.8)
    assert np.all((wide_low <= low) & (high <= wide_high))


SLOW = pytest.mark.slow
ROUNDS = 6_000
ACCURACIES = (0.02, 0.1, 0.3, 0.5, 0.8, 0.9, 0.98)


@pytest.mark.parametrize("n", [50, 100, 200, pytest.param(500, marks=pytest.mark.slow)])
def test_coverage_of_the_change_is_that_stated(n: int) -> None:
    """Exact, at every truth by itself: both accuracies from 0.02 to 0.98, sharing what they solve more or less.

    It holds where three items or more are expected to move, and five or more not to go the commonest way.
    """
    gained, lost = outcomes(n)
    low, high = score_limits(gained / n, lost / n, float(n), 1.959964)
    told, few = [], []
    for base in ACCURACIES:
        for accuracy in ACCURACIES:
            for together in (0.0, 0.3, 0.6, 0.9):
                both = (1 - together) * base * accuracy + together * min(base, accuracy)
                gain, loss = accuracy - both, base - both
                inside = (low <= gain - loss) & (gain - loss <= high)
                covered = chances(n, gain, loss)[inside].sum()
                enough = n * (gain + loss) >= 3 and n * min(1 - gain, 1 - loss) >= 5
                (told if enough else few).append((covered, base, accuracy, together))
    assert len(told) >= 150
    assert min(told)[0] >= 0.93, min(told)
    assert max(told)[0] <= 0.97, max(told)
    assert min(few)[0] >= 0.95, min(few)


@pytest.mark.parametrize("n", [50, 100, 200, pytest.param(500, marks=pytest.mark.slow)])
@pytest.mark.parametrize("one_way", [0.0, 0.05, 0.25, 0.5])
def test_coverage_holds_whatever_share_of_the_moves_goes_one_way(n: int, one_way: float) -> None:
    """The lattice of outcomes makes coverage jump from one truth to the next, most where all moves go one way."""
    gained, lost = outcomes(n)
    low, high = score_limits(gained / n, lost / n, float(n), 1.959964)
    covered = []
    for moving in np.arange(5.0, 15.0, 0.25):
        gain, loss = moving * one_way / n, moving * (1 - one_way) / n
        covered.append(chances(n, gain, loss)[(low <= gain - loss) & (gain - loss <= high)].sum())
    assert min(covered) >= 0.925
    assert max(covered) <= 0.975
    assert 0.94 <= np.mean(covered) <= 0.96


@pytest.mark.parametrize("n", [50, 500])
def test_no_interval_does_better_where_few_items_move(n: int) -> None:
    """Without a change, an interval that treats gains and losses alike covers 0 too often below 2.5 expected moves.

    If it excluded 0 at three losses and no gain, at four and one or at five and one, and so at what is more extreme, it
    would be wrong in more than 7 % at some number of expected moves. So it excludes 0 at most at four losses
    without a gain, at six with one, and, to be generous, whenever eight items moved.
    """
    gained, lost = outcomes(n)

    def excluded(region: np.ndarray, moving: float) -> float:
        return float(chances(n, moving / 2 / n, moving / 2 / n)[region].sum())

    def at_least(losses: int, gains: int) -> np.ndarray:
        return ((lost >= losses) & (gained <= gains)) | ((gained >= losses) & (lost <= gains))

    for losses, gains in ((3, 0), (4, 1), (5, 1)):
        assert max(excluded(at_least(losses, gains), moving) for moving in (3.0, 4.0, 5.0, 6.0, 7.0)) > 0.07
    for moving in (0.1, 0.5, 1.0, 1.5, 2.0, 2.5):
        assert excluded(at_least(4, 0) | at_least(6, 1) | (gained + lost >= 8), moving) < 0.03


@pytest.mark.parametrize("n", [50, 100, 200, pytest.param(400, marks=pytest.mark.slow)])
def test_collapse_is_flagged_wrongly_in_few_families(n: int) -> None:
    """Twenty cells that all dropped by the margin itself, the hardest null there is; exact."""
    gained, lost = outcomes(n)
    upper = upper_limit(gained / n, lost / n, float(n), float(ndtri(0.95 ** (1 / 20))))
    for gain in (0.0, 0.01, 0.05, 0.2):
        one = chances(n, gain, gain + 0.05)[upper < -0.05].sum()
        assert 1 - (1 - one) ** 20 <= 0.05, gain


def drawn(sizes: np.ndarray, gain: float, loss: float, alike: float, rounds: int, seed: int) -> np.ndarray:
    """Changes, shape (rounds, items), of items in clusters of these sizes with that correlation within a cluster."""
    rng = np.random.default_rng(seed)
    code = np.repeat(np.arange(len(sizes)), sizes)
    own, common = rng.random((rounds, len(code))), rng.random((rounds, len(sizes)))[:, code]
    luck = np.where(rng.random((rounds, len(code))) < np.sqrt(alike), common, own)
    return np.where(luck < gain, 1.0, np.where(luck < gain + loss, -1.0, 0.0))


def coverage(sizes: np.ndarray, change: np.ndarray, truth: float) -> float:
    rounds, n = change.shape
    mean, gain, loss = change.mean(axis=1), np.maximum(change, 0).mean(axis=1), np.maximum(-change, 0).mean(axis=1)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    residual = np.add.reduceat(change, starts, axis=1) - sizes * mean[:, None]
    owner = np.repeat(np.arange(rounds), len(sizes))
    variance, freedom = clustered_variance(residual.ravel(), np.tile(sizes, rounds), owner, rounds)
    size = effective_size(gain + loss - mean**2, variance, freedom, np.full(rounds, n))
    low, high = score_limits(gain, loss, size, 1.959964)
    return float(np.mean((low <= truth) & (truth <= high)))


CLUSTERS = {
    "pairs": lambda n: np.full(n // 2, 2),
    "fives": lambda n: np.full(n // 5, 5),
    "unequal": lambda n: np.resize([1, 1, 1, 2, 2, 3, 5, 8], n // 23 * 8 + 4),
    "one of a fifth of all": lambda n: np.concatenate([[n // 5], np.full(2 * n // 5, 2)]),
}
MOVES = [(0.05, 0.05), (0.01, 0.09), (0.15, 0.15), (0.05, 0.25), (0.0, 0.1), (0.1, 0.6)]


@pytest.mark.parametrize("alike", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("clusters", CLUSTERS)
@pytest.mark.parametrize(
    "n", [200, pytest.param(50, marks=SLOW), pytest.param(100, marks=SLOW), pytest.param(500, marks=SLOW)]
)
def test_coverage_holds_for_items_drawn_in_clusters(n: int, clusters: str, alike: float) -> None:
    """Twenty clusters or more; moves are counted as if items were independent, as many as their design is worth."""
    sizes = CLUSTERS[clusters](n)
    effective = sizes.sum() / (1 + alike * ((sizes**2).sum() / sizes.sum() - 1))
    found = []
    for gain, loss in MOVES:
        moves = effective * (gain + loss)
        if len(sizes) < 20 or moves < 5:
            continue
        found.append(coverage(sizes, drawn(sizes, gain, loss, alike, ROUNDS, seed=n), gain - loss))
        most = 0.975 if moves >= 10 and alike < 1 else 0.99
        assert 0.93 - luck(0.93) <= found[-1] <= most + luck(most), (gain, loss)
    assert not found or 0.94 <= np.mean(found) <= 0.985


def luck(covered: float) -> float:
    """How far a simulated coverage lies off the true one in one of a thousand cases."""
    return 3.1 * float(np.sqrt(covered * (1 - covered) / ROUNDS))


@pytest.mark.parametrize("families", [25, 60, 150])
@pytest.mark.parametrize("base", [0.1, 0.5, 0.9])
def test_coverage_holds_where_whole_templates_were_sampled(families: int, base: float) -> None:
    """Items of one template share their luck, in what is solved and in what moves."""
    rng = np.random.default_rng(families)
    rounds, size = 3_000, 4
    strength = 4.0
    level = rng.beta(base * strength, (1 - base) * strength, (rounds, families, 1))
    moved = rng.beta(1.0, 4.0, (rounds, families, 1))
    before = rng.random((rounds, families, size)) < level
    after = np.where(rng.random((rounds, families, size)) < moved, rng.random((rounds, families, size)) < 0.5, before)
    truth = 0.2 * (0.5 - base)
    change = after.astype(float) - before
    change = change.reshape(rounds, families * size)
    assert 0.93 <= coverage(np.full(families, size), change, truth) <= 0.97
