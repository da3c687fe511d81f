"""A base's hidden states: stored once, refused when damaged, the same from a file."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from skillprobe_core.errors import CheckpointError, StoreError
from skillprobe_core.measurements.divergence.base_states import base_states, kept_states, load_states
from skillprobe_core.measurements.divergence.compare_texts import compare_texts
from skillprobe_core.measurements.divergence.token_texts import Text, Texts, reference_texts
from tests.cuda_device import NO_GPU


def compare(base, checkpoint, tokenizer, items):
    return compare_texts(base, checkpoint, tokenizer, reference_texts(tokenizer, items), model="m", step=7).items


def test_kept_states_give_the_same_table(tokenizer, items, tmp_path, tiny_model, moved):
    base = tiny_model("gemma2", dtype=torch.bfloat16)
    checkpoint = moved(base, 0.1)
    texts = reference_texts(tokenizer, items)
    kept_states(tmp_path, "digest", texts, lambda: base)
    kept = load_states(tmp_path, "digest", texts.digest)
    assert kept.values.dtype == torch.bfloat16
    one, two = (compare(b, checkpoint, tokenizer, items) for b in (base, kept))
    assert one.equals(two)
    assert one["forward_kl"].min() > 0
    assert load_states(tmp_path, "other", texts.digest) is None
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")]


def test_damaged_or_foreign_states_are_refused(tokenizer, items, tmp_path, tiny_model):
    base = tiny_model("llama")
    states = base_states(base, reference_texts(tokenizer, items.head(2)))
    with pytest.raises(StoreError, match="not on"):
        compare(states, base, tokenizer, items)
    kept_states(tmp_path, "digest", reference_texts(tokenizer, items.head(2)), lambda: base)
    file = tmp_path / f"digest.{states.texts}.safetensors"
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(StoreError, match="store check --set-aside"):
        load_states(tmp_path, "digest", states.texts)


def texts_of(sizes, seed=0):
    generator = torch.Generator().manual_seed(seed)

    def ids(n):
        return tuple(torch.randint(0, 256, (n,), generator=generator).tolist())

    return Texts("s", "reference", tuple(Text(f"{i}", ids(p), ids(c)) for i, (p, c) in enumerate(sizes)))


def test_batch_composition_does_not_matter(family, tiny_model):
    model = tiny_model(family)
    texts = texts_of([(3, 50), (20, 1), (1, 7), (40, 30), (2, 2), (9, 0)])
    alone, together = (base_states(model, texts, batch_tokens=n).values for n in (1, 10**6))
    torch.testing.assert_close(alone, together, rtol=1e-4, atol=1e-5)


def test_states_in_a_mapped_file_are_those_in_memory(tokenizer, items, tmp_path: Path, tiny_model) -> None:
    for dtype in (torch.float32, torch.bfloat16, torch.float16):
        model, texts = tiny_model("qwen2", dtype=dtype), reference_texts(tokenizer, items)
        file = tmp_path / f"{dtype}.safetensors"
        mapped, held = base_states(model, texts, file=file), base_states(model, texts)
        assert torch.equal(mapped.values, held.values)
        assert mapped.offsets == held.offsets == tuple(texts.offsets)
        with safe_open(file, framework="pt") as opened:
            assert torch.equal(opened.get_tensor("values"), held.values)


def test_states_of_some_texts_are_theirs_in_that_order(tokenizer, items, tiny_model) -> None:
    texts = reference_texts(tokenizer, items)
    states = base_states(tiny_model("llama"), texts)
    lengths = [len(text.completion) for text in texts.texts]
    some = states.of((2, 0), texts)
    assert len(some) == lengths[2] + lengths[0]
    assert torch.equal(some[: lengths[2]], states.values[sum(lengths[:2]) : sum(lengths[:3])])
    less = replace(texts, texts=(*texts.texts[:2], replace(texts.texts[2], left_out=(0, 2)), *texts.texts[3:]))
    kept = [at for at in range(lengths[2]) if at not in (0, 2)]
    assert torch.equal(states.of((2,), less), some[kept])


def test_a_base_is_loaded_once_for_one_set_of_texts(tokenizer, items, tmp_path: Path, tiny_model) -> None:
    loaded = []

    def load():
        loaded.append(True)
        return tiny_model("llama")

    texts, fewer = reference_texts(tokenizer, items), reference_texts(tokenizer, items.head(2))
    first = kept_states(tmp_path / "states", "base", texts, load)
    again = kept_states(tmp_path / "states", "base", texts, load)
    assert torch.equal(first.values, again.values)
    assert len(loaded) == 1
    kept_states(tmp_path / "states", "base", fewer, load)
    kept_states(tmp_path / "states", "other", texts, load)
    assert len(loaded) == 3
    assert not [file.name for file in (tmp_path / "states").iterdir() if file.name.startswith(".")]


def test_a_computation_that_fails_leaves_no_file(tokenizer, items, tmp_path: Path) -> None:
    def load():
        raise MemoryError

    with pytest.raises(MemoryError):
        kept_states(tmp_path / "states", "base", reference_texts(tokenizer, items), load)
    assert list((tmp_path / "states").iterdir()) == []


def test_states_of_a_base_that_was_replaced_are_not_kept(tokenizer, items, tmp_path: Path, tiny_model) -> None:
    def confirm():
        raise CheckpointError("another base", remedy="try again")

    texts = reference_texts(tokenizer, items.head(1))
    with pytest.raises(CheckpointError, match="another base"):
        kept_states(tmp_path / "states", "base", texts, lambda: tiny_model("llama"), confirm)
    assert list((tmp_path / "states").iterdir()) == []


def test_texts_without_tokens_have_no_states(tmp_path: Path, tiny_model) -> None:
    texts = Texts("s", "own", (Text("a", (1,), ()),))
    states = base_states(tiny_model("llama"), texts, file=tmp_path / "none.safetensors")
    assert states.values.shape == (0, 32)
    assert states.offsets == (0, 0)


@pytest.mark.gpu
@NO_GPU
def test_states_of_a_gpu_are_kept_and_serve_a_checkpoint_there(tokenizer, items, tmp_path, tiny_model, moved):
    base = tiny_model("gemma2")
    checkpoint, texts = moved(base, 0.1), reference_texts(tokenizer, items)
    expected = compare(base, checkpoint, tokenizer, items)
    kept_states(tmp_path, "digest", texts, base.cuda)
    kept = load_states(tmp_path, "digest", texts.digest)
    assert kept.values.device.type == kept.head.weight.device.type == "cpu"
    checkpoint.cuda()
    for given_side in (base, kept):
        found = compare(given_side, checkpoint, tokenizer, items)
        assert found["forward_kl"].to_list() == pytest.approx(expected["forward_kl"].to_list(), rel=1e-3, abs=1e-6)
    own = base_states(checkpoint, texts)
    found = compare(base, own, tokenizer, items)
    assert found["forward_kl"].to_list() == pytest.approx(expected["forward_kl"].to_list(), rel=1e-3, abs=1e-6)
