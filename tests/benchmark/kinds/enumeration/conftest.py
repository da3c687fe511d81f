import pytest


@pytest.fixture
def listed():
    """`listed(draft)`: the elements of a list answer; they must also be the evidence, in order."""

    def elements(draft):
        found = draft.answer.split(", ")
        assert tuple(found) == draft.evidence
        return found

    return elements
