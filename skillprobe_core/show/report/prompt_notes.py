"""The format of prompts in words, and warnings where it, or thinking, makes two checkpoints hard to compare."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import polars as pl

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.items.wanted_items import items_of_set
from skillprobe_core.measurements.prompt_formats.prompt_format_choice import setting_digest
from skillprobe_core.measurements.prompt_formats.prompt_formats_table import PROMPT_FORMATS
from skillprobe_core.measurements.protocols.evaluation_protocol import recorded_protocols
from skillprobe_core.measurements.skill_scores.finish_shares import finish_changes
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.models.prompts import EARLIER_RULE, TEMPLATE_RULES
from skillprobe_core.stats.significance import SIGNIFICANCE

MANY_THINK = 0.1
"""Share of completions with reasoning above which a model is said to think although thinking is not turned on."""

Key = tuple[str, int]


def prompts_used(store: Store, protocol: str, checkpoints: Iterable[Key]) -> list[str]:
    """The format of the prompts, and the sampling where a generation config states it; one line for each base.

    Args:
        store: Where the answers are.
        protocol: Digest of their protocol.
        checkpoints: Models and steps; those without answers are left out.
    """
    rows = recorded_protocols(store).filter(protocol=protocol)
    if rows.is_empty():
        return []
    rule, prompts, sampling = rows.select("template_rule", "prompts", "sampling").row(0)
    preset = _preset(sampling)
    if preset is None and rule != TEMPLATE_RULES["shared"]:
        return [f"Prompts: {_RULES[rule]}"] if rule in _RULES else []
    lines: dict[str, None] = {}
    for base in _bases(store, protocol, checkpoints):
        part = Partition.base(base, setting_digest(prompts, rule, preset))
        if store.provenance(PROMPT_FORMATS, part) is not None:
            row = store.read(PROMPT_FORMATS, part).row(0, named=True)
            lines[f"Prompts: {_RULES.get(rule, row['reason'])}{_sampled(row)}"] = None
    return list(lines)


def comparison_warnings(store: Store, protocol: str, before: Key, after: Key) -> list[str]:
    """Warnings about a comparison of two stored checkpoints: other prompts, thinking, and unfinished completions.

    Args:
        store: Where the answers are.
        protocol: Digest of their protocol.
        before: Model and step of the reference, usually the base.
        after: Model and step of the checkpoint.
    """
    parts = [Partition.checkpoint(*key, protocol) for key in (before, after)]
    if any(store.provenance(table, part) is None for table in (GENERATIONS, VERDICTS) for part in parts):
        return []
    said = [store.read(GENERATIONS, part) for part in parts]
    names = [f"{model}/{step}" for model, step in (before, after)]
    warnings = [*_other_prompts(said, names), *_thinking_unasked(store, protocol, said, names)]
    verdicts = [store.read(VERDICTS, part) for part in parts]
    return [*warnings, *_other_endings(store, parts, verdicts, names)]


def warnings_for(store: Store, protocol: str, checkpoints: Sequence[Key]) -> list[str]:
    """The warnings about each model's last checkpoint and its base, each once."""
    last = {model: step for model, step in sorted(checkpoints) if step > 0}
    alone = [key for key in checkpoints if key[1] == 0 and key[0] not in last]
    found = []
    for key in last.items():
        found += comparison_warnings(store, protocol, (key[0], 0), key)
    for key in alone:
        part = Partition.checkpoint(*key, protocol)
        if store.provenance(GENERATIONS, part) is not None:
            found += _thinking_unasked(store, protocol, [store.read(GENERATIONS, part)], [f"{key[0]}/{key[1]}"])
    return list(dict.fromkeys(found))


_RULES = {
    EARLIER_RULE: "each model's own chat template (the rule that this store began with)",
    TEMPLATE_RULES["own"]: "each model's own chat template",
    TEMPLATE_RULES["none"]: "plain text",
}


def _preset(sampling: str) -> str | None:
    try:
        found = json.loads(sampling).get("preset")
    except ValueError:
        return None
    return None if found is None else str(found)


def _sampled(row: dict[str, str | None]) -> str:
    if row["sampling"] is None:
        return ""
    stated = ", ".join(f"{name} {value}" for name, value in json.loads(row["sampling"]).items())
    return f"; sampling of the generation config of {row['sampling_from']}: {stated}"


def _bases(store: Store, protocol: str, checkpoints: Iterable[Key]) -> list[str]:
    bases: dict[str, None] = {}
    for key in checkpoints:
        if store.provenance(GENERATIONS, Partition.checkpoint(*key, protocol)) is None:
            continue
        part = Partition.checkpoint(*key)
        if store.provenance(CHECKPOINTS, part) is not None:
            bases[str(store.read(CHECKPOINTS, part)["base"][0])] = None
    return list(bases)


def _other_prompts(said: Sequence[pl.DataFrame], names: Sequence[str]) -> list[str]:
    first, second = (each.select("item_id", "prompt_digest").unique("item_id") for each in said)
    pairs = first.join(second, on="item_id", suffix="_after")
    other = pairs.filter(pl.col("prompt_digest") != pl.col("prompt_digest_after")).height
    if other == 0:
        return []
    return [
        f"warning: formats differ: {other} of {pairs.height} prompts have other tokens for {names[1]} than for "
        f"{names[0]}, so a change may be one of format"
    ]


def _thinking_unasked(store: Store, protocol: str, said: Sequence[pl.DataFrame], names: Sequence[str]) -> list[str]:
    rows = recorded_protocols(store).filter(protocol=protocol)
    if rows.is_empty() or rows["prompts"][0].split(", ")[-1] == "thinking":
        return []
    shares = [1 - each["reasoning"].null_count() / max(each.height, 1) for each in said]
    listed = [f"{share:.0%} of {name}" for share, name in zip(shares, names, strict=True) if share > MANY_THINK]
    if not listed:
        return []
    return [
        f"warning: completions contain reasoning ({', '.join(listed)}), but thinking is not turned on; evaluate with "
        "--thinking, or set `thinking = true` under [prompts]"
    ]


def _other_endings(
    store: Store, parts: Sequence[Partition], verdicts: Sequence[pl.DataFrame], names: Sequence[str]
) -> list[str]:
    items = items_of_set(store, str(verdicts[1]["item_set"][0]))
    if any(side["ending"].null_count() == side.height for side in verdicts):
        return []
    changes = finish_changes(verdicts[1], verdicts[0], items).filter(pl.col("p") <= SIGNIFICANCE)
    if changes.is_empty():
        return []
    moved = ", ".join(f"{name} {before:.0%} to {after:.0%}" for name, before, after, _ in changes.iter_rows())
    text = f"warning: shares of finished and unfinished completions differ by more than noise ({moved})"
    scores = [store.read(SKILL_SCORES, part) for part in parts if store.provenance(SKILL_SCORES, part) is not None]
    if len(scores) < len(parts):
        return [text]
    return [f"{text}; {', '.join(map(_bounds, scores, names))}"]


def _bounds(scores: pl.DataFrame, name: str) -> str:
    """Accuracy among finished completions, and the bounds if all others are wrong or right."""
    row = scores.filter(skill="all", domain="all", level=0).row(0, named=True)
    if row["accuracy_unfinished_wrong"] is None:
        return name
    finished = row["finished_accuracy"]
    among = "no finished completion" if finished is None else f"{finished:.2f} among finished"
    return f"{name}: {among}, [{row['accuracy_unfinished_wrong']:.2f}, {row['accuracy_unfinished_right']:.2f}] over all"
