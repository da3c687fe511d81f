"""Tables and models that a statement names: everything that it may read is among them."""

import duckdb
import pytest

from skillprobe_core.engine.named_tables import models_named, models_read, parsed, tables_named

TABLES = ("scores", "scores_by_day", "weights")


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:
        yield opened


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("SELECT 1", set()),
        ("SHOW TABLES", set()),
        ("SELECT * FROM Scores", {"scores"}),
        ('SELECT * FROM "all_protocols"."weights" w', {"weights"}),
        ("DESCRIBE scores_by_day", {"scores_by_day"}),
        ("CREATE VIEW mine AS SELECT * FROM scores JOIN weights USING (model)", {"scores", "weights"}),
        ("SELECT * FROM query_table('sco' || 'res')", set(TABLES)),
        ("EXPORT DATABASE 'there'", set(TABLES)),
        ("SELEC scores", {"scores"}),
    ],
)
def test_tables_are_found_by_their_words(sql: str, named: set[str]) -> None:
    assert tables_named(sql, TABLES) == named


@pytest.mark.parametrize(
    ("sql", "limits"),
    [
        ("SELECT * FROM scores WHERE model = 'a'", {"scores": {"a"}}),
        ("SELECT * FROM scores s WHERE s.model IN ('a', 'b') AND step > 3", {"scores": {"a", "b"}}),
        ("SELECT * FROM scores WHERE model = $one AND model IN ('a', 'b')", {"scores": {"a"}}),
        ("FROM all_protocols.scores WHERE model = 'a'", {"scores": {"a"}}),
        ("SELECT (SELECT max(x) FROM weights WHERE model = 'b') FROM scores WHERE model = 'a'",
         {"scores": {"a"}, "weights": {"b"}}),
        ("SELECT * FROM scores WHERE model = 'a' OR step = 3", {}),
        ("SELECT * FROM scores WHERE NOT model = 'a'", {}),
        ("SELECT * FROM scores WHERE model <> 'a'", {}),
        ("SELECT * FROM scores WHERE model NOT IN ('a')", {}),
        ("SELECT * FROM scores WHERE model = lower('A')", {}),
        ("SELECT * FROM scores WHERE model = $other", {}),
        ("SELECT * FROM scores WHERE model LIKE 'a%'", {}),
        ("SELECT * FROM scores t(step, model) WHERE model = 'a'", {}),
        ("SELECT * FROM scores JOIN weights USING (model) WHERE model = 'a'", {}),
        ("SELECT * FROM scores WHERE model = 'a' UNION ALL SELECT * FROM scores", {}),
        ("SELECT * FROM scores WHERE model = 'a' AND step IN (SELECT step FROM mine)", {}),
        ("SELECT * FROM mine WHERE model = 'a'", {}),
        ("SELECT * FROM scores HAVING model = 'a'", {}),
        ("DROP TABLE scores", {}),
    ],
)  # fmt: skip
def test_a_table_is_limited_only_where_every_row_must_be_of_these_models(connection, sql, limits) -> None:
    assert models_read(parsed(connection, sql), TABLES, {"one": "a", "other": 5}) == limits


def test_models_are_the_constants_that_are_compared_with_the_column(connection) -> None:
    sql = "SELECT * FROM scores WHERE 'a' = model OR scores.model IN ('b', 'c') OR skill = 'd' OR model <> 'e'"
    assert set(models_named(parsed(connection, sql))) == {"a", "b", "c"}
