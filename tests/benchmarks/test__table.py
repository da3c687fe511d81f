"""The table: aligned, numbers readable, what is missing named below the figures."""

from typing import Any

import pytest

from benchmarks._table import _number, table


def measured(**changes: Any) -> dict[str, Any]:
    row = {
        "benchmark": "items", "name": "vs_peer", "unit": "items/s", "skillprobe": 51152.4, "peer": "peer set",
        "peer_figure": 2355.04, "ratio": 21.7203, "threads": 1, "versions": {"peer": "0.1", "Python": "3.11"},
        "processor": "AMD EPYC (AVX2), 2 cores",
    }  # fmt: skip
    return row | changes


def test_columns_are_aligned_and_the_processor_is_named_once() -> None:
    lines = table([measured(), measured(name="longer_name", ratio=0.5)]).splitlines()
    assert lines[:3] == ["Processor: AMD EPYC (AVX2), 2 cores", "A ratio above 1 means that skillprobe is better.", ""]
    header, first, second = lines[3:]
    assert header.split()[:4] == ["benchmark", "name", "unit", "skillprobe"]
    assert first.split() == ["items", "vs_peer", "items/s", "51,152", "peer", "set", "2,355", "21.72", "1",
                             "peer", "0.1,", "Python", "3.11"]  # fmt: skip
    end = header.index("ratio") + len("ratio")
    assert first[:end].endswith(" 21.72")
    assert second[:end].endswith("   0.5")


def test_figures_without_a_peer_are_left_out() -> None:
    assert "detail" not in table([measured(), measured(name="detail", peer=None, peer_figure=None, ratio=None)])


def test_group_and_number_type_distinguish_figures_of_one_name() -> None:
    assert "vs_peer 7B " in table([measured(group="7B")])
    assert "vs_peer bfloat16 " in table([measured(dtype="bfloat16")])


def test_what_is_missing_or_failed_is_shown_although_nothing_was_measured() -> None:
    text = table(
        [
            {"benchmark": "items", "name": "vs_peer", "peer": "peer", "missing": "not installed"},
            {"benchmark": "speed", "failed": "exit status 1: no memory"},
        ]
    )
    assert text.splitlines()[-2:] == [
        "items  vs_peer  not measured: peer not installed",
        "speed  failed: exit status 1: no memory",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (2.0, "2"), (0.40853, "0.4085"), (191.84, "191.8"), (999.96, "1000"), (14278656, "14,278,656"),
     (0.00012345, "0.0001234"), (3e-7, "3.00e-07")],
)  # fmt: skip
def test_numbers_have_four_significant_digits(value: float, text: str) -> None:
    assert _number(value) == text
