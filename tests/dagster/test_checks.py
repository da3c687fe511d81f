"""The checks that tables declare, as asset checks of one partition."""

import dagster as dg
import polars as pl

from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.measurements.noise.noise_floor_table import NOISE_FLOOR
from skillprobe_core.measurements.profile_tests.profile_tests_table import PROFILE_TESTS
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_dagster.checks import CHECKS
from skillprobe_dagster.definitions import build_defs
from skillprobe_dagster.resources import ProjectResource
from tests.filling import filled


def probe(place, instance, key):
    if not instance.has_dynamic_partition("checkpoint", key):
        instance.add_dynamic_partitions("checkpoint", [key])
    job = build_defs(place.home).resolve_job_def("probe_checkpoint")
    result = job.execute_in_process(partition_key=key, instance=instance)
    assert result.success
    return result


def check(name, place, instance, key):
    """One check alone, on what is stored now."""
    found = next(each for each in CHECKS if next(iter(each.check_specs)).name == name)
    job = dg.Definitions(
        assets=[*build_defs(place.home).assets],
        asset_checks=[found],
        jobs=[dg.define_asset_job("alone", selection=dg.AssetSelection.checks(found))],
        resources={"project": ProjectResource(home=str(place.home))},
    ).resolve_job_def("alone")
    (evaluated,) = job.execute_in_process(
        tags={"dagster/partition": key}, instance=instance
    ).get_asset_check_evaluations()
    return evaluated


def test_limits_are_settings_and_other_items_are_noticed(place, instance):
    place.arrive(10)
    place.arrive(20)
    probe(place, instance, "tiny/10")
    settings = place.home / "skillprobe.toml"
    before = settings.read_text()
    assert check("items_are_those_of_the_model", place, instance, "tiny/10").passed
    settings.write_text(before + "\n[checks]\nunparsed_limit = 1.0\ntruncated_limit = 1.0\n")
    assert check("answers_are_whole", place, instance, "tiny/10").passed
    assert check("answers_are_parsed", place, instance, "tiny/10").passed
    settings.write_text(before + "\n[checks]\nunparsed_limit = 0.0\ntruncated_limit = 0.0\n")
    cut = check("answers_are_whole", place, instance, "tiny/10")
    assert not cut.passed  # four tokens are hardly ever an answer
    assert cut.severity is dg.AssetCheckSeverity.WARN
    assert cut.metadata["truncated_rate"].value > 0

    settings.write_text(before.replace("per_level = 1", "per_level = 2"))
    evaluated = {each.check_name: each for each in probe(place, instance, "tiny/20").get_asset_check_evaluations()}
    told = evaluated["items_are_those_of_the_model"]
    assert not told.passed
    assert "steps 10 have no results under protocol" in told.description


def test_changes_within_the_noise_floor_are_warned_of(place, instance):
    place.arrive(10)
    probe(place, instance, "tiny/10")
    unmeasured = check("changes_exceed_noise", place, instance, "tiny/10")
    assert unmeasured.passed
    assert "skillprobe noise tiny@0" in unmeasured.description
    store = Store(place.home)
    part = Partition.checkpoint("tiny", 10, current_protocol(store).protocol)
    tests = store.read(PROFILE_TESTS, part)
    first = pl.int_range(pl.len()) == 0
    moved = tests.with_columns(
        p_gated=pl.when(first).then(0.001).otherwise(1.0), change=pl.when(first).then(0.05).otherwise(0.0)
    )
    store.write(PROFILE_TESTS, part, moved, Provenance("planted", "1"))
    for rate, passed in ((0.9, False), (0.0, True)):
        rows = [
            {"model": "tiny", "step": 0, "item_set": "s", "variation": "batch 1", "skill": skill}
            | {"flip_rate": rate, "flip_rate_high": rate}
            for skill in [*tests["skill"].unique()]
        ]
        noise = filled(NOISE_FLOOR, pl.DataFrame(rows))
        store.write(NOISE_FLOOR, Partition.checkpoint("tiny", 0, part.protocol), noise, Provenance("planted", "1"))
        found = check("changes_exceed_noise", place, instance, "tiny/10")
        assert found.passed == passed
    assert "all above the noise floor" in found.description
