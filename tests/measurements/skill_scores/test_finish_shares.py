"""Changes of the shares of finished and unfinished completions: counted, and tested against the same items."""

import numpy as np
import polars as pl
import pytest

from skillprobe_core.measurements.skill_scores.finish_shares import SHARES, finish_changes

ITEMS = pl.DataFrame(
    {
        "item_set": "set",
        "item_id": [f"{number:03d}" for number in range(120)],
        "skill": "calculation",
        "domain": "math",
        "source": "procedural",
        "template": [f"wording {number % 5}" for number in range(120)],
    }
)


def verdicts(endings: list[str | None], samples: int = 1) -> pl.DataFrame:
    ids = np.repeat(ITEMS["item_id"].to_numpy(), samples)
    return pl.DataFrame({"item_id": ids, "ending": endings, "reading": "fair"})


def drawn(seed: int, shares: tuple[float, ...], samples: int = 1) -> pl.DataFrame:
    draws = np.random.default_rng(seed).choice([*SHARES, "none"], 120 * samples, p=(*shares, 1 - sum(shares)))
    return verdicts([None if each == "none" else str(each) for each in draws], samples)


@pytest.mark.parametrize("samples", [1, 3])
def test_shares_are_those_that_are_counted(samples: int) -> None:
    before, after = drawn(1, (0.4, 0.3, 0.1, 0.1), samples), drawn(2, (0.1, 0.2, 0.3, 0.2), samples)
    found = finish_changes(after, before, ITEMS, flips=999)
    for row in found.rows(named=True):
        ending = next(ending for ending, name in SHARES.items() if name == row["share"])
        assert row["before"] == pytest.approx((before["ending"].fill_null("-") == ending).mean())
        assert row["after"] == pytest.approx((after["ending"].fill_null("-") == ending).mean())
    assert found["p"].min() < 0.01


def test_noise_is_seldom_surprising_and_nothing_is_never() -> None:
    shares = (0.6, 0.2, 0.1, 0.1)
    smallest = [
        finish_changes(drawn(2 * n + 1, shares), drawn(2 * n, shares), ITEMS, 999)["p"].min() for n in range(60)
    ]
    assert sum(p <= 0.05 for p in smallest) <= 9  # of 60, 3 expected: more than 9 has a probability below 0.001
    same = drawn(5, shares)
    assert finish_changes(same, same, ITEMS)["p"].to_list() == [1.0] * 4


def test_a_moved_share_is_found_where_the_total_stays() -> None:
    """As many unfinished as before, but inside their reasoning."""
    before = verdicts(["cut" if number < 40 else "ended" for number in range(120)])
    after = verdicts(["thinking" if number < 40 else "ended" for number in range(120)])
    found = {row["share"]: row["p"] for row in finish_changes(after, before, ITEMS).rows(named=True)}
    assert found["finished"] == 1
    assert max(found["cut"], found["thinking"]) < 0.001
