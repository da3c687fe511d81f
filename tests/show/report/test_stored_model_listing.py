"""The listing counts files, rows and bytes, and names the protocols."""

from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.project.stored_models.stored_model import stored_model
from skillprobe_core.show.report.stored_model_listing import print_files, print_stored_model


def test_a_model_is_listed_with_a_total(study: Store, capsys: pytest.CaptureFixture[str]) -> None:
    found = stored_model(study, "planted-rl")
    print_stored_model(study, found)
    first, protocol, _, *rows = capsys.readouterr().out.splitlines()
    assert first.endswith("steps 0, 100, 200, 300")
    assert protocol == f"  protocol {current_protocol(study).protocol}: planted"
    counted = [row.split() for row in rows]
    assert counted[-1][0] == "total"
    assert [int(value) for value in counted[-1][1:]] == [
        sum(int(row[column]) for row in counted[:-1]) for column in (1, 2, 3)
    ]
    assert int(counted[-1][1]) == len(list(study.root.glob("*/model=planted-rl/step=*/*.parquet")))


def test_only_files_that_there_are_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one").write_bytes(b"x" * 1500)
    print_files("title", {"things": [tmp_path / "one"], "others": []})
    assert capsys.readouterr().out == "title\n  things: 1 (1,500 bytes)\n"
    print_files("title", {"others": []})
    assert not capsys.readouterr().out
