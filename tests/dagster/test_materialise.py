"""Materialisation: errors for the user become failures with the same words; versions are the table's."""

from dataclasses import replace

import dagster as dg
import pytest

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.engine.up_to_date import stored_result
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_dagster.materialise import clear_failure, metadata_of, version_of


def test_an_error_for_the_user_fails_with_its_message_and_is_not_retried() -> None:
    with pytest.raises(dg.Failure) as caught, clear_failure():
        raise StoreError("damaged \x1b[31m", remedy="delete it", path="/store/f")
    failure = caught.value
    assert failure.allow_retries is False
    assert failure.description == str(StoreError("damaged \x1b[31m", remedy="delete it", path="/store/f"))
    assert failure.metadata["path"].value == "/store/f"
    assert failure.metadata["cause"].value == r"damaged \x1b[31m"
    assert failure.metadata["remedy"].value == "delete it"


def test_a_bug_stays_an_exception() -> None:
    with pytest.raises(ZeroDivisionError), clear_failure():
        _ = 1 / 0


def test_metadata_holds_the_headline_the_first_rows_and_the_origin(study: Store) -> None:
    protocol = current_protocol(study).protocol
    table = table_named("skill_scores")
    result = stored_result(table, study, Partition.checkpoint("planted-sft", 300, protocol))
    found = metadata_of(study, result, figure="![mine](data:x)")
    rows = study.read(table, result.partition)
    assert found["dagster/row_count"] == rows.height
    assert found["accuracy"] == rows.filter(skill="all", domain="all", level=0)["accuracy"].item()
    assert found["figure"] == dg.MetadataValue.md("![mine](data:x)")
    assert found["reused"] is True
    assert found["path"] == dg.MetadataValue.path(result.path)


def test_the_version_is_that_of_the_rows_or_of_the_input_that_stands_for_them(study: Store) -> None:
    table = table_named("skill_scores")
    part = Partition.checkpoint("planted-sft", 300, current_protocol(study).protocol)
    result = stored_result(table, study, part)
    assert version_of(result) == result.provenance.data_version
    named = replace(
        result,
        table=replace(table, versioned_by="checkpoint"),
        provenance=replace(result.provenance, inputs={"checkpoint": "abc"}),
    )
    assert version_of(named) == "abc"
