"""Settings: the contents of `skillprobe.toml`, validated, with every default in one place."""

from __future__ import annotations

import os
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from skillprobe_core.checkpoints.naming import model_of
from skillprobe_core.checkpoints.places import full_path
from skillprobe_core.errors import SettingsError
from skillprobe_core.home import home
from skillprobe_core.inference.protocol import SamplingSettings

_FILE = "skillprobe.toml"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ItemSettings(_Section):
    """The item set: `per_level` items of every kind at each of `levels`, and `per_source` items of each imported
    source, of any level."""

    levels: tuple[Annotated[int, Field(ge=1, le=5)], ...] = (1, 2, 3)
    per_level: Annotated[int, Field(ge=1)] = 12
    seed: Annotated[int, Field(ge=0)] = 0
    kinds: tuple[str, ...] | None = None
    sources: tuple[str, ...] = ()
    per_source: Annotated[int, Field(ge=1)] = 200


class PromptSettings(_Section):
    """Few-shot examples: `shots` worked examples of the item's kind and level, from the training split."""

    shots: Annotated[int, Field(ge=0, le=64)] = 0
    seed: Annotated[int, Field(ge=0)] = 0

    def canonical(self) -> str:
        """Text of the settings that prompts depend on; without examples the seed is left out."""
        return f"{self.shots} shots of seed {self.seed}" if self.shots else "0 shots"


class ProtocolSettings(_Section):
    """The name of the protocol: the items and how they are given. A new name takes the items of today."""

    name: Annotated[str, Field(min_length=1)] | None = None


class ComputeSettings(_Section):
    """Backend, device and number type of models.

    `auto` is CUDA where there is one; vLLM where it is installed as well; and the stored type, or float32 where the
    processor is much faster in that (see `number_types`). `url` is the address of an OpenAI-compatible server that
    serves the checkpoint under its folder's path.
    """

    backend: Literal["auto", "transformers", "vllm", "openai-server"] = "auto"
    url: str | None = None
    device: str = "auto"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"


class DivergenceSettings(_Section):
    """The texts on which output distributions are compared with the base's, and a switch for rows per token."""

    sources: tuple[Literal["reference", "base", "own"], ...] = ("reference", "base", "own")
    tokens: bool = False

    @field_validator("sources")
    @classmethod
    def _at_least_one(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError('name at least one of "reference", "base" and "own"')
        return tuple(sorted(set(value), key=("reference", "base", "own").index))


class CheckSettings(_Section):
    """Limits above which a check warns, as shares of the completions (0 to 1)."""

    unparsed_limit: Annotated[float, Field(ge=0, le=1)] = 0.5
    truncated_limit: Annotated[float, Field(ge=0, le=1)] = 0.2


class StudySettings(_Section):
    """The models and targets of the study and the report.

    models: the models to compare (default: all). targets: what was trained on, each a domain, a skill or SKILL/DOMAIN;
    the gain on the targets is compared with the loss everywhere else.
    """

    models: tuple[str, ...] = ()
    targets: tuple[str, ...] = ("math",)


class RunSettings(_Section):
    """One training run to watch: its folder, its base checkpoint and its model's name (else `model_of` the folder)."""

    folder: Path
    base: Path
    model: str
    method: str = "unknown"

    @model_validator(mode="before")
    @classmethod
    def _named_after_folder(cls, values: object) -> object:
        if isinstance(values, dict) and isinstance(values.get("folder"), str | Path) and "model" not in values:
            return {**values, "model": model_of(Path(values["folder"]))}
        return values


class Settings(_Section):
    """All settings of `skillprobe.toml`. Relative paths start at the file's own folder."""

    items: ItemSettings = ItemSettings()
    prompts: PromptSettings = PromptSettings()
    sampling: SamplingSettings = SamplingSettings()
    protocol: ProtocolSettings = ProtocolSettings()
    compute: ComputeSettings = ComputeSettings()
    divergence: DivergenceSettings = DivergenceSettings()
    checks: CheckSettings = CheckSettings()
    study: StudySettings = StudySettings()
    runs: tuple[RunSettings, ...] = ()
    settle_seconds: Annotated[float, Field(ge=0)] = 30.0

    @field_validator("sampling", mode="before")
    @classmethod
    def _no_unknown_sampling(cls, value: object) -> object:
        known = {field.name for field in fields(SamplingSettings)}
        unknown = sorted(set(value) - known) if isinstance(value, dict) else []
        if unknown:
            raise ValueError(f"unknown sampling setting {unknown[0]!r}; valid are {', '.join(sorted(known))}")
        return value

    @model_validator(mode="after")
    def _models_are_unique(self) -> Self:
        names = [run.model for run in self.runs]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"two runs have the model name {repeated[0]!r}; set a different `model` for each run")
        return self


def _fault(error: ValidationError) -> str:
    """The first fault in a file of settings, with the setting and the value found."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        return f"unknown setting `{where}`"
    return f"`{where}`: {message} (got {first['input']!r})" if where else message


def load_settings(path: Path | None = None) -> Settings:
    """The settings of a TOML file (default: `skillprobe.toml` in the store's folder); all defaults if that is missing.

    Raises SettingsError with the file, the field and its valid values.
    """
    file = path or home() / _FILE
    try:
        with file.open("rb") as opened:
            return Settings.model_validate(_anchored(tomllib.load(opened), file.absolute().parent))
    except (FileNotFoundError, NotADirectoryError) as error:
        if path is None:
            return Settings()
        raise SettingsError("no such file", remedy="name an existing settings file", path=file) from error
    except OSError as error:
        raise SettingsError(
            f"cannot be read: {error.strerror}", remedy="make it a file that this user may read", path=file
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"not valid TOML: {error}", remedy="save the file as UTF-8", path=file) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"not valid TOML: {error}", remedy="correct the syntax at that line", path=file) from error
    except SettingsError as error:
        raise SettingsError(error.cause, remedy=error.remedy, path=file) from error
    except ValidationError as error:
        raise SettingsError(
            _fault(error), remedy="correct or remove this setting; the README lists all settings", path=file
        ) from error


def _anchored(values: dict[str, Any], anchor: Path) -> dict[str, Any]:
    """The file's content with the paths of runs made absolute, so that a run is named after its real folder."""
    runs = values.get("runs")
    for run in runs if isinstance(runs, list) else []:
        for name in ("folder", "base"):
            if isinstance(run, dict) and isinstance(run.get(name), str):
                run[name] = str(full_path(anchor / os.path.expanduser(run[name])))
    return values
