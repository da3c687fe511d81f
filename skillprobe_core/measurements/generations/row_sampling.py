"""Sampling settings of one checkpoint's rows: the protocol's, with what its tokenizer and its prompts add."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.prompts import EARLIER_RULE, few_shot_stop
from skillprobe_core.models.reasoning_markers import markers_for

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from skillprobe_core.measurements.probe import Probe

_USUAL_MARKERS = SamplingSettings().reasoning


def sampling_for(probe: Probe, tokenizer: PreTrainedTokenizerBase, sampling: SamplingSettings) -> SamplingSettings:
    """The sampling settings of a checkpoint's rows.

    Args:
        probe: The checkpoint, with the format of its prompts.
        tokenizer: Its tokenizer.
        sampling: The settings of all checkpoints (`Probe.sampling`).

    Returns:
        The same with the stop text of few-shot prompts and the markers of reasoning that the tokenizer or the template
        defines. Markers that the settings name, and those of a store that goes on with an earlier rule, stay.
    """
    form = probe.prompt_format
    stop = (*sampling.stop, *few_shot_stop(tokenizer, probe.settings.prompts.shots, form))
    markers = sampling.reasoning
    if markers == _USUAL_MARKERS and probe.prompt_rule[1] != EARLIER_RULE:
        markers = markers_for(tokenizer.get_vocab(), form.text_for(tokenizer), markers)
    return replace(sampling, stop=stop, reasoning=markers)
