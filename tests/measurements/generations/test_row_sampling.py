"""Sampling settings of rows: stop texts and markers that follow from the tokenizer and the format of prompts."""

from types import SimpleNamespace

import pytest

from skillprobe_core.measurements.generations.row_sampling import sampling_for
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.model_settings import PromptSettings
from skillprobe_core.models.prompt_format import OWN, PromptFormat
from skillprobe_core.models.prompts import EARLIER_RULE, SEPARATOR, TEMPLATE_RULES
from tests.models.conftest import build_tokenizer

CHAT = "{% for m in messages %}{{ m['content'] }}{% endfor %}"
MAGISTRAL = CHAT + "{# [THINK] ... [/THINK] #}"


def probe(rule: str, form: PromptFormat, shots: int = 0) -> SimpleNamespace:
    return SimpleNamespace(
        prompt_format=form,
        prompt_rule=("", rule),
        settings=SimpleNamespace(prompts=PromptSettings(shots=shots)),
    )


def shared(template: str | None) -> PromptFormat:
    return PromptFormat(own=False, template=template)


@pytest.mark.parametrize(("template", "stops"), [(None, True), (CHAT, False)])
def test_examples_in_plain_text_add_a_stop_text(template: str | None, stops: bool) -> None:
    settings = SamplingSettings(stop=("X",))
    found = sampling_for(probe(TEMPLATE_RULES["shared"], shared(template), 2), build_tokenizer(), settings)
    assert found.stop == (("X", SEPARATOR) if stops else ("X",))
    assert sampling_for(probe(TEMPLATE_RULES["shared"], shared(template)), build_tokenizer(), settings).stop == ("X",)


def test_markers_are_those_of_the_template_or_of_the_tokenizer() -> None:
    rule, settings, tokenizer = TEMPLATE_RULES["shared"], SamplingSettings(), build_tokenizer()
    assert sampling_for(probe(rule, shared(CHAT)), tokenizer, settings).reasoning == ("<think>", "</think>")
    assert sampling_for(probe(rule, shared(MAGISTRAL)), tokenizer, settings).reasoning == ("[THINK]", "[/THINK]")
    tokenizer.add_special_tokens({"extra_special_tokens": ["<seed:think>", "</seed:think>"]})
    found = sampling_for(probe(rule, shared(None)), tokenizer, settings)
    assert found.reasoning == ("<seed:think>", "</seed:think>")


@pytest.mark.parametrize("reasoning", [("(", ")"), ()])
def test_markers_of_the_settings_stay(reasoning: tuple[str, ...]) -> None:
    settings = SamplingSettings(reasoning=reasoning)
    rule = TEMPLATE_RULES["shared"]
    assert sampling_for(probe(rule, shared(MAGISTRAL)), build_tokenizer(), settings).reasoning == reasoning


def test_a_store_with_an_earlier_rule_keeps_its_settings() -> None:
    tokenizer = build_tokenizer()
    tokenizer.chat_template = MAGISTRAL
    assert sampling_for(probe(EARLIER_RULE, OWN), tokenizer, SamplingSettings()) == SamplingSettings()
