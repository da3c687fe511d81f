"""Formats of prompts, on templates as published and on others: arguments, system prompts and thinking."""

from importlib import resources

import pytest

from skillprobe_core.errors import CheckpointError
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.prompt_format import OWN, PromptFormat, Renderer, own_template
from skillprobe_core.models.prompts import INSTRUCTION, encode_prompt, few_shot_stop, plain_text
from skillprobe_core.models.reasoning import reasoning_is_open
from skillprobe_core.models.reasoning_markers import MARKERS, markers_for
from tests.models.conftest import build_tokenizer

HARMONY = ("<|channel|>", "<|channel|>final<|message|>")
GEMMA = ("<|channel>", "<channel|>")
THINK = ("<think>", "</think>")
# Facts about published templates: what they ask for without `thinking`, with it, and their markers.
PUBLISHED = {
    "qwen3": ("off", "on", THINK, False),
    "qwen3_5_think": ("off", "on", THINK, True),
    "qwen3_8": ("off", "on", THINK, True),
    "nemotron_3_nano": ("off", "on", THINK, True),
    "glm4moe": ("off", "on", THINK, False),
    "gemma4_v5": ("off", "on", GEMMA, False),
    "deepseek_r1_distill": ("always", "always", THINK, True),
    "gptoss": ("always", "always", HARMONY, False),
    "qwen2_5": ("unknown", "unknown", THINK, False),
    "llama3": ("unknown", "unknown", THINK, False),
}
# In the style of SmolLM3: the switch changes the system turn, and the answer begins after empty reasoning.
SMOL = (
    "{% if enable_thinking is not defined %}{% set enable_thinking = true %}{% endif %}"
    "<|im_start|>system\n{{ '/think' if enable_thinking else '/no_think' }}<|im_end|>\n"
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n{% if not enable_thinking %}<think>\n\n</think>\n{% endif %}"
)
# In the style of Olmo 3 Think: always opened, no switch.
OLMO = "{% for m in messages %}<|user|>\n{{ m['content'] }}\n{% endfor %}<|assistant|>\n<think>"
# In the style of DeepSeek-V3.1: the switch is called `thinking`.
DEEPSEEK = (
    "{% for m in messages %}<|User|>{{ m['content'] }}{% endfor %}<|Assistant|>"
    "{{ '<think>' if thinking else '</think>' }}"
)
OWN_STYLE = {
    SMOL: ("off", "on", THINK, False),
    OLMO: ("always", "always", THINK, True),
    DEEPSEEK: ("off", "on", THINK, True),
}
PLAIN_CHAT = "{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }}{% endfor %}[assistant]"
PARTS = (
    "{% for m in messages %}[{{ m['role'] }}]{% for p in m['content'] %}{% if p['type'] == 'text' %}{{ p['text'] }}"
    "{% endif %}{% endfor %}{% endfor %}[assistant]"
)


def published(name: str) -> str:
    return (resources.files("trl") / "chat_templates" / f"{name}.jinja").read_text(encoding="utf-8")


def with_template(template: str | dict[str, str] | None):
    tokenizer = build_tokenizer()
    tokenizer.chat_template = template
    return tokenizer


@pytest.mark.parametrize(
    ("template", "facts"),
    [*((published(name), facts) for name, facts in PUBLISHED.items()), *OWN_STYLE.items()],
    ids=[*PUBLISHED, "smollm3", "olmo3", "deepseek_v3_1"],
)
def test_thinking_is_turned_off_or_on_where_the_template_allows_it(template, facts):
    off, on, markers, opens = facts
    tokenizer = build_tokenizer()
    without, using = (PromptFormat(own=False, template=template, thinking=value) for value in (False, True))
    assert Renderer(tokenizer, without).thinking == off
    assert Renderer(tokenizer, using).thinking == on
    assert markers_for({}, template, THINK) == markers
    settings = SamplingSettings(reasoning=markers)
    prompts = [encode_prompt(tokenizer, "What is 2 + 2?", (), form) for form in (without, using)]
    assert reasoning_is_open(tokenizer, prompts[1], settings) == opens
    assert reasoning_is_open(tokenizer, prompts[0], settings) == (opens and off == "always")
    assert (prompts[0] == prompts[1]) == (off == on)
    for prompt in prompts:
        assert f"What is 2 + 2?\n{INSTRUCTION}" in tokenizer.decode(prompt)


def test_arguments_of_the_settings_win_and_reach_the_template():
    tokenizer, template = build_tokenizer(), published("gptoss")

    def rendered(**arguments):
        form = PromptFormat(own=False, template=template, arguments=arguments, thinking=False)
        return Renderer(tokenizer, form).text([{"role": "user", "content": "Why?"}])

    assert "Reasoning: low" in rendered(reasoning_effort="low")
    assert "Reasoning: medium" in rendered()
    chosen = PromptFormat(own=False, template=SMOL, arguments={"enable_thinking": True}, thinking=False)
    assert Renderer(tokenizer, chosen).thinking == "on"
    strange = PromptFormat(own=False, template=SMOL, arguments={"effort": "low"})
    assert Renderer(tokenizer, strange).ignored == ["effort"]


@pytest.mark.parametrize("own", [True, False])
def test_a_template_that_writes_the_date_gives_the_same_prompt_on_every_day(own):
    """Templates as published by Llama and gpt-oss write today's date."""
    dated = "{{ strftime_now('%d %b %Y %H') }}" + PLAIN_CHAT
    turns = [{"role": "user", "content": "Why?"}]
    assert (
        Renderer(with_template(dated), PromptFormat(own=own, template=dated)).text(turns).startswith("26 Jul 2024 00")
    )
    for opening in ("  {% if true %}a{% endif %}", "\n  b", "  {{ 'c' }}", "{%- if true %}\nd{% endif %}"):
        undated, clock = (
            Renderer(with_template(text), PromptFormat(own=own, template=text)).text(turns)
            for text in (f"{opening}2024{PLAIN_CHAT}", opening + "{{ strftime_now('%Y') }}" + PLAIN_CHAT)
        )
        assert clock == undated, "the whitespace of the template stays"
    published_one = PromptFormat(own=False, template=published("gptoss"))
    assert "Current date: 2024-07-26" in Renderer(build_tokenizer(), published_one).text(turns)


def test_a_template_is_left_as_it_is_unless_thinking_is_decided():
    tokenizer = with_template(SMOL)
    assert Renderer(tokenizer, OWN).text([{"role": "user", "content": "Why?"}]) == tokenizer.apply_chat_template(
        [{"role": "user", "content": "Why?"}], add_generation_prompt=True, tokenize=False
    )


def test_the_same_template_for_every_tokenizer_and_plain_text_for_none():
    for tokenizer in (with_template(None), with_template(OLMO)):
        shared = encode_prompt(tokenizer, "Why?", (), PromptFormat(own=False, template=PLAIN_CHAT))
        assert tokenizer.decode(shared) == f"[user]Why?\n{INSTRUCTION}[assistant]"
        plain = PromptFormat(own=False)
        assert tokenizer.decode(encode_prompt(tokenizer, "Why?", (), plain)) == plain_text("Why?")
        assert few_shot_stop(tokenizer, 2, plain)
        assert not few_shot_stop(tokenizer, 2, PromptFormat(own=False, template=PLAIN_CHAT))


def test_a_system_prompt_is_a_turn_or_the_first_text():
    tokenizer = build_tokenizer()
    chat = PromptFormat(own=False, template=PLAIN_CHAT, system="Be brief.")
    assert tokenizer.decode(encode_prompt(tokenizer, "Why?", (), chat)).startswith("[system]Be brief.[user]Why?")
    plain = PromptFormat(own=False, system="Be brief.")
    assert tokenizer.decode(encode_prompt(tokenizer, "Why?", (), plain)).startswith("Be brief.\n\nWhy?")
    refusing = PromptFormat(
        own=False,
        template="{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}" + PLAIN_CHAT,
        system="Be brief.",
    )
    with pytest.raises(CheckpointError, match=r"(?s)system and user: TemplateError: no system.*remove `system` under"):
        encode_prompt(tokenizer, "Why?", (), refusing)


def test_a_template_for_lists_of_parts_gets_them():
    tokenizer = build_tokenizer()
    form = PromptFormat(own=False, template=PARTS)
    first, second = (tokenizer.decode(encode_prompt(tokenizer, text, (), form)) for text in ("Why?", "How?"))
    assert first == f"[user]Why?\n{INSTRUCTION}[assistant]"
    assert second == f"[user]How?\n{INSTRUCTION}[assistant]"


def test_a_template_that_drops_the_question_is_refused():
    form = PromptFormat(own=False, template="{% for m in messages %}[{{ m['role'] }}]{% endfor %}")
    with pytest.raises(CheckpointError, match="does not write the text of the user's turn"):
        encode_prompt(build_tokenizer(), "Why?", (), form)


def test_named_templates_need_a_default():
    assert own_template(with_template({"default": PLAIN_CHAT, "tool_use": OLMO})) == PLAIN_CHAT
    with pytest.raises(CheckpointError, match="save the one to use"):
        own_template(with_template({"tool_use": OLMO, "rag": OLMO}))
    assert own_template(with_template(None)) is None


def test_every_known_pair_of_markers_is_found_by_its_tokens():
    for pair in MARKERS:
        vocabulary = {"<think>", "<|channel|>", "<|message|>"} if pair == HARMONY else {"hello", *pair}
        expected = pair if pair != HARMONY else HARMONY
        assert markers_for(vocabulary, None, ("a", "b")) == expected
    assert markers_for({"hello"}, PLAIN_CHAT, ("a", "b")) == ("a", "b")
    both = {"[THINK]", "[/THINK]", *THINK}
    assert markers_for(both, "... [THINK] ... [/THINK]", THINK) == ("[THINK]", "[/THINK]")
