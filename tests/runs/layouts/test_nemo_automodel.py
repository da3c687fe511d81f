"""NeMo Automodel's folders: the step is the second number, and a file says that the writer has not finished."""

import shutil
from pathlib import Path

from skillprobe_core.runs.layouts.nemo_automodel import LAYOUT, METADATA
from skillprobe_core.runs.model_files import ModelFiles

from .trainers import AbsenceWriter


def test_the_reserved_name_is_not_found_and_the_file_means_writing(tmp_path: Path, tiny_run: Path) -> None:
    writer = AbsenceWriter()
    (tmp_path / "epoch_0_step_10.reserving-1f").mkdir()
    writer.write(tiny_run / "checkpoint-10", tmp_path, 20)
    (found,) = LAYOUT.find(tmp_path)
    assert (found.step, found.last_act().writing) == (20, True)
    writer.finish(tmp_path, 20)
    assert not found.last_act().writing


def test_shards_have_the_configuration_and_the_tokenizer_that_were_saved_with_them(
    tmp_path: Path, tiny_run: Path, tiny_base: Path
) -> None:
    shutil.copytree(tiny_run / "checkpoint-10", tmp_path / "epoch_0_step_30" / "model")
    model = tmp_path / "epoch_0_step_30" / "model"
    (model / "model.safetensors").rename(model / "shard-00001-model-00001-of-00001.safetensors")
    texts = [path for path in model.iterdir() if path.suffix != ".safetensors"]
    base = ModelFiles.of(tiny_base)
    for path in texts:
        path.unlink()
    (found,) = LAYOUT.find(tmp_path)
    assert (found.files.on(base).config, found.files.on(base).tokenizer) == (tiny_base, tiny_base)
    described = shutil.copytree(tiny_base, model / METADATA, ignore=shutil.ignore_patterns("*.safetensors"))
    (found,) = LAYOUT.find(tmp_path)
    assert (found.files.on(base).config, found.files.on(base).tokenizer) == (described, described)
    assert found.files.on(base).weights == model
