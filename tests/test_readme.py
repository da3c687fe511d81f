"""What the README tells people to type must work."""

import re
import tomllib
from pathlib import Path

import pytest

from skillprobe_core.pipeline.settings import Settings
from skillprobe_core.store.catalog import connect
from skillprobe_core.store.parquet import Store
from skillprobe_core.store.registry import ALL_TABLES

README = (Path(__file__).parent.parent / "README.md").read_text()
QUERIES = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.split("\n")[0])
def test_its_queries_fit_the_tables(query: str, tmp_path: Path) -> None:
    connect(Store(tmp_path), ALL_TABLES).sql(query).fetchall()


def test_it_has_five_queries() -> None:
    assert len(QUERIES) >= 5


def test_the_settings_it_lists_are_all_settings_and_their_defaults() -> None:
    blocks = [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", README, re.DOTALL)]
    example, everything = blocks
    run = Settings.model_validate(example).runs[0]
    assert (run.model, run.method) == ("my-run", "rl")
    assert Settings.model_validate(everything) == Settings()
    assert set(everything) | {"runs"} == set(Settings.model_fields)
    for section in ("items", "sampling", "compute", "checks", "study"):
        listed = set(everything[section]) | set(re.findall(r"^# (\w+) = ", README, re.MULTILINE))
        fields = Settings.model_validate(everything).model_dump()[section]
        assert set(fields) <= listed, section


def test_every_table_is_explained() -> None:
    for table in ALL_TABLES:
        assert f"| `{table.name}` |" in README, table.name
