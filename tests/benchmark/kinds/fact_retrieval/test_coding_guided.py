import pytest

from skillprobe_core.benchmark.kinds.fact_retrieval.coding_guided import KIND


@pytest.mark.parametrize("level", KIND.levels)
def test_answer_is_what_the_tables_say_and_the_prompt_names_the_law(level, drafts, lookup):
    tables = lookup(KIND.domain)
    laws = {row["law"] for row in tables.rows}
    for draft in drafts(KIND, level, 60):
        assert draft.answer in tables.solve(draft.prompt), draft.prompt
        named = [law for law in laws if law in draft.prompt]
        assert named
        assert not any(law in draft.answer for law in named)


def test_levels_are_obscurer_and_then_turned_round(drafts):
    forms = {level: {draft.template.split("/")[0] for draft in drafts(KIND, level, 300)} for level in KIND.levels}
    both = {"direct", "inverse"}
    assert forms == {1: {"direct"}, 2: {"direct"}, 3: {"direct"}, 4: both, 5: both, 6: both}
