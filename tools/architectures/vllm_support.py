"""Records the classes that vLLM runs and shows them in docs/architectures.md.

The command is `python -m tools.architectures.vllm_support`.

In an environment with vLLM (`make test-vllm` makes one) the list is read from vLLM's registry. Without vLLM the page's
column is renewed from the recorded list.
"""

from __future__ import annotations

import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import transformers

from skillprobe_core.models.vllm_engine.vllm_classes import FILE, Support, recorded_classes, vllm_version

from .page import with_vllm
from .tiny_models import architectures, class_name

PAGE = Path(__file__).parents[2] / "docs" / "architectures.md"


def main() -> None:
    """Record the list if vLLM is installed, then renew the page's column."""
    if find_spec("vllm") is not None:
        text = json.dumps(support(), indent=1, sort_keys=True) + "\n"
        FILE.write_text(text, encoding="utf-8")
        recorded_classes.cache_clear()
    PAGE.write_text(with_vllm(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def support() -> dict[str, object]:
    """The support of the installed vLLM: its version, that of transformers, and names of classes by kind."""
    registry = import_module("vllm.model_executor.models.registry").ModelRegistry
    own = set(registry.get_supported_archs())
    kinds: dict[Support, list[str]] = {"own": sorted(own), "generic": [], "none": []}
    for name in sorted({class_name(each) for each in architectures()} - own):
        kinds["generic" if _accepted(registry, name) else "none"].append(name)
    versions: dict[str, object] = {"vllm": vllm_version(), "transformers": transformers.__version__}
    return versions | dict(kinds)


def _accepted(registry: object, name: str) -> bool:
    """Report if vLLM's generic implementation accepts a class of transformers, by vLLM's own rule."""
    asked = SimpleNamespace(hf_config=None, model_impl="auto", _get_transformers_backend_cls=lambda: name)
    return registry._try_resolve_transformers(name, asked) is not None  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
