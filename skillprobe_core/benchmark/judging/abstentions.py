"""Answers that state that a question cannot be answered: `cannot be determined`, `the price of a cup is not given`.

The final answer counts: what the answer line, box or tag holds, or else the end of the text. A remark of the working is
none (`x is unknown, so solve for it`), and neither is a reservation before a value (`not stated, but probably 12`). A
condition is not a value (`if the price were 3, the total would be 15`).
"""

from __future__ import annotations

import re

from skillprobe_core.benchmark.item_schema import AnswerType

from .answer_key import AnswerKey
from .clean_text import clean
from .closings import sentences_of, without_closings
from .endings import Ending
from .statements import DIRECT, statements

MAX_CHARACTERS = 16_384


def _pattern(*parts: str) -> re.Pattern[str]:
    """One pattern of several, in which `~` stands for white space."""
    return re.compile("|".join(parts).replace("~", r"\s+"), re.IGNORECASE)


_NOT = r"(?:~not|n't)"
_CANNOT = r"(?:cannot|can't|can~not|couldn't|could~not)"
_FIND = (
    r"(?:determin\w*|comput\w*|calculat\w*|evaluat\w*|find|found|know|known|tell|told|say|said|answer(?:ed)?|solv\w*"
    r"|work(?:ed)?~out|figured?~out|establish\w*|deduc\w*|deriv\w*|infer(?:red)?|decid\w*|conclu\w*|giv(?:e|en)|stat(?:e|ed)"
    r"|specif\w*|identif\w*|ascertain\w*|pin(?:ned)?~down|resolv\w*|complet\w*|obtain\w*|provid\w*|list(?:ed)?|assess\w*"
    r"|judg\w*|verif\w*|check(?:ed)?|predict\w*|name[d]?|reach(?:ed)?|reconstruct\w*|trac(?:e|ed)|simulat\w*)"
)
_FACTS = r"(?:information|info|data|details?|facts?|context|premises?|inputs?|values?|numbers?|knowledge|givens?)"
_GIVEN = (
    r"(?:given|stated|provided|specified|mentioned|known|listed|defined|included|indicated|supplied|told|disclosed|shown"
    r"|legible|readable|available|named|there|identified|set)"
)
_GIVES = (
    r"(?:says?|states?|gives?|tells?|specif(?:y|ies)|provides?|mentions?|includes?|indicates?|lists?|defines?|supply"
    r"|supplies|shows?|contains?|names?)"
)
_TEXT = r"(?:question|problem|prompt|text|statement|puzzle|task|exercise|description|it|they|you)"
_UNSET = (
    r"(?:unknown|undetermined|indeterminate|undeterminable|indeterminable|underdetermined|unspecified|unstated|ungiven"
    r"|unanswerable|unclear|ambiguous|undefined|unreadable|illegible|missing|unsolvable|uncertain|incomplete|undecidable"
    r"|open|unlisted|not~determinable|not~answerable|not~computable|not~possible|impossible)"
)
_STATES = _pattern(
    # cannot be determined, could not tell, there is no way to know, unable to compute
    rf"\b{_CANNOT}~(?:\w+~){{0,3}}?{_FIND}\b",
    rf"(?:\b(?:impossible|unable|insufficient|no~way|hard)|(?:\bnot|n't)~(?:possible|able|feasible))~(?:for~\w+~)?"
    rf"(?:to|of)~(?:\w+~){{0,3}}?{_FIND}",
    rf"\bno~(?:\w+~)?way~(?:to|of)~(?:\w+~)?{_FIND}",
    # not enough information, more data is needed, the information is insufficient
    rf"(?:\bnot|n't)~(?:have~|contain~|give~)?(?:enough|sufficient)~(?:\w+~){{0,2}}?{_FACTS}\b",
    rf"\b(?:insufficient|too~(?:little|few)|inadequate|lack(?:s|ing)?(?:~of)?|incomplete|missing)~(?:\w+~){{0,2}}?{_FACTS}\b",
    r"\bno~(?:further~|such~)?(?:information|data|details?|context)\b",
    rf"\b(?:need|needs|needed|require[sd]?|without)~(?:\w+~)?(?:more|further|additional|missing|extra)~(?:\w+~)?{_FACTS}\b",
    rf"\bmore~(?:\w+~)?{_FACTS}~(?:is|are|would~be)~(?:needed|required|necessary)",
    rf"\b{_FACTS}~(?:given~|provided~|stated~|here~)?(?:is|are|was|were)~(?:\w+~)?(?:insufficient|incomplete|missing|lacking|not~(?:enough|sufficient))",
    rf"\b{_FACTS}~(?:\w+~){{0,2}}?(?:does|do){_NOT}~(?:suffice|allow|determine|permit)",
    # the price of a cup is not given, has never been stated, is unknown
    rf"\b(?:is|are|was|were|has|have|had)(?:{_NOT}|~never|~nowhere)~(?:been~)?(?:\w+~)?{_GIVEN}\b",
    rf"\b(?:not|never|nowhere)~(?:been~)?{_GIVEN}\b",
    rf"(?<!\d\s)\b(?:is|are|was|were|remains?|stays?|be|left|as|were~left)~(?:\w+~)?{_UNSET}\b",
    rf"\b{_TEXT}~(?:does|did|do){_NOT}~(?:\w+~)?{_GIVES}\b",
    rf"\b{_TEXT}~(?:never|nowhere)~{_GIVES}\b",
    rf"\b{_TEXT}~(?:fails?|failed|omits?|omitted|leaves?~out|forgot)\b",
    rf"\bwe(?:'re|~are|~were|~have)(?:{_NOT}|~never)~(?:been~)?(?:told|given|shown)\b",
    rf"\b(?:i|we|you|one)~(?:do|did|would|does){_NOT}~(?:\w+~)?know\b",
    r"\bno~(?:\w+~){0,3}?(?:is|are|was|were)~(?:given|stated|provided|specified|mentioned|listed)\b",
    r"\bno~(?:unique|single|definite|definitive|one|determinate|well-defined|certain)~(?:\w+~)?(?:answer|result|value|solution|number)\b",
    r"\bno~(?:idea|answer~is~possible|answer~can)\b",
    r"\b(?:ill-posed|under-?determined|not~well-defined|not~answerable|not~determinable|unanswerable|indeterminate)\b",
    # it depends on the price
    r"\b(?:it|this|answer|result|total|outcome|value|number|sum|cost|price|current|speed|distance|address|list"
    r"|row|strand|colou?r|everything|all|jobs|pairs|days|step)~(?:\w+~)?depends?\b",
    r"^\W*depends?~on\b",
)
_BARE = _pattern(
    r"(?:n/?\.?a\.?|null|nil|nan|\?+|-{1,3}|(?:\w+~)?unknown(?:~\w+)?|undefined|undetermined|indeterminate|unanswerable"
    r"|underdetermined|ambiguous|unspecified|unclear|missing|impossible|not~(?:possible|determinable|answerable|computable"
    r"|solvable|given|known|stated|specified|available|applicable|sure|clear)|no~(?:answer|information|data)|insufficient"
    r"|can(?:not|'t)~(?:\w+~)?(?:say|tell|know)|i~(?:do~not|don't)~know|(?:insufficient|missing|not~enough)~\w+"
    r"|there~is~no~answer|(?:\w+~)?(?:missing|insufficient|incomplete)|undeterminable|unsolvable|indeterminable)"
)
_EMPTY = _pattern(r"(?:none|nothing|no~solutions?|no~value|empty)")
_NONE_MEANT = re.compile(r"If\sthere\sis\snone", re.IGNORECASE)
_LISTS = frozenset({AnswerType.SET, AnswerType.MULTISET, AnswerType.SEQUENCE})

_TURNS = (
    r"\b(?:but|however|though|although|still|yet|nevertheless|nonetheless|assum\w+|suppos\w+|presum\w+|probabl[ey]"
    r"|likely|guess\w*|estimat\w*|best|let's|let~us|approximately|roughly|perhaps|maybe|default\w*|take|taking|using|setting)\b"
)
_RETREATS = _pattern(rf"{_TURNS}[^\n]{{0,200}}?\d")
_GUESSES = _pattern(
    r"\b(?:(?:i|my|best|we)~(?:\w+~)?guess\w*|probably|most~likely|presumably|assum(?:e|ing|ed|ption)|i'd~(?:say|go)"
    r"|i~would~(?:say|go))\b"
)
_ASSERTS = _pattern(
    r"(?:=|\b(?:is|are|equals?|gives?|makes?|costs?|gets?|pays?|be)\b)[^\n]{0,200}?\d", r"^\W*-?\d[\d.,/]*\W*$"
)
_CONCLUDES = _pattern(
    r"\b(?:so|thus|therefore|hence|total|answer|result|final|finally|altogether|assum\w+|then|in~the~end)\b"
)
_CONDITION = _pattern(
    r"\b(?:if|would|could|suppose|for~(?:example|instance)|e\.g\.|once|when|unless|were|might|until|any|either|whether)\b"
)
_STARTS_WITH_VALUE = re.compile(r"\W*-?\d")
_HINTS = _pattern(
    r"not\b|n't\b|cannot|\bun|insuff|indet|depend|no~|\bnone|ambig|missing|incompl|imposs|illeg|lack|never|null|n/?a\b|\?"
    r"|need|require|without|omit|fail|posed|too~|undef|more~|nothing|inadequ|nan\b|nil\b|\s-+\s*$|indeterm"
)
_STOP = re.compile(r"(?<=[^\W\d][.!?])\s+(?!\w\.)")
_SENTENCES_READ = 8


def abstains(key: AnswerKey, completion: str, *, ending: Ending = Ending.ENDED) -> bool:
    """Report if a completion's final answer is that the question cannot be answered.

    Args:
        key: The question and the type of its answers. For lists, and for questions that say what to answer if there is
            none, `none` is an answer.
        completion: The text after any reasoning.
        ending: How the completion ended. One that did not end is read only for an answer line, box or tag.

    Returns:
        True if nothing is given as the answer but that it cannot be determined, or why.
    """
    text = completion[-MAX_CHARACTERS:]
    if not _HINTS.search(text):
        return False
    found = statements(text)
    stated = next((each for each in found if each.stated), None)
    if stated is not None and stated.text.strip():
        return _in_answer(key, clean(stated.text).strip()) or _in_answer(key, _with_its_line(text, stated.text))
    if ending is not Ending.ENDED:
        return False
    before = next((each.text for each in found if each.rule == DIRECT), "") if stated is not None else text
    return _at_end(key, clean(before))


def _with_its_line(text: str, stated: str) -> str:
    """A stated answer that begins within a sentence, from the start of its line; empty if it begins with a value.

    `The answer cannot be determined` is found as an answer line with the text `determined`.
    """
    if _STARTS_WITH_VALUE.match(clean(stated)):
        return ""
    place = text.rfind(stated.splitlines()[0])
    begin = text.rfind("\n", 0, place) + 1 if place >= 0 else 0
    return clean(text[begin : place + len(stated)]).strip() if place >= 0 else ""


def _in_answer(key: AnswerKey, answer: str) -> bool:
    """True for the content of an answer line, box or tag that abstains."""
    bare = answer.strip(" \t\r\n.!*_`\"'()[]{}$")
    if _BARE.fullmatch(bare):
        return True
    if _EMPTY.fullmatch(bare):
        return key.answer_type not in _LISTS and not _NONE_MEANT.search(key.question)
    found = _STATES.search(answer)
    if found is None or _STARTS_WITH_VALUE.match(answer):
        return False
    return not _RETREATS.search(answer, found.end()) and not _GUESSES.search(answer, found.end())


def _at_end(key: AnswerKey, text: str) -> bool:
    """True for a text without a marked answer whose last sentences abstain and give no value after that."""
    body = without_closings(text)
    lines = [line for line in body.splitlines() if line.strip()]
    parts = [part for line in lines for each in sentences_of(line) for part in _STOP.split(each)]
    sentences = [part for part in parts if part.strip()][-_SENTENCES_READ:]
    if not sentences:
        return False
    if len(sentences) == 1 and _in_answer(key, sentences[0]):
        return True
    places = [place for place, each in enumerate(sentences) if _STATES.search(each) or _bare(each)]
    if not places:
        return False
    sentence, later = sentences[places[-1]], sentences[places[-1] + 1 :]
    found = _STATES.search(sentence)
    if found is not None and (_RETREATS.search(sentence, found.end()) or _GUESSES.search(sentence, found.end())):
        return False
    return not any(_gives_value(each, last=place == len(later) - 1) for place, each in enumerate(later))


def _bare(sentence: str) -> bool:
    return _BARE.fullmatch(sentence.strip(" \t.!*_`\"'()")) is not None


def _gives_value(sentence: str, *, last: bool) -> bool:
    """True for a sentence behind an abstention that gives a value after all."""
    if _GUESSES.search(sentence):
        return True
    if _CONDITION.search(sentence):
        return False
    return _ASSERTS.search(sentence) is not None and (last or _CONCLUDES.search(sentence) is not None)
