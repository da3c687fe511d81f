"""Thinking models from prompt to score: written streams in the formats of several families, and a model that thinks."""

from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

import polars as pl
import pytest
import torch
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

from skillprobe_core.benchmark.item_set import build_item_set
from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.measurements.generations.chunk_log import ChunkLog
from skillprobe_core.measurements.generations.generate_rows import generate, requests_for
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.measurements.verdicts.judge_generations import verdicts
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.models.backend import Completion, Request, SamplingSettings
from skillprobe_core.models.model_settings import ComputeSettings, PromptSettings
from skillprobe_core.models.prompt_format import PromptFormat
from skillprobe_core.models.prompts import encode_prompts
from skillprobe_core.models.reasoning_markers import markers_for
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_tables
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.checkpoint import Checkpoint
from skillprobe_core.show.report.prompt_notes import warnings_for
from tests.conftest import write_tiny_checkpoint
from tests.models.conftest import build_tokenizer

MAGISTRAL = "{% for m in messages %}[INST]{{ m['content'] }}[/INST]{% endfor %}{# [THINK] and [/THINK] #}"
# The template, what the model writes before and after its reasoning, and the tokens that the family adds.
FAMILIES = {
    "qwen3": ("qwen3", "<think>\n", "\n</think>\n\n", ["<think>", "</think>"]),
    "qwen3.5": ("qwen3_5_think", "", "\n</think>\n\n", ["<think>", "</think>"]),
    "deepseek-r1": ("deepseek_r1_distill", "", "\n</think>\n\n", ["<｜User｜>", "<｜Assistant｜>"]),
    "nemotron": ("nemotron_3_nano", "", "</think>", ["<think>", "</think>"]),
    "gpt-oss": (
        "gptoss",
        "<|channel|>analysis<|message|>",
        "<|end|><|start|>assistant<|channel|>final<|message|>",
        ["<|start|>", "<|end|>", "<|message|>", "<|channel|>"],
    ),
    "gemma-4": ("gemma4_v5", "<|channel>thought\n", "<channel|>", ["<|channel>", "<channel|>", "<|turn>", "<turn|>"]),
    "magistral": (MAGISTRAL, "[THINK]", "[/THINK]", ["[THINK]", "[/THINK]", "[INST]", "[/INST]"]),
}
LOOP = "abcdefghijklmnopqrstuvwxyz" * 12
CASES = ("finished", "twice", "cut", "thinking", "ended_inside", "looped")


def template_of(name: str) -> str:
    if name == MAGISTRAL:
        return MAGISTRAL
    return (resources.files("trl") / "chat_templates" / f"{name}.jinja").read_text(encoding="utf-8")


class Scripted:
    """A backend that writes given texts, token by token, with an end token where they end."""

    name, dtype, positions = "scripted", "float32", None

    def __init__(self, tokenizer: PreTrainedTokenizerFast, texts: dict[str, tuple[str, bool]]) -> None:
        self.tokenizer, self.texts = tokenizer, texts

    def complete(self, requests: Sequence[Request], settings: SamplingSettings) -> Iterator[Completion]:
        from skillprobe_core.models.completion_text import completion_text, finish_reason

        for each in requests:
            written, ended = self.texts[each.item_id]
            ids = self.tokenizer(written, add_special_tokens=False)["input_ids"]
            text, cut = completion_text(self.tokenizer, ids, settings)
            ids += [self.tokenizer.eos_token_id] if ended else []
            yield Completion(each.item_id, each.sample, tuple(ids), text, finish_reason(ended, cut))

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("family", FAMILIES)
def test_only_what_follows_the_reasoning_is_judged(family: str, tmp_path: Path) -> None:
    name, opening, closing, tokens = FAMILIES[family]
    template, tokenizer = template_of(name), build_tokenizer()
    tokenizer.add_special_tokens({"extra_special_tokens": tokens})
    form = PromptFormat(own=False, template=template, thinking=True)
    markers = markers_for(tokenizer.get_vocab(), template, SamplingSettings().reasoning)
    settings = SamplingSettings(reasoning=markers).for_thinking
    items = build_item_set([kind for kind in KINDS if kind.name == "column_sum"], levels=(1,), per_level=6)
    texts, case_of = {}, {}
    for case, item_id, answer in zip(CASES, items["item_id"], items["answer"], strict=True):
        case_of[item_id] = case
        wrong, right = f"Maybe it is {int(answer) + 1}.\nAnswer: {int(answer) + 1}\n", f"Answer: {answer}"
        again = f"Wait.{opening or '<think>'}Now.{closing}"
        texts[item_id] = {
            "finished": (f"{opening}{wrong}{closing}{right}", True),
            "twice": (f"{opening}{wrong}{closing}{again}{right}", True),
            "cut": (f"{opening}{wrong}{closing}First,", False),
            "thinking": (f"{opening}{wrong}", False),
            "ended_inside": (f"{opening}{wrong}", True),
            "looped": (f"{opening}{wrong}{LOOP}{closing}{right}", True),
        }[case]
    frame = generate(
        Scripted(tokenizer, texts),
        requests_for(items, tokenizer, settings, form),
        settings,
        checkpoint=Checkpoint.in_folder("m", 1, tmp_path, "sft"),
        item_set=str(items["item_set"][0]),
        chunk_log=ChunkLog(tmp_path / "log", "v"),
    )
    judged = verdicts(frame, items).join(frame.select("item_id", "completion", "finish_reason"), on="item_id")
    found = {case_of[row["item_id"]]: row for row in judged.rows(named=True)}
    endings = {case: (row["verdict"], row["ending"]) for case, row in found.items()}
    assert endings == {
        "finished": ("correct", "ended"),
        "twice": ("correct", "ended"),
        "cut": ("truncated", "cut"),
        "thinking": ("truncated", "thinking"),
        "ended_inside": ("truncated", "thinking"),
        "looped": ("truncated", "looped"),
    }
    assert found["finished"]["completion"].strip().startswith("Answer: ")
    assert found["looped"]["finish_reason"] == "loop"


THINK_TEMPLATE = (
    "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant: "
    "{{ '<think>\n' if enable_thinking is not defined or enable_thinking else '<think>\n\n</think>\n' }}"
)


@pytest.mark.slow
def test_a_model_that_was_trained_to_think_and_to_stop(tiny_base: Path, tmp_path: Path) -> None:
    """A few seconds of training: it thinks in the space that the template opens, closes it, answers and stops."""
    checkpoint = write_tiny_checkpoint(tmp_path / "run", tiny_base, 10)
    (checkpoint / "chat_template.jinja").write_text(THINK_TEMPLATE)
    settings = Settings(
        items=ItemSettings(levels=(1,), per_level=8, kinds=("column_sum",)),
        prompts=PromptSettings(thinking=True),
        sampling=SamplingSettings(max_new_tokens=120).for_thinking,
        compute=ComputeSettings(backend="transformers", device="cpu", dtype="float32"),
    )
    base = Checkpoint.in_folder("thinker", 0, tiny_base, "base")
    tuned = Checkpoint.in_folder("thinker", 10, checkpoint, "sft")

    def probe() -> Probe:
        return Probe(tuned, base, Project(settings, Store(tmp_path / "store")))

    train_to_think(checkpoint, probe().items, PromptFormat(own=False, template=THINK_TEMPLATE, thinking=True))
    one = probe()
    run_tables(one, (CHECKPOINTS, GENERATIONS, VERDICTS, SKILL_SCORES))
    rows = one.stored(GENERATIONS)
    assert (rows["finish_reason"] == "stop").mean() > 0.8
    finished = rows.filter(finish_reason="stop")
    assert finished["reasoning"].str.ends_with("</think>").all()
    assert not finished["completion"].str.contains("think").any()
    scores = one.stored(SKILL_SCORES).filter(skill="all", domain="all", level=0).row(0, named=True)
    assert scores["finished_accuracy"] > 0.5
    assert scores["accuracy_unfinished_wrong"] <= scores["accuracy"] <= scores["accuracy_unfinished_right"]
    untrained = one.of_base.stored(SKILL_SCORES).filter(skill="all", domain="all", level=0).row(0, named=True)
    assert untrained["finished_rate"] < 0.2
    warnings = warnings_for(one.store, one.protocol.digest, [("thinker", 0), ("thinker", 10)])
    assert [line for line in warnings if "unfinished completions differ by more than noise" in line]
    assert not [line for line in warnings if "thinking is not turned on" in line]


def train_to_think(folder: Path, items: pl.DataFrame, form: PromptFormat) -> None:
    """Teach the model of a folder to think briefly, and then to give the answer of each item and stop."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    prompts = encode_prompts(tokenizer, items, form)
    rows = []
    for item_id, answer in items.select("item_id", "answer").iter_rows():
        written = tokenizer(f"so {answer}\n</think>\nAnswer: {answer}", add_special_tokens=False)["input_ids"]
        rows.append((list(prompts[item_id].ids), [*written, tokenizer.eos_token_id]))
    width = max(len(prompt) + len(answer) for prompt, answer in rows)
    ids = torch.full((len(rows), width), tokenizer.pad_token_id)
    labels = torch.full((len(rows), width), -100)
    for row, (prompt, answer) in enumerate(rows):
        ids[row, : len(prompt) + len(answer)] = torch.tensor([*prompt, *answer])
        labels[row, len(prompt) : len(prompt) + len(answer)] = torch.tensor(answer)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    torch.manual_seed(0)
    for _ in range(600):
        loss = model(input_ids=ids, labels=labels).loss
        if float(loss.detach()) < 0.01:
            break
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.save_pretrained(folder)
