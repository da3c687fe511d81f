import re
from dataclasses import replace

import pytest
import torch

from skillprobe_core.errors import CheckpointError, SettingsError
from skillprobe_core.models.backend import Request, SamplingSettings

GREEDY = SamplingSettings(max_new_tokens=16)
SAMPLED = SamplingSettings(temperature=0.9, top_p=0.95, max_new_tokens=24, samples=3)


def by_row(backend, requests, settings):
    return {(each.item_id, each.sample): each for each in backend.complete(requests, settings)}


def samples_of(requests, settings):
    return [
        replace(request, sample=sample, seed=settings.row_seed(request.item_id, sample))
        for request in requests
        for sample in range(settings.samples)
    ]


def frequent_tokens(backend, requests, count):
    """The tokens that greedy completions hold most often: as end tokens they end many rows early."""
    backend._end_ids = frozenset()
    ids = torch.tensor([token for each in backend.complete(requests, GREEDY) for token in each.ids])
    return ids.bincount().argsort(descending=True)[:count].tolist()


def test_greedy_equals_the_librarys_own_generation_row_by_row(make_backend, mixed_requests, family):
    backend, requests = make_backend(family), mixed_requests(16)
    ends = frequent_tokens(backend, requests, 4)
    backend._end_ids = frozenset(ends)
    completions = by_row(backend, requests, GREEDY)
    for request in requests:
        output = backend.model.generate(
            torch.tensor([request.prompt_ids], device=backend.model.device),
            do_sample=False,
            max_new_tokens=16,
            eos_token_id=ends,
            pad_token_id=258,
        )
        assert completions[request.item_id, 0].ids == tuple(output[0, len(request.prompt_ids) :].tolist())
    assert any(each.finish_reason == "stop" for each in completions.values())
    assert len({len(each.ids) for each in completions.values()}) > 3


def test_greedy_does_not_depend_on_the_batch(make_backend, mixed_requests, family):
    backend, requests = make_backend(family), mixed_requests(16)
    backend._end_ids = frozenset(frequent_tokens(backend, requests, 4))
    alone = {key: value for each in requests for key, value in by_row(backend, [each], GREEDY).items()}
    for rows, tokens, order in ((16, 10**6, 1), (5, 10**6, -1), (16, 200, 1)):
        backend._rows, backend._tokens = rows, tokens
        assert by_row(backend, requests[::order], GREEDY) == alone


def test_a_device_that_runs_out_gets_smaller_batches_with_the_same_completions(
    make_backend, mixed_requests, monkeypatch
):
    """The cache of more than three rows cannot be allocated, as on a full device."""
    from skillprobe_core.models.decoding import kv_cache

    backend, requests = make_backend(), mixed_requests(10)
    expected = by_row(backend, requests, GREEDY)
    batches, allocate = [], kv_cache.PreallocatedLayer.lazy_initialization

    def full(self, keys, values):
        batches.append(len(keys))
        if len(keys) > 3:
            raise torch.OutOfMemoryError("out of memory")
        allocate(self, keys, values)

    monkeypatch.setattr(kv_cache.PreallocatedLayer, "lazy_initialization", full)
    assert by_row(backend, requests, GREEDY) == expected
    assert max(batches) > 3
    monkeypatch.setattr(kv_cache.PreallocatedLayer, "lazy_initialization", lambda *_: full(None, range(9), None))
    with pytest.raises(SettingsError, match=r"not enough memory on .* for a single completion"):
        by_row(backend, requests, GREEDY)


def test_long_completions_make_batches_of_several_rows(make_backend, mixed_requests):
    backend = make_backend()
    sizes = [len(batch) for batch in backend._batches(mixed_requests(40), SamplingSettings(max_new_tokens=100_000))]
    assert max(sizes) <= 40
    assert sum(sizes) == 40
    if backend.model.device.type == "cpu":
        assert max(sizes) == 16
        assert len([*backend._batches(mixed_requests(40), GREEDY)]) == 1


def test_a_completion_that_repeats_itself_ends_early(make_backend, mixed_requests):
    """Four times the shortest block of one token, written by a model that always prefers the same one."""
    backend, long = make_backend(), SamplingSettings(max_new_tokens=200)
    torch.nn.init.zeros_(backend.model.lm_head.weight)
    assert {len(each.ids) for each in backend.complete(mixed_requests(4), long)} == {200}
    ended = list(backend.complete(mixed_requests(4), replace(long, stop_loops=True)))
    assert {len(each.ids) for each in ended} == {128}


def test_sampling_does_not_depend_on_the_batch(make_backend, mixed_requests):
    backend, requests = make_backend(), samples_of(mixed_requests(12), SAMPLED)
    backend._end_ids = frozenset(range(0, 256, 16))
    alone = {key: value for each in requests for key, value in by_row(backend, [each], SAMPLED).items()}
    assert by_row(backend, requests, SAMPLED) == alone
    assert by_row(backend, requests[5:20], SAMPLED) == dict(list(alone.items())[5:20])


def test_samples_differ_and_follow_the_seed(make_backend, mixed_requests):
    backend, prompts = make_backend(), mixed_requests(4)
    first = by_row(backend, samples_of(prompts, SAMPLED), SAMPLED)
    assert len({each.ids for each in first.values()}) == len(first)
    assert by_row(backend, samples_of(prompts, SAMPLED), SAMPLED) == first
    other = replace(SAMPLED, seed=1)
    again = by_row(backend, samples_of(prompts, other), other)
    assert all(again[key].ids != first[key].ids for key in first)


def test_more_samples_keep_the_first_ones(make_backend, mixed_requests):
    backend, prompts, more = make_backend(), mixed_requests(3), replace(SAMPLED, samples=6)
    few = by_row(backend, samples_of(prompts, SAMPLED), SAMPLED)
    many = by_row(backend, samples_of(prompts, more), more)
    assert {key: many[key] for key in few} == few


def test_sampled_tokens_have_the_models_distribution(make_backend):
    """Chi-squared test of first tokens against the softmax of the logits, over 4,000 rows of one prompt."""
    from scipy.stats import chisquare

    backend, settings = make_backend(), SamplingSettings(temperature=1.5, max_new_tokens=1, samples=4000)
    backend._rows, backend._tokens = 4000, 10**9
    requests = samples_of([Request("item", 0, (5, 6, 7), None)], settings)
    drawn = torch.tensor([each.ids[0] for each in backend.complete(requests, settings)])
    with torch.inference_mode():
        expected = (backend.model(torch.tensor([[5, 6, 7]], device=backend.model.device)).logits[0, -1] / 1.5).double()
    expected = (expected.softmax(-1) * 4000).cpu()
    order = expected.argsort(descending=True)
    common = order[expected[order] >= 10]
    observed = torch.bincount(drawn, minlength=len(expected)).double()
    cells = [observed[common].tolist(), expected[common].tolist()]
    cells[0].append(4000 - sum(cells[0]))
    cells[1].append(4000 - sum(cells[1]))
    assert len(common) > 20
    assert chisquare(*cells).pvalue > 1e-3


def test_the_end_token_is_kept_in_the_ids_and_not_in_the_text(make_backend, mixed_requests, tokenizer):
    backend, requests = make_backend(), mixed_requests(24)
    free = by_row(backend, requests, GREEDY)
    end = free["item-003", 0].ids[9]
    backend._end_ids = frozenset({end})
    for key, completion in by_row(backend, requests, GREEDY).items():
        ids = free[key].ids
        place = ids.index(end) if end in ids else None
        assert completion.finish_reason == ("length" if place is None else "stop")
        assert completion.ids == (ids if place is None else ids[: place + 1])
        assert completion.text == tokenizer.decode(ids[:place], skip_special_tokens=True)


def test_every_end_token_that_a_configuration_names_counts(make_backend):
    backend = make_backend()
    assert backend._end_ids == {257, backend.tokenizer.eos_token_id}
    backend.model.generation_config.eos_token_id = [3, 4]
    again = type(backend)(backend.model, backend.tokenizer, backend.path)
    assert again._end_ids == {3, 4, 257, backend.tokenizer.eos_token_id}


def test_stop_texts_end_a_row_and_are_cut_off(make_backend, mixed_requests):
    backend, requests = make_backend(), mixed_requests(24)
    backend._end_ids = frozenset()
    free = by_row(backend, requests, GREEDY)
    pairs = re.findall(r"[!-~]{2}", " ".join(each.text for each in free.values()))
    stop = (pairs[7], pairs[20])
    stopped = by_row(backend, requests, replace(GREEDY, stop=stop))
    for key, completion in stopped.items():
        places = [free[key].text.find(text) for text in stop if text in free[key].text]
        if places:
            assert completion.text == free[key].text[: min(places)]
            assert completion.finish_reason == "stop_text"
            assert len(completion.ids) <= len(free[key].ids)
            assert free[key].ids[: len(completion.ids)] == completion.ids
        else:
            assert completion == free[key]
    assert {each.finish_reason for each in stopped.values()} == {"stop_text", "length"}


def test_positions_beyond_the_model_are_never_asked_for(make_backend):
    backend = make_backend("GPT2")
    backend._end_ids = frozenset()
    (completion,) = backend.complete([Request("item", 0, (1,) * 250, None)], GREEDY)
    assert (len(completion.ids), completion.finish_reason) == (6, "length")
    with pytest.raises(SettingsError, match="item-long has 256 tokens"):
        list(backend.complete([Request("item-long", 0, (1,) * 256, None)], GREEDY))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nan_output_is_an_error_and_no_text(make_backend, mixed_requests, value):
    backend = make_backend()
    with torch.no_grad():
        backend.model.lm_head.weight[3] = value
    with pytest.raises(CheckpointError, match=r"tiny: the model's output is NaN or infinite"):
        list(backend.complete(mixed_requests(2), GREEDY))


def test_bfloat16_models_run(make_backend, mixed_requests):
    backend = make_backend()
    backend.model.bfloat16()
    assert len(by_row(backend, mixed_requests(5), GREEDY)) == 5
    assert "bfloat16" in backend.name


def test_nothing_asked_is_nothing_done(make_backend):
    assert list(make_backend().complete([], GREEDY)) == []
