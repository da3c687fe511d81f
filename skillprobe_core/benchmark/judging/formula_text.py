r"""Formulas as text: one spelling for each sign, the parts of an answer with several, intervals for inequalities.

`√2`, `sqrt(2)` and `\sqrt2` become `\sqrt{2}`; `pi`, `\dfrac`, `\mathrm{e}` and the like become what algebra reads.
"""

from __future__ import annotations

import re

from . import notation

_FLAT: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\\(?:left|right|displaystyle|textstyle|limits|[bB]igg?[lr]?)(?![a-zA-Z])"), ""),
    (re.compile(r"\\[dtc]frac(?![a-zA-Z])"), r"\\frac"),
    (re.compile(r"\\(?:mathrm|operatorname|textrm|rm|text)\s?\{\s?([eid])\s?\}"), r"\1"),
    (re.compile(r"\\(?:boxed|fbox|mathbf|boldsymbol|underline|bf|mathit)\s?\{([^{}]{0,400})\}"), r"\1"),
    (re.compile(r"\\(?:leq?slant|leq)(?![a-zA-Z])"), r"\\le"),
    (re.compile(r"\\(?:geq?slant|geq)(?![a-zA-Z])"), r"\\ge"),
    (re.compile(r"\\(?:cdot|times|ast)(?![a-zA-Z])\s?"), r"*"),
    (re.compile(r"(?<!\\)\\[,;:!> ]|~"), " "),
    (re.compile(r"\\q?quad"), " "),
    (re.compile(r"\\begin\{(?:[pbBvV]?matrix|array)\}(?:\s?\{[lcr|\s]{0,20}\})?"), r"\\begin{pmatrix}"),
    (re.compile(r"\\end\{(?:[pbBvV]?matrix|array)\}"), r"\\end{pmatrix}"),
    (re.compile(r"(?<=\d)\{,\}(?=\d)"), ""),
    (re.compile(r"\^\s?\{\s?\\circ\s?\}|\^\s?\\circ(?![a-zA-Z])|\u00b0"), r"^{\\circ}"),
    (re.compile(r"(?<=[0-9)}\s])pi\b|(?<![a-zA-Z\\])pi\b|\u03c0"), r"\\pi "),
    (re.compile(r"\u221e|(?<![a-zA-Z\\])(?:infinity|infty|inf)\b"), r"\\infty "),
    (re.compile(r"\u2264|<="), r"\\le "),
    (re.compile(r"\u2265|>="), r"\\ge "),
    (re.compile(r"\u222a"), r"\\cup "),
    (re.compile(r"\u2208"), r"\\in "),
    (re.compile(r"\*\*"), "^"),
    (re.compile(r"(?:\u221a|(?<![a-zA-Z\\])sqrt|\\sqrt)\s?\(([^()]{1,200})\)"), r"\\sqrt{\1}"),
    (re.compile(r"\u221a\s?(\d+|[a-zA-Z])"), r"\\sqrt{\1}"),
    (re.compile(r"\\sqrt\s?(\d|[a-zA-Z])"), r"\\sqrt{\1}"),
    (re.compile(r"\\frac\s?(\d)\s?(\d)"), r"\\frac{\1}{\2}"),
    (re.compile(r"(?<![a-zA-Z\\])(sin|cos|tan|cot|sec|csc|ln|log|exp|arcsin|arccos|arctan)(?![a-zA-Z])"), r"\\\1"),
    (re.compile(r"\^\s?\(([^()]{1,80})\)"), r"^{\1}"),
)
_SIGNS = str.maketrans(
    {
        **dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\ufe63\uff0d", "-"),
        **dict.fromkeys("\u00d7\u22c5\u00b7\u2217", "*"),
        **dict.fromkeys("\u00a0\u2009\u202f\u2007", " "),
        "\u00f7": "/",
        "\u2044": "/",
        "\u2018": "'",
        "\u2019": "'",
        "\uff08": "(",
        "\uff09": ")",
        "\uff0c": ",",
        "\uff1b": ";",
    }
)
_HALVES = {"\u00bd": "1/2", "\u2153": "1/3", "\u2154": "2/3", "\u00bc": "1/4", "\u00be": "3/4"}
_RAISED = re.compile("[\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u207b\u207a]+")
_UNRAISED = str.maketrans("\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207b\u207a", "0123456789-+")
_DELIMITERS = re.compile(r"\\[()\[\]]|\$")
_AND = re.compile(
    r"\s*(?:\\(?:text|textrm|mathrm|mbox)\s?\{\s?,?\s?(?:and|or|where|with)\s?\}"
    r"|(?<![a-zA-Z\\])(?:and|or|where|with)(?![a-zA-Z]))\s*"
)
_WORDS = re.compile(r"\\(?:text|textrm|mbox)\s?\{[^{}]{0,200}\}")
_LABEL = re.compile(r"^\s?\{?[a-zA-Z](?:_\s?(?:\w|\{\w{1,3}\}))?(?:\([a-z]\))?\}?\s?(?:=|\\in(?![a-zA-Z]))\s?")
_PAIR_LABEL = re.compile(r"^\s?\([a-zA-Z](?:\s?,\s?[a-zA-Z]){1,4}\)\s?=\s?")
_BETWEEN = re.compile(
    r"^(?P<a>[^<>=]{1,120}?)(?P<l><|\\le(?![a-z]))\s?(?P<v>[a-zA-Z])\s?(?P<r><|\\le(?![a-z]))(?P<b>[^<>=]{1,120})$"
)
_BEYOND = re.compile(r"^(?P<v>[a-zA-Z])\s?(?P<r><|>|\\le(?![a-z])|\\ge(?![a-z]))(?P<b>[^<>=]{1,120})$")
_TRIG = re.compile(r"\\(?:sin|cos|tan|cot|sec|csc)(?![a-z])")
_OPENS, _CLOSES = "([{", ")]}"


def flat(text: str) -> str:
    """The formula in one spelling, without delimiters of mathematics."""
    text = text.translate(_SIGNS)
    if not text.isascii():
        text = _RAISED.sub(lambda match: f"^{{{match[0].translate(_UNRAISED)}}}", text)
        for character, plain in _HALVES.items():
            text = text.replace(character, f"{{{plain}}}")
    text = _DELIMITERS.sub("", text).replace("`", "")
    for pattern, plain in _FLAT:
        text = pattern.sub(plain, text)
    text = " ".join(text.split())
    if "\\circ" in text:
        degrees = r"\\frac{\\pi}{180}" if _TRIG.search(text) else ""
        text = re.sub(r"\s?\^\{\\circ\}", degrees, text)
    return text


def written(text: str) -> str:
    """A formula letter for letter, apart from spacing and spelling."""
    text = notation.plain("".join(flat(text).split()))
    return "".join(text.split()).strip(".,;").replace("\\%", "%").replace("{}", "")


def parts(text: str) -> list[str]:
    """The parts of an answer with several, which commas, semicolons or `and` outside brackets separate."""
    text = _AND.sub(",", text)
    found, depth, begin = [], 0, 0
    for place, character in enumerate(text):
        if character in _OPENS:
            depth += 1
        elif character in _CLOSES:
            depth -= 1
        elif character in ",;" and depth == 0:
            found.append(text[begin:place])
            begin = place + 1
    found.append(text[begin:])
    return [part.strip() for part in found if part.strip()]


def unlabelled(text: str) -> str:
    """The formula without `x =`, `f(x) =`, `(x, y) =` or `x \\in` in front."""
    for label in (_LABEL, _PAIR_LABEL):
        match = label.match(text)
        if match and text[match.end() :].strip():
            return text[match.end() :].strip()
    return text


def as_interval(text: str) -> str:
    r"""An inequality in one letter as an interval: `-2 \le x < 7` as `[-2,7)`; another formula as it is."""
    inner = text.strip()
    match = _BETWEEN.match(inner)
    if match:
        left, right = "(" if match["l"] == "<" else "[", ")" if match["r"] == "<" else "]"
        return f"{left}{match['a'].strip()},{match['b'].strip()}{right}"
    match = _BEYOND.match(inner)
    if match:
        bound = match["b"].strip()
        lower, upper = f"{bound},\\infty)", f"(-\\infty,{bound}"
        return {"<": f"{upper})", "\\le": f"{upper}]", ">": f"({lower}", "\\ge": f"[{lower}"}[match["r"]]
    return text


def has_words(text: str) -> bool:
    """True if the text is a phrase, not a formula: two plain words or more, or one word and no sign."""
    bare = re.sub(r"\\(?:begin|end)\{[a-z*]{1,20}\}|\\[a-zA-Z]+", " ", _WORDS.sub(" ", text))
    words = re.findall(r"(?<![a-zA-Z])[a-zA-Z]{3,}(?![a-zA-Z])", bare)
    return len(words) >= 2
