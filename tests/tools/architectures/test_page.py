"""The page's column of vLLM: one cell per class, renewed in place."""

from dataclasses import replace

from skillprobe_core.models.vllm_engine.vllm_classes import VLLMClasses
from tools.architectures.checks import NOT_BUILT, Findings
from tools.architectures.page import page, with_vllm
from tools.architectures.vllm_support import PAGE

CLASSES = VLLMClasses("9.8.7", "6.5.4", frozenset({"A"}), frozenset({"B"}), frozenset({"C"}))
FINDINGS = (
    Findings("a", "A", "own"),
    Findings("b", "B", "library", other=("x", "y")),
    Findings("c", "C", "own", faults=("one | other",)),
    Findings("d", "D", "own", library="evidence"),
    Findings("e", "E", refused="E cannot be run"),
    Findings("f", "F", refused=f"{NOT_BUILT}reads proteins"),
)


def test_every_class_with_a_decoding_has_a_cell() -> None:
    lines = with_vllm(page(FINDINGS), CLASSES).splitlines()
    assert "| model type | class | decoding | vLLM | weights without a component |" in lines
    assert {"| `a` | `A` | own | own |  |", "| `b` | `B` | library | generic | 2 |"} <= set(lines)
    assert r"| `c` | `C` | own | none | one \| other |" in lines
    assert "| `d` | `D` | own | none | evidence |" in lines
    assert {"| `e` | E cannot be run |", "| `f` | reads proteins |"} <= set(lines)
    assert lines.count("|---|---|---|---|---|") == 3
    text = "\n".join(lines)
    assert "vLLM 9.8.7 (with transformers 6.5.4)" in text
    assert len([line for line in lines if line.startswith("**vLLM**")]) == 1


def test_another_record_replaces_the_column_and_changes_nothing_else() -> None:
    first = with_vllm(page(FINDINGS), CLASSES)
    assert with_vllm(first, CLASSES) == first
    other = replace(CLASSES, vllm="1.0", own=frozenset({"B"}), generic=frozenset())
    changed = with_vllm(first, other)
    assert changed != first
    assert with_vllm(changed, CLASSES) == first


def test_the_page_has_the_recorded_column() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert with_vllm(text) == text
