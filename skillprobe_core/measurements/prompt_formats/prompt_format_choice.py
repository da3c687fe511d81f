"""The chat template and the sampling of a base and all its checkpoints: chosen once, kept, then followed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from skillprobe_core.engine.digest import digest_of
from skillprobe_core.engine.store import Partition
from skillprobe_core.engine.up_to_date import bring_up_to_date
from skillprobe_core.errors import CheckpointError, SettingsError
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.models.prompt_format import CLOCK, DATE, PromptFormat
from skillprobe_core.models.prompts import EARLIER_RULE, TEMPLATE_RULES
from skillprobe_core.runs.adapters import is_adapter
from skillprobe_core.runs.checkpoint import Checkpoint
from skillprobe_core.runs.content_files import has_tokenizer
from skillprobe_core.runs.discovery import discover

from .prompt_formats_table import PROMPT_FORMATS

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from skillprobe_core.measurements.probe import Probe
    from skillprobe_core.models.backend import SamplingSettings

SHARED = TEMPLATE_RULES["shared"]
_SHOWN_TOKENS = 3
_FIRST = "the first checkpoint that was evaluated with this base"
_SAMPLE = {"role": "user", "content": "?"}
_THINKING = {
    "on": "; thinking is on",
    "off": "; thinking is off",
    "always": "; it always opens thinking",
    "unknown": "",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """The format of a probe's prompts and its sampling settings, with why, and the inputs that they add to rows."""

    form: PromptFormat
    sampling: SamplingSettings
    reason: str
    prompt_inputs: Mapping[str, str] = field(default_factory=dict)
    sampling_inputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """A row of `prompt_formats`; `final` is False while it may still change with the base's first checkpoint."""

    row: Mapping[str, str | None]
    final: bool


def choose(probe: Probe) -> Choice:
    """The format and the sampling of a probe, chosen and stored now if its base has none for these settings.

    Args:
        probe: Its protocol states the rule. Only the shared template and a sampling preset are looked up.

    Returns:
        The choice. A base that waits for the template of its first checkpoint has plain text, which is not stored.

    Raises:
        CheckpointError: A tokenizer or a generation config cannot be read.
        SettingsError: The template's file cannot be read, or no generation config states how to sample.
        StoreError: The stored choice is damaged.
    """
    return choice_of(probe, stored_row(probe) if is_decided(probe) else {})


def is_decided(probe: Probe) -> bool:
    """True if the format or the sampling follows from models, not from the settings alone."""
    return probe.prompt_rule[1] == SHARED or probe.settings.sampling.preset is not None


def stored_row(probe: Probe) -> Mapping[str, str | None]:
    """The stored row of `prompt_formats` for a probe's base, decided now if there is none and it can be final."""
    if probe.store.provenance(PROMPT_FORMATS, place_of(probe)) is None:
        decision = decide(probe)
        if not decision.final:
            return decision.row
    part = bring_up_to_date(PROMPT_FORMATS, probe).partition
    return probe.store.read(PROMPT_FORMATS, part).row(0, named=True)


def choice_of(probe: Probe, row: Mapping[str, str | None]) -> Choice:
    """The choice that a row of `prompt_formats` stands for; an empty row if the settings alone decide."""
    prompts, rule = probe.settings.prompts, probe.prompt_rule[1]
    sampling, sampled = probe.settings.sampling, {}
    if sampling.preset is not None:
        from skillprobe_core.models.generation_presets import with_preset

        stated = row["sampling"] or ""
        sampling = with_preset(sampling, json.loads(stated), str(row["sampling_from"]))
        sampled = {"generation_config": stated}
    if rule == EARLIER_RULE:
        reason = "each model's own chat template, by the rule that this store began with"
        return Choice(PromptFormat(system=prompts.system), sampling, reason, {}, sampled)
    own, inputs, template = rule == TEMPLATE_RULES["own"], {}, None
    reason = "each model's own chat template" if own else "plain text"
    if rule == SHARED:
        own, template, reason = row["source"] == "own", row["template"], str(row["reason"])
        inputs = {"template": digest_of(template)[:16] if template is not None else str(row["source"])}
        if template is not None and CLOCK in template:
            inputs["date"] = str(DATE)
    form = PromptFormat(
        own=own,
        template=template,
        system=prompts.system,
        arguments=dict(prompts.chat_template_kwargs),
        thinking=prompts.thinking,
    )
    return Choice(form, sampling, reason, inputs, sampled)


def setting_of(probe: Probe) -> str:
    """Digest of the settings that the decision for a base depends on (16 hexadecimal digits)."""
    return setting_digest(*probe.prompt_rule, probe.settings.sampling.preset)


def setting_digest(prompts: str, template_rule: str, preset: str | None) -> str:
    """The same of a protocol's prompts and rule, and of `preset` under [sampling]."""
    return digest_of("prompt format", prompts, template_rule, preset)[:16]


def place_of(probe: Probe) -> Partition:
    """The place of the row for a probe's base."""
    return Partition.base(decided_for(probe), setting_of(probe))


def decided_for(probe: Probe) -> str:
    """Identity of the base that the choice belongs to: that of a checkpoint probed by itself is the stored one."""
    digest = probe.base_identity.digest
    if probe.base == probe.checkpoint and not probe.is_base:
        part = probe.partition(CHECKPOINTS)
        if probe.store.provenance(CHECKPOINTS, part):
            row = probe.store.read(CHECKPOINTS, part).row(0, named=True)
            chosen = Partition.base(row["base"], setting_of(probe))
            if row["digest"] == digest and probe.store.provenance(PROMPT_FORMATS, chosen):
                return str(row["base"])
    return digest


def decide(probe: Probe) -> Decision:
    """Choose for a probe's base: its template and sampling, else those of its first checkpoint. Nothing is stored.

    Raises the errors of `choose`.
    """
    first = _first_checkpoint(probe)
    shared = probe.prompt_rule[1] == SHARED
    template = _template(probe, first) if shared else _Template("none", "the settings")
    row = {
        "base": decided_for(probe),
        "setting": setting_of(probe),
        "prompts": probe.prompt_rule[0],
        "source": template.source,
        "reason": template.reason,
        "template": template.text,
        "thinking": template.thinking,
        **_sampling(probe, first),
    }
    final = first is not None or template.source != "none" or not shared
    return Decision(row, final and (first is not None or row["sampling_from"] in (None, probe.base.key)))


@dataclass(frozen=True, slots=True)
class _Template:
    source: str
    reason: str
    text: str | None = None
    thinking: str = "unknown"


def _template(probe: Probe, first: Checkpoint | None) -> _Template:
    """The first of: the file of the settings, the base's template, that of the base's first checkpoint, none."""
    from skillprobe_core.models.prompt_format import own_template
    from skillprobe_core.models.tokenizer_loading import load_tokenizer

    prompts, base = probe.settings.prompts, load_tokenizer(probe.base.files)
    if (text := prompts.template_text) is not None:
        return _found(probe, base, "settings", f"the file {prompts.template_file}", text)
    if (text := own_template(base)) is not None:
        return _found(probe, base, "base", "the base's chat template", text)
    if first is None:
        return _Template("none", "plain text: the base has no chat template")
    tokenizer = load_tokenizer(first.files)
    text = own_template(tokenizer)
    if text is None:
        return _Template("none", f"plain text: no chat template in the base or in {first.key}, {_FIRST}")
    lacking = _lacking(probe, base, tokenizer, text)
    if lacking:
        shown = ", ".join(lacking[:_SHOWN_TOKENS]) + (", ..." if len(lacking) > _SHOWN_TOKENS else "")
        return _Template(
            "own",
            f"each model's own: the base has no chat template, and that of {first.key}, {_FIRST}, writes tokens that "
            f"the base lacks ({shown})",
        )
    reason = f"the chat template of {first.key}, {_FIRST}, as the base has none"
    return _found(probe, tokenizer, "checkpoint", reason, text)


def _found(probe: Probe, tokenizer: PreTrainedTokenizerBase, source: str, reason: str, text: str) -> _Template:
    from skillprobe_core.models.prompt_format import Renderer

    renderer = Renderer(tokenizer, _form(probe, text))
    if renderer.ignored:
        reason = f"{reason}, which has no variable {', '.join(renderer.ignored)}"
    thinking = renderer.thinking
    return _Template(source, f"{reason}{_THINKING[thinking]}", text, thinking)


def _form(probe: Probe, text: str) -> PromptFormat:
    prompts = probe.settings.prompts
    return PromptFormat(
        own=False,
        template=text,
        system=prompts.system,
        arguments=dict(prompts.chat_template_kwargs),
        thinking=prompts.thinking,
    )


def _lacking(probe: Probe, base: PreTrainedTokenizerBase, tokenizer: PreTrainedTokenizerBase, text: str) -> list[str]:
    """Tokens that the template writes with a checkpoint's tokenizer, and that the base's vocabulary lacks."""
    from skillprobe_core.models.prompt_format import Renderer
    from skillprobe_core.models.token_ids import embedding_rows

    prompt = Renderer(tokenizer, _form(probe, text)).text([_SAMPLE])
    vocabulary, rows = base.get_vocab(), embedding_rows(probe.base.files)
    written = tokenizer.convert_ids_to_tokens(tokenizer(prompt, add_special_tokens=False)["input_ids"])
    known = {token for token, number in vocabulary.items() if rows is None or number < rows}
    return [token for token in dict.fromkeys(written) if token not in known]


def _sampling(probe: Probe, first: Checkpoint | None) -> dict[str, str | None]:
    """The sampling that the base's generation config states, else that of its first checkpoint."""
    if probe.settings.sampling.preset is None:
        return {"sampling": None, "sampling_from": None}
    from skillprobe_core.models.generation_presets import FILE, stated_sampling

    for each in (probe.base, *([] if first is None else [first])):
        stated = stated_sampling(each.files)
        if stated is not None:
            return {"sampling": json.dumps(stated, sort_keys=True), "sampling_from": each.key}
    raise SettingsError(
        f'preset = "model" has nothing to take: no {FILE} of the base or of its first checkpoint states how to sample',
        remedy="set `temperature` and the others under [sampling] in skillprobe.toml in place of `preset`",
        path=probe.base.path,
    )


def _first_checkpoint(probe: Probe) -> Checkpoint | None:
    """The first complete checkpoint of the base: the one that is probed, or for the base the first of its run.

    For the base, one whose template cannot be applied is passed over: its own probe fails with the reason.
    """
    if not probe.is_base:
        return None if probe.checkpoint == probe.base or _lacks_tokenizer(probe.checkpoint) else probe.checkpoint
    if probe.run is None or probe.run == probe.base.path:
        return None
    project = probe.project
    try:
        found = discover(
            probe.run,
            probe.checkpoint.model,
            probe.checkpoint.method,
            settle_seconds=project.settings.settle_seconds,
            layouts=project.layouts,
        )
    except CheckpointError:
        return None
    ready = (each.started_from(probe.base.files) for each in found if each.ready and each.checkpoint.step > 0)
    with_tokenizer = (each.checkpoint for each in ready if not _lacks_tokenizer(each.checkpoint))
    return next((each for each in with_tokenizer if _can_be_applied(probe, each)), None)


def _lacks_tokenizer(checkpoint: Checkpoint) -> bool:
    """True for a checkpoint that cannot be evaluated yet: the tokenizer that is copied to it may have a template."""
    return not has_tokenizer(checkpoint.files) and not is_adapter(checkpoint.files)


def _can_be_applied(probe: Probe, checkpoint: Checkpoint) -> bool:
    """True for a checkpoint without a template, or with one that writes a question."""
    from skillprobe_core.models.prompt_format import Renderer, own_template
    from skillprobe_core.models.tokenizer_loading import load_tokenizer

    try:
        tokenizer = load_tokenizer(checkpoint.files)
        text = own_template(tokenizer)
        if text is not None:
            Renderer(tokenizer, _form(probe, text)).text([_SAMPLE])
    except CheckpointError:
        return False
    return True
