"""The reading says what the tests establish, and no more."""

import re

import polars as pl
import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.verdicts.answer_form import FORM_RATES
from skillprobe_core.show.report.results_in_words import changes_in_words, model_in_words, stored_results_in_words


def row(scope: str, **values: object) -> dict[str, object]:
    """A row of tests in which nothing moved, but for what is given."""
    still = {
        "scope": scope, "skill": "all", "domain": "all", "base_accuracy": 0.5, "accuracy": 0.4, "change": -0.1,
        "change_low": -0.2, "change_high": 0.0, "p": 0.004, "p_adjusted": 0.004, "p_gated": 0.004,
        "detectable_change": 0.2, "kinds": 12, "kinds_risen": 0, "kinds_fallen": 4, "kind_low": -0.25,
        "kind_high": 0.05, "kind_p_adjusted": 0.2,
        "collapse": False, "output_broken": False, "margin": 0.05, "items": 90, "well_formed_items": 90,
        "uncut_items": 90, "well_formed_rate": 1.0, "base_well_formed_rate": 1.0, "well_formed_accuracy": 0.4,
        "base_well_formed_accuracy": 0.5, "uncut_change": -0.1, "uncut_change_low": -0.2, "uncut_change_high": 0.0,
        "uncut_p_adjusted": 0.004,
    }  # fmt: skip
    still |= {f"{name}_change": 0.0 for name in FORM_RATES} | {f"{name}_p": 1.0 for name in FORM_RATES}
    return still | values


def said(rows: list[dict[str, object]], name: str = "run") -> str:
    return str(changes_in_words(pl.DataFrame(rows), name))


def test_the_overall_change_is_read_by_its_p_over_all_scopes() -> None:
    rows = [row("skill", skill="calculation", p_gated=0.4), row("cell", skill="calculation", p_gated=0.4)]
    text = said([row("overall", p_gated=0.12), *rows], "run at step 5")
    assert text.startswith(
        "run at step 5: no significant change of accuracy; no cell collapsed.\n- Overall accuracy went"
    )
    assert "(-0.10 [-0.20, +0.00], adjusted p = 0.120)" in text


def test_a_skill_is_named_as_such_only_where_kinds_as_clusters_support_it() -> None:
    skills = [
        row("skill", skill="calculation", kind_p_adjusted=0.03, kind_high=-0.01),
        row("skill", skill="simulation"),
        row("skill", skill="diagnostic", kinds=1, kinds_fallen=1, kind_p_adjusted=None, kind_low=None, kind_high=None),
        row("skill", skill="enumeration", p_gated=0.06, kind_p_adjusted=0.01),
    ]
    text = said([row("overall"), *skills, row("cell", skill="calculation")])
    assert text.startswith(
        "run: calculation fell in the skill; simulation and diagnostic fell in these kinds; no cell collapsed.\n"
    )
    assert (
        "- calculation fell in the skill: -0.10 [-0.20, +0.00], adjusted p = 0.004; 4 of 12 kinds fell significantly; "
        "with kinds as clusters [-0.25, -0.01], adjusted p = 0.030.\n"
        "- simulation fell in these kinds: -0.10 [-0.20, +0.00], adjusted p = 0.004; 4 of 12 kinds fell significantly; "
        "with kinds as clusters [-0.25, +0.05], adjusted p = 0.200.\n"
        "- diagnostic fell in these kinds: -0.10 [-0.20, +0.00], adjusted p = 0.004; 1 of 1 kinds fell significantly.\n"
    ) in text
    assert "No significant change in enumeration" in text
    assert "1 of 1 cells changed significantly in these kinds (calculation/all -0.10)" in text


def onset(**values: object) -> dict[str, object]:
    """A row of onsets that has a date of the skill, but for what is given."""
    return {
        "scope": "skill", "skill": "calculation", "domain": "all", "p": 0.001, "kind_p": 0.01, "shift": -0.2,
        "onset_step": 300, "onset_low": 200, "onset_high": 400,
    } | values  # fmt: skip


def dates(*onsets: dict[str, object]) -> str:
    tests = pl.DataFrame([row(scope, step=5, persistent=False) for scope in ("overall", "skill", "cell")])
    return str(model_in_words("run", tests, pl.DataFrame(onsets)))


def test_a_date_is_one_of_the_skill_only_where_kinds_as_clusters_support_it() -> None:
    undated = onset(skill="simulation", p=0.2, kind_p=0.01), onset(scope="overall", skill="all")
    text = dates(onset(), onset(scope="cell", domain="math", kind_p=0.25), *undated)
    assert (
        "Lasting changes in the skill, not only in these kinds [95 % interval of the step]: calculation (-0.20) from "
        "step 300 [200, 400], adjusted p = 0.001 in these kinds, 0.010 with kinds as clusters.\n"
        "- Lasting changes in these kinds [95 % interval of the step]: calculation/math (-0.20) from step 300 "
        "[200, 400], adjusted p = 0.001 in these kinds, 0.250 with kinds as clusters."
    ) in text
    assert "simulation" not in text
    assert "Lasting" not in dates(*undated)


def test_of_many_dates_the_surest_are_listed() -> None:
    text = dates(*(onset(scope="cell", domain=f"domain{place}", p=place / 1_000, kind_p=0.25) for place in range(6)))
    assert all(f"calculation/domain{place} (" in text for place in range(4))
    assert "with kinds as clusters; and 2 more." in text
    assert "domain5" not in text


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((0.3, 0.5), (0.2, 0.5), "calculation and simulation (minimum detectable drop at 80 % power: 0.30)."),
        (
            (0.3, 0.2),
            (0.2, 0.5),
            "(minimum detectable drop at 80 % power: 0.20; base accuracy too low to detect a drop in calculation)",
        ),
        ((0.3, 0.2), (0.4, 0.1), "(base accuracy too low to detect a drop)"),
        ((1.0, 1.0), (1.0, 0.4), "(too few items to detect any drop)"),
    ],
)
def test_no_drop_is_said_to_be_findable_where_none_is(first, second, expected: str) -> None:
    skills = [
        row("skill", skill=skill, p_gated=0.5, detectable_change=detectable, base_accuracy=base)
        for skill, (detectable, base) in {"calculation": first, "simulation": second}.items()
    ]
    assert expected in said([row("overall"), *skills, row("cell")])


def test_a_domain_that_fell_is_named_where_there_are_others() -> None:
    skills = [row("skill", skill=skill, p_gated=0.4) for skill in ("calculation", "simulation")]
    science, math = row("domain", domain="science"), row("domain", domain="math", p_gated=0.4)
    rest = [row("overall"), *skills, row("cell", p_gated=0.4)]
    text = said([*rest, science, math])
    assert "overall accuracy fell, no skill by itself" in text
    assert "- science fell in these kinds: -0.10 [-0.20, +0.00], adjusted p = 0.004.\n" in text
    assert "math" not in text
    assert "science" not in said([*rest, science])


def test_a_change_of_form_is_said_before_anything_else() -> None:
    changed = {"malformed_change": 0.3, "malformed_p": 1e-4, "looped_change": -0.02, "looped_p": 0.2}
    formed = {"well_formed_items": 60, "well_formed_rate": 0.68, "well_formed_accuracy": 0.51}
    rest = [row("skill", skill="calculation", **formed), row("cell", skill="calculation", p_gated=0.4)]
    text = said([row("overall", **changed, **formed), *rest], "run at step 5")
    assert text.startswith(
        "run at step 5: the form of the answers changed (malformed); calculation fell in these kinds; no cell "
        "collapsed.\n"
        "- Overall accuracy went from 0.50 to 0.40 (-0.10 [-0.20, +0.00], adjusted p = 0.004).\n"
        "- The form of the answers changed significantly: malformed +0.30 (adjusted p = 1e-04).\n"
        "- Among well-formed, finished answers it went from 0.50 to 0.51 (60 of 90 items).\n"
    )
    assert "calculation fell in these kinds: -0.10 [-0.20, +0.00], adjusted p = 0.004 (+0.01 among well-formed" in text
    assert "looped" not in text
    same = said([row("overall"), row("skill", skill="calculation"), row("cell")])
    assert same.startswith("run: calculation fell in these kinds; no cell collapsed.\n")
    assert "well-formed" not in same


def test_the_test_on_uncut_items_stands_next_to_that_on_all() -> None:
    uncut = {"uncut_items": 70, "uncut_change": 0.01, "uncut_change_low": -0.04, "uncut_change_high": 0.06}
    rows = [row("overall", uncut_p_adjusted=0.7, **uncut), row("skill", skill="calculation"), row("cell")]
    text = said(rows)
    assert "On the 70 of 90 items that neither side cut it changed by +0.01 [-0.04, +0.06], p = 0.700." in text


def test_broken_output_is_named_with_collapses() -> None:
    cells = [
        row("cell", skill="calculation", domain="math", output_broken=True, well_formed_rate=0.2),
        row("cell", skill="calculation", domain="coding", collapse=True),
    ]
    text = said([row("overall"), row("skill", skill="calculation", p_gated=0.4), *cells])
    assert text.startswith("run: output broken in 1 of 2 cells; collapsed: calculation/coding; overall accuracy fell")
    assert (
        "- Output broken (fewer than half of the answers are well-formed): calculation/math (0.20, before 1.00).\n"
        "- Collapsed: calculation/coding (significant drop of more than 0.05)."
    ) in text


def test_of_many_broken_cells_the_worst_are_named() -> None:
    rates = [0.25, 0.05, 0.45, 0.15, 0.35, 0.4]
    cells = [row("cell", domain=f"domain{rate}", output_broken=True, well_formed_rate=rate) for rate in rates]
    text = said([row("overall"), row("skill", skill="calculation"), *cells])
    assert "output broken in 6 of 6 cells" in text
    assert "all/domain0.05 (0.05, before 1.00), all/domain0.15" in text
    assert "all/domain0.35 (0.35, before 1.00) and 2 more." in text
    assert "domain0.45" not in text.split("Output broken")[1]


def test_rows_that_know_nothing_of_form_are_read_as_before() -> None:
    late = ("well", "base_well", "uncut", "kind", "p_gated", *FORM_RATES)
    unknown = [name for name in row("cell") if name.startswith(late)]
    rows = pl.DataFrame([row("overall"), row("skill", skill="calculation"), row("cell")])
    blank = rows.with_columns(pl.lit(None, rows.schema[name]).alias(name) for name in [*unknown, "output_broken"])
    known = rows.with_columns(kinds=pl.lit(None, pl.Int64))
    assert changes_in_words(blank, "run") == changes_in_words(known, "run")


def read(study: Store, model: str, step: int) -> str:
    return "\n".join(map(str, stored_results_in_words(study, current_protocol(study).protocol, [(model, step)])))


def test_what_was_planted_is_read(study: Store) -> None:
    for model in ("planted-rl", "planted-sft"):
        text = read(study, model, 300)
        assert re.search(r"- calculation rose in (the skill|these kinds): \+0\.", text)
        assert "4 of 4 kinds rose significantly; with kinds as clusters [+0." in text
    assert "collapsed: simulation/science; " in text
    assert "- Collapsed: simulation/science (significant drop of more than 0.05)." in text


def test_a_fall_of_one_kind_elsewhere_widens_what_four_kinds_say_of_their_skill(study: Store) -> None:
    """Both runs gain calculation in all of its four kinds; in SFT one kind of simulation falls to nothing."""
    assert "- calculation rose in the skill: +0." in read(study, "planted-rl", 300)
    assert "- calculation rose in these kinds: +0." in read(study, "planted-sft", 300)


def test_nothing_is_read_where_nothing_was_planted(study: Store) -> None:
    text = read(study, "planted-rl", 300)
    assert "fell" not in text
    assert "; no cell collapsed.\n" in text
    assert "No significant change in diagnostic, enumeration, fact_retrieval and simulation (minimum detectable" in text


def test_the_base_has_not_changed(study: Store) -> None:
    text = read(study, "planted-sft", 0)
    assert "rose" not in text
    assert "0 of 20 cells changed significantly" in text
