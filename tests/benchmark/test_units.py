import polars as pl

from skillprobe_core.benchmark.units import with_units


def rows(source: str, templates: int, start: int) -> list[dict]:
    return [
        {
            "item_id": str(start + number),
            "skill": "diagnostic",
            "domain": "math",
            "source": source,
            "template": f"{source}/{number % templates}",
        }
        for number in range(120)
    ]


def test_wordings_are_a_census_and_many_templates_a_sample() -> None:
    items = pl.DataFrame(rows("procedural", 40, 0) + rows("few", 19, 1000) + rows("many", 20, 2000))
    units = with_units(items).group_by("source").agg(pl.col("unit").n_unique())
    assert dict(units.iter_rows()) == {"procedural": 120, "few": 120, "many": 20}
