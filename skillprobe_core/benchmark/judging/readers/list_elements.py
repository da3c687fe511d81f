"""Elements of a region, without introductions, asides and closing remarks."""

from __future__ import annotations

import re
from fractions import Fraction

from . import english
from .contexts import sentences
from .list_labels import in_order_of_labels
from .list_parts import (
    LINK,
    has_element,
    is_crossed,
    is_dropped,
    is_elsewhere,
    is_introduction,
    name_in,
    number_in,
    parts_without_separators,
)
from .list_shape import ENDS, NONE, OPEN, SEPARATOR, Elements, Shape, element_of, parts_of, unbracketed
from .list_wording import without_wording

MAX_BRACKETS = 24
_ENUMERATED = re.compile(r"(?:^|(?<=[\s,;])(?<!\d,\s))\(?\d{1,2}[.)]\s+(?=[^\W\d_])")
# A chain of comparisons: `2 < 3 < 5`.
_COMPARISON = re.compile(r"(?<!-)\s*[<>]\s*")
_FOREIGN_AND = re.compile(r"(?<=\d)\s(?:et|y|und|e)\s(?=\d)")
_PAIR = re.compile(r"\(\s*([\w']{1,20}(?:\s*,\s*[\w']{1,20})+)\s*\)")
# `Which genotypes can they have?`: then `AB or Ab` names both.
_POSSIBLE = frozenset({"can", "possible"})
_CAN = re.compile(r"\b(?:can|could|may)\b")
_OR = re.compile(r"\s*,?\s+or\s+")
_LABELLED = re.compile(r"(?<=[\w)])\s+(?=[A-Za-z]\w{0,12}\s*[=:]\s*\S)")
_REMARK = re.compile(
    r"(?:which|that|these|those|where|"
    r"because|since|as|so|in (?:that|this|the|order|increasing|alphabetical)|respectively|"
    r"with|for|"
    r"when|making|giving|i\.e|all|both|from|by|after|who|if|they|it|he|she|we|there|each|given|listed|sorted|ordered|"
    r"separated|reading|bottom|left|first to|top|front to)\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r",?\s+(?:because|since|which|as(?!\swell\b)|where|whereas|while)\s"
    r"|\s-\s+(?=(?:that|this|these|those|they|i|it|as|because|so|which|my|the|in|all|from|no|done|we)\b)",
    re.IGNORECASE,
)
_STAGE = re.compile(
    r"[,;]\s+(?:(?:and|then)\s+){0,2}(?:after\s(?!(?:that|this|him|her|them|which|\w{2,12}ing)\b)"
    r"|in the end\b|at the end\b|then\s(?:\w+\s)?(?:goes|went|moves|moved|becomes|became|ends|ended|stops|stopped)\b"
    r"|which (?:gives|becomes|makes|leaves|yields)\b|giving\b)",
    re.IGNORECASE,
)
# Elements that the writer leaves out: `I exclude 3 and 4`.
_LEAVES_OUT = re.compile(
    r"(?:so\s|then\s|now\s)?(?:I|we|you)\s(?:\w+\s){0,2}(?:(?:exclude|reject|remove|discard|eliminate)d?"
    r"|(?:drop|skip)(?:ped)?|omit(?:ted)?|ruled? out)"
    r"\s(?!.*\b(?:keep|leav|get|have|remain))",
    re.IGNORECASE,
)
# A state before the last one: `Before the last move the row was 3, 1`.
_EARLIER = re.compile(r"(?:before|until)\s(?:the|that|this|step)\b(?!.*\bafter\b)", re.IGNORECASE)
_RESULT = re.compile(
    r"\s*(?:the|our|my)\s(?:final\s|resulting\s)?(?:result|strand|row|answer|state|list)", re.IGNORECASE
)
_DENIED_LINK = re.compile(r"(?:n't|\bnot|\bnever|\bcannot)\s*$", re.IGNORECASE)
_MOVES = re.compile(r"\bfrom\s*\(?\s*-?\d[^;:]{0,60}?\bto\s+(?=[\[(]?\s*-?\d)", re.IGNORECASE)
_ARROW = re.compile(r"\s*[-=]>\s*")
# Elements that share a word: `Friday morning and evening`.
_SHARED_WORD = re.compile(r"\b(\w{1,20}) (\w{1,20}) and (\w{1,20})\b(?! \w)")
# The last of a row: `Ann, Ben, with Cleo at the end`.
_WITH_LAST = re.compile(
    r",?\s(?:and\s)?with\s(?!the\b|an?\b)(\w{1,20})\s(?:(?:right\s|just\s)?behind(?:\s\w{1,12})?|last|at\sthe\s(?:end|back|rear)|following|bringing\sup\sthe\srear)\b",
    re.IGNORECASE,
)
# A value under a condition, and another one without it.
_OTHERWISE = re.compile(r"\bif\b[^.;]{1,120}\botherwise\b(.*)$", re.IGNORECASE)
# `Ann, Ben and at the very back Cleo`.
_AT_BACK = re.compile(r"\b(?:at|in) the (?:very )?(?:back|end|rear)(?: is| comes)?\s(?=[A-Z]\w*\W*$)")
_WHILE = re.compile(r",?\s(?:while|whereas)\s")
# When the list holds: `At the end, a is 3`.
_SETTING = re.compile(
    r"(?:(?:so|thus|now|then|finally)\s)?(?:(?:at|in)\sthe\s(?:very\s)?end|after\s(?:all|the|these|this|that|running|step)\b(?:\s\w{1,16}){0,5})",
    re.IGNORECASE,
)
_HENCE = re.compile(r"^(?:(?:so|thus|hence|therefore|then)\b,?|->|=>)\s*", re.IGNORECASE)
_DROPPED = re.compile(
    r"(?:(?:and\s+)?(?:nothing|none|no|nobody|no one)\s+(?:else|more|others?)|that(?:'s| is) (?:all|it)|"
    r"only|respectively|in order|"
    r"in (?:that|this) order|first to last|last to first|top last|top first|bottom first|bottom to top|left to right|"
    r"front to back|no others?)\W*",
    re.IGNORECASE,
)


def elements_of(region: str, shape: Shape) -> Elements | None:
    """The elements that a region states; None if it is not a list."""
    rest = region.strip()
    if len(_ENUMERATED.findall(rest)) > 1 and not shape.numeric:
        rest = _ENUMERATED.sub(", ", rest)
    for _ in range(4):
        spans = sentences(rest)
        for number, (start, end) in enumerate(spans):
            after = rest[end:]
            if english.CORRECTION.match(after) and number + 1 < len(spans):
                rest = after
                break
            found = _of_sentence(rest[start:end].strip(), shape)
            if found is not None:
                return found
        else:
            return None
    return None


def _last_stage(text: str, shape: Shape) -> str:
    """The last of several states in a sentence: `from 2, 3 to 4, 3`, `3 1 2 -> 1 3 2`, `..., and after that 1, 3`."""
    moves = list(_MOVES.finditer(text)) if shape.numeric else []
    text = text[moves[-1].end() :] if moves else text
    stages = _STAGE.split(text)
    if len(stages) > 1 and all(_is_state(stage, shape) for stage in (stages[0], stages[-1])):
        text = stages[-1]
    states = [] if shape.joined else _ARROW.split(text)
    return states[-1] if len(states) > 1 and _is_state(states[-1], shape) and not _is_chain(states, shape) else text


def _is_chain(states: list[str], shape: Shape) -> bool:
    """True if arrows join the elements of one list: `Jon -> Leo -> Fay, with Jon in front`."""
    return len(states) >= len(shape.answer) > 2 and all(element_of(state) in shape.forms for state in states[1:-1])


def _is_state(text: str, shape: Shape) -> bool:
    """True for a text with several elements."""
    words = re.split(r"[\s,;()\[\]]+", text.strip(ENDS))
    if shape.together and len(words) == 1 and len(words[0]) > 1 and words[0].isalnum():
        return words[0].isupper() or words[0].isdecimal()
    parts = [part for part in words if has_element(part, shape)]
    return len(parts) > 1 or (shape.together and any(len(part) == len(shape.answer) for part in parts))


def _one_joined(text: str, shape: Shape) -> Elements | None:
    """The only element of the answer, whose parts a text lists: `Ann, Ben and Cleo` for `Ann-Ben-Cleo`."""
    for frame in _without_frame(text, shape):
        parts = [part.strip(ENDS) for part in parts_of(frame)]
        if len(parts) > 1 and any(element_of(sign.join(parts)) == shape.answer[0] for sign in "-+"):
            return [shape.answer[0]]
    return None


def _of_sentence(text: str, shape: Shape) -> Elements | None:
    if OPEN.search(text):
        return ["..."]
    text = without_wording(_HENCE.sub("", text.strip(ENDS)).strip(ENDS), shape)
    form = element_of(text)
    if not text or english.TO_BE_WRONG.match(text) or _LEAVES_OUT.match(text) or _EARLIER.match(text):
        return None
    if form in shape.answer and len(shape.answer) == 1:
        return [form]
    if "otherwise" in text and (otherwise := _OTHERWISE.search(text)) and has_element(otherwise[1], shape):
        return ["..."]
    if (NONE.fullmatch(text) and form not in shape.forms) or not text.strip("[](){} "):
        return []
    alone = _one_joined(text, shape) if shape.joined and len(shape.answer) == 1 else None
    return alone or _listed(_last_stage(text, shape) if shape.ordered else text, shape)


def _listed(text: str, shape: Shape) -> Elements | None:
    """The elements of a sentence that may frame its list."""
    if shape.joined:
        text = re.sub(r"\s*->\s*", "-", text)
        sign = "+" if any("+" in each for each in shape.forms) else "-"
        text = _PAIR.sub(lambda pair: re.sub(r"\s*,\s*", sign, pair[1]), text)
    text = _without_brackets(text, shape)
    text = _FOREIGN_AND.sub(", ", text)
    if shape.numeric and shape.ordered and " wh" in text:
        text = _WHILE.sub(", ", text)
    if shape.ordered and len(shape.answer) > 2 and "=" not in text:
        signs = {sign[0].strip() for sign in _COMPARISON.finditer(text)}
        text = _COMPARISON.sub(", ", text) if len(signs) == 1 else text
    if not shape.ordered and len(shape.answer) > 1 and (_POSSIBLE & shape.question.words or _CAN.search(text)):
        text = _OR.sub(", ", text)
    reason = _REASON.search(text)
    if reason and has_element(text[: reason.start()], shape):
        text = text[: reason.start()]
    if shape.together and not shape.ordered:
        # The question's own word is not a list of its letters.
        frames = [
            frame for frame in _without_frame(text, shape) if frame.strip(ENDS).lower() not in shape.question.words
        ]
        return next((found for found in (_of_parts(frame, shape) for frame in frames) if found is not None), None)
    candidates = (_of_parts(candidate, shape) for candidate in _without_frame(text, shape))
    return next((found for found in candidates if found is not None), None)


def _without_brackets(text: str, shape: Shape) -> str:
    """The content of the brackets that hold the list; else the text without its asides in brackets."""
    opened = re.search(r"[\[{(]", text)
    for _ in range(MAX_BRACKETS):
        if not opened:
            break
        close = text.find({"[": "]", "{": "}", "(": ")"}[opened[0]], opened.end())
        if close < 0:
            break
        inner, before, after = text[opened.end() : close], text[: opened.start()], text[close + 1 :]
        if not has_element(_after_equals(before), shape) and (
            has_element(inner, shape) or (SEPARATOR.search(inner) and not has_element(after, shape))
        ):
            tail = after.strip(ENDS)
            if not re.match(r"\s*(?:[,;]|and\b|or\b|->|[\[{(]\s*\d)", after) or not has_element(after, shape):
                return f": {unbracketed(inner)}" if not tail or not english.TO_BE_WRONG.match(after) else ""
            break
        if re.match(r"\s*(?:and|or|plus|also)\b", inner, re.IGNORECASE):
            break
        text = f"{before.rstrip()} {after.lstrip()}"
        opened = re.search(r"[\[{(]", text)
    return " ".join(re.sub(r"[\[\](){}]", " ", text).split())


def _after_equals(text: str) -> str:
    return text.rsplit("=", 1)[-1] if text.rstrip().endswith("=") else text


def _without_frame(text: str, shape: Shape) -> list[str]:
    """The text without its introduction or its predicate, by the one verb or colon that it has; else itself."""
    if text.startswith(": "):
        return [text[2:]]
    links = list(LINK.finditer(text))[:40]
    strong = [link for link in links if link[0].lower() not in {"at", "on"}]
    found = [text]
    if len(strong) == 1 or (
        strong and strong[0][0].startswith(":") and not re.search(r"[,;]", text[: strong[0].start()])
    ):
        link = strong[0]
        before, after = text[: link.start()], text[link.end() :]
        if _DENIED_LINK.search(before) and not has_element(before, shape):
            return []
        if shape.together and len(before.strip(ENDS)) == len(shape.answer) and _RESULT.fullmatch(after.strip(ENDS)):
            return [before]
        if link[0].isalpha() and element_of(before.strip(ENDS)) in shape.forms:
            return [text]  # `Ida is at the front, then Ann`
        if _labels(strong) < 2 and len(after.strip()) > 0:
            found = [after, text] if has_element(after, shape) or not has_element(before, shape) else [text]
            if SEPARATOR.search(before) and _clean(before, shape):
                found = [] if english.TO_BE_WRONG.match(text[link.start() :]) else [before]
    elif len(strong) > 1 and not strong[0][0].startswith((":", "=")) and len(strong) == 1 + _labels(strong[1:]):
        found = [text[strong[0].end() :], text]  # `The last position is x = 4 and y = 3`
    elif len(strong) > 1 and not any(link[0].startswith((":", "=")) for link in strong):
        last = strong[-1]
        if not has_element(text[: last.start()], shape):
            found = [text[last.end() :], text]
    return found


def _labels(links: list[re.Match[str]]) -> int:
    return sum(link[0].startswith((":", "=")) for link in links)


def _clean(text: str, shape: Shape) -> bool:
    """True if a text is nothing but elements."""
    parts = parts_of(text)
    if shape.numeric:
        return bool(parts) and all(isinstance(element_of(part), Fraction) for part in parts)
    return bool(parts) and all(element_of(part) in shape.forms for part in parts)


def _parts(text: str, shape: Shape) -> list[str]:
    text = text.strip(ENDS)
    if shape.numeric and not shape.ordered:
        text = _OR.sub(", ", text)
    if shape.blanks:
        text = _SHARED_WORD.sub(lambda pair: _distributed(pair, shape), text)
    if shape.ordered and not shape.numeric and " " in text:
        text = _AT_BACK.sub("", _WITH_LAST.sub(r", \1", text))
    if shape.joined:
        text = _joined_by_words(text)
    if len(re.findall(r"\w\s*[=:]\s*\S", text)) > 1 and not re.search(r"[,;]", text):
        text = _LABELLED.sub(", ", text)
    parts = parts_of(text)
    if len(parts) == 1 and not shape.numeric and not shape.joined:
        parts = re.split(r"\s+[->/]\s+|(?<=\w)/(?=\w)" if shape.ordered else r"\s?/\s?", text)
    return parts_without_separators(parts[0].strip(ENDS), shape) if len(parts) == 1 else parts


def _of_parts(text: str, shape: Shape) -> Elements | None:
    parts = _parts(text, shape)
    found: Elements = []
    labels: list[str] = []
    for number, written in enumerate(parts):
        part = written.strip().strip("\"'`*").strip()
        if not part or _DROPPED.fullmatch(part):
            continue
        if len(parts) > 1 and not shape.numeric and (is_dropped(part) or (found and is_elsewhere(part, shape))):
            continue
        if shape.numeric and is_crossed(part):
            continue
        exact = element_of(part)
        if shape.blanks and ": " in part and (labelled := element_of(part.replace(": ", " "))) in shape.answer:
            exact = labelled
        if exact in shape.answer:
            found.append(exact)
            labels.append("")
            continue
        if found and (_REMARK.match(part) or english.REASONS & set(english.tokens(part)[:1])):
            break
        if found and re.match(r"(?:not|but not|without|except|excluding)\b", part, re.IGNORECASE):
            continue
        read = (
            number_in(part, shape)
            if shape.numeric
            else name_in(part, shape, first=number == 0, last=number == len(parts) - 1)
        )
        if read is None:
            if not found and (is_introduction(part, shape) or _SETTING.fullmatch(part)):
                continue
            return None
        values, label = read
        found += values
        labels += [label] * len(values)
    if not found:
        return None
    return in_order_of_labels(found, labels, shape) if shape.ordered else found


def _distributed(pair: re.Match[str], shape: Shape) -> str:
    """`Friday morning and evening` as two elements, if the question has both of them in full."""
    second = f"{pair[1]} {pair[3]}"
    return f"{pair[1]} {pair[2]}, {second}" if second.lower() in shape.question.folded else pair[0]


def _joined_by_words(text: str) -> str:
    """A list of pairs that `and` joins, with hyphens: `Cleo and Eva; Cleo and Tom`."""
    parts = re.split(r"\s*[,;\n]\s*(?:and\s(?=\w+\sand\s))?", text)
    joined = len(parts) > 1 and all(re.fullmatch(r"\w+(?:\s(?:and|&)\s\w+)+", part.strip(ENDS)) for part in parts)
    return ", ".join(re.sub(r"\s(?:and|&)\s", "-", part.strip(ENDS)) for part in parts) if joined else text
