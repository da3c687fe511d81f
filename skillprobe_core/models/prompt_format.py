"""The format of prompts: the chat template that they are written with, and its arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from skillprobe_core.errors import CheckpointError, one_line

from .reasoning_markers import MARKERS, ends_inside, names_markers
from .tokenizer_trial import RefusedTrial, TokenizerTrial, refused

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Thinking = Literal["on", "off", "always", "unknown"]
"""The thinking that a template asks for: turned on or off by an argument, always, or not stated by the template."""

TEMPLATE_FILES = ("chat_template.jinja", "chat_template.json", "tokenizer_config.json")
"""Files that a template is read from: the first that exists."""

# Arguments by which templates turn thinking on and off: Qwen3, SmolLM3, GLM-4.5 and Gemma 4; DeepSeek-V3.1 and Granite.
_SWITCHES = ("enable_thinking", "thinking")
_HARMONY = MARKERS[1]

CLOCK = "strftime_now"
"""The function by which templates of Llama 3.2, gpt-oss and SmolLM3 write the date."""

DATE = date(2024, 7, 26)
"""The date that templates are given, so that prompts are the same on every day; Llama's templates default to it."""

# The macro replaces the function, since transformers passes no functions to a template.
_DIRECTIVES = (*"aAbBcdDeFgGhHIjklmMpPrRSTuUVwWxXyYzZ", *(f"-{letter}" for letter in "deHIjklmMSUVwWy"), "%")
_WRITTEN = "".join(f" | replace('%{each}', '{DATE.strftime(f'%{each}')}')" for each in _DIRECTIVES)
_STOPPED_CLOCK = f"{{%- macro {CLOCK}(form) -%}}{{{{ form{_WRITTEN} }}}}{{%- endmacro %}}\n"

Turn = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PromptFormat:
    """The format of prompts.

    own: True for each tokenizer's own template. template: the text of the template for every tokenizer, if not `own`;
    None for plain text. system: the system prompt. arguments: variables of the template (`chat_template_kwargs`).
    thinking: True or False sets the template's own argument for thinking, unless `arguments` has it; None leaves the
    template as it is.
    """

    own: bool = True
    template: str | None = None
    system: str | None = None
    arguments: Mapping[str, object] = field(default_factory=dict)
    thinking: bool | None = None

    def text_for(self, tokenizer: PreTrainedTokenizerBase) -> str | None:
        """The text of the template for a tokenizer; None for plain text.

        Raises CheckpointError for named templates without a default one.
        """
        return own_template(tokenizer) if self.own else self.template


OWN = PromptFormat()
"""Each tokenizer's own template as it is."""


def own_template(tokenizer: PreTrainedTokenizerBase) -> str | None:
    """The tokenizer's chat template; None if it has none. Raises CheckpointError for several without a default."""
    if not tokenizer.chat_template:
        return None
    try:
        text: str = tokenizer.get_chat_template()
    except ValueError as error:
        raise _refused(tokenizer, [], error, own=True) from error
    return text


class Renderer:
    """The prompts of one tokenizer in one format, as text."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, form: PromptFormat = OWN) -> None:
        self.tokenizer, self.form = tokenizer, form
        self.template = form.text_for(tokenizer)
        self._arguments = dict(form.arguments)
        switch = None if form.thinking is None else self._switch()
        if switch is not None:
            self._arguments.setdefault(switch, form.thinking)

    def prepare(self, conversations: Sequence[Sequence[Turn]]) -> None:
        """Try the template on conversations that `text` will be given, all at once in another process.

        It only saves time: `text` tries those that were not tried. Raises CheckpointError for a template that takes too
        much time or memory.
        """
        self._try([[*self._system(), *turns] for turns in conversations])

    def text(self, turns: Sequence[Turn]) -> str:
        """The turns through the template, up to where the model's answer begins.

        A template that reads the content of a turn as a list of parts is given one.

        Raises:
            CheckpointError: The template raises, or does not write the last turn's text.
        """
        turns = [*self._system(), *turns]
        self._try([turns])
        lines = [line.strip() for line in turns[-1]["content"].splitlines() if line.strip()]
        for given in (turns, [{**turn, "content": [{"type": "text", "text": turn["content"]}]} for turn in turns]):
            try:
                text = self._rendered(given, self._arguments)
            except Exception as error:  # a template is a program: it raises jinja2's errors, and any other
                raise _refused(self.tokenizer, turns, error, own=self.form.own) from error
            if any(line in text for line in lines):
                return text
        raise CheckpointError(
            "the chat template does not write the text of the user's turn",
            remedy='use another template (`template_file` under [prompts]), or template = "none" for plain text',
            path=self.tokenizer.name_or_path,
        )

    @property
    def thinking(self) -> Thinking:
        """The thinking that the template asks for."""
        if self.template is None:
            return "unknown"
        switch = self._switch()
        if switch is not None and switch in self._arguments:
            return "on" if self._arguments[switch] else "off"
        sample = self._sample(self._arguments)
        opened = sample is not None and any(ends_inside(sample, pair) for pair in MARKERS)
        if opened or names_markers(self.template, _HARMONY):
            return "always"
        return "unknown"

    @property
    def ignored(self) -> list[str]:
        """Names of the format's arguments that the template does not contain."""
        return [name for name in self.form.arguments if name not in (self.template or "")]

    def _system(self) -> list[Turn]:
        return [{"role": "system", "content": self.form.system}] if self.form.system else []

    def _switch(self) -> str | None:
        """The argument that turns thinking on and off: its value changes the prompt."""
        for name in _SWITCHES:
            if self.template is not None and name in self.template:
                on, off = (self._sample({**self._arguments, name: value}) for value in (True, False))
                if on is not None and off is not None and on != off:
                    return name
        return None

    def _sample(self, arguments: Mapping[str, object]) -> str | None:
        turns = [*self._system(), {"role": "user", "content": "?"}]
        self._try([turns], arguments)
        try:
            return self._rendered(turns, arguments)
        except Exception:  # reported when a prompt is rendered
            return None

    def _try(self, conversations: Sequence[Sequence[Turn]], arguments: Mapping[str, object] | None = None) -> None:
        """Try the template in another process, if the tokenizer is a checkpoint's (see `load_tokenizer`)."""
        trial: TokenizerTrial | None = getattr(self.tokenizer, "skillprobe_trial", None)
        if trial is None:
            return
        try:
            trial.render(self.template, conversations, self._arguments if arguments is None else arguments)
        except RefusedTrial as error:
            raise refused(error, "chat template", _template_file(self.tokenizer)) from error

    def _rendered(self, turns: Sequence[Mapping[str, object]], arguments: Mapping[str, object]) -> str:
        template = self.template
        if template is not None and CLOCK in template:
            template = _STOPPED_CLOCK + template
        text: str = self.tokenizer.apply_chat_template(
            list(turns), chat_template=template, add_generation_prompt=True, tokenize=False, **arguments
        )
        return text


def _refused(
    tokenizer: PreTrainedTokenizerBase, turns: Sequence[Turn], error: Exception, *, own: bool
) -> CheckpointError:
    """The error of a template that cannot be applied, with what to change."""
    roles = " and ".join(dict.fromkeys(turn["role"] for turn in turns)) or "a user"
    system = any(turn["role"] == "system" for turn in turns)
    remedy = 'change the template so that it renders these turns, or set template = "none" under [prompts]'
    if system:
        remedy = f"remove `system` under [prompts], or {remedy}"
    elif own:
        remedy = f"{remedy} (a system turn is only given if `system` is set)"
    if isinstance(tokenizer.chat_template, dict) and own:
        remedy = f"save the one to use ({', '.join(tokenizer.chat_template)}) as {TEMPLATE_FILES[0]} in the folder"
    return CheckpointError(
        f"the chat template cannot be applied to turns of {roles}: {one_line(error)[:300]}",
        remedy=remedy,
        path=_template_file(tokenizer),
    )


def _template_file(tokenizer: PreTrainedTokenizerBase) -> Path:
    folder = Path(tokenizer.name_or_path)
    return folder / next((name for name in TEMPLATE_FILES if (folder / name).exists()), TEMPLATE_FILES[-1])
