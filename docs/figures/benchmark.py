"""Writes docs/benchmark.md: what real models score per cell and level, and one example of every kind and level.

    python docs/figures/benchmark.py measure --model DIR --name NAME [--plain] [--shots N]
    python docs/figures/benchmark.py write

`measure` asks a model an item set through the product's own stages and adds its scores to docs/figures/benchmark.json;
`write` makes the page from that file and from the kinds.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import polars as pl

from skillprobe_core.items.baselines import chance_of
from skillprobe_core.items.itemset import build_item_set
from skillprobe_core.items.registry import KINDS
from skillprobe_core.items.schema import Domain, Kind, Skill, Split
from skillprobe_core.items.sources import SOURCES
from skillprobe_core.items.sources.mmlu import CELLS
from skillprobe_core.items.splits import draw
from skillprobe_core.scoring.battery.checks import overlap

SCORES = Path(__file__).with_name("benchmark.json")
PAGE = Path(__file__).parents[1] / "benchmark.md"
LEVELS = (1, 3, 5)
LONGEST = 700


def measure(folder: Path, name: str, *, plain: bool, shots: int, per_level: int, max_new_tokens: int) -> None:
    """Score a checkpoint folder (greedy, bf16) on the levels of the page and keep its rows of `skill_scores`."""
    import torch

    from skillprobe_core.checkpoints.checkpoint import Checkpoint
    from skillprobe_core.inference.backends import open_backend
    from skillprobe_core.inference.chunk_log import ChunkLog
    from skillprobe_core.inference.generate import generate, requests_for
    from skillprobe_core.inference.prompts import few_shot_stop
    from skillprobe_core.inference.protocol import SamplingSettings
    from skillprobe_core.items.examples import with_examples
    from skillprobe_core.scoring.skill_scores import skill_scores
    from skillprobe_core.scoring.verdicts import verdicts

    items = build_item_set(KINDS, levels=LEVELS, per_level=per_level)
    backend = open_backend(folder, "transformers", dtype=torch.bfloat16)
    if plain:
        backend.tokenizer.chat_template = None
    sampling = SamplingSettings(max_new_tokens=max_new_tokens)
    sampling = replace(sampling, stop=few_shot_stop(backend.tokenizer, shots))
    requests = requests_for(with_examples(items, shots) if shots else items, backend.tokenizer, sampling)
    with tempfile.TemporaryDirectory() as work:
        rows = generate(
            backend,
            requests,
            sampling,
            checkpoint=Checkpoint("measured", 0, folder, "base"),
            item_set=items["item_set"][0],
            chunk_log=ChunkLog(Path(work), "scores"),
        )
    backend.close()
    scores = skill_scores(verdicts(rows, items), items, rows)
    kept = json.loads(SCORES.read_text()) if SCORES.exists() else {}
    kept[name] = {"per_level": per_level, "max_new_tokens": max_new_tokens, "item_set": items["item_set"][0]}
    kept[name]["scores"] = scores.drop("model", "step", "item_set").to_dicts()
    SCORES.write_text(json.dumps(kept, indent=1) + "\n")


def scores_part() -> list[str]:
    """Accuracy of each measured model: by level over all, then by cell and level."""
    kept = json.loads(SCORES.read_text()) if SCORES.exists() else {}
    out: list[str] = []
    if not kept:
        return out
    first = next(iter(kept.values()))
    out += [
        "## What small real models score",
        "",
        f"Greedy, bf16, at most {first['max_new_tokens']} new tokens, {first['per_level']} items of every kind at "
        f"levels {', '.join(map(str, LEVELS))} of the evaluation split: {first['per_level'] * 3} items a cell and "
        "level, so the 95 % Wilson intervals are wide. `chance` is the accuracy of the best blind guess.",
        "`cut off` is the share of completions that reached the token limit: they had no final answer yet, so a model",
        "that works at length scores below what it could, and a model may score below chance.",
        "",
        "| model | level | items | accuracy | strict | unparsed | cut off | chance |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, run in kept.items():
        frame = pl.DataFrame(run["scores"])
        for row in frame.filter(skill="all", domain="all").sort("level").iter_rows(named=True):
            level = row["level"] or "all"
            out.append(
                f"| {name} | {level} | {row['items']} | {_interval(row)} | {row['strict_accuracy']:.2f} "
                f"| {row['unparsed_rate']:.2f} | {row['truncated_rate']:.2f} | {row['chance']:.2f} |"
            )
    for name, run in kept.items():
        frame = pl.DataFrame(run["scores"])
        out += [
            "",
            f"### {name}, by cell",
            "",
            f"| skill | domain | chance | {' | '.join(f'level {n}' for n in LEVELS)} |",
        ]
        out += ["|---|---|---|" + "---|" * len(LEVELS)]
        for skill in Skill:
            for domain in (*Domain, "all"):
                rows = {
                    row["level"]: row
                    for row in frame.filter(skill=str(skill), domain=str(domain)).iter_rows(named=True)
                }
                cells = " | ".join(
                    f"{_interval(rows[level])}, {rows[level]['unparsed_rate']:.2f} unparsed" for level in LEVELS
                )
                out.append(f"| {skill} | {domain} | {rows[0]['chance']:.2f} | {cells} |")
    return out


def _interval(row: dict[str, float]) -> str:
    return f"{row['accuracy']:.2f} [{row['accuracy_low']:.2f}, {row['accuracy_high']:.2f}]"


def kinds_part() -> list[str]:
    """Every kind with what it asks for and the accuracy of the best blind guess at levels 1 and 5."""
    out = ["## The kinds", "", "| skill | domain | kind | answers | blind guess at 1 / 5 | seeds share | asks |"]
    out += ["|---|---|---|---|---|---|---|"]
    for kind in sorted(KINDS, key=_cell):
        about = (__import__(kind.draft.__module__, fromlist=["x"]).__doc__ or "").strip().split("\n\n")[0]
        guesses = " / ".join(f"{chance_of(kind, level):.2f}" for level in (1, 5))
        across, _ = overlap(kind, 1, 200)
        out.append(
            f"| {kind.skill} | {kind.domain} | `{kind.name}` | {kind.answer_type} | {guesses} | {across / 200:.3f} "
            f"| {' '.join(about.split())} |"
        )
    return [*out, "", OVERLAP]


OVERLAP = """`seeds share` is how many of another seed's 200 level-1 training questions are the same as an item, on
average: what the size of the space makes unavoidable. Splits share none at any level: a prompt's hash decides its one
split."""


def sources_part() -> list[str]:
    """The public data sets that can be imported."""
    out = [
        "## Public data",
        "",
        "`skillprobe items import NAME` fetches them; nothing of them is in this repository.",
        "",
    ]
    out += ["| source | what | licence |", "|---|---|---|"]
    out += [f"| `{source.name}` | {source.about} | {source.licence} |" for source in SOURCES]
    out += ["", "MMLU's subjects by cell:", "", "| skill | domain | subjects |", "|---|---|---|"]
    out += [f"| {skill} | {domain} | {', '.join(subjects)} |" for (skill, domain), subjects in CELLS.items()]
    return out


def gallery_part() -> list[str]:
    """One example of every kind and level, with its answer."""
    out = ["## Gallery", "", "The first item of the validation split of every kind and level."]
    for kind in sorted(KINDS, key=_cell):
        out += ["", f"### {kind.skill} / {kind.domain}: `{kind.name}`"]
        for level in kind.levels:
            item = draw(kind, level, Split.VALIDATION, 0, 0)
            if item is not None:
                prompt = item.prompt if len(item.prompt) <= LONGEST else f"{item.prompt[:LONGEST]} ..."
                answer = item.answer if len(item.answer) <= LONGEST else f"{item.answer[:LONGEST]} ..."
                out += ["", f"Level {level}", "", *(f"    {line}".rstrip() for line in prompt.splitlines())]
                out += ["", f"    Answer: {answer}"]
    return out


def _cell(kind: Kind) -> tuple[int, int, str]:
    return list(Skill).index(kind.skill), list(Domain).index(kind.domain), kind.name


def intro_part() -> list[str]:
    """What the page is."""
    cells = Counter((kind.skill, kind.domain) for kind in KINDS)
    return [
        "# The benchmark",
        "",
        f"{len(KINDS)} procedural kinds in {len(cells)} cells (5 skills, 4 domains), {min(cells.values())} or more a",
        "cell, levels 1 to 5. This page is made by `python docs/figures/benchmark.py write`; do not edit it by hand.",
        "",
        "Every kind passes one battery (`skillprobe items check MODULE` runs it on kinds of your own): the right",
        "answer is correct in ten surface forms, corrupted ones are wrong, draws are the same bytes in every process,",
        "no prompt is in two splits, no blind guess does well, levels climb. A kind's file says why it needs its skill",
        "and hardly the others.",
    ]


def main() -> None:
    """Measure a model, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=("measure", "write"))
    parser.add_argument("--model", type=Path)
    parser.add_argument("--name")
    parser.add_argument("--plain", action="store_true", help="without the tokenizer's chat template")
    parser.add_argument("--shots", type=int, default=0)
    parser.add_argument("--per-level", type=int, default=2)
    parser.add_argument("--max-new-tokens", type=int, default=64)
    given = parser.parse_args()
    if given.task == "measure":
        measure(
            given.model,
            given.name,
            plain=given.plain,
            shots=given.shots,
            per_level=given.per_level,
            max_new_tokens=given.max_new_tokens,
        )
        return
    parts = (intro_part, kinds_part, scores_part, sources_part, gallery_part)
    PAGE.write_text("\n\n".join("\n".join(lines) for lines in (part() for part in parts) if lines) + "\n")


if __name__ == "__main__":
    main()
