"""Blocks cover everything once and sum to the same bits as the full matrices."""

import numpy as np
import pytest
from scipy.sparse import csr_array, eye_array, kron, random_array, vstack

from skillprobe_core.stats import column_blocks as module
from skillprobe_core.stats.column_blocks import column_blocks, product, result_blocks


@pytest.mark.parametrize(("columns", "rows"), [(0, 5), (1, 1), (7, 3_000_000), (1_000, 9_999), (5, 0)])
def test_columns_are_covered_once_and_in_order(columns: int, rows: int) -> None:
    covered = [column for block in column_blocks(columns, rows) for column in range(columns)[block]]
    assert covered == list(range(columns))
    assert all((block.stop - block.start) * rows <= 4_000_000 or block.stop - block.start == 1
               for block in column_blocks(columns, rows))  # fmt: skip


def test_results_of_a_block_are_the_same_bits_as_those_of_the_full_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_RESULTS", 5)
    rng = np.random.default_rng(8)
    members = random_array((3, 6), density=0.6, rng=rng)
    totals = csr_array(vstack([kron(eye_array(7), members), kron(eye_array(7), eye_array(6)), csr_array((2, 42))]))
    values = rng.normal(size=(42, 11))
    expected, seen = totals @ values, []
    for block in result_blocks(totals):
        assert len(block.results) <= 5
        assert np.array_equal(block.totals @ values[block.columns], expected[block.results])
        seen += block.results.tolist()
    assert sorted(seen) == list(range(totals.shape[0]))


def test_blocks_of_one_checkpoint_share_its_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells, kinds and the total of a checkpoint lie together although every scope has its own rows."""
    monkeypatch.setattr(module, "_RESULTS", 7)
    cells = csr_array(np.array([[1.0, 1, 0, 0], [0, 0, 1, 1]]))
    scopes = (cells, csr_array(np.ones((1, 4))), csr_array(eye_array(4)))
    totals = csr_array(vstack([kron(eye_array(50), scope) for scope in scopes]))
    assert all(len(block.columns) <= 8 for block in result_blocks(totals))


@pytest.mark.parametrize("worth_threads", [0, 10**9])
@pytest.mark.parametrize(("width", "narrowest"), [(1, 3), (10**6, 128), (1, 200)])
def test_a_product_in_pieces_has_the_same_bits(
    width: int, narrowest: int, worth_threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_WORTH_THREADS", worth_threads)
    monkeypatch.setattr(module, "_CACHED", width)
    monkeypatch.setattr(module, "_NARROWEST", narrowest)
    rng = np.random.default_rng(2)
    matrix, dense = csr_array(random_array((9, 14), density=0.15, rng=rng)), rng.normal(size=(14, 130))
    assert np.array_equal(product(matrix, dense), matrix @ dense)
    assert product(matrix, dense[:, :0]).shape == (9, 0)


def test_a_full_matrix_is_multiplied_alike_to_the_last_digits() -> None:
    rng = np.random.default_rng(3)
    matrix, dense = csr_array(rng.normal(size=(40, 30))), rng.normal(size=(30, 500))
    assert np.allclose(product(matrix, dense), matrix @ dense, rtol=0, atol=1e-13)
