"""The fact tables: complete, without contradiction, sourced; and right where something else knows the answer."""

import builtins
import calendar
import errno
import http
import importlib.resources
import itertools
import keyword
import math
import platform
import re
import signal
import string
import sys
import unicodedata
from collections import Counter

import pytest
import scipy.constants
import sympy
from sympy.parsing import sympy_parser

from skillprobe_core.benchmark.item_schema import Domain
from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.benchmark.judging import notation
from skillprobe_core.benchmark.kinds.fact_retrieval.facts import facts_of
from skillprobe_core.benchmark.kinds.fact_retrieval.questions import asks_away
from skillprobe_core.benchmark.splits import is_withheld

ELEMENTS = re.findall(
    r"\w+",
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb "
    "Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au "
    "Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts "
    "Og",
)


# Items of a default item set per cell and level: 12 for each of three kinds, each on a fact of its own.
WANTED = 3 * ItemSettings().per_level


def answers(domain, relation):
    return {fact.subject: fact.answer for fact in facts_of(domain) if fact.relation.name == relation}


@pytest.mark.parametrize("domain", Domain)
def test_tables_are_large_enough_at_every_level(domain):
    facts = facts_of(domain)
    levels = Counter(fact.level for fact in facts)
    assert set(levels) == {1, 2, 3, 4, 5, 6}
    assert min(levels.values()) >= 85
    withheld = Counter(fact.level for fact in facts if is_withheld(fact.unit))
    assert min(withheld.values()) >= WANTED + 4
    for level in levels:
        assert len({fact.relation.name for fact in facts if fact.level == level}) >= 7


@pytest.mark.parametrize("domain", Domain)
def test_each_question_is_asked_once_and_every_fact_has_a_source_and_a_law(domain):
    facts = facts_of(domain)
    questions = Counter(fact.relation.ask.format(s=fact.subject).casefold() for fact in facts)
    assert [question for question, count in questions.items() if count > 1] == []
    for fact in facts:
        assert all(text == text.strip() != "" for text in (fact.subject, fact.answer, fact.law, fact.source)), fact


@pytest.mark.parametrize("domain", Domain)
def test_accepted_texts_are_distinct_answers(domain):
    for fact in facts_of(domain):
        subjects = (fact.subject, *fact.subject_aliases) if fact.relation.inverse else ("any",)
        for texts in ((fact.answer, *fact.aliases), subjects):
            words = [notation.words(text) for text in texts]
            assert all(words), fact
            assert len(set(words)) == len(words), fact


@pytest.mark.parametrize("domain", Domain)
def test_no_question_holds_its_answer(domain):
    for fact in facts_of(domain):
        phrase = fact.relation.ask.format(s=fact.subject)
        for text in (fact.answer, *fact.aliases):
            assert not asks_away(phrase, text), fact


# Words that name what is asked for, or for which the field has no other: `a triangle with three equal sides`.
_OF_THE_FIELD = set(
    re.findall(
        r"\w+",
        "theorem number numbers angle angles circle triangle lines line with that from than first second third last "
        "little matrix space ring group graph function vector order domain prime ideal series module axis vertex equal "
        "bits file equation sides center sequence complex manifold power shape figures quadrilateral rock estimator "
        "value duck cycle centroid point primes field",
    )
)


@pytest.mark.parametrize("domain", Domain)
def test_no_subject_shares_a_telling_word_with_the_answer(domain):
    """A word of the answer that begins like a word of the subject would let one guess the answer."""
    alike = {}
    for fact in facts_of(domain):
        stems = {word[:5] for word in re.findall(r"[a-z]{4,}", notation.words(fact.subject))}
        parts = set(re.findall(r"[a-z]{4,}", notation.words(fact.answer))) - _OF_THE_FIELD
        if found := {part for part in parts if part[:5] in stems}:
            alike[fact.subject] = found
    assert alike == {}


@pytest.mark.parametrize("domain", Domain)
def test_a_count_says_what_is_counted_and_where(domain):
    counted = [fact for fact in facts_of(domain) if "{where}" in fact.relation.question]
    for fact in counted:
        assert re.fullmatch(r"How many .+ are there (?:in|on|of) .+\?", fact.relation.asked(fact.subject)), fact
        assert int(fact.answer) >= 0
        assert not {"one", "two", "three", "four"} & set(fact.subject.split()[:1])


@pytest.mark.parametrize("domain", Domain)
def test_a_relation_with_an_inverse_gives_each_answer_to_one_subject(domain):
    seen = {}
    for fact in facts_of(domain):
        if fact.relation.inverse:
            for text in (fact.answer, *fact.aliases):
                other = seen.setdefault((fact.relation.name, notation.words(text)), fact.subject)
                assert other == fact.subject


def test_elements_agree_with_the_order_of_the_periodic_table():
    numbers = answers(Domain.SCIENCE, "atomic_number")
    symbols = answers(Domain.SCIENCE, "symbol")
    assert len(numbers) > 60
    for element, number in numbers.items():
        assert symbols[element] == ELEMENTS[int(number) - 1], element
    assert set(symbols.values()) <= set(ELEMENTS)


def test_prefixes_agree_with_scipy():
    prefixes = answers(Domain.SCIENCE, "prefix")
    assert len(prefixes) == 24
    for prefix, power in prefixes.items():
        name = {"deca": "deka"}.get(prefix, prefix)
        assert getattr(scipy.constants, name) == pytest.approx(10 ** int(power.removeprefix("10^"))), prefix


def test_amino_acid_letters_are_the_twenty_letters():
    letters = answers(Domain.SCIENCE, "amino_letter")
    assert sorted(letters.values()) == sorted(set(string.ascii_uppercase) - set("BJOUXZ"))


def test_roman_numerals_add_up():
    values = dict(zip("IVXLCDM", (1, 5, 10, 50, 100, 500, 1000), strict=True))
    for number, numeral in answers(Domain.MATH, "roman").items():
        parts = [values[letter] for letter in numeral]
        signed = [-a if a < b else a for a, b in itertools.pairwise([*parts, 0])]
        assert sum(signed) == int(number)


def test_primes_agree_with_sympy():
    ordinals = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
                "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth"]  # fmt: skip
    places = {name: place for place, name in enumerate(ordinals, start=1)}
    places |= {"twentieth": 20, "twenty-fifth": 25, "thirtieth": 30, "hundredth": 100, "thousandth": 1000}
    places |= {"fortieth": 40, "fiftieth": 50, "sixtieth": 60, "seventieth": 70, "eightieth": 80, "ninetieth": 90}
    places |= {"two-hundredth": 200, "five-hundredth": 500, "ten-thousandth": 10_000}
    for ordinal, prime in answers(Domain.MATH, "nth_prime").items():
        assert sympy.prime(places[ordinal]) == int(prime)


def test_numbers_of_combinatorics_agree_with_sympy():
    words = {"four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
    functions = {
        "partitions": sympy.functions.combinatorial.numbers.partition,
        "bell": sympy.bell,
        "catalan": sympy.catalan,
        "bernoulli": sympy.bernoulli,
        "derangements": sympy.subfactorial,
    }
    for relation, function in functions.items():
        found = answers(Domain.MATH, relation)
        assert len(found) >= 5
        for subject, value in found.items():
            assert sympy.Rational(value) == function(words.get(subject) or int(subject)), (relation, subject)


def test_orders_and_numbers_of_groups_agree_with_their_formulas():
    values = answers(Domain.MATH, "value")
    for q in (7, 8, 11):
        order = q * (q * q - 1) // math.gcd(2, q - 1)
        assert values[f"order of the group PSL(2,{q})"] == str(order)
    blocks = {
        12: 12 * 11 * 10 * 9 * 8,
        22: 48 * 20 * 21 * 22,
        23: 48 * 20 * 21 * 22 * 23,
        24: 48 * 20 * 21 * 22 * 23 * 24,
    }
    for degree, order in blocks.items():
        assert values[f"order of the Mathieu group M{degree}"] == str(order)
    assert values["smallest number that is a sum of two positive cubes in three ways"] == str(167**3 + 436**3)
    assert 167**3 + 436**3 == 228**3 + 423**3 == 255**3 + 414**3


def test_greek_letters_follow_each_other_in_unicode():
    letters = [chr(code) for code in range(0x3B1, 0x3CA) if code != 0x3C2]
    names = [unicodedata.name(letter).split()[-1].lower().replace("lamda", "lambda") for letter in letters]
    assert answers(Domain.MATH, "greek_after") == dict(itertools.pairwise(names))


def test_polyhedra_satisfy_euler_and_duality():
    faces, edges, vertices, dual = (answers(Domain.MATH, name) for name in ("faces", "edges", "vertices", "dual"))
    assert len(faces) == len(edges) == len(vertices) == 5
    dual |= {f"the {other}": solid.removeprefix("the ") for solid, other in dual.items()}
    for solid in faces:
        assert int(vertices[solid]) - int(edges[solid]) + int(faces[solid]) == 2
        partner = dual.get(f"the {solid.split()[1]}")
        other = next(each for each in faces if each.endswith(f" {partner or solid.split()[1]}"))
        assert faces[other] == vertices[solid]
        assert edges[other] == edges[solid]


@pytest.mark.parametrize("relation", ["sine", "cosine", "tangent"])
def test_trigonometric_values_agree_with_math(relation):
    function = {"sine": math.sin, "cosine": math.cos, "tangent": math.tan}[relation]
    for degrees, value in answers(Domain.MATH, relation).items():
        assert float(notation.number(value)) == pytest.approx(function(math.radians(int(degrees))), abs=1e-12)


def test_derivatives_agree_with_sympy():
    def parse(text):
        text = text.replace("sec^2 x", "sec(x)^2").replace("sech^2 x", "sech(x)^2")
        for name in ("sinh", "cosh", "tanh", "arctan", "arcsin", "sin", "cos", "tan", "sec", "ln"):
            text = text.replace(f"{name} x", f"{name}(x)")
        text = text.replace(") ", ")*").replace("2x", "2*x").replace("3x", "3*x")
        names = {"arctan": sympy.atan, "arcsin": sympy.asin, "ln": sympy.log, "e": sympy.E}
        rules = (*sympy_parser.standard_transformations, sympy_parser.convert_xor)
        return sympy_parser.parse_expr(text, local_dict=names, transformations=rules)

    derivatives = answers(Domain.MATH, "derivative")
    assert len(derivatives) >= 9
    for function, derivative in derivatives.items():
        difference = sympy.diff(parse(function), sympy.Symbol("x")) - parse(derivative)
        assert sympy.simplify(difference) == 0, function


def test_sides_of_polygons_agree_with_their_prefixes():
    sides = {subject.split()[-1]: int(value) for subject, value in answers(Domain.MATH, "sides").items()}
    prefixes = {"tri": 3, "quadri": 4, "penta": 5, "hexa": 6, "hepta": 7, "octa": 8, "nona": 9, "deca": 10,
                "hendeca": 11, "dodeca": 12, "trideca": 13, "tetradeca": 14, "pentadeca": 15, "hexadeca": 16,
                "icosa": 20, "triaconta": 30, "hecto": 100, "chilia": 1000}  # fmt: skip
    named = {"tri": "triangle", "quadri": "quadrilateral"}
    assert sides == {named.get(prefix, f"{prefix}gon"): n for prefix, n in prefixes.items()}


def test_python_names_exist():
    assert set(answers(Domain.CODING, "keyword").values()) <= set(keyword.kwlist)
    assert all(callable(getattr(builtins, name)) for name in answers(Domain.CODING, "builtin").values())
    assert set(answers(Domain.CODING, "module").values()) <= set(sys.stdlib_module_names)
    assert all(
        issubclass(getattr(builtins, name), BaseException) for name in answers(Domain.CODING, "exception").values()
    )


def test_http_codes_agree_with_the_standard_library():
    renamed = {"Content Too Large", "URI Too Long", "Range Not Satisfiable"}
    for code, phrase in answers(Domain.CODING, "http").items():
        if phrase not in renamed:
            assert http.HTTPStatus(int(code)).phrase.lower() == phrase.lower()


def test_error_codes_and_signals_agree_with_this_system():
    if not sys.platform.startswith("linux") or platform.machine() != "x86_64":
        pytest.skip("the numbers are those of Linux for x86")
    for name, number in answers(Domain.CODING, "errno").items():
        assert getattr(errno, name) == int(number)
    for name, number in answers(Domain.CODING, "signal").items():
        assert getattr(signal, name) == int(number)


def test_code_points_agree_with_the_unicode_database():
    short = {"byte order mark": "zero width no-break space", "infinity sign": "infinity", "empty set sign": "empty set"}
    for name, code in answers(Domain.CODING, "codepoint").items():
        assert unicodedata.name(chr(int(code.removeprefix("U+"), 16))).lower() == short.get(name, name)


def test_python_types_are_those_of_the_values():
    for value, name in answers(Domain.CODING, "literal").items():
        assert type(eval(value)).__name__ == name, value


def test_python_expressions_raise_their_exceptions():
    raised = {
        subject.removeprefix("by the expression "): name
        for subject, name in answers(Domain.CODING, "exception").items()
        if subject.startswith("by the expression ")
    }
    assert len(raised) >= 8
    for expression, name in raised.items():
        with pytest.raises(getattr(builtins, name)):
            eval(expression, {"math": math})


def test_zeros_of_powers_of_ten():
    powers = {"one hundred": 100, "one thousand": 1000, "ten thousand": 10**4, "one hundred thousand": 10**5,
              "one million": 10**6, "one googol": 10**100}  # fmt: skip
    assert answers(Domain.MATH, "zeros") == {name: str(str(power).count("0")) for name, power in powers.items()}


def test_units_of_measurement_agree_with_scipy():
    c = scipy.constants
    sizes = {"inches": c.inch, "feet": c.foot, "yards": c.yard, "foot": c.foot, "yard": c.yard, "mile": c.mile,
             "grains": c.grain, "ounces": c.oz, "pounds": c.lb, "pound": c.lb, "avoirdupois pound": c.lb,
             "stone": c.stone, "acres": c.acre, "acre": c.acre, "square mile": c.mile**2, "square yards": c.yard**2,
             "square metres": 1, "hectare": c.hectare, "troy ounces": c.troy_ounce, "troy pound": c.troy_pound,
             "seconds": 1, "hour": c.hour, "arcminutes": c.arcmin, "degree": c.degree, "kilograms": 1,
             "metric tonne": c.metric_ton, "cubic feet": c.foot**3, "cubic yard": c.yard**3}  # fmt: skip
    checked = 0
    for subject, count in answers(Domain.MATH, "conversion").items():
        small, large = re.split(r" in an? ", subject)
        if small in sizes and large in sizes:
            assert sizes[large] / sizes[small] == pytest.approx(int(count)), subject
            checked += 1
    assert checked >= 14


def test_hexadecimal_digits():
    assert {digit: str(int(digit, 16)) for digit in "ABCDEF"} == answers(Domain.CODING, "hexdigit")


def test_days_and_months_follow_each_other():
    days, months = list(calendar.day_name), list(calendar.month_name)[1:]
    assert answers(Domain.GENERAL, "day_after") == dict(itertools.pairwise([*days, days[0]]))
    assert answers(Domain.GENERAL, "month_after") == dict(itertools.pairwise([*months, months[0]]))


def test_country_codes_agree_with_the_time_zone_database():
    tzdata = pytest.importorskip("tzdata", reason="the tzdata package lists the ISO 3166 codes")
    table = importlib.resources.files(tzdata).joinpath("zoneinfo/iso3166.tab").read_text(encoding="utf-8")
    names = dict(line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    codes = answers(Domain.GENERAL, "country_code")
    assert len(codes) > 40
    for country, code in codes.items():
        name = {"KR": "Korea (South)", "CZ": "Czech Republic"}.get(code, country.removeprefix("the "))
        assert names[code] == name
