"""Soft words and sentences."""

from skillprobe_core.benchmark.judging.question import question_of
from skillprobe_core.benchmark.judging.readers.contexts import is_participle, sentences
from skillprobe_core.benchmark.judging.readers.names import context_of


def test_words_of_the_question_and_of_the_answer_are_soft():
    context = context_of(("Edvard Grieg", "Grieg"), question_of("Who is the composer of Peer Gynt?"))
    assert all(map(context.soft, ["composer", "composer's", "the", "edvard", "gynt", "port", "famous"]))
    assert not any(map(context.soft, ["sibelius", "not", "or", "and", "of"]))
    assert context.accepts("grieg")
    assert not context.accepts("Sibelius")


def test_initials_and_st_end_no_sentence():
    def split(text):
        return [text[start:end].strip() for start, end in sentences(text)]

    assert split("J. S. Bach wrote it. It is old.") == ["J. S. Bach wrote it.", "It is old."]
    assert split("St. Louis lies there. It is big!\nYes") == ["St. Louis lies there.", "It is big!", "Yes"]
    assert split("1945. It ended") == ["1945.", "It ended"]
    assert split("") == []


def test_participles():
    assert is_participle("composed")
    assert not is_participle("red")
