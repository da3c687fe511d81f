from collections import Counter

import pytest

from skillprobe_core.benchmark.kinds.fact_retrieval.general_choice import KIND


@pytest.mark.parametrize("level", KIND.levels)
def test_one_option_is_what_the_tables_say_and_the_others_are_not(level, drafts, lookup, options_of):
    tables = lookup(KIND.domain)
    for draft in drafts(KIND, level, 60):
        question, options = options_of(draft.prompt)
        (right,) = tables.solve(question)
        assert [letter for letter, option in options.items() if option == right] == [draft.answer]
        assert len(set(options.values())) == 4


def test_letters_are_equally_likely(drafts):
    counts = Counter(draft.answer for draft in drafts(KIND, 1, 4000))
    assert set(counts) == set("ABCD")
    assert max(counts.values()) < 1150
