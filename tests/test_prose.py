"""The documentation avoids the words and habits that CONTRIBUTING.md lists.

Markdown is checked without its code, quoted output and link targets; of Python files the strings are checked, which are
docstrings, help and messages. Item kinds and sources are left out: their strings are questions and answers. A new file
or folder is one more pattern in FILES.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/*.md",
    "docs/figures/*.py",
    "examples/*.py",
    "skillprobe/*.py",
    "skillprobe_dagster/**/*.py",
    "skillprobe_core/*.py",
    "skillprobe_core/[!b]*/**/*.py",
    "skillprobe_core/benchmark/*.py",
    "skillprobe_core/benchmark/[!k]*/*.py",
    "tools/**/*.py",
)

_UNITS = "second|minute|hour|token|item|row|matrix|tensor|element|checkpoint|batch|call|cell|level|step|run|model|tick"
_COUNTED = (
    r"\d+(?:[.,]\d+)*|one|two|three|four|five|ten|seconds?|times|items|tokens|bytes|nats|ns|ms|MB|threads?|templates|"
    r"reductions|completions|rows|kinds"
)
# One rule for each row of "Words to avoid" in CONTRIBUTING.md, by the row's first cell.
RULES = {
    "tell, told": r"\b(?:tell|tells|told|telling)\b",
    "beside": r"\bbeside\b",
    "mend": r"\bmend(?:s|ed|ing)?\b",
    '"without" at the end of a clause': r"\bwithout(?=\s*(?:[.;:,)|]|$))",
    "is no X": r"\b(?:is|are|was|were) no \w+",
    "asked (of a model)": r"\b(?:asks|asked)\b",
    '"a" for "per"': rf"\b(?:{_COUNTED}) an? (?:{_UNITS})\b",
    "say,": r", say\b|\bsay,",
    ", too": r", too\b",
    "house": r"\bhouse\b",
    "whole (of a file or checkpoint)": r"\b(?:is|are|was|were|not|be) whole\b",
    "anew": r"\banew\b",
    "meanwhile, in work": r"\bmeanwhile\b|\bin work\b",
    "to speak of": r"\bto speak of\b",
    "ours, theirs": r"\b(?:ours|theirs)\b",
}
# Phrases that a rule would find although they are good English: an example, and the reason.
ACCEPTED = {
    r"\bthere (?:is|are|was|were) no\b": ("There is no network.", "states that something does not exist"),
    r"\b(?:is|are|was|were) no longer\b": ("It is no longer stored.", "negates the verb, not the noun"),
    r"\bask(?:s|ed) for\b": ("Token rows were asked for.", "a person requests something"),
    r"\bwith (?:and|or) without\b": ("It works with or without.", "names both cases"),
}


def pages() -> list[Path]:
    return sorted(path for pattern in FILES for path in ROOT.glob(pattern))


def paragraphs(path: Path) -> Iterator[str]:
    """The prose of a file, a paragraph, table row or string at a time, on one line each."""
    text = path.read_text()
    if path.suffix == ".py":
        texts = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
        yield from (" ".join(value.split()) for value in texts if isinstance(value, str) and " " in value)
    else:
        yield from markdown_paragraphs(text)


def markdown_paragraphs(text: str) -> Iterator[str]:
    text = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r"^ {4,}.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"`[^`]+`", "`code`", text)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    for block in re.split(r"\n\s*\n|\n(?=[-|#]|\d\. )", text):
        yield " ".join(block.split())


def without_examples(text: str) -> str:
    """CONTRIBUTING.md without the tables of its section Style, which quote what to avoid."""
    before, heading, style = text.partition("\n## Style\n")
    return before + heading + re.sub(r"^\|.*$", "", style, flags=re.MULTILINE)


def habits_in(prose: str) -> list[tuple[str, str]]:
    """Which rules a text breaks, each with the words around the match."""
    prose = re.sub("|".join(ACCEPTED), "(accepted)", prose, flags=re.IGNORECASE)
    return [
        (name, prose[max(0, found.start() - 40) : found.end() + 40])
        for name, pattern in RULES.items()
        for found in re.finditer(pattern, prose, re.IGNORECASE)
    ]


def docstrings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and (docstring := ast.get_docstring(node)):
            yield docstring


def word_table() -> list[list[str]]:
    """The rows of "Words to avoid": what to avoid, what to write, a bad and a good example."""
    section = (ROOT / "CONTRIBUTING.md").read_text().partition("### Words to avoid")[2]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_the_list_of_words_and_the_rules_are_the_same() -> None:
    assert [row[0] for row in word_table()] == list(RULES)


@pytest.mark.parametrize("row", word_table(), ids=lambda row: row[0])
def test_each_rule_finds_its_bad_example_and_accepts_the_good_one(row: list[str]) -> None:
    name, _, bad, good = row
    assert name in {found for found, _ in habits_in(bad)}
    assert not habits_in(good)


@pytest.mark.parametrize("phrase", ACCEPTED)
def test_an_accepted_phrase_would_be_found_otherwise(phrase: str) -> None:
    example, reason = ACCEPTED[phrase]
    assert reason
    assert re.search(phrase, example, re.IGNORECASE)
    assert any(re.search(pattern, example, re.IGNORECASE) for pattern in RULES.values())
    assert not habits_in(example)


@pytest.mark.parametrize(
    "good",
    [
        "Too many checkpoints without a base.",
        "The noise floor of a step, and the whole model.",
        "One is a token, and the second is a row.",
        "Recommended, amended and foretold: words inside other words.",
    ],
)
def test_good_english_is_accepted(good: str) -> None:
    assert not habits_in(good)


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_avoids_them(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    if name == "CONTRIBUTING.md":
        prose = list(markdown_paragraphs(without_examples(path.read_text())))
    else:
        prose = list(paragraphs(path))
    assert prose
    found = [habit for paragraph in prose for habit in habits_in(paragraph)]
    assert not found, f"rewrite these (CONTRIBUTING.md, Style): {found}"


@pytest.mark.parametrize(
    "path", [path for path in pages() if path.suffix == ".py"], ids=lambda path: str(path.relative_to(ROOT))
)
def test_no_docstring_opens_with_a_question_word(path: Path) -> None:
    found = list(docstrings(path))
    assert found
    assert not [each for each in found if re.match(r"(?:What|Whether|How|Which)\b", each)]
