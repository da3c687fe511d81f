"""Real checkpoints in every form in which libraries store the same weights: only the planted change is found."""

import json
from pathlib import Path

import polars as pl
import pytest
import torch
from polars.testing import assert_frame_equal
from safetensors.torch import load_file, save_file
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    Gemma3Config,
    Gemma3ForCausalLM,
    Gemma3ForConditionalGeneration,
    GptOssConfig,
    GptOssForCausalLM,
)
from transformers.integrations.mxfp4 import convert_moe_packed_tensors

from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.parameters.left_out import left_out
from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.measurements.parameters.parameter_summary import model_summary
from skillprobe_core.measurements.parameters.spectra_of_base import spectra_by_matrix
from skillprobe_core.runs.weights import open_weights

SMALL = {
    "vocab_size": 90, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 64, "tie_word_embeddings": False,
    "bos_token_id": None, "eos_token_id": 1, "pad_token_id": 0, "num_experts": 3, "num_local_experts": 3,
    "num_experts_per_tok": 2, "moe_intermediate_size": 20, "decoder_sparse_step": 1,
}  # fmt: skip


def build(kind, **more):
    known = AutoConfig.for_model(kind).to_dict()
    torch.manual_seed(0)
    config = AutoConfig.for_model(kind, **{name: value for name, value in SMALL.items() if name in known} | more)
    model = AutoModelForCausalLM.from_config(config).float()
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(std=0.1)
    return model


def stats(base, checkpoint, **more) -> pl.DataFrame:
    return parameter_stats(open_weights(base), open_weights(checkpoint), model="m", step=1, **more)


def assert_same(found: pl.DataFrame, expected: pl.DataFrame) -> None:
    """Equal but for rounding: with AVX-512, a product in BLAS depends on where in memory its operands lie."""
    assert_frame_equal(found, expected, rel_tol=1e-9, abs_tol=1e-12)


def edit(folder: Path, change) -> None:
    file = folder / "model.safetensors"
    save_file({name: each.contiguous() for name, each in change(load_file(file)).items()}, file, {"format": "pt"})


@pytest.mark.parametrize("kind", ["qwen3_moe", "mixtral", "granitemoe", "phimoe"])
@pytest.mark.parametrize("fused_base", [False, True])
def test_experts_stored_one_by_one_and_stacked_are_the_same(tmp_path, kind, fused_base):
    model = build(kind)
    model.save_pretrained(tmp_path / "single")
    model.save_pretrained(tmp_path / "stacked", save_original_format=False)
    folders = [tmp_path / "single", tmp_path / "stacked"]
    base, tuned = folders[::-1] if fused_base else folders
    assert load_file(base / "model.safetensors").keys() != load_file(tuned / "model.safetensors").keys()

    def planted(tensors):
        """Expert 1's gate projection of layer 0, by half of itself."""
        for name, tensor in tensors.items():
            if "layers.0" in name and name.endswith(("experts.gate_up_proj", "input_linear.weight")):
                tensor[1, : tensor.shape[1] // 2] *= 1.5
            elif "layers.0" in name and name.endswith(("experts.1.gate_proj.weight", "experts.1.w1.weight")):
                tensor.mul_(1.5)
        return tensors

    edit(tuned, planted)
    frame = stats(base, tuned)
    assert set(frame["status"]) == {"compared"}
    assert left_out(frame) == ""
    moved = frame.filter(pl.col("delta_norm") > 0)
    assert moved.height == 1
    row = moved.row(0, named=True)
    if kind == "granitemoe":  # both sides are stacked, under other names
        assert row["component"] == "mlp_gate_up"
    else:
        assert (row["component"], row["layer"]) == ("mlp_gate", 0)
        assert row["relative_norm"] == pytest.approx(0.5, rel=1e-6)
    spectra = pl.concat(spectra_by_matrix(open_weights(base), digest="0"))
    assert_same(stats(base, tuned, base_spectra=spectra), frame)


def test_stacked_experts_of_granite_are_matrices(tmp_path):
    build("granitemoe").save_pretrained(tmp_path / "base")
    found = stats(tmp_path / "base", tmp_path / "base").filter(pl.col("tensor").str.contains("linear"))
    assert found.height == 2 * 2 * 3
    assert set(found["component"]) == {"mlp_gate_up", "mlp_down"}
    assert sorted(set(map(tuple, found["shape"].to_list()))) == [(32, 48), (96, 32)]


def oss(**more):
    config = GptOssConfig(**{**SMALL, "intermediate_size": 64, "hidden_size": 64, **more})
    torch.manual_seed(0)
    model = GptOssForCausalLM(config)
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(std=0.1)
    return model


def packed(folder: Path) -> dict[str, torch.Tensor]:
    """Replace the experts of a gpt-oss folder by random MXFP4; returns the weights that transformers makes of them."""
    generator, dense = torch.Generator().manual_seed(3), {}

    def change(tensors):
        for name in [name for name in tensors if name.endswith(("gate_up_proj", "down_proj"))]:
            experts, columns, out = tensors.pop(name).shape
            blocks = torch.randint(0, 256, (experts, out, columns // 32, 16), dtype=torch.uint8, generator=generator)
            scales = torch.randint(118, 126, blocks.shape[:3], dtype=torch.uint8, generator=generator)
            tensors |= {f"{name}_blocks": blocks, f"{name}_scales": scales}
            dense[name] = convert_moe_packed_tensors(blocks, scales, dtype=torch.float32)
        return tensors

    edit(folder, change)
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"quantization_config": {"quant_method": "mxfp4"}}))
    return dense


def test_mxfp4_is_compared_with_the_weights_that_were_trained_from_it(tmp_path):
    model = oss()
    model.save_pretrained(tmp_path / "base")
    model.save_pretrained(tmp_path / "tuned")
    dense = packed(tmp_path / "base")
    edit(tmp_path / "tuned", lambda tensors: tensors | {name: 1.25 * each for name, each in dense.items()})
    frame = stats(tmp_path / "base", tmp_path / "tuned")
    assert set(frame["status"]) == {"compared"}
    experts = frame.filter(pl.col("tensor").str.contains(r"_proj\[\d\]$"))
    assert experts.height == 2 * 2 * 3
    assert experts["relative_norm"].to_list() == [pytest.approx(0.25, rel=1e-6)] * 12
    assert set(experts["base_dtype"]) == {"float4_e2m1*e8m0"}
    row = experts.row(0, named=True)
    name = row["tensor"].removesuffix("[0]")
    expected = torch.linalg.svdvals(1.25 * dense[name][0].double())[0].item()
    assert row["spectral_norm"] == pytest.approx(expected, rel=1e-9)


def test_alternating_gate_and_up_projections_are_separated(tmp_path):
    """gpt-oss holds (experts, in, out) with alternating columns; a conversion may store experts one by one."""
    oss(intermediate_size=48).save_pretrained(tmp_path / "base")
    oss(intermediate_size=48).save_pretrained(tmp_path / "tuned")

    def split(tensors):
        for name in [name for name in tensors if name.endswith(("gate_up_proj", "down_proj"))]:
            stack, block = tensors.pop(name), name.rpartition(".")[0]
            for expert, matrix in enumerate(stack):
                if name.endswith("down_proj"):
                    tensors[f"{block}.{expert}.down_proj.weight"] = matrix.T
                else:
                    tensors[f"{block}.{expert}.gate_proj.weight"] = matrix[:, ::2].T
                    tensors[f"{block}.{expert}.up_proj.weight"] = matrix[:, 1::2].T
        return tensors

    edit(tmp_path / "tuned", split)
    frame = stats(tmp_path / "base", tmp_path / "tuned")
    assert set(frame["status"]) == {"compared"}
    assert frame["delta_norm"].max() == 0.0
    assert frame.filter(component="mlp_up").height == 2 * 3


def fp8(folder: Path, block: int, factor: float = 1.0) -> None:
    """Quantise the projections of a folder to float8 with block scales, as DeepSeek publishes them."""

    def change(tensors):
        for name in [name for name in tensors if "proj" in name]:
            rows, columns = tensors[name].shape
            cut = tensors[name].reshape(rows // block, block, columns // block, block)
            scale = cut.abs().amax((1, 3)) / 448
            spread = scale.repeat_interleave(block, 0).repeat_interleave(block, 1)
            tensors[name] = (tensors[name] / spread).to(torch.float8_e4m3fn)
            tensors[f"{name}_scale_inv"] = factor * scale
        return tensors

    edit(folder, change)
    file = folder / "config.json"
    settings = {"quant_method": "fp8", "weight_block_size": [block, block], "activation_scheme": "dynamic"}
    file.write_text(json.dumps(json.loads(file.read_text()) | {"quantization_config": settings}))


def test_float8_weights_are_measured_with_their_scales(tmp_path):
    model = build("qwen3")
    for name, factor in (("base", 1.0), ("doubled", 2.0)):
        model.save_pretrained(tmp_path / name)
        fp8(tmp_path / name, 16, factor)
    model.save_pretrained(tmp_path / "plain")
    doubled = stats(tmp_path / "base", tmp_path / "doubled")
    assert set(doubled["status"]) == {"compared"}
    assert not doubled["tensor"].str.contains("scale").any()
    assert doubled.filter(pl.col("tensor").str.contains("proj"))["relative_norm"].to_list() == [pytest.approx(1.0)] * 14
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path / "base", dtype=torch.float32).state_dict()
    rounded = stats(tmp_path / "base", tmp_path / "plain")
    spectra = pl.concat(spectra_by_matrix(open_weights(tmp_path / "base"), digest="0"))
    known = stats(tmp_path / "base", tmp_path / "plain", base_spectra=spectra)
    assert_same(known, rounded)
    plain = load_file(tmp_path / "plain" / "model.safetensors")
    for row in rounded.filter(pl.col("tensor").str.contains("proj")).iter_rows(named=True):
        expected = (plain[row["tensor"]] - loaded[row["tensor"]]).double().norm().item()
        assert row["delta_norm"] == pytest.approx(expected, rel=1e-6)
        assert 0 < row["relative_norm"] < 2.0**-4
        assert row["base_dtype"] == "float8_e4m3fn*float32"


def gptq(tensors):
    for name in [name for name in tensors if name.endswith("_proj.weight")]:
        rows, columns = tensors.pop(name).shape
        stem = name.removesuffix(".weight")
        tensors[f"{stem}.qweight"] = torch.zeros(columns // 8, rows, dtype=torch.int32)
        tensors[f"{stem}.qzeros"] = torch.zeros(1, rows // 8, dtype=torch.int32)
        tensors[f"{stem}.scales"] = torch.ones(1, rows, dtype=torch.float16)
        tensors[f"{stem}.g_idx"] = torch.zeros(columns, dtype=torch.int32)
    return tensors


def bitsandbytes(tensors):
    for name in [name for name in tensors if name.endswith("_proj.weight")]:
        count = tensors[name].numel()
        tensors[name] = torch.zeros(count // 2, 1, dtype=torch.uint8)
        tensors[f"{name}.absmax"] = torch.zeros(count // 64, dtype=torch.uint8)
        tensors[f"{name}.quant_map"] = torch.zeros(16)
        tensors[f"{name}.nested_absmax"] = torch.zeros(1)
        tensors[f"{name}.quant_state.bitsandbytes__nf4"] = torch.zeros(80, dtype=torch.uint8)
    return tensors


def int8_of_compressed_tensors(tensors):
    for name in [name for name in tensors if name.endswith("_proj.weight")]:
        tensors[f"{name}_scale"] = torch.ones(tensors[name].shape[0], 1)
        tensors[name] = tensors[name].to(torch.int8)
    return tensors


@pytest.mark.parametrize(
    ("change", "form"),
    [
        (gptq, "GPTQ or AWQ"),
        (bitsandbytes, "bitsandbytes"),
        (int8_of_compressed_tensors, "unknown"),
    ],
)
@pytest.mark.parametrize("base_too", [False, True])
def test_codes_that_are_not_dequantised_are_never_compared(tmp_path, change, form, base_too):
    model = build("qwen3")
    for name in ("base", "tuned"):
        model.save_pretrained(tmp_path / name)
    edit(tmp_path / "tuned", change)
    if base_too:
        edit(tmp_path / "base", change)
    frame = stats(tmp_path / "base", tmp_path / "tuned")
    codes = frame.filter(status="quantised")
    assert codes.height == 14
    assert codes["tensor"].str.ends_with("_proj.weight").all()
    assert codes["norm"].null_count() == 14
    assert frame.height - 14 == frame.filter(status="compared").height
    assert "14 tensors in a quantised format" in left_out(frame)
    assert form


@pytest.fixture
def grown(tiny_base, tmp_path):
    """A base, and a checkpoint to whose tokenizer and embedding two tokens were added, with the tokens' rows."""
    tokenizer, model = AutoTokenizer.from_pretrained(tiny_base), AutoModelForCausalLM.from_pretrained(tiny_base)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|begin|>", "<|end|>"]})
    with torch.no_grad():
        model.model.layers[0].mlp.up_proj.weight.mul_(1.5)
    model.resize_token_embeddings(len(tokenizer), pad_to_multiple_of=16)
    model.save_pretrained(tmp_path / "grown")
    tokenizer.save_pretrained(tmp_path / "grown")
    return tiny_base, tmp_path / "grown"


@pytest.mark.parametrize("grows", [True, False])
def test_an_embedding_with_more_rows_is_compared_row_by_row(grown, grows):
    base, tuned = grown if grows else grown[::-1]
    frame = stats(base, tuned)
    rows = {row["tensor"]: row for row in frame.iter_rows(named=True)}
    assert rows["model.embed_tokens.weight"]["shape"] == [300, 32]
    assert rows["model.embed_tokens.weight"]["delta_norm"] == 0.0
    other = "model.embed_tokens.weight" + ("[new rows]" if grows else "[missing rows]")
    assert (rows[other]["shape"], rows[other]["norm"]) == ([4, 32], None)
    assert frame.filter(pl.col("delta_norm") > 0)["tensor"].to_list() == ["model.layers.0.mlp.up_proj.weight"]
    assert "4" not in left_out(frame).split()[0]
    spectra = pl.concat(spectra_by_matrix(open_weights(base), digest="0"))
    assert_same(stats(base, tuned, base_spectra=spectra), frame)


def test_rows_follow_their_tokens(tiny_base, tmp_path):
    """Two tokens exchange their ids, and their rows with them: nothing changed but the order."""
    model, tokenizer = AutoModelForCausalLM.from_pretrained(tiny_base), AutoTokenizer.from_pretrained(tiny_base)
    with torch.no_grad():
        model.model.embed_tokens.weight[[50, 60]] = model.model.embed_tokens.weight[[60, 50]]
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    text = json.loads((tmp_path / "tokenizer.json").read_text())
    vocabulary = text["model"]["vocab"]
    by_id = {number: token for token, number in vocabulary.items()}
    vocabulary[by_id[50]], vocabulary[by_id[60]] = 60, 50
    (tmp_path / "tokenizer.json").write_text(json.dumps(text))
    frame = stats(tiny_base, tmp_path)
    assert frame["delta_norm"].max() == 0.0
    assert set(frame["status"]) == {"compared", "tied"}


def test_further_prediction_layers_are_listed_and_change_nothing(tmp_path):
    model = build("qwen3")
    for name in ("base", "tuned"):
        model.save_pretrained(tmp_path / name)
    more = {
        "mtp.layers.0.mlp.up_proj.weight": torch.ones(48, 32),
        "model.layers.2.mlp.up_proj.weight": torch.ones(48, 32),
    }
    edit(tmp_path / "base", lambda tensors: tensors | more)
    frame = stats(tmp_path / "base", tmp_path / "tuned")
    missing = frame.filter(status="missing")
    assert sorted(missing["tensor"]) == sorted(more)
    assert set(missing["component"]) == {"multi_token"}
    assert missing["layer"].null_count() == 2
    assert frame["delta_norm"].max() == 0.0
    assert left_out(frame).startswith("2 tensors only in the compared checkpoint")


@pytest.mark.parametrize("word", ["_orig_mod", "_checkpoint_wrapped_module", "_fsdp_wrapped_module"])
def test_wrappers_inside_of_names_change_nothing(tmp_path, word):
    model = build("qwen3")
    for name in ("base", "tuned"):
        model.save_pretrained(tmp_path / name)
    edit(
        tmp_path / "tuned",
        lambda tensors: {name.replace("layers.0.", f"layers.0.{word}."): each for name, each in tensors.items()},
    )
    frame = stats(tmp_path / "base", tmp_path / "tuned")
    assert set(frame["status"]) == {"compared"}
    assert frame["delta_norm"].max() == 0.0


def test_a_vision_tower_is_set_apart(tmp_path):
    """A multimodal base, its own text-only checkpoint, and a complete one whose tower was trained."""
    text = {name: value for name, value in SMALL.items() if "expert" not in name} | {"sliding_window": 16}
    vision = {
        "hidden_size": 32, "intermediate_size": 40, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 28,
        "patch_size": 14,
    }  # fmt: skip
    torch.manual_seed(0)
    config = Gemma3Config(text_config=text, vision_config=vision, mm_tokens_per_image=4)
    model = Gemma3ForConditionalGeneration(config).float()
    model.save_pretrained(tmp_path / "base")
    alone = Gemma3ForCausalLM(config.text_config).float()
    alone.model.load_state_dict(model.model.language_model.state_dict())
    alone.lm_head.load_state_dict(model.lm_head.state_dict())
    alone.save_pretrained(tmp_path / "text")
    frame = stats(tmp_path / "base", tmp_path / "text")
    assert set(frame.filter(pl.col("component") != "vision_audio")["status"]) <= {"compared", "tied"}
    assert set(frame.filter(component="vision_audio")["status"]) == {"missing"}
    assert frame["delta_norm"].max() == 0.0
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "vision_tower" in name:
                weight.add_(0.1)
    model.save_pretrained(tmp_path / "complete")
    complete = stats(tmp_path / "base", tmp_path / "complete")
    assert set(complete["status"]) <= {"compared", "tied"}
    summary = model_summary(complete)
    assert summary.filter(scope="model")["delta_norm"].item() == 0.0
    assert summary.filter(scope="component", component="vision_audio")["delta_norm"].item() > 0


def test_two_models_with_little_in_common_are_refused(tmp_path):
    build("qwen3").save_pretrained(tmp_path / "base")
    build("qwen3", hidden_size=40).save_pretrained(tmp_path / "other")
    with pytest.raises(CheckpointError, match="of the parameters can be compared"):
        stats(tmp_path / "base", tmp_path / "other")
