"""A model whose weights, configuration and tokenizer lie apart is the model whose parts lie in one folder."""

import json
import shutil

import pytest
import torch
from polars.testing import assert_frame_equal

from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.models.completion_limits import limits_of
from skillprobe_core.models.model_loading import load_model, release_model
from skillprobe_core.models.model_validation import all_finite, comparable_tokenizers, comparable_weights, validate
from skillprobe_core.models.token_ids import embedding_rows
from skillprobe_core.models.tokenizer_loading import load_tokenizer
from skillprobe_core.runs.identity import identity
from skillprobe_core.runs.model_config import read_config
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.weights import open_weights

PARTS = {"model.safetensors": "weights", "config.json": "config", "generation_config.json": "config"}


@pytest.fixture(autouse=True)
def _nothing_kept():
    release_model()
    yield
    release_model()


@pytest.fixture(params=["folder of weights", "file of weights"])
def apart(request, tiny_run, tmp_path):
    """`checkpoint-10` with its parts in three folders; decoys of each part lie in the other two."""
    places = {part: tmp_path / part for part in ("weights", "config", "tokenizer")}
    for place in places.values():
        place.mkdir()
    for file in (tiny_run / "checkpoint-10").iterdir():
        shutil.copy(file, places[PARTS.get(file.name, "tokenizer")])
    generation = json.loads((places["config"] / "generation_config.json").read_text())
    for part in ("weights", "tokenizer"):
        (places[part] / "generation_config.json").write_text(json.dumps(generation | {"eos_token_id": 7}))
    (places["tokenizer"] / "model.safetensors").write_bytes(b"not weights")
    if request.param == "file of weights":
        places["weights"] = (places["weights"] / "model.safetensors").rename(places["weights"] / "step-10.safetensors")
    return ModelFiles(tmp_path, **places)


def test_it_answers_like_the_joined_folder(apart, tiny_run):
    joined = tiny_run / "checkpoint-10"
    ids = torch.randint(0, 250, (2, 20), generator=torch.Generator().manual_seed(1))
    logits, configs = [], []
    for model in (joined, apart):
        loaded = load_model(model, torch.float32, "cpu")
        with torch.inference_mode():
            logits.append(loaded(ids).logits)
        configs.append((loaded.config.to_diff_dict(), loaded.generation_config.to_diff_dict()))
    assert torch.equal(*logits)
    assert configs[0] == configs[1]
    tokenizer = load_tokenizer(apart)
    assert limits_of(apart, tokenizer) == limits_of(joined, load_tokenizer(joined))
    assert 7 not in limits_of(apart, tokenizer)[0]


def test_every_check_and_measure_reads_the_part_from_its_place(apart, tiny_run, tiny_base):
    joined = tiny_run / "checkpoint-10"
    validate(apart)
    comparable_tokenizers(apart, tiny_base)
    comparable_weights(apart, tiny_base)
    all_finite(apart)
    assert identity(apart) == identity(joined)
    assert read_config(apart) == read_config(joined)
    assert embedding_rows(apart) == embedding_rows(joined)
    assert open_weights(apart).tied == open_weights(joined).tied
    base = open_weights(tiny_base)
    split, whole = (parameter_stats(base, open_weights(model), model="m", step=10) for model in (apart, joined))
    assert_frame_equal(split, whole)


def test_a_missing_part_is_named_with_its_own_folder(apart):
    (apart.config / "config.json").unlink()
    with pytest.raises(CheckpointError, match=str(apart.config)):
        validate(apart)
