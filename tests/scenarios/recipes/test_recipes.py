"""The nine recipes of CONTRIBUTING, performed as plugins of one store, and seen wherever the product shows them."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest


def numbers(rows: list[dict[str, str]], name: str) -> list[float]:
    """The values of a column; one that is null fails."""
    return [float(row[name]) for row in rows]


def test_a_kind_is_drawn_checked_and_evaluated(shown: dict[str, Any]) -> None:
    assert "checks failed: 0" in shown["battery"]
    assert "calculation/math  level 1" in shown["item"]
    kinds = {row["kind"]: row["source"] for row in shown["items"]}
    assert kinds["listed_sum"] == "procedural"
    assert {"column_sum", "listed_sum"} <= {row["kind"] for row in shown["verdicts"]}


def test_a_source_is_listed_imported_and_evaluated(shown: dict[str, Any]) -> None:
    assert "licence: CC0" in shown["imported"]
    assert "capitals" in shown["sources"]
    assert {"kind": "capitals", "source": "capitals", "n": "2"} in shown["items"]
    assert {"kind": "capitals", "n": "2"} in shown["verdicts"]


def test_a_divergence_measure_is_stored_and_shown_everywhere(shown: dict[str, Any]) -> None:
    items = shown["divergence"]
    assert items
    for row in items:
        hellinger, tv = float(row["hellinger"]), float(row["tv"])
        assert 0 < hellinger**2 <= tv <= hellinger * 2**0.5  # Le Cam's inequalities, for each token and so for means
    by_item = {row["item_id"]: float(row["hellinger"]) for row in shown["tokens"]}
    assert by_item == pytest.approx({row["item_id"]: float(row["hellinger"]) for row in items})
    comment = {(row["table_name"], row["column_name"]): row["comment"] for row in shown["comments"]}
    assert comment["logit_divergence", "hellinger"].startswith("Hellinger distance, mean over")
    dagster = shown["dagster"]
    assert "hellinger" in dagster["assets"]["logit_divergence"]["columns"]
    assert "hellinger" in dagster["divergence"]
    assert dagster["checks"]["divergences_are_finite"]
    assert "Hellinger distance" in shown["report"]
    assert {row["measure"] for row in shown["study_measures"]} >= {"hellinger", "forward_kl"}
    noise = {row["variation"]: row["hellinger"] for row in shown["old_store"]["noise"]}
    assert 0 <= float(noise["repeat"]) < float(noise["bfloat16"]) < 0.1


def test_a_parameter_measure_is_stored_and_shown_everywhere(shown: dict[str, Any]) -> None:
    values = numbers(shown["weights"], "signs_changed")
    assert 0 < max(values) < 0.2
    assert min(values) >= 0
    (of_model,) = (float(row["value"]) for row in shown["study_measures"] if row["measure"] == "signs_changed")
    assert min(values) <= of_model <= max(values)
    assert "signs_changed" in shown["parameters"]
    assert shown["dagster"]["signs_changed"] == pytest.approx(of_model)
    assert "signs_changed" in shown["dagster"]["assets"]["parameter_stats"]["columns"]
    assert "signs changed" in shown["report"]


def test_a_backend_generates_and_is_part_of_the_noise_floor(shown: dict[str, Any]) -> None:
    assert {row["backend"] for row in shown["generations"]} == {"generate float32 cpu"}
    same = {row["variation"]: float(row["same_share"]) for row in shown["old_store"]["noise"]}
    assert same["generate"] == same["repeat"] == 1  # the tokens are those of the product's own decoding


def test_a_layout_finds_complete_checkpoints(shown: dict[str, Any]) -> None:
    assert shown["checkpoints"] == [{"model": "exp", "step": "0"}, {"model": "exp", "step": "10"}]
    assert "no DONE yet" in shown["watched"]


def test_a_query_is_listed_and_answered(shown: dict[str, Any]) -> None:
    assert "longest_answers MODEL [most=5]\n    Which answers of a model are the longest?" in shown["list"]
    answer = list(csv.DictReader(io.StringIO(shown["query"])))
    assert [list(row) for row in answer] == [["step", "kind", "characters", "completion"]] * 2
    assert int(answer[0]["characters"]) == max(int(row["characters"]) for row in shown["longest"])


def test_a_tracker_gets_the_scores(shown: dict[str, Any]) -> None:
    assert "values sent to jsonl" in shown["logged"]
    lines = [json.loads(line) for line in shown["lines"]]
    assert [(line["model"], line["step"]) for line in lines] == [("exp", 0), ("exp", 10)]
    assert lines[1]["divergence/hellinger"] > 0


def test_a_table_is_computed_and_an_asset(shown: dict[str, Any]) -> None:
    assert [row["step"] for row in shown["lengths"]] == ["0", "10"]
    assert all(value > 0 for value in numbers(shown["lengths"], "characters"))
    asset = shown["dagster"]["assets"]["answer_length"]
    assert asset == {"columns": ["model", "step", "characters"], "parents": ["generations"], "group": "skills"}
    comment = {row["column_name"]: row["comment"] for row in shown["comments"]}
    assert comment["characters"] == "Mean length of an answer (characters)"


def test_settings_made_in_python_name_plugins_as_well(shown: dict[str, Any]) -> None:
    assert Path(shown["python"]).name == "my_kind.py"


def test_new_measures_make_their_tables_stale_once_and_no_others(shown: dict[str, Any]) -> None:
    old = shown["old_store"]
    # Rows of divergence that were computed without plugins name no set of measures, as those of earlier versions; the
    # set of weight measures has grown since, so that its rows name it.
    assert old["named"] == {"logit_divergence": False, "parameter_stats": True}
    assert old["named_now"] == {"logit_divergence": True, "parameter_stats": True}
    # Until they are computed again, the new columns are null in them, and no value of 0 is made up for a study.
    assert int(old["columns"]["n"]) > 0
    assert old["columns"]["known"] == "0"
    assert "forward_kl" in old["measures"]
    assert not {"hellinger", "signs_changed"} & set(old["measures"])
    stale = {name.split("/")[0] for name, reused in old["first"].items() if not reused}
    assert stale == {"logit_divergence", "elementwise_stats", "parameter_stats", "answer_length"}
    assert all(old["again"].values())
