"""Agreement of verdicts with a reader: skillprobe compared with math-verify and lm-evaluation-harness.

The corpus is `tests/data/verdict_corpus`: completions of real models, labelled by reading them, before the judge was
written. A completion is right if its label is `correct`; `certain` are those about which the reader had no doubt. Each
grader is measured on the answer types that it is made for.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.endings import ending_of
from skillprobe_core.benchmark.judging.judge import Verdict, judge_answer
from skillprobe_core.benchmark.judging.symbolic import SymbolicChecker

from ._figure import emit, emit_missing, row
from ._peer_process import PeerProcess
from .environments import ROOT, MissingError

CORPUS = ROOT / "tests" / "data" / "verdict_corpus" / "completions.jsonl"
MATHEMATICS = frozenset({AnswerType.INTEGER, AnswerType.RATIONAL, AnswerType.DECIMAL, AnswerType.EXPRESSION})


class Case(NamedTuple):
    """One completion of the corpus.

    label: the verdict of the reader. doubt: the other verdict that the reader considered, or a remark; else empty.
    second: the verdict of a second reader who did not know the first one; None if there was none.
    """

    id: str
    model: str
    key: AnswerKey
    completion: str
    finish_reason: str
    label: Verdict
    second: Verdict | None
    doubt: str

    @property
    def right(self) -> bool:
        """True if the reader found the answer correct."""
        return self.label is Verdict.CORRECT


class Agreement(NamedTuple):
    """Numbers of completions on which a grader and the reader agree and differ, in both directions."""

    right: int
    wrong: int
    right_not_counted: int
    wrong_counted: int

    @classmethod
    def of(cls, cases: Sequence[Case], found_right: Sequence[bool]) -> Agreement:
        """Count over cases and a grader's decisions."""
        pairs = Counter((case.right, found) for case, found in zip(cases, found_right, strict=True))
        missed, counted = pairs[True, False], pairs[False, True]
        return cls(missed + pairs[True, True], counted + pairs[False, False], missed, counted)

    @property
    def share(self) -> float:
        """Share of completions on which both agree."""
        return 1 - (self.right_not_counted + self.wrong_counted) / (self.right + self.wrong)

    def words(self) -> str:
        """Both directions in one line."""
        return (
            f"{self.right_not_counted} of {self.right} right ones not counted, "
            f"{self.wrong_counted} of {self.wrong} others counted"
        )


def cases(file: Path = CORPUS) -> list[Case]:
    """The labelled completions of the corpus."""
    return [_case(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


def _case(fields: dict[str, str | list[str] | float | None]) -> Case:
    text = {name: str(value) for name, value in fields.items()}
    accepted, tolerance, second = fields["accepted"], fields["tolerance"], fields["second_label"]
    return Case(
        id=text["id"],
        model=text["model"],
        key=AnswerKey(
            AnswerType(text["answer_type"]),
            text["key"],
            tuple(accepted) if isinstance(accepted, list) else (),
            tolerance if isinstance(tolerance, float) else None,
            text["question"],
        ),
        completion=text["completion"],
        finish_reason=text["finish_reason"],
        label=Verdict(text["label"]),
        second=Verdict(str(second)) if second else None,
        doubt=text["note"],
    )


def verdicts(corpus: Sequence[Case]) -> list[Verdict]:
    """skillprobe's verdicts, as for stored completions."""
    with SymbolicChecker() as symbolic:
        return [
            judge_answer(
                case.key,
                case.completion,
                ending=ending_of(case.finish_reason, case.completion, None, ()),
                symbolic=symbolic,
            )[0]
            for case in corpus
        ]


def main(arguments: list[str] | None = None) -> None:
    """Print one JSON line for all types, for each type, and for each comparison with a peer."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks verdicts", description=__doc__)
    parser.add_argument("--differences", action="store_true", help="print every completion that is judged otherwise")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    options = parser.parse_args(arguments)
    corpus = cases()
    judged = verdicts(corpus)
    right = [verdict is Verdict.CORRECT for verdict in judged]
    same = sum(case.label is verdict for case, verdict in zip(corpus, judged, strict=True))
    _figure("agreement", Agreement.of(corpus, right), same_verdict=round(same / len(corpus), 4))
    seconds = [case for case in corpus if case.second is not None]
    if seconds:
        _figure("second_reader", Agreement.of(seconds, [case.second is Verdict.CORRECT for case in seconds]))
    _figure("certain", _part(corpus, right, [not case.doubt for case in corpus]))
    for answer_type in AnswerType:
        _figure(f"type/{answer_type}", _part(corpus, right, [case.key.answer_type is answer_type for case in corpus]))
    for model in dict.fromkeys(case.model for case in corpus):
        _figure(f"model/{model}", _part(corpus, right, [case.model == model for case in corpus]))
    if options.differences:
        for case, verdict in zip(corpus, judged, strict=True):
            if case.right != (verdict is Verdict.CORRECT):
                print(f"{case.id} {case.key.answer_type} key {case.key.answer!r}: {verdict}, reader {case.label}")
                print(f"  {case.doubt}\n  {case.completion[-300:]!r}")
    if options.alone:
        return
    for peer, types in (("math-verify", MATHEMATICS), ("lm-eval", frozenset(AnswerType))):
        name = f"vs_{peer.replace('-', '_')}"
        chosen = [place for place, case in enumerate(corpus) if case.key.answer_type in types]
        try:
            with PeerProcess(peer, "grading_worker", peer) as process:
                found = process.ask(cases=[_request(corpus[place]) for place in chosen])["right"]
                part = [corpus[place] for place in chosen]
                mine, theirs = Agreement.of(part, [right[place] for place in chosen]), Agreement.of(part, found)
                _figure(name, mine, peer=peer, theirs=theirs, versions=process.versions)
        except MissingError as error:
            emit_missing(name, peer, error)


def _part(corpus: Sequence[Case], right: Sequence[bool], chosen: Sequence[bool]) -> Agreement:
    pairs = [(case, found) for case, found, wanted in zip(corpus, right, chosen, strict=True) if wanted]
    return Agreement.of([case for case, _ in pairs], [found for _, found in pairs])


def _request(case: Case) -> dict[str, object]:
    key = case.key
    return {
        "answer_type": str(key.answer_type), "answer": key.answer, "accepted": list(key.accepted),
        "question": key.question, "completion": case.completion,
    }  # fmt: skip


def _figure(
    name: str,
    mine: Agreement,
    *,
    peer: str | None = None,
    theirs: Agreement | None = None,
    versions: dict[str, str] | None = None,
    same_verdict: float | None = None,
) -> None:
    emit(
        row(
            name,
            unit=f"share of {mine.right + mine.wrong} completions judged as by a reader",
            skillprobe=round(mine.share, 4),
            peer=peer,
            peer_figure=round(theirs.share, 4) if theirs else None,
            threads=1,
            runs=1,
            versions=versions or {},
            differs=mine.words(),
            peer_differs=theirs.words() if theirs else None,
            same_verdict=same_verdict,
        )
    )


if __name__ == "__main__":
    main()
