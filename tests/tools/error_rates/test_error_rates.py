import pytest

from tools.error_rates.__main__ import NAMES, main


def test_a_table_is_printed_as_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    main(["change_onsets", "--runs", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].replace("-", "").strip("| ") == ""
    assert len({line.count("|") for line in lines}) == 1


def test_an_unknown_name_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["nothing"])
    shown = capsys.readouterr().err
    assert all(name in shown for name in NAMES)
