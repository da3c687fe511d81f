"""Small models decode with one thread on a CPU."""

import torch

from skillprobe_core.models.backend import SamplingSettings

GREEDY = SamplingSettings(max_new_tokens=16)


def by_row(backend, requests, settings):
    return {(each.item_id, each.sample): each for each in backend.complete(requests, settings)}


def test_a_small_model_decodes_with_one_thread_and_leaves_the_number_as_it_was(make_backend, mixed_requests):
    backend, before = make_backend(), torch.get_num_threads()
    seen = set()
    hook = backend.model.register_forward_pre_hook(lambda *_: seen.add(torch.get_num_threads()))
    try:
        torch.set_num_threads(2)
        assert len(by_row(backend, mixed_requests(3), GREEDY)) == 3
        assert torch.get_num_threads() == 2
        next(iter(backend.complete(mixed_requests(3), GREEDY)))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
        hook.remove()
    assert seen == {1 if backend.model.device.type == "cpu" else 2}
