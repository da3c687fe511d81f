"""What the UI is given to show is the text itself: its Markdown holds no markup or HTML of a model's or a file's."""

import polars as pl

from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_dagster.metadata import markdown_table, rows_metadata

HOSTILE = "a|b\n[x](javascript:y) <img src=x> **d** \x1b[31m\u202e"


def test_a_cell_of_a_markdown_table_is_text() -> None:
    table = markdown_table(
        pl.DataFrame({"skill": ["fact_retrieval", HOSTILE], "change": [0.5, -0.25]}), {"change": ".2f"}
    )
    _, _, plain, hostile = str(table.value).splitlines()
    assert plain == "| fact_retrieval | 0.50 |"
    assert hostile == (r"| a\|b\\n\[x\](javascript:y) \<img src=x\> \*\*d\*\* \\x1b\[31m\\u202e | -0.25 |")


def test_the_preview_shows_hidden_characters() -> None:
    row = dict.fromkeys(VERDICTS.computed_schema) | {"model": "m", "extracted": HOSTILE}
    frame = pl.DataFrame([row], schema=VERDICTS.computed_schema)
    preview = rows_metadata(VERDICTS, frame)["preview"]
    (record,) = preview.records  # type: ignore[union-attr]
    assert record.data["extracted"] == r"a|b\n[x](javascript:y) <img src=x> **d** \x1b[31m\u202e"
