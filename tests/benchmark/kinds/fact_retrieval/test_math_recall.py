import pytest

from skillprobe_core.benchmark.kinds.fact_retrieval.math_recall import KIND


@pytest.mark.parametrize("level", KIND.levels)
def test_answer_is_what_the_tables_say(level, drafts, lookup):
    tables = lookup(KIND.domain)
    for draft in drafts(KIND, level, 100):
        assert tables.solve(draft.prompt) == {draft.answer}, draft.prompt


def test_levels_are_obscurer_and_then_less_direct(drafts):
    forms = {level: {draft.template.split("/")[0] for draft in drafts(KIND, level)} for level in KIND.levels}
    top = {"direct", "inverse", "two_hops"}
    assert forms == {
        1: {"direct"},
        2: {"direct"},
        3: {"direct"},
        4: top - {"two_hops"},
        5: top - {"inverse"},
        6: top - {"inverse"},
    }


def test_the_first_level_has_room_for_three_splits(drafts):
    assert len({draft.prompt for draft in drafts(KIND, 1, 3000)}) >= 400
