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
            "reference": "Answer: 1",
        }
        for number in range(120)
    ]


def test_wordings_are_a_census_and_many_templates_a_sample() -> None:
    items = pl.DataFrame(rows("procedural", 40, 0) + rows("few", 19, 1000) + rows("many", 20, 2000))
    units = with_units(items).group_by("source").agg(pl.col("unit").n_unique())
    assert dict(units.iter_rows()) == {"procedural": 120, "few": 120, "many": 20}


def test_items_on_one_fact_are_one_unit_in_every_kind_and_earlier_wording() -> None:
    said = [
        ("general_recall/direct/capital/what", "The capital of Peru is Lima.\nAnswer: Lima"),
        ("general_guided/direct/capital/by", "By world geography, the capital of Peru is Lima.\nAnswer: Lima"),
        (
            "general_guided/direct/capital/on",
            "The subject is world geography. The capital of Peru is Lima.\nAnswer: Lima",
        ),
        ("general_choice/direct/capital/plain", "The capital of Peru is Lima. That is C.\nAnswer: C"),
        ("general_recall/direct/capital/what", "The capital of Chile is Santiago.\nAnswer: Santiago"),
        ("own_recall/by_heart", "The capital of Chile is Santiago.\nAnswer: Santiago"),
    ]
    items = pl.DataFrame(
        [
            {
                "item_id": str(number), "skill": "fact_retrieval", "domain": "general", "source": "procedural",
                "template": template, "reference": reference,
            }
            for number, (template, reference) in enumerate(said)
        ]
    )  # fmt: skip
    units = with_units(items)["unit"].to_list()
    assert len(set(units[:4])) == 1
    assert len(set(units)) == 3
    assert units[5] == "5"
