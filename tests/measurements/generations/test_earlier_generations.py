"""Rows of earlier versions in the columns of today."""

import polars as pl
from polars.testing import assert_frame_equal

from skillprobe_core.measurements.generations.chunk_log import ChunkLog
from skillprobe_core.measurements.generations.earlier_generations import from_version_3
from skillprobe_core.measurements.generations.generations_table import GENERATIONS

from .small_run import run


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
