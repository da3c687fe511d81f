"""The template and the sampling of a base and its checkpoints: decided once, the same for all, stored."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.errors import CheckpointError, SettingsError
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.items.items_table import ITEMS
from skillprobe_core.measurements.needs import PROMPTS, SAMPLING, TEMPLATE
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.measurements.prompt_formats.prompt_format_choice import place_of
from skillprobe_core.measurements.prompt_formats.prompt_formats_table import PROMPT_FORMATS
from skillprobe_core.measurements.protocols.evaluation_protocol import (
    protocol_and_items,
    protocol_on,
    record,
    settings_digest,
)
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.model_settings import ComputeSettings, PromptSettings
from skillprobe_core.models.prompts import EARLIER_RULE
from skillprobe_core.project.dry_run import dry_run
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.checkpoint import Checkpoint

FIRST = "{% for m in messages %}<{{ m['role'] }}> {{ m['content'] }}\n{% endfor %}<assistant> "
SECOND = "{% for m in messages %}# {{ m['role'] }}\n{{ m['content'] }}\n{% endfor %}# assistant\n"


@pytest.fixture
def folders(tiny_base: Path, tiny_run: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Copies of a base and of a run with two checkpoints, none with a template."""
    return Path(shutil.copytree(tiny_base, tmp_path / "base")), Path(shutil.copytree(tiny_run, tmp_path / "run"))


def give(folder: Path, template: str) -> None:
    (folder / "chat_template.jinja").write_text(template)


def probe_of(
    folders: tuple[Path, Path],
    store: Store,
    step: int = 10,
    model: str = "tuned",
    prompts: PromptSettings | None = None,
    sampling: SamplingSettings | None = None,
) -> Probe:
    settings = Settings(
        items=ItemSettings(levels=(1,), per_level=2, kinds=("column_sum",)),
        prompts=prompts or PromptSettings(),
        sampling=sampling or SamplingSettings(max_new_tokens=3),
        settle_seconds=0,
        compute=ComputeSettings(backend="transformers", device="cpu", dtype="float32"),
    )
    base = Checkpoint.in_folder(model, 0, folders[0], "base")
    checkpoint = Checkpoint.in_folder(model, step, folders[1] / f"checkpoint-{step}", "sft")
    checkpoint = base if step == 0 else replace(checkpoint, run=folders[1])
    return Probe(checkpoint, base, Project(settings, store))


def source(probe: Probe) -> str:
    return str(probe.store.read(PROMPT_FORMATS, place_of(probe))["source"][0])


def test_the_first_checkpoints_template_serves_the_base_and_every_later_checkpoint(folders, tmp_path: Path) -> None:
    give(folders[1] / "checkpoint-10", FIRST)
    give(folders[1] / "checkpoint-20", SECOND)
    store = Store(tmp_path / "store")
    first, second = (probe_of(folders, store, step) for step in (10, 20))
    run_table(GENERATIONS, first)
    run_table(GENERATIONS, second)
    other_run = probe_of(folders, store, 20, model="another")
    for each in (first, first.of_base, second, other_run, other_run.of_base):
        assert each.prompt_format.template == FIRST
        assert dict(PROMPTS.versions(each)) == dict(PROMPTS.versions(first))
    assert source(first) == "checkpoint"
    assert "tuned/10" in first.choice.reason
    digests = [each.stored(GENERATIONS)["prompt_digest"].to_list() for each in (first.of_base, first, second)]
    assert digests[0] == digests[1] == digests[2]


def test_the_bases_template_comes_before_that_of_a_checkpoint_and_a_file_before_both(folders, tmp_path: Path) -> None:
    give(folders[0], FIRST)
    give(folders[1] / "checkpoint-10", SECOND)
    store = Store(tmp_path / "store")
    of_base = probe_of(folders, store)
    assert (of_base.prompt_format.template, source(of_base)) == (FIRST, "base")
    file = tmp_path / "mine.jinja"
    file.write_text(SECOND + "{# mine #}")
    of_file = probe_of(folders, store, prompts=PromptSettings(template_file=file))
    assert (of_file.prompt_format.template, source(of_file)) == (SECOND + "{# mine #}", "settings")
    assert of_file.protocol.digest != of_base.protocol.digest
    before = of_file.protocol.digest
    file.write_text(FIRST)
    changed = probe_of(folders, store, prompts=PromptSettings(template_file=file))
    assert changed.protocol.digest != before
    assert changed.prompt_format.template == FIRST


@pytest.mark.parametrize(
    ("generation", "reason"),
    [
        ("{{ '' if enable_thinking is defined and enable_thinking else '<think></think>' }}", "thinking is off"),
        ("<think>", "it always opens thinking"),
        ("", "the base's chat template"),
    ],
)
def test_the_reason_states_the_thinking(folders, tmp_path: Path, generation: str, reason: str) -> None:
    give(folders[0], FIRST + generation)
    probe = probe_of(folders, Store(tmp_path / "store"))
    assert probe.choice.reason.endswith(reason)
    assert probe.protocol.digest == probe_of(folders, Store(tmp_path / "other")).protocol.digest


def test_a_base_alone_has_plain_text_until_a_checkpoint_decides(folders, tmp_path: Path) -> None:
    give(folders[1] / "checkpoint-10", FIRST)
    store = Store(tmp_path / "store")
    alone = probe_of(folders, store, 0)
    assert alone.prompt_format.template is None
    assert store.provenance(PROMPT_FORMATS, place_of(alone)) is None
    inputs = dict(PROMPTS.versions(alone))
    assert probe_of(folders, store).prompt_format.template == FIRST
    again = probe_of(folders, store, 0)
    assert again.prompt_format.template == FIRST
    assert dict(PROMPTS.versions(again)) != inputs


def test_a_base_that_is_probed_first_finds_the_first_complete_checkpoint_of_its_run(folders, tmp_path: Path) -> None:
    give(folders[1] / "checkpoint-10", FIRST)
    give(folders[1] / "checkpoint-20", SECOND)
    base = replace(probe_of(folders, Store(tmp_path / "one"), 0), run=folders[1])
    assert base.prompt_format.template == FIRST
    (folders[1] / "checkpoint-10" / "model.safetensors").write_bytes(b"cut")
    base = replace(probe_of(folders, Store(tmp_path / "two"), 0), run=folders[1])
    assert base.prompt_format.template == SECOND


def test_a_template_that_raises_fails_its_own_checkpoint_and_not_the_base(folders, tmp_path: Path) -> None:
    give(folders[1] / "checkpoint-10", "{{ raise_exception('no') }}")
    give(folders[1] / "checkpoint-20", SECOND)
    store = Store(tmp_path / "store")
    with pytest.raises(CheckpointError, match="the chat template cannot be applied"):
        _ = probe_of(folders, store).prompt_format
    base = replace(probe_of(folders, store, 0), run=folders[1])
    assert base.prompt_format.template == SECOND
    (folders[1] / "checkpoint-20" / "chat_template.jinja").write_text("{{ raise_exception('no') }}")
    alone = replace(probe_of(folders, Store(tmp_path / "other"), 0), run=folders[1])
    assert alone.prompt_format.template is None


def test_a_checkpoint_whose_tokenizer_is_yet_to_be_copied_decides_nothing(folders, tmp_path: Path) -> None:
    give(folders[1] / "checkpoint-10", FIRST)
    files = [
        folders[1] / "checkpoint-10" / f for f in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
    ]
    for file in files:
        file.rename(tmp_path / file.name)
    store = Store(tmp_path / "store")
    assert probe_of(folders, store).prompt_format.template is None
    for file in files:
        (tmp_path / file.name).rename(file)
    assert probe_of(folders, store).prompt_format.template == FIRST


def test_without_any_template_it_is_plain_text_for_good(folders, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert probe_of(folders, store).prompt_format.template is None
    give(folders[1] / "checkpoint-20", SECOND)
    later = probe_of(folders, store, 20)
    assert (later.prompt_format.own, later.prompt_format.template, source(later)) == (False, None, "none")


def test_a_template_with_tokens_that_the_base_lacks_is_not_shared(folders, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    folder = folders[1] / "checkpoint-10"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_special_tokens({"extra_special_tokens": ["<turn>"]})
    tokenizer.chat_template = FIRST.replace("<{{ m['role'] }}>", "<turn>")
    tokenizer.save_pretrained(folder)
    probe = probe_of(folders, Store(tmp_path / "store"))
    assert (probe.prompt_format.own, source(probe)) == (True, "own")
    assert "<turn>" in probe.choice.reason
    # The same text without a token of its own is one that the base can read.
    plain = probe_of(folders, Store(tmp_path / "other"), 20)
    give(folders[1] / "checkpoint-20", FIRST.replace("<{{ m['role'] }}>", "<turn>"))
    assert (plain.prompt_format.own, source(plain)) == (False, "checkpoint")


@pytest.mark.parametrize("template", ["own", "none"])
def test_the_settings_alone_may_decide(folders, tmp_path: Path, template: str) -> None:
    give(folders[1] / "checkpoint-10", FIRST)
    probe = probe_of(folders, Store(tmp_path / "store"), prompts=PromptSettings(template=template))
    assert (probe.prompt_format.own, probe.prompt_format.template) == (template == "own", None)
    assert not list((tmp_path / "store" / "prompt_formats").glob("*"))
    assert dict(TEMPLATE.versions(probe)) == {}


def test_a_store_of_an_earlier_version_goes_on_with_its_rule(folders, tmp_path: Path) -> None:
    """Protocol, data versions and prompts are those of before, until the settings change."""
    store = Store(tmp_path / "store")
    settings = probe_of(folders, store).settings
    _, items = protocol_and_items(settings, Store(tmp_path / "other"))
    earlier = protocol_on(settings, str(items["item_set"][0]), EARLIER_RULE)
    store.write(ITEMS, Partition.item_set(earlier.item_set), items, Provenance("made", "1"))
    record(store, earlier, "before", settings_digest(settings), items)
    give(folders[1] / "checkpoint-10", FIRST)
    probe = probe_of(folders, store)
    assert probe.protocol == earlier
    assert dict(PROMPTS.versions(probe)) == {"prompts": "0 shots"}
    assert (probe.prompt_format.own, probe.prompt_format.thinking) == (True, None)
    assert dict(SAMPLING.versions(probe)) == {"sampling": settings.sampling.canonical()}
    new = probe_of(folders, store, prompts=PromptSettings(system="Be brief."))
    assert new.protocol.template_rule != EARLIER_RULE


def test_a_preset_is_read_once_and_used_for_all(folders, tmp_path: Path) -> None:
    stated = {"do_sample": True, "temperature": 0.6, "top_k": 20, "top_p": 0.95, "eos_token_id": 3}
    (folders[0] / "generation_config.json").write_text(json.dumps({"eos_token_id": 3, "_from_model_config": True}))
    for step, config in ((10, stated), (20, stated | {"temperature": 1.4})):
        (folders[1] / f"checkpoint-{step}" / "generation_config.json").write_text(json.dumps(config))
    store, preset = Store(tmp_path / "store"), SamplingSettings(samples=2, max_new_tokens=3, preset="model")
    first, second = (probe_of(folders, store, step, sampling=preset) for step in (10, 20))
    expected = SamplingSettings(samples=2, max_new_tokens=3, temperature=0.6, top_k=20, top_p=0.95)
    assert first.sampling == first.of_base.sampling == second.sampling == expected
    row = store.read(PROMPT_FORMATS, place_of(first)).row(0, named=True)
    assert row["sampling_from"] == "tuned/10"
    assert dict(SAMPLING.versions(second)) == dict(SAMPLING.versions(first))
    run_table(GENERATIONS, first)
    for each in (first, first.of_base):
        rows = each.stored(GENERATIONS)
        assert rows.height == 4
        assert set(rows["sampling"]) == {expected.row_canonical()}


def test_a_preset_without_a_generation_config_has_a_remedy(folders, tmp_path: Path) -> None:
    for folder in (folders[0], folders[1] / "checkpoint-10"):
        (folder / "generation_config.json").unlink(missing_ok=True)
    probe = probe_of(folders, Store(tmp_path / "store"), sampling=SamplingSettings(preset="model"))
    with pytest.raises(SettingsError, match=r"(?s)has nothing to take.*under \[sampling\]"):
        _ = probe.sampling


def test_a_dry_run_sees_the_choice_and_stores_nothing(folders, tmp_path: Path) -> None:
    give(folders[1] / "checkpoint-10", FIRST)
    probe = probe_of(folders, Store(tmp_path / "store"))
    assert all(not table.reused for table in dry_run(probe).tables)
    assert not (tmp_path / "store" / "prompt_formats").exists()
