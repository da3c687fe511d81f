"""Solutions, solved again by the mass of salt and exact fractions."""

import re
from fractions import Fraction

from skillprobe_core.benchmark.kinds.calculation.dilution import KIND


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        if "are mixed" in item.prompt:
            parts = [(int(v), int(c)) for v, c in re.findall(r"(\d+) mL of (\d+) g/L", item.prompt)]
            assert item.level > 5 or len(parts) == item.level - 1
            exact = Fraction(sum(v * c for v, c in parts), sum(v for v, _ in parts))
        else:
            (grams,) = re.findall(r"(\d+) g/L", item.prompt)
            small, large = re.findall(r"(\d+) mL", item.prompt)
            exact = Fraction(int(grams), 1000) * int(small) * 1000 / int(large)
        places = 6 if "six decimal places" in item.prompt else 2
        assert abs(Fraction(item.answer) - exact) <= Fraction(1, 2 * 10**places), item.prompt
        assert item.level > 1 or Fraction(item.answer) == exact
        assert item.tolerance == float(f"1e-{places}")
