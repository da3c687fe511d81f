"""Drops of a run while it trains: named when they are sure, and kept to."""

import shutil
from pathlib import Path

import polars as pl

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.profile_tests.drops_so_far import drops_in_words, drops_so_far
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.protocols.judged_items import judged_items
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS


def judged(store: Store) -> tuple[str, pl.DataFrame]:
    """The protocol of the planted results, and its items."""
    protocol = current_protocol(store).protocol
    return protocol, judged_items(store, protocol)


def test_a_run_that_is_watched_names_the_drop_when_it_is_sure_and_keeps_to_it(study: Store) -> None:
    protocol, items = judged(study)
    seen = {step: drops_so_far(study, protocol, "planted-sft", step, items) for step in (0, 100, 200, 300)}
    assert seen[0].is_empty()
    (last,) = seen[300].rows(named=True)
    assert (last["skill"], last["domain"]) == ("simulation", "science")
    first = last["first_step"]
    assert [step for step, drops in seen.items() if drops.height] == [step for step in seen if step >= first]
    assert "simulation/science" in drops_in_words(seen[300])
    quiet = drops_so_far(study, protocol, "planted-rl", 300, items)
    assert quiet.is_empty()
    assert "no significant drop in any cell" in drops_in_words(quiet)


def test_before_a_base_is_judged_nothing_is_tested(study: Store, tmp_path: Path) -> None:
    store = Store(Path(shutil.copytree(study.root, tmp_path / "store")))
    protocol, items = judged(store)
    store.path(VERDICTS, Partition.checkpoint("planted-sft", 0, protocol)).unlink()
    found = drops_so_far(store, protocol, "planted-sft", 300, items)
    assert found.is_empty()
    assert found.columns == ["skill", "domain", "change", "first_step"]
    assert drops_so_far(store, protocol, "nobody", 300, items).is_empty()


def test_a_drop_is_stated_with_its_size_and_first_step() -> None:
    drops = pl.DataFrame({"skill": ["simulation"], "domain": ["science"], "change": [-0.25], "first_step": [200]})
    assert drops_in_words(drops).endswith("simulation/science -0.25 (significant since step 200)")
