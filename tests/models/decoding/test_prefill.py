"""Prefill of a batch: what prompts share is computed once, lengths are sorted, and no logit changes."""

import itertools
from dataclasses import replace

import torch

from skillprobe_core.models.backend import Request, SamplingSettings, in_batch_order
from skillprobe_core.models.decoding.prefill import Forward, prefill
from tests.models.conftest import build_model

GREEDY = SamplingSettings(max_new_tokens=12)


def few_shot(requests, starts=2, length=30):
    """The requests with one of a few long starts before each prompt; the last one stands alone."""
    generator = torch.Generator().manual_seed(3)
    before = [tuple(torch.randint(0, 256, (length + 7 * n,), generator=generator).tolist()) for n in range(starts)]
    found = []
    for number, each in enumerate(requests[:-1]):
        start = before[number % starts]
        found.append(replace(each, prompt_ids=start + each.prompt_ids, shared=len(start)))
    return [*found, replace(requests[-1], prompt_ids=(9, 8, 7, *requests[-1].prompt_ids), shared=3)]


def by_row(backend, requests):
    return {(each.item_id, each.sample): each for each in backend.complete(requests, GREEDY)}


def columns_read(backend, requests):
    """Rows times columns over all forward passes that read prompts."""
    read = []
    hook = backend.model.register_forward_pre_hook(
        lambda _, arguments, named: read.append(named["input_ids"].shape), with_kwargs=True
    )
    by_row(backend, requests)
    hook.remove()
    return sum(rows * columns for rows, columns in read if columns > 1)


def test_shared_starts_change_no_answer(make_backend, mixed_requests, family):
    backend = make_backend(family)
    requests = few_shot(mixed_requests(13))
    alone = [replace(each, shared=0) for each in requests]
    expected = by_row(backend, alone)
    assert by_row(backend, requests) == expected
    backend._rows = 4
    assert by_row(backend, requests) == expected


def test_samples_of_few_shot_prompts_share_too(make_backend, mixed_requests):
    backend = make_backend()
    requests = few_shot(mixed_requests(6))
    twice = [replace(each, sample=sample) for each in requests for sample in range(2)]
    expected = by_row(backend, [replace(each, shared=0) for each in requests])
    assert {key: value.ids for key, value in by_row(backend, twice).items()} == {
        (item, sample): value.ids for (item, _), value in expected.items() for sample in range(2)
    }


def test_what_is_shared_is_read_once_a_batch(make_backend, mixed_requests):
    backend = make_backend()
    requests = few_shot(mixed_requests(21), starts=1, length=100)
    apart = columns_read(backend, [replace(each, shared=0) for each in requests])
    assert columns_read(backend, requests) < apart / 2


def test_windows_are_counted_in_columns_so_nothing_is_shared_there(make_backend, mixed_requests):
    backend = make_backend("Mistral")
    requests = few_shot(mixed_requests(9))
    assert columns_read(backend, requests) == columns_read(backend, [replace(each, shared=0) for each in requests])


def test_the_order_keeps_equal_starts_together_and_long_prompts_first(mixed_requests):
    plain = in_batch_order(mixed_requests(20))
    assert [len(each.prompt_ids) for each in plain] == sorted((len(each.prompt_ids) for each in plain), reverse=True)
    ordered = in_batch_order(few_shot(mixed_requests(20), starts=3))
    starts = [each.prompt_ids[: each.shared] for each in ordered]
    assert sum(one != other for one, other in itertools.pairwise(starts)) == len(set(starts)) - 1
    assert in_batch_order([Request("a", 0, (1,), None)])[0].item_id == "a"


@torch.inference_mode()
def test_logits_are_those_of_each_prompt_alone(family: str) -> None:
    model = build_model(family)
    start = tuple(range(20, 60))
    prompts = [(*start, 1, 2), (*start, 3), (7, 8, 9), (*start, *range(100, 190)), (200,)]
    shared = [len(start), len(start), 0, len(start), 0]
    made = prefill(Forward(model), prompts, shared, 160)
    assert sorted(made.order) == list(range(len(prompts)))
    for place, number in enumerate(made.order):
        expected = model(torch.tensor([prompts[number]])).logits[0, -1]
        torch.testing.assert_close(made.logits[place], expected, rtol=1e-3, atol=1e-4)
        if made.mask is not None:
            assert int(made.mask[place].sum()) == len(prompts[number])
            assert made.mask[place, -1] == 1
    assert made.cache.get_seq_length() == max(map(len, prompts))


@torch.inference_mode()
def test_prompts_of_one_length_need_no_mask() -> None:
    made = prefill(Forward(build_model("Llama")), [(1, 2, 3), (4, 5, 6)], [0, 0], 8)
    assert made.mask is None
