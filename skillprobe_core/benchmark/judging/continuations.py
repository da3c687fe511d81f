"""The end of a completion's own answer: a base model may go on with questions of its own, or with another turn."""

from __future__ import annotations

import re

# Another speaker: nothing behind it belongs to the answer.
_TURN = re.compile(
    r"^[ \t]{0,8}[*#]{0,3}[ \t]?(?:User|Human|Student|Assistant|Customer)[ \t]?\d{0,3}[*]{0,2}:"
    r"|<\|(?:im_start|im_end|user|end|endoftext|eot_id|start_header_id)\|>|\[INST\]|</s>|<start_of_turn>|<end_of_turn>",
    re.MULTILINE,
)
_LABELLED = re.compile(
    r"^[ \t]{0,8}[*#]{0,4}[ \t]?(?:Question|Problem|Exercise|Task|Example|Quiz|Instruction|Input|Prompt|Q)"
    r"[ \t]?\d{0,4}[*]{0,2}[ \t]?[:.]",
    re.MULTILINE,
)
_INSTRUCTION = re.compile(r"^.{0,400}?\b(?:Work step by step\.|End with a line ['\"\u2018\u201c]Answer)", re.MULTILINE)
_ASKS = re.compile(
    r"^[ \t]{0,8}(?:\d{1,3}[.)][ \t])?(?:What|Which|How|Who|Whom|Whose|When|Where|Why|Is|Are|Do|Does|Did|Can|If|In|A|An"
    r"|The|Among|From|At|On)\b(?![ ](?:if|about|else)\b)[^\n?]{0,600}\?[ \t]*$",
    re.MULTILINE,
)
_ORDERS = re.compile(
    r"(?<=\n)[ \t]*\n[ \t]{0,8}(?:Find|Solve|Compute|Calculate|Give|List|Name|State|Determine|Evaluate|Simplify|Write"
    r"|Te(?:ll)|Count|Start|Take|Mark|Go|Quiz|Describe|Explain)\b[^\n]{0,600}$",
    re.MULTILINE,
)
# The writer's own words: a question to oneself, not a new one.
_OWN = re.compile(
    r"\b(?:I|we|we've|my|our|me|us|let's|this|that|these|again|above|mistake|wrong|wait|instead|really|check|earlier)\b",
    re.IGNORECASE,
)


def own_answer(text: str, answered: int) -> str:
    """The text up to the first question or turn of somebody else.

    `answered` is the end of the first place that is marked as an answer; -1 if there is none. Before it only another
    speaker's turn ends the answer, since a completion may first repeat its question.
    """
    begin = len(text) - len(text.lstrip()) + 1
    ends = [match.start() for match in _TURN.finditer(text, begin)][:1]
    if answered >= 0:
        ends += [match.start() for match in _LABELLED.finditer(text, answered)][:1]
        for pattern in (_ASKS, _ORDERS):
            ends += [m.start() for m in pattern.finditer(text, answered) if not _OWN.search(m[0])][:1]
    instruction = _INSTRUCTION.search(text, max(answered, 0))
    if instruction:
        start = text.rfind("\n\n", 0, instruction.start())
        if answered >= 0:
            ends.append(start if start >= answered else instruction.start())
        elif start > 0 and text[:start].strip():
            ends.append(start)
    return text[: min(ends)] if ends else text
