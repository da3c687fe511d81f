"""Tiny models of real classes, a real tokenizer and a few items."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.divergence import hidden_states, representation
from skillprobe_core.measurements.divergence.divergence_settings import DivergenceSettings
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_core.models import model_loading
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.model_settings import ComputeSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.run_settings import RunSettings

VOCABULARY = 320  # 256 bytes, one end token, and padding as real models have it

CONFIGS = {
    "llama": ("LlamaForCausalLM", "LlamaConfig", {"tie_word_embeddings": False}),
    "qwen2": ("Qwen2ForCausalLM", "Qwen2Config", {"tie_word_embeddings": True}),
    "gpt2": (
        "GPT2LMHeadModel",
        "GPT2Config",
        {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 512, "eos_token_id": 256, "bos_token_id": 256},
    ),
    "gemma2": ("Gemma2ForCausalLM", "Gemma2Config", {"head_dim": 8, "final_logit_softcapping": 3.0}),
    "neox": ("GPTNeoXForCausalLM", "GPTNeoXConfig", {"tie_word_embeddings": False}),
    "cohere": ("CohereForCausalLM", "CohereConfig", {"logit_scale": 0.0625}),
    "granite": ("GraniteForCausalLM", "GraniteConfig", {"logits_scaling": 8.0}),
}


def build_model(name, seed=0, vocabulary=VOCABULARY, dtype=torch.float32, **changes):
    """A model of a real class with random weights large enough that its logits differ from token to token."""
    model_class, config_class, settings = CONFIGS[name]
    config = getattr(transformers, config_class)(
        **{
            "vocab_size": vocabulary, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
            "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 512, "pad_token_id": 0,
            "bos_token_id": 256, "eos_token_id": 256, "initializer_range": 0.3, **settings, **changes,
        }
    )  # fmt: skip
    torch.manual_seed(seed)
    return getattr(transformers, model_class)(config).to(dtype).eval()


def move_weights(model, size, seed=1):
    """A copy of a model with every weight moved by Gaussian noise of a size relative to the weight's spread."""
    other = type(model)(model.config).to(model.dtype).eval()
    other.load_state_dict(model.state_dict())
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in other.parameters():
            noise = torch.randn(parameter.shape, generator=generator) * size * parameter.float().std(correction=0)
            parameter.add_(noise.to(parameter.dtype))
    return other


def build_tokenizer(extra=()):
    """A byte-level tokenizer with one end token and, after it, `extra` tokens."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({character: i for i, character in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>")
    fast.add_tokens(list(extra))
    return fast


@pytest.fixture(params=list(CONFIGS))
def family(request):
    """The name of one model class after another."""
    return request.param


@pytest.fixture(scope="session")
def tiny_model():
    return build_model


@pytest.fixture(scope="session")
def moved():
    return move_weights


@pytest.fixture(scope="session")
def byte_tokenizer():
    return build_tokenizer


@pytest.fixture(scope="session")
def tokenizer():
    return build_tokenizer()


@pytest.fixture(scope="session")
def items():
    prompts = ["What is 2 + 3?", "Sort 3 1 2 in rising order, please.", "Name it.", "What is 17 + 25?"]
    references = [
        "Answer: 5",
        "1 is least, then 2.\nAnswer: 1, 2, 3",
        "Answer: x",
        "7 + 5 is 12.\n1 + 2 + 1 is 4.\nAnswer: 42",
    ]
    return pl.DataFrame(
        {
            "item_set": ["s" * 16] * 4,
            "item_id": [f"{i:016x}" for i in range(4)],
            "prompt": prompts,
            "reference": references,
        }
    )


@pytest.fixture(scope="session")
def project(tiny_base: Path, tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    settings = Settings(
        items=ItemSettings(levels=(1,), per_level=2, kinds=("column_sum",)),
        sampling=SamplingSettings(max_new_tokens=4),
        compute=ComputeSettings(backend="transformers", device="cpu"),
        divergence=DivergenceSettings(texts=("reference", "base", "own")),
        settle_seconds=0,
        runs=(RunSettings(folder=tiny_run, base=tiny_base, model="m"),),
    )
    """Two evaluated checkpoints of a tiny model and their base."""
    project = Project(settings, Store(tmp_path_factory.mktemp("store")))
    for name in ("checkpoints", "generations"):
        run_table(table_named(name), project.probe("m/10"))
        run_table(table_named(name), project.probe("m/20"))
    return project


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Loads of models and forward passes over a batch, as they happen: the kind and the folder's name."""
    seen: list[str] = []

    def counted(module: object, name: str, kind: str, folder: Callable[..., Path]) -> None:
        real = getattr(module, name)

        def call(*given: object, **named: object) -> object:
            seen.append(f"{kind} {folder(given[0]).name}")
            return real(*given, **named)

        monkeypatch.setattr(module, name, call)

    counted(model_loading, "_load", "load", lambda files: files.path)
    counted(hidden_states, "_completion_states", "pass", lambda model: Path(model.name_or_path))
    counted(representation, "_states_of_batch", "layers", lambda model: Path(model.name_or_path))
    model_loading.release_model()
    return seen
