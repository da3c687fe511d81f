"""Reading of choices: an option's letter, its words, or both.

A statement names an option if it begins with its letter, states it (`the answer is clearly B`, `B is correct`), or
asserts the option's words. Several options that are not ruled out, a copied list of options, and a letter next to the
words of another option name none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.question import Question, question_of
from skillprobe_core.benchmark.judging.statements import DIRECT, Statement

from . import english, names
from .contexts import sentences
from .folding import name_form, plain_text
from .reading import MAX_ANSWER_CHARACTERS, NOTHING, Reading

MAX_MENTIONS = 64
_CONTEXT = 160

_ALONE = re.compile(r"(?:(?:the|option|choice|answer|letter|is)\s+|\W)*([A-Za-z])[^\w+#]*")
_MENTION = re.compile(r"(?<![A-Za-z0-9_'.\-^\\])([A-Z])(?![A-Za-z0-9_'+#^=]|-[A-Za-z]|\.[A-Za-z])")
_SMALL_MENTION = re.compile(
    r"(?:(?<=\()([a-z])(?=\))|(?:^|(?<=option )|(?<=choice )|(?<=letter )|(?<=answer is ))([a-z])(?=[).:]?(?:\s|$)))"
)
_BETWEEN = re.compile(
    r"[)\]\"'*.]*\s*(?:,|;|/|->|\bor\b|\band\b|\bnor\b|\+|\bor also\b|\band/or\b|,\s*(?:or|and)\b)"
    r"\s*[(\[\"'*]*(?:option\s+|choice\s+)?"
)
_ARROW = re.compile(r"\s*->\s*")
# An arrow with what is read on it: `R --a-->`, `R -(a)->`.
_CHAINED = re.compile(r"\s*-{1,2}\s?\(?[\w,]{0,8}\)?\s?-{0,2}>")
_RULED_OUT_BEFORE = re.compile(
    r"(?:\bnot|n't|\bnever|\bno|\bneither|\bnor|\bcannot|\bcan't be|\bisn't|\brul(?:e|es|ed|ing) out|\bexclud\w+|"
    r"\beliminat\w+|"
    r"\breject\w*|\b(?:anything|everything|all) but|\binstead of|\brather than|\bthan|\bunlike|"
    r"\bagainst|\bover|\bexcept|\bdiscard\w*|\bwrong:?|不选|不是|不能选|排除|而非|而不是|并非)"
    r"\s*(?:be|is|to|both|for|it's|option|options|choice|choices|letter|answer|the|either|:)*\s*[(\[\"'*]*$",
    re.IGNORECASE,
)
_RULED_OUT_AFTER = re.compile(
    r"[)\]\"'*.:]*\s*(?:contradict|fail|conflict|violate|do not|does not|don't|doesn't|"
    r"错|不对|不正确|不符|被排除|除外|不选)",
    re.IGNORECASE,
)
_CUE = re.compile(
    r"(?:\b(?:is|be|was|answer|answers|option|choice|letter|choose|chose|chosen|pick|picked|select|selected|mark|say|state|"
    r"states|go with|went with|going with|goes for|go for|it's|that's|in|to|into|remains|leaves|therefore|thus|hence|"
    r"so|"
    r"means|namely|clearly|surely|definitely|certainly|must be|correct|right|final|take|only)|"
    r"[:=>]|->|选|選|是|为|為|答案|"
    r"因此|所以|故|应|即|选项|選択肢|は|은|는|이|は|が|正解は|,|，)"
    r"\s*(?:the\s+|an?\s+|option\s*|choice\s*|letter\s*|state\s+|answer\s+|选项\s*|probably\s+|likely\s+)*:?\s*[(\[\"'*`]*$",
    re.IGNORECASE,
)
_PREDICATE = re.compile(
    r"[)\]\"'*.:]*\s*(?:(?:is|was|would be|must be|should be|has to be|seems|looks|gives|holds|matches|fits|works)\s+"
    r"(?:(?:the|clearly|therefore|thus|indeed|obviously|definitely|only|my|our|surely|also|certainly|single|one|option)\s+)*"
    r"(?:correct|right|true|best|answer|one|choice|option|final|most|what)"
    r"|(?:fits|matches|works)\b|是正确|正确|选项|是对|项|입니다|이다|です|が正|が答|对)",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"(?:(?:the|my|our|final|correct|right|best|option|choice|answer|letter|state|so|thus|therefore|hence|is|it|it's|that's|"
    r"clearly|surely|definitely|certainly|probably|obviously|i|choose|pick|say|select|would|go|with|think)\b|[^\w\s]|\s)*$",
    re.IGNORECASE,
)
_OPENS_ASIDE = english.OPENERS | english.VERBS | english.REASONS | english.CONTRASTS | english.FILLERS
# `..., so I think it's` before another letter.
_CONCLUDES = re.compile(
    r"\b(?:so|hence|thus|therefore)\s(?:(?:(?:I\s(?:think|believe|would\ssay|say)\s)?(?:it's|it\sis|it\smust\sbe|the\sanswer\sis)"
    r"|I\s(?:pick|choose|go\swith))\s)?\(?(?:option\s)?$",
    re.IGNORECASE,
)
_ENDS_SENTENCE = re.compile(r"[)\]\"'*`]*\s*(?:$|[.。!\n]|(?:(?:at|in) the end|again|now|finally|after)\b)")
_SENTENCE_BREAK = re.compile(r"[.!?]\s+[A-Z]|\n")
_NEXT_CLAUSE = re.compile(r";|\band\s(?=the\b)")
_MARKED = re.compile(r"[).:\]]\s*[\"'*]?\w")

_YES_OR_NO = re.compile(r"(yes|no)\b(?=\s?[,.;:!-]|\s(?:because|since|as)\b|$)", re.IGNORECASE)
_NO_OPTION = re.compile(
    r"(?:it is |it's |the answer is )?(?:none|neither)\s+of\b|no (?:option|choice)\b", re.IGNORECASE
)


class _Mention(NamedTuple):
    start: int
    end: int
    letter: str


def read(statement: Statement, key: AnswerKey) -> Reading:
    """Decide which option a statement names, and compare it with the key's."""
    if not _is_letter(key.answer):
        return names.read(statement, key)
    if statement.rule == DIRECT:
        return NOTHING
    text = plain_text(statement.text[: 2 * MAX_ANSWER_CHARACTERS]).strip(" \t\r\n*`")
    line = next(iter(text.splitlines()), "")
    neither = Reading(False, line[:MAX_ANSWER_CHARACTERS], False) if statement.stated and text else NOTHING
    if not text or len(line) > MAX_ANSWER_CHARACTERS:
        return neither
    text = text[:MAX_ANSWER_CHARACTERS] if statement.stated else text[-MAX_ANSWER_CHARACTERS:]
    question = question_of(key.question)
    texts = _texts(key, question)
    offered = any(_NO_OPTION.match(words) for each in texts.values() for words in each)
    if _NO_OPTION.match(text) and not offered:
        return neither
    letter = _yes_or_no(text, texts) or _lettered(text, texts, question, stated=statement.stated)
    if letter:
        clash = _contradicted(text, letter, texts, question)
        return Reading(False, line, False) if clash else Reading(letter == key.answer.upper(), letter, True)
    named = _by_words(text, texts, question) if statement.rule != "text" and letter is None else None
    return Reading(named == key.answer.upper(), line[:MAX_ANSWER_CHARACTERS], True) if named else neither


def _is_letter(answer: str) -> bool:
    return len(answer) == 1 and answer.isascii() and answer.isalpha()


def _texts(key: AnswerKey, question: Question) -> Mapping[str, tuple[str, ...]]:
    """The words of each option by its letter: those of the question, and what the key accepts."""
    right = key.answer.upper()
    found = {letter: (text,) for letter, text in question.options.items() if text}
    accepted = tuple(text for text in key.accepted if not _is_letter(text))
    if accepted:
        found[right] = (*found.get(right, ()), *accepted)
    return found


def _yes_or_no(text: str, texts: Mapping[str, tuple[str, ...]]) -> str | None:
    """The letter of the option yes or no with which a text begins, if these are the options: `No, 91 is 7 * 13.`"""
    letters = {words[0].strip(" .").lower(): letter for letter, words in texts.items() if words}
    begins = _YES_OR_NO.match(text)
    if begins is None or set(letters) != {"yes", "no"}:
        return None
    other = {"yes": "no", "no": "yes"}[begins[1].lower()]
    return None if re.search(rf"\b{other}\b(?!\s\w)", text, re.IGNORECASE) else letters[begins[1].lower()]


def _lettered(text: str, texts: Mapping[str, tuple[str, ...]], question: Question, *, stated: bool) -> str | None:
    """The letter that a text states; empty if it names several options or copies them, None if it names none."""
    whole = _ALONE.fullmatch(text) if len(text) < 60 else None
    if whole:
        return whole[1].upper()
    mentions = _mentions(text, texts, question)
    if _ARROW.search(text) and not question.options and _chain(text, mentions):
        return mentions[-1].letter
    groups = [group for group in _groups(text, mentions) if not _ruled_out(text, group)]
    groups = [group for group in groups if not _chain(text, group)] or groups
    if _copied(text, mentions, texts):
        return ""
    if (
        groups
        and not _CHAINED.match(text, groups[0][-1].end)
        and _OPENING.match(text[: groups[0][0].start])
        and "\n" not in text[: groups[0][0].start]
    ):
        leading = _leading(text, groups[0], groups[1:], texts)
        if leading is not None:
            return leading
    return _stated_last(text, groups, question, stated=stated) if groups else None


def _stated_last(text: str, groups: list[list[_Mention]], question: Question, *, stated: bool) -> str | None:
    """The letter that the text states somewhere, or the only one that it does not rule out."""
    stating = [group for group in groups if _stated(text, group)]
    if asked := _of_asked_clause(text, stating or groups, question):
        return asked
    if stating:
        last = stating[-1]
        following = [group for group in groups if group[0].start > last[-1].end]
        if following and following[0][0].letter != last[-1].letter:
            between = text[last[-1].end : following[0][0].start]
            if re.search(r"\bor\s+(?:option\s+|choice\s+)?[(\[]?$", between) and _hedged(between):
                return ""
        letters = {each.letter for group in stating for each in group}
        one = len(letters) == 1 or not stated or _corrects(text, last[0].start)
        return last[-1].letter if one and len({each.letter for each in last}) == 1 else ""
    letters = {each.letter for group in groups for each in group}
    if len(letters) > 1:
        return "" if stated else None
    short = len(text.split(maxsplit=16)) <= 16
    return groups[0][0].letter if short and (stated or _stands_out(text, groups[0][0])) else None


def _of_asked_clause(text: str, groups: list[list[_Mention]], question: Question) -> str | None:
    """The letter of the one clause of a sentence that has the question's own words: `Third: B; fourth: C`."""
    if len(groups) < 2 or any(len(group) > 1 for group in groups) or not question.options:
        return None
    if _SENTENCE_BREAK.search(text, groups[0][0].end, groups[-1][0].start) or _corrected(text):
        return None
    ends = [0, *(group[0].end for group in groups)]
    clauses = [_NEXT_CLAUSE.split(text[begin : group[0].start])[-1] for begin, group in zip(ends, groups, strict=False)]
    asked = {word for word in question.posed if word not in english.FUNCTION_WORDS}
    scores = [len(asked & set(english.tokens(clause))) for clause in clauses]
    best = max(scores)
    return groups[scores.index(best)][0].letter if scores.count(best) == 1 and min(scores) < best else None


def _mentions(text: str, texts: Mapping[str, tuple[str, ...]], question: Question) -> list[_Mention]:
    known = set(question.options)
    found = []
    for match in [*_MENTION.finditer(text), *_SMALL_MENTION.finditer(text)]:
        place = match.start()
        letter = match[0].upper()
        if known and letter not in known:
            continue
        if match[0] in "AI" and _is_a_word(text, match, texts.get(letter, ())):
            continue
        if match[0] == "a" and text[match.end() : match.end() + 1] not in {")", ".", ":", ""}:
            continue
        found.append(_Mention(place, match.end(), letter))
        if len(found) > MAX_MENTIONS:
            break
    return sorted(found)


def _is_a_word(text: str, match: re.Match[str], words: tuple[str, ...]) -> bool:
    """True for the article and the pronoun: `A dog`, `I think`."""
    after = text[match.end() : match.end() + 80]
    if not re.match(r"[^\S\n]+[^\W_]", after):
        return match[0] == "I" and after.startswith("'")
    rest = name_form(after)
    if any(rest.startswith(name_form(word)) for word in words):
        return False
    following = english.tokens(after)[0]
    if match[0] == "I":
        return not (following in {"is", "because", "since", "or", "and"} or following in english.REASONS)
    reads_on = following in english.VERBS | english.REASONS | english.CONTRASTS | english.ALTERNATIVES | {
        "not", "nor", "would", "rather", "instead", "seems", "fits", "matches", "which", "contradicts", "fails",
    }  # fmt: skip
    return not reads_on and after.strip()[:1].isascii()


def _groups(text: str, mentions: list[_Mention]) -> list[list[_Mention]]:
    """Mentions joined by commas, `and` or `or` are one group."""
    groups: list[list[_Mention]] = []
    for mention in mentions:
        joint = _BETWEEN.fullmatch(text, groups[-1][-1].end, mention.start) if groups else None
        if joint and not (";" in joint[0] and re.match(r"\s+\w", text[mention.end : mention.end + 9])):
            groups[-1].append(mention)
        else:
            groups.append([mention])
    return groups


def _before(text: str, place: int) -> str:
    return re.split(r"[.;!?\n]\s|\n", text[max(0, place - _CONTEXT) : place])[-1]


def _ruled_out(text: str, group: list[_Mention]) -> bool:
    before, after = _before(text, group[0].start), text[group[-1].end : group[-1].end + _CONTEXT]
    if _RULED_OUT_BEFORE.search(before) and not re.search(r"\bno\s*[.,:]\s*$", before, re.IGNORECASE):
        return True
    if after[:1] in {")", ":", "."} and re.match(r"\W+(?:wrong|incorrect|false|impossible|invalid)\b", after):
        return False  # the words of the option
    after = after.lstrip(")]\"'*")
    return bool(
        english.TO_BE_WRONG.match(after)
        or _RULED_OUT_AFTER.match(after)
        or re.match(r"\s*\?\s*no\b", after, re.IGNORECASE)
    )


def _chain(text: str, mentions: list[_Mention]) -> bool:
    pairs = pairwise(mentions)
    return len(mentions) > 1 and all(_ARROW.fullmatch(text, left.end, right.start) for left, right in pairs)


def _copied(text: str, mentions: list[_Mention], texts: Mapping[str, tuple[str, ...]]) -> bool:
    """True if the text repeats two or more options with their marks, one after the other, and nothing between them."""
    run = 1
    for left, right in pairwise(mentions):
        between = text[left.end : right.start].strip(" \t\n,;.()[]:*\"'-")
        listed = _MARKED.match(text, left.end) is not None and right.letter != left.letter
        own = any(name_form(between) == name_form(word) for word in texts.get(left.letter, ()))
        own = own and not _goes_on(text[right.end :], texts.get(right.letter, ()))
        words = english.tokens(between)
        plain = len(words) <= 6 and not (
            set(words) & (english.VERBS | english.REASONS | english.CONTRASTS | english.DENIALS)
        )
        sentence = re.search(r"[.!?;]\s", text[left.end + 1 : right.start]) is not None
        if listed and (own or (plain and not sentence)) and _marked_itself(text, right):
            run += 1
            if run > 2 or own:
                return True
        else:
            run = 1
    return False


def _goes_on(after: str, words: tuple[str, ...]) -> bool:
    """True if an option's words are the subject of a sentence: `A) Bratislava is in Slovakia`."""
    following = english.tokens(after.lstrip(")].: ")[:200])
    for word in words:
        own = english.tokens(plain_text(word))
        if following[: len(own)] == own:
            return following[len(own) : len(own) + 1] != [] and following[len(own)] in english.VERBS
    return False


def _marked_itself(text: str, mention: _Mention) -> bool:
    return text[mention.end : mention.end + 1] in {")", ".", ":"} or text[mention.start - 1 : mention.start] == "("


def _leading(
    text: str, group: list[_Mention], others: list[list[_Mention]], texts: Mapping[str, tuple[str, ...]]
) -> str | None:
    """The letter of a text that begins with it; empty if it begins with several, None if it goes on as a sentence."""
    if len({mention.letter for mention in group}) > 1:
        return ""
    letter = group[0].letter
    after = text[group[-1].end :]
    rest = after.lstrip(")]}\"'*`").strip()
    between = [text[group[-1].end : other[0].start] for other in others if other[0].letter != letter]
    if any(_CONCLUDES.search(each) or _corrected(each) for each in between):
        return None
    if others and rest and _hedged(text[group[-1].end : others[0][0].start]):
        return ""
    if not rest or not rest[0].isalnum() or not rest[0].isascii():
        return letter
    word = english.tokens(rest)[0]
    if word in english.VERBS and any(_stated(text, other) for other in others):
        return None
    marked = after[:1] in {")", ".", ":", "]"}
    own = any(name_form(rest[:200]).startswith(name_form(each)) for each in texts.get(letter, ()))
    goes_on = word in _OPENS_ASIDE or marked or own or (rest[0].isupper() and letter != "A")
    return letter if goes_on else None


def _corrected(between: str) -> bool:
    """True if one of the clauses between two letters takes the first one back."""
    return any(english.CORRECTION.match(between, place) for place in _sentence_starts(between))


def _hedged(between: str) -> bool:
    """True for the words of an option, then `or`: `B) Rabat or C) Lima`."""
    if re.match(r"\s*(?:,\s*|/\s*)?(?:or|and)\s+(?:maybe|perhaps|possibly|option)?\s*\(?$", between):
        return True
    words = english.tokens(between)
    joined = re.search(r"\b(?:or|and)\s+(?:option\s+|choice\s+)?[(\[]?$", between) is not None
    return joined and len(words) <= 10 and not set(words) & (english.VERBS | english.REASONS | english.DENIALS)


def _sentence_starts(text: str) -> list[int]:
    return [match.end() for match in re.finditer(r"[.;,!?)\n-]\s*", text)][:20]


def _stated(text: str, group: list[_Mention]) -> bool:
    before, after = _before(text, group[0].start), text[group[-1].end : group[-1].end + _CONTEXT]
    if _PREDICATE.match(after):
        return True
    if not _CUE.search(before):
        return False
    if before.rstrip(" ([\"'*`").endswith((",", "in", "to")) and len(before) > 1:
        return _ENDS_SENTENCE.match(after) is not None
    return True


def _corrects(text: str, place: int) -> bool:
    """True if the sentence or clause before a place takes back what was stated earlier."""
    return any(english.CORRECTION.match(text, start) for start in _sentence_starts(text[:place]))


def _stands_out(text: str, mention: _Mention) -> bool:
    """True for a letter in brackets or at the end of a line."""
    before, after = text[mention.start - 1 : mention.start], text[mention.end :]
    return (before == "(" and after[:1] == ")") or re.match(r"[).:\"'*。]*\s*(?:$|\n)", after) is not None


def _by_words(text: str, texts: Mapping[str, tuple[str, ...]], question: Question) -> str | None:
    """The letter of the one option whose words a text asserts."""
    found = [letter for letter, words in texts.items() if names.find(words, text, question)]
    return found[0] if len(found) == 1 else None


def _contradicted(text: str, letter: str, texts: Mapping[str, tuple[str, ...]], question: Question) -> bool:
    """True if a text asserts the words of another option and not those of the one whose letter it names."""
    if not texts:
        return False
    parts = [text[begin:end] for begin, end in sentences(text)]
    naming = [each for each in parts if re.search(rf"(?<![A-Za-z0-9]){letter}(?![A-Za-z0-9])", each)]
    text = " ".join(naming) or text
    bare = re.sub(rf"[(\[]?(?<![A-Za-z0-9]){letter}(?![A-Za-z0-9'+#-])[)\].:]*", " ", text, count=4)
    bare = re.sub(r"^[\s,;:=-]+|\(\s*\)", " ", bare).strip()
    bare = re.split(r"\b(?:because|since|as|while|whereas|but|not|rather|unlike)\b|;", bare, maxsplit=1)[0].strip(
        " ,;()"
    )
    if not bare or len(bare) < 2:
        return False
    if any(names.find((word,), bare, question) for word in texts.get(letter, ())):
        return False
    named = re.search(rf"([^.!?\n]{{3,200}}),?\s(?:which|that)\sis\s(?:option\s|choice\s)?\(?{letter}\b", text)
    if named and any(_opens_with(named[1], word) for word in texts.get(letter, ())):
        return False
    return any(
        names.find(words, bare, question)
        for other, words in texts.items()
        if other != letter and not _same(words, texts, letter)
    )


def _opens_with(sentence: str, name: str) -> bool:
    """True if a name is the first one of a sentence: `So kappa follows iota`."""
    words = [word for word in english.tokens(sentence) if word not in english.FUNCTION_WORDS and word[0].isalnum()]
    own = english.tokens(plain_text(name))
    return bool(own) and words[: len(own)] == own


def _same(words: tuple[str, ...], texts: Mapping[str, tuple[str, ...]], letter: str) -> bool:
    """True if two options have the same words."""
    return bool({name_form(word) for word in words} & {name_form(word) for word in texts.get(letter, ())})
