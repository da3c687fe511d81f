"""Measure the scores of models on the benchmark; benchmark.json keeps them, docs/benchmark.md shows them.

    python docs/figures/benchmark_scores.py --model DIR --name NAME [--plain] [--shots N] [--work DIR]

Evaluates a model on an item set through the product's own stages and adds its scores to docs/figures/benchmark.json.
With `--work` the completions stay in that folder: an interrupted measurement continues where it stopped, and after a
change of the checking nothing is generated again.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from skillprobe_core.benchmark.item_schema import Domain, Skill
from skillprobe_core.benchmark.item_set import build_item_set
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.engine.digest import digest_of
from skillprobe_core.progress import progress

SCORES = Path(__file__).with_name("benchmark.json")
Run = dict[str, Any]

HOW = """Greedy, bf16 (the demo's base on the present kinds: float32), evaluation split, {items} items of every kind and
level, at most {tokens} new tokens; 95 % Wilson intervals.
`chance` is the accuracy of the best blind guess. `cut off` is the share of completions that reached the
token limit without a final answer. A model that writes long solutions therefore scores below its ability, and possibly
below chance. Few-shot examples are worked references of the same kind and level from the training split. Gemma 3 270M
is not tuned to follow instructions: it has no chat template, and without examples it repeats itself up to the limit.
Only the demo's base was measured on the present kinds. The other models, and the base trained on single cells, were
measured on version 1 of the kinds, before their questions were reworded and four of them replaced, with the judge of
that time, for which a cut completion without an answer was `unparsed`."""
FALLING = """### Harder levels are harder

Number of kinds whose accuracy fell from the first measured level to the last, rose, or stayed the same. Most of those
that stayed the same were at 0."""
LEARNED = """### Every cell can be learned

Level 1. `best` is the best of the models above. If no model's interval is above chance, the demo's base was trained
for some minutes on the training split of that cell alone (`python -m tools.base_model.pretrain --cell SKILL/DOMAIN
--model skillprobe_core/demo/base_model --minutes {minutes} ...`) and evaluated again: a cell that can be learned
measures something."""
MINUTES = 8


def measure(options: argparse.Namespace, work: Path) -> None:
    """Score a checkpoint folder (greedy); keep its rows of `skill_scores`, and each kind's count by level."""
    import torch

    from skillprobe_core.benchmark.few_shot_examples import with_examples
    from skillprobe_core.measurements.generations.chunk_log import ChunkLog
    from skillprobe_core.measurements.generations.generate_rows import generate, requests_for
    from skillprobe_core.measurements.skill_scores.skill_scores import skill_scores
    from skillprobe_core.measurements.verdicts.judge_generations import verdicts
    from skillprobe_core.models.backend import SamplingSettings
    from skillprobe_core.models.backends import open_backend
    from skillprobe_core.models.prompts import few_shot_stop
    from skillprobe_core.runs.checkpoint import Checkpoint

    kinds = [kind for kind in KINDS if options.cell in (None, f"{kind.skill}/{kind.domain}")]
    items = build_item_set(kinds, levels=options.levels, per_level=options.per_level)
    backend = open_backend(options.model, "transformers", dtype=getattr(torch, options.dtype))
    if options.plain:
        backend.tokenizer.chat_template = None
    sampling = SamplingSettings(max_new_tokens=options.max_new_tokens)
    sampling = replace(sampling, stop=(*sampling.stop, *few_shot_stop(backend.tokenizer, options.shots)))
    asked = with_examples(items, options.shots) if options.shots else items
    requests = requests_for(asked, backend.tokenizer, sampling)
    with progress(f"evaluating {options.name}", len(requests)) as shown:
        rows = generate(
            backend,
            requests,
            sampling,
            checkpoint=Checkpoint.in_folder("measured", 0, options.model, "base"),
            item_set=items["item_set"][0],
            chunk_log=ChunkLog(work, digest_of(options.name, backend.name, sampling.row_canonical())[:16]),
            progress=shown,
        )
    backend.close()
    judged = verdicts(rows, items)
    scores = skill_scores(judged, items, rows).drop("model", "step", "item_set", "samples", "pass_at_k", "timeout_rate")
    right = pl.col("verdict") == "correct"
    by_kind = judged.join(items, on=["item_set", "item_id"]).group_by("kind", "level").agg(right.sum(), pl.len())
    kept = json.loads(SCORES.read_text()) if SCORES.exists() else {}
    kept[options.name] = {
        "per_level": options.per_level,
        "levels": options.levels,
        "max_new_tokens": options.max_new_tokens,
        "cell": options.cell,
        "item_set": items["item_set"][0],
        "kinds": [list(row) for row in by_kind.sort("kind", "level").iter_rows()],
        "scores": scores.with_columns(pl.col(pl.Float64).round(4)).to_dicts(),
    }
    runs = (f"{json.dumps(name)}: {json.dumps(run)}" for name, run in kept.items())
    SCORES.write_text("{\n" + ",\n".join(runs) + "\n}\n")


def scores_part() -> list[str]:
    """Show every measured model: by level, first against last level, the best per cell, and every cell."""
    kept: dict[str, Run] = json.loads(SCORES.read_text()) if SCORES.exists() else {}
    whole = {name: run for name, run in kept.items() if run["cell"] is None}
    if not whole:
        return []
    out = ["## What small models score", "", _how(whole), "", *_by_level(whole), "", *_falling(whole), ""]
    out += _cells(whole, {run["cell"]: run for run in kept.values() if run["cell"]})
    for name, run in whole.items():
        out += ["", f"### {name}, by cell", "", *_table(run)]
    return out


def _how(runs: dict[str, Run]) -> str:
    items, tokens = (
        " or ".join(map(str, sorted({run[name] for run in runs.values()}))) for name in ("per_level", "max_new_tokens")
    )
    return HOW.format(items=items, tokens=tokens)


def _by_level(runs: dict[str, Run]) -> Iterator[str]:
    yield "| model | level | items | accuracy | unparsed | cut off | chance |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, run in runs.items():
        for row in _rows(run, "all", "all"):
            shares = " | ".join(f"{row[key]:.2f}" for key in ("unparsed_rate", "truncated_rate", "chance"))
            yield f"| {name} | {row['level'] or 'all'} | {row['items']} | {_interval(row)} | {shares} |"


def _falling(runs: dict[str, Run]) -> Iterator[str]:
    """Count the kinds that are harder at the last measured level than at the first."""
    yield FALLING
    yield ""
    yield "| model | from level | to level | fell | rose | same |"
    yield "|---|---|---|---|---|---|"
    for name, run in runs.items():
        first, last = min(run["levels"]), max(run["levels"])
        share = {(kind, level): right / asked for kind, level, right, asked in run["kinds"]}
        kinds = sorted({kind for kind, _ in share})
        changes = [share[kind, last] - share[kind, first] for kind in kinds]
        fell, rose = sum(change < 0 for change in changes), sum(change > 0 for change in changes)
        yield f"| {name} | {first} | {last} | {fell} | {rose} | {len(kinds) - fell - rose} |"


def _cells(whole: dict[str, Run], tuned: dict[str, Run]) -> Iterator[str]:
    """Compare the best model with guessing at level 1 of every cell."""
    yield LEARNED.format(minutes=MINUTES)
    yield ""
    yield "| skill | domain | chance | best | model | trained on this cell |"
    yield "|---|---|---|---|---|---|"
    for skill in Skill:
        for domain in Domain:
            found = {name: row for name, run in whole.items() for row in _rows(run, skill, domain) if row["level"] == 1}
            name, best = max(found.items(), key=lambda entry: entry[1]["accuracy_low"])
            trained = tuned.get(f"{skill}/{domain}")
            more = _interval(_rows(trained, skill, domain, level=1)[0]) if trained else ""
            yield f"| {skill} | {domain} | {best['chance']:.2f} | {_interval(best)} | {name} | {more} |"


def _table(run: Run) -> Iterator[str]:
    levels = run["levels"]
    yield f"| skill | domain | {' | '.join(f'level {level}' for level in levels)} |"
    yield "|---|---|" + "---|" * len(levels)
    for skill in Skill:
        for domain in (*Domain, "all"):
            rows = {row["level"]: row for row in _rows(run, skill, domain)}
            cells = (
                f"{_interval(row)}, {row['unparsed_rate']:.2f} unparsed, chance {row['chance']:.2f}"
                for row in (rows[level] for level in levels)
            )
            yield f"| {skill} | {domain} | {' | '.join(cells)} |"


def _rows(run: Run, skill: str, domain: str, level: int | None = None) -> list[dict[str, Any]]:
    """The run's scores of a cell, or of a subtotal, by level."""
    found = [row for row in run["scores"] if (row["skill"], row["domain"]) == (str(skill), str(domain))]
    return sorted((row for row in found if level in (None, row["level"])), key=lambda row: row["level"])


def _interval(row: dict[str, Any]) -> str:
    return f"{row['accuracy']:.2f} [{row['accuracy_low']:.2f}, {row['accuracy_high']:.2f}]"


def main() -> None:
    """Measure one model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--plain", action="store_true", help="without the tokenizer's chat template")
    parser.add_argument("--shots", type=int, default=0)
    parser.add_argument("--levels", type=int, nargs="+", default=[1, 3, 5])
    parser.add_argument("--per-level", type=int, default=4)
    parser.add_argument("--max-new-tokens", type=int, default=128)
    parser.add_argument("--dtype", choices=("bfloat16", "float32"), default="bfloat16")
    parser.add_argument("--cell", help="SKILL/DOMAIN: only the kinds of this cell")
    parser.add_argument("--work", type=Path, help="folder for the completions (default: temporary)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        measure(options, options.work or Path(work))


if __name__ == "__main__":
    main()
