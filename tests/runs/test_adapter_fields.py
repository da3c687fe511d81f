"""Fields of an adapter's configuration."""

from pathlib import Path

import pytest

from skillprobe_core.runs.adapter_fields import check_adapter_types
from skillprobe_core.runs.bounded_files import RefusedFile


@pytest.mark.parametrize(
    ("field", "valid", "wrong"),
    [
        ("r", [1, 8], [0, -1, 1.5, True, "8", [8], 1 << 40]),
        ("lora_alpha", [16, 0.5, -1], [float("nan"), float("inf"), "16", {}]),
        ("rank_pattern", [{}, {"q_proj": 4}], [[4], {"q_proj": 0}, {"q_proj": "4"}]),
        ("alpha_pattern", [{}, {"q_proj": 0.5}], [7, {"q_proj": float("inf")}, {"q_proj": [1]}]),
        ("target_parameters", [[], ["experts.down_proj"]], ["experts", [3]]),
        ("trainable_token_indices", [[], [3, 5], {"embed_tokens": [1]}], [[-1], ["3"], 3, {"embed_tokens": 1}]),
        ("base_model_name_or_path", ["base", ""], [["base"], 3]),
    ],
)
def test_fields_of_a_wrong_type_are_refused(field: str, valid: list[object], wrong: list[object]) -> None:
    for value in (None, *valid):
        check_adapter_types({field: value}, Path("adapter_config.json"))
    for value in wrong:
        with pytest.raises(RefusedFile, match=f"`{field}` is "):
            check_adapter_types({field: value}, Path("adapter_config.json"))
