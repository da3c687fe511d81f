"""Text without mark-up: LaTeX commands, bold marks and typographic characters in their plain form.

`notation.plain` does less and stays as it is, because the keys of imported items are made with it.
"""

from __future__ import annotations

import re

_SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺"
_SUBSCRIPT = "₀₁₂₃₄₅₆₇₈₉"
_CHARACTERS = str.maketrans(
    {
        **dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\ufe63\uff0d", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2008\u2009\u200a\u202f\u3000", " "),
        **dict.fromkeys("\u200b\u2060\ufeff", ""),
        **dict.fromkeys("\u2018\u2019\u02bc", "'"),
        **dict.fromkeys("\u201c\u201d\u00ab\u00bb", '"'),
        **dict.fromkeys("\u00d7\u22c5\u00b7\u2217", "*"),
        **{full: chr(ord(full) - 0xFEE0) for full in map(chr, range(0xFF01, 0xFF5F))},
        "\u2044": "/",
        "\u00f7": "/",
        "\u2192": "->",
        "\u2026": "...",
        "\u00ba": "\u00b0",
    }
)
_FRACTIONS = {
    "¼": "1/4", "½": "1/2", "¾": "3/4", "⅐": "1/7", "⅑": "1/9", "⅒": "1/10", "⅓": "1/3", "⅔": "2/3", "⅕": "1/5",
    "⅖": "2/5", "⅗": "3/5", "⅘": "4/5", "⅙": "1/6", "⅚": "5/6", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8",
}  # fmt: skip
_FRACTION = re.compile(f"(\\d ?)?([{''.join(_FRACTIONS)}])")
# The base of a numeral: `563₈`, `563_8`, `563_{10}`.
_BASE = re.compile(rf"(?<=[\dA-Fa-f])(?:[{_SUBSCRIPT}]{{1,2}}|_\{{?\d{{1,2}}\}}?)(?![\w{_SUBSCRIPT}])")
_RAISED = re.compile(f"[{_SUPERSCRIPT}]+")
_UNRAISED = str.maketrans(_SUPERSCRIPT, "0123456789-+")
_UNLOWERED = str.maketrans(_SUBSCRIPT, "0123456789")

_GROUPS = re.compile(r"(?<=\d)(?:\{,\}|,\\!)\s?(?=\d)")
_WRAPPED = re.compile(
    r"\\(?:text|textbf|textit|textrm|texttt|mathrm|mathbf|mathit|mathsf|mathtt|operatorname|mbox|hbox|underline|emph"
    r"|boldsymbol|boxed|fbox|bf)\s?\{([^{}]{0,400})\}"
)
_FRAC = re.compile(r"(\d ?)?(-? ?)\\[cdt]?frac ?(?:\{ ?(-?[\d.,]{1,400}) ?\}|(\d)) ?(?:\{ ?(-?[\d.,]{1,400}) ?\}|(\d))")
_COMMANDS = (
    (re.compile(r"\^ ?\{ ?\\circ ?\}|\^ ?\\circ(?![a-zA-Z])|\\degree(?![a-zA-Z])|\\circ(?![a-zA-Z])"), "\u00b0"),
    (re.compile(r"\\(?:times|cdot|ast)(?![a-zA-Z])"), "*"),
    (re.compile(r"\\(?:approx|simeq|thickapprox|doteq)(?![a-zA-Z])"), "\u2248"),
    (re.compile(r"\\(?:leq?|leqslant)(?![a-zA-Z])"), "\u2264"),
    (re.compile(r"\\(?:geq?|geqslant)(?![a-zA-Z])"), "\u2265"),
    (re.compile(r"\\neq?(?![a-zA-Z])"), "\u2260"),
    (re.compile(r"\\lt(?![a-zA-Z])"), "<"),
    (re.compile(r"\\gt(?![a-zA-Z])"), ">"),
    (re.compile(r"\\pm(?![a-zA-Z])"), "\u00b1"),
    (re.compile(r"\\pi(?![a-zA-Z])"), "\u03c0"),
    (re.compile(r"\\sqrt(?![a-zA-Z])"), "\u221a"),
    (re.compile(r"\\(?:l?dots|cdots)(?![a-zA-Z])"), "..."),
    (re.compile(r"\\(?:to|rightarrow|Rightarrow|implies)(?![a-zA-Z])"), "->"),
    (re.compile(r"\\(?:left|right|quad|qquad|displaystyle|textstyle|limits|big|Big|bigl|bigr)(?![a-zA-Z])"), " "),
    (re.compile(r"\\[,;:!> ]|(?<=\S)~(?=\S)"), " "),
    (re.compile(r"\\[()\[\]]|\\?\$|[\u20ac\u00a3\u00a5]"), ""),
    (re.compile(r"\\([{}%#_&])"), r"\1"),
)
_MARKS = re.compile(r"\*\*(?!-?\d)|(?<!\d)\*\*|__|`+|(?<![\w*])\*(?=[^\s*])|(?<=[^\s*])\*(?![\w* (\\])")


def _fraction(match: re.Match[str]) -> str:
    return f"{match[1].strip()} {_FRACTIONS[match[2]]}" if match[1] else _FRACTIONS[match[2]]


def _frac(match: re.Match[str]) -> str:
    over, under = match[3] or match[4], match[5] or match[6]
    return f"{(match[1] or '').strip()}{' ' if match[1] else ''}{match[2]}{over}/{under}"


def clean(text: str) -> str:
    r"""The text as a reader sees it: `\frac{1}{2}` and `½` as `1/2`, `10⁶` as `10^6`, no `$`, `\text{}` and `**`."""
    if not text.isascii() or "_" in text:
        text = _BASE.sub("", text)
    if not text.isascii():
        text = _FRACTION.sub(_fraction, text)
        text = _RAISED.sub(lambda match: f"^{match[0].translate(_UNRAISED)}", text)
        text = text.translate(_UNLOWERED).translate(_CHARACTERS)
    if "\\" in text or "$" in text or "{" in text:
        text = _GROUPS.sub(",", text)
        for _ in range(2):  # \boxed{\text{...}}
            text = _WRAPPED.sub(r" \1 ", text)
        for pattern, plain in _COMMANDS:
            text = pattern.sub(plain, text)
        text = _FRAC.sub(_frac, text)
    return _MARKS.sub("", text)
