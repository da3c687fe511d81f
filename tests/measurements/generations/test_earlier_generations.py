"""Rows of earlier versions in the columns of today."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from skillprobe_core.measurements.generations.chunk_log import ChunkLog
from skillprobe_core.measurements.generations.earlier_generations import from_version_3
from skillprobe_core.measurements.generations.generate_rows import generate, requests_for
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.runs.checkpoint import Checkpoint

SETTINGS = SamplingSettings(samples=2, temperature=0.8, max_new_tokens=16)


@pytest.fixture
def items():
    prompts = [f"What is {n} + {n * 7}?" + " Think." * (n % 4) for n in range(20)]
    return pl.DataFrame({"item_id": [f"{n * 37 % 20:04d}" for n in range(20)], "prompt": prompts})


@pytest.fixture(scope="module")
def backend(make_backend):
    return make_backend("Qwen2", batch_rows=8)


def run(backend, items, log, settings=SETTINGS, **options):
    requests = requests_for(items, options.pop("tokenizer"), settings)
    return generate(
        backend, requests, settings, checkpoint=Checkpoint.in_folder("m", 5, log.folder, "sft"), item_set="set",
        chunk_log=log, chunk_size=7, **options,
    )  # fmt: skip


def test_rows_of_version_3_get_the_columns_of_today(backend, items, tmp_path, tokenizer):
    log = ChunkLog(tmp_path, "v")
    frame = run(backend, items, log, tokenizer=tokenizer)
    before = frame.drop("reading", "completion_ids")
    assert_frame_equal(GENERATIONS.conform(from_version_3(before, log.rows())), frame)

    without_log = GENERATIONS.conform(from_version_3(before, log.rows().clear()))
    assert_frame_equal(without_log.drop("completion_ids"), frame.drop("completion_ids"))
    assert without_log["completion_ids"].null_count() == frame.height

    served = before.with_columns(backend=pl.lit("openai-server tiny"))
    assert from_version_3(served, log.rows())["completion_ids"].null_count() == frame.height, "made from text"
