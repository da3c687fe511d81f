"""Write docs/benchmark.md: the kinds, the scores of models per cell and level, one example of every kind and level.

    python docs/figures/benchmark.py

Scores come from docs/figures/benchmark.json, which benchmark_scores.py measures; everything else from the kinds.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from benchmark_scores import scores_part

from skillprobe_core.benchmark.baselines import chance_of
from skillprobe_core.benchmark.battery.battery_checks import overlap
from skillprobe_core.benchmark.item_schema import Domain, Kind, Skill, Split
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.benchmark.ladder import ERROR_RATE, FAILS, LADDER, solver_accuracy, steps_of
from skillprobe_core.benchmark.sources import SOURCES
from skillprobe_core.benchmark.sources.mmlu import CELLS
from skillprobe_core.benchmark.splits import draw

PAGE = Path(__file__).parents[1] / "benchmark.md"
LONGEST = 700


def kinds_part() -> list[str]:
    """List every kind with its task and the accuracy of the best blind guess at levels 1 and 5."""
    out = ["## The kinds", "", "| skill | domain | kind | answers | blind guess at 1 / 5 | seeds share | task |"]
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


def ladder_part() -> list[str]:
    """List how far each kind's levels go and what grows."""
    out = [
        "## Levels without a ceiling",
        "",
        "Levels 1 to 5 are exercises. From level 6 on a kind asks for more of the same: its elementary steps at least",
        f"double from level to level, until a solver who errs once in {1 / ERROR_RATE:,.0f} steps and never notices is",
        f"right in fewer than {FAILS:.0%} of the items. A step is done in one look: a column of an addition, a move, a",
        "case, a checked line. So any model has levels at which it can rise and fall. Facts have no steps; they only",
        "get rarer.",
        "",
        "| kind | top level | steps at 5 / top | that solver at 5 / top | question at the top | grows |",
        "|---|---|---|---|---|---|",
    ]
    for kind in sorted(KINDS, key=_cell):
        top = kind.levels[-1]
        low, high = (steps_of(kind, level, 20) for level in (5, top))
        prompts = [item.prompt for index in range(5) if (item := draw(kind, top, Split.VALIDATION, 0, index))]
        length = sum(map(len, prompts)) / len(prompts)
        means = f"{sum(low) / 20:,.0f} / {sum(high) / 20:,.0f}" if sum(high) else "–"
        solver = f"{solver_accuracy(low):.2f} / {solver_accuracy(high):.2f}" if sum(high) else "–"
        out.append(f"| `{kind.name}` | {top} | {means} | {solver} | {length:,.0f} characters | {kind.grows} |")
    return out


OVERLAP = """`seeds share` is the average number of another seed's 200 level-1 training questions that equal a given
item. The size of the space makes it unavoidable. Splits share no question at any level, because a prompt's hash decides
its split."""


def sources_part() -> list[str]:
    """List the public data sets that can be imported."""
    out = [
        "## Public data",
        "",
        "`skillprobe items import NAME` fetches them; none of their content is in this repository.",
        "",
    ]
    out += ["| source | content | licence |", "|---|---|---|"]
    out += [f"| `{source.name}` | {source.about} | {source.licence} |" for source in SOURCES]
    out += ["", "MMLU's subjects by cell:", "", "| skill | domain | subjects |", "|---|---|---|"]
    out += [f"| {skill} | {domain} | {', '.join(subjects)} |" for (skill, domain), subjects in CELLS.items()]
    return out


def gallery_part() -> list[str]:
    """Show one example of every kind and level, with its answer."""
    out = ["## Gallery", "", f"The first item of the validation split of every kind, at levels 1 to {LADDER}."]
    for kind in sorted(KINDS, key=_cell):
        out += ["", f"### {kind.skill} / {kind.domain}: `{kind.name}`"]
        for level in kind.levels[:LADDER]:
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
    """Introduce the page."""
    cells = Counter((kind.skill, kind.domain) for kind in KINDS)
    return [
        "# The benchmark",
        "",
        f"{len(KINDS)} procedural kinds in {len(cells)} cells (5 skills, 4 domains), {min(cells.values())} or more per",
        "cell, at levels 1 to 5 and beyond. `python docs/figures/benchmark.py` writes this page; do not edit it.",
        "",
        "Every kind passes one battery of checks (`skillprobe items check MODULE` runs it on kinds of your own). The",
        "right answer is accepted in ten surface forms, and corrupted answers are rejected. Draws are the same bytes",
        "in every process. No prompt is in two splits. No blind guess does well. Higher levels are harder. A kind's",
        "docstring states why it needs its skill and hardly the others.",
    ]


def main() -> None:
    """Write the page."""
    parts = (intro_part, kinds_part, ladder_part, scores_part, sources_part, gallery_part)
    PAGE.write_text("\n\n".join("\n".join(lines) for lines in (part() for part in parts) if lines) + "\n")


if __name__ == "__main__":
    main()
