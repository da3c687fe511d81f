"""The battery finds what is wrong with a kind, and passes one that is sound."""

import itertools
import random
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from skillprobe_core import plugins
from skillprobe_core.benchmark import kind_registry as registry
from skillprobe_core.benchmark.battery import battery_checks as checks
from skillprobe_core.benchmark.battery.kind_modules import kinds_of
from skillprobe_core.benchmark.item_schema import AnswerType, Draft, finished
from skillprobe_core.benchmark.kinds.calculation.column_sum import KIND
from skillprobe_core.errors import ItemError, SettingsError
from skillprobe_core.show.cli.main import app

SOUND = '''
"""Count letters."""
import random
from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Kind, Skill


def draft(level: int, rng: random.Random) -> Draft:
    word = "".join(rng.choice("abc") for _ in range(10 * level))
    wanted = rng.choice("abc")
    asked = f"How often does {wanted} stand in {word}?"
    {extra}
    return Draft(asked, str(word.count(wanted)), f"Count.\\nAnswer: {{word.count(wanted)}}", "often", 0.1)


KIND = Kind("letters", 1, Skill.ENUMERATION, Domain.GENERAL, AnswerType.INTEGER, draft)
'''


def mutated(**changes):
    def draft(level: int, rng: random.Random) -> Draft:
        made = finished(KIND.draft(level, rng))
        return replace(made, **{name: change(made) for name, change in changes.items()})

    return replace(KIND, name="mutant", draft=draft)


TWO_SENTENCES = mutated(answer=lambda d: "St. One. Two")


@pytest.mark.parametrize(
    ("check", "kind", "words"),
    [
        (checks.well_formed, mutated(prompt=lambda d: f"{d.prompt}\nAnswer:"), "contains an answer line"),
        (checks.well_formed, mutated(answer=lambda d: f"{d.answer}0"), "does not end in"),
        (checks.well_formed, mutated(evidence=lambda d: ("never said",)), "not strictly correct"),
        (checks.well_formed, mutated(chance=lambda d: 1.5), "not a probability"),
        (checks.well_formed, mutated(tolerance=lambda d: 0.1), "tolerance"),
        (checks.well_formed, mutated(template=lambda d: ""), "template"),
        (checks.right_is_right, replace(TWO_SENTENCES, answer_type=AnswerType.TEXT), "is judged"),
        (checks.wrong_is_wrong, mutated(accepted=lambda d: (f"{d.answer}1",)), "is judged"),
        (checks.splits_are_disjoint, mutated(prompt=lambda d: "What is it?"), "no prompt belongs"),
        (checks.answer_is_no_give_away, mutated(prompt=lambda d: f"{d.prompt} (It is {d.answer}.)"), "100%"),
    ],
)  # fmt: skip
def test_each_check_finds_its_fault(check, kind, words):
    assert not list(check(KIND, 1, 8))
    assert any(words in problem for problem in list(check(kind, 1, 8)))


def drawing_late(level, rng):
    yield "How many?"
    number = rng.randint(1, 9)
    return Draft("How many?", str(number), f"Answer: {number}", "t", 0.1)


def changing_its_mind(level, rng):
    yield "How many?"
    return Draft("How few?", "1", "Answer: 1", "t", 0.1)


@pytest.mark.parametrize(("draft", "words"), [(drawing_late, "drawn after"), (changing_its_mind, "but the draft's is")])
def test_a_kind_that_does_not_ask_first_is_found(draft, words):
    assert all(words in problem for problem in checks.question_comes_first(replace(KIND, draft=draft), 1, 3))
    assert len(list(checks.question_comes_first(replace(KIND, draft=draft), 1, 3))) == 3


def test_a_kind_whose_prompts_do_not_depend_on_the_seed_is_found():
    numbers = itertools.cycle(range(100))
    counted = replace(KIND, draft=lambda level, rng: Draft(f"{next(numbers)}?", "1", "Answer: 1", "t", 1.0))
    assert any("two seeds share" in problem for problem in checks.seeds_differ(counted, 1, 60))


def test_levels_that_are_the_same_task_are_found():
    flat = replace(KIND, draft=lambda level, rng: Draft(f"{rng.randint(1, 9)}?", "1", "Answer: 1", "t", 1.0))
    assert list(checks.levels_climb(flat, 20))
    assert not list(checks.levels_climb(KIND, 20))


def write(path, extra="pass"):
    path.write_text(SOUND.replace("{extra}", extra).replace("{{", "{").replace("}}", "}"))
    return path


def test_a_sound_kind_of_a_user_passes(tmp_path):
    result = CliRunner().invoke(app, ["items", "check", str(write(tmp_path / "letters.py")), "-n", "8"])
    assert result.exit_code == 0, result.stdout
    assert "kinds checked: 1; checks failed: 0" in result.stdout


def test_a_kind_that_depends_on_the_hash_seed_fails(tmp_path):
    file = write(tmp_path / "letters.py", "asked += ' ' + ' '.join({'red', 'green', 'blue', 'black'})")
    result = CliRunner().invoke(app, ["items", "check", str(file), "-n", "2"])
    assert result.exit_code == 1
    assert "FAILED  same_everywhere (letters)" in result.stdout


def test_a_module_without_kinds_is_refused(tmp_path):
    (tmp_path / "none.py").write_text("x = 1")
    with pytest.raises(ItemError, match="does not define an item kind"):
        kinds_of(str(tmp_path / "none.py"))
    with pytest.raises(ItemError, match="cannot be imported"):
        kinds_of("no.such.module")


@pytest.fixture
def install(tmp_path, monkeypatch):
    """`install(source)`: a package on the path whose entry point `mine` names `offered` in a module of that source."""

    def installed(source):
        name = f"package_{tmp_path.name}".replace("-", "_")
        (tmp_path / f"{name}.py").write_text(source)
        about = tmp_path / f"{name}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[skillprobe.kinds]\nmine = {name}:offered\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        plugins._installed.cache_clear()

    yield installed
    plugins._installed.cache_clear()


ANOTHER = """
from dataclasses import replace
from skillprobe_core.benchmark.kinds.calculation.column_sum import KIND
offered = (replace(KIND, name="mine"),)
"""


def test_kinds_of_installed_packages_are_kinds_like_any(install):
    install(ANOTHER)
    assert registry.kind_named("mine").draft is KIND.draft
    assert [kind.name for kind in registry.all_kinds()] == [*(kind.name for kind in registry.KINDS), "mine"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            ANOTHER.replace('"mine"', '"linear_equation"'),
            "'linear_equation' of its item kind is already used by skillprobe",
        ),
        ("offered = 'text'", "adds nothing"),
        ("offered = ()", "adds nothing"),
        ("import no_such_module", "cannot be loaded"),
        ("", "cannot be loaded"),
    ],
)
def test_an_entry_point_without_a_kind_is_named(install, source, words):
    install(source)
    with pytest.raises(SettingsError, match=f"plugin 'mine = .*{words}"):
        registry.all_kinds()
