"""The targets: readers of strangers' files, each with valid inputs to start from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Skill
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import judge_answer
from skillprobe_core.benchmark.sources.files import Columns, read_file
from skillprobe_core.measurements.training.training_record import training_record
from skillprobe_core.models.generation_presets import stated_sampling
from skillprobe_core.models.prompt_format import PromptFormat, Renderer
from skillprobe_core.models.tokenizer_loading import load_tokenizer
from skillprobe_core.project.base_waiting import has_template
from skillprobe_core.project.settings import parsed_settings
from skillprobe_core.runs.adapter_update import read_update
from skillprobe_core.runs.adapters import adapter_config, base_of
from skillprobe_core.runs.config_fields import check_sizes
from skillprobe_core.runs.discovery import discover
from skillprobe_core.runs.identity import identity
from skillprobe_core.runs.logical_tensors import ModelTensors, layer_count
from skillprobe_core.runs.model_config import architecture, read_config
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.recognise_run import recognise_run
from skillprobe_core.runs.sharded.sharded_folder import index_of, missing_shard
from skillprobe_core.runs.vocabulary_rows import token_ids, two_vocabularies
from skillprobe_core.runs.weight_lengths import all_written
from skillprobe_core.runs.weights import open_weights

from .good_files import (
    ADAPTER,
    CONFIG,
    GENERATION,
    INDEX,
    SETTINGS,
    STATE,
    TEMPLATES,
    TOKENIZER,
    header,
    metadata,
    write_model,
)

_KEYS = (
    AnswerKey(AnswerType.INTEGER, "42", (), None, "What is 40 + 2?"),
    AnswerKey(AnswerType.RATIONAL, "3/4"),
    AnswerKey(AnswerType.DECIMAL, "2.5", (), 0.01),
    AnswerKey(AnswerType.CHOICE, "B", ("Rabat",), None, "Which?\nA. Fes\nB. Rabat\nC. Tunis"),
    AnswerKey(AnswerType.SEQUENCE, "3, 1, 2"),
    AnswerKey(AnswerType.SET, "a, b"),
    AnswerKey(AnswerType.MULTISET, "2, 2, 3"),
    AnswerKey(AnswerType.TEXT, "Rabat"),
)
_COMPLETIONS = (
    "40 + 2 = 42\nAnswer: 42",
    "\\boxed{\\frac{3}{4}}",
    "**Answer:** 2.50 m",
    "The answer is (B) Rabat.",
    "Answer: [3, 1, 2]",
    "<think>so 1,000</think>\nAnswer: {a, b}",
    "Answer: 2 and 2 and 3, not 4",
    "I do not know.",
    "Answer: 4\u00bd \u2248 4.5",
)


@dataclass(frozen=True, slots=True)
class Target:
    """A reader of input.

    prepare: writes what the reader needs into an empty folder, and gives valid inputs. read: reads one input there; it
    may raise a SkillprobeError and nothing else. share: its inputs, in proportion to those of others.
    """

    name: str
    prepare: Callable[[Path], list[bytes]]
    read: Callable[[bytes, Path], None]
    share: float = 1.0


def _model(*seeds: object) -> Callable[[Path], list[bytes]]:
    def prepare(folder: Path) -> list[bytes]:
        write_model(folder)
        return [seed if isinstance(seed, bytes) else json.dumps(seed).encode() for seed in seeds]

    return prepare


def _config(data: bytes, folder: Path) -> None:
    (folder / "config.json").write_bytes(data)
    weights = open_weights(folder)
    ModelTensors.of(weights)
    config = read_config(folder)
    architecture(config), layer_count(config)
    check_sizes(config, weights, folder / "config.json")
    identity(folder)


def _generation(data: bytes, folder: Path) -> None:
    (folder / "generation_config.json").write_bytes(data)
    stated_sampling(folder)
    identity(folder)


def _header(data: bytes, folder: Path) -> None:
    content = len(data).to_bytes(8, "little") + data + bytes(64)
    (folder / "model.safetensors").write_bytes(content)
    all_written(folder)
    ModelTensors.of(open_weights(folder))


def _index(data: bytes, folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_bytes(data)
    all_written(folder)
    open_weights(folder)


def _prepare_index(folder: Path) -> list[bytes]:
    write_model(folder)
    (folder / "model.safetensors").rename(folder / "model-1.safetensors")
    return [json.dumps(INDEX).encode()]


def _adapter(data: bytes, folder: Path) -> None:
    adapter = folder / "adapter"
    (adapter / "adapter_config.json").write_bytes(data)
    files = ModelFiles.of(adapter, ModelFiles.of(folder))
    adapter_config(files)
    base_of(adapter)
    read_update(open_weights(folder), open_weights(files))


def _prepare_adapter(folder: Path) -> list[bytes]:
    write_model(folder)
    (folder / "adapter").mkdir()
    names = [f"base_model.model.model.layers.0.self_attn.q_proj.lora_{part}.weight" for part in "AB"]
    shapes = {names[0]: [2, 4], names[1]: [4, 2]}
    (folder / "adapter" / "adapter_model.safetensors").write_bytes(header(shapes))
    return [json.dumps(each).encode() for each in ADAPTER]


def _tokenizer(data: bytes, folder: Path) -> None:
    other = folder / "other"
    other.mkdir(exist_ok=True)
    for name in ("tokenizer.json", "vocab.json", "tokenizer_config.json"):
        (folder / name).write_bytes(data)
    files = ModelFiles.of(folder)
    token_ids(files)
    two_vocabularies(files, ModelFiles.of(other))
    has_template(files)
    identity(folder)


def _loaded(data: bytes, folder: Path) -> None:
    (folder / "tokenizer.json").write_bytes(data)
    tokenizer = load_tokenizer(folder)
    Renderer(tokenizer, PromptFormat(own=False, template="{{ messages[0].content }}")).text(
        [{"role": "user", "content": "What is 1 + 2?"}]
    )


def _template(data: bytes, folder: Path) -> None:
    form = PromptFormat(own=False, template=data.decode("utf-8", "replace"), thinking=True)
    renderer = Renderer(load_tokenizer(folder), form)
    renderer.text([{"role": "user", "content": "What is 1 + 2?"}])
    assert renderer.thinking


def _run(data: bytes, folder: Path) -> None:
    """Whatever a trainer leaves: its state, marks, references, cards."""
    run = folder / "run"
    for place in ("checkpoint-3", "global_step_2/actor", "skillprobe_ready", "refs"):
        (run / place).mkdir(parents=True, exist_ok=True)
    for place in ("checkpoint-3/trainer_state.json", "trainer_state.json", "latest_checkpointed_iteration.txt",
                  "global_step_2/actor/fsdp_config.json", "skillprobe_ready/3.json", "README.md", "config.json",
                  "adapter_config.json"):  # fmt: skip
        (run / place).write_bytes(data)
    recognise_run(run)
    for candidate in discover(run, "m", "sft"):
        training_record(candidate.checkpoint)


def _shards(data: bytes, folder: Path) -> None:
    (folder / ".metadata").write_bytes(data)
    missing_shard(folder)
    index_of(folder)


def _items(data: bytes, folder: Path) -> None:
    file = folder / "items.jsonl"
    file.write_bytes(data)
    for options, kind in ((None, AnswerType.TEXT), (None, AnswerType.INTEGER), ("options", AnswerType.CHOICE)):
        columns = Columns(options=options, level="level", template="template")
        list(
            read_file(file, name="mine", skill=Skill.CALCULATION, domain=Domain.MATH, answer_type=kind, columns=columns)
        )


def _settings(data: bytes, folder: Path) -> None:
    if b"plugins" not in data:  # which are modules to import
        parsed_settings(data, folder / "skillprobe.toml")


def _completion(data: bytes, _: Path) -> None:
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    for key in _KEYS:
        judge_answer(key, text)


_ITEM = {"prompt": "What is 1 + 1?", "answer": "2", "options": ["2", "3"], "level": 1, "template": "t"}
_ITEMS = [json.dumps(_ITEM).encode(), b"\n".join([json.dumps(_ITEM).encode()] * 3)]

TARGETS: Mapping[str, Target] = {
    target.name: target
    for target in (
        Target("config", _model(CONFIG), _config),
        Target("generation", _model(*GENERATION), _generation),
        Target("header", _model(json.loads(header({"model.embed_tokens.weight": [4, 4]})[8:-64])), _header),
        Target("index", _prepare_index, _index),
        Target("adapter", _prepare_adapter, _adapter, share=0.3),
        Target("tokenizer", _model(TOKENIZER, {"chat_template": "x", "a": 1}), _tokenizer),
        Target("loading", _model(TOKENIZER), _loaded, share=0.05),
        Target("template", _model(*map(str.encode, TEMPLATES)), _template, share=0.1),
        Target(
            "run", lambda _: [json.dumps(each).encode() for each in STATE] + [b"3", b"---\nbase_model: x/y\n---"], _run
        ),
        Target("shards", lambda _: metadata(), _shards),
        Target("items", lambda _: list(_ITEMS), _items),
        Target("settings", lambda _: [each.encode() for each in SETTINGS], _settings),
        Target("completions", lambda _: [each.encode() for each in _COMPLETIONS], _completion),
    )
}
