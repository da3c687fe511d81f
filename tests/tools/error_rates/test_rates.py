from tools.error_rates.rates import markdown, percent


def test_a_rate_has_its_monte_carlo_error() -> None:
    assert percent([True] * 10 + [False] * 90) == "10.0 ± 3.0 %"
    assert percent([False] * 200) == "0.0 ± 0.5 %"
    assert percent([True] * 200) == "100.0 ± 0.5 %"
    assert percent([]) == "-"


def test_rows_become_markdown() -> None:
    assert list(markdown(("a", "b"), [("1", "2")])) == ["| a | b |", "| --- | --- |", "| 1 | 2 |"]
