"""Settings: the contents of `skillprobe.toml`, validated; its sections are declared where they are used."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Self, get_args, get_origin, get_type_hints

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from skillprobe_core.benchmark.item_settings import FORMS, ItemSettings
from skillprobe_core.errors import SettingsError, one_line
from skillprobe_core.home import home
from skillprobe_core.measurements.calibration.calibration_settings import CalibrationSettings
from skillprobe_core.measurements.divergence.divergence_settings import DivergenceSettings
from skillprobe_core.measurements.parameters.spectra_settings import SpectraSettings
from skillprobe_core.measurements.profile_tests.collapse_settings import CollapseSettings
from skillprobe_core.measurements.protocols.protocol_settings import ProtocolSettings
from skillprobe_core.measurements.readings.readings_settings import ReadingSettings
from skillprobe_core.measurements.skill_scores.check_settings import CheckSettings
from skillprobe_core.measurements.study.study_settings import StudySettings
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.model_settings import ComputeSettings, PromptSettings
from skillprobe_core.plugins import load_plugins
from skillprobe_core.runs.hub_ids import cached_snapshot
from skillprobe_core.runs.layout_settings import LayoutSettings
from skillprobe_core.runs.layouts import LAYOUTS, Layout
from skillprobe_core.runs.model_naming import model_of
from skillprobe_core.runs.places import full_path
from skillprobe_core.runs.run_settings import RunSettings
from skillprobe_core.runs.scratch_settings import ScratchSettings
from skillprobe_core.runs.watch_settings import WatchSettings
from skillprobe_core.settings_section import Section
from skillprobe_core.terminal import say
from skillprobe_core.visible import visible

SETTINGS_FILE = "skillprobe.toml"


_LIST = "expected a list in brackets"
_FORMERLY = {("divergence", "sources"): "texts"}
"""Present names of settings by section and former name."""


class Settings(Section):
    """All settings of `skillprobe.toml`. Relative paths start at the file's own folder.

    Making them loads the plugins that they name: dotted names of modules, and files (`.py`, or `.sql` for a query).
    """

    plugins: tuple[str, ...] = ()
    items: ItemSettings = ItemSettings()
    prompts: PromptSettings = PromptSettings()
    sampling: SamplingSettings = SamplingSettings()
    protocol: ProtocolSettings = ProtocolSettings()
    compute: ComputeSettings = ComputeSettings()
    divergence: DivergenceSettings = DivergenceSettings()
    parameters: SpectraSettings = SpectraSettings()
    calibration: CalibrationSettings = CalibrationSettings()
    readings: ReadingSettings = ReadingSettings()
    checks: CheckSettings = CheckSettings()
    tests: CollapseSettings = CollapseSettings()
    study: StudySettings = StudySettings()
    layouts: tuple[LayoutSettings, ...] = ()
    runs: tuple[RunSettings, ...] = ()
    watch: WatchSettings = WatchSettings()
    scratch: ScratchSettings = ScratchSettings()
    settle_seconds: Annotated[float, Field(ge=0)] = 30.0

    @field_validator("plugins")
    @classmethod
    def _loaded(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        # The first field: those after it may name what a plugin adds.
        load_plugins(value)
        return value

    @field_validator("sampling", mode="before")
    @classmethod
    def _no_unknown_sampling(cls, value: object) -> object:
        known = {field.name for field in fields(SamplingSettings)}
        unknown = sorted(set(value) - known) if isinstance(value, dict) else []
        if unknown:
            raise ValueError(f"unknown sampling setting {unknown[0]!r}; valid are {', '.join(sorted(known))}")
        return value

    @field_validator("layouts")
    @classmethod
    def _layouts_are_unique(cls, value: tuple[LayoutSettings, ...]) -> tuple[LayoutSettings, ...]:
        names = [*(layout.name for layout in LAYOUTS), *(each.name for each in value)] if value else []
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"there is another layout with the name {repeated[0]!r}; `skillprobe layouts` lists all")
        return value

    @field_validator("runs", mode="before")
    @classmethod
    def _named_by_their_layout(cls, value: object, info: ValidationInfo) -> object:
        own = tuple(each.layout for each in info.data.get("layouts", ()))
        if not own or not isinstance(value, list | tuple):
            return value
        named = (dict(run) if isinstance(run, dict) else run for run in value)
        return [_with_model(run, (*own, *LAYOUTS)) for run in named]

    @model_validator(mode="after")
    def _leaves_room_for_thinking(self) -> Self:
        if self.prompts.thinking:
            object.__setattr__(self, "sampling", self.sampling.for_thinking)
        return self

    @model_validator(mode="after")
    def _models_are_unique(self) -> Self:
        names = [run.model for run in self.runs]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"two runs have the model name {repeated[0]!r}; set a different `model` for each run")
        return self


def with_own(settings: Settings, layouts: Sequence[Layout]) -> Sequence[Layout]:
    """The layouts that the settings describe, then the given ones."""
    known = {layout.name for layout in layouts} if settings.layouts else set()
    own = tuple(each.layout for each in settings.layouts if each.name not in known)
    return (*own, *layouts) if own else layouts


def _with_model(run: object, layouts: Sequence[Layout]) -> object:
    if isinstance(run, dict) and "model" not in run and isinstance(run.get("folder"), str | Path):
        run["model"] = model_of(Path(run["folder"]), layouts)
    return run


def fault_of(error: ValidationError, settings: type[Section] | None = None) -> str:
    """The first fault in settings, with the setting, the value found and what is valid there.

    Args:
        error: The error of the validation.
        settings: The settings that were validated; their names are suggested in place of an unknown one.

    Returns:
        The fault as one clause.
    """
    first = error.errors()[0]
    places = [part for part in first["loc"] if part not in FORMS]
    where = ".".join(map(str, places))
    if first["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        return f"unknown setting `{where}`" + ("" if settings is None else _known_instead(settings, places))
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "tuple_type":
        message = f"expected a list of sections, each under [[{where}]]" if isinstance(first["input"], dict) else _LIST
    return f"`{where}`: {message} (got {first['input']!r})" if where else message


def _known_instead(section: type, places: Sequence[int | str]) -> str:
    """A clause that names the setting meant by an unknown one, its section, or the known names."""
    for part in places[:-1]:
        section = _section_in(_types(section).get(str(part))) or section
    name, types = str(places[-1]), _types(section)
    for each, found in types.items() if len(places) == 1 else ():
        below = _section_in(found)
        if below is not None and name in _types(below):
            return f"; it belongs under {f'[[{each}]]' if get_origin(found) is tuple else f'[{each}]'}"
    close = get_close_matches(name, types, 1)
    return f"; did you mean `{close[0]}`?" if close else f"; known here: {', '.join(types)}"


def _types(section: type) -> dict[str, Any]:
    """The types of a section's settings by name."""
    return get_type_hints(section)


def _section_in(found: object) -> type | None:
    """The section that a setting of this type holds, alone or in a list; None for a plain value."""
    if isinstance(found, type) and (is_dataclass(found) or issubclass(found, Section)):
        return found
    return next((below for each in get_args(found) if (below := _section_in(each))), None)


def load_settings(path: Path | None = None) -> Settings:
    """The settings of a TOML file (default: `skillprobe.toml` in the store's folder); all defaults if that is missing.

    A setting under its former name is read, and a note on standard error gives the present one. Raises SettingsError
    with the file, the field and its valid values.
    """
    if path is None:
        return settings_in(home())
    content = _content(path)
    if content is None:
        raise SettingsError("no such file", remedy="name an existing settings file", path=path)
    return parsed_settings(content, path)


def settings_in(folder: Path) -> Settings:
    """The settings of the store in a folder; all defaults if it has no `skillprobe.toml`.

    Raises SettingsError with the file, the field and its valid values.
    """
    content = _content(folder / SETTINGS_FILE)
    return Settings() if content is None else parsed_settings(content, folder / SETTINGS_FILE)


def parsed_settings(content: bytes, file: Path, *, note: bool = True) -> Settings:
    """The settings that a file of this content has.

    Args:
        content: TOML as UTF-8.
        file: The file, at whose folder relative paths start. It is not read.
        note: False to read settings under their former names without a note on standard error.

    Returns:
        The settings, with absolute paths.

    Raises:
        SettingsError: The content is not valid TOML, or a setting is unknown or wrong.
    """
    try:
        values = _with_present_names(tomllib.loads(content.decode("utf-8-sig")), file, note=note)
        return Settings.model_validate(_anchored(values, file.absolute().parent))
    except UnicodeDecodeError as error:
        raise SettingsError(f"not valid TOML: {error}", remedy="save the file as UTF-8", path=file) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"not valid TOML: {error}", remedy="correct the syntax at that line", path=file) from error
    except SettingsError as error:
        raise SettingsError(error.cause, remedy=error.remedy, path=error.path or file) from error
    except ValidationError as error:
        raise SettingsError(
            fault_of(error, Settings),
            remedy="correct or remove this setting; the README lists all settings",
            path=file,
        ) from error
    except (RecursionError, ValueError) as error:  # lists in lists, and integers of thousands of digits
        raise SettingsError(
            f"not valid TOML: {one_line(error)[:200]}",
            remedy="remove the value that is too long or too deep",
            path=file,
        ) from error


def load_plugins_of(store: Path) -> None:
    """Load the plugins that the settings file in a store's folder names, before anything is built from the registries.

    Other faults of the file are left to `load_settings`. Raises SettingsError for a plugin that cannot be imported.
    """
    file = store / SETTINGS_FILE
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        Settings.model_validate(_anchored({"plugins": values.get("plugins", [])}, file.absolute().parent))
    except SettingsError as error:
        raise SettingsError(error.cause, remedy=error.remedy, path=error.path or file) from error
    except (OSError, RecursionError, ValueError):  # also TOMLDecodeError, UnicodeDecodeError and ValidationError
        return


def _plugin_path(name: object, anchor: Path) -> object:
    """The absolute path of a plugin that is a file; the name of one that is a module."""
    is_file = isinstance(name, str) and name.endswith((".py", ".sql"))
    return str(_absolute(name, anchor)) if is_file and isinstance(name, str) else name


def _absolute(path: str, anchor: Path) -> Path:
    """The path from the file's folder, with `~` and variables of the environment such as `$SCRATCH` replaced."""
    return full_path(anchor / os.path.expandvars(os.path.expanduser(path)))


def _content(file: Path) -> bytes | None:
    """The file's bytes; None if there is no such file."""
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise SettingsError(
            f"cannot be read: {error.strerror}", remedy="make it a file that this user may read", path=file
        ) from error


def _with_present_names(values: dict[str, Any], file: Path, *, note: bool) -> dict[str, Any]:
    """The content with each setting under its present name; where it has both, the former one is unknown."""
    for (section, former), name in _FORMERLY.items():
        given = values.get(section)
        if isinstance(given, dict) and former in given and name not in given:
            given[name] = given.pop(former)
            if note:
                say(
                    f"note: {visible(file)}: write `{name}` instead of `{former}` under [{section}]; the next release "
                    "drops the old name",
                    err=True,
                )
    return values


def _anchored(values: dict[str, Any], anchor: Path) -> dict[str, Any]:
    """The file's content with paths made absolute, so that a run is named after its real folder."""
    plugins = values.get("plugins")
    if isinstance(plugins, list):
        values["plugins"] = [_plugin_path(name, anchor) for name in plugins]
    prompts = values.get("prompts")
    if isinstance(prompts, dict) and isinstance(prompts.get("template_file"), str):
        prompts["template_file"] = str(_absolute(prompts["template_file"], anchor))
    scratch = values.get("scratch")
    if isinstance(scratch, dict) and isinstance(scratch.get("folder"), str):
        scratch["folder"] = str(_absolute(scratch["folder"], anchor))
    runs = values.get("runs")
    for run in runs if isinstance(runs, list) else []:
        for name in ("folder", "base"):
            if isinstance(run, dict) and isinstance(run.get(name), str):
                folder = _absolute(run[name], anchor)
                cached = None if name == "folder" or os.path.lexists(folder) else cached_snapshot(run[name])
                run[name] = str(cached or folder)
    return values
