import json
import shutil
from collections import Counter
from copy import deepcopy

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, GPTJConfig, GPTNeoConfig

from skillprobe_core.errors import CheckpointError, SettingsError
from skillprobe_core.measurements.parameters.tensor_components import component_at
from skillprobe_core.models import model_loading
from skillprobe_core.models.model_loading import choose_device, load_model, release_model
from skillprobe_core.runs.tensor_names import canonical_names
from skillprobe_core.runs.weights import open_weights
from tests.cuda_device import NO_GPU


@pytest.fixture(autouse=True)
def _nothing_kept():
    release_model()
    yield
    release_model()


@pytest.fixture
def folder(tiny_base, tmp_path):
    shutil.copytree(tiny_base, tmp_path / "model")
    return tmp_path / "model"


def test_the_weights_are_those_stored(tiny_base):
    model = load_model(tiny_base, device="cpu")
    assert not model.training
    stored = load_file(tiny_base / "model.safetensors")
    for name, tensor in stored.items():
        assert torch.equal(model.state_dict()[name], tensor)


@pytest.mark.parametrize("wrapper", ["_orig_mod.", "module.", "module._orig_mod."])
def test_names_that_a_wrapper_changed_are_loaded(folder, tiny_base, wrapper):
    """torch.compile and DistributedDataParallel write their own names where a trainer saves the wrapped model."""
    before = load_model(tiny_base, device="cpu").state_dict()
    tensors = {f"{wrapper}{name}": tensor for name, tensor in load_file(folder / "model.safetensors").items()}
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    after = load_model(folder, device="cpu").state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("wrapper", ["_orig_mod", "_checkpoint_wrapped_module", "_fsdp_wrapped_module"])
def test_layers_that_were_wrapped_one_by_one_are_loaded(folder, tiny_base, wrapper):
    before = load_model(tiny_base, device="cpu").state_dict()
    tensors = {
        name.replace("layers.0.", f"layers.0.{wrapper}.").replace("mlp.", f"mlp.{wrapper}."): tensor
        for name, tensor in load_file(folder / "model.safetensors").items()
    }
    save_file(tensors | {"v_head.summary.weight": torch.ones(1, 32)}, folder / "model.safetensors", {"format": "pt"})
    after = load_model(folder, device="cpu").state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_the_stored_type_is_kept_unless_another_is_asked_for(folder):
    tensors = {name: tensor.bfloat16() for name, tensor in load_file(folder / "model.safetensors").items()}
    save_file(tensors, folder / "model.safetensors")
    config = (folder / "config.json").read_text()
    (folder / "config.json").write_text(config.replace('"float32"', '"bfloat16"'))
    assert load_model(folder, device="cpu").dtype is torch.bfloat16
    assert load_model(folder, torch.float32, "cpu").dtype is torch.float32


def test_one_load_serves_many_stages(tiny_base, folder):
    model = load_model(tiny_base, device="cpu")
    assert load_model(tiny_base, device="cpu") is model
    assert load_model(folder, device="cpu") is not model, "another folder may change by itself"


def test_weights_rewritten_in_place_are_loaded_anew(folder):
    before = load_model(folder, device="cpu").model.norm.weight.clone()
    tensors = load_file(folder / "model.safetensors")
    tensors["model.norm.weight"] += 1
    save_file(tensors, folder / "model.safetensors")
    assert torch.equal(load_model(folder, device="cpu").model.norm.weight, before + 1)


def test_a_model_whose_files_were_others_while_it_was_loaded_is_not_kept(folder, tiny_base, monkeypatch):
    file, aside = folder / "model.safetensors", folder.parent / "aside"
    wanted = load_file(file)
    really = model_loading._load

    def swapped(*arguments):
        """Other weights lie in the folder while it is loaded; names, sizes, times and inodes are restored."""
        file.rename(aside)
        save_file({name: tensor + 1 for name, tensor in wanted.items()}, file, metadata={"format": "pt"})
        try:
            return really(*arguments)
        finally:
            aside.replace(file)

    with monkeypatch.context() as patched:
        patched.setattr(model_loading, "_load", swapped)
        assert not torch.equal(load_model(folder).model.norm.weight, wanted["model.norm.weight"])
    assert torch.equal(load_model(folder).model.norm.weight, wanted["model.norm.weight"])


def test_missing_tensors_are_not_made_up(folder):
    tensors = load_file(folder / "model.safetensors")
    del tensors["model.layers.1.mlp.up_proj.weight"]
    save_file(tensors, folder / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"layers\.1\.mlp\.up_proj"):
        load_model(folder, device="cpu")


def test_shapes_that_contradict_the_configuration(folder):
    text = (folder / "config.json").read_text()
    (folder / "config.json").write_text(text.replace('"intermediate_size": 64', '"intermediate_size": 96'))
    message = r"'model\.layers\.0\.mlp\.down_proj\.weight' has shape \[32, 64\], and config.json requires \[32, 96\]"
    with pytest.raises(CheckpointError, match=message):
        load_model(folder, device="cpu")


def test_weights_of_a_layer_that_the_configured_class_lacks_are_not_left_out(folder):
    config = json.loads((folder / "config.json").read_text())
    llama = config | {"model_type": "llama", "architectures": ["LlamaForCausalLM"]}
    (folder / "config.json").write_text(json.dumps(llama))
    with pytest.raises(
        CheckpointError, match=r"a LlamaForCausalLM.*'model\.layers\.0\.self_attn\.k_proj\.bias', and 6"
    ):
        load_model(folder, device="cpu")
    (folder / "config.json").write_text(json.dumps(config))
    tensors = load_file(folder / "model.safetensors")
    more = ("mtp.layers.0.mlp.up_proj.weight", "model.layers.2.mlp.up_proj.weight", "v_head.summary.weight")
    save_file(tensors | {name: tensors["model.norm.weight"].clone() for name in more}, folder / "model.safetensors")
    load_model(folder, device="cpu")


def test_a_quantised_model_whose_package_is_missing(folder):
    config = json.loads((folder / "config.json").read_text())
    config["quantization_config"] = {"quant_method": "gptq", "bits": 4}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match="before it was quantised"):
        load_model(folder, device="cpu")


def test_a_device_that_is_not_there(tiny_base):
    with pytest.raises(SettingsError, match="is not available"):
        load_model(tiny_base, device="cuda:99")


@pytest.mark.parametrize(
    ("model_type", "saved", "loaded"),
    [
        ("qwen3_5", "Qwen3_5ForConditionalGeneration", "Qwen3_5ForCausalLM"),
        ("mistral3", "Mistral3ForConditionalGeneration", "Mistral3ForConditionalGeneration"),
    ],
)
def test_a_multimodal_model_gives_on_text_what_its_own_class_gives(tmp_path, model_type, saved, loaded):
    """The language part is loaded alone where transformers has a class for it, else with its tower."""
    import transformers

    from tools.architectures.checks import save
    from tools.architectures.tiny_models import spread, tiny_config

    model = getattr(transformers, saved)(tiny_config(model_type)).float().eval()
    spread(model, seed=3)
    save(model, tmp_path)
    found = load_model(tmp_path, torch.float32, "cpu")
    assert type(found).__name__ == loaded
    ids = torch.tensor([[20, 30, 40, 50]])
    with torch.inference_mode():
        assert torch.equal(found(input_ids=ids).logits, model(input_ids=ids).logits)
    components = Counter(
        component_at(name.place, name.key) for name in canonical_names(open_weights(tmp_path)).values()
    )
    assert components["vision_audio"] > 10
    assert components["other"] == 0


@pytest.mark.gpu
@NO_GPU
def test_a_gpu_holds_the_weights_until_they_are_released(tiny_base):
    here = load_model(tiny_base, torch.float32, "cpu").state_dict()
    model = load_model(tiny_base, torch.float32, "auto")
    assert model.device.type == choose_device("auto").type == choose_device("cuda").type == "cuda"
    assert load_model(tiny_base, torch.float32, "auto") is model
    assert all(torch.equal(tensor.cpu(), here[name]) for name, tensor in model.state_dict().items())
    size, held = sum(tensor.nbytes for tensor in model.parameters()), torch.cuda.memory_allocated()
    del model
    release_model()
    assert held - torch.cuda.memory_allocated() >= size


@pytest.mark.gpu
@NO_GPU
def test_an_adapter_is_merged_alike_for_a_gpu(tiny_base, tmp_path):
    adapter = tmp_path / "adapter"
    peft = pytest.importorskip("peft")
    plain = load_model(tiny_base, torch.float32, "cpu")
    config = peft.LoraConfig(r=2, target_modules=["q_proj", "up_proj"], init_lora_weights=False)
    peft.get_peft_model(deepcopy(plain), config).save_pretrained(adapter)
    stated = json.loads((adapter / "adapter_config.json").read_text())
    (adapter / "adapter_config.json").write_text(json.dumps(stated | {"base_model_name_or_path": str(tiny_base)}))
    here = load_model(adapter, torch.float32, "cpu").state_dict()
    there = load_model(adapter, torch.float32, "cuda").state_dict()
    assert all(torch.equal(there[name].cpu(), tensor) for name, tensor in here.items())


@pytest.mark.parametrize(
    ("config", "attention"),
    [
        (GPTJConfig(n_layer=1, n_embd=16, n_head=2, rotary_dim=4), "transformer.h.0.attn"),
        (
            GPTNeoConfig(num_layers=1, hidden_size=16, num_heads=2, attention_types=[[["global"], 1]]),
            "transformer.h.0.attn.attention",
        ),
    ],
    ids=["gptj", "gpt_neo"],
)
def test_causal_masks_that_earlier_versions_saved_are_no_weights(config, attention, folder):
    config.vocab_size = json.loads((folder / "config.json").read_text())["vocab_size"]
    config.bos_token_id = config.eos_token_id = 0
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    file = folder / "model.safetensors"
    masks = {f"{attention}.bias": torch.ones(1, 1, 32, 32), f"{attention}.masked_bias": torch.tensor(-1e9)}
    save_file(load_file(file) | masks, file, metadata={"format": "pt"})
    assert load_model(folder, torch.float32, "cpu").num_parameters() > 1000
    save_file(load_file(file) | {f"{attention}.bias": torch.ones(16)}, file, metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match=f"whose layers have no tensor '{attention}.bias'"):
        load_model(folder, torch.float32, "cpu")
