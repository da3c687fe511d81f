from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

SKILLS = ("calculation", "enumeration")
DOMAINS = ("math", "general")


@pytest.fixture
def items() -> pl.DataFrame:
    """Four cells of 60 items: two kinds, two levels, three wordings."""
    rows = [
        {
            "item_set": "set",
            "item_id": f"{skill}-{domain}-{number:03d}",
            "skill": skill,
            "domain": domain,
            "kind": f"{skill}_{domain}_{number % 2}",
            "level": 1 + number // 30,
            "template": f"{skill}_{domain}_{number % 2}/{number % 3}",
            "source": "procedural",
            "chance": 0.1,
        }
        for skill in SKILLS
        for domain in DOMAINS
        for number in range(60)
    ]
    return pl.DataFrame(rows)


@pytest.fixture
def answered() -> Callable[..., pl.DataFrame]:
    """A function that makes a `verdicts` table out of items and an array (items, samples) of right or wrong."""

    def make(items: pl.DataFrame, right: np.ndarray, model: str = "tuned", step: int = 100) -> pl.DataFrame:
        right = np.asarray(right, bool).reshape(items.height, -1)
        samples = right.shape[1]
        return pl.DataFrame(
            {
                "model": model,
                "step": step,
                "item_set": np.repeat(items["item_set"].to_numpy(), samples),
                "item_id": np.repeat(items["item_id"].to_numpy(), samples),
                "sample": np.tile(np.arange(samples), items.height),
                "verdict": np.where(right.ravel(), "correct", "wrong"),
                "ending": "ended",
                "shows_steps": right.ravel(),
                "extracted": None,
                "rule": "line",
            }
        )

    return make


@pytest.fixture
def restyled() -> Callable[..., pl.DataFrame]:
    """A function that gives some of the items (a mask) another verdict or ending in a `verdicts` table."""

    def change(verdicts: pl.DataFrame, items: pl.DataFrame, chosen: np.ndarray, **changes: str) -> pl.DataFrame:
        here = pl.col("item_id").is_in(items.filter(pl.Series(chosen))["item_id"].implode())
        return verdicts.with_columns(
            pl.when(here).then(pl.lit(value)).otherwise(name).alias(name) for name, value in changes.items()
        )

    return change
