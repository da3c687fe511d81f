"""A pilot's result in words: what was chosen, at which cost, and what cannot move."""

import polars as pl

from skillprobe_core.measurements.pilots.pilot_in_words import pilot_by_kind, pilot_in_words


def rows(*found: tuple[str, int, int, int, str, bool, bool]) -> pl.DataFrame:
    names = ("kind", "level", "items", "right", "place", "chosen", "informative")
    frame = pl.DataFrame(found, schema=names, orient="row")
    return frame.with_columns(
        skill=pl.lit("calculation"), domain=pl.lit("math"), prompt_tokens=pl.lit(100), completion_tokens=pl.lit(400)
    )


MIXED = rows(
    ("adding", 3, 8, 8, "easy", False, True),
    ("adding", 4, 16, 9, "informative", True, True),
    ("sorting", 3, 8, 0, "hard", False, False),
    ("sorting", 1, 8, 1, "hard", True, False),
    ("tracing", 5, 8, 8, "easy", True, False),
)


def test_the_words_count_items_tokens_and_uninformative_kinds() -> None:
    text = pilot_in_words(MIXED)
    assert "(48 items, 2,500 tokens)" in text
    assert "3 kinds, from 1 to 5" in text
    assert "2 of them are uninformative" in text
    assert text.endswith("sorting (too hard), tracing (too easy).")


def test_all_informative_and_many_uninformative_kinds_have_their_own_words() -> None:
    assert pilot_in_words(MIXED.head(2)).endswith("1 kind, from 4. All kinds are informative.")
    many = rows(*((f"kind{number}", 1, 8, 0, "hard", True, False) for number in range(8)))
    assert pilot_in_words(many).endswith("and 3 more.")


def test_each_kind_has_a_row_with_its_looks_in_order() -> None:
    table = pilot_by_kind(MIXED)
    assert table.filter(kind="sorting").row(0, named=True) == {
        "skill": "calculation",
        "domain": "math",
        "kind": "sorting",
        "right by level": "1: 1/8, 3: 0/8",
        "chosen": "1",
        "informative": False,
    }
