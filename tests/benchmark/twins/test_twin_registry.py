"""The kinds that have twins: real kinds, several skills and domains, one rule each."""

import random
import re

import pytest

from skillprobe_core import plugins
from skillprobe_core.benchmark.kind_registry import kind_named
from skillprobe_core.benchmark.twins.twin_registry import twin_kinds
from skillprobe_core.errors import SettingsError


def test_at_least_ten_kinds_of_several_skills_and_all_domains_have_twins():
    kinds = [kind_named(name) for name in twin_kinds()]
    assert len(kinds) >= 10
    assert len({kind.skill for kind in kinds}) >= 4
    assert len({kind.domain for kind in kinds}) == 4


def test_an_unknown_wording_has_no_twin():
    for rule in twin_kinds().values():
        assert rule.remove("Which number is meant?", "7", random.Random(0)) is None


def test_a_twin_is_a_question_that_reads_like_its_item(items_of):
    """It keeps nearly all words, has no gap in its punctuation, and is the same in every run."""
    for rule in twin_kinds().values():
        for number, item in enumerate(items_of(rule.kind, 3)):
            twin = rule.remove(item.prompt, item.answer, random.Random(number))
            if twin is None:
                continue
            assert twin == rule.remove(item.prompt, item.answer, random.Random(number))
            assert not re.search(r"  |,,| [,.;]|\(\)|, \.|\band\.", twin.prompt), twin.prompt
            assert twin.prompt[0] == item.prompt[0] or twin.prompt[0].isupper()
            added = set(re.findall(r"\w+", twin.prompt)) - set(re.findall(r"\w+", item.prompt))
            assert len(added) <= 6, (added, twin.prompt)
            assert twin.removed


PLUGIN = """
from skillprobe import Twin, TwinKind

def remove(prompt, answer, rng):
    return Twin("What is ? + 1?", "a summand", ("What is 1 + 1?", "What is 2 + 1?"))

TWIN = TwinKind("column_sum", remove)
"""


@pytest.fixture
def plugged(tmp_path, monkeypatch):
    monkeypatch.setattr(plugins, "_named_in_settings", {})

    def plug(source):
        (tmp_path / "own_twins.py").write_text(source)
        plugins.load_plugins([str(tmp_path / "own_twins.py")])

    return plug


def test_a_plugin_adds_twins_of_a_kind(plugged):
    plugged(PLUGIN)
    assert twin_kinds()["column_sum"].remove("What is 1 + 1?", "2", random.Random(0)).prompt == "What is ? + 1?"


def test_a_kind_has_one_rule(plugged):
    plugged(PLUGIN.replace('"column_sum"', '"row_swaps"'))
    with pytest.raises(SettingsError, match="'row_swaps'"):
        twin_kinds()
