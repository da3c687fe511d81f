"""Own and base text is measured on the tokens that the model wrote, and prompts that do not fit stop nothing else."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.errors import SettingsError
from skillprobe_core.measurements.divergence.divergence_settings import DivergenceSettings
from skillprobe_core.measurements.divergence.logit_divergence_table import LOGIT_DIVERGENCE
from skillprobe_core.measurements.divergence.token_divergence_table import TOKEN_DIVERGENCE
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.profile_tests.profile_tests_table import PROFILE_TESTS
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.completion_text import decoded
from skillprobe_core.models.tokenizer_loading import load_tokenizer
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_tables
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.run_settings import RunSettings

END_TOKENS = [3, *range(4, 290, 7)]  # many, since a model with random weights writes any of them


@pytest.fixture
def folders(tiny_base: Path, tiny_run: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Copies of the tiny base and of its run, to be changed."""
    return Path(shutil.copytree(tiny_base, tmp_path / "base")), Path(shutil.copytree(tiny_run, tmp_path / "run"))


def change(file: Path, **values: object) -> None:
    file.write_text(json.dumps((json.loads(file.read_text()) if file.exists() else {}) | values))


def probed(folders: tuple[Path, Path], store: Path, sampling: SamplingSettings, **divergence: object):
    base, run = folders
    settings = Settings(
        items=ItemSettings(levels=(1,), per_level=4, kinds=("column_sum", "grid_walk", "digit_numbers")),
        sampling=sampling,
        divergence=DivergenceSettings.model_validate(divergence),
        settle_seconds=0,
        runs=(RunSettings(folder=run, base=base, model="tiny", method="sft"),),
    )
    probe = Project(settings, Store(store)).probe("tiny/20")
    run_tables(probe)
    return probe


def test_the_end_token_that_was_written_closes_the_text(folders: tuple[Path, Path], tmp_path: Path) -> None:
    for folder in (folders[0], folders[1] / "checkpoint-20"):
        change(folder / "generation_config.json", eos_token_id=END_TOKENS)
    probe = probed(folders, tmp_path / "store", SamplingSettings(max_new_tokens=64), tokens=True)
    written = probe.stored(GENERATIONS).filter(finish_reason="stop").select("item_id", "completion_ids")
    ends = dict(written.with_columns(pl.col("completion_ids").list.last()).iter_rows())
    own_end = load_tokenizer(folders[0]).eos_token_id
    assert set(ends.values()) & set(END_TOKENS) - {own_end}
    tokens = probe.stored(TOKEN_DIVERGENCE).filter(text="own").sort("item_id", "position")
    closed = dict(tokens.group_by("item_id").agg(pl.col("token_id").last()).iter_rows())
    assert {item_id: closed[item_id] for item_id in ends} == ends
    # Greedy decoding writes the token that it ranks first, and so is the end token ranked.
    assert tokens["checkpoint_rank"].max() == 0


@pytest.mark.parametrize("stop", [(), ("e", "7")])
def test_sampled_text_has_the_tokens_that_were_sampled(
    folders: tuple[Path, Path], tmp_path: Path, stop: tuple[str, ...]
) -> None:
    sampling = SamplingSettings(temperature=1.0, samples=2, max_new_tokens=24, stop=stop)
    probe = probed(folders, tmp_path / "store", sampling)
    tokenizer = load_tokenizer(folders[0])
    rows = probe.stored(LOGIT_DIVERGENCE)
    for text, of in (("own", probe), ("base", probe.of_base)):
        written = of.stored(GENERATIONS)
        assert rows.filter(text=text)["tokens"].sum() == written["completion_tokens"].sum()
        assert (written["completion_ids"].list.len() == written["completion_tokens"]).all()
    # The text alone would not do: tokenised again, it is of other lengths.
    again = [
        len(tokenizer(text, add_special_tokens=False)["input_ids"])
        for text in (decoded(tokenizer, ids, sampling) for ids in written["completion_ids"].to_list())
    ]
    assert sum(again) != written["completion_tokens"].sum()


def test_prompts_beyond_the_context_are_too_long_and_the_others_go_on(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    for folder in (folders[0], folders[1] / "checkpoint-20"):
        change(folder / "config.json", max_position_embeddings=115)
    probe = probed(folders, tmp_path / "store", SamplingSettings(max_new_tokens=8))
    written, judged = probe.stored(GENERATIONS), probe.stored(VERDICTS)
    long, others = written.filter(finish_reason="too_long"), written.filter(pl.col("finish_reason") != "too_long")
    assert 0 < long.height < written.height
    assert long["prompt_tokens"].min() >= 115 > others["prompt_tokens"].max()
    assert long.select("completion", "completion_tokens").unique().rows() == [("", 0)]
    assert long["completion_ids"].list.len().unique().to_list() == [0]
    too_long = judged.filter(verdict="too_long")
    assert set(too_long["item_id"]) == set(long["item_id"])
    assert too_long["ending"].null_count() == too_long.height
    whole = probe.stored(SKILL_SCORES).filter(skill="all", domain="all", level=0)
    assert whole["too_long_rate"].item() == long.height / written.height
    rows = probe.stored(LOGIT_DIVERGENCE)
    assert rows.filter(pl.col("item_id").is_in(long["item_id"].implode()))["tokens"].sum() == 0
    assert rows.filter(pl.col("tokens") > 0)["forward_kl"].is_not_null().all()
    assert probe.stored(PROFILE_TESTS).height > 0


def test_if_no_prompt_fits_that_is_an_error(folders: tuple[Path, Path], tmp_path: Path) -> None:
    for folder in (folders[0], folders[1] / "checkpoint-20"):
        change(folder / "config.json", max_position_embeddings=8)
    with pytest.raises(SettingsError, match="leaves no room for an answer in the model's 8"):
        probed(folders, tmp_path / "store", SamplingSettings(max_new_tokens=8))
