"""Sentences that state a formula as the answer: `The area of a square is given by s^2, where s is its side.`

Such a sentence names what the question is about, or contains its formula, and states one formula and nothing in its
place. `3(x + 4) = 3x + 12` is one for `Expand 3(x + 4).` The last such sentence of a completion decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.closings import sentences_of
from skillprobe_core.benchmark.judging.formula_text import flat
from skillprobe_core.benchmark.judging.question import question_of

from .asked_forms import RUN, fits, formulas_of, is_unchanged, squeezed

MAX_SENTENCES = 40
_MAX_SENTENCE = 1000
_STATES = re.compile(
    r"""\b(?:(?:is|are|equals?|becomes?|gives?|yields?)
          (?:\s(?:simply|just|exactly|therefore|then|thus|also))?
          (?:\s(?:equal\sto|given\sby|(?:written|expressed|defined)\sas))?
        |(?:can\s(?:also\s)?be|is|are)\s(?:re-?written|written|expressed|factored|factori[sz]ed|expanded|simplified|reduced
          |represented)\s(?:as|to|into|by)
        |(?:simplifies|expands|reduces|factors|factori[sz]es)\s(?:to|into|as))\b
        (?:\s(?:the|this)\s(?:simplified\s|factored\s|expanded\s)?(?:formula|expression|equation|product|sum|polynomial))?\s?:?\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_ENDS = re.compile(
    r"\s?(?:$|[.;!](?:\s|$)|\(|,?\s?(?:where|which|with|since|because|as|by|using|so|for\s(?:any|all|every)"
    r"|and\s(?:this|it|so|we))\b)"
)
_DOUBTED = re.compile(
    r"\b(?:if|suppose|assum\w+|let|not|never|isn't|would|wrong|incorrect|mistake\w*|example|instead|except|unlike|step"
    r"|either|might|may|guess|\w+n't)\b|\?",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(r"\b(?:wrong|incorrect|mistaken?|not\s(?:right|correct|true)|actually)\b", re.IGNORECASE)
_REWRITES = re.compile(r"\b(?:expand|factor|simplif|rewrit|(?:shortest|simplest)\sform)", re.IGNORECASE)
# A full stop after a formula: `It is 3k. So ...`
_SENTENCE_END = re.compile(r"(?<=[\w)}])[.!]\s+(?=[A-Z][a-z])")
_BOLD = re.compile(r"(?<![\w)])\*\*(?=\S)|(?<=\S)\*\*(?![\w(])")
_WORD = re.compile(r"[a-z]{4,}")
_COMMON = frozenset((
    "write", "what", "find", "give", "with", "formula", "expression", "express", "long", "many", "much", "does", "have",
    "that", "this", "from", "into", "terms", "form", "answer", "question", "result", "show", "compute", "work", "which",
))  # fmt: skip
_NAMES = frozenset((
    "result", "expression", "product", "factorization", "factorisation", "expansion", "simplification", "derivative",
))  # fmt: skip


def stated_formula(text: str, key: AnswerKey) -> str | None:
    """The formula of the last sentence of a text that answers the question directly; None without one."""
    if not key.question:
        return None
    lines = [line[-2 * _MAX_SENTENCE :] for line in text.splitlines()]
    sentences = [each for line in lines for part in sentences_of(line) for each in _SENTENCE_END.split(part)]
    later: list[str] = []
    for sentence in sentences[: -MAX_SENTENCES - 1 : -1]:
        found = _of_sentence(sentence, key)
        if found is not None:
            return None if any(_replaces(each, found, key) for each in later) else found
        later.append(sentence)
    return None


def _replaces(sentence: str, found: str, key: AnswerKey) -> bool:
    """True if a later sentence takes a formula back, or goes on to another one that is not an example."""
    if _TAKEN_BACK.search(sentence):
        return True
    own = {*formulas_of(key.question), *formulas_of(found), squeezed(found)}
    return not _DOUBTED.search(sentence) and not own.issuperset(formulas_of(sentence))


def _of_sentence(sentence: str, key: AnswerKey) -> str | None:
    if len(sentence) > _MAX_SENTENCE or sentence.rstrip().endswith("?"):
        return None
    sentence = flat(_BOLD.sub("", sentence))
    for formula in (*_after_verbs(sentence, key), *_equation(sentence, key)):
        if not is_unchanged(formula, key.question, key.texts) and fits(formula, key.question, key.answer, strict=True):
            return formula
    return None


def _after_verbs(sentence: str, key: AnswerKey) -> Iterator[str]:
    for verb in _STATES.finditer(sentence):
        run = RUN.match(sentence, verb.end())
        formula = _complete(run[0], sentence, run.end()) if run else None
        if formula and _is_about(sentence[: verb.start()], key):
            yield formula


def _equation(sentence: str, key: AnswerKey) -> Iterator[str]:
    """The last side of an equation that begins with the formula that the question wants in another form."""
    if not _REWRITES.search(key.question):
        return
    for run in RUN.finditer(sentence):
        first, *others = (_complete(run[0], sentence, run.end()) or "").split("=")
        own = squeezed(first) in formulas_of(key.question)
        if own and others and not _DOUBTED.search(sentence[: run.start()]):
            yield others[-1].strip()


def _complete(formula: str, sentence: str, end: int) -> str | None:
    """The formula up to an aside, if it ends with a term and its sentence does not go on with more of it."""
    if formula.endswith(" ("):
        formula, end = formula[:-2], end - 2
    balanced = all(formula.count(opening) == formula.count(closing) for opening, closing in ("()", "[]", "{}"))
    ended = balanced and formula[-1:] not in "-+*/^=" and _ENDS.match(sentence, end)
    return formula.strip() if ended else None


def _is_about(subject: str, key: AnswerKey) -> bool:
    """True if the words before the verb name what the question is about, and no other formula than its own."""
    if _DOUBTED.search(subject):
        return False
    asked = (question_of(key.question).words - _COMMON) | _NAMES
    own, named = (frozenset(formulas_of(each)) for each in (key.question, subject))
    return named <= own and (bool(named) or any(word in asked for word in _WORD.findall(subject.lower())))
