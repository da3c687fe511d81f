"""A cache that is allocated once holds what the library's own cache holds."""

import pytest
import torch
from transformers.cache_utils import DynamicLayer

from skillprobe_core.models.decoding.kv_cache import PreallocatedLayer, allocate_cache, join_caches, joins
from tests.models.conftest import FAMILIES, build_model

ROWS, HEADS, SIZE = 3, 2, 4


def states(columns: int, seed: int, rows: int = ROWS) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    one, other = (torch.randn(rows, HEADS, columns, SIZE, generator=generator) for _ in range(2))
    return one, other


def same(ours: PreallocatedLayer, library: DynamicLayer) -> bool:
    return torch.equal(ours.keys, library.keys) and torch.equal(ours.values, library.values)


def test_columns_are_appended_as_the_library_appends_them() -> None:
    ours, library = PreallocatedLayer(12), DynamicLayer()
    for seed, columns in enumerate((5, 1, 1, 3)):
        keys, values = states(columns, seed)
        shown = ours.update(keys, values)
        expected = library.update(keys, values)
        assert all(map(torch.equal, shown, expected))
    assert ours.get_seq_length() == library.get_seq_length() == 10


def test_no_step_copies_past_columns() -> None:
    layer = PreallocatedLayer(8)
    layer.update(*states(2, 0))
    before = layer.keys.data_ptr()
    layer.update(*states(1, 1))
    assert layer.keys.data_ptr() == before


@pytest.mark.parametrize("kept", [[0, 2], [2, 0, 0], [1]])
def test_rows_are_kept_reordered_and_repeated(kept: list[int]) -> None:
    ours, library = PreallocatedLayer(9), DynamicLayer()
    for layer in (ours, library):
        layer.update(*states(4, 0))
        layer.batch_select_indices(torch.tensor(kept))
        layer.update(*states(2, 1, len(kept)))
    assert same(ours, library)


def test_joined_rows_end_at_one_column_and_padding_is_zero() -> None:
    parts = []
    for seed, (rows, columns) in enumerate([(2, 5), (1, 3), (3, 7)]):
        layer = PreallocatedLayer(columns)
        layer.update(*states(columns, seed, rows))
        parts.append(layer)
    joined = PreallocatedLayer(10)
    joined.take(parts, 7)
    row = 0
    for part in parts:
        width = part.keys.shape[2]
        for keys, values in zip(part.keys, part.values, strict=True):
            assert torch.equal(joined.keys[row, :, 7 - width :], keys)
            assert torch.equal(joined.values[row, :, 7 - width :], values)
            assert not joined.keys[row, :, : 7 - width].any()
            row += 1
    joined.update(*states(1, 9, 6))
    assert joined.get_seq_length() == 8


def test_caches_of_a_model_are_joined_layer_by_layer() -> None:
    model = build_model("Llama")
    ids = torch.tensor([[5, 6, 7]])
    caches = [allocate_cache(model, 4) for _ in range(2)]
    with torch.inference_mode():
        for cache in caches:
            model(ids, past_key_values=cache, use_cache=True)
        joined = join_caches(caches, 3, 5)
    assert len(joined.layers) == model.config.num_hidden_layers
    for layer, one in zip(joined.layers, caches[0].layers, strict=True):
        assert torch.equal(layer.keys[0], one.keys[0])
        assert torch.equal(layer.keys[0], layer.keys[1])


@pytest.mark.parametrize("name", FAMILIES)
def test_rows_can_be_moved_where_no_layer_has_a_window(name: str) -> None:
    assert joins(build_model(name)) == ("sliding_window" not in FAMILIES[name])
