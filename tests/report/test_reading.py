"""The reading says what the tests establish, and no more."""

from skillprobe_core.report.reading import reading
from skillprobe_core.store.parquet import Store
from skillprobe_core.store.tables.items import ITEMS


def read(study: Store, model: str, step: int) -> str:
    return reading(study, [(model, step)], study.item_sets(ITEMS)[0])


def test_what_was_planted_is_read(study: Store) -> None:
    text = read(study, "planted-sft", 300)
    assert "Skills that grew: calculation +0.2" in text or "Skills that grew: calculation +0.3" in text
    assert "collapsed by more than 0.05: simulation/science." in text


def test_nothing_is_read_where_nothing_was_planted(study: Store) -> None:
    text = read(study, "planted-rl", 300)
    assert "fell" not in text
    assert "none is shown to have collapsed" in text
    assert "No change is established for diagnostic, enumeration, fact_retrieval and simulation (a drop of 0." in text


def test_the_base_has_not_changed(study: Store) -> None:
    text = read(study, "planted-sft", 0)
    assert "grew" not in text
    assert "0 of 20 cells moved" in text
