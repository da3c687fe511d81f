"""Extensions: objects of a known type at the top level of a module, in this package's own folders and in plugins.

A plugin is a Python module, named by an entry point of the group `skillprobe.plugins` of an installed package or by the
setting `plugins` of skillprobe.toml. Every object of an extension type at its top level counts, alone or in a tuple.
Plugins are loaded once per process and for all of it, like any other module.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from .errors import SettingsError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "skillprobe.plugins"
# Under the second, older group an entry point names the kinds themselves.
_GROUPS = (GROUP, "skillprobe.kinds")
_PACKAGES = ("skillprobe", "skillprobe_core")
LAST = 1000
"""Default place in an order: after everything with a place of its own."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plugin:
    """A loaded plugin.

    name: its name in messages. found: a module, the objects that an entry point names, or a file that is not Python.
    removal: the step that leaves it out.
    """

    name: str
    found: object
    removal: str

    @property
    def objects(self) -> tuple[object, ...]:
        """The objects at its top level, those in tuples and lists included."""
        there = list(vars(self.found).values()) if isinstance(self.found, ModuleType) else [self.found]
        nested = [part for each in there if isinstance(each, tuple | list) for part in each]
        return (*there, *nested)


_named_in_settings: dict[str, Plugin] = {}


def load_plugins(names: Iterable[str]) -> None:
    """Load the plugins of the setting `plugins`, each once per process.

    Args:
        names: Dotted names of modules, absolute paths of Python files, and absolute paths of other files that a
            registry reads (`.sql`).

    Raises:
        SettingsError: A plugin cannot be imported or has no extension at its top level.
    """
    for name in names:
        if name not in _named_in_settings:
            plugin = Plugin(repr(name), _imported(name), f"remove {name!r} from `plugins` in skillprobe.toml")
            _named_in_settings[name] = _with_extensions(plugin)


def plugins() -> tuple[Plugin, ...]:
    """The plugins of installed packages, sorted by name, then those of the settings that this process has loaded."""
    return (*_installed(), *_named_in_settings.values())


def load_module(name: str) -> ModuleType:
    """The module of a dotted name or of a path that ends in `.py`; raises whatever importing it raises."""
    if not name.endswith(".py"):
        return import_module(name)
    file = Path(name).resolve()
    # Not by its bare name: a file statistics.py must not replace the standard library's module.
    called = f"skillprobe_plugin.{file}"
    if called not in sys.modules:
        spec = spec_from_file_location(called, file)
        if spec is None or spec.loader is None:
            raise ImportError("not a Python file")
        sys.modules[called] = made = module_from_spec(spec)
        try:
            spec.loader.exec_module(made)
        except BaseException:
            del sys.modules[called]
            raise
    return sys.modules[called]


class Live(Sequence[T]):
    """A sequence that is found each time that it is read, so that it contains what plugins added later."""

    def __init__(self, found: Callable[[], Iterable[T]]) -> None:
        self._found = found

    def __iter__(self) -> Iterator[T]:
        return iter(self._found())

    def __len__(self) -> int:
        return len(tuple(self._found()))

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[T, ...]: ...
    def __getitem__(self, place: int | slice) -> T | tuple[T, ...]:
        """The item at a place, or those of a slice."""
        return tuple(self._found())[place]


def extensions(
    noun: str,
    types: type[T] | tuple[type[Any], ...],
    own: Callable[[], Iterable[T]],
    *,
    names: Callable[[T], Iterable[str]],
    order: Callable[[T], Any] = lambda _: 0,
    taken: Callable[[], Iterable[str]] = tuple,
    of_file: Callable[[Path], T | None] = lambda _: None,
) -> Live[T]:
    """All extensions of one type: skillprobe's own and those of plugins, sorted by `order`, equal ones as found.

    Args:
        noun: The type in messages.
        types: Classes of the extensions.
        own: Finds skillprobe's own.
        names: Names of one that no other may have.
        order: Sort key.
        taken: Further names that none may have, of own extensions that are imported only when they are used.
        of_file: The extension that a plugin stands for which is a file, not a module; None for other files.

    Returns:
        A live sequence. Reading it raises SettingsError when two extensions have one name.
    """

    def found() -> list[T]:
        every = list(own())
        owners = dict.fromkeys(taken(), "skillprobe itself")
        owners |= {name: "skillprobe itself" for each in every for name in names(each)}
        for plugin in plugins():
            offered = [of_file(plugin.found)] if isinstance(plugin.found, Path) else plugin.objects
            for each in offered:
                if not isinstance(each, types) or any(each is other for other in every):
                    continue
                for name in names(each):
                    if name in owners:
                        raise SettingsError(
                            f"plugin {plugin.name}: the name {name!r} of its {noun} is already used by {owners[name]}",
                            remedy=f"rename it in the plugin, or {plugin.removal}",
                        )
                    owners[name] = f"plugin {plugin.name}"
                every.append(each)
        return sorted(every, key=order)

    return Live(found)


@cache
def declared(package: str, *types: type[Any]) -> tuple[Any, ...]:
    """The extensions that the files below a package's folder declare, in the order of the files' names.

    A file counts if one of its lines starts with `NAME = TYPE(`; the others are not imported.
    """
    found: dict[int, object] = {}
    for file in declaring(package, *types):
        for each in vars(import_module(file)).values():
            if isinstance(each, types):
                found.setdefault(id(each), each)
    return tuple(found.values())


def declaring(package: str, *types: type[Any]) -> tuple[str, ...]:
    """Names of the modules below a package's folder that declare an object of these types (see `declared`)."""
    return _declaring(package, "|".join(each.__name__ for each in types))


@cache
def _declaring(package: str, names: str) -> tuple[str, ...]:
    line = re.compile(rf"^\w+ = (?:{names})\(", re.MULTILINE)
    folder = Path(next(iter(import_module(package).__path__)))
    files = [file for file in sorted(folder.rglob("*.py")) if line.search(file.read_text(encoding="utf-8"))]
    return tuple(".".join([package, *file.relative_to(folder).with_suffix("").parts]) for file in files)


@cache
def _installed() -> tuple[Plugin, ...]:
    from importlib.metadata import entry_points  # it draws in `email`; help needs neither

    entries = {(entry.name, entry.value): entry for group in _GROUPS for entry in entry_points(group=group)}
    return tuple(_of_entry(entry) for _, entry in sorted(entries.items()))


def _of_entry(entry: EntryPoint) -> Plugin:
    name = f"'{entry.name} = {entry.value}'"
    package = f"package {entry.dist.name}" if entry.dist is not None else "package that provides it"
    removal = f"uninstall the {package}"
    try:
        found = entry.load()
    except (Exception, SystemExit) as error:  # whatever a package's code raises, also the end of the process
        raise SettingsError(
            f"plugin {name}, an entry point of the {package}, cannot be loaded: {error!r}",
            remedy=f"correct this error in the package, or {removal}",
        ) from error
    return _with_extensions(Plugin(name, found, removal))


def _imported(name: str) -> object:
    file = Path(name)
    try:
        if file.is_absolute() and file.suffix != ".py":
            if not file.is_file():
                raise FileNotFoundError("there is no such file")
            return file
        return load_module(name)
    except (Exception, SystemExit) as error:  # whatever a user's module raises, also the end of the process
        raise SettingsError(
            f"`plugins`: {name!r} cannot be imported: {error!r}",
            remedy="correct this error in its code, or its name or path in `plugins` (a path starts at the folder of "
            "skillprobe.toml), or remove it from `plugins`",
        ) from error


def _with_extensions(plugin: Plugin) -> Plugin:
    """The plugin; raises SettingsError if no object at its top level is an instance of a class of skillprobe."""
    kinds = (type(each).__module__.partition(".")[0] for each in plugin.objects)
    if isinstance(plugin.found, Path) or any(kind in _PACKAGES for kind in kinds):
        return plugin
    raise SettingsError(
        f"plugin {plugin.name} adds nothing: no object at its top level is an extension",
        remedy=f"define one there, for example `KIND = Kind(...)`, or {plugin.removal}",
    )
