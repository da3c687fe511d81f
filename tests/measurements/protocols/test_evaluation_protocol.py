"""Protocols: named by their settings, recorded once, and found by name or digest."""

from dataclasses import replace
from pathlib import Path

import pytest

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.protocols.evaluation_protocol import (
    chosen_protocol,
    current_protocol,
    name_of,
    protocol_on,
    recorded_protocols,
    records,
    settings_digest,
)
from skillprobe_core.measurements.protocols.protocol_settings import ProtocolSettings
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.model_settings import PromptSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings

KINDS = ("column_sum", "energy_levels")


FIRST = Settings(items=ItemSettings(levels=(1,), per_level=1, kinds=KINDS), sampling=SamplingSettings(max_new_tokens=4))


OTHERS = (
    FIRST.model_copy(update={"items": FIRST.items.model_copy(update={"levels": (2,)})}),
    FIRST.model_copy(update={"sampling": replace(FIRST.sampling, max_new_tokens=5)}),
    FIRST.model_copy(update={"prompts": PromptSettings(shots=1)}),
    FIRST.model_copy(update={"sampling": replace(FIRST.sampling, temperature=1.0, samples=2)}),
)


def test_the_current_protocol_is_that_of_the_settings_else_the_first(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(StoreError, match="no results yet"):
        current_protocol(store, FIRST)
    other, first = Project(OTHERS[0], store).evaluation.digest, Project(FIRST, store).evaluation.digest
    assert current_protocol(store, FIRST).protocol == first
    assert current_protocol(store, OTHERS[2]).protocol == other == current_protocol(store).protocol
    assert chosen_protocol(store, FIRST, other[:6]).protocol == other
    assert chosen_protocol(store, FIRST, name_of(OTHERS[0])).protocol == other
    for wanted in ("nothing", "", "%"):
        with pytest.raises(StoreError, match=rf"no protocol '{wanted}'[\s\S]*{other} \('level 2.*0 checkpoints"):
            chosen_protocol(store, FIRST, wanted)


def test_names_describe_the_settings(tmp_path: Path) -> None:
    assert name_of(Settings()) == "levels 1-3, 12 per level, greedy, 1024 tokens or twice the reference"
    assert name_of(FIRST).endswith("greedy, 4 tokens")
    assert name_of(OTHERS[0]) == "level 2, 1 per level, 2 kinds, greedy, 4 tokens"
    assert "1 shots" in name_of(OTHERS[2])
    assert "2 at temperature 1" in name_of(OTHERS[3])
    named = FIRST.model_copy(update={"protocol": ProtocolSettings(name="weekly")})
    store = Store(tmp_path)
    one, two = Project(FIRST, store).evaluation, Project(named, store).evaluation
    assert one == two, "a name is no part of what is evaluated"
    assert [each.name for each in records(store)] == [name_of(FIRST), "weekly"]
    assert chosen_protocol(store, None, "weekly").protocol == one.digest
    assert settings_digest(named) != settings_digest(FIRST)
    assert set(recorded_protocols(store)["protocol"]) == {one.digest}


def test_settings_with_their_defaults_have_the_digest_of_none(tmp_path: Path) -> None:
    """A setting that a later version adds changes no digest."""
    given = Settings(items=ItemSettings(seed=0), sampling=SamplingSettings(temperature=0.0, seed=0))
    assert settings_digest(given) == settings_digest(Settings())
    assert settings_digest(FIRST) != settings_digest(Settings())
    assert settings_digest(FIRST.model_copy(update={"settle_seconds": 99})) == settings_digest(FIRST)


@pytest.mark.parametrize(
    ("levels", "shown"), [((1,), "level 1"), ((3, 1, 2), "levels 1-3"), ((1, 3), "levels 1, 3"), ((2, 2), "level 2")]
)
def test_consecutive_levels_are_a_range(levels: tuple[int, ...], shown: str) -> None:
    settings = Settings(items=ItemSettings(levels=levels))
    assert name_of(settings).startswith(f"{shown}, 12 per level")


def test_a_protocol_is_what_a_checkpoint_is_given_and_nothing_else(tmp_path: Path) -> None:
    one = protocol_on(FIRST, "s" * 16)
    same = (
        FIRST.model_copy(update={"settle_seconds": 1}),
        FIRST.model_copy(update={"protocol": ProtocolSettings(name="x")}),
    )
    assert {protocol_on(each, "s" * 16).digest for each in same} == {one.digest}
    others = [protocol_on(each, "s" * 16).digest for each in OTHERS[1:]] + [protocol_on(FIRST, "t" * 16).digest]
    assert len({one.digest, *others}) == len(others) + 1
    assert len(one.digest) == 16
