import json
import os
import shutil
import tracemalloc
from dataclasses import fields

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skillprobe_core.checkpoints.identity import Identity, identity
from skillprobe_core.checkpoints.weights import open_weights
from skillprobe_core.errors import CheckpointError


@pytest.fixture
def folder(tiny_base, tmp_path):
    shutil.copytree(tiny_base, tmp_path / "model")
    return tmp_path / "model"


def change(file, **values):
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def differing(one: Identity, other: Identity) -> set[str]:
    return {field.name for field in fields(one) if getattr(one, field.name) != getattr(other, field.name)}


def test_it_does_not_depend_on_path_times_or_foreign_files(tiny_base, folder):
    for file in folder.iterdir():
        os.utime(file, (1e9, 1e9))
    (folder / "optimizer.pt").write_bytes(b"state")
    (folder / "README.md").write_text("a model")
    assert identity(folder) == identity(tiny_base)


@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bit_of_the_weights_counts_though_size_and_path_stay(folder, tiny_base, place, bit):
    shutil.copy(tiny_base / "model.safetensors", folder)
    before = identity(folder)
    data = bytearray((folder / "model.safetensors").read_bytes())
    start = min(info.start for info in open_weights(folder).values())
    data[start + int(place * (len(data) - start))] ^= 1 << bit
    (folder / "model.safetensors").write_bytes(data)
    assert differing(before, identity(folder)) == {"digest", "weights_digest"}


def test_what_a_saver_adds_does_not_count(tiny_base, folder):
    change(folder / "config.json", transformers_version="9.9", _name_or_path="/elsewhere", use_cache=False)
    change(folder / "tokenizer_config.json", is_local=True, padding_side="right", model_max_length=7)
    change(folder / "tokenizer.json", padding={"strategy": "BatchLongest"}, truncation={"max_length": 2})
    assert identity(folder) == identity(tiny_base)


@pytest.mark.parametrize(
    ("file", "values", "part"),
    [
        ("config.json", {"rope_theta": 5.0}, "config_digest"),
        ("generation_config.json", {"eos_token_id": [1, 2]}, "config_digest"),
        ("tokenizer_config.json", {"add_bos_token": True}, "tokenizer_digest"),
        ("tokenizer.json", {"normalizer": {"type": "Lowercase"}}, "tokenizer_digest"),
    ],
)
def test_what_changes_answers_counts(tiny_base, folder, file, values, part):
    change(folder / file, **values)
    assert differing(identity(tiny_base), identity(folder)) == {"digest", part}


def test_generation_defaults_that_are_never_used_do_not_count(tiny_base, folder):
    change(folder / "generation_config.json", temperature=0.6, do_sample=True)
    assert identity(folder) == identity(tiny_base)


def test_the_chat_template_counts(tiny_base, folder):
    (folder / "chat_template.jinja").write_text("{{ messages[0]['content'] }}")
    assert differing(identity(tiny_base), identity(folder)) == {"digest", "tokenizer_digest"}


def test_checkpoints_of_one_run_differ_in_weights_alone(tiny_run):
    one, other = (identity(tiny_run / f"checkpoint-{step}") for step in (10, 20))
    assert differing(one, other) == {"digest", "weights_digest"}


def test_files_are_streamed(folder):
    header = json.dumps({"big": {"dtype": "U8", "shape": [1 << 27], "data_offsets": [0, 1 << 27]}}).encode()
    with (folder / "model.safetensors").open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + (1 << 27))
    tracemalloc.start()
    identity(folder)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 23


def test_a_missing_folder_and_damaged_json_are_named(tmp_path, folder):
    with pytest.raises(CheckpointError, match=str(tmp_path / "nowhere")):
        identity(tmp_path / "nowhere")
    (folder / "config.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"config\.json.*not valid JSON"):
        identity(folder)
