"""The first chemical equation in a list that is not balanced (science).

Substances and coefficients are all written out; nothing has to be balanced or recalled. The reader counts each
element on both sides and says where the two first differ: diagnostic. Levels have more equations, with more
substances, elements and atoms in each; the error is always one coefficient. From level 6 on the equations multiply, and
most are combustions of organic compounds, of which there are any number.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from functools import lru_cache

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.ladder import LADDER

from .error_places import error_places

_Term = tuple[int, str]
_Equation = tuple[tuple[_Term, ...], tuple[_Term, ...]]

_SIMPLE = """2 H2 + O2 -> 2 H2O; H2 + Cl2 -> 2 HCl; N2 + 3 H2 -> 2 NH3; 2 Na + Cl2 -> 2 NaCl; C + O2 -> CO2;
2 C + O2 -> 2 CO; 2 CO + O2 -> 2 CO2; S + O2 -> SO2; 2 Mg + O2 -> 2 MgO; H2 + F2 -> 2 HF;
2 K + Cl2 -> 2 KCl; Fe + S -> FeS; 2 Cu + O2 -> 2 CuO; 2 Zn + O2 -> 2 ZnO; N2 + O2 -> 2 NO;
2 NO + O2 -> 2 NO2; H2 + Br2 -> 2 HBr; 2 SO2 + O2 -> 2 SO3; 2 Ca + O2 -> 2 CaO; H2 + S -> H2S;
2 Li + F2 -> 2 LiF; Mg + Cl2 -> MgCl2; Ca + Br2 -> CaBr2; C + 2 H2 -> CH4"""
_MIDDLE = """4 Al + 3 O2 -> 2 Al2O3; 4 Fe + 3 O2 -> 2 Fe2O3; 2 Al + 3 Cl2 -> 2 AlCl3; CH4 + 2 O2 -> CO2 + 2 H2O;
2 Na + 2 H2O -> 2 NaOH + H2; Zn + 2 HCl -> ZnCl2 + H2; CuO + H2 -> Cu + H2O; 2 H2O2 -> 2 H2O + O2;
4 P + 5 O2 -> 2 P2O5; Fe2O3 + 3 CO -> 2 Fe + 3 CO2; CaCO3 -> CaO + CO2; N2 + 2 O2 -> 2 NO2;
2 KClO3 -> 2 KCl + 3 O2; 3 Mg + N2 -> Mg3N2; SO3 + H2O -> H2SO4; Cl2 + 2 NaBr -> 2 NaCl + Br2;
CS2 + 3 O2 -> CO2 + 2 SO2"""
_HARD = """C3H8 + 5 O2 -> 3 CO2 + 4 H2O; 2 C2H6 + 7 O2 -> 4 CO2 + 6 H2O; 4 NH3 + 5 O2 -> 4 NO + 6 H2O;
4 FeS2 + 11 O2 -> 2 Fe2O3 + 8 SO2; 2 C4H10 + 13 O2 -> 8 CO2 + 10 H2O; C6H12O6 + 6 O2 -> 6 CO2 + 6 H2O;
2 Al + 6 HCl -> 2 AlCl3 + 3 H2; 3 NO2 + H2O -> 2 HNO3 + NO; MnO2 + 4 HCl -> MnCl2 + 2 H2O + Cl2;
2 KMnO4 + 16 HCl -> 2 KCl + 2 MnCl2 + 8 H2O + 5 Cl2;
2 H2S + 3 O2 -> 2 SO2 + 2 H2O; C2H5OH + 3 O2 -> 2 CO2 + 3 H2O; 4 NH3 + 3 O2 -> 2 N2 + 6 H2O;
Na2CO3 + 2 HCl -> 2 NaCl + H2O + CO2; 2 C6H6 + 15 O2 -> 12 CO2 + 6 H2O; 3 Fe + 4 H2O -> Fe3O4 + 4 H2;
6 CO2 + 6 H2O -> C6H12O6 + 6 O2; K2Cr2O7 + 14 HCl -> 2 KCl + 2 CrCl3 + 7 H2O + 3 Cl2"""
_WORDINGS = {
    "which": "{equations} Which is the first equation that is not balanced? If there is none, answer 0.",
    "check": "Count the atoms of each element on both sides. {equations} "
    "Give the number of the first unbalanced equation. If there is none, answer 0.",
    "notes": "Lab notes: {equations} What is the number of the first equation whose atoms do not balance? "
    "If there is none, answer 0.",
}
_COUNT = {1: (2, 3), 2: (3, 3), 3: (4, 4), 4: (5, 5), 5: (6, 7), 6: (13, 13), 7: (34, 34), 8: (90, 90), 9: (240, 240)}


def _parsed(text: str) -> tuple[_Equation, ...]:
    def side(terms: str) -> tuple[_Term, ...]:
        parts = [re.fullmatch(r"(?:(\d+) )?(\w+)", term.strip()) for term in terms.split("+")]
        return tuple((int(part[1] or 1), part[2]) for part in parts if part)

    halves = [equation.split("->") for equation in text.replace("\n", " ").split(";")]
    return tuple((side(left), side(right)) for left, right in halves)


_POOLS = {
    1: _parsed(_SIMPLE),
    2: (*_parsed(_SIMPLE), *_parsed(_MIDDLE)),
    3: _parsed(_MIDDLE),
    4: (*_parsed(_MIDDLE), *_parsed(_HARD)),
    5: _parsed(_HARD),
}


def _combustion(rng: random.Random) -> _Equation:
    """The complete combustion of a compound of carbon, hydrogen and sometimes oxygen, in smallest whole numbers."""
    carbon = rng.randint(3, 30)
    hydrogen, oxygen = 2 * rng.randint(carbon // 2, carbon + 1), rng.choice((0, 0, 1, 2, 3))
    # Atoms of oxygen that are needed; an odd number doubles every coefficient.
    needed = 2 * carbon + hydrogen // 2 - oxygen
    factor = 2 if needed % 2 else 1
    compound = f"C{carbon}H{hydrogen}" + ("" if oxygen == 0 else "O" if oxygen == 1 else f"O{oxygen}")
    burned = ((factor, compound), (factor * needed // 2, "O2"))
    return burned, ((factor * carbon, "CO2"), (factor * hydrogen // 2, "H2O"))


def _drawn(level: int, count: int, rng: random.Random) -> list[_Equation]:
    if level < LADDER:
        return rng.sample(_POOLS[level], count)
    return [rng.choice(_POOLS[5]) if rng.random() < 0.25 else _combustion(rng) for _ in range(count)]


def _looks(equation: _Equation) -> int:
    """The digit products that give the atoms of each element in each substance."""
    looks = 0
    for coefficient, formula in (term for side in equation for term in side):
        for _, index in re.findall(r"([A-Z][a-z]?)(\d*)", formula):
            looks += len(str(coefficient)) * max(1, len(index))
    return looks


@lru_cache(maxsize=1024)
def _atoms(side: tuple[_Term, ...]) -> Counter[str]:
    """Number of atoms of each element on a side."""
    total: Counter[str] = Counter()
    for coefficient, formula in side:
        for element, index in re.findall(r"([A-Z][a-z]?)(\d*)", formula):
            total[element] += coefficient * int(index or 1)
    return total


def _text(equation: _Equation) -> str:
    sides = (" + ".join(f"{n} {formula}" if n > 1 else formula for n, formula in side) for side in equation)
    return " -> ".join(sides)


def _unbalanced(equation: _Equation, rng: random.Random) -> _Equation:
    """The equation with one coefficient changed by 1."""
    while True:
        sides = [list(side) for side in equation]
        side = rng.choice(sides)
        place = rng.randrange(len(side))
        coefficient, formula = side[place]
        side[place] = (coefficient + rng.choice((-1, 1)), formula)
        changed = (tuple(sides[0]), tuple(sides[1]))
        if side[place][0] >= 1 and _atoms(changed[0]) != _atoms(changed[1]):
            return changed


def _differing(equation: _Equation) -> str:
    """The first element, by alphabet, whose numbers differ; the first element where none does."""
    left, right = _atoms(equation[0]), _atoms(equation[1])
    return next((e for e in sorted(left) if left[e] != right[e]), min(left))


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has 2 or 3 equations of two elements, level 5 up to 7 of several substances,
    level 9 240."""
    count = rng.randint(*_COUNT[level])
    places = error_places(level, count)
    error = rng.choice(places)
    equations = _drawn(level, count, rng)
    if error:
        equations[error - 1] = _unbalanced(equations[error - 1], rng)
    wording = rng.choice(sorted(_WORDINGS))
    listed = "; ".join(f"({number}) {_text(equation)}" for number, equation in enumerate(equations, start=1))
    prompt = _WORDINGS[wording].format(equations=f"{listed}.")
    yield prompt
    checks = []
    evidence = ""
    for number, equation in enumerate(equations[: error or count], start=1):
        left, right = _atoms(equation[0]), _atoms(equation[1])
        if number == error:
            element = _differing(equation)
            evidence = f"{element} {left[element]} and {right[element]}"
            checks.append(f"{number}: {evidence}, no.")
        else:
            counts = [f"{e} {left[e]} and {right[e]}" for e in sorted(left)]
            evidence = counts[-1]
            checks.append(f"{number}: {', '.join(counts)} ok.")
    return Draft(
        prompt=prompt,
        answer=str(error),
        reference=f"{' '.join(checks)}\nAnswer: {error}",
        template=wording,
        chance=1 / len(places),
        evidence=(evidence,),
        steps=sum(map(_looks, equations[: error or count])),
    )


KIND = Kind(
    name="unbalanced_equation",
    version=2,
    skill=Skill.DIAGNOSTIC,
    domain=Domain.SCIENCE,
    answer_type=AnswerType.INTEGER,
    draft=draft,
    levels=tuple(_COUNT),
    order=2,
    grows="equations, up to 240, most of them combustions",
)
