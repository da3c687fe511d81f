"""`probe ADAPTER --base BASE`: every stage of an adapter, and the same answers and statistics as of its merged form."""

from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer
from typer.testing import CliRunner

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.divergence.logit_divergence_table import LOGIT_DIVERGENCE
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.show.cli.main import app

SETTINGS = """
[items]
levels = [1]
per_level = 2
kinds = ["column_sum", "energy_levels", "contradiction"]
[sampling]
max_new_tokens = 6
[compute]
backend = "transformers"
device = "cpu"
"""


def test_an_adapter_is_probed_like_its_merged_form(
    tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "skillprobe.toml").write_text(SETTINGS)
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    adapted = get_peft_model(
        AutoModelForCausalLM.from_pretrained(tiny_base), LoraConfig(r=4, target_modules=["v_proj", "down_proj"])
    )
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_" in name:
                parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    adapted.peft_config["default"].base_model_name_or_path = "somewhere/else"
    adapted.save_pretrained(tmp_path / "lora" / "checkpoint-5")
    merged = tmp_path / "merged" / "checkpoint-5"
    adapted.merge_and_unload().save_pretrained(merged)
    AutoTokenizer.from_pretrained(tiny_base).save_pretrained(merged)
    for run in ("lora", "merged"):
        arguments = ["probe", str(tmp_path / run / "checkpoint-5"), "--base", str(tiny_base), "--method", "sft"]
        printed = CliRunner().invoke(app, arguments, catch_exceptions=False).stdout
        assert f"\n{run} at step 5: " in printed
        assert "\n- Overall accuracy went from" in printed
    store = Store(tmp_path)
    lora, whole = (Partition.checkpoint(run, 5, current_protocol(store).protocol) for run in ("lora", "merged"))
    answers = [store.read(GENERATIONS, part).drop("model") for part in (lora, whole)]
    assert answers[0].equals(answers[1])
    moved = [store.read(LOGIT_DIVERGENCE, part).sort("item_id", "text") for part in (lora, whole)]
    assert moved[0]["forward_kl"].to_list() == pytest.approx(moved[1]["forward_kl"].to_list(), rel=1e-3, abs=1e-9)
    stats = [
        store.read(PARAMETER_STATS, part).filter(compared_with="base", status="compared").sort("tensor")
        for part in (lora, whole)
    ]
    assert stats[0]["tensor"].to_list() == stats[1]["tensor"].to_list()
    assert stats[0]["delta_norm"].to_list() == pytest.approx(stats[1]["delta_norm"].to_list(), rel=1e-3, abs=1e-5)
