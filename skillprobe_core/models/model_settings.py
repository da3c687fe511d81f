"""Sections `[prompts]` and `[compute]` of the settings."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from skillprobe_core.errors import SettingsError, one_line
from skillprobe_core.runs.bounded_files import read_text
from skillprobe_core.settings_section import Section

# Arguments of `apply_chat_template` that are not variables of a template.
_RESERVED = frozenset(
    {
        "add_generation_prompt", "chat_template", "continue_final_message", "conversation", "documents", "max_length",
        "messages", "padding", "return_assistant_tokens_mask", "return_dict", "return_tensors", "tokenize",
        "tokenizer_kwargs", "tools", "truncation",
    }
)  # fmt: skip

_Count = Annotated[int, Field(strict=True, ge=1)]
_LANE = re.compile(r"(cuda|cpu):\d+")

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_KEY = re.compile(r"[!-~]+")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


class PromptSettings(Section):
    """The format of prompts.

    shots: worked examples of the item's kind and level before each question, from the training split; seed selects
    them.
    template: `shared` is one chat template for a base and all its checkpoints, `own` is each model's own, `none` is
    plain text. template_file: the shared template (default: the base's, else that of its first checkpoint).
    system: a system prompt. chat_template_kwargs: variables of the template.
    thinking: True for models that think before they answer: the template's thinking is turned on, a completion may
    have 8,192 tokens and ends when it repeats itself.
    """

    shots: Annotated[int, Field(ge=0, le=64)] = 0
    seed: Annotated[int, Field(ge=0)] = 0
    template: Literal["shared", "own", "none"] = "shared"
    template_file: Path | None = None
    system: Annotated[str, Field(min_length=1)] | None = None
    chat_template_kwargs: dict[str, bool | int | float | str] = Field(default_factory=dict)
    thinking: bool = False

    @field_validator("chat_template_kwargs")
    @classmethod
    def _are_variables(cls, value: dict[str, bool | int | float | str]) -> dict[str, bool | int | float | str]:
        if reserved := sorted(_RESERVED & set(value)):
            raise ValueError(f"{reserved[0]!r} is not a variable of a template; remove it")
        return value

    @model_validator(mode="after")
    def _file_is_shared(self) -> Self:
        if self.template_file is not None and self.template != "shared":
            raise ValueError(f'template_file needs template = "shared", got {self.template!r}')
        return self

    @property
    def template_text(self) -> str | None:
        """The text of `template_file`; None without one. Raises SettingsError if it cannot be read."""
        if self.template_file is None:
            return None
        try:
            return read_text(self.template_file)
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"the chat template cannot be read: {one_line(error)}",
                remedy="correct `template_file` under [prompts] in skillprobe.toml, or remove it",
                path=self.template_file,
            ) from error

    def canonical(self) -> str:
        """Text of the settings that prompts depend on, but for `template`; without examples the seed is left out.

        Raises SettingsError if the template's file cannot be read.
        """
        parts = [f"{self.shots} shots of seed {self.seed}" if self.shots else "0 shots"]
        if (template := self.template_text) is not None:
            parts.append(f"template {hashlib.sha256(template.encode()).hexdigest()[:16]}")
        if self.system is not None:
            parts.append(f"system {json.dumps(self.system)}")
        if self.chat_template_kwargs:
            parts.append(f"arguments {json.dumps(self.chat_template_kwargs, sort_keys=True)}")
        return ", ".join([*parts, "thinking"] if self.thinking else parts)

    def identity(self) -> dict[str, object]:
        """The settings that are not at their default; the template's file by its content.

        Raises SettingsError if the template's file cannot be read.
        """
        given = self.model_dump(mode="json", exclude_defaults=True)
        return given if self.template_file is None else given | {"template_file": self.template_text}


class ComputeSettings(Section):
    """Backend, device and number type of models.

    `auto` is CUDA where there is one; vLLM where it is installed as well; and the stored type, or float32 where the
    processor is much faster in that (see `number_types`). `url` is the address of an OpenAI-compatible server that
    serves the checkpoint under its folder's path. `api_key_variable` is the name of the environment variable that holds
    the server's API key. The key itself is in no setting, so that it is not stored or shown with them. With
    `reload` the server at `url` takes the weights of one checkpoint after the other (see `served_weights.py`). A vLLM
    engine waits `engine_idle_seconds` for the next checkpoint, whose weights it then reloads, before it ends; 0 for a
    new engine per checkpoint. The default is 60 on a GPU, whose memory the waiting engine gives back, and 0 on a CPU.

    devices: the devices that checkpoints share, one checkpoint per device: names such as `cuda:0`, a number of devices
    or `all`; None for `device` alone, without leases. Names such as `cpu:0` are lanes on the processor.
    tensor_parallel: number of devices over which vLLM spreads one model; `auto` for the fewest that its memory needs.
    """

    backend: str = "auto"
    url: str | None = None
    api_key_variable: str | None = None
    device: str = "auto"
    devices: Literal["all"] | _Count | tuple[str, ...] | None = None
    tensor_parallel: Literal["auto"] | _Count = "auto"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    engine_idle_seconds: float | None = Field(default=None, ge=0)
    reload: bool = False

    @field_validator("devices", mode="before")
    @classmethod
    def _are_devices(cls, value: object) -> object:
        lanes = list(value) if isinstance(value, (list, tuple)) else []
        named = lanes and all(isinstance(each, str) and _LANE.fullmatch(each) for each in lanes)
        if value is None or value == "all" or named or _is_count(value):
            return value
        raise ValueError('devices is "all", a number of devices, or a list of names such as ["cuda:0", "cuda:1"]')

    @field_validator("tensor_parallel", mode="before")
    @classmethod
    def _is_a_number(cls, value: object) -> object:
        if value == "auto" or _is_count(value):
            return value
        raise ValueError('tensor_parallel is "auto" or a number of devices')

    @field_validator("url")
    @classmethod
    def _has_no_secret(cls, value: str | None) -> str | None:
        if value is not None and ("@" in value or "?" in value):
            raise SettingsError(  # unlike a ValueError, it does not show the value
                "`compute.url` contains a user, a password or a query",
                remedy="write the address alone; name the environment variable of a key in `api_key_variable`",
            )
        return value

    @field_validator("api_key_variable")
    @classmethod
    def _is_a_name(cls, value: str | None) -> str | None:
        if value is not None and not _VARIABLE.fullmatch(value):
            raise SettingsError(
                "`compute.api_key_variable` is not the name of an environment variable in capitals",
                remedy="set the key in the environment, for example as SERVER_KEY, and write its name here: "
                'api_key_variable = "SERVER_KEY"',
            )
        return value

    @model_validator(mode="after")
    def _reloads_a_server(self) -> Self:
        if self.reload and self.url is None:
            raise SettingsError(
                "`compute.reload` is set, and no server that could reload weights",
                remedy='set `backend = "openai-server"` and `url` under [compute] in skillprobe.toml, or leave out '
                "`reload`",
            )
        return self

    @model_validator(mode="after")
    def _devices_agree(self) -> Self:
        if self.devices is None:
            if self.tensor_parallel not in ("auto", 1):
                raise ValueError('tensor_parallel needs several `devices`, for example devices = "all"')
            return self
        if isinstance(self.devices, tuple):
            types = {name.partition(":")[0] for name in self.devices}
            if len(types) != 1 or len(set(self.devices)) != len(self.devices):
                raise ValueError("devices must be different devices of one type, such as cuda:0 and cuda:1")
            if self.device not in {"auto", *types}:
                raise ValueError(f'device = "{self.device}" contradicts devices; remove `device`')
        elif ":" in self.device:
            raise ValueError(f'device = "{self.device}" contradicts devices; name the devices in `devices`')
        most = self.devices if isinstance(self.devices, int) else len(self.devices) if self.devices != "all" else None
        if most is not None and self.tensor_parallel != "auto" and self.tensor_parallel > most:
            raise ValueError(f"tensor_parallel = {self.tensor_parallel} needs as many `devices`")
        return self

    def api_key(self) -> str | None:
        """The server's API key, from the environment.

        Returns:
            The key; None if no variable is named.

        Raises:
            SettingsError: The variable is not set, or a header cannot hold its value. The value is not shown.
        """
        if self.api_key_variable is None:
            return None
        key = os.environ.get(self.api_key_variable, "").strip()
        if not _KEY.fullmatch(key):
            fault = "contains other characters than printable ASCII" if key else "is not set"
            raise SettingsError(
                f"the environment variable {self.api_key_variable}, for the API key of the server, {fault}",
                remedy=f"set it to the key, also for the Dagster daemon (export {self.api_key_variable}=...), or "
                "remove `api_key_variable` under [compute]",
            )
        return key

    @field_validator("backend")
    @classmethod
    def _known(cls, value: str) -> str:
        if value != "auto":
            from .backends import backend_names

            if value not in (names := backend_names()):
                raise ValueError(f"unknown backend; use one of auto, {', '.join(names)}")
        return value
