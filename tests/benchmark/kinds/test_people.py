from skillprobe_core.benchmark.kinds.people import PEOPLE


def test_people_have_two_names_and_differ():
    assert len(set(PEOPLE)) == len(PEOPLE) == 200
    assert all(name.replace(" ", "").isalpha() and name.count(" ") == 1 for name in PEOPLE)
