"""Names and terms as an answer line: alone, in sentences, with asides, denied and hedged."""

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import is_right, read
from skillprobe_core.benchmark.judging.statements import Statement

NOR = "What is the capital of Norway?"
BALL = (
    "Ann has the blue ball, Cal has the white ball and Gus has the gold ball. Cal and Gus swap balls. "
    "Ann and Gus swap balls. What colour is the ball of Gus now?"
)
PORT = "What is the default port of HTTP?"
RFC = "Give the number of the RFC that specifies HTTP/3."
SYM = "Give the chemical symbol of strontium."
PY = "State the Python built-in function that adds up a list."
LAW = "State the name of the law that voltage is proportional to current."
MUS = "Name the composer of the Moonlight Sonata."
ACID = "From computing terminology, recall the spelled-out name of ACID, and say what source that is."

RIGHT = (
    ("Oslo", (), NOR, (
        "Oslo", "Many people think it's Bergen, but it's actually Oslo.", "La capital de Noruega es Oslo.",
        "Oslo, which was Kristiania until 1925", "The capital, which is Oslo, lies on a fjord.",
        "Oslo is the largest city and the capital.", "**Oslo**", "Oslo, Norway", "Oslo (Norway)",
        "The capital of Norway is Oslo, which lies on a fjord.", "It's Oslo.", "It is Oslo!",
        "Oslo - the largest city of Norway", "Oslo — I am sure", "Norway's capital is Oslo", "The city of Oslo",
        "I believe it is Oslo", "I think the answer is Oslo.", "definitely Oslo", "The capital: Oslo",
        "capital = Oslo", "Oslo. It has 700,000 people.", "Oslo ✓", "\\text{Oslo}", "City: Oslo",
        "Not Bergen but Oslo", "Bergen? No, Oslo", "Norway -> Oslo", "Oslo; this is world geography",
        "Oslo.\nSource: world geography", "Oslo\n\nField: geography", "By world geography, it is Oslo.",
        "According to world geography, Oslo", "The capital city of Norway is called Oslo",
        "Oslo as everyone knows", "Norway's capital city, Oslo", "The capital is known as Oslo.",
        "Its capital has been Oslo since 1814", "Oslo, which was named Christiania.",
        "Sure! The capital of Norway is Oslo.", "Let me recall world geography. The capital of Norway is Oslo.",
        "In Norway, the capital is Oslo", "Oslo 🎉", "The capital of Norway is **Oslo**, a city in the south.",
        "Well, Oslo.", "Bergen. No wait, Oslo.",
    )),
    ("gold", ("gold ball", "the gold ball", "the gold one"), BALL, (
        "gold", "Gus has the gold ball.", "Gus holds gold", "Gus now has gold.", "Gus's ball is gold",
        "gold (ball)", "Gus: gold", "It's the gold one", "gold, since he swapped twice",
        "Gus ends up with the gold ball", "At the end, Gus has the gold ball", "Gus holds the gold ball now",
    )),
    ("80", (), PORT, (
        "80", "port 80", "TCP port 80", "Port 80 (TCP)", "80 (TCP)", "HTTP uses port 80.",
        "The default port of HTTP is 80", "Default port: 80", "It is port 80, while HTTPS uses 443.",
        "HTTP listens on port 80", "HTTP defaults to port 80", "By default port 80", "port 80 by default",
        "80, for HTTP",
    )),
    ("9114", (), RFC, (
        "RFC 9114", "9114", "RFC 9114 specifies HTTP/3", "The number is 9114", "RFC No. 9114",
        "HTTP/3 is specified in RFC 9114.", "HTTP/3 is specified by RFC 9114 (2022)", "RFC 9114 (HTTP/3)",
        "It's RFC 9114, published in June 2022",
    )),
    ("Sr", (), SYM, (
        "Sr", "Sr (strontium)", "The symbol is Sr", "Strontium: Sr", "\\mathrm{Sr}", "Sr, atomic number 38",
        "Sr - strontium", "strontium (Sr)", "The chemical symbol of strontium is Sr.", "Sr is the symbol",
    )),
    ("sum", ("sum()",), PY, (
        "sum", "the `sum` function", "The built-in function `sum` adds up a list", "sum(list)",
        "The function is sum(), which adds the items.", "built-in sum()", "sum, from the Python standard library",
        "`sum` (built-in)", "the built-in `sum()` function", "sum() does that", "you use sum()",
        "The sum function is used",
    )),
    ("Ohm's law", (), LAW, (
        "Ohm's law", "Ohm’s Law", "It's Ohm's law (V = IR)", "Ohm's law: V = IR", "This is called Ohm's law.",
        "Ohm's Law, V=IR", "This law is known as Ohm's law",
    )),
    ("Ludwig van Beethoven", ("Beethoven",), MUS, (
        "Beethoven", "L. v. Beethoven", "L. van Beethoven", "Ludwig van Beethoven (1770-1827)",
        "Ludwig van Beethoven, German composer", "Beethoven composed it.", "It was composed by Beethoven in 1801",
        "The Moonlight Sonata was composed by Ludwig van Beethoven.", "composer: Beethoven",
        "Beethoven, who was deaf", "The composer Beethoven", "van Beethoven",
    )),
    ("atomicity, consistency, isolation, durability", (), ACID, (
        "Atomicity, Consistency, Isolation, Durability",
        "ACID stands for Atomicity, Consistency, Isolation, and Durability.",
        "Atomicity Consistency Isolation Durability (computing terminology)",
        "Atomicity, Consistency, Isolation and Durability; source: computing terminology",
    )),
    ("24", (), "State the dimension of the Leech lattice, quoting group theory and topology by name.", (
        "24", "24-dimensional", "24 dimensions", "The Leech lattice has dimension 24", "dimension 24",
        "24 (group theory)", "It lives in 24 dimensions", "The dimension is 24.",
    )),
    ("reptiles", ("reptile",),
     "Use zoological classification to give the animal group of the crocodile, and name what you use.", (
        "reptiles", "Reptiles (class Reptilia)", "The crocodile is a reptile.", "Crocodiles are reptiles.",
        "The crocodile belongs to the reptiles", "It belongs to reptiles", "Reptile, by zoological classification",
    )),
    ("if", (), "Say what the Python keyword that starts a conditional is.", (
        "if", "The keyword is `if`.", "if (keyword)", "the if keyword", "the `if` statement", "It's if.",
        "if: it starts a conditional",
    )),
    ("not", (), "Give the Python keyword that negates.", (
        "not", "The keyword not", "The keyword `not`",
    )),
    ("No", (), "Is 9 prime?", (
        "No", "No, 9 is 3 times 3", "no because 9 = 3*3", "The answer is no", "No: 9 = 3*3", "No (9 is 3*3)",
    )),
    ("August", (),
     "From the order of the months of the year, recall the month after July, and say what source that is.", (
        "August", "The month after July is August", "August comes after July", "August follows July.",
        "August, the order of the months", "August (8th month)", "It's August",
    )),
    ("Marie Curie", ("Curie", "Pierre and Marie Curie", "Marie and Pierre Curie"), "Name the discoverer of radium.", (
        "Marie Curie", "Marie Curie and Pierre Curie", "M. Curie", "Marie Curie, with her husband Pierre",
        "Radium was discovered by Marie Curie in 1898.",
    )),
    ("New York", (), "Which city is the Big Apple?", (
        "New York", "New York City", "The city of New York", "New York, USA", "New York (USA)",
    )),
    ("180", ("180 degrees",), "Write down the number of degrees of a straight angle.", (
        "180", "180°", "$180^\\circ$", "A straight angle has 180 degrees", "180 deg",
    )),
    ("2", ("two",), "Number?", (
        "2", "Two (2)", "There are 2",
    )),
    ("10", ("ten",), "Quiz: the atomic number of neon?", (
        "10", "Neon has atomic number 10", "Z = 10", "10 (ten)", "Atomic number: 10",
        "The atomic number of neon is 10.",
    )),
    ("C3H8", (), "formula of propane", (
        "C3H8", "C_3H_8", "$C_3H_8$", "C₃H₈", "\\ce{C3H8}", "propane (C3H8)", "Propane: C3H8", "C3H8 (propane)",
    )),
    ("O(n^2)", ("n^2", "O(n²)", "quadratic"), "Give the tight worst-case time bound of quicksort.", (
        "O(n^2)", "O(n²)", "$O(n^2)$", "quadratic", "quadratic time", "O(n**2)", "O(n^2) in the worst case",
        "O(n^2), quadratic", "Quadratic: O(n^2)", "The worst case is O(n^2).", "worst-case O(n^2)",
    )),
    ("3x^2", (), "Give the derivative of x^3.", (
        "3x^2", "3x²", "$3x^2$", "3*x^2", "f'(x) = 3x^2", "The derivative is 3x^2", "d/dx x^3 = 3x^2", "y' = 3x^2",
    )),
    ("1969", (), "State the year in which the first person walked on the Moon.", (
        "1969", "In 1969", "July 1969", "July 20, 1969", "The year 1969", "It happened in 1969.",
        "the year was 1969", "The first person walked on the Moon in 1969.", "1969 (Apollo 11)", "AD 1969",
    )),
    ("kelvin", ("K",), "SI unit of temperature", (
        "kelvin", "kelvins", "kelvin (K)", "Kelvin, symbol K", "K (kelvin)", "kelvin or K",
    )),
    ("Johann Sebastian Bach", ("Bach", "J. S. Bach"), "composer of the Mass in B minor", (
        "J.S. Bach", "Sebastian Bach", "Johann Sebastian Bach, the German composer",
    )),
    ("St. Louis", (), "Host city of the Summer Olympics of 1904", (
        "St. Louis", "St. Louis, Missouri",
    )),
    ("clone", ("git clone",), "Git command that makes a copy of a repository", (
        "clone", "`git clone <url>`", "the git clone command", "The clone command", "`clone` copies a repository",
    )),
)  # fmt: skip

WRONG = (
    ("Oslo", (), NOR, (
        "Bergen", "Many people think it's Oslo, but it's actually Bergen.", "Some say Oslo, but I am not sure",
        "La capital no es Oslo.", "Die Hauptstadt ist nicht Oslo.", "La capitale n'est pas Oslo.",
        "It used to be Oslo, but it is Bergen now.", "Oslo was the capital until 1814; now Bergen.",
        "Bergen, who succeeded Oslo", "Oslo is the wrong city", "Oslo or Bergen", "Oslo, Bergen",
        "Oslo and Bergen", "not Oslo", "It isn't Oslo.", "Bergen, not Oslo", "neither Oslo nor Bergen",
        "Oslo? No.", "Bergen is the capital of Norway, and Oslo is larger",
        "The capital is Bergen, but the largest city is Oslo", "Oslo. Actually, Bergen.", "Oslo/Bergen",
        "anything but Oslo", "Oslo (or Bergen)", "Bergen (Oslo is larger)", "Bergen. Oslo is the largest city.",
        "The capital was moved from Oslo", "near Oslo", "Oslo Airport", "Either Oslo or Bergen",
        "Oslo, Bergen or Trondheim", "If it is Oslo", "Bergen instead of Oslo", "Oslo-Bergen",
        "Bergen: Oslo is too big", "Bergen, as Oslo is too big", "Oslo, no, Bergen",
        "I can't say whether it is Oslo", "Bergen, Oslo", "Osloo",
    )),
    ("gold", ("gold ball",), BALL, (
        "red", "Ann: gold, Gus: blue", "blue, gold", "gold and blue", "gold or blue", "not gold",
        "Ann has the gold ball and Gus has the blue ball", "Ann has the gold ball.", "white gold",
        "blue (not gold)", "gold. Now Gus has blue.", "golden retriever", "gold, blue",
    )),
    ("80", (), PORT, (
        "443", "8080", "port 8080", "80 or 8080", "80, 443", "800", "not 80", "80.5", "between 80 and 90", "-80",
        "1.80", "port 443, not 80", "80/443", "port 81", "80 and 443", "8 0",
    )),
    ("Sr", (), SYM, (
        "S", "Sr or Sn", "SrCl2", "not Sr", "Sr/Sn",
    )),
    ("York", (), "q", (
        "New York", "York Minster", "Yorkshire", "Duke of York", "New York City",
    )),
    ("Newton's second law", (), "law", (
        "Newton's third law", "second law", "Newton's second law or third law",
    )),
    ("C", (), "Which language is the creation of Dennis Ritchie?", (
        "C++", "C or C++", "Objective-C",
    )),
    ("sum", ("sum()",), PY, (
        "sumx", "sum_all", "max", "not sum", "sum or max", "the checksum function",
    )),
    ("if", (), "Say what the Python keyword that starts a conditional is.", (
        "I do not know if it is while", "while", "else if", "elif",
    )),
    ("not", (), "Give the Python keyword that negates.", (
        "It is not known", "I am not sure", "and",
    )),
    ("No", (), "Is 9 prime?", (
        "Yes", "Yes, no doubt", "Yes. No other divisor exists", "I have no idea", "There is no way to know",
        "no idea",
    )),
    ("prime number", ("prime",), "name of number with two divisors", (
        "prime minister", "composite number", "coprime number", "prime or composite",
    )),
    ("Guinea", (), "country?", (
        "Equatorial Guinea", "Guinea-Bissau",
    )),
    ("Korea", (), "country?", (
        "North Korea",
    )),
    ("3x^2", (), "Give the derivative of x^3.", (
        "3x", "x^2", "-3x^2", "3x^2+1", "13x^2", "3x^2 + C",
    )),
    ("O(n^2)", ("n^2",), "bound", (
        "O(n)", "O(n^2 log n)", "O(n^3)", "O(n^2) or O(n)", "O(n log n), not O(n^2)",
    )),
    ("1/2", ("0.5", ".5", "one half"), "sine of 30", (
        "5", "1/20", "11/2", "-1/2", "1/2 or 1", "1/2 + x",
    )),
    ("1969", (), "year of moon landing", (
        "1968", "1969 or 1970", "after 1969", "19690", "from 1969 to 1972", "1961-1969", "1970, not 1969",
    )),
    ("6", ("six",), "sides of hexagon", (
        "5", "6 or 7", "at least 6", "66", "6.5", "16", "six or seven", "sixty", "twenty-six", "5 or 6",
    )),
    ("-9", ("10^-9",), "power of ten of nano", (
        "9", "10^9", "-90", "10^-6", "-9.5",
    )),
    ("kelvin", ("K",), "SI unit of temperature", (
        "celsius", "degrees Celsius (not kelvin)", "kelvin per second", "joule per kelvin", "kelvin or celsius",
    )),
    ("Johann Sebastian Bach", ("Bach", "J. S. Bach"), "composer", (
        "C. P. E. Bach", "Carl Philipp Emanuel Bach", "Offenbach", "Bach or Handel",
    )),
    ("August", (), "month after July", (
        "September", "August or September", "not August",
    )),
    ("OK", (), "meaning of HTTP status code 200", (
        "Okay then it is Found", "Not OK", "Created",
    )),
    ("Found", (), "meaning of HTTP status code 302", (
        "Not Found", "302 Moved",
    )),
    ("Paris", (), "What is the capital of France?", (
        "Lyon. Paris is in France.", "Paris Hilton", "Paris, Lyon", "Disneyland Paris",
        "The capital is Lyon, not Paris", "Lyon (formerly Paris)",
    )),
    ("vertex", (), "q", (
        "vertex cover", "convex vertex or edge",
    )),
)  # fmt: skip


@pytest.mark.parametrize(("answer", "accepted", "question", "texts"), RIGHT, ids=lambda value: str(value)[:24])
def test_what_asserts_the_answer_is_right(answer, accepted, question, texts):
    key = AnswerKey(AnswerType.TEXT, answer, accepted, None, question)
    assert [text for text in texts if not is_right(key, text)] == []


@pytest.mark.parametrize(("answer", "accepted", "question", "texts"), WRONG, ids=lambda value: str(value)[:24])
def test_denials_hedges_and_other_names_are_not(answer, accepted, question, texts):
    key = AnswerKey(AnswerType.TEXT, answer, accepted, None, question)
    assert [text for text in texts if is_right(key, text)] == []
    assert [text for text in texts if read(Statement(text, "last_line", False), key).right] == []
