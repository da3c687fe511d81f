"""Word lists and patterns for reading a short English answer: links, asides, hedges, denials and corrections."""

from __future__ import annotations

import re


def words(text: str) -> frozenset[str]:
    """The words of a text that blanks separate."""
    return frozenset(text.split())


ARTICLES = frozenset({"the", "a", "an"})
FILLERS = words(
    "its it's this that these those my our your their his her one definitely surely clearly certainly probably likely "
    "simply just exactly precisely indeed obviously actually really therefore thus hence then so now again also only "
    "called named known termed as well correct right final actual official main famous great full standard short "
    "following itself both all built-in ad ce mostly mainly predominantly primarily single "
    "sir dr prof professor mr mrs ms lord dame"
)
CATEGORIES = words(
    "option choice letter answer state level number numeral value position place row column line item element symbol "
    "code port rfc command keyword function method module class type tag exception error operator library statement "
    "language word name term city capital country continent currency month day year planet colour color ball unit "
    "prefix formula law theorem rule principle gene group family author composer painter inventor discoverer creator "
    "protocol status message abbreviation extension file suffix structure algorithm time complexity bound degree "
    "degrees percent units side sides face faces edge edges piece set list sequence order result solution pair way "
    "route "
    "path item combination team genotype codon slot"
)
LINKS = words(
    "is are was were be been equals equal means mean has have had having holds hold held holding contains contain "
    "contained "
    "gives give gave becomes become became reads denotes represents denoted gets get got takes uses use remains remain "
    "leaves leave yields returns shows choose chose pick select say says think believe guess answers follows "
    "comes ends end stands corresponds belongs lies include includes comprises keeps keep knows call calls find "
    "conclude share shares measures measure describes defines recall recalls remember"
)
IDIOMS = words("'s 're 'm")
PREPOSITIONS = words("in on at by from to for with into of")
LEADING_PREPOSITIONS = words("in on at by from to for with up out as into over")
# `the city of Oslo`: the noun and the name are one thing.
APPOSITIONS = words(
    "city town state year month name value colour color number island term word letter continent country ocean sea "
    "river lake kingdom province planet definition description concept notion"
)
PRONOUNS = words("it this that he she they we i you there")
IRREGULAR_PARTICIPLES = words("written sung drawn made won built found taken given spoken shown")
NAMING = words("called named termed")
DENIALS = words(
    "not never neither nor cannot no isn't wasn't aren't weren't doesn't don't didn't can't couldn't won't wouldn't "
    "without except unlike false wrong incorrect"
)
CONDITIONS = words("if whether suppose supposing assuming unless")
CONTRASTS = words("but while whereas though although however and")
# Words that open an aside, a reason or a relative clause after an answer.
OPENERS = words(
    "the a an which who whom whose where when that because since as for so therefore thus hence by in on at from with "
    "of to via per also formerly now once previously aka i.e ie e.g eg namely it this these those there he she they we "
    "i you if after before during under over not rather instead although though while whereas using given based being "
    "not and-is according about around approximately approx roughly known called named meaning unlike but since only "
    "due thanks see note source symbol is are was were has have had can could will would may might must should does "
    "did do itself himself herself alone again then right correct yes indeed like such including"
)
VERBS = words(
    "is are was were has have had can could will would may might must should does did do means equals became becomes "
    "wrote writes built won gave gives made makes began begins led leads lies sits holds stands comes came went runs "
    "ran took takes found meets says shows follows seems appears remains orbits adds returns raises opens ends starts "
    "isn't wasn't doesn't"
)
REASONS = words("because since as for so therefore thus hence")
ALTERNATIVES = frozenset({"or", "and/or", "versus", "vs"})
MONTHS = words(
    "january february march april may june july august september october november december jan feb mar apr jun jul aug "
    "sep sept oct nov dec"
)
# A word that is itself a word of these lists (`if`, `not`, `is`) is an answer only if it stands alone or in quotes.
FUNCTION_WORDS = (
    ARTICLES | FILLERS | LINKS | PREPOSITIONS | DENIALS | CONDITIONS | CONTRASTS | OPENERS | VERBS | ALTERNATIVES
) - {"right", "correct", "ad", "ce"}
RESULTS = words("answer answers result results solution name")

WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*|[^\w\s]|_")
CORRECTION = re.compile(
    r"\W{0,4}(?:actually|no\b(?!\s+(?:doubt|other|further|more))|nope|wait|hold on|sorry|correction|hmm|oops|"
    r"scratch that|"
    r"on second thought|on reflection|i mean|my mistake|but (?:wait|no|actually)|or rather|"
    r"let me (?:re|correct|fix)\w*|"
    r"(?:that|this|it) (?:is|was) (?:not right|not correct|wrong|incorrect|a mistake)|(?:that|this)'s (?:wrong|not)|"
    r"now (?:it|he|she|\w+ (?:is|has|holds))\b|however,? (?:it|the answer)\b|错|不对|等等|아니)",
    re.IGNORECASE,
)
TO_BE_WRONG = re.compile(
    r"\s*(?:is|was|are|were|would be|can|could|seems|looks|does|do|did|must|should|will|may)?\s*"
    r"(?:(?:both|all|each)\s)?(?:different\b|forbidden\b|would\s(?!be\b|have\sbeen\b)"
    r"|something\selse\b|n't|not\b|never\b|too\s|wrong\b|incorrect\b|false\b|impossible\b|invalid\b|out\b|ruled out"
    r"|excluded|eliminated"
    r"|the\s(?:only\s)?\w+\s(?:that|which)\s(?:fails?|violates?|(?:do|does|is|are)(?:n't|\snot)|(?:is|are)\s(?:wrong|excluded))\b"
    r"|(?:the\s|an?\s)(?:wrong|incorrect)\s|only\s+(?:a|the)\s+(?:distractor|trap))"
    r"|\s*(?:isn't|wasn't|aren't|can't|couldn't|cannot|doesn't|don't|won't|wouldn't)\b",
    re.IGNORECASE,
)
HEDGE = re.compile(
    r"\b(?:more|less|fewer|greater|larger|smaller|higher|lower|other|rather|bigger|longer|shorter|later|earlier)\s+than\s*$"
    r"|\b(?:might|could|may)\s(?:say|think|guess|call\sit)\s*$"
    r"|\b(?:instead of|anything but|except(?: for)?|at least|at most|(?<!add )(?<!adds )(?<!sum )(?<!sums )up to"
    r"|before|after|between|as opposed to|unlike|used to be)\s*$",
    re.IGNORECASE,
)
COUNTRIES = words(
    "afghanistan albania algeria angola argentina armenia australia austria azerbaijan bahrain bangladesh belarus "
    "belgium belize benin bhutan bolivia bosnia botswana brazil bulgaria burundi cambodia cameroon canada chad chile "
    "china colombia congo croatia cuba cyprus czechia denmark ecuador egypt england eritrea estonia ethiopia fiji "
    "finland france gabon gambia georgia germany ghana greece grenada guatemala guinea guyana haiti honduras hungary "
    "iceland india indonesia iran iraq ireland israel italy jamaica japan jordan kazakhstan kenya kuwait kyrgyzstan "
    "laos latvia lebanon lesotho liberia libya lithuania luxembourg madagascar malawi malaysia maldives mali malta "
    "mauritania mauritius mexico moldova mongolia montenegro morocco mozambique myanmar namibia nepal netherlands "
    "nicaragua niger nigeria norway oman pakistan panama paraguay peru philippines poland portugal qatar romania "
    "russia "
    "rwanda samoa scotland senegal serbia singapore slovakia slovenia somalia spain sudan suriname sweden switzerland "
    "syria taiwan tajikistan tanzania thailand togo tonga tunisia turkey turkmenistan uganda uk ukraine uruguay us usa "
    "uzbekistan vanuatu venezuela vietnam wales yemen zambia zimbabwe africa asia europe america oceania california "
    "texas florida alabama alaska arizona arkansas colorado connecticut delaware hawaii idaho illinois indiana iowa "
    "kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska "
    "nevada ohio oklahoma oregon pennsylvania tennessee utah vermont virginia washington wisconsin wyoming quebec "
    "ontario bavaria england"
)


def tokens(text: str) -> list[str]:
    """The words and punctuation marks of a text, in lower case."""
    return WORD.findall(text.lower())
