"""Sentences that answer a question directly, and those that only look like it."""

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.endings import Ending
from skillprobe_core.benchmark.judging.judge import Verdict, judge_answer
from skillprobe_core.benchmark.judging.question import question_of
from skillprobe_core.benchmark.judging.readers.direct import asked_words

LOUD = AnswerKey(AnswerType.TEXT, "quiet", question="What is the opposite of loud?")
FAUST = AnswerKey(AnswerType.TEXT, "Johann Wolfgang Goethe", ("Goethe",), question="Who wrote the play Faust?")
LUNGS = AnswerKey(AnswerType.TEXT, "kidney", ("kidneys",), question="Which organ filters waste from the blood?")
PERU = AnswerKey(AnswerType.TEXT, "South America", question="On which continent is Peru?")
LAKE = AnswerKey(AnswerType.TEXT, "Lake Baikal", ("Baikal",), question="What is the deepest lake on Earth?")
CHILE = AnswerKey(AnswerType.TEXT, "Spanish", question="Which language is mostly spoken in Chile?")
STATUS = AnswerKey(AnswerType.TEXT, "Forbidden", question="Recall the meaning of HTTP status code 403.")
POTASSIUM = AnswerKey(AnswerType.TEXT, "K", question="Quiz: the chemical symbol of potassium?")
BALL = AnswerKey(
    AnswerType.TEXT, "gold", question="Ann has the blue ball. Gus has the gold ball. They swap. What ball has Ann now?"
)
MORE = " This idea is used in many fields, where scientists speak of it in a wide variety of different settings."

DIRECT = [
    (LOUD, "The opposite of loud is quiet."),
    (LOUD, "Let us see. The opposite of the word loud is quiet."),
    (FAUST, "The play Faust by Goethe is a classic work of literature."),
    (FAUST, 'The play "Faust" by Johann Wolfgang Goethe was written by the German poet and thinker.'),
    (FAUST, "Goethe wrote the play Faust."),
    (LUNGS, "The kidneys filter waste from the blood."),
    (PERU, "Peru is on the continent of South America."),
    (PERU, "Let us look at a map. Peru is a country in South America."),
    (LAKE, "The deepest lake on Earth is Lake Baikal, with many kinds of fish."),
    (LAKE, "The deepest lake on Earth is the lake of Baikal."),
    (CHILE, "The language spoken in Chile is predominantly Spanish, with some people who speak Mapudungun."),
    (STATUS, "403: Forbidden\n"),
    (POTASSIUM, "The chemical symbol for potassium is K. Yes, potassium is an element."),
]
NOT_DIRECT = [
    (LOUD, "The opposite of loud is not quiet."),
    (LOUD, "The opposite of loud is soft."),
    (LOUD, "The opposite of loud is quiet or soft."),
    (LOUD, "The opposite of loud is quiet. Wait, that is wrong. The opposite of loud is soft."),
    (LOUD, "The opposite of loud is quiet. The opposite of loud is soft."),
    (LOUD, "The opposite of loud is soft. The opposite of loud is quiet."),
    (LOUD, "The opposite of loud is quiet. Or maybe it is soft."),
    (LOUD, "The opposite of loud is quiet. The opposite of loud is not quiet."),
    (LOUD, "The opposite of loud is quiet? It is hard to say."),
    (LOUD, "A library is quiet."),
    (FAUST, "The play Faust by Goethe was written by Christopher Marlowe."),
    (FAUST, "The play Egmont by Goethe is a classic work of literature."),
    (FAUST, "The play Faust by Goethe was written by the English playwright Christopher Marlowe."),
    (FAUST, "The play Faust by Goethe is not a work of his but of Marlowe."),
    (LUNGS, "The kidneys do not filter waste from the blood."),
    (LUNGS, "The liver filters waste from the blood. The kidneys rest."),
    (PERU, "Peru is on the continent of Africa."),
    (PERU, "Peru is a country north of South America."),
    (LAKE, "The deepest lake on Earth is deeper than Lake Baikal."),
    (STATUS, "404: Forbidden\n"),
    (STATUS, "403: Not Found\n"),
    (POTASSIUM, "The chemical symbol for potassium is P. K is another symbol."),
    (BALL, "Ann has the gold ball now."),
]


@pytest.mark.parametrize(("key", "sentence"), DIRECT)
@pytest.mark.parametrize("ending", [Ending.ENDED, Ending.CUT])
def test_a_sentence_that_repeats_the_question_and_asserts_the_key_is_the_answer(
    key: AnswerKey, sentence: str, ending: Ending
) -> None:
    verdict, extracted, _ = judge_answer(key, f"{sentence}\n{MORE}", ending=ending)
    assert verdict is Verdict.CORRECT
    assert extracted


@pytest.mark.parametrize(("key", "sentence"), NOT_DIRECT)
@pytest.mark.parametrize("ending", [Ending.ENDED, Ending.CUT])
def test_a_sentence_that_denies_or_hedges_or_is_contradicted_is_not(
    key: AnswerKey, sentence: str, ending: Ending
) -> None:
    verdict, _, _ = judge_answer(key, f"{sentence}\n{MORE}", ending=ending)
    assert verdict is not Verdict.CORRECT


def test_an_unfinished_sentence_of_a_cut_completion_is_not_read() -> None:
    assert judge_answer(LOUD, "The opposite of loud is quiet", ending=Ending.CUT)[0] is Verdict.TRUNCATED
    assert judge_answer(LOUD, "The opposite of loud is quiet", ending=Ending.ENDED)[0] is Verdict.CORRECT


def test_a_sentence_counts_before_an_empty_answer_line_but_not_before_another_answer() -> None:
    sentence = "The opposite of loud is quiet."
    assert judge_answer(LOUD, f"{sentence}\nAnswer: ____")[0] is Verdict.CORRECT
    assert judge_answer(LOUD, f"{sentence}\nAnswer: soft")[0] is Verdict.WRONG
    assert judge_answer(LOUD, "The opposite of loud is soft.\nAnswer: ____")[0] is Verdict.UNPARSED


def test_a_letter_before_the_key_is_no_part_of_it_where_the_question_has_no_options() -> None:
    assert judge_answer(LUNGS, "Answer: B) the kidneys")[0] is Verdict.CORRECT
    assert judge_answer(LUNGS, "Answer: B) the liver")[0] is Verdict.WRONG
    assert judge_answer(LUNGS, "Answer: A) the liver, B) the kidneys")[0] is not Verdict.CORRECT


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("What is the opposite of loud?", {"opposite", "loud"}),
        ("Which organ filters waste from the blood?", {"filter", "waste", "blood"}),
        ("On which continent is Peru?", {"peru"}),
        ("Name the composer of the opera Fidelio.", {"composer", "opera", "fidelio"}),
        ("", set()),
    ],
)
def test_the_content_words_of_a_question(prompt: str, words: set[str]) -> None:
    assert asked_words(question_of(prompt)) == words


LIGHTS = AnswerKey(AnswerType.SET, "red, amber, green", question="Which are the three colours of a traffic light?")
FACTORS = AnswerKey(AnswerType.MULTISET, "2, 2, 7", question="Give the prime factors of 28 with repetition.")
LETTERS = AnswerKey(AnswerType.MULTISET, "m, o, o, n", question="List all letters of the word 'moon'.")
ROOTS = AnswerKey(AnswerType.MULTISET, "5, 5", question="What are the solutions of (x - 5)^2 = 0, with multiplicity?")
FISH = AnswerKey(AnswerType.CHOICE, "B", question="Which one is a fish? A) owl, B) carp, C) wasp")
HEAD = "The three colours of a traffic light are:\n\n"
TAIL = "\n\nThese colours are used in most of the countries of the world, and drivers know them well."


@pytest.mark.parametrize(
    ("key", "completion"),
    [
        (LIGHTS, f"{HEAD}1. Red: it means to stop here.\n\n2. Amber: it means to wait.\n\n3. Green: go on now.{TAIL}"),
        (
            LIGHTS,
            f"{HEAD}- **Red**: it means to stop here.\n- **Amber**: it means to wait.\n- **Green**: go on now.{TAIL}",
        ),
        (FACTORS, "28 = 2^2 * 7"),
        (FACTORS, "Answer: 2^2 \u00d7 7"),
        (FACTORS, "Answer: 2 * 2 * 7^1"),
        (ROOTS, "Answer: x = 5, counted with multiplicity 2"),
        (ROOTS, "Answer: 5 (with multiplicity two)"),
        (LETTERS, "Answer: m, o, o, n"),
        (LETTERS, "Answer: noom"),
        (FISH, "The correct answer is (B) carp. The answer is not a bird."),
        (FISH, "I do not know the exact answer, but I can say that it is the carp."),
    ],
)
def test_lists_and_choices_in_other_forms_are_right(key: AnswerKey, completion: str) -> None:
    assert judge_answer(key, completion)[0] is Verdict.CORRECT


@pytest.mark.parametrize(
    ("key", "completion"),
    [
        (LIGHTS, f"{HEAD}1. Red: it means to stop here.\n\n2. Blue: it means to wait.\n\n3. Green: go on now.{TAIL}"),
        (LIGHTS, f"{HEAD}1. Red: it means to stop here.\n\n2. Green: go on now.{TAIL}"),
        (LIGHTS, f"Colours of cars are:\n\n1. Red: a loud one.\n2. Amber: a rare one.\n3. Green: a dark one.{TAIL}"),
        (FACTORS, "28 = 2^3 * 7"),
        (FACTORS, "Answer: 2 * 7"),
        (FACTORS, "Answer: 2^2 + 7"),
        (FACTORS, "Answer: 2^99 * 7^99"),
        (ROOTS, "Answer: x = 5, counted with multiplicity 3"),
        (ROOTS, "Answer: x = 5"),
        (LETTERS, "Answer: moon"),
        (LETTERS, "The answer is **moon**."),
        (FISH, "The correct answer is (A) owl. The answer is not a bird."),
        (FISH, "The answer is (B) carp. The answer is not B."),
        (FISH, "The answer is not a fish."),
        (
            AnswerKey(AnswerType.CHOICE, "C", question=FISH.question),
            "The answer is A.\nThe answer is B.\nThe answer is C.",
        ),
    ],
)
def test_other_lists_and_choices_are_not(key: AnswerKey, completion: str) -> None:
    assert judge_answer(key, completion)[0] is not Verdict.CORRECT
