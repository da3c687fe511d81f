import json
import os
import shutil
import tracemalloc
from dataclasses import fields

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs import identity as identity_module
from skillprobe_core.runs.identity import Identity, contents, identity
from skillprobe_core.runs.weights import open_weights


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


def test_a_file_that_states_how_weights_are_quantised_counts(tiny_base, folder):
    (folder / "hf_quant_config.json").write_text('{"quantization": {"quant_algo": "FP8"}}')
    assert differing(identity(tiny_base), identity(folder)) == {"digest", "config_digest"}


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


def write_tensor(file, name, data):
    header = json.dumps({name: {"dtype": "F32", "shape": [len(data) // 4], "data_offsets": [0, len(data)]}}).encode()
    file.write_bytes(len(header).to_bytes(8, "little") + header + data)


def test_the_digests_of_fixed_bytes_never_change(tmp_path):
    """Stores hold these values: another value would evaluate every checkpoint of every store again."""
    base, adapter = tmp_path / "base", tmp_path / "adapter"
    base.mkdir()
    adapter.mkdir()
    write_tensor(base / "model.safetensors", "model.norm.weight", bytes([0, 0, 128, 63, 0, 0, 0, 64]))
    (base / "config.json").write_text('{"model_type": "llama", "use_cache": true, "rope_theta": 10000.0}')
    (base / "generation_config.json").write_text('{"eos_token_id": 2, "temperature": 0.6}')
    (base / "tokenizer.json").write_text('{"model": {"vocab": {"é": 0}}, "padding": null}', encoding="utf-8")
    (base / "tokenizer_config.json").write_text('{"eos_token": "</s>", "model_max_length": 8}')
    (base / "merges.txt").write_bytes(b"a b\n")
    write_tensor(adapter / "adapter_model.safetensors", "base_model.model.model.norm.lora_A.weight", b"\0\0\x80?")
    config = {"peft_type": "LORA", "r": 1, "base_model_name_or_path": str(base)}
    (adapter / "adapter_config.json").write_text(json.dumps(config))
    assert identity(base) == Identity(
        digest="f00ddc89141c7fcee160c0d56a8e76fe45136e48d7a3d16768ed82b9141299f4",
        weights_digest="f8a2483ed991b49bf3053b18b127485e042bafe1999e55256c10b5567f09a8b2",
        tokenizer_digest="b98b092bcb834bc580b6f496aa2b5b380dfed8cb2aeddcbe4292f7527b660b00",
        config_digest="7b3a9a41b69eb11bbd07c2d973590d2b651d97df527a58f7fc28792687000117",
    )
    assert identity(adapter).digest == "1c749e88eddc4c1fe89875ed1e26be7354b5bb45fe29734fbd5775c9b0a2937c"
    assert contents(base).tensors_digest == "724760b27b4a165558558186c31d81cac0f3487c2341ea3fac59d58f5d8b8053"
    assert contents(adapter).tensors_digest == "15468dcce7659b9d43d4749ad3180a415b53ca6b1ad45f2a077256e1db32b83f"


def test_a_checkpoint_that_changes_while_it_is_read_is_refused(folder, monkeypatch):
    real = identity_module.read_weight_bytes

    def changing(weights, known):
        result = real(weights, known)
        (folder / "config.json").write_text((folder / "config.json").read_text() + " ")
        return result

    monkeypatch.setattr(identity_module, "read_weight_bytes", changing)
    with pytest.raises(CheckpointError, match="changed while it was read"):
        contents(folder)
