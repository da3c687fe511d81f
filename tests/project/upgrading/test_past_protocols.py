"""Protocols of results without one: settings that give the same items, prompts and sampling."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.items.wanted_items import load_items
from skillprobe_core.measurements.protocols.evaluation_protocol import protocol_on
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.model_settings import PromptSettings
from skillprobe_core.project.settings import Settings
from skillprobe_core.project.upgrading.past_protocols import Past, PastProject, past_settings

NOW = Settings(
    items=ItemSettings(levels=(1,), per_level=2, kinds=("column_sum",)), sampling=SamplingSettings(max_new_tokens=8)
)


def past_of(settings: Settings, store: Store) -> Past:
    item_set = str(load_items(settings.items, store)["item_set"][0])
    return Past(item_set, settings.prompts.canonical(), settings.sampling.canonical())


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"items": ItemSettings(levels=(2, 3), per_level=1, kinds=("energy_levels",))},
        {"sampling": SamplingSettings(max_new_tokens=5, temperature=0.5, samples=3, stop=("\n",))},
        {"prompts": PromptSettings(shots=2, seed=4)},
    ],
)
def test_settings_are_found_that_give_the_past_protocol(change: dict[str, object], tmp_path: Path) -> None:
    store, then = Store(tmp_path), NOW.model_copy(update=change)
    past = past_of(then, store)
    found = past_settings(past, NOW, store)
    assert found is not None
    assert protocol_on(found, past.item_set) == protocol_on(then, past.item_set)
    assert str(load_items(found.items, store)["item_set"][0]) == past.item_set


def test_items_that_no_settings_give_have_a_protocol_of_their_own_name(tmp_path: Path) -> None:
    store = Store(tmp_path)
    past = past_of(NOW.model_copy(update={"items": NOW.items.model_copy(update={"seed": 77})}), store)
    found = past_settings(past, NOW, store)
    assert found is not None
    assert past.item_set in str(found.protocol.name)


@pytest.mark.parametrize(
    "change", [{"item_set": "0" * 16}, {"prompts": "in verse"}, {"sampling": "[]"}, {"sampling": '{"wit": 3}'}]
)
def test_what_this_version_does_not_know_has_no_settings(change: dict[str, str], tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert past_settings(replace(past_of(NOW, store), **change), NOW, store) is None


def test_the_greedy_form_leaves_sampling_out() -> None:
    sampled = SamplingSettings(max_new_tokens=8, temperature=0.7, top_p=0.9, samples=4, seed=3)
    past = Past("s" * 16, "0 shots", sampled.canonical())
    assert json.loads(past.greedy.sampling) == json.loads(SamplingSettings(max_new_tokens=8).canonical())


def test_a_past_project_has_items_without_examples(tmp_path: Path) -> None:
    settings = NOW.model_copy(update={"prompts": PromptSettings(shots=1)})
    assert "examples" not in PastProject(settings, Store(tmp_path)).items.columns
