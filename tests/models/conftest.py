"""Tiny models of real classes with random weights, large enough that their logits differ from token to token."""

import tempfile
from pathlib import Path

import pytest
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from skillprobe_core.models.backend import Request
from skillprobe_core.models.backends.transformers_backend import TransformersBackend
from skillprobe_core.models.vllm_engine.engine_slots import end_engines
from tests.cuda_device import NO_GPU

VOCABULARY = 264  # 256 bytes, three special tokens, and padding as real models have it
SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "initializer_range": 0.25,
    "pad_token_id": 258,
    "bos_token_id": 256,
    "eos_token_id": 257,
}
FAMILIES = {
    "Llama": {},
    "Qwen2": {"tie_word_embeddings": True},
    "GPT2": {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256},
    "GPTNeoX": {"rotary_pct": 0.5},
    "Mistral": {"sliding_window": 16, "head_dim": 8},
    "Gemma2": {"sliding_window": 16, "head_dim": 8, "final_logit_softcapping": 30.0},
}


def build_model(family: str, seed: int = 0) -> transformers.PreTrainedModel:
    config_class = getattr(transformers, f"{family}Config")
    name = "GPT2LMHeadModel" if family == "GPT2" else f"{family}ForCausalLM"
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return getattr(transformers, name)(config_class(**{**SIZES, **FAMILIES[family]})).eval()


def build_tokenizer() -> transformers.PreTrainedTokenizerFast:
    alphabet = {character: number for number, character in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(alphabet, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    )


@pytest.fixture(scope="session")
def own_engines(tmp_path_factory):
    """vLLM engines of the tests' own, in a folder of their own, shared by all tests and ended after the last one."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("engines")))
        patched.setenv("VLLM_CPU_KVCACHE_SPACE", "1")
        yield
        end_engines()


@pytest.fixture(params=FAMILIES)
def family(request):
    """The name of a model family, one after the other."""
    return request.param


@pytest.fixture(scope="session")
def tokenizer():
    return build_tokenizer()


@pytest.fixture(scope="session", params=["cpu", pytest.param("cuda", marks=[pytest.mark.gpu, NO_GPU])])
def device(request):
    """Every test that takes it, or a fixture that does, runs on a CPU and, marked gpu, on a CUDA device."""
    return request.param


@pytest.fixture(scope="session")
def make_backend(device, tokenizer):
    """make_backend(family="Llama", **options): a backend on a tiny model of that family, on either device."""

    def make(family="Llama", **options):
        return TransformersBackend(build_model(family).to(device), tokenizer, Path("tiny"), **options)

    return make


@pytest.fixture(scope="session")
def mixed_requests():
    """mixed_requests(count, seeded=False): prompts of 1 to 40 random bytes, in no order of length."""

    def make(count, seeded=False):
        generator = torch.Generator().manual_seed(7)
        requests = []
        for number in range(count):
            length = int(torch.randint(1, 41, (), generator=generator))
            ids = tuple(torch.randint(0, 256, (length,), generator=generator).tolist())
            requests.append(Request(f"item-{number:03d}", 0, ids, number if seeded else None))
        return requests

    return make
