import pytest
import torch
from transformers import AutoModelForCausalLM

from skillprobe_core.measurements.checkpoints.describe_checkpoint import describe
from skillprobe_core.runs.checkpoint import Checkpoint
from skillprobe_core.runs.identity import contents, identity


def row_of(checkpoint, base):
    files = checkpoint.files
    return describe(checkpoint, base, identity(files), contents(files).tensors_digest).row(0, named=True)


def test_the_row_says_what_the_model_is(tiny_run):
    folder = tiny_run / "checkpoint-10"
    row = row_of(Checkpoint.in_folder("tiny-sft", 10, folder, "sft"), "base digest")
    model = AutoModelForCausalLM.from_pretrained(folder)
    assert (row["model"], row["step"], row["method"], row["base"]) == ("tiny-sft", 10, "sft", "base digest")
    assert row["digest"] == identity(folder).digest
    assert row["tensors_digest"] == contents(folder).tensors_digest
    assert row["parameter_count"] == model.num_parameters()
    assert row["architecture"] == "Qwen2ForCausalLM"
    assert row["weight_bytes"] == (folder / "model.safetensors").stat().st_size
    assert row["written_at"].timestamp() == pytest.approx((folder / "model.safetensors").stat().st_mtime, abs=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_storage_type_is_that_of_most_parameters(tiny_base, tmp_path, dtype):
    from transformers import AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(tiny_base, dtype=dtype)
    model.model.norm.float()
    model.save_pretrained(tmp_path, max_shard_size="30KB")
    AutoTokenizer.from_pretrained(tiny_base).save_pretrained(tmp_path)
    row = row_of(Checkpoint.in_folder("m", 0, tmp_path, "base"), "")
    assert row["dtype"] == str(dtype).removeprefix("torch.")
    assert row["parameter_count"] == model.num_parameters()
    assert row["weight_bytes"] == sum(file.stat().st_size for file in tmp_path.glob("*.safetensors"))
