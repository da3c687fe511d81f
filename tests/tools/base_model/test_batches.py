"""From items to batches: targets are the completion's next tokens, and nothing is lost between batches."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import Split
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.benchmark.splits import draw
from skillprobe_core.demo.base_model import base_model_folder
from skillprobe_core.models.prompts import encode_completion, encode_prompt
from tools.base_model.batches import IGNORED, Example, batch_of, batches_by_length, example_of

rows = st.tuples(st.lists(st.integers(2, 99), min_size=1, max_size=20), st.lists(st.integers(2, 99), min_size=1)).map(
    lambda parts: Example([*parts[0], *parts[1]], len(parts[0]))
)


@given(examples=st.lists(rows, min_size=1, max_size=12), tokens=st.integers(1, 200))
def test_each_example_is_in_one_batch_with_its_targets(examples, tokens):
    batches = batches_by_length(examples, 0, tokens)
    found = []
    for batch in batches:
        assert len(batch.ids) == 1 or batch.ids.numel() <= tokens
        for ids, targets in zip(batch.ids.tolist(), batch.targets.tolist(), strict=True):
            start = next(place for place, target in enumerate(targets) if target != IGNORED)
            end = max(place for place, target in enumerate(targets) if target != IGNORED) + 1
            assert targets[start:end] == ids[start + 1 : end + 1]
            assert not any(ids[end + 1 :])
            found.append(Example(ids[: end + 1], start + 1))
    assert sorted(found) == sorted(examples)


def test_an_example_is_what_evaluation_sends_and_the_reference():
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base_model_folder())
    item = draw(KINDS[0], 1, Split.TRAIN, 0, 0)
    example = example_of(item, tokenizer)
    assert example.ids[: example.prompt_length] == encode_prompt(tokenizer, item.prompt)
    assert example.ids[example.prompt_length :] == encode_completion(tokenizer, item.reference)
    assert example.ids[-1] == tokenizer.eos_token_id
    batch = batch_of([example], tokenizer.pad_token_id)
    assert torch.equal(batch.targets[0, example.prompt_length - 1 : -1], batch.ids[0, example.prompt_length :])
