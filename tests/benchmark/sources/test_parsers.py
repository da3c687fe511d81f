"""Each source on small files in the format of its package."""

import json
from fractions import Fraction

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Skill, Split
from skillprobe_core.benchmark.judging.judge import Verdict, judge
from skillprobe_core.benchmark.sources import SOURCES, source_named
from skillprobe_core.benchmark.sources.gsm8k_first_error import value_of
from skillprobe_core.benchmark.sources.math500 import answer_of
from skillprobe_core.benchmark.sources.mmlu import CELLS, level_of
from skillprobe_core.benchmark.sources.source import Entry, items_from
from skillprobe_core.benchmark.splits import split_of

EGGS = {
    "question": "Janet has 16 eggs and eats 3 and 4 of them. The rest sells at $2 each. What does she make?",
    "answer": "She sells 16 - 3 - 4 = <<16-3-4=9>>9 eggs.\nShe makes 9 * 2 = $<<9*2=18>>18.\n#### 18",
}
HOUSE = {
    "question": "A house costs $1,000 and repairs $500. What is that in all?",
    "answer": "It is 1000 + 500 = <<1000+500=1500>>1500 dollars.\n#### 1,500",
}


def items(source, opened):
    found = items_from(source_named(source).read(opened), source)
    assert {item.source for item in found} == {source}
    for item in found:
        if item.answer_type is not AnswerType.EXPRESSION:
            assert judge(item, item.reference) == judge(item, item.reference)
            assert judge(item, item.reference).verdict is Verdict.CORRECT
            assert judge(item, item.reference).strict
    return found


def test_gsm8k(archive):
    first, second = items("gsm8k", archive({"gsm8k/gold_bpb_5shot": [EGGS, HOUSE]}))
    assert (first.skill, first.domain, first.split) == (Skill.CALCULATION, Domain.MATH, Split.EVALUATION)
    assert (first.prompt, first.answer, first.answer_type) == (EGGS["question"], "18", AnswerType.INTEGER)
    assert first.reference == "She sells 16 - 3 - 4 = 9 eggs.\nShe makes 9 * 2 = $18.\nAnswer: 18"
    assert second.answer == "1500"
    assert judge(second, "That makes $1,500.").verdict is Verdict.CORRECT


def test_gsm8k_first_error_changes_one_stated_result_and_nothing_else(archive):
    questions = [{**EGGS, "question": f"{EGGS['question']} ({number})"} for number in range(60)]
    found = items("gsm8k_first_error", archive({"gsm8k/gold_bpb_5shot": questions}))
    right = ["Step 1: She sells 16 - 3 - 4 = 9 eggs.", "Step 2: She makes 9 * 2 = $18."]
    assert {item.answer for item in found} == {"0", "1", "2"}
    for item in found:
        steps = item.prompt.splitlines()[1:3]
        wrong = [number for number, (step, true) in enumerate(zip(steps, right, strict=True), 1) if step != true]
        assert wrong == ([int(item.answer)] if item.answer != "0" else [])
        assert "<<" not in item.prompt
        assert (item.skill, item.domain) == (Skill.DIAGNOSTIC, Domain.MATH)


def test_gsm8k_first_error_leaves_out_what_is_wrong_or_unclear_in_the_data(archive):
    false = {**EGGS, "answer": EGGS["answer"].replace("<<16-3-4=9>>", "<<16-3-4=8>>")}
    unannotated = {**EGGS, "answer": "She sells nine eggs.\nShe makes 9 * 2 = $<<9*2=18>>18.\n#### 18"}
    one_line = HOUSE
    assert not items_from(
        source_named("gsm8k_first_error").read(archive({"gsm8k/gold_bpb_5shot": [false, unannotated, one_line]})), "x"
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [("16-3-4", 9), ("2*(3+4)/7", 2), ("-.5*4", -2), ("1/3+1/3", Fraction(2, 3)), ("5/0", None), ("2x", None),
     ("(2+3", None), ("", None), ("7 - 2 * 3", 1)],
)  # fmt: skip
def test_expressions_are_worked_out_exactly(text, value):
    assert value_of(text) == value


def test_math500_tells_counting_from_calculation_and_answers_by_type(archive):
    def problem(text, boxed, level):
        return {"problem": text, "level": level, "type": None, "solution": f"So \\boxed{{{boxed}}}.", "answer": "?"}

    rows = [problem("Add.", "1{,}234", 1), problem("How many ways?", "6", 2), problem("Half?", "\\frac{1}{2}", 3)]
    rows.append(problem("Expand.", "x^2 - 1", 5))
    counting = [{**rows[1], "problem": "How  many\nways?"}]
    found = items(
        "math500",
        archive(
            {
                "minerva_math_500/gold_bpb_0shot": rows,
                "minerva_math_counting_and_probability/gold_bpb_0shot": counting,
            }
        ),
    )
    assert [(item.skill, item.level, item.answer, item.answer_type) for item in found] == [
        (Skill.CALCULATION, 1, "1234", AnswerType.INTEGER),
        (Skill.ENUMERATION, 2, "6", AnswerType.INTEGER),
        (Skill.CALCULATION, 3, "1/2", AnswerType.RATIONAL),
        (Skill.CALCULATION, 5, "x^2 - 1", AnswerType.EXPRESSION),
    ]
    assert answer_of("no box here") is None


def test_arc_shows_its_options_and_takes_their_text_too(archive):
    easy = {"id": "1", "query": "Question: Which is hot?\nAnswer:", "choices": ["ice", "the Sun", "snow"], "gold": 1}
    hard = {**easy, "query": "Question: Which is cold?\nAnswer:", "gold": 0}
    first, second = items("arc", archive({"arc_easy/test_rc_5shot": [easy], "arc_challenge/test_rc_5shot": [hard]}))
    assert first.prompt == "Which is hot?\nA) ice\nB) the Sun\nC) snow"
    assert (first.answer, second.answer, first.level, second.level) == ("B", "A", 2, 3)
    for text in ("Answer: B", "Answer: the Sun", "**(B) the Sun**", "The answer is B."):
        assert judge(first, text).verdict is Verdict.CORRECT, text
    assert judge(first, "Answer: A").verdict is Verdict.WRONG


def test_mmlu_maps_all_57_subjects_to_one_cell_each(archive):
    subjects = [subject for group in CELLS.values() for subject in group]
    assert len(subjects) == len(set(subjects)) == 57
    row = {"question": "?", "subject": "", "choices": ["k = 0", "k = 1", "2", "3"], "answer": 1}
    tables = {
        f"hails/mmlu_no_train/{subject}/{part}": [{**row, "question": f"{subject} {part} {n}?"} for n in range(2)]
        for subject in subjects
        for part in ("test", "validation")
    }
    found = items("mmlu", archive(tables=tables))
    assert len(found) == 4 * 57
    assert {item.answer for item in found} == {"B"}
    for item in found:
        assert item.split is (Split.VALIDATION if "validation" in item.prompt else Split.EVALUATION)
    assert [level_of(s) for s in ("elementary_mathematics", "high_school_physics", "virology", "professional_law")] == [
        1, 2, 3, 5,
    ]  # fmt: skip


def test_triviaqa_accepts_every_alias(archive):
    answer = {"value": "Sunset Boulevard", "aliases": ["Sunset Blvd."], "normalized_aliases": ["west sunset boulevard"]}
    row = {"question": "Which musical?", "question_id": "tc_33", "answer": answer}
    unreadable = {
        **row,
        "question": "Which song?",
        "answer": {"value": '"Turn! Turn!"', "aliases": [], "normalized_aliases": []},
    }
    (item,) = items("triviaqa", archive(tables={"trivia_qa/rc.wikipedia.nocontext/validation": [row, unreadable]}))
    for text in ("sunset boulevard", "Sunset Blvd", "West Sunset Boulevard."):
        assert judge(item, f"Answer: {text}").verdict is Verdict.CORRECT


def test_basic_skills_hash_their_split_and_ask_arithmetic_for_its_number(archive):
    document = {"id": "0", "question": "4 * 8 =", "choices": ["40", "32"], "gold": 1}
    names = ("coding", "common_knowledge", "logical_reasoning", "pattern", "string_operations")
    requests = {f"basic_skills_{n}/rc_5shot": [{**document, "question": n, "choices": ["a b", "c d"]}] for n in names}
    found = items("basic_skills", archive({"basic_skills_arithmetic/rc_5shot": [document, document], **requests}))
    assert found[0].prompt == "What is 4 * 8?"
    assert (found[0].answer, found[0].answer_type) == ("32", AnswerType.RATIONAL)
    assert len(found) == 6
    assert all(item.split is split_of(item.prompt) for item in found)
    assert {item.answer for item in found[1:]} == {"B"}


def test_error_recovery_shows_the_wrong_step_last_or_not_at_all(archive):
    rows = [
        {"question": f"{task} {number}", "correct_steps": ["one", "two"], "incorrect_step": "three", "task": task,
         "mistake_index": 2.0, "target": 1}
        for number in range(40)
        for task in ("multistep_arithmetic", "dyck_languages", "word_sorting")
    ]  # fmt: skip
    text = "\n".join(map(json.dumps, rows))
    found = items("error_recovery", archive(texts={"evals/registry/data/error_recovery/main.jsonl": text}))
    assert {item.answer for item in found} == {"0", "3"}
    for item in found:
        assert ("three" in item.prompt) == (item.answer == "3")
        assert item.chance >= 0.5
    assert {item.domain for item in found} == {Domain.MATH, Domain.CODING, Domain.GENERAL}


def test_chance_is_the_majority_of_the_kind_and_level_or_one_in_so_many_options():
    def entry(prompt, answer, chance=0.1):
        draft = Draft(prompt, answer, f"Answer: {answer}", "plain", chance)
        return Entry("k", Skill.CALCULATION, Domain.MATH, 1, AnswerType.INTEGER, draft)

    found = items_from([entry("a", "1"), entry("b", "1"), entry("c", "2"), entry(" A ", "9")], "x")
    assert [(item.prompt, item.chance) for item in found] == [("a", 2 / 3), ("b", 2 / 3), ("c", 2 / 3)]
    assert items_from([entry("a", "1", 0.9), entry("b", "2")], "x")[0].chance == 0.9


def test_every_source_tells_its_licence_and_has_its_own_name():
    assert len({source.name for source in SOURCES}) == len(SOURCES)
    for source in SOURCES:
        assert source.licence
        assert len(source.package.sha256) == 64
