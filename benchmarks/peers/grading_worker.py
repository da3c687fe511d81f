"""Other graders on single completions: `math-verify`, or the filters of lm-evaluation-harness' own tasks (`lm-eval`).

math-verify parses both sides and compares them, with its timeouts. From lm-evaluation-harness: `flexible-extract` of
gsm8k for numbers, the filter for options of bbh and mmlu_flan_cot for choices, the comparison of hendrycks_math for
expressions, and that of triviaqa (exact match without case and punctuation) for all other types.
"""

from __future__ import annotations

import re
import sys
from typing import Any

from .worker import serve

NUMBERS = ("integer", "rational", "decimal")


def by_math_verify(request: dict[str, Any]) -> dict[str, Any]:
    """Which of the cases math-verify finds right."""
    from math_verify import parse, verify

    right = []
    for case in request["cases"]:
        try:
            right.append(bool(verify(parse(f"${case['answer']}$"), parse(case["completion"]))))
        except Exception:
            right.append(False)
    return {"right": right}


def by_lm_eval(request: dict[str, Any]) -> dict[str, Any]:
    """Which of the cases the filters and comparisons of lm-evaluation-harness find right."""
    from lm_eval.api.metrics import exact_match_hf_evaluate
    from lm_eval.filters.extraction import MultiChoiceRegexFilter, RegexFilter
    from lm_eval.tasks.hendrycks_math.utils import is_equiv

    number = RegexFilter(regex_pattern=r"(-?[$0-9.,]{2,})|(-?[0-9]+)", group_select=-1)
    option = MultiChoiceRegexFilter(
        regex_pattern=r"(\([A-Z]\))", group_select=0, ignore_case=True, ignore_punctuation=True
    )
    of_numbers = {"regexes_to_ignore": [",", "\\$", "(?s).*#### ", "\\.$"], "ignore_case": True}
    of_texts = {"ignore_case": True, "ignore_punctuation": True}

    def same(found: str, case: dict[str, Any], **how: object) -> bool:
        keys = [case["answer"], *case["accepted"]]
        return any(exact_match_hf_evaluate([found], [key], **how)["exact_match"] == 1 for key in keys)

    def right(case: dict[str, Any]) -> bool:
        completion = case["completion"]
        if case["answer_type"] in NUMBERS:
            return same(number.apply([[completion]], [{}])[0][0], case, **of_numbers)
        if case["answer_type"] == "choice" and len(case["answer"]) == 1:
            options = re.findall(r"\(?\b([A-Z])[).]\s*([^,\n]+)", case["question"])
            found = option.apply([[completion]], [{"choices": [text.strip() for _, text in options]}])[0][0]
            return bool(found.strip("().") == case["answer"])
        if case["answer_type"] == "expression":
            places = [place for place, character in enumerate(completion) if character == "$"]
            found = completion if len(places) <= 1 else completion[places[0] + 1 : places[-1]]
            return bool(is_equiv(found, case["answer"]))
        return same(completion.strip(), case, **of_texts)

    return {"right": [right(case) for case in request["cases"]]}


if __name__ == "__main__":
    if sys.argv[1] == "math-verify":
        serve(by_math_verify, ["math-verify"])
    else:
        serve(by_lm_eval, ["lm_eval"])
