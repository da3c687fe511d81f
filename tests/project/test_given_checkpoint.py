"""A checkpoint that no settings file names: found by its path, with the options of the command line."""

import shutil
from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import CheckpointError, SettingsError
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.measurements.protocols.protocol_settings import ProtocolSettings
from skillprobe_core.project.given_checkpoint import probe_of_checkpoint, probe_of_folders, with_options
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.run_settings import RunSettings


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def probe(folder: Path, base: Path | None, store: Store, step: int | None = None, model: str | None = None) -> Probe:
    return probe_of_folders(folder, base, model=model, step=step, method="sft", settings=Settings(), store=store)


def test_model_step_and_predecessor_are_those_of_the_layout(tiny_base: Path, tiny_run: Path, store: Store) -> None:
    found = probe(tiny_run / "checkpoint-20", tiny_base, store)
    assert (found.checkpoint.key, found.checkpoint.method) == ("tiny-sft/20", "sft")
    assert (found.base.key, found.base.path, found.base.method) == ("tiny-sft/0", tiny_base, "base")
    assert found.previous is not None
    assert found.previous.step == 10
    assert probe(tiny_run / "checkpoint-20", tiny_base, store, step=7, model="m").checkpoint.key == "m/7"


def test_without_a_base_a_checkpoint_is_its_own(tiny_run: Path, store: Store) -> None:
    found = probe(tiny_run / "checkpoint-20", None, store)
    assert found.is_base
    assert found.checkpoint == found.base
    assert found.checkpoint.key == "tiny-sft/0"


def test_by_itself_a_checkpoint_keeps_its_step(tiny_run: Path, store: Store) -> None:
    found = probe_of_checkpoint(tiny_run / "checkpoint-20", model=None, settings=Settings(), store=store)
    assert (found.checkpoint.key, found.checkpoint.method) == ("tiny-sft/20", "unknown")


def test_what_cannot_be_probed_is_refused(tiny_base: Path, tiny_run: Path, store: Store, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="the base is the checkpoint itself"):
        probe(tiny_base, tiny_base, store)
    final = Path(shutil.copytree(tiny_base, tmp_path / "final"))
    with pytest.raises(SettingsError, match="neither its name nor its files give the step") as caught:
        probe(final, tiny_base, store)
    assert "--step" in caught.value.remedy
    assert probe(final, tiny_base, store, step=5).checkpoint.step == 5
    (tmp_path / "results").mkdir()
    with pytest.raises(CheckpointError, match="holds no weights"):
        probe(tmp_path / "results", tiny_base, store)
    for folder, base, role in ((tiny_run, tiny_base, "the checkpoint"), (final, tmp_path / "nowhere", "the base")):
        with pytest.raises(CheckpointError, match=f"cannot be {role}"):
            probe(folder, base, store)


def test_a_checkpoint_of_a_run_of_the_settings_has_what_its_section_states(
    tiny_base: Path, tiny_run: Path, store: Store, tmp_path: Path
) -> None:
    run = RunSettings(folder=tiny_run, base=tiny_base, model="careful", method="dpo")
    settings = Settings(runs=(run,))

    def given(base: Path | None = None, model: str | None = None, method: str = "unknown") -> Probe:
        folder = tiny_run / "checkpoint-20"
        return probe_of_folders(folder, base, model=model, step=None, method=method, settings=settings, store=store)

    found = given()
    assert (found.checkpoint.key, found.checkpoint.method, found.base.path) == ("careful/20", "dpo", tiny_base)
    assert found.checkpoint == Project(settings, store).probe("careful/20").checkpoint
    other = Path(shutil.copytree(tiny_base, tmp_path / "other"))
    found = given(other, "mine", "sft")
    assert (found.checkpoint.key, found.checkpoint.method, found.base.path) == ("mine/20", "sft", other)
    alone = probe_of_checkpoint(tiny_run / "checkpoint-20", model=None, settings=settings, store=store)
    assert alone.checkpoint.key == "careful/20"


def test_a_checkpoint_of_a_run_with_a_converter_is_converted(tiny_base: Path, tiny_run: Path, store: Store) -> None:
    run = store.root.parent / "pickled"
    folder = Path(shutil.copytree(tiny_run / "checkpoint-20", run / "checkpoint-20"))
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    plain = RunSettings(folder=run, base=tiny_base, model="m")
    convert = plain.model_copy(update={"convert": "merge.py {folder} {out}"})
    for section, command in ((plain, ""), (convert, convert.convert)):
        common = {"step": None, "settings": Settings(runs=(section,)), "store": store}
        found = probe_of_folders(folder, None, model=None, method="unknown", **common)
        assert bool(found.checkpoint.files.command) == bool(command)


def test_options_replace_settings_and_their_protocols_name() -> None:
    settings = Settings(protocol=ProtocolSettings(name="weekly"))
    changed = with_options(
        settings, levels=[2, 1], per_level=3, max_new_tokens=9, sources=["a", "b"], per_source=4, shots=2
    )
    assert (changed.items.levels, changed.items.per_level, changed.items.per_source) == ((2, 1), 3, 4)
    assert changed.items.sources == ("a", "b")
    assert (changed.sampling.max_new_tokens, changed.prompts.shots) == (9, 2)
    assert changed.protocol.name is None, "the name is that of the protocol in the settings"
    assert with_options(settings) == settings
    tokens = with_options(settings, tokens=True)
    assert tokens.divergence.tokens
    assert tokens.protocol.name == "weekly", "token rows belong to no protocol of their own"


@pytest.mark.parametrize("levels", [[], [0], [-6], [1, 2.5], "1"])
def test_levels_are_integers_from_one(levels: list[int]) -> None:
    with pytest.raises(SettingsError, match="levels are integers from 1") as caught:
        with_options(Settings(), levels=levels)
    assert "--levels 1,2" in caught.value.remedy


@pytest.mark.parametrize("option", ["per_level", "per_source", "shots", "max_new_tokens"])
def test_a_number_out_of_range_names_its_setting(option: str) -> None:
    with pytest.raises(SettingsError, match=option):
        with_options(Settings(), **{option: -1})


def test_a_pilot_may_choose_the_levels() -> None:
    assert with_options(Settings(), levels="auto").items.levels == "auto"
    assert with_options(Settings(), levels="auto").items.by_base
    assert not with_options(Settings(), levels=[9]).items.by_base
