"""Matrices that are hard to decompose: few, equal, tiny or huge singular values, and all shapes."""

import numpy as np


def orthogonal(n: int, k: int, seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((n, k)))[0]


def with_values(rows: int, values: np.ndarray, seed: int = 0) -> np.ndarray:
    return orthogonal(rows, len(values), seed) * values @ orthogonal(len(values), len(values), seed + 1).T


ADVERSARIAL = {
    "plain": np.random.default_rng(0).standard_normal((300, 200)),
    "wide": np.random.default_rng(0).standard_normal((60, 700)),
    "square": np.random.default_rng(0).standard_normal((150, 150)),
    "one row": np.random.default_rng(0).standard_normal((1, 50)),
    "one column": np.random.default_rng(0).standard_normal((50, 1)),
    "one element": np.array([[-3.0]]),
    "rank 3 of 90": with_values(120, np.array([5.0, 2.0, 1.0] + [0.0] * 87)),
    "one missing rank": with_values(120, np.append(np.linspace(3, 1, 89), 0.0)),
    "repeated": with_values(100, np.repeat([4.0, 2.0, 1.0], 30)),
    "identity": np.eye(64),
    "ill-conditioned": with_values(130, np.logspace(0, -14, 120)),
    "few small ones": with_values(130, np.append(np.linspace(2, 1, 100), np.logspace(-4, -13, 20))),
    "near the floor": with_values(130, np.append(np.linspace(1, 0.5, 80), np.linspace(2.1e-3, 1.9e-3, 40))),
    "tiny": 1e-150 * np.random.default_rng(0).standard_normal((80, 70)),
    "huge": 1e150 * np.random.default_rng(0).standard_normal((80, 70)),
    "all equal": np.ones((70, 50)),
    "zero row and column": np.pad(np.random.default_rng(0).standard_normal((60, 40)), 1),
}
