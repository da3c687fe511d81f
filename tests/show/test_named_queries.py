"""Every named query explains itself, binds its values and fits the tables."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from skillprobe_core.engine.catalog import connect
from skillprobe_core.engine.store import Store
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.table_registry import all_tables
from skillprobe_core.show import named_queries as named_queries_module
from skillprobe_core.show.named_queries import NamedQuery, named_queries, named_query

QUERIES = named_queries()


def test_every_file_is_a_question_of_its_own() -> None:
    files = {file.stem for file in Path(named_queries_module.__file__).with_name("queries").iterdir()}
    assert {each.name for each in QUERIES} == files
    assert len({each.question for each in QUERIES}) == len(files)


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The views of an empty store."""
    with connect(Store(tmp_path_factory.mktemp("empty")), all_tables(), None) as connection:
        yield connection


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_it_says_what_it_asks_and_fits_the_tables(query: NamedQuery, views: duckdb.DuckDBPyConnection) -> None:
    assert "?" in query.question
    assert all(each.meaning for each in query.parameters)
    values = {each.name: each.default or "something" for each in query.parameters}
    assert all(f"${name}" in query.sql for name in values)
    answer = views.sql(query.sql, params=values)
    assert answer.fetchall() == []
    assert len(set(answer.columns)) == len(answer.columns)


def test_values_bind_in_order_or_by_name() -> None:
    query = named_query("moved_items")
    assert query.bind(["run"]) == {"model": "run", "step": "last", "most": "20"}
    assert query.bind(["run", "500"]) == {"model": "run", "step": "500", "most": "20"}
    assert query.bind(["most=3", "run"]) == {"model": "run", "step": "last", "most": "3"}
    assert query.usage == "moved_items MODEL [step=last] [most=20]"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([], "needs a value for model"),
        (["run", "1", "2", "3"], "not take '3'"),
        (["run", "steps=3"], "not take 'steps=3'"),
    ],
)
def test_wrong_values_are_refused_with_the_usage(given: list[str], told: str) -> None:
    with pytest.raises(StoreError, match=rf"{told}[\s\S]*--named moved_items MODEL"):
        named_query("moved_items").bind(given)


def test_an_unknown_query_names_the_known() -> None:
    with pytest.raises(StoreError, match="forgotten_items"):
        named_query("../named/forgotten_items")
