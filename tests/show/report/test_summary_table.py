"""The table that a person sees first says in which number type it was made."""

import polars as pl

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.show.report.summary_table import number_type_lines, summary

SCHEMA = {"model": pl.String, "step": pl.Int64, "dtype": pl.String, "reason": pl.String}


def used(*rows: tuple[str, int, str | None, str | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def test_one_type_takes_one_line_with_its_reason() -> None:
    frame = used(("a", 0, "float32", "the stored type"), ("a", 10, "float32", "the stored type"))
    assert number_type_lines(frame) == ["Number type: float32 (the stored type)"]


def test_types_that_differ_are_a_warning_that_names_the_checkpoints() -> None:
    frame = used(("a", 0, "float32", None), ("a", 10, "bfloat16", "set"), ("a", 20, "float32", None))
    first, *lines = number_type_lines(frame)
    assert first.startswith("warning:")
    assert lines == ["Number type of a/0, a/20: float32", "Number type of a/10: bfloat16 (set)"]


def test_a_server_that_chose_the_type_is_passed_over() -> None:
    assert number_type_lines(used(("a", 0, None, None))) == []
    assert number_type_lines(used()) == []


def test_the_accuracy_among_well_formed_answers_stands_next_to_that_of_all(study: Store) -> None:
    protocol = current_protocol(study).protocol
    part = Partition.checkpoint("planted-rl", 100, protocol)
    scores = study.read(SKILL_SCORES, part).filter(skill="all", domain="all", level=0).row(0, named=True)
    (row,) = summary(study, protocol, [("planted-rl", 100)]).rows(named=True)
    assert row["well-formed"] == f"{scores['well_formed_accuracy']:.2f} of 100%"
    assert scores["well_formed"] == scores["samples"]
